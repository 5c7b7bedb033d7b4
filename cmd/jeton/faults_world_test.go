package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/peers"
	"github.com/jeton-oauth/jeton/key"
)

// faultSecrets are what the documents of the seeded faults read from the environment.
var faultSecrets = map[string]string{
	"SECRET":         "canarySecretOfLettersAndDigitsThatIsLongEnoughForAnyHashOfAServer42",
	"ODD_SECRET":     "canary/odd+secret:100%of=thirty&two~bytes",
	"QUOTED_SECRET":  `"canarySecretOfLettersAndDigitsThatIsLongEnoughForAnyHashOfAServer42"`,
	"SPACED_SECRET":  "canarySecretOfLettersAndDigitsThatIsLongEnoughForAnyHashOfAServer42 ",
	"TEMPLATE":       "${CLIENT_SECRET}",
	"WRONG":          "canaryGuessOfLettersAndDigitsThatIsLongEnoughForAnyHashOfAServer4242",
	"PASSWORD":       "canary-password-of-ada",
	"WRONG_PASSWORD": "canary-password-of-nobody",
	"STORE_PASSWORD": "changeit",
	"WRONG_STORE":    "canary-passphrase",
}

// faultWorld is a folder with everything that the documents name, and the real servers.
type faultWorld struct {
	dir     string
	servers map[string]*peers.Server
	// names stand in the documents for what is different in every run: $TOKEN_URL.
	names map[string]map[string]string
	// forbidden must not show in any output.
	forbidden []string
	unique    int
}

func newFaultWorld(t *testing.T) *faultWorld {
	w := &faultWorld{dir: t.TempDir(), servers: map[string]*peers.Server{}, names: map[string]map[string]string{}}
	for name, secret := range faultSecrets {
		if name != "STORE_PASSWORD" && name != "TEMPLATE" { // words that stand in messages
			w.forbidden = append(w.forbidden, secret)
		}
	}
	config := w.config(t)
	atHome := func(server string) peers.Config { // with a client that the other server does not know
		own := config
		own.Clients = append(slices.Clone(config.Clients), peers.Client{ID: "home-" + server, Secret: faultSecrets["SECRET"], AuthMethod: "client_secret_post", Scope: "read"})
		return own
	}
	w.servers["oidc"] = peers.OIDCProvider(t, atHome("oidc"))
	w.servers["authlib"] = peers.Authlib(t, atHome("authlib"))
	for suffix, offset := range map[string]time.Duration{"ahead": 10 * time.Minute, "behind": -10 * time.Minute} {
		shifted := config
		shifted.ClockOffset = offset
		w.servers["oidc "+suffix] = peers.OIDCProvider(t, shifted)
		w.servers["authlib "+suffix] = peers.Authlib(t, shifted)
	}
	for name, server := range w.servers {
		w.names[name] = w.namesOf(t, server)
	}
	for one, other := range map[string]string{"oidc": "authlib", "authlib": "oidc"} {
		w.names[one]["$OTHER_TOKEN_URL"] = w.servers[other].TokenURL
	}
	w.write(t, "ca.pem", w.servers["oidc"].CA)
	for _, name := range []string{"oidc", "authlib"} {
		w.write(t, "refresh-"+name, []byte(w.refreshToken(t, name)))
	}
	w.write(t, "refresh-unknown", []byte("canary-refresh-token-that-nobody-issued"))
	w.forbidden = append(w.forbidden, "canary-refresh-token")
	return w
}

