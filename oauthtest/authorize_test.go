package oauthtest_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

const (
	verifier = "a-verifier.of_43~characters-is-the-shortest"
	redirect = "http://127.0.0.1:7777/callback"
)

func challenge(v string) string {
	sum := sha256.Sum256([]byte(v))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// changed returns the values with some changed; an empty value deletes.
func changed(values url.Values, pairs ...string) url.Values {
	fresh := map[string]bool{}
	for i := 0; i < len(pairs); i += 2 {
		if !fresh[pairs[i]] {
			values.Del(pairs[i])
		}
		fresh[pairs[i]] = true
		if pairs[i+1] != "" {
			values.Add(pairs[i], pairs[i+1])
		}
	}
	return values
}

// authorizationRequest is a good one of bot, with changes.
func authorizationRequest(pairs ...string) url.Values {
	return changed(form("response_type", "code", "client_id", "bot", "redirect_uri", redirect, "state", "s-1",
		"code_challenge", challenge(verifier), "code_challenge_method", "S256"), pairs...)
}

// redemption is the token request for it, with changes.
func redemption(code string, pairs ...string) url.Values {
	return changed(form(bot("grant_type", "authorization_code", "code", code, "redirect_uri", redirect, "code_verifier", verifier)...), pairs...)
}

func lastRequest(t testing.TB, srv *oauthtest.Server) oauthtest.Recorded {
	t.Helper()
	all := srv.Requests()
	if len(all) == 0 {
		t.Fatal("no request arrived")
	}
	return all[len(all)-1]
}

// response is the query of the redirect that the authorization endpoint answers.
func response(t testing.TB, srv *oauthtest.Server, request url.Values) url.Values {
	t.Helper()
	callback, err := srv.Approve(t.Context(), srv.AuthorizationURL()+"?"+request.Encode())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// login returns a code.
func login(t testing.TB, srv *oauthtest.Server, pairs ...string) string {
	t.Helper()
	got := response(t, srv, authorizationRequest(pairs...))
	if got.Get("code") == "" {
		t.Fatalf("no code: %v", got)
	}
	return got.Get("code")
}

func TestAuthorize(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	plain := oauthtest.NewTestServer(t, oauthtest.Config{AllowPlainPKCE: true})
	optional := oauthtest.NewTestServer(t, oauthtest.Config{PKCE: oauthtest.PKCEOptional})
	ignored := oauthtest.NewTestServer(t, oauthtest.Config{PKCE: oauthtest.PKCEIgnored})
	pushing := oauthtest.NewTestServer(t, oauthtest.Config{RequirePAR: true})
	for _, s := range []*oauthtest.Server{srv, plain, optional, ignored, pushing} {
		s.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})
		s.AddClient(oauthtest.Client{ID: "narrow", RedirectURIs: []string{"http://127.0.0.1/callback", "https://app.example/cb?x=1", "http://[::1]:1/v6", "http://localhost:1/"},
			Scopes: []string{"a", "b"}, Resources: []string{"https://api"}})
		s.AddClient(oauthtest.Client{ID: "strict", RedirectURIs: []string{"http://192.0.2.1/cb", "https://127.0.0.1/cb", "http://a@127.0.0.1/cb"}})
		s.AddClient(oauthtest.Client{ID: "single", RedirectURIs: []string{"https://app.example/cb"}})
		s.AddClient(oauthtest.Client{ID: "other", Grants: []string{oauthtest.GrantClientCredentials}})
	}
	rows := []struct {
		name        string
		srv         *oauthtest.Server
		change      []string
		code, check string
		direct      bool // the refusal does not travel to the redirect URI
	}{
		{name: "good"},
		{name: "no state", change: []string{"state", ""}},
		{name: "parameters of OpenID Connect", change: []string{"nonce", "n", "prompt", "login", "scope", "openid"}},
		{name: "response_mode query", change: []string{"response_mode", "query"}},
		{name: "two resources", change: []string{"resource", "https://x", "resource", "https://y"}},
		{name: "client_id missing", change: []string{"client_id", ""}, code: "invalid_request", check: "client_id", direct: true},
		{name: "client unknown", change: []string{"client_id", "x"}, code: "invalid_request", check: "client_id", direct: true},
		{name: "client_secret in the URL", change: []string{"client_secret", "s3cret"}, code: "invalid_request", check: "query", direct: true},
		{name: "parameter twice", change: []string{"scope", "a", "scope", "b"}, code: "invalid_request", check: "repeated", direct: true},
		{name: "redirect_uri missing", change: []string{"redirect_uri", ""}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "redirect_uri missing, several registered", change: []string{"client_id", "narrow", "redirect_uri", ""}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "redirect_uri missing, one registered", change: []string{"client_id", "single", "redirect_uri", ""}},
		{name: "redirect_uri with fragment", change: []string{"redirect_uri", redirect + "#"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "redirect_uri relative", change: []string{"redirect_uri", "/callback"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "loopback, any port", change: []string{"client_id", "narrow"}},
		{name: "loopback, no port", change: []string{"client_id", "narrow", "redirect_uri", "http://127.0.0.1/callback"}},
		{name: "loopback, another path", change: []string{"client_id", "narrow", "redirect_uri", "http://127.0.0.1:7777/other"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "loopback, another address", change: []string{"client_id", "narrow", "redirect_uri", "http://127.0.0.2:7777/callback"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "loopback, https", change: []string{"client_id", "narrow", "redirect_uri", "https://127.0.0.1:7777/callback"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "loopback with a user", change: []string{"client_id", "narrow", "redirect_uri", "http://a:7777@127.0.0.1/callback"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "port, no loopback", change: []string{"client_id", "strict", "redirect_uri", "http://192.0.2.1:7777/cb"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "port, no http", change: []string{"client_id", "strict", "redirect_uri", "https://127.0.0.1:7777/cb"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "port and user", change: []string{"client_id", "strict", "redirect_uri", "http://a@127.0.0.1:7777/cb"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "loopback, IPv6", change: []string{"client_id", "narrow", "redirect_uri", "http://[::1]:999/v6"}},
		{name: "localhost, another port", change: []string{"client_id", "narrow", "redirect_uri", "http://localhost:2/"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "localhost, the same port", change: []string{"client_id", "narrow", "redirect_uri", "http://localhost:1/"}},
		{name: "redirect_uri with its own query", change: []string{"client_id", "narrow", "redirect_uri", "https://app.example/cb?x=1"}},
		{name: "redirect_uri with more query", change: []string{"client_id", "narrow", "redirect_uri", "https://app.example/cb?x=1&y=2"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "redirect_uri with a port", change: []string{"client_id", "narrow", "redirect_uri", "https://app.example:443/cb?x=1"}, code: "invalid_request", check: "redirect_uri", direct: true},
		{name: "response_type missing", change: []string{"response_type", ""}, code: "invalid_request", check: "response_type"},
		{name: "response_type token", change: []string{"response_type", "token"}, code: "unsupported_response_type", check: "response_type"},
		{name: "response_mode fragment", change: []string{"response_mode", "fragment"}, code: "invalid_request", check: "response_mode"},
		{name: "request object", change: []string{"request", "x.y.z"}, code: "request_not_supported", check: "request"},
		{name: "grant not allowed", change: []string{"client_id", "other"}, code: "unauthorized_client", check: "grant"},
		{name: "scope not allowed", change: []string{"client_id", "narrow", "scope", "c"}, code: "invalid_scope", check: "scope"},
		{name: "resource unknown", change: []string{"client_id", "narrow", "resource", "https://x"}, code: "invalid_target", check: "resource"},
		{name: "dpop_jkt", change: []string{"dpop_jkt", challenge("x")}},
		{name: "dpop_jkt malformed", change: []string{"dpop_jkt", "x"}, code: "invalid_request", check: "dpop_jkt"},
		{name: "no PKCE", change: []string{"code_challenge", "", "code_challenge_method", ""}, code: "invalid_request", check: "code_challenge"},
		{name: "no code_challenge_method", change: []string{"code_challenge_method", ""}, code: "invalid_request", check: "code_challenge_method"},
		{name: "code_challenge_method alone", change: []string{"code_challenge", ""}, code: "invalid_request", check: "code_challenge"},
		{name: "code_challenge plain", change: []string{"code_challenge", verifier, "code_challenge_method", "plain"}, code: "invalid_request", check: "code_challenge_method"},
		{name: "code_challenge_method unknown", change: []string{"code_challenge_method", "s256"}, code: "invalid_request", check: "code_challenge_method"},
		{name: "code_challenge short", change: []string{"code_challenge", challenge(verifier)[1:]}, code: "invalid_request", check: "code_challenge"},
		{name: "code_challenge padded", change: []string{"code_challenge", challenge(verifier) + "="}, code: "invalid_request", check: "code_challenge"},
		{name: "plain, allowed", srv: plain, change: []string{"code_challenge", verifier, "code_challenge_method", "plain"}},
		{name: "plain, allowed, by default", srv: plain, change: []string{"code_challenge", verifier, "code_challenge_method", ""}},
		{name: "plain, too short", srv: plain, change: []string{"code_challenge", verifier[1:], "code_challenge_method", "plain"}, code: "invalid_request", check: "code_challenge"},
		{name: "PKCE optional", srv: optional, change: []string{"code_challenge", "", "code_challenge_method", ""}},
		{name: "PKCE optional, method alone", srv: optional, change: []string{"code_challenge", ""}, code: "invalid_request", check: "code_challenge"},
		{name: "PKCE ignored", srv: ignored, change: []string{"code_challenge", "x"}},
		{name: "not pushed", srv: pushing, code: "invalid_request", check: "par"},
		{name: "request_uri unknown", change: []string{"request_uri", "urn:x"}, code: "invalid_request_uri", check: "request_uri", direct: true},
		{name: "request_uri and request", change: []string{"request_uri", "urn:x", "request", "x.y.z"}, code: "invalid_request", check: "request_uri", direct: true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := row.srv
			if s == nil {
				s = srv
			}
			request := authorizationRequest(row.change...)
			got := get(t, s.HTTPClient(), s.AuthorizationURL()+"?"+request.Encode())
			rec := lastRequest(t, s)
			if rec.Endpoint != "/authorize" || rec.Granted != (row.code == "") || rec.Error != row.code || rec.Check != row.check {
				t.Errorf("recorded %s granted=%v error=%q check=%q (%s)", rec.Endpoint, rec.Granted, rec.Error, rec.Check, rec.Reason)
			}
			location := got.header.Get("Location")
			if row.direct {
				if got.status != 400 || location != "" || got.member("error") != row.code {
					t.Errorf("got %d %q %s", got.status, location, got.text)
				}
				return
			}
			u, err := url.Parse(location)
			if err != nil || got.status != 302 || !strings.HasPrefix(location, request.Get("redirect_uri")) {
				t.Fatalf("got %d %q (%v)", got.status, location, err)
			}
			q := u.Query()
			if q.Has("code") != (row.code == "") || q.Get("error") != row.code || (row.code != "") != q.Has("error_description") ||
				q.Get("state") != request.Get("state") || q.Get("iss") != s.Issuer() {
				t.Errorf("response %v", q)
			}
			if strings.Contains(request.Get("redirect_uri"), "?") && q.Get("x") != "1" {
				t.Errorf("the query of the redirect URI is gone: %s", location)
			}
		})
	}
}

func TestAuthorizeMethods(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	got := post(t, srv.HTTPClient(), srv.AuthorizationURL(), authorizationRequest())
	if got.status != 303 || !strings.Contains(got.header.Get("Location"), "code=") || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("POST: %d %v", got.status, got.header)
	}
	got = post(t, srv.HTTPClient(), srv.AuthorizationURL(), authorizationRequest(), func(r *http.Request) { r.Method = http.MethodPut })
	if got.status != 405 {
		t.Errorf("PUT: %d", got.status)
	}
	for style, status := range map[oauthtest.ErrorStyle]int{oauthtest.ErrorsTerse: 302, oauthtest.ErrorsSilent: 403} {
		srv := newBot(t, oauthtest.Config{Errors: style})
		got := get(t, srv.HTTPClient(), srv.AuthorizationURL()+"?"+authorizationRequest("code_challenge", "").Encode())
		if got.status != status || strings.Contains(got.header.Get("Location"), "code_challenge") || !strings.Contains(lastRequest(t, srv).Reason, "code_challenge") {
			t.Errorf("%s: %d %q", style, got.status, got.header.Get("Location"))
		}
	}
}

func TestDecision(t *testing.T) {
	srv := newBot(t, oauthtest.Config{ApproveAs: "ann"})
	srv.AddUser(oauthtest.User{Name: "ann", Subject: "u-1"})
	type m = map[string]string
	rows := []struct {
		name           string
		decision       oauthtest.Decision
		response       m // "" is absence
		subject, scope string
	}{
		{"zero", oauthtest.Decision{}, m{"state": "s-1", "iss": srv.Issuer()}, "u-1", "a b"},
		{"another user", oauthtest.ApproveAs("bob"), nil, "bob", "a b"},
		{"less scope", oauthtest.Decision{Scope: "a"}, nil, "u-1", "a"},
		{"denied", oauthtest.Deny(), m{"error": "access_denied", "code": "", "state": "s-1", "iss": srv.Issuer()}, "", ""},
		{"another error", oauthtest.Decision{Error: "temporarily_unavailable", Description: "later"}, m{"error": "temporarily_unavailable", "error_description": "later"}, "", ""},
		{"wrong state", oauthtest.SetResponse("state", "x"), m{"state": "x"}, "u-1", "a b"},
		{"wrong issuer", oauthtest.SetResponse("iss", "https://evil.example"), m{"iss": "https://evil.example"}, "u-1", "a b"},
		{"no issuer", oauthtest.OmitResponse("iss"), m{"iss": "", "state": "s-1"}, "u-1", "a b"},
		{"nothing at all", oauthtest.OmitResponse("iss", "state", "code"), m{"iss": "", "state": "", "code": ""}, "", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv.DecideNext(row.decision)
			got := response(t, srv, authorizationRequest("scope", "a b"))
			for name, value := range row.response {
				if got.Get(name) != value || value == "" && got.Has(name) {
					t.Errorf("%s is %q, want %q", name, got.Get(name), value)
				}
			}
			if row.subject == "" {
				return
			}
			token := post(t, srv.HTTPClient(), srv.TokenURL(), redemption(got.Get("code")))
			want(t, srv, token, "", "")
			if token.member("scope") != row.scope || lastRequest(t, srv).Subject != row.subject {
				t.Errorf("got %s for %s", token.text, lastRequest(t, srv).Subject)
			}
		})
	}
	srv.Decide(oauthtest.Deny())
	srv.DecideNext(oauthtest.Decision{}, oauthtest.ApproveAs("bob"))
	for i, code := range []bool{true, true, false, false} {
		if got := response(t, srv, authorizationRequest()); got.Has("code") != code {
			t.Errorf("decision %d: %v", i, got)
		}
	}
	srv.Reset()
	if got := response(t, srv, authorizationRequest()); !got.Has("code") {
		t.Errorf("Reset keeps decisions: %v", got)
	}
	silent := newBot(t, oauthtest.Config{OmitIssParameter: true})
	if got := response(t, silent, authorizationRequest()); got.Has("iss") || !got.Has("code") {
		t.Errorf("without RFC 9207: %v", got)
	}
}

func TestCode(t *testing.T) {
	c := newClock()
	rows := []struct {
		name        string
		cfg         oauthtest.Config
		authorize   []string
		after       time.Duration
		redeem      []string
		code, check string
	}{
		{name: "good"},
		{name: "code missing", redeem: []string{"code", ""}, code: "invalid_request", check: "code"},
		{name: "code unknown", redeem: []string{"code", "x"}, code: "invalid_grant", check: "code"},
		{name: "in the last second", after: 59 * time.Second},
		{name: "expired", after: time.Minute, code: "invalid_grant", check: "code_expired"},
		{name: "longer life", cfg: oauthtest.Config{CodeLifetime: time.Hour}, after: 59 * time.Minute},
		{name: "another client", redeem: []string{"client_id", "other"}, code: "invalid_grant", check: "code_client"},
		{name: "wrong client secret", redeem: []string{"client_secret", "x"}, code: "invalid_client", check: "secret"},
		{name: "redirect_uri missing", redeem: []string{"redirect_uri", ""}, code: "invalid_grant", check: "redirect_uri"},
		{name: "redirect_uri, another port", redeem: []string{"redirect_uri", "http://127.0.0.1:7778/callback"}, code: "invalid_grant", check: "redirect_uri"},
		{name: "redirect_uri neither here nor there", authorize: []string{"client_id", "single", "redirect_uri", ""}, redeem: []string{"client_id", "single", "client_secret", "s3cret", "redirect_uri", ""}},
		{name: "redirect_uri only here", authorize: []string{"client_id", "single", "redirect_uri", ""}, redeem: []string{"client_id", "single", "redirect_uri", "https://app.example/cb"}},
		{name: "redirect_uri only here, wrong", authorize: []string{"client_id", "single", "redirect_uri", ""}, redeem: []string{"client_id", "single"}, code: "invalid_grant", check: "redirect_uri"},
		{name: "code_verifier missing", redeem: []string{"code_verifier", ""}, code: "invalid_grant", check: "code_verifier"},
		{name: "code_verifier wrong", redeem: []string{"code_verifier", strings.ToUpper(verifier)}, code: "invalid_grant", check: "code_verifier"},
		{name: "code_verifier is the challenge", redeem: []string{"code_verifier", challenge(verifier)}, code: "invalid_grant", check: "code_verifier"},
		{name: "code_verifier too short", authorize: []string{"code_challenge", challenge("short")}, redeem: []string{"code_verifier", "short"}, code: "invalid_grant", check: "code_verifier"},
		{name: "code_verifier of 128", authorize: []string{"code_challenge", challenge(strings.Repeat("a", 128))}, redeem: []string{"code_verifier", strings.Repeat("a", 128)}},
		{name: "code_verifier too long", authorize: []string{"code_challenge", challenge(strings.Repeat("a", 129))}, redeem: []string{"code_verifier", strings.Repeat("a", 129)}, code: "invalid_grant", check: "code_verifier"},
		{name: "code_verifier with a plus", authorize: []string{"code_challenge", challenge(verifier + "+")}, redeem: []string{"code_verifier", verifier + "+"}, code: "invalid_grant", check: "code_verifier"},
		{name: "code_verifier without challenge", cfg: oauthtest.Config{PKCE: oauthtest.PKCEOptional}, authorize: []string{"code_challenge", "", "code_challenge_method", ""}, code: "invalid_grant", check: "code_verifier"},
		{name: "no PKCE", cfg: oauthtest.Config{PKCE: oauthtest.PKCEOptional}, authorize: []string{"code_challenge", "", "code_challenge_method", ""}, redeem: []string{"code_verifier", ""}},
		{name: "PKCE optional but begun", cfg: oauthtest.Config{PKCE: oauthtest.PKCEOptional}, redeem: []string{"code_verifier", ""}, code: "invalid_grant", check: "code_verifier"},
		{name: "PKCE ignored", cfg: oauthtest.Config{PKCE: oauthtest.PKCEIgnored}, redeem: []string{"code_verifier", "x"}},
		{name: "plain", cfg: oauthtest.Config{AllowPlainPKCE: true}, authorize: []string{"code_challenge", verifier, "code_challenge_method", ""}},
		{name: "plain, wrong", cfg: oauthtest.Config{AllowPlainPKCE: true}, authorize: []string{"code_challenge", verifier + "x", "code_challenge_method", "plain"}, code: "invalid_grant", check: "code_verifier"},
		{name: "resource asked before", authorize: []string{"resource", "https://x", "resource", "https://y"}, redeem: []string{"resource", "https://y"}},
		{name: "resource not asked before", authorize: []string{"resource", "https://x"}, redeem: []string{"resource", "https://y"}, code: "invalid_target", check: "resource"},
		{name: "resource unknown", redeem: []string{"client_id", "single", "resource", "https://y"}, code: "invalid_target", check: "resource"},
		{name: "dpop_jkt, and no proof", authorize: []string{"dpop_jkt", challenge("x")}, code: "invalid_grant", check: "code_binding"},
		{name: "dpop_jkt, DPoP ignored", cfg: oauthtest.Config{DPoP: oauthtest.DPoPIgnored}, authorize: []string{"dpop_jkt", challenge("x")}},
		{name: "code in the URL", redeem: []string{"in the URL", "1"}, code: "invalid_request", check: "query"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			row.cfg.Now = c.Now
			srv := newBot(t, row.cfg)
			srv.AddClient(oauthtest.Client{ID: "other", Secret: "s3cret"})
			srv.AddClient(oauthtest.Client{ID: "single", Secret: "s3cret", RedirectURIs: []string{"https://app.example/cb"}, Resources: []string{"https://x"}})
			code := login(t, srv, row.authorize...)
			c.Add(row.after)
			request, target := redemption(code, row.redeem...), srv.TokenURL()
			if request.Has("in the URL") {
				target += "?code=" + code
			}
			got := post(t, srv.HTTPClient(), target, request)
			want(t, srv, got, row.code, row.check)
			if row.code != "" && row.after == 0 && !strings.Contains(strings.Join(row.authorize, " "), " ") {
				want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), redemption(code)), "", "") // a refusal does not use the code up
			}
		})
	}
}

// The second use of a code ends what came from it (RFC 6749 section 4.1.2).
func TestCodeReuse(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	code, unrelated := login(t, srv), login(t, srv)
	first := post(t, srv.HTTPClient(), srv.TokenURL(), redemption(code))
	kept := post(t, srv.HTTPClient(), srv.TokenURL(), redemption(unrelated))
	renewed := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "refresh_token", "refresh_token", first.member("refresh_token"))...))
	want(t, srv, renewed, "", "")
	want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), redemption(code)), "invalid_grant", "code_reused")
	for name, row := range map[string]struct {
		token  string
		status int
	}{
		"issued": {first.member("access_token"), 401}, "refreshed": {renewed.member("access_token"), 401},
		"of another code": {kept.member("access_token"), 200},
	} {
		if got := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(row.token)); got.status != row.status {
			t.Errorf("the token %s: %d, want %d", name, got.status, row.status)
		}
	}
	want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "refresh_token", "refresh_token", first.member("refresh_token"))...)), "invalid_grant", "refresh_revoked")
}

