package jeton_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
)

func mustAuthorize(t *testing.T, e *jeton.Engine, c *jeton.Connection) (*jeton.Authorization, url.Values) {
	t.Helper()
	login, err := e.Authorize(context.Background(), c)
	if err != nil {
		t.Fatalf("%v %v", err, findings(err))
	}
	u, err := url.Parse(login.URL)
	if err != nil {
		t.Fatal(err)
	}
	return login, u.Query()
}

// answerTo is a good answer to a login; a change replaces a parameter, and an empty one removes it.
func answerTo(login *jeton.Authorization, changes ...string) url.Values {
	answer := url.Values{"code": {"fake-code-canary"}, "state": {login.State.Reveal()}}
	for i := 0; i < len(changes); i += 2 {
		if answer.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			answer.Del(changes[i])
		}
	}
	return answer
}

func TestAuthorizeURL(t *testing.T) {
	s := newFakeServer()
	c := loginConnection("authorization_code")
	c.AuthorizationURL += "?tenant=a%20b"
	c.Grant.AuthorizationParams = map[string]string{"prompt": "consent", "resource": "https://own.example/", "empty": ""}
	c.Request.Params = map[string]jeton.ParamValues{"resource": jeton.Param("https://api.example/")}
	login, query := mustAuthorize(t, s.engine(), c)
	challenge := sha256.Sum256([]byte(login.CodeVerifier.Reveal()))
	want := url.Values{"tenant": {"a b"}, "response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {"http://127.0.0.1:7481/callback"}, "scope": {"read write"},
		"state": {login.State.Reveal()}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
		"prompt": {"consent"}, "resource": {"https://own.example/"}}
	if query.Encode() != want.Encode() {
		t.Errorf("got  %s\nwant %s", query.Encode(), want.Encode())
	}
	if s.count() != 0 {
		t.Errorf("%d requests were sent for a URL", s.count())
	}
	if login.RedirectURL != want.Get("redirect_uri") || !login.Expiry.IsZero() || login.Issuer != "" {
		t.Errorf("login = %+v", login)
	}
	if shown := fmt.Sprintf("%+v %#v", login.CodeVerifier, login.State); strings.Contains(shown, login.CodeVerifier.Reveal()) || strings.Contains(shown, login.State.Reveal()) {
		t.Errorf("the login shows its secrets: %s", shown)
	}
}

// RFC 7636 section 4.1: 43 to 128 unreserved characters; and no two alike.
func TestAuthorizeSecrets(t *testing.T) {
	e, seen := newFakeServer().engine(), map[string]bool{}
	for range 50 {
		login, _ := mustAuthorize(t, e, loginConnection("authorization_code"))
		for _, text := range []string{login.State.Reveal(), login.CodeVerifier.Reveal()} {
			octets, err := base64.RawURLEncoding.DecodeString(text)
			if err != nil || len(text) < 43 || len(octets) < 32 || seen[text] {
				t.Fatalf("%q is no fresh text of 256 bits (%v)", text, err)
			}
			seen[text] = true
		}
	}
	e.Rand = strings.NewReader("too short")
	_, err := e.Authorize(context.Background(), loginConnection("authorization_code"))
	failedAs(t, err, jeton.InternalError)
}

