package jeton_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// TestWellKnown: RFC 8414 section 3.1 inserts its path, OpenID Connect Discovery appends it; the issuer stays as it is.
func TestWellKnown(t *testing.T) {
	for issuer, want := range map[string][2]string{
		"https://as.example":            {"https://as.example/.well-known/oauth-authorization-server", "https://as.example/.well-known/openid-configuration"},
		"https://as.example/":           {"https://as.example/.well-known/oauth-authorization-server", "https://as.example/.well-known/openid-configuration"},
		"https://as.example/t/acme":     {"https://as.example/.well-known/oauth-authorization-server/t/acme", "https://as.example/t/acme/.well-known/openid-configuration"},
		"https://as.example/t/acme/":    {"https://as.example/.well-known/oauth-authorization-server/t/acme", "https://as.example/t/acme/.well-known/openid-configuration"},
		"https://as.example:8443/a%2Fb": {"https://as.example:8443/.well-known/oauth-authorization-server/a%2Fb", "https://as.example:8443/a%2Fb/.well-known/openid-configuration"},
		"http://127.0.0.1:9/x":          {"http://127.0.0.1:9/.well-known/oauth-authorization-server/x", "http://127.0.0.1:9/x/.well-known/openid-configuration"},
	} {
		for i, place := range want {
			s := newFakeServer().on(place, say(200, metadataOf(object{"issuer": issuer})))
			c := issuerConnection("client_credentials")
			c.Issuer = issuer
			m, err := s.engine().Discover(context.Background(), c)
			if err != nil || m.Source != place || m.Issuer != issuer || m.TokenURL != fakeToken {
				t.Errorf("%s: %v %+v", issuer, err, m)
			}
			if s.count() != i+1 || s.seen[0].target != want[0] || s.seen[0].method != "GET" || s.seen[0].header.Get("Authorization") != "" {
				t.Errorf("%s: %+v", issuer, s.seen)
			}
		}
	}
	if m, err := newFakeServer().engine().Discover(context.Background(), loginConnection("client_credentials")); m != nil || err != nil {
		t.Errorf("without issuer: %v, %v", m, err)
	}
}

