package oauthtest_test

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

func TestRequests(t *testing.T) {
	k := keys()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Now: fixed})
	srv.AddClient(oauthtest.Client{ID: "key", Keys: []oauthtest.Key{{Public: k.p256}}})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "me", Keys: []oauthtest.Key{{Public: k.p256}}})
	exp := start.Add(time.Minute).Unix()
	sent := form("grant_type", jwtBearer, "scope", "a",
		"assertion", sign(t, "ES256", k.p256, map[string]any{"kid": "g"}, map[string]any{"iss": "me", "sub": "ann", "aud": []string{srv.Issuer()}, "exp": exp}),
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
		"client_assertion", sign(t, "ES256", k.p256, map[string]any{"kid": "c"}, map[string]any{"iss": "key", "sub": "key", "aud": srv.TokenURL(), "exp": exp}))
	got := post(t, srv.HTTPClient(), srv.TokenURL()+"?tenant=1", sent, func(r *http.Request) { r.Header.Set("X-Tenant", "acme") })
	want(t, srv, got, "", "")
	get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(got.member("access_token")))
	post(t, srv.HTTPClient(), srv.TokenURL(), form("assertion", "x.y", "client_assertion", "z"))

	all := srv.Requests()
	if len(all) != 3 || len(srv.TokenRequests()) != 2 || all[1].Endpoint != "/resource" {
		t.Fatalf("recorded %d requests: %+v", len(all), all)
	}
	r := all[0]
	for name, pair := range map[string][2]string{
		"Endpoint": {r.Endpoint, "/token"}, "Method": {r.Method, "POST"}, "URL": {r.URL, "/token?tenant=1"},
		"Host": {"http://" + r.Host, srv.URL}, "Header": {r.Header.Get("X-Tenant"), "acme"}, "Body": {string(r.Body), sent.Encode()},
		"Form": {r.Form.Get("scope"), "a"}, "GrantType": {r.GrantType, jwtBearer}, "Client": {r.Client, "key"},
		"AuthMethod": {r.AuthMethod, oauthtest.AuthPrivateKeyJWT}, "Subject": {r.Subject, "ann"},
		"Time": {r.Time.String(), start.String()}, "kid": {r.Assertion.KeyID(), "g"}, "alg": {r.Assertion.Algorithm(), "ES256"},
		"iss": {r.Assertion.Issuer(), "me"}, "sub": {r.Assertion.Subject(), "ann"}, "aud": {strings.Join(r.Assertion.Audience(), ","), srv.Issuer()},
		"client kid": {r.ClientAssertion.KeyID(), "c"}, "client aud": {strings.Join(r.ClientAssertion.Audience(), ","), srv.TokenURL()},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
		}
	}
	if !r.Granted || r.Status != 200 || r.Faulted || r.Certificate != nil {
		t.Errorf("recorded %+v", r)
	}
	if a := all[2].Assertion; a == nil || a.Raw != "x.y" || a.Header != nil || a.Audience() != nil {
		t.Errorf("malformed assertion recorded as %+v", a)
	}
	srv.Reset()
	if len(srv.Requests()) != 0 {
		t.Error("Reset keeps requests")
	}
	if r := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(got.member("access_token"))); r.status != 401 {
		t.Error("Reset keeps tokens")
	}
}

func TestKeepRequests(t *testing.T) {
	srv := newBot(t, oauthtest.Config{KeepRequests: 2})
	for _, path := range []string{"/a", "/b", "/c"} {
		get(t, srv.HTTPClient(), srv.URL+path)
	}
	if all := srv.Requests(); len(all) != 2 || all[0].URL != "/b" || all[1].URL != "/c" {
		t.Errorf("kept %+v", all)
	}
}

func TestMetadata(t *testing.T) {
	type m = map[string]any
	rows := []struct {
		name   string
		cfg    oauthtest.Config
		absent []string
	}{
		{"plain", oauthtest.Config{}, []string{"mtls_endpoint_aliases"}},
		{"TLS and JWT", oauthtest.Config{TLS: true, AccessTokenFormat: oauthtest.FormatJWT}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, row.cfg)
			for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
				got := get(t, srv.HTTPClient(), srv.URL+path)
				if got.body["issuer"] != srv.Issuer() || got.body["token_endpoint"] != srv.TokenURL() {
					t.Errorf("%s: %s", path, got.text)
				}
				for _, name := range []string{"mtls_endpoint_aliases", "jwks_uri"} {
					if _, there := got.body[name]; there == slices.Contains(row.absent, name) {
						t.Errorf("%s in %s", name, got.text)
					}
				}
				if alias, ok := got.body["mtls_endpoint_aliases"].(m); ok && alias["token_endpoint"] != srv.MTLSTokenURL() {
					t.Errorf("aliases %v", alias)
				}
				methods, _ := got.body["token_endpoint_auth_methods_supported"].([]any)
				if slices.Contains(methods, any(oauthtest.AuthTLS)) != row.cfg.TLS {
					t.Errorf("methods %v", methods)
				}
			}
		})
	}
	srv := oauthtest.NewTestServer(t, oauthtest.Config{})
	srv.Next(oauthtest.Set("issuer", "https://evil.example").On("/.well-known/openid-configuration"))
	if got := get(t, srv.HTTPClient(), srv.URL+"/.well-known/openid-configuration"); got.body["issuer"] != "https://evil.example" {
		t.Errorf("the fault did not reach the metadata: %s", got.text)
	}
	srv = oauthtest.NewTestServer(t, oauthtest.Config{Issuer: "https://as.example"})
	if got := get(t, srv.HTTPClient(), srv.URL+"/.well-known/openid-configuration"); got.body["issuer"] != "https://as.example" {
		t.Errorf("issuer in %s", got.text)
	}
}

