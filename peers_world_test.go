package jeton_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
	"github.com/jeton-oauth/jeton/internal/peers"
)

const (
	adaPassword = "canary-password-of-ada"
	// The secret of every confidential client. Authlib does not decode it, so it
	// has no character that form encoding changes.
	loginSecret = "canary0secret0of0more0than0thirtytwo0bytes"

	// peerRedirect is registered for every port; nobody listens there.
	peerRedirect = "http://127.0.0.1:7481/callback"
	peerResource = "https://api.example.com/"

	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
)

// registeredKey is that of the client key; strangeKey is nobody's.
var registeredKey, strangeKey = sync.OnceValue(newECKey), sync.OnceValue(newECKey)

func newECKey() *ecdsa.PrivateKey {
	made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return made
}

func privatePEM(private any) string {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// loginWorld is a real authorization server, which ada has an account at.
type loginWorld struct {
	*peers.Server
	certificate, stranger tls.Certificate // of the client tls, and of the same name by nobody it knows
}

// loginConfig registers the clients by what they are for.
func loginConfig(t *testing.T) peers.Config {
	t.Helper()
	login := []string{"authorization_code", "refresh_token"}
	device := []string{peers.DeviceCode, "refresh_token"}
	redirects := []string{"http://127.0.0.1/callback", peerRedirect}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &registeredKey().PublicKey, Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	return peers.Config{
		Users:     map[string]string{"ada": adaPassword},
		Resources: []peers.Resource{{ID: peerResource, Scope: "read write", JWT: true}},
		Clients: []peers.Client{
			{ID: "web", Secret: loginSecret, Scope: "openid read", Grants: append(login, "client_credentials"), RedirectURIs: redirects},
			{ID: "app", AuthMethod: "none", Scope: "openid read", Grants: login, RedirectURIs: redirects},
			{ID: "key", AuthMethod: "private_key_jwt", Algorithm: "ES256", JWKS: set, Scope: "openid read", Grants: login, RedirectURIs: redirects},
			{ID: "bound", Secret: loginSecret, Scope: "openid read", Grants: append(login, "client_credentials"), RedirectURIs: redirects, DPoPBound: true},
			{ID: "pushed", Secret: loginSecret, Scope: "openid read", Grants: login, RedirectURIs: redirects, RequirePAR: true},
			{ID: "writer", Secret: loginSecret, Scope: "write"},
			{ID: "device", Secret: loginSecret, Scope: "read", Grants: device},
			{ID: "bound-device", AuthMethod: "none", Scope: "read", Grants: device, DPoPBound: true},
			{ID: "short", Secret: loginSecret, Scope: "read", Grants: device, DeviceLifetime: time.Second},
			{ID: "exchange", Secret: loginSecret, Scope: "read", Grants: []string{peers.TokenExchange}},
			{ID: "exchange-refresh", Secret: loginSecret, Scope: "read", Grants: []string{peers.TokenExchange, "refresh_token"}},
		},
	}
}

func oidcProviderWorld(t *testing.T, change func(*peers.Config)) *loginWorld {
	t.Helper()
	authority := peers.NewAuthority(t)
	name := pkix.Name{CommonName: "tls"}
	w := &loginWorld{certificate: authority.Client(t, name), stranger: peers.NewAuthority(t).Client(t, name)}
	config := loginConfig(t)
	config.ClientCA = authority.PEM
	for _, client := range slices.Clone(config.Clients) { // two more, which differ in how they authenticate
		switch client.ID {
		case "web":
			client.ID, client.AuthMethod, client.Secret, client.SubjectDN = "tls", "tls_client_auth", "", "CN=tls"
			client.Grants = append(slices.Clip(client.Grants), peers.DeviceCode)
		case "key":
			client.ID = "key-tls"
		default:
			continue
		}
		client.CertificateBound = true
		config.Clients = append(config.Clients, client)
	}
	change(&config)
	w.Server = peers.OIDCProvider(t, config)
	return w
}

// connection is a client of the server, which is known by its issuer alone.
func (w *loginWorld) connection(id, grant string, changes ...func(*jeton.Connection)) *jeton.Connection {
	c := &jeton.Connection{Issuer: w.Issuer, Client: jeton.Client{ID: id}, Grant: jeton.GrantOptions{Type: grant}, Scopes: jeton.Scopes{"read"}}
	switch id {
	case "app", "tls", "bound-device":
	case "key", "key-tls":
		c.Client.Assertion = &jeton.Assertion{}
		signWith(registeredKey())(c)
	default:
		c.Client.Secret = jeton.SecretList{jeton.SecretValue(loginSecret)}
	}
	if grant == "authorization_code" {
		c.Grant.RedirectURL = peerRedirect
	}
	for _, change := range changes {
		change(c)
	}
	return c
}

func wrongSecret(c *jeton.Connection) {
	c.Client.Secret = jeton.SecretList{jeton.SecretValue("canary-wrong-secret")}
}

// signWith gives the client another key.
func signWith(private *ecdsa.PrivateKey) func(*jeton.Connection) {
	return func(c *jeton.Connection) {
		c.Client.Assertion = &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(privatePEM(private))}}
	}
}

// withCertificate makes the client one of mutual TLS, at the aliases that the
// metadata name.
func (w *loginWorld) withCertificate(c *jeton.Connection) {
	c.TLS.CA = jeton.KeyValue(string(w.CA))
	c.TLS.Client = tlsClient(w.certificate)
	if c.Client.Assertion == nil {
		c.Client.Auth = "tls_client_auth"
	}
}

func tlsClient(certificate tls.Certificate) jeton.TLSClient {
	return jeton.TLSClient{Certificate: jeton.KeyValue(string(peers.CertificatePEM(certificate))), Key: jeton.KeyValue(privatePEM(certificate.PrivateKey))}
}

