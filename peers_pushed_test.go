package jeton_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/peers"
)

// jwtClaims reads a JWT without a look at its signature.
func jwtClaims(t *testing.T, compact string) map[string]any {
	t.Helper()
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		t.Fatal("not a JWT")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestPeerPushedLogins is an oidc-provider as strict as it gets: its metadata
// demand pushed authorization requests (RFC 9126), each DPoP proof needs a nonce,
// and a client assertion names the issuer and nothing else.
func TestPeerPushedLogins(t *testing.T) {
	w := oidcProviderWorld(t, func(c *peers.Config) { c.RequirePAR, c.DPoPNonce, c.IssuerAudienceOnly = true, true, true })
	for _, client := range []string{"web", "key", "app"} {
		for name, changes := range map[string][]func(*jeton.Connection){"": nil, " with DPoP": {withDPoP}} {
			t.Run(client+name, func(t *testing.T) {
				t.Parallel()
				engine := new(jeton.Engine)
				c := w.connection(client, "authorization_code", changes...)
				a, answer := login(t, engine, c)
				shown, err := url.Parse(a.URL)
				if err != nil {
					t.Fatal(err)
				}
				if q := shown.Query(); len(q) != 2 || q.Get("client_id") != client || q.Get("request_uri") == "" {
					t.Errorf("the browser is given %v", q)
				}
				if left := time.Until(a.Expiry); left <= 0 || left > time.Minute {
					t.Errorf("the request lives another %v", left)
				}
				token := mustToken(t, c)(engine.Redeem(t.Context(), c, a, answer))
				if changes != nil {
					w.isBound(t, token)
				}
				mustToken(t, c)(engine.Exchange(t.Context(), c, token))
			})
		}
	}
	t.Run("endpoints beside the issuer", func(t *testing.T) { // the metadata still say what is demanded
		t.Parallel()
		loggedIn(t, new(jeton.Engine), w.connection("web", "authorization_code", func(c *jeton.Connection) {
			c.AuthorizationURL, c.TokenURL = w.AuthorizationURL, w.TokenURL
		}))
	})
	for audience, category := range map[string]jeton.Category{"issuer": "", "token_url": jeton.InvalidClient, w.Issuer: ""} {
		t.Run("audience "+strings.ReplaceAll(audience, w.Issuer, "written"), func(t *testing.T) {
			t.Parallel()
			c := w.connection("key", "authorization_code", func(c *jeton.Connection) { c.Client.Assertion.Audience = jeton.StringList{audience} })
			if category == "" {
				loggedIn(t, new(jeton.Engine), c)
				return
			}
			_, err := new(jeton.Engine).Authorize(t.Context(), c)
			refused(t, c, err, category, "client.assertion.audience")
		})
	}
	t.Run("tls", func(t *testing.T) { // each request goes to its alias
		t.Parallel()
		w.hasCertificate(t, loggedIn(t, new(jeton.Engine), w.connection("tls", "authorization_code", w.withCertificate)))
	})
	for name, test := range map[string]struct {
		client    string
		change    func(*jeton.Connection)
		category  jeton.Category
		parameter jeton.Parameter
	}{
		"wrong secret": {"web", wrongSecret, jeton.InvalidClient, "client.secret"},
		"wrong key":    {"key", signWith(strangeKey()), jeton.InvalidClient, "client.assertion.key"},
		"wrong certificate": {"tls", func(c *jeton.Connection) {
			w.withCertificate(c)
			c.TLS.Client = tlsClient(w.stranger)
		}, jeton.InvalidClient, "tls.client"},
		"unknown client":       {"web", func(c *jeton.Connection) { c.Client.ID = "nobody" }, jeton.InvalidClient, "client.id"},
		"unknown redirect URL": {"web", func(c *jeton.Connection) { c.Grant.RedirectURL += "/elsewhere" }, jeton.InvalidRequest, "grant.redirect_url"},
		"foreign scope":        {"web", withScopes("write"), jeton.InvalidScope, "scopes"},
		"unknown resource":     {"web", withResource("https://other.example/"), jeton.InvalidTarget, "request.params.resource"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := w.connection(test.client, "authorization_code", test.change)
			a, err := new(jeton.Engine).Authorize(t.Context(), c)
			if a != nil {
				t.Error("a login has begun all the same")
			}
			refused(t, c, err, test.category, test.parameter)
		})
	}
	t.Run("not pushed", func(t *testing.T) { // without issuer, so nobody knows what the server demands
		t.Parallel()
		engine := new(jeton.Engine)
		c := w.connection("web", "authorization_code", func(c *jeton.Connection) {
			c.Issuer, c.AuthorizationURL, c.TokenURL = "", w.AuthorizationURL, w.TokenURL
		})
		a, answer := login(t, engine, c)
		_, err := engine.Redeem(t.Context(), c, a, answer)
		refused(t, c, err, jeton.InvalidRequest, "issuer")
	})
	t.Run("used twice", func(t *testing.T) {
		t.Parallel()
		c := w.connection("web", "authorization_code")
		a, _ := login(t, new(jeton.Engine), c)
		b := newBrowser(peerRedirect)
		if answer := b.open(t, a.URL); answer != nil || b.status != 400 {
			t.Errorf("status %d, answer %v", b.status, answer)
		}
	})
}

