package oauthtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// pushing is a good request to push, with changes.
func pushing(pairs ...string) url.Values {
	return changed(authorizationRequest("client_secret", "s3cret"), pairs...)
}

func TestPAR(t *testing.T) {
	k := keys()
	strict := newBot(t, oauthtest.Config{Now: fixed})
	lax := newBot(t, oauthtest.Config{Now: fixed, TokenURLAudience: true})
	for _, s := range []*oauthtest.Server{strict, lax} {
		s.AddClient(oauthtest.Client{ID: "public", RedirectURIs: []string{"http://127.0.0.1/callback"}, Scopes: []string{"a"}})
		s.AddClient(oauthtest.Client{ID: "other", Secret: "s3cret", Grants: []string{oauthtest.GrantClientCredentials}})
		s.AddClient(oauthtest.Client{ID: "key", Keys: []oauthtest.Key{{Public: k.p256}}})
	}
	asserted := func(aud any) []string {
		return []string{"client_id", "key", "client_secret", "", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			"client_assertion", sign(t, "ES256", k.p256, nil, map[string]any{"iss": "key", "sub": "key", "aud": aud, "exp": start.Add(time.Minute).Unix()})}
	}
	rows := []struct {
		name        string
		srv         *oauthtest.Server
		change      []string
		request     func(*http.Request)
		code, check string
		status      int
	}{
		{name: "good"},
		{name: "Basic", change: []string{"client_secret", ""}, request: basic("bot", "s3cret")},
		{name: "public client", change: []string{"client_id", "public", "client_secret", ""}},
		{name: "assertion for the issuer", change: asserted(strict.Issuer())},
		{name: "assertion for the token endpoint", change: asserted(strict.TokenURL()), code: "invalid_client", check: "aud"},
		{name: "assertion for this endpoint", change: asserted(strict.PARURL()), code: "invalid_client", check: "aud"},
		{name: "lax, assertion for the issuer", srv: lax, change: asserted(lax.Issuer())},
		{name: "lax, assertion for the token endpoint", srv: lax, change: asserted(lax.TokenURL())},
		{name: "lax, assertion for this endpoint", srv: lax, change: asserted(lax.PARURL())},
		{name: "lax, assertion for somebody else", srv: lax, change: asserted("https://as.example"), code: "invalid_client", check: "aud"},
		{name: "wrong secret", change: []string{"client_secret", "x"}, code: "invalid_client", check: "secret"},
		{name: "no client authentication", change: []string{"client_secret", ""}, code: "invalid_client", check: "missing"},
		{name: "nobody", change: []string{"client_secret", "", "client_id", "", "grant_type", jwtBearer}, code: "invalid_client", check: "client_id"},
		{name: "client_id missing", change: []string{"client_secret", "", "client_id", ""}, request: basic("bot", "s3cret"), code: "invalid_request", check: "client_id"},
		{name: "another client_id", change: []string{"client_secret", "", "client_id", "public"}, request: basic("bot", "s3cret"), code: "invalid_request", check: "client_id"},
		{name: "request_uri", change: []string{"request_uri", "urn:x"}, code: "invalid_request", check: "request_uri"},
		{name: "request object", change: []string{"request", "x.y.z"}, code: "request_not_supported", check: "request"},
		{name: "redirect_uri not registered", change: []string{"client_id", "public", "client_secret", "", "redirect_uri", "https://evil.example/"}, code: "invalid_request", check: "redirect_uri"},
		{name: "scope not allowed", change: []string{"client_id", "public", "client_secret", "", "scope", "b"}, code: "invalid_scope", check: "scope"},
		{name: "no PKCE", change: []string{"code_challenge", "", "code_challenge_method", ""}, code: "invalid_request", check: "code_challenge"},
		{name: "grant not allowed", change: []string{"client_id", "other"}, code: "unauthorized_client", check: "grant"},
		{name: "parameter twice", change: []string{"scope", "a", "scope", "b"}, code: "invalid_request", check: "repeated"},
		{name: "GET", request: func(r *http.Request) { r.Method = http.MethodGet }, code: "invalid_request", check: "method", status: 405},
		{name: "JSON", request: func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, code: "invalid_request", check: "content_type"},
		{name: "secret in the URL", request: func(r *http.Request) { r.URL.RawQuery = "client_secret=s3cret" }, code: "invalid_request", check: "query"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := row.srv
			if s == nil {
				s = strict
			}
			if row.request == nil {
				row.request = func(*http.Request) {}
			}
			got := post(t, s.HTTPClient(), s.PARURL(), pushing(row.change...), row.request)
			rec := lastRequest(t, s)
			if got.member("error") != row.code || rec.Error != row.code || rec.Check != row.check || rec.Granted != (row.code == "") || rec.Endpoint != "/par" {
				t.Fatalf("got %d %s, recorded error=%q check=%q (%s)", got.status, got.text, rec.Error, rec.Check, rec.Reason)
			}
			status := map[string]int{"": 201, "invalid_client": 401}[row.code]
			if status == 0 {
				status = max(400, row.status)
			}
			if got.status != status || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, header %v", got.status, got.header)
			}
			if row.code == "" && (got.body["expires_in"] != 60.0 || !strings.HasPrefix(got.member("request_uri"), "urn:ietf:params:oauth:request_uri:")) {
				t.Errorf("reply %s", got.text)
			}
		})
	}
}