func TestCodeRefreshToken(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret", Grants: []string{oauthtest.GrantAuthorizationCode}})
	if got := post(t, srv.HTTPClient(), srv.TokenURL(), redemption(login(t, srv))); got.body["refresh_token"] != nil {
		t.Errorf("a client without the grant got a refresh token: %s", got.text)
	}
}

func TestIDToken(t *testing.T) {
	srv := newBot(t, oauthtest.Config{ApproveAs: "ann"})
	got := post(t, srv.HTTPClient(), srv.TokenURL(), redemption(login(t, srv, "scope", "openid", "nonce", "n-1")))
	want(t, srv, got, "", "")
	claims := verified(t, srv, got.member("id_token"), "JWT")
	if claims["iss"] != srv.Issuer() || claims["sub"] != "ann" || claims["aud"] != "bot" || claims["nonce"] != "n-1" {
		t.Errorf("claims %v", claims)
	}
	again := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "refresh_token", "refresh_token", got.member("refresh_token"))...))
	if again.member("id_token") == "" {
		t.Errorf("no id_token with a refresh: %s", again.text)
	}
	if got := post(t, srv.HTTPClient(), srv.TokenURL(), redemption(login(t, srv))); got.body["id_token"] != nil {
		t.Errorf("id_token without scope openid: %s", got.text)
	}
	if got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials", "scope", "openid")...)); got.member("access_token") == "" || got.body["id_token"] != nil {
		t.Errorf("id_token without a user: %s", got.text)
	}
}

