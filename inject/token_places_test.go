package inject_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// TestURLsOf: the reply that brought a token says where that token goes, and
// only below the hosts of the connection.
func TestURLsOf(t *testing.T) {
	c := &jeton.Connection{Resource: jeton.Resource{URLs: []string{"{reply.instance_url}/v2"}, Hosts: []string{"*.good.example"}}}
	for _, row := range []struct {
		name      string
		instances []string // of the first token, the second, and so on
		rejected  bool     // the first one is refused by the resource
		sent      []string // to which URL with which token
		refused   bool
	}{
		{"filled", []string{`"https://a.good.example/"`}, false, []string{"https://a.good.example/v2/me Bearer token-1"}, false},
		{"another host than asked for", []string{`"https://b.good.example"`}, false, nil, true},
		{"a host that the document does not name", []string{`"https://evil.example"`}, false, nil, true},
		{"nothing to fill it with", []string{`null`}, false, nil, true},
		{"the next token stays there", []string{`"https://a.good.example"`, `"https://a.good.example"`}, true, []string{"https://a.good.example/v2/me Bearer token-1", "https://a.good.example/v2/me Bearer token-2"}, false},
		{"the next token is for another place", []string{`"https://a.good.example"`, `"https://b.good.example"`}, true, []string{"https://a.good.example/v2/me Bearer token-1"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			source := &fakeSource{change: func(token *jeton.Token) {
				token.Extra = map[string]json.RawMessage{"instance_url": json.RawMessage(row.instances[token.Generation-1])}
			}}
			var sent []string
			base := roundTripFunc(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, r.URL.String()+" "+r.Header.Get("Authorization"))
				status := http.StatusOK
				if row.rejected && len(sent) == 1 {
					status = http.StatusUnauthorized
				}
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody}, nil
			})
			transport := &inject.Transport{Source: source, URLsOf: c.ResourceURLs, Base: base}
			_, err := transport.RoundTrip(newRequest(t, "GET", "https://a.good.example/v2/me", nil))
			if !slices.Equal(sent, row.sent) || row.refused != (jeton.CategoryOf(err) == jeton.DeliveryNotAllowed) || row.refused != (err != nil) {
				t.Errorf("sent %q, %v", sent, err)
			}
		})
	}
}

// TestURLsOfRedirect: a redirect is followed below the places of the token alone.
func TestURLsOfRedirect(t *testing.T) {
	transport := &inject.Transport{Source: &fakeSource{}, URLsOf: func(*jeton.Token) ([]string, error) { return []string{"https://a.example/v2/"}, nil },
		Base: roundTripFunc(func(r *http.Request) (*http.Response, error) {
			header, status := http.Header{}, http.StatusOK
			if to := r.URL.Query().Get("to"); to != "" {
				status = http.StatusFound
				header.Set("Location", to)
			}
			return &http.Response{StatusCode: status, Header: header, Body: http.NoBody, Request: r}, nil
		})}
	first := newRequest(t, "GET", "https://a.example/v2/x", nil)
	if transport.CheckRedirect(newRequest(t, "GET", "https://a.example/v2/y", nil), []*http.Request{first}) == nil {
		t.Error("a redirect is followed before there was a token")
	}
	client := &http.Client{Transport: transport, CheckRedirect: transport.CheckRedirect}
	for to, want := range map[string]int{"/v2/y": 200, "/v1/y": 302, "https://b.example/v2/": 302} {
		reply, err := client.Get("https://a.example/v2/x?to=" + to)
		if err != nil || reply.StatusCode != want {
			t.Errorf("%s: %v %v", to, reply, err)
		}
	}
}