// T8: what the answer says never shows what was sent, and the code is not sent where it does not belong.
func TestRedeemRefuses(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, row := range []struct {
		name             string
		issuer, required bool
		answer           func(*jeton.Authorization) url.Values
		category         jeton.Category
		parameter        jeton.Parameter
	}{
		{"no state", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "state", "") }, jeton.MalformedResponse, "grant.redirect_url"},
		{"another state", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "state", "x") }, jeton.MalformedResponse, "grant.redirect_url"},
		{"half a state", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "state", a.State.Reveal()[:20]) }, jeton.MalformedResponse, "grant.redirect_url"},
		{"an error with another state", false, false, func(a *jeton.Authorization) url.Values {
			return answerTo(a, "state", "x", "error", "access_denied")
		}, jeton.MalformedResponse, "grant.redirect_url"},
		{"state twice", false, false, func(a *jeton.Authorization) url.Values {
			answer := answerTo(a)
			answer.Add("state", a.State.Reveal())
			return answer
		}, jeton.MalformedResponse, "grant.redirect_url"},
		{"code twice", false, false, func(a *jeton.Authorization) url.Values {
			answer := answerTo(a)
			answer.Add("code", "another")
			return answer
		}, jeton.MalformedResponse, "authorization_url"},
		{"error twice", false, false, func(a *jeton.Authorization) url.Values {
			answer := answerTo(a)
			answer["error"] = []string{"access_denied", ""}
			return answer
		}, jeton.MalformedResponse, "authorization_url"},
		{"another issuer", true, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "iss", "https://evil.example") }, jeton.MalformedResponse, "issuer"},
		{"issuer with a slash", true, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "iss", fakeIssuer+"/") }, jeton.MalformedResponse, "issuer"},
		{"an empty issuer", true, false, func(a *jeton.Authorization) url.Values {
			answer := answerTo(a)
			answer["iss"] = []string{""}
			return answer
		}, jeton.MalformedResponse, "issuer"},
		{"issuer promised and missing", true, true, func(a *jeton.Authorization) url.Values { return answerTo(a) }, jeton.MalformedResponse, "issuer"},
		{"issuer promised and missing in an error", true, true, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "access_denied") }, jeton.MalformedResponse, "issuer"},
		{"no code", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "code", "") }, jeton.MalformedResponse, "authorization_url"},
		{"a huge code", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "code", long) }, jeton.MalformedResponse, "authorization_url"},
		{"access_denied", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "access_denied", "code", "") }, jeton.ConsentRequired, "consent"},
		{"an error beside a code", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "access_denied") }, jeton.ConsentRequired, "consent"},
		{"login_required", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "login_required") }, jeton.ConsentRequired, "consent"},
		{"server_error", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "server_error") }, jeton.Provider5xx, ""},
		{"temporarily_unavailable", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "temporarily_unavailable") }, jeton.Provider5xx, ""},
		{"invalid_scope", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "invalid_scope") }, jeton.InvalidScope, ""},
		{"unauthorized_client", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "unauthorized_client") }, jeton.UnauthorizedClient, ""},
		{"an unknown error", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", "out_of_cheese") }, jeton.Provider4xxOther, ""},
		{"a hostile description", false, false, func(a *jeton.Authorization) url.Values {
			return answerTo(a, "error", "x\x1b[2J\r\ny", "error_description", "<script>\x1b]0;\u202e"+a.State.Reveal()+" "+url.QueryEscape(a.CodeVerifier.Reveal())+" fake-code-canary\x00\n", "error_uri", "javascript:\x07alert(1)")
		}, jeton.Provider4xxOther, ""},
		{"a description of 1 MB", false, false, func(a *jeton.Authorization) url.Values {
			return answerTo(a, "error", "access_denied", "error_description", strings.Repeat(a.State.Reveal(), 1<<20/43))
		}, jeton.ConsentRequired, "consent"},
		{"an error of 1 MB", false, false, func(a *jeton.Authorization) url.Values { return answerTo(a, "error", long) }, jeton.Provider4xxOther, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := loginConnection("authorization_code")
			s := newFakeServer().on(fakeToken, say(200, tokenReply(nil))).on(fakeWellKnown, say(200, metadataOf(object{"authorization_response_iss_parameter_supported": row.required})))
			if row.issuer {
				c.Issuer = fakeIssuer
			}
			e := s.engine()
			login, _ := mustAuthorize(t, e, c)
			_, err := e.Redeem(context.Background(), c, login, row.answer(login))
			failed := failedAs(t, err, row.category)
			if row.parameter != "" && (len(failed.Findings) != 1 || failed.Findings[0].Parameter != row.parameter) {
				t.Errorf("findings = %+v, want %s", failed.Findings, row.parameter)
			}
			if failed.Stage != jeton.StageOAuth {
				t.Errorf("stage = %s", failed.Stage)
			}
			text := allText(failed)
			for _, secret := range []string{login.State.Reveal(), login.CodeVerifier.Reveal(), "fake-code-canary"} {
				if strings.Contains(text, secret) {
					t.Errorf("the error shows %q: %.300q", secret, text)
				}
			}
			if strings.ContainsAny(text, "\x00\x07\x1b\r\n\u202e") || len(text) > 2500 {
				t.Errorf("the error is not fit to be shown (%d bytes): %.300q", len(text), text)
			}
			if len(s.at(fakeToken)) != 0 {
				t.Error("the code was sent")
			}
		})
	}
}

