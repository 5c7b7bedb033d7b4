package peers_test

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/internal/peers"
)

const (
	password     = "correct horse"
	sharedSecret = "a test secret of more than 32 bytes, for HS256"
	// oddSecret has characters that RFC 6749 appendix B encodes.
	oddSecret = "odd%+&=:/ secret~!"

	clientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// refused is what oidc-provider tells every client that it can not authenticate.
var refused = wants{401, "invalid_client", "client authentication failed"}

// rig is one server, shared by the subtests, and what is registered with it.
type rig struct {
	*peers.Server
	keys   map[jose.SignatureAlgorithm]key
	mtls   map[string]tls.Certificate
	hmac   key
	config peers.Config
}

// basicConfig is what both servers are asked to do.
func basicConfig(t *testing.T) *rig {
	t.Helper()
	all := []string{"client_credentials", "password", "refresh_token", peers.JWTBearer}
	r := &rig{
		keys: map[jose.SignatureAlgorithm]key{},
		hmac: key{jose.HS256, []byte(sharedSecret)},
	}
	r.config = peers.Config{
		Users: map[string]string{"alice": password},
		Clients: []peers.Client{
			{ID: "basic", Secret: oddSecret, Scope: "read write", Grants: all},
			{ID: "post", Secret: sharedSecret, AuthMethod: "client_secret_post", Scope: "read"},
			{ID: "secret-jwt", Secret: sharedSecret, AuthMethod: "client_secret_jwt", Algorithm: "HS256"},
			{ID: "public", AuthMethod: "none", Scope: "read", Grants: []string{"password", peers.JWTBearer}},
		},
		Issuers: []peers.AssertionIssuer{
			{Issuer: "hmac-issuer", Secret: sharedSecret, Subjects: []string{"service"}, MaxLifetime: 2 * time.Minute},
		},
	}
	for _, algorithm := range algorithms {
		k := newKey(t, algorithm)
		r.keys[algorithm] = k
		r.config.Clients = append(r.config.Clients, peers.Client{
			ID: string(algorithm), AuthMethod: "private_key_jwt", Algorithm: string(algorithm), JWKS: k.jwks(t),
		})
		r.config.Issuers = append(r.config.Issuers, peers.AssertionIssuer{Issuer: string(algorithm), JWKS: k.jwks(t)})
	}
	return r
}

func oidcProvider(t *testing.T) *rig {
	t.Helper()
	r := basicConfig(t)
	authority, stranger := peers.NewAuthority(t), peers.NewAuthority(t)
	app := pkix.Name{CommonName: "app", Organization: []string{"Jeton, Inc."}}
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	address := func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "spiffe", Host: "test", Path: "/app"}} }
	r.mtls = map[string]tls.Certificate{
		"app":         authority.Client(t, app),
		"expired":     authority.Client(t, app, expired),
		"other name":  authority.Client(t, pkix.Name{CommonName: "other"}),
		"address":     authority.Client(t, pkix.Name{}, address),
		"stranger":    stranger.Client(t, app),
		"self-signed": peers.SelfSigned(t, app),
	}
	r.config.ClientCA = authority.PEM
	r.config.Resources = []peers.Resource{{ID: "https://api.example.com/", Scope: "read", JWT: true}}
	r.config.Clients = append(r.config.Clients,
		peers.Client{ID: "tls", AuthMethod: "tls_client_auth", SubjectDN: `CN=app,O=Jeton\, Inc.`, CertificateBound: true},
		peers.Client{ID: "tls-uri", AuthMethod: "tls_client_auth", SANURI: "spiffe://test/app"},
		peers.Client{
			ID: "self-signed", AuthMethod: "self_signed_tls_client_auth",
			CertificatePEM: peers.CertificatePEM(r.mtls["self-signed"]),
		},
		peers.Client{
			ID: "web", Secret: sharedSecret, Scope: "openid read", RedirectURIs: []string{"http://127.0.0.1/callback"},
			Grants: []string{"authorization_code", "refresh_token", peers.DeviceCode},
		},
	)
	r.Server = peers.OIDCProvider(t, r.config)
	return r
}

