package jeton_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/jeton-oauth/jeton"
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
	for _, algorithm := range []string{"ES256", "ES384", "ES512", "EdDSA", "PS256", "RS256"} {
		t.Run(algorithm, func(t *testing.T) {
			c := w.connection("bound", "client_credentials", func(c *jeton.Connection) { c.Client.DPoP = &jeton.DPoP{Algorithm: algorithm} })
			w.isBound(t, mustToken(t, c)(new(jeton.Engine).Exchange(t.Context(), c, nil)))
		})
	}
	t.Run("key of the document", func(t *testing.T) {
		c := w.connection("web", "client_credentials", withStrangeDPoP)
		token := mustToken(t, c)(new(jeton.Engine).Exchange(t.Context(), c, nil))
		w.isBound(t, token)
		if !strangeKey().PublicKey.Equal(token.DPoPKey.Public()) {
			t.Error("bound to another key")
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
			kept := stored(next)
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

// testDPoPOthers: the other grants that bind what they issue.
func (w *loginWorld) testDPoPOthers(t *testing.T) {
	t.Run("device_code", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("bound-device", "device_code", withDPoP)
		token := w.loggedInAtDevice(t, engine, c)
		w.isBound(t, token)
		w.isBound(t, mustToken(t, c)(engine.Exchange(t.Context(), c, token)))
	})
	t.Run("token_exchange", func(t *testing.T) {
		engine := new(jeton.Engine)
		web := w.connection("web", "authorization_code")
		subject := loggedIn(t, engine, web)
		c := w.connection("exchange", "token_exchange", withDPoP)
		c.Grant.SubjectToken, c.Grant.SubjectTokenType = jeton.SecretValue(subject.AccessToken.Reveal()), accessTokenType
		w.isBound(t, mustToken(t, c)(engine.Exchange(t.Context(), c, nil)))
	})
	t.Run("device_code without a proof", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("bound-device", "device_code")
		d, err := engine.AuthorizeDevice(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = engine.PollDevice(t.Context(), c, d)
		refused(t, c, err, jeton.InvalidGrant, "client.dpop", d.DeviceCode.Reveal())
	})
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

// testMutualTLS: the document names the issuer and a certificate, and no endpoint.
func (w *loginWorld) testMutualTLS(t *testing.T) {
	for name, test := range map[string]struct {
		client, grant string
		token         func(*testing.T, *jeton.Engine, *jeton.Connection) *jeton.Token
	}{
		"client_credentials": {"tls", "client_credentials", exchanged},
		"authorization_code": {"tls", "authorization_code", loggedIn},
		"device_code":        {"tls", "device_code", w.loggedInAtDevice},
		"private_key_jwt":    {"key-tls", "authorization_code", loggedIn},
	} {
		t.Run(name, func(t *testing.T) {
			journal := &ledger{}
			engine := &jeton.Engine{Journal: journal}
			c := w.connection(test.client, test.grant, w.withCertificate)
			token := test.token(t, engine, c)
			w.hasCertificate(t, token)
			w.hasCertificate(t, mustToken(t, c)(engine.Exchange(t.Context(), c, token)))
			for _, sent := range journal.sent {
				if sent.Endpoint != w.MTLSTokenURL {
					t.Errorf("sent to %s, want the alias %s", sent.Endpoint, w.MTLSTokenURL)
				}
			}
		})
	}
	w.testMutualTLSTwins(t)
}

func exchanged(t *testing.T, e *jeton.Engine, c *jeton.Connection) *jeton.Token {
	t.Helper()
	return mustToken(t, c)(e.Exchange(t.Context(), c, nil))
}

func (w *loginWorld) testMutualTLSTwins(t *testing.T) {
	for name, test := range map[string]struct {
		change    func(*jeton.Connection)
		category  jeton.Category
		parameter jeton.Parameter
	}{
		"certificate of a stranger": {func(c *jeton.Connection) {
			c.TLS.Client = tlsClient(w.stranger)
		}, jeton.InvalidClient, "tls.client"},
		"no certificate": {func(c *jeton.Connection) { c.TLS.Client = jeton.TLSClient{} }, jeton.DocumentInvalid, "tls.client"},
		"unknown CA":     {func(c *jeton.Connection) { c.TLS.CA = jeton.KeySource{} }, jeton.TLSVerification, "tls.ca"},
		"token_url is not the alias": {func(c *jeton.Connection) { c.Issuer, c.TokenURL = "", w.TokenURL }, jeton.InvalidClient,
			"tls.client"},
		"unknown client": {func(c *jeton.Connection) { c.Client.ID = "nobody" }, jeton.InvalidClient, "client.id"},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.connection("tls", "client_credentials", w.withCertificate, test.change)
			_, err := new(jeton.Engine).Exchange(t.Context(), c, nil)
			refused(t, c, err, test.category, test.parameter)
		})
	}
	t.Run("bound, without certificate", func(t *testing.T) { // nothing forces key-tls to speak TLS
		engine := new(jeton.Engine)
		c := w.connection("key-tls", "authorization_code")
		a, answer := login(t, engine, c)
		_, err := engine.Redeem(t.Context(), c, a, answer)
		refused(t, c, err, jeton.InvalidGrant, "grant.redirect_url", answer.Get("code")) // the server gives no reason
	})
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
		audience(t, w.loggedInAtDevice(t, engine, c))
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