func TestDiscoveryFails(t *testing.T) {
	missing := say(404, "")
	with := func(changes object) fakeReply { return say(200, metadataOf(changes)) }
	for _, row := range []struct {
		name          string
		first, second fakeReply
		category      jeton.Category
		requests      int
		proposed      string
	}{
		{"both missing", missing, missing, jeton.Provider4xxOther, 2, ""},
		{"both pages", say(200, "<html>"), say(200, "<html>"), jeton.MalformedResponse, 2, ""},
		{"a page, then missing", say(200, "<html>"), missing, jeton.MalformedResponse, 2, ""},
		{"500, then missing", say(500, ""), missing, jeton.Provider5xx, 2, ""},
		{"missing, then 429", missing, say(429, "", "Retry-After", "5"), jeton.RateLimited, 2, ""},
		{"redirect", say(302, "", "Location", fakeOpenID+"?x=1"), say(301, "", "Location", "https://other.example/"), jeton.Provider4xxOther, 2, ""},
		{"network", fakeReply{err: errFakeNetwork}, with(nil), jeton.NetworkError, 1, ""},
		{"huge", say(200, strings.Repeat(" ", 70<<10)), missing, jeton.MalformedResponse, 2, ""},
		{"nothing", say(200, ""), missing, jeton.MalformedResponse, 2, ""},
		{"204", say(204, ""), missing, jeton.Provider4xxOther, 2, ""},
		{"an array", say(200, "[]"), missing, jeton.MalformedResponse, 2, ""},
		{"issuer twice", say(200, `{"issuer":"https://as.example","issuer":"https://as.example","token_endpoint":"https://as.example/token"}`), missing, jeton.MalformedResponse, 2, ""},
		{"no issuer", with(object{"issuer": nil}), missing, jeton.MalformedResponse, 2, ""},
		{"issuer is no string", with(object{"issuer": []string{fakeIssuer}}), missing, jeton.MalformedResponse, 2, ""},
		{"another slash", with(object{"issuer": fakeIssuer + "/"}), missing, jeton.MalformedResponse, 2, fakeIssuer + "/"},
		{"another case", with(object{"issuer": "https://AS.example"}), missing, jeton.MalformedResponse, 2, "https://AS.example"},
		{"another host", with(object{"issuer": "https://other.example"}), missing, jeton.MalformedResponse, 2, "https://other.example"},
		{"another port", with(object{"issuer": fakeIssuer + ":443"}), missing, jeton.MalformedResponse, 2, fakeIssuer + ":443"},
		{"an issuer that nobody would write", with(object{"issuer": "javascript:\x1b[2J"}), missing, jeton.MalformedResponse, 2, ""},
		{"http endpoint", with(object{"token_endpoint": "http://as.example/token"}), missing, jeton.MalformedResponse, 2, ""},
		{"http endpoint on loopback", with(object{"token_endpoint": "http://127.0.0.1/token"}), missing, jeton.MalformedResponse, 2, ""},
		{"fragment", with(object{"token_endpoint": fakeToken + "#x"}), missing, jeton.MalformedResponse, 2, ""},
		{"user information", with(object{"token_endpoint": "https://user@as.example/token"}), missing, jeton.MalformedResponse, 2, ""},
		{"relative", with(object{"token_endpoint": "/token"}), missing, jeton.MalformedResponse, 2, ""},
		{"a list of endpoints", with(object{"token_endpoint": []string{fakeToken}}), missing, jeton.MalformedResponse, 2, ""},
		{"a number as an endpoint", with(object{"token_endpoint": 5}), missing, jeton.MalformedResponse, 2, ""},
		{"javascript", with(object{"authorization_endpoint": "javascript:alert(1)"}), missing, jeton.MalformedResponse, 2, ""},
		{"an endpoint that turns the direction", with(object{"authorization_endpoint": "https://as.example/\u202eauthorize"}), missing, jeton.MalformedResponse, 2, ""},
		{"an alias that is http", with(object{"mtls_endpoint_aliases": object{"token_endpoint": "http://mtls.as.example/token"}}), missing, jeton.MalformedResponse, 2, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, recorder := newFakeServer().on(fakeWellKnown, row.first).on(fakeOpenID, row.second).on(fakeToken, say(200, tokenReply(nil))), &jeton.Recorder{}
			_, err := s.engine().Exchange(jeton.WithRecorder(context.Background(), recorder), issuerConnection("client_credentials"), nil)
			failed := failedAs(t, err, row.category)
			if s.count() != row.requests {
				t.Errorf("%d requests: %+v", s.count(), s.seen)
			}
			if failed.Stage != jeton.StageDiscovery || !strings.HasPrefix(failed.Problem, "discovery failed: ") {
				t.Errorf("%s: %s", failed.Stage, failed.Problem)
			}
			text := allText(failed)
			if strings.ContainsAny(text, "\x1b\u202e") || strings.Contains(text, "token_url") || strings.Contains(text, clientSecret) || strings.Contains(text, "x=1") {
				t.Error(text)
			}
			for _, f := range failed.Findings {
				if f.Parameter != "issuer" || f.Proposed != row.proposed {
					t.Errorf("%+v", f)
				}
			}
			var stages []string
			for _, r := range recorder.Timeline() {
				stages = append(stages, string(r.Stage)+" "+r.Status)
			}
			if got := strings.Join(stages, ", "); got != "config ok, discovery failed" {
				t.Errorf("timeline: %s", got)
			}
		})
	}
}

// The second place counts where the first has nothing that can be used.
func TestDiscoveryFallsBack(t *testing.T) {
	for name, first := range map[string]fakeReply{"404": say(404, ""), "a page": say(200, "<html>"), "500": say(500, ""), "a redirect": say(302, "", "Location", "/"), "another issuer": say(200, metadataOf(object{"issuer": "https://x.example"}))} {
		s := newFakeServer().on(fakeWellKnown, first).on(fakeOpenID, say(200, metadataOf(nil)))
		if m, err := s.engine().Discover(context.Background(), issuerConnection("client_credentials")); err != nil || m.Source != fakeOpenID || s.count() != 2 {
			t.Errorf("%s: %v %+v", name, err, m)
		}
	}
}