func TestWrongURL(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	for path, status := range map[string]int{"/": 200, "/tokens": 404} {
		got := post(t, srv.HTTPClient(), srv.URL+path, form(bot("grant_type", "client_credentials")...))
		if got.status != status || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", path, got.status, got.header.Get("Content-Type"))
		}
	}
}

func TestResource(t *testing.T) {
	c := newClock()
	srv := newBot(t, oauthtest.Config{Now: c.Now})
	token := func() string { return ask(t, srv).member("access_token") }
	good, revoked := token(), token()
	if !srv.Revoke(revoked) || srv.Revoke("x") {
		t.Error("Revoke")
	}
	rows := []struct {
		name      string
		header    string
		status    int
		challenge string // part of WWW-Authenticate
		check     string
	}{
		{"good", "Bearer " + good, 200, "", ""},
		{"lower case", "bearer " + good, 200, "", ""},
		{"unknown", "Bearer x", 401, `error="invalid_token"`, "token"},
		{"revoked", "Bearer " + revoked, 401, `error="invalid_token"`, "token_revoked"},
		{"no header", "", 401, `Bearer realm="oauthtest"`, "missing"},
		{"other scheme", "Basic x", 400, `error="invalid_request"`, "auth_scheme"},
		{"no token", "Bearer", 400, `error="invalid_request"`, "auth_scheme"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := get(t, srv.HTTPClient(), srv.ResourceURL(), func(r *http.Request) { r.Header.Set("Authorization", row.header) })
			if got.status != row.status || !strings.Contains(got.header.Get("WWW-Authenticate"), row.challenge) {
				t.Errorf("got %d %s, %q", got.status, got.text, got.header.Get("WWW-Authenticate"))
			}
			all := srv.Requests()
			if last := all[len(all)-1]; last.Check != row.check {
				t.Errorf("check %q", last.Check)
			}
		})
	}
	c.Add(time.Hour)
	if got := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(good)); got.status != 401 || !strings.Contains(got.text, "expired") {
		t.Errorf("expired token: %d %s", got.status, got.text)
	}
}

func TestResourceScopes(t *testing.T) {
	srv := newBot(t, oauthtest.Config{ResourceScopes: []string{"a", "b"}})
	if srv.MTLSResourceURL() != "" {
		t.Error("there is a resource for client certificates without TLS")
	}
	for scope, row := range map[string]struct {
		status    int
		challenge string
	}{
		"a":     {403, `Bearer realm="oauthtest", error="insufficient_scope", error_description="the access token lacks the scope b", scope="a b"`},
		"b a c": {200, ""},
	} {
		got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials", "scope", scope)...))
		want(t, srv, got, "", "")
		r := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(got.member("access_token")))
		if r.status != row.status || r.header.Get("WWW-Authenticate") != row.challenge {
			t.Errorf("%s: %d %q", scope, r.status, r.header.Get("WWW-Authenticate"))
		}
	}
}

func TestIntrospect(t *testing.T) {
	c := newClock()
	srv := newBot(t, oauthtest.Config{Now: c.Now, RotateRefreshTokens: true})
	access := ask(t, srv).member("access_token")
	refresh := srv.IssueRefreshToken("bot", "ann", "a")
	active := func(token string) bool {
		t.Helper()
		got := post(t, srv.HTTPClient(), srv.IntrospectionURL(), form("token", token))
		if got.status != 200 {
			t.Fatalf("got %d %s", got.status, got.text)
		}
		on, _ := got.body["active"].(bool)
		if on && got.member("client_id") != "bot" || !on && len(got.body) != 1 {
			t.Errorf("reply %s", got.text)
		}
		return on
	}
	if !active(access) || !active(refresh) || active("x") || active("") {
		t.Error("fresh tokens")
	}
	want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "refresh_token", "refresh_token", refresh)...)), "", "")
	if active(refresh) {
		t.Error("a rotated refresh token is active")
	}
	c.Add(time.Hour)
	if active(access) {
		t.Error("an expired access token is active")
	}
}

func TestSingleLive(t *testing.T) {
	srv := newBot(t, oauthtest.Config{SingleLive: true})
	first, second := ask(t, srv), ask(t, srv)
	for token, status := range map[string]int{first.member("access_token"): 401, second.member("access_token"): 200} {
		if got := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(token)); got.status != status {
			t.Errorf("got %d, want %d", got.status, status)
		}
	}
}

func TestRemoveClient(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	srv.RemoveClient("bot")
	want(t, srv, ask(t, srv), "invalid_client", "client_id")
}

func TestStart(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{})
	for name, cfg := range map[string]oauthtest.Config{
		"address taken": {Addr: strings.TrimPrefix(srv.URL, "http://")},
		"grant name":    {GrantNames: map[string]string{"x": "y"}},
	} {
		if s, err := oauthtest.Start(cfg); err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
		}
	}
	srv.Close()
	srv.Close() // twice is fine
	if srv.MTLSTokenURL() != "" {
		t.Error("a plain server has no URL for client certificates")
	}
}

func TestCA(t *testing.T) {
	srv := oauthtest.NewTLSServer(oauthtest.Config{})
	defer srv.Close()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(srv.CA()) {
		t.Fatal("no certificate in CA")
	}
	leaf := srv.IssueClientCertificate("bot").Leaf
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
}