// TestMetadataWords: a server that writes true as a text means it; to overlook
// that would drop a check.
func TestMetadataWords(t *testing.T) {
	for _, row := range []struct {
		value any
		want  bool
	}{{true, true}, {"true", true}, {false, false}, {"false", false}, {nil, false}, {1, false}, {"yes", false}} {
		s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(object{"authorization_response_iss_parameter_supported": row.value})))
		e, c := s.engine(), issuerConnection("authorization_code")
		if login, _ := mustAuthorize(t, e, c); login.IssuerRequired != row.want {
			t.Errorf("%v (%T): %v", row.value, row.value, login.IssuerRequired)
		}
	}
}

func TestRedeem(t *testing.T) {
	s := newFakeServer().on(fakeToken, say(200, tokenReply(nil))).on(fakeWellKnown, say(200, metadataOf(object{"authorization_response_iss_parameter_supported": true})))
	e, c := s.engine(), issuerConnection("authorization_code")
	login, query := mustAuthorize(t, e, c)
	if !login.IssuerRequired || login.Issuer != fakeIssuer || !strings.HasPrefix(login.URL, fakeAuthorize+"?") {
		t.Fatalf("login = %+v", login)
	}
	token, err := e.Redeem(context.Background(), c, login, answerTo(login, "iss", fakeIssuer))
	if err != nil || token.AccessToken.Reveal() != "fake-access-token" || token.Scope != "read write" {
		t.Fatalf("%v, %+v", err, token)
	}
	sent := s.at(fakeToken)
	want := url.Values{"grant_type": {"authorization_code"}, "code": {"fake-code-canary"}, "redirect_uri": {query.Get("redirect_uri")}, "code_verifier": {login.CodeVerifier.Reveal()},
		"client_id": {clientID}, "client_secret": {clientSecret}}
	if len(sent) != 1 || sent[0].form.Encode() != want.Encode() {
		t.Errorf("sent %+v, want %s", sent, want.Encode())
	}
	// An issuer that nobody asked for is no reason to refuse.
	written := loginConnection("authorization_code")
	login, _ = mustAuthorize(t, e, written)
	if _, err := e.Redeem(context.Background(), written, login, answerTo(login, "iss", "https://unknown.example")); err != nil {
		t.Error(err)
	}
}

// A login yields nothing to a connection of another grant.
func TestLoginOfAnotherGrant(t *testing.T) {
	s := newFakeServer().on(fakeToken, say(200, tokenReply(nil)))
	e := s.engine()
	login, _ := mustAuthorize(t, e, loginConnection("authorization_code"))
	device := &jeton.DeviceAuthorization{DeviceCode: jeton.NewSecret("device"), Interval: time.Second, Expiry: time.Now().Add(time.Hour)}
	for _, grant := range []string{"client_credentials", "refresh_token", "device_code", "authorization_code"} {
		c := loginConnection(grant)
		if grant != "authorization_code" {
			_, err := e.Redeem(context.Background(), c, login, answerTo(login))
			failedAs(t, err, jeton.DocumentInvalid)
			_, err = e.Authorize(context.Background(), c)
			failedAs(t, err, jeton.DocumentInvalid)
		}
		if grant != "device_code" {
			_, err := e.PollDevice(context.Background(), c, device)
			failedAs(t, err, jeton.DocumentInvalid)
			_, err = e.AuthorizeDevice(context.Background(), c)
			failedAs(t, err, jeton.DocumentInvalid)
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests were sent", s.count())
	}
}

// A code is used up by the first request that presents it, whatever comes of it.
func TestCodeIsSentOnce(t *testing.T) {
	for name, reply := range map[string]fakeReply{
		"503": say(503, "", "Retry-After", "1"), "500": say(500, object{"error": "use_dpop_nonce"}, "DPoP-Nonce", "n"), "429": say(429, ""), "network": {err: errFakeNetwork}, "lost reply": {err: io.ErrUnexpectedEOF},
		"invalid_client": say(401, object{"error": "invalid_client"}, "Date", "Mon, 02 Jan 2006 15:04:05 GMT"), "invalid_grant": say(400, object{"error": "invalid_grant"}),
		"redirect": say(307, "", "Location", "https://other.example/token"), "page": say(200, "<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newFakeServer().on(fakeToken, reply)
			c := loginConnection("authorization_code")
			c.Client.Secret = append(c.Client.Secret, jeton.SecretValue("the next secret"))
			c.Client.DPoP = &jeton.DPoP{}
			e := s.engine()
			login, _ := mustAuthorize(t, e, c)
			if _, err := e.Redeem(context.Background(), c, login, answerTo(login)); err == nil {
				t.Error("it succeeded")
			}
			if n := s.count(); n != 1 {
				t.Errorf("the code was sent %d times", n)
			}
		})
	}
}