// TestDiscoveryCache: what is sent and what is used, minute by minute of the engine's clock.
func TestDiscoveryCache(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newFakeServer()
	e, c := s.engine(), issuerConnection("client_credentials")
	e.Now = func() time.Time { return now }
	up := func() { s.on(fakeWellKnown, say(200, metadataOf(nil))) }
	down := func() { s.on(fakeWellKnown, say(503, "")).on(fakeOpenID, say(503, "")) }
	up()
	for _, row := range []struct {
		name     string
		after    time.Duration
		before   func()
		requests int
		works    bool
	}{
		{"the first time", 0, nil, 1, true},
		{"within the hour", 59 * time.Minute, nil, 0, true},
		{"after the hour", 2 * time.Minute, nil, 1, true},
		{"it is down, and nobody notices", 59 * time.Minute, down, 0, true},
		{"the old ones are used", 2 * time.Minute, nil, 2, true},
		{"a failure is not repeated", 29 * time.Second, nil, 0, true},
		{"but for the pause", 2 * time.Second, nil, 2, true},
		{"still the old ones", 20 * time.Hour, nil, 2, true},
		{"still", 2 * time.Hour, nil, 2, true},
		{"a day is over", 2 * time.Hour, nil, 2, false},
		{"and stays over", 29 * time.Second, nil, 0, false},
		{"again", 2 * time.Second, nil, 2, false},
		{"it is up, which is seen after the pause", 10 * time.Second, up, 0, false},
		{"now", 30 * time.Second, nil, 1, true},
		{"a clock that is set back", -48 * time.Hour, nil, 1, true},
	} {
		if row.before != nil {
			row.before()
		}
		now = now.Add(row.after)
		sent := s.count()
		m, err := e.Discover(context.Background(), c)
		if (err == nil) != row.works || row.works && m.TokenURL != fakeToken {
			t.Errorf("%s: %v", row.name, err)
		}
		if got := s.count() - sent; got != row.requests {
			t.Errorf("%s: %d requests, want %d", row.name, got, row.requests)
		}
	}
	// Who changes an error does not change the next one.
	down()
	now = now.Add(25 * time.Hour)
	for range 3 {
		_, err := e.Discover(context.Background(), c)
		failed := failedAs(t, err, jeton.Provider5xx)
		if failed.Findings[0].Problem == "changed" || failed.Stage != jeton.StageDiscovery {
			t.Error("two callers share one error")
		}
		failed.Findings[0].Problem, failed.Stage = "changed", jeton.StageHTTP
	}
	// Another issuer, or other TLS settings, are another server.
	up()
	other := issuerConnection("client_credentials")
	other.TLS.InsecureSkipVerify = true
	if _, err := e.Discover(context.Background(), other); err == nil {
		t.Error("the fake transport took TLS settings")
	}
}

