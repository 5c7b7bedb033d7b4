package jeton_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/peers"
	"github.com/jeton-oauth/jeton/key"
)

func thumbprint(t *testing.T, k *key.Key) string {
	t.Helper()
	text, err := k.Thumbprint()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// isBound demands a token that the server has bound to the key that it came with.
func (w *loginWorld) isBound(t *testing.T, token *jeton.Token) {
	t.Helper()
	if token.TokenType != "DPoP" || token.DPoPKey == nil || len(token.Warnings) > 0 {
		t.Fatalf("not bound: %+v", token)
	}
	if known := w.introspect(t, token.AccessToken); bound(known, "jkt") != thumbprint(t, token.DPoPKey) {
		t.Errorf("bound to another key: %v", known)
	}
}

// testDPoPClientCredentials: the server demands its nonce once, and from then
// on the engine knows it.
func (w *loginWorld) testDPoPClientCredentials(t *testing.T) {
	for _, client := range []string{"web", "bound"} {
		t.Run(client, func(t *testing.T) {
			journal := &ledger{}
			engine := &jeton.Engine{Journal: journal}
			c := w.connection(client, "client_credentials", withDPoP)
			first := mustToken(t, c)(engine.Exchange(t.Context(), c, nil))
			w.isBound(t, first)
			second := mustToken(t, c)(engine.Exchange(t.Context(), c, nil))
			w.isBound(t, second)
			if thumbprint(t, first.DPoPKey) != thumbprint(t, second.DPoPKey) {
				t.Error("two tokens of one connection have two keys")
			}
			var statuses []int
			for _, reply := range journal.answered {
				statuses = append(statuses, reply.Status)
			}
			if !slices.Equal(statuses, []int{400, 200, 200}) {
				t.Errorf("statuses %v", statuses)
			}
		})
	}
	t.Run("key of the document", func(t *testing.T) {
		c := w.connection("web", "client_credentials", withStrangeDPoP)
		token := mustToken(t, c)(new(jeton.Engine).Exchange(t.Context(), c, nil))
		w.isBound(t, token)
		x, y := token.DPoPKey.Public(), strangeKey().Public()
		if !strangeKey().PublicKey.Equal(x) {
			t.Errorf("%v, want %v", x, y)
		}
	})
}

// testDPoPLogin binds a login, its token and what renews it.
func (w *loginWorld) testDPoPLogin(t *testing.T) {
	for _, client := range []string{"app", "bound", "key"} {
		t.Run(client, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection(client, "authorization_code", withDPoP, withScopes("openid", "read"))
			token := loggedIn(t, engine, c)
			w.isBound(t, token)
			if reply := w.userinfo(t, token); reply.StatusCode != http.StatusOK { // same origin, so the nonce is known
				t.Errorf("userinfo: %s %v", reply.Status, reply.Header)
			}
			next := mustToken(t, c)(engine.Exchange(t.Context(), c, token))
			w.isBound(t, next)
			if next.DPoPKey != token.DPoPKey || next.RefreshToken.Equal(token.RefreshToken) {
				t.Errorf("not renewed with the same key: %+v", next)
			}

			// Another process has the token and its key, and no nonce.
			elsewhere := new(jeton.Engine)
			kept := &jeton.Token{AccessToken: next.AccessToken, RefreshToken: next.RefreshToken, TokenType: next.TokenType, Scope: next.Scope,
				Issued: next.Issued, Expiry: next.Expiry, DPoPKey: next.DPoPKey}
			if err := elsewhere.Adopt(c, kept); err != nil {
				t.Fatal(err)
			}
			reply := w.userinfo(t, kept)
			if reply.StatusCode != http.StatusUnauthorized || !kept.Challenged(reply) {
				t.Fatalf("no nonce is demanded: %s %v", reply.Status, reply.Header)
			}
			if reply = w.userinfo(t, kept); reply.StatusCode != http.StatusOK || kept.Challenged(reply) {
				t.Errorf("userinfo: %s %v", reply.Status, reply.Header)
			}
			w.isBound(t, mustToken(t, c)(elsewhere.Exchange(t.Context(), c, kept)))
		})
	}
}