func TestBrowse(t *testing.T) {
	srv := newBot(t, oauthtest.Config{TLS: true})
	var seen url.Values
	client := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen = r.URL.Query(); seen.Has("error") {
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprint(w, "you may close this window")
	}))
	defer client.Close()
	target := func(pairs ...string) string {
		return srv.AuthorizationURL() + "?" + authorizationRequest(pairs...).Encode()
	}
	status, page, err := srv.Browse(t.Context(), target("redirect_uri", client.URL+"/callback"))
	if err != nil || status != 200 || page != "you may close this window" || !seen.Has("code") || seen.Get("state") != "s-1" {
		t.Errorf("got %d %q %v, the client saw %v", status, page, err, seen)
	}
	srv.DecideNext(oauthtest.Deny())
	if status, _, err = srv.Browse(t.Context(), target("redirect_uri", client.URL)); err != nil || status != 400 || seen.Get("error") != "access_denied" {
		t.Errorf("denied: %d %v, the client saw %v", status, err, seen)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, row := range map[string]struct {
		ctx     context.Context
		url, is string
	}{
		"unknown client":    {t.Context(), target("client_id", "x"), "is not registered"},
		"not loopback":      {t.Context(), target("redirect_uri", "http://app.example/cb"), "not a loopback address"},
		"nobody listens":    {t.Context(), target("redirect_uri", "http://127.0.0.1:1/"), "open redirect URI"},
		"no redirect":       {t.Context(), srv.URL, "answered 200"},
		"no URL":            {t.Context(), ":", "open authorization URL"},
		"cancelled context": {cancelled, target(), "canceled"},
	} {
		if _, _, err := srv.Browse(row.ctx, row.url); err == nil || !strings.Contains(err.Error(), row.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