func TestOIDCProvider(t *testing.T) {
	r := oidcProvider(t)
	t.Run("client secrets", r.testSecrets)
	t.Run("client assertions", r.testClientAssertions)
	t.Run("client certificates", r.testCertificates)
	t.Run("JWT bearer", r.testJWTBearer)
	t.Run("password", r.testPassword)
	t.Run("refresh", r.testRefresh)
	t.Run("token requests", r.testTokenRequests)
	t.Run("revocation", r.testRevocation)
	t.Run("metadata", r.testMetadata)
	t.Run("other flows are on", r.testOtherFlows)
}

func (r *rig) testSecrets(t *testing.T) {
	form := []string{"grant_type", "client_credentials"}
	withSecret := func(id, secret string) []string {
		return append([]string{"client_id", id, "client_secret", secret}, form...)
	}
	for name, test := range map[string]struct {
		form  []string
		edits []edit
		wants wants
	}{
		"basic":                {form, []edit{encodedBasic("basic", oddSecret)}, wants{}},
		"basic, wrong":         {form, []edit{encodedBasic("basic", "wrong")}, refused},
		"basic, unknown":       {form, []edit{encodedBasic("nobody", "wrong")}, refused},
		"basic, not encoded":   {form, []edit{basic("basic", oddSecret)}, wants{400, "invalid_request", "client_id and client_secret in the authorization header are not properly encoded"}},
		"post":                 {withSecret("post", sharedSecret), nil, wants{}},
		"post, wrong":          {withSecret("post", "wrong"), nil, refused},
		"basic for post":       {form, []edit{encodedBasic("post", sharedSecret)}, wants{}},
		"secret for assertion": {withSecret("secret-jwt", sharedSecret), nil, refused},
		"two methods":          {withSecret("basic", oddSecret), []edit{encodedBasic("basic", oddSecret)}, wants{400, "invalid_request", "client authentication must only be provided using one mechanism"}},
		"none":                 {form, nil, wants{400, "invalid_request", "no client authentication mechanism provided"}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := post(t, plainClient, r.TokenURL, test.form, test.edits...)
			answer.check(t, test.wants)
			if challenged := answer.Header.Get("WWW-Authenticate") != ""; challenged != (answer.Status == 401 && test.edits != nil) {
				t.Errorf("WWW-Authenticate: %q", answer.Header.Get("WWW-Authenticate"))
			}
		})
	}
}

func (r *rig) authenticate(t *testing.T, assertion string) reply {
	t.Helper()
	return post(t, plainClient, r.TokenURL, []string{
		"grant_type", "client_credentials",
		"client_assertion_type", clientAssertionType, "client_assertion", assertion,
	})
}

func (r *rig) testClientAssertions(t *testing.T) {
	signers := map[string]key{"secret-jwt": r.hmac}
	for algorithm, k := range r.keys {
		signers[string(algorithm)] = k
	}
	for id, k := range signers {
		t.Run(id, func(t *testing.T) {
			good := func() claims { return assertion(id, id, r.Issuer) }
			now := time.Now().Unix()
			accepted := map[string]claims{
				"issuer":         good(),
				"token endpoint": good().with(claims{"aud": r.TokenURL}),
				"list":           good().with(claims{"aud": []string{"https://other.example", r.TokenURL}}),
				"no iat":         good().with(claims{"iat": nil}),
				"in tolerance":   good().with(claims{"exp": now - 5, "nbf": now + 5}),
				"a year":         good().with(claims{"exp": now + 365*24*3600}),
			}
			for name, c := range accepted {
				t.Run(name, func(t *testing.T) { r.authenticate(t, k.sign(t, c)).check(t, wants{}) })
			}
			for name, c := range map[string]claims{
				"wrong audience": good().with(claims{"aud": "https://other.example"}),
				"slash":          good().with(claims{"aud": r.Issuer + "/"}),
				"expired":        good().with(claims{"exp": now - 60}),
				"early":          good().with(claims{"nbf": now + 60}),
				"no exp":         good().with(claims{"exp": nil}),
				"no jti":         good().with(claims{"jti": nil}),
				"replayed":       accepted["issuer"],
				"foreign issuer": good().with(claims{"iss": "basic"}),
			} {
				t.Run(name, func(t *testing.T) { r.authenticate(t, k.sign(t, c)).check(t, refused) })
			}
			t.Run("wrong key", func(t *testing.T) {
				other := key{jose.HS256, []byte(strings.Repeat("wrong", 10))}
				if id != "secret-jwt" {
					other = otherKey(t, k)
				}
				r.authenticate(t, other.sign(t, good())).check(t, refused)
				r.AwaitLog(t, "(signature verification failed) client="+id)
			})
		})
	}
	t.Run("other algorithm", func(t *testing.T) {
		k := key{jose.PS256, r.keys[jose.RS256].private}
		r.authenticate(t, k.sign(t, assertion("RS256", "RS256", r.Issuer))).check(t, refused)
	})
	t.Run("not a JWT", func(t *testing.T) {
		r.authenticate(t, "nonsense").check(t, wants{400, "invalid_request", "invalid client_assertion format"})
	})
	t.Run("client_id mismatch", func(t *testing.T) {
		post(t, plainClient, r.TokenURL, []string{
			"grant_type", "client_credentials", "client_id", "basic", "client_assertion_type", clientAssertionType,
			"client_assertion", r.hmac.sign(t, assertion("secret-jwt", "secret-jwt", r.Issuer)),
		}).check(t, wants{400, "invalid_request", "client_id mismatch"})
	})
}

