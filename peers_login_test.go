package jeton_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
	"github.com/jeton-oauth/jeton/internal/peers"
)

// TestPeerLogins is one oidc-provider that demands a nonce in every DPoP proof.
func TestPeerLogins(t *testing.T) {
	w := oidcProviderWorld(t, func(c *peers.Config) { c.DPoPNonce = true })
	for name, test := range map[string]func(*testing.T){
		"authorization code":         w.testCode,
		"authorization code, twins":  w.testCodeTwins,
		"authorization code refused": w.testCodeRefused,
		"refresh token rotation":     w.testRotation,
		"device code":                w.testDevice,
		"device code, twins":         w.testDeviceTwins,
		"DPoP client credentials":    w.testDPoPClientCredentials,
		"DPoP login":                 w.testDPoPLogin,
		"DPoP twins":                 w.testDPoPTwins,
		"DPoP with other grants":     w.testDPoPOthers,
		"issuer":                     w.testIssuer,
		"narrowed renewal":           w.testNarrowedRenewal,
		"source and round tripper":   w.testSource,
		"mutual TLS":                 w.testMutualTLS,
		"token exchange":             w.testTokenExchange,
		"resource":                   w.testResource,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// testCode really listens on the redirect URL.
func (w *loginWorld) testCode(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan url.Values, 1)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		answers <- r.URL.Query()
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })

	c := w.connection("web", "authorization_code", withScopes("openid", "read"))
	c.Grant.RedirectURL = "http://" + listener.Addr().String() + "/callback"
	engine := new(jeton.Engine)
	a, err := engine.Authorize(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser("")
	b.open(t, a.URL)
	select {
	case answer := <-answers:
		if !a.Answers(answer) {
			t.Error("the answer does not belong to the login")
		}
		token := mustToken(t, c)(engine.Redeem(t.Context(), c, a, answer))
		if token.TokenType != "Bearer" || token.Scope != "openid read" || token.RefreshToken.IsZero() || token.IDToken.IsZero() || len(token.Warnings) > 0 {
			t.Errorf("%+v", token)
		}
		if known := w.introspect(t, token.AccessToken); known["sub"] != "ada" || known["client_id"] != "web" {
			t.Errorf("introspection: %v", known)
		}
		if status := w.userinfo(t, token).StatusCode; status != http.StatusOK {
			t.Errorf("userinfo: status %d", status)
		}
	default:
		t.Fatalf("the redirect URL was not called; the browser shows status %d\n%s", b.status, b.page)
	}
	_, err = engine.Exchange(t.Context(), c, nil)
	refused(t, c, err, jeton.ConsentRequired, "grant.type") // a token takes a login
}

// testCodeTwins are logins whose code is presented wrongly.
func (w *loginWorld) testCodeTwins(t *testing.T) {
	for name, test := range map[string]struct {
		client    string
		wrong     func(*jeton.Connection, *jeton.Authorization, url.Values)
		category  jeton.Category
		parameter jeton.Parameter
	}{
		"another redirect URL": {"web", func(_ *jeton.Connection, a *jeton.Authorization, _ url.Values) { a.RedirectURL += "/" },
			jeton.InvalidGrant, "grant.redirect_url"},
		"wrong secret": {"web", func(c *jeton.Connection, _ *jeton.Authorization, _ url.Values) { wrongSecret(c) },
			jeton.InvalidClient, "client.secret"},
		"wrong key": {"key", func(c *jeton.Connection, _ *jeton.Authorization, _ url.Values) { signWith(strangeKey())(c) },
			jeton.InvalidClient, "client.assertion.key"},
		"another client": {"web", func(c *jeton.Connection, _ *jeton.Authorization, _ url.Values) {
			c.Client = jeton.Client{ID: "app"}
		}, jeton.InvalidGrant, "client.id"},
		"wrong verifier": {"app", func(_ *jeton.Connection, a *jeton.Authorization, _ url.Values) {
			a.CodeVerifier = jeton.NewSecret(strings.Repeat("A", 43))
		}, jeton.InvalidGrant, "grant.redirect_url"},
		"no verifier": {"app", func(_ *jeton.Connection, a *jeton.Authorization, _ url.Values) { a.CodeVerifier = jeton.Secret{} },
			jeton.InvalidGrant, "grant.redirect_url"},
		"wrong code": {"web", func(_ *jeton.Connection, _ *jeton.Authorization, answer url.Values) {
			answer.Set("code", "canary-code")
		},
			jeton.InvalidGrant, "grant.redirect_url"},
		"wrong state": {"web", func(_ *jeton.Connection, _ *jeton.Authorization, answer url.Values) {
			answer.Set("state", "canary-state")
		},
			jeton.MalformedResponse, "grant.redirect_url"},
		"no state": {"web", func(_ *jeton.Connection, _ *jeton.Authorization, answer url.Values) { answer.Del("state") },
			jeton.MalformedResponse, "grant.redirect_url"},
		"another issuer": {"web", func(_ *jeton.Connection, _ *jeton.Authorization, answer url.Values) {
			answer.Set("iss", "https://other.example")
		}, jeton.MalformedResponse, "issuer"},
		"no issuer": {"web", func(_ *jeton.Connection, _ *jeton.Authorization, answer url.Values) { answer.Del("iss") },
			jeton.MalformedResponse, "issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection(test.client, "authorization_code")
			a, answer := login(t, engine, c)
			wrongly, wrong := *a, url.Values{}
			for name, values := range answer {
				wrong[name] = append([]string{}, values...)
			}
			asked := *c
			test.wrong(&asked, &wrongly, wrong)
			_, err := engine.Redeem(t.Context(), &asked, &wrongly, wrong)
			refused(t, &asked, err, test.category, test.parameter, answer.Get("code"), wrong.Get("code"), a.State.Reveal(), a.CodeVerifier.Reveal())
			// Nothing else was wrong, and nothing was used up.
			mustToken(t, c)(engine.Redeem(t.Context(), c, a, answer))
		})
	}
	t.Run("used twice", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("web", "authorization_code")
		a, answer := login(t, engine, c)
		token := mustToken(t, c)(engine.Redeem(t.Context(), c, a, answer))
		_, err := engine.Redeem(t.Context(), c, a, answer)
		refused(t, c, err, jeton.InvalidGrant, "grant.redirect_url", answer.Get("code"))
		if known := w.introspect(t, token.AccessToken); known["active"] == true {
			t.Error("the token of a code that was used twice lives on")
		}
	})
}

