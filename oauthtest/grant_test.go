package oauthtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// bot is the form of a client that authenticates with client_secret_post.
func bot(pairs ...string) []string {
	return append([]string{"client_id", "bot", "client_secret", "s3cret"}, pairs...)
}

// newBot is a server with that client.
func newBot(t testing.TB, cfg oauthtest.Config) *oauthtest.Server {
	t.Helper()
	srv := oauthtest.NewTestServer(t, cfg)
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})
	return srv
}

func TestGrant(t *testing.T) {
	k := keys()
	srv := newBot(t, oauthtest.Config{Now: fixed, GrantNames: map[string]string{"urn:custom": oauthtest.GrantJWTBearer}})
	srv.AddClient(oauthtest.Client{ID: "scoped", Secret: "s", Scopes: []string{"a", "b"}, Resources: []string{"https://api"}})
	srv.AddClient(oauthtest.Client{ID: "limited", Secret: "s", Grants: []string{"urn:ietf:params:oauth:grant-type:jwt-bearer"}})
	srv.AddClient(oauthtest.Client{ID: "public", AuthMethods: []string{oauthtest.AuthNone}})
	srv.AddUser(oauthtest.User{Name: "ann", Password: "pass", Subject: "u-1"})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "me", Keys: []oauthtest.Key{{Public: k.p256}}, Scopes: []string{"a", "b"}})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "shy", Keys: []oauthtest.Key{{Public: k.p256}}, RequireClient: true})
	signed := func(iss string, scope any) string {
		return sign(t, "ES256", k.p256, nil, map[string]any{
			"iss": iss, "sub": "ann", "aud": srv.TokenURL(), "exp": start.Add(time.Minute).Unix(), "scope": scope})
	}
	as := func(id string, pairs ...string) []string {
		return append([]string{"client_id", id, "client_secret", "s"}, pairs...)
	}
	rows := []struct {
		name           string
		params         []string
		code, check    string
		subject, scope string
	}{
		{name: "client_credentials", params: bot("grant_type", "client_credentials"), subject: "bot"},
		{name: "client_credentials, scope", params: bot("grant_type", "client_credentials", "scope", "x y"), subject: "bot", scope: "x y"},
		{name: "client_credentials, empty parameter", params: bot("grant_type", "client_credentials", "scope", ""), subject: "bot"},
		{name: "client_credentials, default scope", params: as("scoped", "grant_type", "client_credentials"), subject: "scoped", scope: "a b"},
		{name: "client_credentials, narrower", params: as("scoped", "grant_type", "client_credentials", "scope", "b"), subject: "scoped", scope: "b"},
		{name: "client_credentials, scope not allowed", params: as("scoped", "grant_type", "client_credentials", "scope", "a c"), code: "invalid_scope", check: "scope"},
		{name: "scope with a quote", params: bot("grant_type", "client_credentials", "scope", `a"b`), code: "invalid_scope", check: "scope"},
		{name: "scope with two spaces", params: bot("grant_type", "client_credentials", "scope", "a  b"), code: "invalid_scope", check: "scope"},
		{name: "scope not ASCII", params: bot("grant_type", "client_credentials", "scope", "é"), code: "invalid_scope", check: "scope"},
		{name: "resource", params: as("scoped", "grant_type", "client_credentials", "resource", "https://api"), subject: "scoped", scope: "a b"},
		{name: "resource unknown", params: as("scoped", "grant_type", "client_credentials", "resource", "https://x"), code: "invalid_target", check: "resource"},
		{name: "resources", params: bot("grant_type", "client_credentials", "resource", "https://x", "resource", "https://y"), subject: "bot"},
		{name: "client_credentials, public client", params: []string{"client_id", "public", "grant_type", "client_credentials"}, code: "unauthorized_client", check: "grant"},
		{name: "grant not allowed", params: as("limited", "grant_type", "client_credentials"), code: "unauthorized_client", check: "grant"},
		{name: "grant_type missing", params: bot(), code: "invalid_request", check: "grant_type"},
		{name: "grant_type unknown", params: bot("grant_type", "x"), code: "unsupported_grant_type", check: "grant_type"},
		{name: "grant_type by our name", params: bot("grant_type", "jwt_bearer"), code: "unsupported_grant_type", check: "grant_type"},
		{name: "grant_type twice", params: bot("grant_type", "client_credentials", "grant_type", "client_credentials"), code: "invalid_request", check: "repeated"},
		{name: "not UTF-8", params: bot("grant_type", "client_credentials", "x", "\xff"), code: "invalid_request", check: "encoding"},
		{name: "password", params: bot("grant_type", "password", "username", "ann", "password", "pass"), subject: "u-1"},
		{name: "password, wrong", params: bot("grant_type", "password", "username", "ann", "password", "x"), code: "invalid_grant", check: "password"},
		{name: "password, unknown user", params: bot("grant_type", "password", "username", "x", "password", "pass"), code: "invalid_grant", check: "password"},
		{name: "password missing", params: bot("grant_type", "password", "username", "ann"), code: "invalid_request", check: "username"},
		{name: "jwt_bearer", params: bot("grant_type", jwtBearer, "assertion", signed("me", nil)), subject: "ann"},
		{name: "jwt_bearer without client", params: []string{"grant_type", jwtBearer, "assertion", signed("me", nil)}, subject: "ann", scope: "a b"},
		{name: "jwt_bearer, limited client", params: as("limited", "grant_type", jwtBearer, "assertion", signed("me", nil)), subject: "ann"},
		{name: "jwt_bearer by another word", params: []string{"grant_type", "urn:custom", "assertion", signed("me", nil)}, subject: "ann", scope: "a b"},
		{name: "jwt_bearer, scope claim", params: []string{"grant_type", jwtBearer, "assertion", signed("me", "b")}, subject: "ann", scope: "b"},
		{name: "jwt_bearer, scope claim array", params: []string{"grant_type", jwtBearer, "assertion", signed("me", []string{"b", "a"})}, subject: "ann", scope: "b a"},
		{name: "jwt_bearer, scope parameter wins", params: []string{"grant_type", jwtBearer, "scope", "a", "assertion", signed("me", "b")}, subject: "ann", scope: "a"},
		{name: "jwt_bearer, scope not allowed", params: []string{"grant_type", jwtBearer, "scope", "c", "assertion", signed("me", nil)}, code: "invalid_scope", check: "scope"},
		{name: "jwt_bearer, wrong client secret", params: []string{"client_id", "bot", "client_secret", "x", "grant_type", jwtBearer, "assertion", signed("me", nil)}, code: "invalid_client", check: "secret"},
		{name: "jwt_bearer, client wanted", params: []string{"grant_type", jwtBearer, "assertion", signed("shy", nil)}, code: "invalid_client", check: "missing"},
		{name: "jwt_bearer, client wanted and there", params: bot("grant_type", jwtBearer, "assertion", signed("shy", nil)), subject: "ann"},
		{name: "jwt_bearer, no assertion", params: []string{"grant_type", jwtBearer}, code: "invalid_request", check: "assertion"},
		{name: "refresh_token missing", params: bot("grant_type", "refresh_token"), code: "invalid_request", check: "refresh_token"},
		{name: "refresh_token unknown", params: bot("grant_type", "refresh_token", "refresh_token", "x"), code: "invalid_grant", check: "refresh_token"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := post(t, srv.HTTPClient(), srv.TokenURL(), form(row.params...))
			want(t, srv, got, row.code, row.check)
			if row.code != "" {
				return
			}
			if got.member("scope") != row.scope || got.member("token_type") != "Bearer" || got.body["expires_in"] != 3600.0 {
				t.Errorf("reply %s", got.text)
			}
			if got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("header %v", got.header)
			}
			r := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(got.member("access_token")))
			if r.status != 200 || r.member("sub") != row.subject || r.member("scope") != row.scope {
				t.Errorf("resource %d %s", r.status, r.text)
			}
		})
	}
}