func (r *rig) testCertificates(t *testing.T) {
	form := func(id string) []string { return []string{"grant_type", "client_credentials", "client_id", id} }
	for name, test := range map[string]struct {
		client, certificate string
		wants               wants
	}{
		"tls_client_auth":                 {"tls", "app", wants{}},
		"tls_client_auth, URI":            {"tls-uri", "address", wants{}},
		"tls_client_auth, no URI":         {"tls-uri", "app", refused},
		"tls_client_auth, other name":     {"tls", "other name", refused},
		"tls_client_auth, expired":        {"tls", "expired", refused},
		"tls_client_auth, other CA":       {"tls", "stranger", refused},
		"tls_client_auth, self-signed":    {"tls", "self-signed", refused},
		"tls_client_auth, no certificate": {"tls", "", refused},
		"self_signed":                     {"self-signed", "self-signed", wants{}},
		"self_signed, other":              {"self-signed", "app", refused},
		"self_signed, no certificate":     {"self-signed", "", refused},
	} {
		t.Run(name, func(t *testing.T) {
			var certificate *tls.Certificate
			if c, ok := r.mtls[test.certificate]; ok {
				certificate = &c
			}
			client := tlsClient(t, r.CA, certificate)
			post(t, client, r.MTLSTokenURL, form(test.client)).check(t, test.wants)
		})
	}
	t.Run("without TLS", func(t *testing.T) {
		post(t, plainClient, r.TokenURL, form("tls")).check(t, refused)
	})
	t.Run("bound token", func(t *testing.T) {
		certificate := r.mtls["app"]
		token := post(t, tlsClient(t, r.CA, &certificate), r.MTLSTokenURL, form("tls"))
		if body := r.introspect(t, token.AccessToken).Body; !strings.Contains(body, `"x5t#S256"`) {
			t.Errorf("the token is not bound: %s", body)
		}
	})
	t.Run("audience at the mTLS listener", func(t *testing.T) {
		client := tlsClient(t, r.CA, nil)
		for audience, want := range map[string]wants{r.MTLSTokenURL: {}, r.Issuer: {}, r.TokenURL: refused} {
			post(t, client, r.MTLSTokenURL, []string{
				"grant_type", "client_credentials", "client_assertion_type", clientAssertionType,
				"client_assertion", r.hmac.sign(t, assertion("secret-jwt", "secret-jwt", audience)),
			}).check(t, want)
		}
	})
}

func (r *rig) bearer(t *testing.T, assertion string) reply {
	t.Helper()
	return post(t, plainClient, r.TokenURL, []string{
		"grant_type", peers.JWTBearer, "assertion", assertion, "client_id", "public", "scope", "read",
	})
}