func (w *loginWorld) testDPoPTwins(t *testing.T) {
	t.Run("client credentials without a proof", func(t *testing.T) {
		c := w.connection("bound", "client_credentials")
		_, err := new(jeton.Engine).Exchange(t.Context(), c, nil)
		refused(t, c, err, jeton.InvalidGrant, "client.dpop")
	})
	t.Run("login without a proof", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("bound", "authorization_code")
		a, answer := login(t, engine, c)
		_, err := engine.Redeem(t.Context(), c, a, answer)
		refused(t, c, err, jeton.InvalidGrant, "client.dpop", answer.Get("code"))
	})
	t.Run("login begun with another key", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("app", "authorization_code", withDPoP)
		a, answer := login(t, engine, c)
		other, err := key.FromSigner(strangeKey(), nil)
		if err != nil {
			t.Fatal(err)
		}
		a.DPoPKey = other
		_, err = engine.Redeem(t.Context(), c, a, answer)
		refused(t, c, err, jeton.InvalidGrant, "client.dpop.key", answer.Get("code"))
	})
	t.Run("renewed with another key", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("app", "authorization_code", withDPoP)
		token := loggedIn(t, engine, c)
		wrong := w.connection("app", "authorization_code", withStrangeDPoP)
		_, err := engine.Exchange(t.Context(), wrong, token)
		refused(t, wrong, err, jeton.InvalidGrant, "client.dpop.key", token.RefreshToken.Reveal())
		without := w.connection("app", "authorization_code")
		_, err = engine.Exchange(t.Context(), without, token)
		refused(t, without, err, jeton.InvalidGrant, "grant.refresh_token", token.RefreshToken.Reveal())
		mustToken(t, c)(engine.Exchange(t.Context(), c, token))
	})
	t.Run("presented with another key", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("app", "authorization_code", withDPoP, withScopes("openid"))
		token := loggedIn(t, engine, c)
		other, err := key.FromSigner(strangeKey(), nil)
		if err != nil {
			t.Fatal(err)
		}
		stolen := *token
		stolen.DPoPKey = other
		reply := w.userinfo(t, &stolen)
		if reply.StatusCode != http.StatusUnauthorized || stolen.Challenged(reply) {
			t.Errorf("userinfo: %s %v", reply.Status, reply.Header)
		}
		stolen.DPoPKey = nil
		if reply := w.userinfo(t, &stolen); reply.StatusCode == http.StatusOK {
			t.Error("userinfo takes the token without a proof")
		}
	})
}

func (w *loginWorld) testMutualTLS(t *testing.T) {
	connection := func(change func(*jeton.Connection)) *jeton.Connection {
		return w.connection("tls", "client_credentials", func(c *jeton.Connection) {
			c.Client.Auth = "tls_client_auth"
			c.TLS.CA = jeton.KeyValue(string(w.CA))
			c.TLS.Client = jeton.TLSClient{Certificate: jeton.KeyValue(string(peers.CertificatePEM(w.certificate))), Key: jeton.KeyValue(privatePEM(w.certificate.PrivateKey))}
			change(c)
		})
	}
	journal := &ledger{}
	c := connection(func(*jeton.Connection) {})
	token := mustToken(t, c)((&jeton.Engine{Journal: journal}).Exchange(t.Context(), c, nil))
	if len(journal.sent) != 1 || journal.sent[0].Endpoint != w.MTLSTokenURL {
		t.Errorf("sent %+v, want one to the alias %s", journal.sent, w.MTLSTokenURL)
	}
	sum := sha256.Sum256(w.certificate.Certificate[0])
	if known := w.introspect(t, token.AccessToken); bound(known, "x5t#S256") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Errorf("not bound to the certificate: %v", known)
	}
	for name, test := range map[string]struct {
		change    func(*jeton.Connection)
		category  jeton.Category
		parameter jeton.Parameter
	}{
		"certificate of a stranger": {func(c *jeton.Connection) {
			c.TLS.Client = jeton.TLSClient{Certificate: jeton.KeyValue(string(peers.CertificatePEM(w.stranger))), Key: jeton.KeyValue(privatePEM(w.stranger.PrivateKey))}
		}, jeton.InvalidClient, "tls.client"},
		"no certificate": {func(c *jeton.Connection) { c.TLS.Client = jeton.TLSClient{} }, jeton.DocumentInvalid, "tls.client"},
		"unknown CA":     {func(c *jeton.Connection) { c.TLS.CA = jeton.KeySource{} }, jeton.TLSVerification, "tls.ca"},
		"token_url is not the alias": {func(c *jeton.Connection) { c.Issuer, c.TokenURL = "", w.TokenURL }, jeton.InvalidClient,
			"tls.client"},
		"unknown client": {func(c *jeton.Connection) { c.Client.ID = "nobody" }, jeton.InvalidClient, "client.id"},
	} {
		t.Run(name, func(t *testing.T) {
			c := connection(test.change)
			_, err := new(jeton.Engine).Exchange(t.Context(), c, nil)
			refused(t, c, err, test.category, test.parameter)
		})
	}
}