// pushes is a server that demands pushed authorization requests.
func pushes(replies ...fakeReply) *fakeServer {
	return newFakeServer().on(fakeToken, say(200, tokenReply(nil))).on(fakePAR, replies...).
		on(fakeWellKnown, say(200, metadataOf(object{"require_pushed_authorization_requests": true, "pushed_authorization_request_endpoint": fakePAR})))
}

func TestPushedAuthorization(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s := pushes(say(201, object{"request_uri": "urn:ietf:params:oauth:request_uri:a b&c", "expires_in": 90}))
	e, c := s.engine(), issuerConnection("authorization_code")
	e.Now = func() time.Time { return now }
	c.Grant.AuthorizationParams = map[string]string{"prompt": "login"}
	c.Request.Params = map[string]jeton.ParamValues{"resource": jeton.Param("https://api.example/"), "client_secret": jeton.Param("the secret of request.params")}
	c.Request.Headers = map[string]jeton.SecretSource{"X-Tenant": jeton.SecretValue("tenant")}
	c.Request.Encoding = "json"
	login, query := mustAuthorize(t, e, c)
	if want := (url.Values{"client_id": {clientID}, "request_uri": {"urn:ietf:params:oauth:request_uri:a b&c"}}); query.Encode() != want.Encode() {
		t.Errorf("the URL has %s", query.Encode())
	}
	if !login.Expiry.Equal(now.Add(90 * time.Second)) {
		t.Errorf("expiry = %s", login.Expiry)
	}
	sent := s.at(fakePAR)
	if len(sent) != 1 || sent[0].header.Get("Content-Type") != "application/x-www-form-urlencoded" || sent[0].header.Get("X-Tenant") != "tenant" {
		t.Fatalf("sent %+v", sent)
	}
	form := sent[0].form
	for name, want := range map[string]string{"client_id": clientID, "client_secret": "the secret of request.params", "state": login.State.Reveal(), "prompt": "login", "resource": "https://api.example/", "response_type": "code", "grant_type": ""} {
		if got := form.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if form.Has("code_verifier") {
		t.Error("the verifier was sent to the PAR endpoint")
	}
}

func TestPushedAuthorizationFails(t *testing.T) {
	for _, row := range []struct {
		name     string
		reply    fakeReply
		category jeton.Category
	}{
		{"no request_uri", say(201, object{"expires_in": 60}), jeton.MalformedResponse},
		{"request_uri is a number", say(201, object{"request_uri": 1}), jeton.MalformedResponse},
		{"request_uri with control characters", say(201, object{"request_uri": "urn:\x1b[2J"}), jeton.MalformedResponse},
		{"huge request_uri", say(201, object{"request_uri": strings.Repeat("u", 9000)}), jeton.MalformedResponse},
		{"an array", say(201, "[]"), jeton.MalformedResponse},
		{"no body", say(201, ""), jeton.MalformedResponse},
		{"a page", say(200, "<html><title>Sign in</title>"), jeton.MalformedResponse},
		{"not found", say(404, "nothing"), jeton.Provider4xxOther},
		{"method", say(405, ""), jeton.Provider4xxOther},
		{"media type", say(415, ""), jeton.Provider4xxOther},
		{"redirect", say(307, "", "Location", "https://other.example/par?secret=1"), jeton.Provider4xxOther},
		{"invalid_client", say(401, object{"error": "invalid_client"}), jeton.InvalidClient},
		{"invalid_scope", say(400, object{"error": "invalid_scope"}), jeton.InvalidScope},
		{"invalid_request", say(400, object{"error": "invalid_request", "error_description": "you sent " + clientSecret}), jeton.InvalidRequest},
		{"an error with status 200", say(200, object{"error": "invalid_request"}), jeton.InvalidRequest},
		{"server error", say(500, ""), jeton.Provider5xx},
		{"too many", say(429, "", "Retry-After", "7"), jeton.RateLimited},
		{"network", fakeReply{err: errFakeNetwork}, jeton.NetworkError},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, recorder := pushes(row.reply), &jeton.Recorder{}
			_, err := s.engine().Authorize(jeton.WithRecorder(context.Background(), recorder), issuerConnection("authorization_code"))
			failed := failedAs(t, err, row.category)
			text := allText(failed)
			if strings.Contains(text, "token_url") || strings.Contains(text, "token endpoint") || strings.Contains(text, "request.method") {
				t.Errorf("the error speaks of the token endpoint: %s", text)
			}
			if !strings.Contains(text, "pushed authorization request") {
				t.Errorf("the error does not say where it happened: %s", text)
			}
			for _, f := range failed.Findings {
				if f.Parameter != "authorization_url" {
					t.Errorf("finding %+v", f)
				}
			}
			if strings.Contains(text, clientSecret) || strings.Contains(text, "secret=1") {
				t.Errorf("the error shows a secret: %s", text)
			}
			timeline := recorder.Timeline()
			if last := timeline[len(timeline)-1]; last.Status != "failed" || last.Stage != failed.Stage {
				t.Errorf("the timeline ends with %+v, the error is of %s", last, failed.Stage)
			}
			if len(s.at(fakePAR)) != 1 || len(s.at("https://other.example/par")) != 0 {
				t.Errorf("%d requests", s.count())
			}
		})
	}
	t.Run("no endpoint", func(t *testing.T) {
		s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(object{"require_pushed_authorization_requests": true})))
		_, err := s.engine().Authorize(context.Background(), issuerConnection("authorization_code"))
		if failed := failedAs(t, err, jeton.MalformedResponse); failed.Findings[0].Parameter != "issuer" {
			t.Errorf("%+v", failed)
		}
	})
}