// What the document writes is used although the metadata say otherwise, and said.
func TestWrittenWins(t *testing.T) {
	s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(object{"token_endpoint": "https://as.example/other", "revocation_endpoint": "https://as.example/revoke",
		"grant_types_supported": []string{"authorization_code"}, "scopes_supported": []string{"read"}, "token_endpoint_auth_methods_supported": []string{"private_key_jwt"},
		"dpop_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"plain"}}))).
		on(fakeToken, say(200, tokenReply(nil)))
	e, c := s.engine(), loginConnection("client_credentials")
	c.Issuer, c.RevocationURL, c.Client.DPoP = fakeIssuer, "https://as.example/elsewhere", &jeton.DPoP{}
	if _, err := e.Exchange(context.Background(), c, nil); err != nil || s.count() != 1 {
		t.Fatalf("%v, %d requests", err, s.count())
	}
	for _, f := range e.Validate(c) {
		t.Errorf("before discovery: %+v", f)
	}
	if _, err := e.Discover(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	want := map[jeton.Parameter]string{"token_url": "https://as.example/other", "revocation_url": "https://as.example/revoke", "grant.type": "", "scopes": "", "client.auth": "private_key_jwt", "client.dpop.algorithm": "RS256"}
	for _, f := range e.Validate(c) {
		proposed, expected := want[f.Parameter]
		if !expected || proposed != f.Proposed || !f.Warning || f.Evidence == "" {
			t.Errorf("finding %+v", f)
		}
		delete(want, f.Parameter)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
	if _, err := e.Exchange(context.Background(), c, nil); err != nil || len(s.at(fakeToken)) != 2 {
		t.Errorf("%v", err)
	}
	if found := c.Validate(); len(found) != 0 {
		t.Errorf("Connection.Validate knows of metadata: %+v", found)
	}
}

// RFC 8414 section 2: a list of methods that is absent means client_secret_basic.
func TestAbsentAuthMethods(t *testing.T) {
	for auth, warned := range map[string]bool{"client_secret_basic": false, "client_secret_post": true} {
		s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(object{"token_endpoint_auth_methods_supported": nil})))
		e, c := s.engine(), issuerConnection("client_credentials")
		c.Client.Auth = auth
		if _, err := e.Discover(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(e.Validate(c), func(f jeton.Finding) bool { return f.Parameter == "client.auth" }); got != warned {
			t.Errorf("%s: warned %t", auth, got)
		}
	}
	bare := &jeton.Connection{Issuer: fakeIssuer, Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}, Issuer: "i"}}}
	e := newFakeServer().on(fakeWellKnown, say(200, metadataOf(object{"token_endpoint_auth_methods_supported": nil}))).engine()
	if _, err := e.Discover(context.Background(), bare); err != nil {
		t.Fatal(err)
	}
	if found := e.Validate(bare); len(found) != 0 {
		t.Errorf("an assertion grant needs no client authentication: %+v", found)
	}
}

func TestNoTokenEndpointInMetadata(t *testing.T) {
	s, recorder := newFakeServer().on(fakeWellKnown, say(200, metadataOf(object{"token_endpoint": nil}))), &jeton.Recorder{}
	_, err := s.engine().Exchange(jeton.WithRecorder(context.Background(), recorder), issuerConnection("client_credentials"), nil)
	failed := failedAs(t, err, jeton.DocumentInvalid)
	if len(failed.Findings) != 1 || failed.Findings[0].Parameter != "token_url" || failed.Stage != jeton.StageDiscovery || s.count() != 1 {
		t.Errorf("%+v", failed)
	}
	if timeline := recorder.Timeline(); timeline[len(timeline)-1].Status != "failed" {
		t.Errorf("%+v", timeline)
	}
}

// A failed discovery is an error, never a JWT that is handed out as the token.
func TestNoSelfIssueAfterDiscovery(t *testing.T) {
	for name, reply := range map[string]fakeReply{"down": say(503, ""), "missing": say(404, ""), "no token endpoint": say(200, metadataOf(object{"token_endpoint": nil}))} {
		s := newFakeServer().on(fakeWellKnown, reply).on(fakeOpenID, reply)
		c := &jeton.Connection{Issuer: fakeIssuer, Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}, Issuer: "i"}}}
		e := s.engine()
		if token, err := e.Exchange(context.Background(), c, nil); err == nil {
			t.Errorf("%s: issued %+v", name, token)
		}
		if x, err := e.Explain(c, nil); err == nil || x.SelfIssued {
			t.Errorf("%s: explained %+v", name, x)
		}
	}
}

func claimsOf(t *testing.T, jwt string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %q", jwt)
	}
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			t.Fatalf("%v in %q", err, jwt)
		}
	}
	return header, claims
}

