package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/peers"
)

// peerSecret is long enough for HS256, and has a character that form encoding changes.
const peerSecret = "canary/peer+secret of thirty-two bytes"

// peerWorld is one real authorization server and the files of a user of it.
type peerWorld struct {
	server  *peers.Server
	dir     string
	secrets []string
	// basicEncoding that the server understands.
	basicEncoding string
}

// algorithms whose keys the tests register; rsa.pem serves two of them.
var algorithms = map[string]string{"RS256": "rsa.pem", "PS256": "rsa.pem", "ES256": "ec.pem", "EdDSA": "ed.pem"}

// peerKeys writes two sets of keys, good and wrong, and returns the public good ones.
func peerKeys(t *testing.T, dir string) map[string]crypto.Signer {
	t.Helper()
	good := map[string]crypto.Signer{}
	for _, prefix := range []string{"", "wrong-"} {
		made := newTestKeys(t)
		_, ed, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for name, signer := range map[string]crypto.Signer{"rsa.pem": made.rsa, "ec.pem": made.ec, "ed.pem": ed} {
			writeKey(t, filepath.Join(dir, prefix+name), signer)
			if prefix == "" {
				good[name] = signer
			}
		}
	}
	return good
}

func writeKey(t *testing.T, path string, key any) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func publicSet(t *testing.T, signer crypto.Signer, algorithm string) json.RawMessage {
	t.Helper()
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: signer.Public(), Algorithm: algorithm, KeyID: algorithm, Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// peerConfig registers a client for every client authentication and algorithm.
// Authlib takes the client for the issuer of a JWT bearer assertion, so the
// issuers carry the same names.
func peerConfig(t *testing.T, keys map[string]crypto.Signer) peers.Config {
	config := peers.Config{Users: map[string]string{"ada": "canary-password-of-ada"}}
	for _, method := range []string{"client_secret_basic", "client_secret_post", "client_secret_jwt"} {
		config.Clients = append(config.Clients, peers.Client{ID: strings.ReplaceAll(method, "_", "-"), Secret: peerSecret, AuthMethod: method,
			Grants: []string{"client_credentials", "password", "refresh_token"}, Scope: "read write offline_access"})
	}
	for algorithm, file := range algorithms {
		set := publicSet(t, keys[file], algorithm)
		config.Clients = append(config.Clients, peers.Client{ID: algorithm, AuthMethod: "private_key_jwt", Algorithm: algorithm, JWKS: set,
			Grants: []string{"client_credentials", peers.JWTBearer}, Scope: "read write"})
		config.Issuers = append(config.Issuers, peers.AssertionIssuer{Issuer: algorithm, JWKS: set, Subjects: []string{"ada"}})
	}
	config.Clients = append(config.Clients, peers.Client{ID: "public", AuthMethod: "none", Grants: []string{peers.JWTBearer}, Scope: "read write"})
	return config
}

// command runs jeton with a document in the world's folder.
func (w *peerWorld) command(t *testing.T, document string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	path := filepath.Join(w.dir, "connection.yaml")
	writeFile(t, path, []byte(document))
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"PEER_SECRET": peerSecret, "PASSWORD": "canary-password-of-ada", "WRONG": "canary-wrong-secret-of-thirty-two-bytes"}[name]
		return value, ok
	}
	var out, errs bytes.Buffer
	t.Setenv("PEER_SECRET", peerSecret)
	t.Setenv("PASSWORD", "canary-password-of-ada")
	t.Setenv("WRONG", "canary-wrong-secret-of-thirty-two-bytes")
	code = run(context.Background(), append(args, "-f", path), strings.NewReader(""), &out, &errs, env)
	for _, secret := range append([]string{peerSecret, "canary-password-of-ada", "canary-wrong-secret"}, w.secrets...) {
		if strings.Contains(errs.String(), secret) || args[0] != "token" && strings.Contains(out.String(), secret) {
			t.Errorf("a secret shows in the output of %v", args)
		}
	}
	return code, out.String(), errs.String()
}

// token demands that the document becomes a token.
func (w *peerWorld) token(t *testing.T, document string) {
	t.Helper()
	code, stdout, stderr := w.command(t, document, "token")
	if code != 0 || stdout == "" {
		t.Fatalf("exit %d\n%s\n%s", code, stderr, w.server.Log())
	}
}