// config registers what the documents of the seeded faults name.
func (w *faultWorld) config(t *testing.T) peers.Config {
	authority := peers.NewAuthority(t)
	w.write(t, "other-ca.pem", authority.PEM)
	issued := authority.Client(t, pkix.Name{CommonName: "issued"})
	own := peers.SelfSigned(t, pkix.Name{CommonName: "own"})
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	w.writePair(t, "issued", issued)
	w.writePair(t, "own", own)
	w.writePair(t, "stranger", authority.Client(t, pkix.Name{CommonName: "stranger"}))
	w.writePair(t, "foreign", peers.SelfSigned(t, pkix.Name{CommonName: "own"}))
	w.writePair(t, "expired", authority.Client(t, pkix.Name{CommonName: "issued"}, expired))
	w.writePair(t, "dated", issued)
	w.writeExpired(t, "dated-expired", issued)
	w.write(t, "two-owners.pem", append(peers.CertificatePEM(issued), privatePEM(t, own.PrivateKey)...))
	current, other := w.newKey(t, "current.pem"), w.newKey(t, "other.pem")
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "ec.pem", privatePEM(t, ec))
	w.write(t, "public.pem", publicPEM(t, other.Public()))
	keys := jwks(t, "current", "", current)
	for _, name := range []string{"two.jks", "two.pkcs12"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "key", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		w.write(t, name, data)
	}
	all := []string{"client_credentials", "password", "refresh_token", peers.JWTBearer}
	secret, odd := faultSecrets["SECRET"], faultSecrets["ODD_SECRET"]
	return peers.Config{
		Users:            map[string]string{"ada": faultSecrets["PASSWORD"]},
		KeepRefreshToken: true, RequirePAR: true, ClientCA: authority.PEM,
		Resources:           []peers.Resource{{ID: "https://api.example/orders", Scope: "read"}},
		AssertionAlgorithms: []string{"RS256", "PS256", "ES256", "EdDSA", "HS256"},
		DPoPAlgorithms:      []string{"ES256", "RS256"},
		Clients: []peers.Client{
			{ID: "plain", Secret: secret, Scope: "read", Grants: all},
			{ID: "odd", Secret: odd, Scope: "read"},
			{ID: "posted", Secret: secret, AuthMethod: "client_secret_post", Scope: "read"},
			{ID: "hmac", Secret: secret, AuthMethod: "client_secret_jwt", Algorithm: "HS256", Scope: "read"},
			{ID: "modest", Secret: secret, Scope: "read"},
			{ID: "writer", Secret: secret, Scope: "read write"},
			{ID: "signer", AuthMethod: "private_key_jwt", Algorithm: "RS256", JWKS: keys, Scope: "read"},
			{ID: "keeper", AuthMethod: "private_key_jwt", JWKS: w.storeKeys(t, "two.jks"), Scope: "read"},
			{ID: "archive", AuthMethod: "private_key_jwt", JWKS: w.storeKeys(t, "two.pkcs12"), Scope: "read"},
			{ID: "dated", AuthMethod: "private_key_jwt", JWKS: jwks(t, "dated", "", issued.PrivateKey.(crypto.Signer)), Scope: "read"},
			{ID: "public", AuthMethod: "none", Scope: "read", Grants: []string{peers.JWTBearer}},
			{ID: "issued", AuthMethod: "tls_client_auth", SubjectDN: "CN=issued", Scope: "read"},
			{ID: "own", AuthMethod: "self_signed_tls_client_auth", CertificatePEM: peers.CertificatePEM(own), Scope: "read"},
			{ID: "bound", Secret: secret, CertificateBound: true, Scope: "read"},
			{ID: "proven", Secret: secret, DPoPBound: true, Scope: "read"},
			{ID: "web", Secret: secret, Scope: "openid read", RedirectURIs: []string{"http://127.0.0.1/callback"},
				Grants: []string{"authorization_code", "refresh_token", peers.DeviceCode}},
		},
		Issuers: []peers.AssertionIssuer{
			{Issuer: "hr", JWKS: keys, Subjects: []string{"service"}},
			{Issuer: "hasty", JWKS: keys, MaxLifetime: 2 * time.Minute},
		},
	}
}