// TestAudience: whom a client assertion is for, at each endpoint (CVE-2025-27370).
func TestAudience(t *testing.T) {
	for _, row := range []struct {
		name               string
		change             func(*jeton.Connection)
		atToken, atLogin   string
		typAtToken, typAtL string
	}{
		{"discovered", func(*jeton.Connection) {}, fakeIssuer, fakeIssuer, "client-authentication+jwt", "client-authentication+jwt"},
		{"token_url written", func(c *jeton.Connection) { c.TokenURL = fakeToken }, fakeToken, fakeIssuer, "JWT", "client-authentication+jwt"},
		{"everything written, no issuer", func(c *jeton.Connection) {
			c.Issuer, c.TokenURL, c.DeviceAuthorizationURL = "", fakeToken, fakeDevice
		}, fakeToken, fakeToken, "JWT", "JWT"},
		{"audience written", func(c *jeton.Connection) { c.Client.Assertion.Audience = jeton.StringList{"token_url"} }, fakeToken, fakeToken, "JWT", "JWT"},
		{"a word of one's own", func(c *jeton.Connection) { c.Client.Assertion.Audience = jeton.StringList{"my-server"} }, "my-server", "my-server", "JWT", "JWT"},
		{"typ written", func(c *jeton.Connection) { c.Client.Assertion.Headers = map[string]any{"typ": "JWT"} }, fakeIssuer, fakeIssuer, "JWT", "JWT"},
	} {
		for _, grant := range []string{"device_code", "authorization_code"} {
			t.Run(row.name+"/"+grant, func(t *testing.T) {
				s := pushes(say(201, object{"request_uri": "urn:x"})).on(fakeDevice, say(200, deviceReply(nil)))
				e, c := s.engine(), issuerConnection(grant)
				c.Client = jeton.Client{ID: clientID, Assertion: &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}}}
				row.change(c)
				var err error
				endpoint := fakeDevice
				if grant == "device_code" {
					var d *jeton.DeviceAuthorization
					if d, err = e.AuthorizeDevice(context.Background(), c); err == nil {
						_, err = e.PollDevice(context.Background(), c, d)
					}
				} else {
					if c.Issuer == "" {
						return // nothing is pushed
					}
					endpoint = fakePAR
					login, _ := mustAuthorize(t, e, c)
					_, err = e.Redeem(context.Background(), c, login, answerTo(login))
				}
				if err != nil {
					t.Fatal(err, findings(err))
				}
				for target, want := range map[string][2]string{endpoint: {row.atLogin, row.typAtL}, fakeToken: {row.atToken, row.typAtToken}} {
					header, claims := claimsOf(t, s.at(target)[0].form.Get("client_assertion"))
					if claims["aud"] != want[0] || header["typ"] != want[1] {
						t.Errorf("%s: aud %v, typ %v, want %v", target, claims["aud"], header["typ"], want)
					}
				}
			})
		}
	}
}

// The grant's assertion is for the token endpoint, discovered or not.
func TestAudienceOfTheGrant(t *testing.T) {
	s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(nil))).on(fakeToken, say(200, tokenReply(nil)))
	c := &jeton.Connection{Issuer: fakeIssuer, Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}, Issuer: "i"}}}
	if _, err := s.engine().Exchange(context.Background(), c, nil); err != nil {
		t.Fatal(err)
	}
	if _, claims := claimsOf(t, s.at(fakeToken)[0].form.Get("assertion")); claims["aud"] != fakeToken {
		t.Errorf("aud = %v", claims["aud"])
	}
}