func (r *rig) testJWTBearer(t *testing.T) {
	for algorithm, k := range r.keys {
		t.Run(string(algorithm), func(t *testing.T) {
			good := func() claims { return assertion(string(algorithm), "alice", r.TokenURL) }
			now := time.Now().Unix()
			accepted := map[string]claims{
				"token endpoint": good(),
				"issuer":         good().with(claims{"aud": r.Issuer}),
				"list":           good().with(claims{"aud": []string{"https://other.example", r.TokenURL}}),
				"no jti":         good().with(claims{"jti": nil}),
			}
			for name, c := range accepted {
				t.Run(name, func(t *testing.T) {
					answer := r.bearer(t, k.sign(t, c))
					answer.check(t, wants{})
					if answer.Scope != "read" || answer.RefreshToken != "" {
						t.Errorf("got %s", answer.Body)
					}
				})
			}
			for description, c := range map[string]claims{
				"assertion audience (aud) must be the issuer or the token endpoint": good().with(claims{"aud": "https://other.example"}),
				"assertion has expired (exp)":                                       good().with(claims{"exp": now - 60}),
				"assertion was used before (jti)":                                   accepted["token endpoint"],
				"assertion issuer (iss) is not known":                               good().with(claims{"iss": "nobody"}),
				"assertion subject (sub) is not known":                              good().with(claims{"sub": "mallory"}),
				"assertion subject (sub) is missing":                                good().with(claims{"sub": nil}),
				"assertion exp is refused: missing":                                 good().with(claims{"exp": nil}),
				"assertion nbf is refused: check_failed":                            good().with(claims{"nbf": now + 60}),
			} {
				t.Run(description, func(t *testing.T) {
					r.bearer(t, k.sign(t, c)).check(t, wants{400, "invalid_grant", description})
				})
			}
			t.Run("wrong key", func(t *testing.T) {
				r.bearer(t, otherKey(t, k).sign(t, good())).check(t, wants{400, "invalid_grant", "assertion signature is wrong"})
			})
		})
	}
	t.Run("HS256", func(t *testing.T) {
		good := assertion("hmac-issuer", "service", r.Issuer)
		r.bearer(t, r.hmac.sign(t, good)).check(t, wants{})
		long := assertion("hmac-issuer", "service", r.Issuer).with(claims{"exp": time.Now().Unix() + 600})
		r.bearer(t, r.hmac.sign(t, long)).check(t, wants{400, "invalid_grant", "assertion lifetime (exp) is over 120 seconds"})
		confused := key{jose.HS256, []byte(r.keys[jose.RS256].jwks(t))}
		r.bearer(t, confused.sign(t, assertion("RS256", "alice", r.Issuer))).
			check(t, wants{400, "invalid_grant", "assertion algorithm (alg) is not allowed"})
	})
	t.Run("not a JWT", func(t *testing.T) {
		r.bearer(t, "nonsense").check(t, wants{400, "invalid_grant", "assertion is not a JWT"})
	})
	t.Run("no assertion", func(t *testing.T) {
		r.bearer(t, "").check(t, wants{400, "invalid_request", "missing required parameter(s) 'assertion'"})
	})
}

// login gets tokens for alice with the password grant.
func (r *rig) login(t *testing.T, secret, scope string, client edit) reply {
	t.Helper()
	return post(t, plainClient, r.TokenURL, []string{
		"grant_type", "password", "username", "alice", "password", secret, "scope", scope,
	}, client)
}

func (r *rig) testPassword(t *testing.T) {
	client := encodedBasic("basic", oddSecret)
	answer := r.login(t, password, "read", client)
	answer.check(t, wants{})
	if answer.RefreshToken == "" || answer.Scope != "read" {
		t.Errorf("got %s", answer.Body)
	}
	r.login(t, "wrong", "read", client).check(t, wants{400, "invalid_grant", "invalid username or password"})
	r.login(t, "", "read", client).check(t, wants{400, "invalid_request", "missing required parameter(s) 'password'"})
}

func (r *rig) refresh(t *testing.T, token, scope string, client edit) reply {
	t.Helper()
	return post(t, plainClient, r.TokenURL, []string{
		"grant_type", "refresh_token", "refresh_token", token, "scope", scope,
	}, client)
}