// TestPeerLoginsShowNothing records everything that a login of each kind, its
// renewal and its failures leave behind, and looks for the secrets in it.
func TestPeerLoginsShowNothing(t *testing.T) {
	w := oidcProviderWorld(t, func(c *peers.Config) { c.RequirePAR, c.DPoPNonce = true, true })
	recorder := &jeton.Recorder{}
	ctx := jeton.WithRecorder(t.Context(), recorder)
	engine := new(jeton.Engine)
	c := w.connection("web", "authorization_code", withDPoP, withScopes("openid", "read"))
	a, err := engine.Authorize(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	answer := newBrowser(peerRedirect).open(t, a.URL)
	token := mustToken(t, c)(engine.Redeem(ctx, c, a, answer))
	next := mustToken(t, c)(engine.Exchange(ctx, c, token))
	_, reused := engine.Redeem(ctx, c, a, answer)
	_, replayed := engine.Exchange(ctx, c, token)

	atDevice := w.connection("device", "device_code", withDPoP)
	d, err := engine.AuthorizeDevice(ctx, atDevice)
	if err != nil {
		t.Fatal(err)
	}
	_, pending := engine.PollDevice(ctx, atDevice, d)
	newBrowser("").open(t, d.VerificationURIComplete)
	granted := mustToken(t, atDevice)(engine.PollDevice(ctx, atDevice, d))

	exchange := w.connection("exchange", "token_exchange")
	exchange.Grant.SubjectToken, exchange.Grant.SubjectTokenType = jeton.SecretValue(granted.AccessToken.Reveal()), accessTokenType
	exchange.Grant.ActorToken, exchange.Grant.ActorTokenType = exchange.Grant.SubjectToken, accessTokenType
	exchanged := mustToken(t, exchange)(engine.Exchange(ctx, exchange, nil))
	explained, err := engine.Explain(exchange, nil)
	if err != nil {
		t.Fatal(err)
	}

	said, err := json.Marshal([]any{recorder.Timeline(), recorder.Exchanges(), explained, token, next, granted, exchanged, a, d})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%s %+v %#v %v %v %v %+v %+v", said, *token, *granted, reused, replayed, pending, *a, *d)
	for _, shown := range []string{"request_uri", "code_challenge", "DPoP", "device_code", "subject_token", "refresh_token"} {
		if !strings.Contains(text, shown) {
			t.Errorf("nothing is said of %s, so nothing is proven", shown)
		}
	}
	for name, secret := range map[string]jeton.Secret{
		"state": a.State, "code_verifier": a.CodeVerifier, "code": jeton.NewSecret(answer.Get("code")), "client secret": jeton.NewSecret(loginSecret),
		"access token": token.AccessToken, "refresh token": token.RefreshToken, "ID token": token.IDToken, "second refresh token": next.RefreshToken,
		"device code": d.DeviceCode, "access token of the device": granted.AccessToken, "refresh token of the device": granted.RefreshToken,
		"exchanged token": exchanged.AccessToken,
	} {
		if value := secret.Reveal(); value == "" || strings.Contains(text, value) {
			t.Errorf("%s shows, or is empty", name)
		}
	}
}
