package jeton_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

const (
	clientID     = "client-1"
	clientSecret = "a client secret & 32 bytes or more: %+ü"
)

// testKeys are made once: RSA keys are slow to make.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return map[string]crypto.Signer{"RS256": rsaKey, "PS256": rsaKey, "ES256": p256, "EdDSA": ed}
})

func keyPEM(t testing.TB, signer crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// clientCredentialsOf is a connection to srv with a client secret.
func clientCredentialsOf(srv *oauthtest.Server, auth string) *jeton.Connection {
	return &jeton.Connection{
		TokenURL: srv.TokenURL(),
		Client:   jeton.Client{ID: clientID, Auth: auth, Secret: jeton.SecretList{jeton.SecretValue(clientSecret)}},
		Grant:    jeton.GrantOptions{Type: "client_credentials"},
		Scopes:   jeton.Scopes{"read", "write"},
	}
}

func mustExchange(t *testing.T, c *jeton.Connection) *jeton.Token {
	t.Helper()
	token, err := new(jeton.Engine).Exchange(context.Background(), c, nil)
	if err != nil {
		t.Fatalf("exchange: %v %+v", err, findings(err))
	}
	return token
}

func findings(err error) []jeton.Finding {
	var e *jeton.Error
	if errors.As(err, &e) {
		return e.Findings
	}
	return nil
}

func TestClientSecretMethods(t *testing.T) {
	for _, auth := range []string{"client_secret_basic", "client_secret_post", "client_secret_jwt"} {
		t.Run(auth, func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, oauthtest.Config{})
			srv.AddClient(oauthtest.Client{ID: clientID, Secret: clientSecret, AuthMethods: []string{auth}, Scopes: []string{"read", "write"}})
			token := mustExchange(t, clientCredentialsOf(srv, auth))
			if token.TokenType != "Bearer" || token.Scope != "read write" || time.Until(token.Expiry) < 50*time.Minute {
				t.Errorf("token = %+v", token)
			}
			wrong := clientCredentialsOf(srv, auth)
			wrong.Client.Secret = jeton.SecretList{jeton.SecretValue("another secret of thirty-two bytes or more")}
			_, err := new(jeton.Engine).Exchange(context.Background(), wrong, nil)
			if jeton.CategoryOf(err) != jeton.InvalidClient {
				t.Errorf("a wrong secret gives %v", err)
			}
		})
	}
}

func TestAlgorithms(t *testing.T) {
	for algorithm, signer := range testKeys() {
		t.Run("private_key_jwt/"+algorithm, func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, oauthtest.Config{})
			srv.AddClient(oauthtest.Client{ID: clientID, Keys: []oauthtest.Key{{Public: signer.Public(), Algorithm: algorithm}}, Scopes: []string{"read", "write"}})
			c := clientCredentialsOf(srv, "private_key_jwt")
			c.Client.Secret = nil
			c.Client.Assertion = &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, signer))}, Algorithm: algorithm}
			mustExchange(t, c)
		})
		t.Run("jwt_bearer/"+algorithm, func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, oauthtest.Config{})
			srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "issuer", Keys: []oauthtest.Key{{Public: signer.Public()}}, Subjects: []string{"someone"}})
			mustExchange(t, &jeton.Connection{TokenURL: srv.TokenURL(), Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{
				Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, signer))}, Algorithm: algorithm, Issuer: "issuer", Subject: "someone"}}})
		})
	}
}

func TestPasswordAndRefresh(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{RotateRefreshTokens: true})
	srv.AddClient(oauthtest.Client{ID: clientID, Secret: clientSecret, Scopes: []string{"read", "write"}, Grants: []string{oauthtest.GrantPassword, oauthtest.GrantRefreshToken}})
	srv.AddUser(oauthtest.User{Name: "user", Password: "correct horse"})
	c := clientCredentialsOf(srv, "")
	c.Grant = jeton.GrantOptions{Type: "password", Username: "user", Password: jeton.SecretValue("correct horse")}
	first := mustExchange(t, c)
	if first.RefreshToken.IsZero() {
		t.Fatal("no refresh token")
	}
	c.Grant = jeton.GrantOptions{Type: "refresh_token"}
	engine := new(jeton.Engine)
	second, err := engine.Exchange(context.Background(), c, first)
	if err != nil || second.RefreshToken.Equal(first.RefreshToken) {
		t.Fatalf("refresh: %v, rotated %t", err, err == nil)
	}
	if _, err := engine.Exchange(context.Background(), c, first); jeton.CategoryOf(err) != jeton.InvalidGrant {
		t.Errorf("a used refresh token gives %v", err)
	}
	if _, err := engine.Exchange(context.Background(), c, nil); jeton.CategoryOf(err) != jeton.NoRefreshToken {
		t.Errorf("no refresh token gives %v", err)
	}
}

func TestMutualTLS(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
	issued, own := srv.IssueClientCertificate("app"), srv.SelfSignedCertificate("app")
	srv.AddClient(oauthtest.Client{ID: "issued", SubjectDN: issued.Leaf.Subject.String()})
	srv.AddClient(oauthtest.Client{ID: "own", Certificate: own.Leaf})
	connection := func(id, auth string, certificate oauthtest.Certificate) *jeton.Connection {
		return &jeton.Connection{TokenURL: srv.TokenURL(), MTLSTokenURL: srv.MTLSTokenURL(), Client: jeton.Client{ID: id, Auth: auth},
			Grant: jeton.GrantOptions{Type: "client_credentials"},
			TLS: jeton.TLS{CA: jeton.KeyValue(string(srv.CA())), Client: jeton.TLSClient{
				Certificate: jeton.KeyValue(string(certificate.CertificatePEM)), Key: jeton.KeyValue(string(certificate.KeyPEM))}}}
	}
	mustExchange(t, connection("issued", "tls_client_auth", issued))
	mustExchange(t, connection("own", "self_signed_tls_client_auth", own))
	one := connection("own", "self_signed_tls_client_auth", own)
	one.TLS.Client = jeton.TLSClient{Certificate: jeton.KeyValue(string(own.CertificatePEM) + string(own.KeyPEM))}
	mustExchange(t, one)
	_, err := new(jeton.Engine).Exchange(context.Background(), connection("issued", "tls_client_auth", srv.SelfSignedCertificate("other")), nil)
	if jeton.CategoryOf(err) != jeton.InvalidClient {
		t.Errorf("another certificate gives %v", err)
	}
	mixed := connection("issued", "tls_client_auth", issued)
	mixed.TLS.Client.Key = jeton.KeyValue(string(own.KeyPEM))
	_, err = new(jeton.Engine).Exchange(context.Background(), mixed, nil)
	if jeton.CategoryOf(err) != jeton.KeyUnusable {
		t.Errorf("a key of another certificate gives %v %v", err, findings(err))
	}
}