// TestMTLSAlias: RFC 8705 section 5, and nothing of it without a certificate.
func TestMTLSAlias(t *testing.T) {
	certificate := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true}).SelfSignedCertificate("app")
	const alias = "https://mtls.as.example/token"
	for _, row := range []struct {
		name        string
		certificate bool
		aliases     any
		change      func(*jeton.Connection)
		want        string
	}{
		{"with a certificate", true, object{"token_endpoint": alias}, nil, alias},
		{"without", false, object{"token_endpoint": alias}, nil, fakeToken},
		{"an empty alias", true, object{"token_endpoint": ""}, nil, fakeToken},
		{"null", true, object{"token_endpoint": nil}, nil, fakeToken},
		{"no alias for this endpoint", true, object{"revocation_endpoint": alias}, nil, fakeToken},
		{"no object", true, "x", nil, fakeToken},
		{"mtls_token_url written", true, object{"token_endpoint": alias}, func(c *jeton.Connection) { c.MTLSTokenURL = "https://own.example/token" }, "https://own.example/token"},
		{"token_url written as the metadata have it", true, object{"token_endpoint": alias}, func(c *jeton.Connection) { c.TokenURL = fakeToken }, alias},
		{"another token_url written", true, object{"token_endpoint": alias}, func(c *jeton.Connection) { c.TokenURL = "https://as.example/written" }, "https://as.example/written"},
	} {
		t.Run(row.name, func(t *testing.T) {
			// An own transport takes no certificate, so this server is a real one; Explain says what would be sent.
			var metadata string
			srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, metadata) }))
			defer srv.Close()
			metadata = say(200, metadataOf(object{"issuer": srv.URL, "mtls_endpoint_aliases": row.aliases})).body
			e, c := new(jeton.Engine), issuerConnection("client_credentials")
			c.Issuer, c.Client.DPoP = srv.URL, &jeton.DPoP{}
			c.TLS.CA = jeton.KeyValue(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
			if row.change != nil {
				row.change(c)
			}
			if row.certificate {
				c.TLS.Client = jeton.TLSClient{Certificate: jeton.KeyValue(string(certificate.CertificatePEM)), Key: jeton.KeyValue(string(certificate.KeyPEM))}
			}
			if _, err := e.Discover(context.Background(), c); err != nil {
				t.Fatal(err, findings(err))
			}
			x, err := e.Explain(c, nil)
			if err != nil {
				t.Fatal(err, findings(err))
			}
			if x.Request.URL != row.want {
				t.Errorf("%s, want %s", x.Request.URL, row.want)
			}
			var claims map[string]any
			if err := json.Unmarshal(x.Request.Assertions[0].Claims, &claims); err != nil || claims["htu"] != row.want {
				t.Errorf("%v: htu = %v", err, claims["htu"])
			}
		})
	}
}

// A caller that leaves says nothing about the server, and takes nobody with it.
func TestDiscoveryIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeServer()
		s.answers[fakeWellKnown] = func(fakeRequest) fakeReply {
			time.Sleep(10 * time.Second) // of the bubble's clock
			if len(s.seen) == 1 {
				return fakeReply{err: context.Canceled}
			}
			return say(200, metadataOf(nil))
		}
		e, c := s.engine(), issuerConnection("client_credentials")
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		var group sync.WaitGroup
		for i := range 10 {
			group.Go(func() {
				own := context.Background()
				if i == 0 {
					own = ctx
				} else {
					time.Sleep(time.Second)
				}
				m, err := e.Discover(own, c)
				if i == 0 {
					if failed := failedAs(t, err, jeton.NetworkError); !failed.Timeout() || !errors.Is(failed, context.DeadlineExceeded) {
						t.Errorf("%+v", failed)
					}
				} else if err != nil || m.TokenURL != fakeToken {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if s.count() != 2 {
			t.Errorf("%d requests", s.count())
		}
	})
}

// One who waits for another's discovery may leave before it ends.
func TestDiscoveryWaiterLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeServer()
		s.answers[fakeWellKnown] = func(fakeRequest) fakeReply {
			time.Sleep(10 * time.Second)
			return say(200, metadataOf(nil))
		}
		e, c := s.engine(), issuerConnection("client_credentials")
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := e.Discover(context.Background(), c); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := e.Discover(ctx, c)
		if failed := failedAs(t, err, jeton.NetworkError); failed.ExitCode() != 10 || failed.Stage != jeton.StageDiscovery || time.Since(start) != time.Second {
			t.Errorf("%+v after %s", failed, time.Since(start))
		}
		group.Wait()
	})
}

// Many exchanges at once: one discovery.
func TestDiscoveryConcurrent(t *testing.T) {
	s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(nil))).on(fakeToken, say(200, tokenReply(object{"token_type": "DPoP"}), "DPoP-Nonce", "n"))
	e := s.engine()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			c := issuerConnection("client_credentials")
			c.Client.DPoP = &jeton.DPoP{}
			if token, err := e.Exchange(context.Background(), c, nil); err != nil || token.DPoPKey == nil {
				t.Error(err)
			}
			e.Validate(c)
			if _, err := e.Explain(c, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := len(s.at(fakeWellKnown)); n != 1 {
		t.Errorf("%d discoveries", n)
	}
}