func (r *rig) testRefresh(t *testing.T) {
	client := encodedBasic("basic", oddSecret)
	first := r.login(t, password, "read write", client)
	second := r.refresh(t, first.RefreshToken, "", client)
	second.check(t, wants{})
	if second.RefreshToken == "" || second.RefreshToken == first.RefreshToken || second.Scope != "read write" {
		t.Fatalf("not rotated: %s", second.Body)
	}
	third := r.refresh(t, second.RefreshToken, "read", client)
	third.check(t, wants{})
	if third.Scope != "read" {
		t.Errorf("scope not narrowed: %s", third.Body)
	}

	r.refresh(t, first.RefreshToken, "", client).check(t, wants{400, "invalid_grant", "grant request is invalid"})
	// Reuse revoked the family: the newest refresh token and all access tokens.
	r.refresh(t, third.RefreshToken, "", client).check(t, wants{400, "invalid_grant", "grant request is invalid"})
	for _, token := range []string{first.AccessToken, third.AccessToken} {
		if r.introspect(t, token).Active {
			t.Error("an access token of the family lives on")
		}
	}
	wider := r.login(t, password, "read", client)
	r.refresh(t, wider.RefreshToken, "read write", client).check(t, wants{400, "invalid_scope", "refresh token missing requested scope"})
}

func (r *rig) testTokenRequests(t *testing.T) {
	client := encodedBasic("basic", oddSecret)
	request := func(form ...string) reply {
		return post(t, plainClient, r.TokenURL, append([]string{"grant_type", "client_credentials"}, form...), client)
	}
	if answer := request("scope", "write read unknown"); answer.Scope != "write read" {
		t.Errorf("unknown scopes are dropped, the rest is kept: %s", answer.Body)
	}
	post(t, plainClient, r.TokenURL, []string{"grant_type", "client_credentials", "scope", "write"},
		func(q *http.Request) { q.SetBasicAuth("post", url.QueryEscape(sharedSecret)) }).
		check(t, wants{400, "invalid_scope", "requested scope is not allowed"})
	if answer := request("resource", "https://api.example.com/", "scope", "read"); strings.Count(answer.AccessToken, ".") != 2 {
		t.Errorf("no JWT for the resource: %s", answer.Body)
	}
	request("resource", "https://other.example.com/").check(t, wants{400, "invalid_target", "resource indicator is missing, or unknown"})
	post(t, plainClient, r.TokenURL, []string{"grant_type", "unknown"}, client).
		check(t, wants{400, "unsupported_grant_type", "unsupported grant_type requested"})
	post(t, plainClient, r.TokenURL, []string{"grant_type", "password", "client_id", "post", "client_secret", sharedSecret}).
		check(t, wants{400, "invalid_request", "requested grant type is not allowed for this client"})
	request("scope", "read", "scope", "write").check(t, wants{400, "invalid_request", "'scope' parameter must not be provided twice"})
}

func (r *rig) introspect(t *testing.T, token string) reply {
	t.Helper()
	return post(t, plainClient, r.IntrospectionURL, []string{"token", token}, encodedBasic("basic", oddSecret))
}

func (r *rig) testRevocation(t *testing.T) {
	client := encodedBasic("basic", oddSecret)
	token := r.login(t, password, "read", client)
	if !r.introspect(t, token.AccessToken).Active {
		t.Fatal("the token is not active")
	}
	if answer := post(t, plainClient, r.RevocationURL, []string{"token", token.RefreshToken}, client); answer.Status != http.StatusOK || answer.Body != "" {
		t.Fatalf("got %d %s", answer.Status, answer.Body)
	}
	if r.introspect(t, token.AccessToken).Active {
		t.Error("the access token outlived the revoked refresh token")
	}
}

func metadata(t *testing.T, issuer string) map[string]any {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, issuer+"/.well-known/oauth-authorization-server", nil)
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(send(t, plainClient, request).Body), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func (r *rig) testMetadata(t *testing.T) {
	document := metadata(t, r.Issuer)
	for name, want := range map[string]string{
		"issuer": r.Issuer, "token_endpoint": r.TokenURL, "introspection_endpoint": r.IntrospectionURL,
		"revocation_endpoint": r.RevocationURL, "authorization_endpoint": r.AuthorizationURL,
		"pushed_authorization_request_endpoint": r.PARURL, "device_authorization_endpoint": r.DeviceURL,
	} {
		if document[name] != want {
			t.Errorf("%s is %v, want %s", name, document[name], want)
		}
	}
	aliases, _ := document["mtls_endpoint_aliases"].(map[string]any)
	if aliases["token_endpoint"] != r.MTLSTokenURL {
		t.Errorf("aliases: %v", aliases)
	}
}

