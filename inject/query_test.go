package inject_test

import (
	"net/http"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// A token in the query reaches the API and nobody else: neither the caller's
// request nor the response holds a URL with it.
func TestTokenInTheQuery(t *testing.T) {
	for _, row := range []struct{ url, want string }{
		{apiURL + "x", apiURL + "x?key=token-1"},
		{apiURL + "x?", apiURL + "x?key=token-1"},
		{apiURL + "x?q=1&q=2", apiURL + "x?q=1&q=2&key=token-1"},
		{apiURL + "x?key=mine&q=a%26b&k%65y=mine", apiURL + "x?q=a%26b&key=token-1"},
		{apiURL + "x?%zz=1;2&key", apiURL + "x?%zz=1;2&key=token-1"},
	} {
		a := &api{answers: []func() *http.Response{reply(200, "")}}
		transport := &inject.Transport{Source: &fakeSource{change: func(token *jeton.Token) {
			token.Usage = jeton.Usage{Query: "key", Headers: map[string]jeton.SecretSource{"X-Tenant": jeton.SecretValue("acme")}}
		}}, URLs: []string{apiURL}, Base: a}
		r := newRequest(t, "GET", row.url, nil)
		before := *r.URL
		response, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if sent := a.seen[0]; sent.URL.String() != row.want || sent.Header.Get("Authorization") != "" || sent.Header.Get("X-Tenant") != "acme" {
			t.Errorf("sent %s %v, want %s", sent.URL, sent.Header, row.want)
		}
		if *r.URL != before || response.Request.URL.String() != row.url {
			t.Errorf("the token came back: %s, %s", r.URL, response.Request.URL)
		}
	}
}