// refused demands exit code 6, an empty standard output, and a finding whose
// parameter is one of those wanted; jeton test must say the same.
func (w *peerWorld) refused(t *testing.T, document string, wanted ...jeton.Parameter) {
	t.Helper()
	if code, stdout, stderr := w.command(t, document, "token", "-v"); code != 6 || stdout != "" {
		t.Fatalf("exit %d, stdout %q\n%s", code, stdout, stderr)
	}
	code, stdout, stderr := w.command(t, document, "test", "-o", "json")
	var report testReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 6 || report.OK {
		t.Fatalf("exit %d, %v\n%s%s", code, err, stdout, stderr)
	}
	for _, f := range report.Findings {
		for _, p := range wanted {
			if f.Parameter == p && !f.Warning {
				return
			}
		}
	}
	t.Errorf("no finding names one of %v: %+v", wanted, report.Findings)
}

func clientDocument(server *peers.Server, id, auth, more string) string {
	return fmt.Sprintf("token_url: %s\nclient:\n  id: %s\n  auth: %s\n%s\ngrant: {type: client_credentials}\nscopes: [read]\n", server.TokenURL, id, auth, more)
}

func TestOIDCProvider(t *testing.T) {
	dir := t.TempDir()
	keys := peerKeys(t, dir)
	config := peerConfig(t, keys)
	authority := peers.NewAuthority(t)
	config.ClientCA = authority.PEM
	issued := authority.Client(t, pkix.Name{CommonName: "issued", Organization: []string{"Jeton"}})
	other := authority.Client(t, pkix.Name{CommonName: "other", Organization: []string{"Jeton"}})
	own, foreign := peers.SelfSigned(t, pkix.Name{CommonName: "own"}), peers.SelfSigned(t, pkix.Name{CommonName: "own"})
	config.Clients = append(config.Clients,
		peers.Client{ID: "issued", AuthMethod: "tls_client_auth", SubjectDN: "CN=issued,O=Jeton", Scope: "read"},
		peers.Client{ID: "own", AuthMethod: "self_signed_tls_client_auth", CertificatePEM: peers.CertificatePEM(own), Scope: "read"})
	w := &peerWorld{server: peers.OIDCProvider(t, config), dir: dir, basicEncoding: "form"}
	writeFile(t, filepath.Join(dir, "ca.pem"), w.server.CA)
	for name, certificate := range map[string]tls.Certificate{"issued": issued, "other": other, "own": own, "foreign": foreign} {
		writeFile(t, filepath.Join(dir, name+".cert.pem"), peers.CertificatePEM(certificate))
		writeKey(t, filepath.Join(dir, name+".key.pem"), certificate.PrivateKey)
	}
	t.Run("client secrets", w.testClientSecrets)
	t.Run("private_key_jwt", w.testPrivateKeyJWT)
	t.Run("jwt_bearer", w.testJWTBearer)
	t.Run("password and refresh", w.testPasswordAndRefresh)
	t.Run("mutual TLS", w.testMutualTLS)
}

func TestAuthlib(t *testing.T) {
	dir := t.TempDir()
	w := &peerWorld{server: peers.Authlib(t, peerConfig(t, peerKeys(t, dir))), dir: dir, basicEncoding: "raw"}
	t.Run("client secrets", w.testClientSecrets)
	t.Run("private_key_jwt", w.testPrivateKeyJWT)
	t.Run("jwt_bearer", w.testJWTBearer)
	t.Run("password and refresh", w.testPasswordAndRefresh)
}

func (w *peerWorld) testClientSecrets(t *testing.T) {
	for _, auth := range []string{"client_secret_basic", "client_secret_post", "client_secret_jwt"} {
		t.Run(auth, func(t *testing.T) {
			id := strings.ReplaceAll(auth, "_", "-")
			encoding := "  basic_encoding: " + w.basicEncoding
			w.token(t, clientDocument(w.server, id, auth, "  secret: {env: PEER_SECRET}\n"+encoding))
			w.refused(t, clientDocument(w.server, id, auth, "  secret: {env: WRONG}\n"+encoding), "client.secret")
			w.token(t, clientDocument(w.server, id, auth, "  secret: [{env: WRONG}, {env: PEER_SECRET}]\n"+encoding))
		})
	}
	t.Run("client_secret_jwt, other twins", func(t *testing.T) {
		w.assertionTwins(t, "client.assertion", func(assertion string) string {
			return clientDocument(w.server, "client-secret-jwt", "client_secret_jwt", "  secret: {env: PEER_SECRET}\n  assertion: {"+assertion+"}")
		})
	})
}

func (w *peerWorld) testPrivateKeyJWT(t *testing.T) {
	for algorithm, file := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			document := func(key, more string) string {
				return clientDocument(w.server, algorithm, "private_key_jwt", "  assertion: {key: {file: "+key+"}, algorithm: "+algorithm+more+"}")
			}
			w.token(t, document(file, ""))
			w.refused(t, document("wrong-"+file, ""), "client.assertion.key")
			w.assertionTwins(t, "client.assertion", func(assertion string) string { return document(file, ", "+assertion) })
		})
	}
}