func TestRefresh(t *testing.T) {
	type step struct {
		token string        // "first", "second", ...: in the order they were given
		after time.Duration // the clock moves before the step
		as    string        // default bot
		scope string
		check string
	}
	rows := []struct {
		name  string
		cfg   oauthtest.Config
		steps []step
	}{
		{"the same token again", oauthtest.Config{}, []step{{token: "first"}, {token: "first"}}},
		{"narrower scope", oauthtest.Config{}, []step{{token: "first", scope: "a"}, {token: "first", scope: "a b"}}},
		{"wider scope", oauthtest.Config{}, []step{{token: "first", scope: "c", check: "scope"}, {token: "first"}}},
		{"another client", oauthtest.Config{}, []step{{token: "first", as: "other", check: "refresh_client"}, {token: "first"}}},
		{"expired", oauthtest.Config{RefreshLifetime: time.Hour}, []step{{token: "first", after: time.Hour, check: "refresh_expired"}}},
		{"rotation", oauthtest.Config{RotateRefreshTokens: true}, []step{{token: "first"}, {token: "second"}, {token: "third"}}},
		{"rotation, wrong scope does not use it up", oauthtest.Config{RotateRefreshTokens: true}, []step{{token: "first", scope: "c", check: "scope"}, {token: "first"}}},
		{"reuse revokes the family", oauthtest.Config{RotateRefreshTokens: true}, []step{
			{token: "first"}, {token: "first", check: "refresh_reused"}, {token: "second", check: "refresh_revoked"}}},
		{"reuse with the family kept", oauthtest.Config{RotateRefreshTokens: true, KeepFamilyOnReuse: true}, []step{
			{token: "first"}, {token: "first", check: "refresh_reused"}, {token: "second"}}},
		{"grace", oauthtest.Config{RotateRefreshTokens: true, Grace: time.Minute}, []step{
			{token: "first"}, {token: "first", after: 59 * time.Second}, {token: "third"},
			{token: "first", after: time.Second, check: "refresh_reused"}, {token: "second", check: "refresh_revoked"}}},
		{"sliding", oauthtest.Config{RotateRefreshTokens: true, RefreshLifetime: time.Hour}, []step{
			{token: "first", after: 50 * time.Minute}, {token: "second", after: 50 * time.Minute}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := newClock()
			row.cfg.Now = c.Now
			srv := newBot(t, row.cfg)
			srv.AddClient(oauthtest.Client{ID: "other", Secret: "s3cret"})
			tokens := []string{srv.IssueRefreshToken("bot", "ann", "a b")}
			var access string
			for i, st := range row.steps {
				c.Add(st.after)
				n := map[string]int{"first": 0, "second": 1, "third": 2}[st.token]
				params := []string{"client_id", "bot", "client_secret", "s3cret", "grant_type", "refresh_token", "refresh_token", tokens[n], "scope", st.scope}
				if st.as != "" {
					params[1] = st.as
				}
				got := post(t, srv.HTTPClient(), srv.TokenURL(), form(params...))
				code := ""
				if st.check != "" {
					code = "invalid_grant"
				}
				if st.check == "scope" {
					code = "invalid_scope"
				}
				want(t, srv, got, code, st.check)
				if next := got.member("refresh_token"); next != "" {
					tokens = append(tokens, next)
				} else if row.cfg.RotateRefreshTokens && code == "" {
					t.Errorf("step %d: no new refresh token", i)
				}
				if code == "" {
					access = got.member("access_token")
				}
				if scope := got.member("scope"); code == "" && scope != "a b" && scope != st.scope {
					t.Errorf("step %d: scope %q", i, scope)
				}
			}
			last := row.steps[len(row.steps)-1].check
			if revoked := last == "refresh_revoked"; revoked {
				if r := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(access)); r.status != 401 {
					t.Errorf("an access token of the revoked family works: %d", r.status)
				}
			}
		})
	}
}