func (w *loginWorld) testTokenExchange(t *testing.T) {
	web := w.connection("web", "authorization_code")
	subject := loggedIn(t, new(jeton.Engine), web)
	connection := func(client string, change func(*jeton.GrantOptions)) *jeton.Connection {
		return w.connection(client, "token_exchange", func(c *jeton.Connection) {
			c.Grant.SubjectToken, c.Grant.SubjectTokenType = jeton.SecretValue(subject.AccessToken.Reveal()), accessTokenType
			c.Response.Keep = []string{"issued_token_type"}
			change(&c.Grant)
		})
	}
	for name, change := range map[string]func(*jeton.GrantOptions){
		"subject": func(*jeton.GrantOptions) {},
		"subject and actor": func(g *jeton.GrantOptions) {
			g.ActorToken, g.ActorTokenType = g.SubjectToken, g.SubjectTokenType
		},
		"requested type": func(g *jeton.GrantOptions) { g.RequestedTokenType = accessTokenType },
	} {
		t.Run(name, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := connection("exchange", change)
			token := mustToken(t, c)(engine.Exchange(t.Context(), c, nil))
			if string(token.Extra["issued_token_type"]) != `"`+accessTokenType+`"` || !token.RefreshToken.IsZero() || token.AccessToken.Equal(subject.AccessToken) {
				t.Errorf("%+v", token)
			}
			if known := w.introspect(t, token.AccessToken); known["sub"] != "ada" || known["client_id"] != "exchange" {
				t.Errorf("introspection: %v", known)
			}
			mustToken(t, c)(engine.Exchange(t.Context(), c, token)) // without a refresh token, the same again
		})
	}
	t.Run("renewed", func(t *testing.T) {
		journal := &ledger{}
		engine := &jeton.Engine{Journal: journal}
		c := connection("exchange-refresh", func(*jeton.GrantOptions) {})
		token := mustToken(t, c)(engine.Exchange(t.Context(), c, nil))
		mustToken(t, c)(engine.Exchange(t.Context(), c, token))
		if len(journal.sent) != 2 || journal.sent[1].PresentedHash == "" {
			t.Errorf("the refresh token was not presented: %+v", journal.sent)
		}
	})
	for name, test := range map[string]struct {
		change    func(*jeton.GrantOptions)
		parameter jeton.Parameter
	}{
		"wrong subject token type": {func(g *jeton.GrantOptions) { g.SubjectTokenType = "urn:ietf:params:oauth:token-type:saml2" }, "grant.subject_token_type"},
		"foreign subject token":    {func(g *jeton.GrantOptions) { g.SubjectToken = jeton.SecretValue("canary-foreign-token") }, "grant.subject_token"},
		"wrong actor token type": {func(g *jeton.GrantOptions) {
			g.ActorToken, g.ActorTokenType = g.SubjectToken, "urn:ietf:params:oauth:token-type:saml2"
		}, "grant.actor_token_type"},
		"foreign actor token": {func(g *jeton.GrantOptions) {
			g.ActorToken, g.ActorTokenType = jeton.SecretValue("canary-foreign-token"), accessTokenType
		}, "grant.actor_token"},
		"wrong requested type": {func(g *jeton.GrantOptions) { g.RequestedTokenType = "urn:ietf:params:oauth:token-type:saml2" }, "grant.requested_token_type"},
	} {
		t.Run(name, func(t *testing.T) {
			c := connection("exchange", test.change)
			_, err := new(jeton.Engine).Exchange(t.Context(), c, nil)
			refused(t, c, err, jeton.InvalidRequest, test.parameter, subject.AccessToken.Reveal(), "canary-foreign-token")
		})
	}
}

func (w *loginWorld) testResource(t *testing.T) {
	audience := func(t *testing.T, token *jeton.Token) {
		t.Helper()
		if claims := jwtClaims(t, token.AccessToken.Reveal()); claims["aud"] != peerResource || claims["scope"] != "read" {
			t.Errorf("claims %v", claims)
		}
	}
	t.Run("client_credentials", func(t *testing.T) {
		c := w.connection("web", "client_credentials", withResource(peerResource))
		audience(t, mustToken(t, c)(new(jeton.Engine).Exchange(t.Context(), c, nil)))
	})
	t.Run("authorization_code", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("web", "authorization_code", withResource(peerResource))
		token := loggedIn(t, engine, c)
		audience(t, token)
		audience(t, mustToken(t, c)(engine.Exchange(t.Context(), c, token)))
	})
	t.Run("device_code", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("device", "device_code", withResource(peerResource))
		d := atDevice(t, engine, c)
		newBrowser("").open(t, d.VerificationURIComplete)
		audience(t, mustToken(t, c)(engine.PollDevice(t.Context(), c, d)))
	})
	for name, resources := range map[string][]string{
		"unknown": {"https://other.example/"}, "not a URI": {"api"}, "one of two is unknown": {peerResource, "https://other.example/"},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.connection("web", "client_credentials", withResource(resources...))
			_, err := new(jeton.Engine).Exchange(t.Context(), c, nil)
			refused(t, c, err, jeton.InvalidTarget, "request.params.resource")
		})
	}
	t.Run("another than at the login", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("web", "authorization_code", withResource(peerResource))
		a, answer := login(t, engine, c)
		other := w.connection("web", "authorization_code", withResource("https://second.example/"))
		_, err := engine.Redeem(t.Context(), other, a, answer)
		refused(t, other, err, jeton.InvalidTarget, "request.params.resource", answer.Get("code"))
	})
}
