package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// demoServer is the authorization server of the demo, and the secrets that its
// connections name as environment variables. They exist in memory alone.
type demoServer struct {
	server  *oauthtest.Server
	secrets map[string]string
}

// demoConnection is one connection of the demo.
type demoConnection struct {
	title, document, note string
	fails                 bool
}

func startDemoServer() (*demoServer, error) {
	server, err := oauthtest.Start(oauthtest.Config{AccessTokenFormat: oauthtest.FormatJWT})
	if err != nil {
		return nil, err
	}
	s := &demoServer{server: server, secrets: map[string]string{
		"DEMO_SECRET": rand.Text(), "WRONG_SECRET": rand.Text(),
	}}
	if err := s.register(); err != nil {
		server.Close()
		return nil, err
	}
	return s, nil
}

// register makes the keys and tells the server who may have tokens.
func (s *demoServer) register() error {
	clientKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	issuerKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	for name, k := range map[string]crypto.PrivateKey{"DEMO_EC_KEY": clientKey, "DEMO_RSA_KEY": issuerKey} {
		der, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			return err
		}
		s.secrets[name] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	s.server.AddClient(oauthtest.Client{ID: "reports", Secret: s.secrets["DEMO_SECRET"], Scopes: []string{"reports.read"}})
	s.server.AddClient(oauthtest.Client{ID: "warehouse", Keys: []oauthtest.Key{{Public: clientKey.Public()}}, Scopes: []string{"stock.read", "stock.write"}})
	s.server.AddAssertionIssuer(oauthtest.AssertionIssuer{
		Issuer: "hr-sync", Keys: []oauthtest.Key{{Public: issuerKey.Public()}},
		Subjects: []string{"ada@example.com"}, Scopes: []string{"people.read"},
	})
	return nil
}

func (s *demoServer) connections() []demoConnection {
	const inMemory = "the demo keeps what {env: ...} names in memory"
	tokenURL := s.server.TokenURL()
	return []demoConnection{
		{title: "A client secret (client_credentials, client_secret_basic)", note: inMemory, document: fmt.Sprintf(`name: reports
token_url: %s
client:
  id: reports
  auth: client_secret_basic
  secret: {env: DEMO_SECRET}
grant: {type: client_credentials}
scopes: [reports.read]
`, tokenURL)},
		{title: "A signed client assertion (client_credentials, private_key_jwt, ES256)", note: inMemory, document: fmt.Sprintf(`name: warehouse
token_url: %s
client:
  id: warehouse
  auth: private_key_jwt
  assertion:
    key: {env: DEMO_EC_KEY}      # in real life {file: warehouse.p12, password: ...}
    algorithm: ES256
grant: {type: client_credentials}
scopes: [stock.read, stock.write]
`, tokenURL)},
		{title: "A JWT as the grant (jwt_bearer, RS256)", note: inMemory, document: fmt.Sprintf(`name: hr-sync
token_url: %s
grant:
  type: jwt_bearer
  assertion:
    key: {env: DEMO_RSA_KEY}     # in real life {file: hr-sync.pem}
    algorithm: RS256
    issuer: hr-sync
    subject: ada@example.com
scopes: [people.read]
`, tokenURL)},
		{title: "A wrong client secret", note: "WRONG_SECRET is not what the server knows", fails: true, document: fmt.Sprintf(`name: reports-wrong
token_url: %s
client:
  id: reports
  secret: {env: WRONG_SECRET}
grant: {type: client_credentials}
scopes: [reports.read]
`, tokenURL)},
	}
}

func (s *demoServer) url() string          { return s.server.URL }
func (s *demoServer) api() string          { return s.server.ResourceURL() }
func (s *demoServer) client() *http.Client { return s.server.HTTPClient() }
func (s *demoServer) close()               { s.server.Close() }