// namesOf are what documents say for one server.
func (w *faultWorld) namesOf(t *testing.T, s *peers.Server) map[string]string {
	_, address, _ := strings.Cut(s.Issuer, "://")
	names := map[string]string{
		"$TOKEN_URL": s.TokenURL, "$ISSUER": s.Issuer, "$HOST": address, "$MTLS_URL": s.MTLSTokenURL,
		"$HTTP_MTLS_URL": strings.Replace(s.MTLSTokenURL, "https:", "http:", 1), "$HTTPS_TOKEN_URL": strings.Replace(s.TokenURL, "http:", "https:", 1),
		"$INTROSPECTION_URL": s.IntrospectionURL, "$REVOCATION_URL": s.RevocationURL, "$AUTHORIZATION_URL": s.AuthorizationURL, "$DEVICE_URL": s.DeviceURL,
		"$PUSH_URL": s.PARURL, "$USERINFO_URL": s.UserinfoURL,
		"$REDIRECTING_URL": redirecting(t, s.TokenURL), "$CLOSED": closedAddress(), "$PAGE_URL": s.DeviceURL, "$CALLBACK": "http://" + closedAddress(),
	}
	if strings.HasSuffix(s.DeviceURL, "/device_authorization") { // Authlib, whose page for people is beside it
		names["$PAGE_URL"] = strings.TrimSuffix(s.DeviceURL, "_authorization")
	}
	if s.MTLSTokenURL != "" {
		_, rest, _ := strings.Cut(s.MTLSTokenURL, "://")
		host, path, _ := strings.Cut(rest, "/")
		names["$OTHER_HOST_URL"] = "https://" + forwarder(t, host) + "/" + path
	}
	return names
}

// redirecting is a server before the real one that sends everybody on, as many do from http to https.
func redirecting(t *testing.T, target string) string {
	front := httptest.NewServer(http.RedirectHandler(target, http.StatusMovedPermanently))
	t.Cleanup(front.Close)
	return front.URL + "/token"
}

// lastClosedPort is where closedAddress goes on; another run of the tests
// beside this one begins elsewhere.
var lastClosedPort atomic.Uint32

func init() { lastClosedPort.Store(mathrand.Uint32N(20_000)) }

// closedAddress is a port at which nothing listens, and at which nothing will
// by accident: it lies below those that systems give to whoever asks for any,
// so that a server or a connection of a parallel test never takes it.
func closedAddress() string {
	for {
		address := fmt.Sprintf("127.0.0.1:%d", 11_000+lastClosedPort.Add(1)%20_000)
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
}

// forwarder gives a server another address, for which its certificate is not.
func forwarder(t *testing.T, target string) string {
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", target)
			if err != nil {
				from.Close()
				continue
			}
			running.Go(func() { defer to.Close(); _, _ = io.Copy(to, from) })
			running.Go(func() { defer from.Close(); _, _ = io.Copy(from, to) })
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return l.Addr().String()
}

func (w *faultWorld) newKey(t *testing.T, name string) crypto.Signer {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, name, privatePEM(t, private))
	return private
}

// storeKeys are the public key of the entry that the client of a store signs with.
func (w *faultWorld) storeKeys(t *testing.T, name string) json.RawMessage {
	data, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Parse(data, key.Options{Password: jeton.NewSecret(faultSecrets["STORE_PASSWORD"]), Alias: "first"})
	if err != nil {
		t.Fatal(err)
	}
	return jwksOf(t, jose.JSONWebKey{Key: private.Public(), KeyID: "first", Use: "sig"})
}

// writePair writes certificate and key into one file.
func (w *faultWorld) writePair(t *testing.T, name string, pair tls.Certificate) {
	w.write(t, name+".pem", append(peers.CertificatePEM(pair), privatePEM(t, pair.PrivateKey)...))
}

// writeExpired is writePair with another certificate of the same key, which has ended.
func (w *faultWorld) writeExpired(t *testing.T, name string, pair tls.Certificate) {
	template := *pair.Leaf
	template.NotAfter = time.Now().Add(-time.Minute)
	issuer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &x509.Certificate{Subject: pkix.Name{CommonName: "any CA"}}, pair.Leaf.PublicKey, issuer)
	if err != nil {
		t.Fatal(err)
	}
	w.writePair(t, name, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: pair.PrivateKey})
}

