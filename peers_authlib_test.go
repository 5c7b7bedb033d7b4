package jeton_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/peers"
)

// TestPeerAuthlibLogins is a second opinion of the flows with a person: the
// grants and PKCE are Authlib's.
func TestPeerAuthlibLogins(t *testing.T) {
	w := &loginWorld{Server: peers.Authlib(t, loginConfig(t))}
	for name, test := range map[string]func(*testing.T){
		"authorization code": w.testAuthlibCode,
		"twins":              w.testAuthlibTwins,
		"device code":        w.testAuthlibDevice,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// authlibBrowser is a person who presses this button.
func authlibBrowser(redirectURL, decision string) *browser {
	b := newBrowser(redirectURL)
	b.presses = map[string]string{"decision": decision}
	return b
}

// authlibLogin returns a login and the answer to it.
func (w *loginWorld) authlibLogin(t *testing.T, e *jeton.Engine, c *jeton.Connection, decision string) (*jeton.Authorization, url.Values) {
	t.Helper()
	a, err := e.Authorize(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	b := authlibBrowser(peerRedirect, decision)
	answer := b.open(t, a.URL)
	if answer == nil {
		t.Fatalf("the browser was not sent back; it shows status %d\n%s", b.status, b.page)
	}
	return a, answer
}

func (w *loginWorld) testAuthlibCode(t *testing.T) {
	for _, client := range []string{"web", "app", "key"} {
		t.Run(client, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection(client, "authorization_code")
			if c.Client.Assertion != nil { // an old server: see the head of server.py
				c.Client.Assertion.Audience = jeton.StringList{"token_url"}
			}
			a, answer := w.authlibLogin(t, engine, c, "allow")
			tokens := []*jeton.Token{mustToken(t, c)(engine.Redeem(t.Context(), c, a, answer))}
			_, err := engine.Redeem(t.Context(), c, a, answer)
			refused(t, c, err, jeton.InvalidGrant, "grant.redirect_url", answer.Get("code"))
			for i := range 3 {
				next := mustToken(t, c)(engine.Exchange(t.Context(), c, tokens[i]))
				if next.RefreshToken.IsZero() || next.RefreshToken.Equal(tokens[i].RefreshToken) || next.Scope != "read" {
					t.Fatalf("not rotated: %+v", next)
				}
				tokens = append(tokens, next)
			}
			for _, old := range []*jeton.Token{tokens[0], tokens[3]} {
				_, err := engine.Exchange(t.Context(), c, old)
				refused(t, c, err, jeton.InvalidGrant, "grant.refresh_token", old.RefreshToken.Reveal())
			}
		})
	}
}

func (w *loginWorld) testAuthlibTwins(t *testing.T) {
	for name, test := range map[string]struct {
		wrong     func(*jeton.Connection, *jeton.Authorization)
		category  jeton.Category
		parameter jeton.Parameter
	}{
		"another redirect URL": {func(_ *jeton.Connection, a *jeton.Authorization) { a.RedirectURL += "/" }, jeton.InvalidGrant, "grant.redirect_url"},
		"wrong secret":         {func(c *jeton.Connection, _ *jeton.Authorization) { wrongSecret(c) }, jeton.InvalidClient, "client.secret"},
		"wrong verifier": {func(_ *jeton.Connection, a *jeton.Authorization) {
			a.CodeVerifier = jeton.NewSecret(strings.Repeat("A", 43))
		}, jeton.InvalidGrant, "grant.type"},
		"no verifier": {func(_ *jeton.Connection, a *jeton.Authorization) { a.CodeVerifier = jeton.Secret{} }, jeton.InvalidRequest, "grant.type"},
	} {
		t.Run(name, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection("web", "authorization_code")
			a, answer := w.authlibLogin(t, engine, c, "allow")
			asked, wrong := *c, *a
			test.wrong(&asked, &wrong)
			_, err := engine.Redeem(t.Context(), &asked, &wrong, answer)
			refused(t, &asked, err, test.category, test.parameter, answer.Get("code"), a.CodeVerifier.Reveal())
			mustToken(t, c)(engine.Redeem(t.Context(), c, a, answer))
		})
	}
	t.Run("audience of newer servers", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("key", "authorization_code")
		a, answer := w.authlibLogin(t, engine, c, "allow")
		_, err := engine.Redeem(t.Context(), c, a, answer)
		refused(t, c, err, jeton.InvalidClient, "client.assertion.audience")
		for _, f := range findingsOf(c, err) {
			if f.Parameter == "client.assertion.audience" && f.Proposed != "token_url" {
				t.Errorf("proposed %q, which is what was sent", f.Proposed)
			}
		}
	})
	t.Run("denied", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("web", "authorization_code")
		a, answer := w.authlibLogin(t, engine, c, "deny")
		_, err := engine.Redeem(t.Context(), c, a, answer)
		refused(t, c, err, jeton.ConsentRequired, "consent")
	})
	t.Run("unknown scope", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("web", "authorization_code", withScopes("nonsense"))
		a, answer := w.authlibLogin(t, engine, c, "allow")
		_, err := engine.Redeem(t.Context(), c, a, answer)
		refused(t, c, err, jeton.InvalidScope, "scopes")
	})
}

func (w *loginWorld) testAuthlibDevice(t *testing.T) {
	for _, decision := range []string{"allow", "deny"} {
		t.Run(decision, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection("device", "device_code")
			d := atDevice(t, engine, c)
			b := authlibBrowser("", decision)
			b.types["user_code"] = d.UserCode
			if b.open(t, d.VerificationURI); b.status != 200 {
				t.Fatalf("status %d", b.status)
			}
			d.Interval = time.Millisecond
			token, err := engine.AwaitDevice(t.Context(), c, d, nil)
			if decision == "deny" {
				refused(t, c, err, jeton.ConsentRequired, "consent", d.DeviceCode.Reveal())
				return
			}
			mustToken(t, c)(token, err)
			mustToken(t, c)(engine.Exchange(t.Context(), c, token))
		})
	}
	t.Run("wrong secret", func(t *testing.T) {
		c := w.connection("device", "device_code", wrongSecret)
		_, err := new(jeton.Engine).AuthorizeDevice(t.Context(), c)
		refused(t, c, err, jeton.InvalidClient, "client.secret")
	})
}