func TestPasswordGivesRefreshToken(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	srv.AddClient(oauthtest.Client{ID: "without", Grants: []string{oauthtest.GrantPassword}})
	srv.AddUser(oauthtest.User{Name: "ann", Password: "pass"})
	login := []string{"grant_type", "password", "username", "ann", "password", "pass"}
	got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot(login...)...))
	want(t, srv, got, "", "")
	again := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "refresh_token", "refresh_token", got.member("refresh_token"))...))
	want(t, srv, again, "", "")
	if again.body["refresh_token"] != nil {
		t.Errorf("without rotation the reply repeats the refresh token: %s", again.text)
	}
	got = post(t, srv.HTTPClient(), srv.TokenURL(), form(append(login, "client_id", "without")...))
	want(t, srv, got, "", "")
	if got.body["refresh_token"] != nil {
		t.Errorf("a client without the grant got a refresh token: %s", got.text)
	}
}

func TestRequestForms(t *testing.T) {
	const doc = `{"grant_type":"client_credentials","client_id":"bot","client_secret":"s3cret","scope":"a"}`
	query := "?grant_type=client_credentials&client_id=bot&client_secret=s3cret"
	all := oauthtest.Config{AcceptJSON: true, AcceptQuery: true, AcceptGET: true}
	rows := []struct {
		name         string
		cfg          oauthtest.Config
		method       string
		query, media string
		body         string
		status       int
		check        string
	}{
		{"JSON", all, "POST", "", "application/json; charset=utf-8", doc, 200, ""},
		{"JSON, not accepted", oauthtest.Config{}, "POST", "", "application/json", doc, 400, "content_type"},
		{"JSON, duplicate name", all, "POST", "", "application/json", `{"scope":"a",` + doc[1:], 400, "body"},
		{"JSON, array of resources", all, "POST", "", "application/json", `{"resource":["a","b"],` + doc[1:], 200, ""},
		{"JSON, object", all, "POST", "", "application/json", `{"resource":{},` + doc[1:], 400, "body"},
		{"JSON, no object", all, "POST", "", "application/json", `[]`, 400, "body"},
		{"query", all, "POST", query, "", "", 200, ""},
		{"query, not accepted", oauthtest.Config{}, "POST", query, "", "", 400, "query"},
		{"query and body the same", all, "POST", query, "application/x-www-form-urlencoded", "client_id=bot", 400, "repeated"},
		{"other parameters in the query", oauthtest.Config{}, "POST", "?tenant=1", "application/x-www-form-urlencoded", query[1:], 200, ""},
		{"GET", all, "GET", query, "", "", 200, ""},
		{"GET, not accepted", oauthtest.Config{}, "GET", query, "", "", 405, "method"},
		{"PUT", all, "PUT", "", "application/x-www-form-urlencoded", query[1:], 405, "method"},
		{"no Content-Type", oauthtest.Config{}, "POST", "", "", query[1:], 400, "content_type"},
		{"bad form", oauthtest.Config{}, "POST", "", "application/x-www-form-urlencoded", "%zz", 400, "body"},
		{"no body", oauthtest.Config{}, "POST", "", "", "", 401, "client_id"},
		{"large body", oauthtest.Config{}, "POST", "", "application/x-www-form-urlencoded", strings.Repeat("a", 1<<20+1), 413, "body"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv := newBot(t, row.cfg)
			r, err := http.NewRequestWithContext(t.Context(), row.method, srv.TokenURL()+row.query, strings.NewReader(row.body))
			if err != nil {
				t.Fatal(err)
			}
			if row.media != "" {
				r.Header.Set("Content-Type", row.media)
			}
			got := do(t, srv.HTTPClient(), r)
			rec := srv.TokenRequests()[0]
			if got.status != row.status || rec.Check != row.check {
				t.Errorf("got %d %s, check %q; want %d, %q", got.status, got.text, rec.Check, row.status, row.check)
			}
			if row.status == 405 && got.header.Get("Allow") != "POST" {
				t.Errorf("Allow is %q", got.header.Get("Allow"))
			}
		})
	}
}