func jwks(t *testing.T, kid, algorithm string, signer crypto.Signer) json.RawMessage {
	return jwksOf(t, jose.JSONWebKey{Key: signer.Public(), KeyID: kid, Algorithm: algorithm, Use: "sig"})
}

func jwksOf(t *testing.T, keys ...jose.JSONWebKey) json.RawMessage {
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func privatePEM(t *testing.T, private any) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func publicPEM(t *testing.T, public any) []byte {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// write makes a file; the second line of each private key in it must not show.
func (w *faultWorld) write(t *testing.T, name string, data []byte) {
	t.Helper()
	writeFile(t, filepath.Join(w.dir, name), data)
	if _, private, found := strings.Cut(string(data), "-----BEGIN PRIVATE KEY-----\n"); found {
		w.forbidden = append(w.forbidden, strings.Split(private, "\n")[1])
	}
}

// refreshToken is one that a real server has issued to the client plain.
func (w *faultWorld) refreshToken(t *testing.T, server string) string {
	c, err := jeton.Parse([]byte(w.fill(server, faultBases["password"])))
	if err == nil {
		err = c.Resolve(t.Context(), jeton.Sources{Env: faultEnv})
	}
	if err != nil {
		t.Fatal(err)
	}
	token, err := new(jeton.Engine).Exchange(t.Context(), c, nil)
	if err != nil || token.RefreshToken.IsZero() {
		t.Fatalf("no refresh token: %v", err)
	}
	w.forbidden = append(w.forbidden, token.RefreshToken.Reveal(), token.AccessToken.Reveal())
	return token.RefreshToken.Reveal()
}

func faultEnv(name string) (string, bool) {
	value, ok := faultSecrets[name]
	return value, ok
}

// fill writes what is different in every run into a document.
func (w *faultWorld) fill(server, document string) string {
	pairs := []string{"$UNIQUE", fmt.Sprintf("jti-%d", w.unique), "$SERVER", server}
	for name, value := range w.names[server] {
		pairs = append(pairs, name, value)
	}
	return strings.NewReplacer(pairs...).Replace(document)
}

// faultReport is what the test of a connection says, as far as it is looked at here.
type faultReport struct {
	OK       bool            `json:"ok"`
	Findings []jeton.Finding `json:"findings"`
	asked    bool            // a person was asked to log in
}

// first is the first finding that is no warning.
func (r faultReport) first() jeton.Finding {
	i := slices.IndexFunc(r.Findings, func(f jeton.Finding) bool { return !f.Warning })
	if i < 0 {
		return jeton.Finding{}
	}
	return r.Findings[i]
}

// test runs jeton test with a document. Where a person would have to log in, it
// is interrupted: everything that can be wrong before has gone well.
func (w *faultWorld) test(t *testing.T, server, document string) faultReport {
	t.Helper()
	path := filepath.Join(w.dir, "connection.yaml")
	writeFile(t, path, []byte(w.fill(server, document)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	errs := &waiter{word: "jeton: log in ", seen: cancel}
	code := run(ctx, []string{"test", "-f", path, "-o", "json"}, strings.NewReader(""), &out, errs, faultEnv)
	for _, secret := range w.forbidden {
		if strings.Contains(out.String()+errs.String(), secret) {
			t.Fatalf("a secret shows:\n%s\n%s", out.String(), errs.String())
		}
	}
	r := faultReport{asked: ctx.Err() != nil}
	if r.asked {
		return r
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.OK != (code == 0) {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out.String(), errs.String())
	}
	return r
}

// waiter is a writer that tells when a word was written.
type waiter struct {
	bytes.Buffer
	word string
	seen func()
}

func (w *waiter) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.word) {
		w.seen()
	}
	return n, err
}