// testOtherFlows proves that what later tests build on is switched on.
func (r *rig) testOtherFlows(t *testing.T) {
	client := encodedBasic("web", sharedSecret)
	device := post(t, plainClient, r.DeviceURL, []string{"client_id", "web", "scope", "read"}, client)
	post(t, plainClient, r.TokenURL, []string{"grant_type", peers.DeviceCode, "device_code", device.DeviceCode}, client).
		check(t, wants{400, "authorization_pending", "authorization request is still pending as the end-user hasn't yet completed the user interaction steps"})
	pushed := post(t, plainClient, r.PARURL, []string{
		"client_id", "web", "response_type", "code", "redirect_uri", "http://127.0.0.1:4711/callback", "scope", "openid",
		"code_challenge", strings.Repeat("A", 43), "code_challenge_method", "S256",
	}, client)
	if pushed.Status != http.StatusCreated {
		t.Errorf("PAR: %d %s", pushed.Status, pushed.Body)
	}
}

func TestOIDCProviderOptions(t *testing.T) {
	k := newKey(t, jose.ES256)
	server := peers.OIDCProvider(t, peers.Config{
		IssuerAudienceOnly: true, KeepRefreshToken: true, DPoPNonce: true,
		TokenLifetime: 7 * time.Second,
		Users:         map[string]string{"alice": password},
		Clients: []peers.Client{
			{ID: "app", Secret: sharedSecret, Grants: []string{"password", "refresh_token"}},
			{ID: "jwt", AuthMethod: "private_key_jwt", JWKS: k.jwks(t)},
			{ID: "dpop", Secret: sharedSecret, DPoPBound: true},
		},
	})
	r := &rig{Server: server}
	t.Run("issuer audience", func(t *testing.T) {
		good := func() claims { return assertion("jwt", "jwt", r.Issuer) }
		if answer := r.authenticate(t, k.sign(t, good())); answer.ExpiresIn != 7 {
			t.Errorf("got %d %s", answer.Status, answer.Body)
		}
		for _, audience := range []any{r.TokenURL, []string{r.Issuer}} {
			r.authenticate(t, k.sign(t, good().with(claims{"aud": audience}))).check(t, refused)
		}
	})
	t.Run("refresh token kept", func(t *testing.T) {
		client := encodedBasic("app", sharedSecret)
		first := r.login(t, password, "", client)
		if again := r.refresh(t, first.RefreshToken, "", client); again.RefreshToken != first.RefreshToken {
			t.Errorf("rotated: %s", again.Body)
		}
	})
	t.Run("DPoP nonce", r.testDPoP)
}

func (r *rig) testDPoP(t *testing.T) {
	k := newKey(t, jose.ES256)
	form := []string{"grant_type", "client_credentials"}
	client := encodedBasic("dpop", sharedSecret)
	post(t, plainClient, r.TokenURL, form, client).check(t, wants{400, "invalid_grant", "grant request is invalid"})
	first := post(t, plainClient, r.TokenURL, form, client, header("DPoP", k.proof(t, r.TokenURL, "")))
	first.check(t, wants{400, "use_dpop_nonce", "nonce is required in the DPoP proof"})
	second := post(t, plainClient, r.TokenURL, form, client, header("DPoP", k.proof(t, r.TokenURL, first.Header.Get("DPoP-Nonce"))))
	if second.Status != http.StatusOK || second.TokenType != "DPoP" {
		t.Errorf("got %d %s", second.Status, second.Body)
	}
}

func (k key) proof(t *testing.T, target, nonce string) string {
	t.Helper()
	public := jose.JSONWebKey{Key: k.private.(crypto.Signer).Public()}
	options := (&jose.SignerOptions{}).WithType("dpop+jwt").WithHeader("jwk", public)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.algorithm, Key: k.private}, options)
	if err != nil {
		t.Fatal(err)
	}
	c := claims{"jti": rand.Text(), "htm": "POST", "htu": target, "iat": time.Now().Unix()}
	if nonce != "" {
		c["nonce"] = nonce
	}
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signature.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