func TestReplyOptions(t *testing.T) {
	rows := []struct {
		name string
		cfg  oauthtest.Config
		want map[string]any // nil: absent
	}{
		{"default", oauthtest.Config{}, map[string]any{"expires_in": 3600.0, "token_type": "Bearer"}},
		{"lifetime", oauthtest.Config{Lifetime: 90 * time.Second}, map[string]any{"expires_in": 90.0}},
		{"expires_in a string", oauthtest.Config{ExpiresIn: "3600"}, map[string]any{"expires_in": "3600"}},
		{"expires_in omitted", oauthtest.Config{OmitExpiresIn: true}, map[string]any{"expires_in": nil}},
		{"token type", oauthtest.Config{TokenType: "mac"}, map[string]any{"token_type": "mac"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv := newBot(t, row.cfg)
			got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...))
			want(t, srv, got, "", "")
			for name, v := range row.want {
				if got.body[name] != v {
					t.Errorf("%s is %v, want %v", name, got.body[name], v)
				}
			}
		})
	}
	srv := newBot(t, oauthtest.Config{ExpiresIn: json.RawMessage("3.6e3")})
	got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...))
	if !strings.Contains(got.text, `"expires_in":3.6e3`) {
		t.Errorf("raw number was rewritten: %s", got.text)
	}
}