func (w *peerWorld) testJWTBearer(t *testing.T) {
	for algorithm, file := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			document := func(key, more string) string {
				return fmt.Sprintf("token_url: %s\nclient: {id: public}\ngrant:\n  type: jwt_bearer\n  assertion: {key: {file: %s}, algorithm: %s, issuer: %s, subject: ada%s}\nscopes: [read]\n",
					w.server.TokenURL, key, algorithm, algorithm, more)
			}
			w.token(t, document(file, ""))
			w.refused(t, document("wrong-"+file, ""), "grant.assertion.key", "grant.assertion.subject")
			w.assertionTwins(t, "grant.assertion", func(assertion string) string { return document(file, ", "+assertion) })
		})
	}
}

// assertionTwins are a wrong audience, an expired and a replayed assertion.
func (w *peerWorld) assertionTwins(t *testing.T, p jeton.Parameter, document func(assertion string) string) {
	t.Helper()
	whole := []jeton.Parameter{p + ".audience", p + ".key", p + ".subject", "client.secret"} // servers that give no reason
	w.refused(t, document("audience: https://elsewhere.example/token"), whole...)
	w.refused(t, document("claims: {exp: 1700000000}"), append(whole, "clock", p+".lifetime")...)
	replayed := document("claims: {jti: " + t.Name() + "}")
	w.token(t, replayed)
	w.refused(t, replayed, append(whole, p+".jti")...)
}

func (w *peerWorld) testPasswordAndRefresh(t *testing.T) {
	document := func(grant, scope string) string {
		return fmt.Sprintf("token_url: %s\nclient: {id: client-secret-post, auth: client_secret_post, secret: {env: PEER_SECRET}}\ngrant: {%s}\nscopes: [%s]\n",
			w.server.TokenURL, grant, scope)
	}
	w.refused(t, document("type: password, username: ada, password: {env: WRONG}", "read"), "grant.password")
	login := document("type: password, username: ada, password: {env: PASSWORD}", "read, offline_access")
	w.token(t, login)

	c, err := jeton.Parse([]byte(login))
	if err == nil {
		err = c.Resolve(t.Context(), jeton.LocalSources(w.dir))
	}
	if err != nil {
		t.Fatal(err)
	}
	engine := new(jeton.Engine)
	first, err := engine.Exchange(t.Context(), c, nil)
	if err != nil || first.RefreshToken.IsZero() {
		t.Fatalf("no refresh token: %v", err)
	}
	c.Grant = jeton.GrantOptions{Type: "refresh_token"}
	second, err := engine.Exchange(t.Context(), c, first)
	if err != nil || second.RefreshToken.Equal(first.RefreshToken) || second.RefreshToken.IsZero() {
		t.Fatalf("the refresh token was not rotated: %v", err)
	}
	third, err := engine.Exchange(t.Context(), c, second)
	if err != nil {
		t.Fatal(err)
	}
	w.secrets = append(w.secrets, first.RefreshToken.Reveal(), third.RefreshToken.Reveal())
	writeFile(t, filepath.Join(w.dir, "newest"), []byte(third.RefreshToken.Reveal()))
	code, stdout, stderr := w.command(t, document("type: refresh_token, refresh_token: {file: newest}", "read, offline_access"), "token")
	if code != 0 || stdout == "" || !strings.Contains(stderr, "grant.refresh_token") {
		t.Fatalf("exit %d: the warning about the rotated token is missing: %s", code, stderr)
	}
	writeFile(t, filepath.Join(w.dir, "used"), []byte(first.RefreshToken.Reveal()))
	w.refused(t, document("type: refresh_token, refresh_token: {file: used}", "read, offline_access"), "grant.refresh_token")
}

func (w *peerWorld) testMutualTLS(t *testing.T) {
	document := func(id, auth, certificate string) string {
		return fmt.Sprintf("token_url: %s\nclient: {id: %s, auth: %s}\ngrant: {type: client_credentials}\nscopes: [read]\ntls:\n  ca: {file: ca.pem}\n  client: {certificate: {file: %s.cert.pem}, key: {file: %s.key.pem}}\n",
			w.server.MTLSTokenURL, id, auth, certificate, certificate)
	}
	w.token(t, document("issued", "tls_client_auth", "issued"))
	w.refused(t, document("issued", "tls_client_auth", "other"), "tls.client")
	w.token(t, document("own", "self_signed_tls_client_auth", "own"))
	w.refused(t, document("own", "self_signed_tls_client_auth", "foreign"), "tls.client")
}