// Nothing is used up at the PAR endpoint: the next secret is tried, and the one that worked redeems the code.
func TestPushedAuthorizationTriesTheNextSecret(t *testing.T) {
	s := pushes(say(401, object{"error": "invalid_client"}), say(201, object{"request_uri": "urn:x"}))
	c := issuerConnection("authorization_code")
	c.Client.Secret = append(c.Client.Secret, jeton.SecretValue("the next secret"))
	e := s.engine()
	login, _ := mustAuthorize(t, e, c)
	if _, err := e.Redeem(context.Background(), c, login, answerTo(login)); err != nil {
		t.Fatal(err)
	}
	var sent []string
	for _, r := range slices.Concat(s.at(fakePAR), s.at(fakeToken)) {
		sent = append(sent, r.form.Get("client_secret"))
	}
	if want := []string{clientSecret, "the next secret", "the next secret"}; !slices.Equal(sent, want) {
		t.Errorf("sent %q", sent)
	}
}

func TestAuthorizeNeedsAnEndpoint(t *testing.T) {
	s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(object{"authorization_endpoint": nil, "device_authorization_endpoint": nil})))
	e := s.engine()
	_, err := e.Authorize(context.Background(), issuerConnection("authorization_code"))
	if failed := failedAs(t, err, jeton.DocumentInvalid); failed.Findings[0].Parameter != "authorization_url" {
		t.Errorf("%+v", failed)
	}
	_, err = e.AuthorizeDevice(context.Background(), issuerConnection("device_code"))
	if failed := failedAs(t, err, jeton.DocumentInvalid); failed.Findings[0].Parameter != "device_authorization_url" {
		t.Errorf("%+v", failed)
	}
	found := e.Validate(issuerConnection("authorization_code"))
	if !slices.ContainsFunc(found, func(f jeton.Finding) bool { return f.Parameter == "authorization_url" && f.Warning }) {
		t.Errorf("findings = %+v", found)
	}
}