func TestErrorStyles(t *testing.T) {
	rows := []struct {
		style  oauthtest.ErrorStyle
		status int
		text   string
	}{
		{"", 401, `"the client secret is wrong"`},
		{oauthtest.ErrorsTerse, 401, `"The request could not be processed."`},
		{oauthtest.ErrorsSilent, 403, ""},
	}
	for _, row := range rows {
		srv := newBot(t, oauthtest.Config{Errors: row.style})
		got := post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", "client_credentials", "client_id", "bot", "client_secret", "x"))
		if got.status != row.status || !strings.Contains(got.text, row.text) || row.text == "" && got.text != "" {
			t.Errorf("%q: got %d %s", row.style, got.status, got.text)
		}
		if rec := srv.TokenRequests()[0]; rec.Reason != "the client secret is wrong" || rec.Error != "invalid_client" {
			t.Errorf("%q: recorded %q %q", row.style, rec.Error, rec.Reason)
		}
	}
}

func TestJWTAccessToken(t *testing.T) {
	srv := newBot(t, oauthtest.Config{Now: fixed, AccessTokenFormat: oauthtest.FormatJWT})
	got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials", "scope", "a", "resource", "https://api")...))
	want(t, srv, got, "", "")
	jws, err := jose.ParseSignedCompact(got.member("access_token"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if h := jws.Signatures[0].Header; h.ExtraHeaders["typ"] != "at+jwt" || h.KeyID == "" {
		t.Errorf("header %+v", h)
	}
	set, err := oauthtest.ParseJWKS([]byte(get(t, srv.HTTPClient(), srv.URL+"/jwks").text))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := jws.Verify(set[0].Public)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"iss": srv.Issuer(), "sub": "bot", "client_id": "bot", "scope": "a", "aud": "https://api",
		"iat": float64(start.Unix()), "exp": float64(start.Add(time.Hour).Unix()),
	} {
		if claims[name] != v {
			t.Errorf("%s is %v, want %v", name, claims[name], v)
		}
	}
}

func TestRegistrationPanics(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{})
	for name, f := range map[string]func(){
		"no ID":       func() { srv.AddClient(oauthtest.Client{}) },
		"auth method": func() { srv.AddClient(oauthtest.Client{ID: "x", AuthMethods: []string{"basic"}}) },
		"grant":       func() { srv.AddClient(oauthtest.Client{ID: "x", Grants: []string{"x"}}) },
		"key":         func() { srv.AddClient(oauthtest.Client{ID: "x", Keys: []oauthtest.Key{{Public: "x"}}}) },
		"issuer key":  func() { srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Keys: []oauthtest.Key{{}}}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