// testCodeRefused are logins that end without a code.
func (w *loginWorld) testCodeRefused(t *testing.T) {
	for name, test := range map[string]struct {
		client    string
		change    func(*jeton.Connection)
		browser   func(*browser)
		category  jeton.Category
		parameter jeton.Parameter
	}{
		"denied":        {"web", nil, func(b *browser) { b.cancels = "/abort" }, jeton.ConsentRequired, "consent"},
		"foreign scope": {"web", withScopes("write"), nil, jeton.InvalidScope, "scopes"},
		"prompt none": {"web", func(c *jeton.Connection) { c.Grant.AuthorizationParams = map[string]string{"prompt": "none"} }, nil,
			jeton.ConsentRequired, "consent"},
		"unknown parameter value": {"web", func(c *jeton.Connection) { c.Grant.AuthorizationParams = map[string]string{"prompt": "nonsense"} }, nil,
			jeton.InvalidRequest, "grant.authorization_params.prompt"},
		"unknown resource": {"web", withResource("https://other.example/"), nil, jeton.InvalidTarget, "request.params.resource"},
		"not pushed":       {"pushed", nil, nil, jeton.InvalidRequest, "issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection(test.client, "authorization_code")
			if test.change != nil {
				test.change(c)
			}
			a, err := engine.Authorize(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			b := newBrowser(peerRedirect)
			if test.browser != nil {
				test.browser(b)
			}
			answer := b.open(t, a.URL)
			if answer.Get("error") == "" {
				t.Fatalf("no error comes back: %v\n%s", answer, b.page)
			}
			_, err = engine.Redeem(t.Context(), c, a, answer)
			if failed := refused(t, c, err, test.category, test.parameter, a.State.Reveal()); failed.Code != answer.Get("error") {
				t.Errorf("got %s, the server said %v", failed.Code, answer)
			}
		})
	}
	// The server may send nobody to a place that it does not know (RFC 6749
	// section 4.1.2.1): it shows a page.
	for name, change := range map[string]func(*jeton.Connection){
		"unknown redirect URL": func(c *jeton.Connection) { c.Grant.RedirectURL = "http://127.0.0.1:7481/elsewhere" },
		"unknown client":       func(c *jeton.Connection) { c.Client.ID = "nobody" },
	} {
		t.Run(name, func(t *testing.T) {
			c := w.connection("web", "authorization_code", change)
			a, err := new(jeton.Engine).Authorize(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			b := newBrowser(c.Grant.RedirectURL)
			if answer := b.open(t, a.URL); answer != nil || b.status != http.StatusBadRequest {
				t.Errorf("status %d, answer %v", b.status, answer)
			}
		})
	}
}

// testIssuer: the metadata must be those of the issuer that is written, letter
// by letter (RFC 8414 section 3.3).
func (w *loginWorld) testIssuer(t *testing.T) {
	for name, issuer := range map[string]string{
		"slash": w.Issuer + "/", "another name of the host": strings.Replace(w.Issuer, "127.0.0.1", "localhost", 1),
	} {
		t.Run(name, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection("web", "authorization_code", func(c *jeton.Connection) { c.Issuer = issuer })
			_, err := engine.Authorize(t.Context(), c)
			failed := refused(t, c, err, jeton.MalformedResponse, "issuer")
			if failed.Stage != jeton.StageDiscovery || failed.Findings[0].Proposed != w.Issuer {
				t.Errorf("%+v", failed)
			}
		})
	}
	t.Run("path", func(t *testing.T) {
		c := w.connection("web", "authorization_code", func(c *jeton.Connection) { c.Issuer += "/tenant" })
		_, err := new(jeton.Engine).Authorize(t.Context(), c)
		refused(t, c, err, jeton.Provider4xxOther, "issuer")
	})
}

