package jeton_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// A token in a cookie or in the query stands beside what the request has already,
// and takes the place of what has its name.
func TestAuthorizePlaces(t *testing.T) {
	for _, row := range []struct {
		name, token   string
		usage         jeton.Usage
		url, cookie   string
		want, cookies string
	}{
		{"query", "a+/=&b", jeton.Usage{Query: "t k"}, "https://a.example/x", "", "https://a.example/x?t+k=a%2B%2F%3D%26b", ""},
		{"query beside another", "x", jeton.Usage{Query: "k"}, "https://a.example/x?b=1&&c", "", "https://a.example/x?b=1&c&k=x", ""},
		{"query in the place of another", "x", jeton.Usage{Query: "k"}, "https://a.example/?k=1&%6b=2&kk=3", "", "https://a.example/?kk=3&k=x", ""},
		{"cookie", "x", jeton.Usage{Cookie: "s"}, "https://a.example/", "", "https://a.example/", "s=x"},
		{"cookie beside others", "x", jeton.Usage{Cookie: "s"}, "https://a.example/", "a=1; s=2;ss=3; s", "https://a.example/", "a=1; ss=3; s=x"},
		{"cookie that would begin another", "x; admin=1", jeton.Usage{Cookie: "s"}, "https://a.example/", "", "https://a.example/", ""},
		{"cookie that would end the line", "x\r\nX-Own: y", jeton.Usage{Cookie: "s"}, "https://a.example/", "", "https://a.example/", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, row.url, nil)
			if row.cookie != "" {
				r.Header.Set("Cookie", row.cookie)
			}
			before, was := r.URL, r.URL.String()
			token := &jeton.Token{AccessToken: jeton.NewSecret(row.token), TokenType: "Bearer", Usage: row.usage}
			token.Authorize(r)
			token.Authorize(r) // a retry
			if r.URL.String() != row.want || r.Header.Get("Cookie") != row.cookies || len(r.Header["Cookie"]) > 1 || r.Header.Get("Authorization") != "" {
				t.Errorf("%s %v", r.URL, r.Header)
			}
			if before.String() != was {
				t.Errorf("the URL was changed in place: %s", before)
			}
		})
	}
	token := &jeton.Token{AccessToken: jeton.NewSecret("x"), Usage: jeton.Usage{Query: "k"}}
	token.Authorize(&http.Request{Header: http.Header{}}) // nothing to stand in
}

// The reply decides about the token: what could begin another cookie is refused.
func TestCookieTokens(t *testing.T) {
	for token, good := range map[string]bool{"abc-._~+/=": true, "a;b": false, "a,b": false, `a\"b`: false, `a\\b`: false, "a b": false} {
		c := clientCredentials(func(c *jeton.Connection) { c.Usage.Cookie = "session" })
		_, err := jeton.ParseReply(c, jeton.RawReply{Status: 200, Body: []byte(`{"access_token":"` + token + `","token_type":"own"}`)})
		if good != (err == nil) || err != nil && jeton.CategoryOf(err) != jeton.NoTokenInResponse {
			t.Errorf("%s: %v", token, err)
		}
	}
}

// The probe presents the token in its place, and nothing shows it.
func TestProbeUsage(t *testing.T) {
	for _, row := range []struct {
		usage  jeton.Usage
		method string
		query  string
		cookie string
	}{
		{jeton.Usage{Query: "t"}, "GET", "a=1&t=" + hostileToken, ""},
		{jeton.Usage{Query: "t"}, "POST", "a=1&t=" + hostileToken, ""},
		{jeton.Usage{Cookie: "t"}, "GET", "a=1&t=own", "t=" + hostileToken},
	} {
		var seen *http.Request
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = r
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(map[string]string{"message": "no: " + r.URL.String() + r.Header.Get("Cookie")})
		}))
		c := probeConnection(row.method+" "+srv.URL+"/me?a=1&t=own", func(c *jeton.Connection) { c.Usage = row.usage })
		out := probeOnce(t, new(jeton.Engine), c, hostileBearer(c))
		srv.Close()
		if seen == nil || seen.URL.RawQuery != row.query || seen.Header.Get("Cookie") != row.cookie || seen.Method != row.method {
			t.Fatalf("%+v: %v %v", row, seen, out.err)
		}
		shown, err := json.Marshal(out.recorder.Exchanges())
		if err != nil || strings.Contains(string(shown), hostileToken) || !strings.Contains(string(shown), "redacted") {
			t.Errorf("%v %s", err, shown)
		}
	}
}