// hasCertificate demands a token that the server has bound to the certificate.
func (w *loginWorld) hasCertificate(t *testing.T, token *jeton.Token) {
	t.Helper()
	sum := sha256.Sum256(w.certificate.Certificate[0])
	if known := w.introspect(t, token.AccessToken); bound(known, "x5t#S256") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Errorf("not bound to the certificate: %v", known)
	}
}

func withDPoP(c *jeton.Connection) { c.Client.DPoP = &jeton.DPoP{} }

// withStrangeDPoP proves with a key of the document.
func withStrangeDPoP(c *jeton.Connection) {
	c.Client.DPoP = &jeton.DPoP{Key: jeton.KeyValue(privatePEM(strangeKey()))}
}

func withScopes(scopes ...string) func(*jeton.Connection) {
	return func(c *jeton.Connection) { c.Scopes = scopes }
}

func withResource(resources ...string) func(*jeton.Connection) {
	return func(c *jeton.Connection) {
		c.Request.Params = map[string]jeton.ParamValues{"resource": jeton.Param(resources...)}
	}
}

// login sends ada to the authorization URL and returns what her browser brings back.
func login(t *testing.T, e *jeton.Engine, c *jeton.Connection) (*jeton.Authorization, url.Values) {
	t.Helper()
	a, err := e.Authorize(t.Context(), c)
	if err != nil {
		t.Fatalf("authorize: %v %+v", err, findingsOf(c, err))
	}
	b := newBrowser(c.Grant.RedirectURL)
	answer := b.open(t, a.URL)
	if answer == nil {
		t.Fatalf("the browser was not sent back; it shows status %d\n%s", b.status, b.page)
	}
	return a, answer
}

// loggedIn is login and its code redeemed.
func loggedIn(t *testing.T, e *jeton.Engine, c *jeton.Connection) *jeton.Token {
	t.Helper()
	a, answer := login(t, e, c)
	return mustToken(t, c)(e.Redeem(t.Context(), c, a, answer))
}

// mustToken demands a token.
func mustToken(t *testing.T, c *jeton.Connection) func(*jeton.Token, error) *jeton.Token {
	return func(token *jeton.Token, err error) *jeton.Token {
		t.Helper()
		if err != nil {
			t.Fatalf("%v %+v", err, findingsOf(c, err))
		}
		if token.AccessToken.IsZero() || !token.Valid(time.Now(), time.Minute) {
			t.Fatalf("not a token: %+v", token)
		}
		return token
	}
}

// findingsOf is what jeton test would say.
func findingsOf(c *jeton.Connection, err error) []jeton.Finding {
	var failed *jeton.Error
	if !errors.As(err, &failed) {
		return nil
	}
	return diagnosis.Diagnose(c, diagnosis.Facts{Err: failed}).Findings
}

// refused demands a failure of this category, one of whose findings names this
// parameter, and which tells none of the secrets.
func refused(t *testing.T, c *jeton.Connection, err error, category jeton.Category, p jeton.Parameter, secrets ...string) *jeton.Error {
	t.Helper()
	var failed *jeton.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want %s", err, category)
	}
	list := findingsOf(c, err)
	if failed.Category() != category {
		t.Errorf("got %s (%v), want %s", failed.Category(), err, category)
	}
	if !slices.ContainsFunc(list, func(f jeton.Finding) bool { return f.Parameter == p && !f.Warning && f.Fix != "" }) {
		t.Errorf("%v: no finding names %s: %+v", err, p, list)
	}
	said := fmt.Sprintf("%v %#v %+v", err, *failed, list)
	for _, secret := range append(secrets, loginSecret, "canary-wrong-secret", adaPassword) {
		if secret != "" && strings.Contains(said, secret) {
			t.Errorf("a secret shows in %s", strings.ReplaceAll(said, secret, "(it)"))
		}
	}
	return failed
}

// introspect asks the server what it knows of a token.
func (w *loginWorld) introspect(t *testing.T, token jeton.Secret) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.NewDecoder(w.post(t, w.IntrospectionURL, token).Body).Decode(&members); err != nil {
		t.Fatal(err)
	}
	return members
}

// post sends a token to an endpoint, as the client web.
func (w *loginWorld) post(t *testing.T, endpoint string, token jeton.Secret) *http.Response {
	t.Helper()
	form := url.Values{"token": {token.Reveal()}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth("web", loginSecret)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reply.Body.Close() })
	return reply
}

// bound is the member of the confirmation (cnf) that a token is bound with.
func bound(introspected map[string]any, member string) any {
	confirmation, _ := introspected["cnf"].(map[string]any)
	return confirmation[member]
}

// stored is what a program keeps of a token, and finds again after a restart.
func stored(t *jeton.Token) *jeton.Token {
	return &jeton.Token{AccessToken: t.AccessToken, RefreshToken: t.RefreshToken, TokenType: t.TokenType, Scope: t.Scope,
		Issued: t.Issued, Expiry: t.Expiry, DPoPKey: t.DPoPKey}
}

// userinfo asks for it once.
func (w *loginWorld) userinfo(t *testing.T, token *jeton.Token) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.UserinfoURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	token.Authorize(request)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reply.Body.Close() })
	return reply
}

// ledger is a journal that keeps everything.
type ledger struct {
	sent     []jeton.Attempt
	answered []jeton.RawReply
}

func (l *ledger) Sending(_ context.Context, a jeton.Attempt) error {
	l.sent = append(l.sent, a)
	return nil
}

func (l *ledger) Answered(_ context.Context, r jeton.RawReply) error {
	l.answered = append(l.answered, r)
	return nil
}