// What is written is enough where the metadata cannot be read.
func TestAuthorizeWithoutMetadata(t *testing.T) {
	s := newFakeServer().on(fakeWellKnown, say(500, "")).on(fakeOpenID, say(500, ""))
	c := loginConnection("authorization_code")
	c.Issuer = fakeIssuer
	if login, _ := mustAuthorize(t, s.engine(), c); login.Issuer != fakeIssuer || login.IssuerRequired {
		t.Errorf("%+v", login)
	}
	c.AuthorizationURL = ""
	_, err := s.engine().Authorize(context.Background(), c)
	if failed := failedAs(t, err, jeton.Provider5xx); failed.Stage != jeton.StageDiscovery {
		t.Errorf("stage %s", failed.Stage)
	}
}

// RFC 6749 section 6: the scope of a renewal is left out, or is less than what was granted.
func TestRenewal(t *testing.T) {
	for _, row := range []struct {
		name, granted    string
		scopes           jeton.Scopes
		in               string
		replied          any
		wantSent, wantIs string
	}{
		{"as before", "read write", jeton.Scopes{"write", "read"}, "", nil, "", "read write"},
		{"more than granted", "read", jeton.Scopes{"read", "write"}, "", nil, "", "read"},
		{"another scope", "read write", jeton.Scopes{"admin"}, "", nil, "", "read write"},
		{"less", "read write", jeton.Scopes{"read"}, "", nil, "read", "read"},
		{"less, parted by commas", "read,write", jeton.Scopes{"read"}, "", nil, "read", "read"},
		{"the same twice", "read write", jeton.Scopes{"read", "write", "read"}, "", nil, "", "read write"},
		{"less, and the server says what", "read write", jeton.Scopes{"read"}, "", "read profile", "read", "read profile"},
		{"none asked for", "read write", nil, "", nil, "", "read write"},
		{"nowhere", "read write", jeton.Scopes{"read"}, "none", nil, "", "read write"},
		{"nothing known", "", jeton.Scopes{"read"}, "", nil, "", ""},
	} {
		for _, grant := range []string{"authorization_code", "device_code", "token_exchange"} {
			t.Run(row.name+"/"+grant, func(t *testing.T) {
				s := newFakeServer().on(fakeToken, say(200, tokenReply(object{"refresh_token": nil, "scope": row.replied})))
				c := loginConnection(grant)
				c.Scopes, c.ScopeIn, c.Grant.Parameter = row.scopes, row.in, "urn:custom"
				c.Grant.SubjectToken, c.Grant.SubjectTokenType = jeton.SecretValue("subject"), "urn:ietf:params:oauth:token-type:jwt"
				c.Request.Params = map[string]jeton.ParamValues{"grant_type": jeton.Param("urn:also-custom"), "audience": jeton.Param("api")}
				previous := &jeton.Token{AccessToken: jeton.NewSecret("old-access"), RefreshToken: jeton.NewSecret("old-refresh"), Scope: row.granted}
				token, err := s.engine().Exchange(context.Background(), c, previous)
				if err != nil {
					t.Fatal(err)
				}
				form := s.at(fakeToken)[0].form
				want := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"old-refresh"}, "client_id": {clientID}, "client_secret": {clientSecret}, "audience": {"api"}}
				if row.wantSent != "" {
					want.Set("scope", row.wantSent)
				}
				if form.Encode() != want.Encode() {
					t.Errorf("sent %s\nwant %s", form.Encode(), want.Encode())
				}
				if token.Scope != row.wantIs || token.RefreshToken.Reveal() != "old-refresh" {
					t.Errorf("scope %q, want %q", token.Scope, row.wantIs)
				}
				for _, w := range token.Warnings {
					if w.Parameter != "scopes" || row.replied == nil {
						t.Errorf("warning %+v", w)
					}
				}
			})
		}
	}
}