// testRotation renews three times; then somebody presents an old refresh token.
func (w *loginWorld) testRotation(t *testing.T) {
	journal := &ledger{}
	engine := &jeton.Engine{Journal: journal}
	c := w.connection("web", "authorization_code")
	tokens := []*jeton.Token{loggedIn(t, engine, c)}
	for range 3 {
		last := tokens[len(tokens)-1]
		next := mustToken(t, c)(engine.Exchange(t.Context(), c, last))
		if next.RefreshToken.IsZero() || next.RefreshToken.Equal(last.RefreshToken) || next.AccessToken.Equal(last.AccessToken) || next.Scope != "read" {
			t.Fatalf("not rotated: %+v", next)
		}
		tokens = append(tokens, next)
	}
	presented := []*jeton.Token{nil, tokens[0], tokens[1], tokens[2]}
	newest := tokens[3]
	for _, old := range []*jeton.Token{tokens[0], newest} { // the first ends the family, the second shows it
		_, err := engine.Exchange(t.Context(), c, old)
		refused(t, c, err, jeton.InvalidGrant, "grant.refresh_token", old.RefreshToken.Reveal(), newest.RefreshToken.Reveal())
		presented = append(presented, old)
	}
	if known := w.introspect(t, newest.AccessToken); known["active"] == true {
		t.Error("the newest access token of a revoked family lives on")
	}
	if len(journal.sent) != len(presented) || len(journal.answered) != len(presented) {
		t.Fatalf("%d requests were recorded, and %d replies; there were %d", len(journal.sent), len(journal.answered), len(presented))
	}
	for i, token := range presented {
		want := ""
		if token != nil {
			sum := sha256.Sum256([]byte(token.RefreshToken.Reveal()))
			want = hex.EncodeToString(sum[:])
		}
		if got := journal.sent[i]; got.PresentedHash != want || got.ID != journal.answered[i].Attempt || got.Endpoint != w.TokenURL {
			t.Errorf("request %d: %+v, want the hash %q", i, got, want)
		}
	}
}

// testNarrowedRenewal: a document that asks for less by now gets less.
func (w *loginWorld) testNarrowedRenewal(t *testing.T) {
	engine := new(jeton.Engine)
	c := w.connection("web", "authorization_code", withScopes("openid", "read"))
	token := loggedIn(t, engine, c)
	for _, test := range []struct {
		scopes  jeton.Scopes
		granted string
	}{
		{jeton.Scopes{"openid", "read"}, "openid read"},
		{jeton.Scopes{"read"}, "read"},
		{jeton.Scopes{"read", "write"}, "openid read"}, // more needs a login; what was granted goes on
	} {
		c.Scopes = test.scopes
		if token = mustToken(t, c)(engine.Exchange(t.Context(), c, token)); token.Scope != test.granted {
			t.Errorf("asked for %v: granted %q", test.scopes, token.Scope)
		}
	}
}

// testSource: a program that keeps its token has one that the resource does not
// know any more, and reads on all the same.
func (w *loginWorld) testSource(t *testing.T) {
	for name, changes := range map[string][]func(*jeton.Connection){"bearer": nil, "DPoP": {withDPoP}} {
		t.Run(name, func(t *testing.T) {
			c := w.connection("web", "authorization_code", append(changes, withScopes("openid"))...)
			kept := stored(loggedIn(t, new(jeton.Engine), c))
			kept.AccessToken = jeton.NewSecret("canary-ended-token")
			journal := &ledger{}
			source, err := jeton.NewCachingSource(&jeton.Engine{Journal: journal}, c, jeton.CachingSourceOptions{Initial: kept})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { source.Close() })
			client := inject.Client(source, w.UserinfoURL)
			for range 2 {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.UserinfoURL, nil)
				if err != nil {
					t.Fatal(err)
				}
				reply, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				reply.Body.Close()
				if reply.StatusCode != http.StatusOK {
					t.Fatalf("userinfo: %s %v", reply.Status, reply.Header)
				}
			}
			if len(journal.sent) != 1 || journal.sent[0].PresentedHash == "" { // with DPoP too: the resource told the nonce
				t.Errorf("not renewed once: %+v", journal.sent)
			}
		})
	}
}