func TestPARWithCertificate(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
	srv.AddClient(oauthtest.Client{ID: "bot", SubjectDN: "CN=bot"})
	aliases, _ := get(t, srv.HTTPClient(), srv.MetadataURL()).body["mtls_endpoint_aliases"].(object)
	target, _ := aliases["pushed_authorization_request_endpoint"].(string)
	for name, status := range map[string]int{"bot": 201, "eve": 401} {
		got := post(t, srv.HTTPClient(srv.IssueClientCertificate(name).TLS), target, pushing("client_secret", ""))
		if got.status != status || lastRequest(t, srv).AuthMethod != oauthtest.AuthTLS {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
}

func TestRequestURI(t *testing.T) {
	c := newClock()
	srv := newBot(t, oauthtest.Config{RequirePAR: true, Now: c.Now})
	srv.AddClient(oauthtest.Client{ID: "other"})
	push := func() string {
		t.Helper()
		return post(t, srv.HTTPClient(), srv.PARURL(), pushing("scope", "a")).member("request_uri")
	}
	rows := []struct {
		name        string
		client      string
		after       time.Duration
		more        []string
		code, check string
	}{
		{name: "good", client: "bot"},
		{name: "other parameters do not count", client: "bot", more: []string{"scope", "b", "redirect_uri", "https://evil.example/", "state", "x"}},
		{name: "no client", code: "invalid_request", check: "client_id"},
		{name: "another client", client: "other", code: "invalid_request", check: "client_id"},
		{name: "in the last second", client: "bot", after: 59 * time.Second},
		{name: "expired", client: "bot", after: time.Minute, code: "invalid_request_uri", check: "request_uri_expired"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			request := changed(form(row.more...), "client_id", row.client, "request_uri", push())
			c.Add(row.after)
			target := srv.AuthorizationURL() + "?" + request.Encode()
			got := get(t, srv.HTTPClient(), target)
			if rec := lastRequest(t, srv); got.member("error") != row.code || rec.Check != row.check {
				t.Fatalf("got %d %s, check %q", got.status, got.text, rec.Check)
			}
			if row.code != "" {
				return
			}
			u, err := url.Parse(got.header.Get("Location"))
			if err != nil || !strings.HasPrefix(u.String(), redirect+"?") || u.Query().Get("state") != "s-1" {
				t.Fatalf("sent to %s (%v)", u, err)
			}
			token := post(t, srv.HTTPClient(), srv.TokenURL(), redemption(u.Query().Get("code")))
			want(t, srv, token, "", "")
			if token.member("scope") != "a" {
				t.Errorf("reply %s", token.text)
			}
			if got := get(t, srv.HTTPClient(), target); got.status != 400 || got.member("error") != "invalid_request_uri" {
				t.Errorf("the second use: %d %s", got.status, got.text)
			}
		})
	}
}