func TestExchangeWithoutLogin(t *testing.T) {
	s := newFakeServer().on(fakeToken, say(200, tokenReply(nil)))
	for _, grant := range []string{"authorization_code", "device_code"} {
		for _, previous := range []*jeton.Token{nil, {AccessToken: jeton.NewSecret("no refresh token")}} {
			_, err := s.engine().Exchange(context.Background(), loginConnection(grant), previous)
			if failed := failedAs(t, err, jeton.ConsentRequired); failed.ExitCode() != 8 || len(failed.Findings) != 1 || failed.Findings[0].Parameter != "grant.type" {
				t.Errorf("%+v", failed)
			}
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
}

// TestExplainLogins: what is shown before a login has placeholders, and no key or secret.
func TestExplainLogins(t *testing.T) {
	for grant, want := range map[string]string{
		"authorization_code": "client_id=client-1 client_secret=[redacted] code=[redacted] code_verifier=[redacted] grant_type=authorization_code redirect_uri=http://127.0.0.1:7481/callback",
		"device_code":        "client_id=client-1 client_secret=[redacted] device_code=[redacted] grant_type=urn:ietf:params:oauth:grant-type:device_code",
		"token_exchange":     "actor_token=[redacted] actor_token_type=urn:a client_id=client-1 client_secret=[redacted] grant_type=urn:ietf:params:oauth:grant-type:token-exchange scope=read write subject_token=[redacted] subject_token_type=urn:s",
	} {
		t.Run(grant, func(t *testing.T) {
			c := loginConnection(grant)
			c.Client.DPoP = &jeton.DPoP{}
			if grant == "token_exchange" {
				c.Grant.SubjectToken, c.Grant.ActorToken = jeton.SecretValue("subject-canary"), jeton.SecretValue("actor-canary")
				c.Grant.SubjectTokenType, c.Grant.ActorTokenType = "urn:s", "urn:a"
			}
			x, err := newFakeServer().engine().Explain(c, nil)
			if err != nil {
				t.Fatal(err)
			}
			var shown []string
			for _, p := range x.Request.Params {
				shown = append(shown, p.Name+"="+p.Value)
			}
			if got := strings.Join(shown, " "); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if x.Usage != "Authorization: DPoP [redacted]" {
				t.Errorf("usage = %s", x.Usage)
			}
			if all := fmt.Sprintf("%+v", x); strings.Contains(all, "canary") || strings.Contains(all, clientSecret) {
				t.Errorf("it shows a secret: %s", all)
			}
		})
	}
	s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(nil)))
	e, c := s.engine(), issuerConnection("authorization_code")
	x, err := e.Explain(c, nil)
	if failed := failedAs(t, err, jeton.NetworkError); failed.Stage != jeton.StageDiscovery || x == nil || x.Request != nil || s.count() != 0 {
		t.Errorf("%+v, %+v", failed, x)
	}
	if _, err := e.Discover(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if x, err = e.Explain(c, nil); err != nil || x.Request.URL != fakeToken {
		t.Errorf("%v, %+v", err, x.Request)
	}
	if !slices.Contains(x.Settings, jeton.Setting{Parameter: "authorization_url", Value: fakeAuthorize, Origin: "discovery"}) {
		t.Errorf("settings = %+v", x.Settings)
	}
}

// The recorder shows the login, without what protects it.
func TestRecorderOfALogin(t *testing.T) {
	s := pushes(say(201, object{"request_uri": "urn:x"}))
	e, c, recorder := s.engine(), issuerConnection("authorization_code"), &jeton.Recorder{}
	c.Client.DPoP = &jeton.DPoP{}
	ctx := jeton.WithRecorder(context.Background(), recorder)
	login, err := e.Authorize(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	token, err := e.Redeem(ctx, c, login, answerTo(login))
	if err != nil {
		t.Fatal(err)
	}
	var stages []string
	for _, r := range recorder.Timeline() {
		if r.Status != "skipped" {
			stages = append(stages, string(r.Stage)+" "+r.Status)
		}
	}
	if got, want := strings.Join(stages, ", "), "config ok, discovery ok, key ok, assertion ok, http ok, oauth ok, config ok, key ok, assertion ok, http ok, oauth ok, response ok"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	private, err := login.DPoPKey.PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%+v %+v %+v", recorder.Timeline(), recorder.Exchanges(), token)
	for name, secret := range map[string]string{"state": login.State.Reveal(), "verifier": login.CodeVerifier.Reveal(), "code": "fake-code-canary", "client secret": clientSecret,
		"access token": "fake-access-token", "key": strings.Split(private.Reveal(), "\n")[1], "proof": s.at(fakeToken)[0].header.Get("DPoP")} {
		if strings.Contains(all, secret) {
			t.Errorf("the recorder shows the %s", name)
		}
	}
}

func TestLoginIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := pushes(say(201, "")).engine().Authorize(ctx, issuerConnection("authorization_code"))
	if failed := failedAs(t, err, jeton.NetworkError); !errors.Is(failed, context.Canceled) || failed.Timeout() {
		t.Errorf("%+v", failed)
	}
}
