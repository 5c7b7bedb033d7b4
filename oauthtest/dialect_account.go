package oauthtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"net/url"
	"os"
	"slices"
	"sync"
)

// Account is what the administrator of a simulated vendor has made for its
// client, and hands to whoever is to connect: identifiers, and files with secrets.
type Account struct {
	// ClientID of the client; empty where the vendor has no such thing.
	ClientID string
	// Secret of the client; empty if there is none. It is in Files too.
	Secret string
	// Issuer and Subject of assertions; empty where they are the client.
	Issuer, Subject string
	// RefreshToken to start from, where only a person's login gives the first one.
	RefreshToken string
	// Files by name: secret.txt, rsa.pem and ec.pem (a private key with its
	// certificate), and what else the vendor hands out.
	Files map[string][]byte
	// Document is a connection document of Jeton that names these files.
	Document string

	values map[string]string // for $NAME in the document
}

// Account returns what is registered at the simulated vendor. It is empty
// without Config.Vendor. Further clients are registered as at every server.
func (s *Server) Account() Account { return s.account }

// accountKeys are the keys that are handed out. They are made once for all
// servers of a program, because an RSA key takes its time.
type accountKeys struct {
	rsa  *rsa.PrivateKey
	ec   *ecdsa.PrivateKey
	p384 *ecdsa.PrivateKey
	rsaC *x509.Certificate
	ecC  *x509.Certificate
}

var handedOut = sync.OnceValue(func() (k accountKeys) {
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic("oauthtest: generate key: " + err.Error())
	}
	if k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic("oauthtest: generate key: " + err.Error())
	}
	if k.p384, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
		panic("oauthtest: generate key: " + err.Error())
	}
	k.rsaC, k.ecC = selfSigned(k.rsa), selfSigned(k.ec)
	return k
})

func selfSigned(key crypto.Signer) *x509.Certificate {
	t := template(pkix.Name{}, "client of the simulator")
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		panic("oauthtest: create certificate: " + err.Error())
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic("oauthtest: parse certificate: " + err.Error())
	}
	return c
}

// keyFile is a private key, with its certificate if there is one.
func keyFile(key crypto.PrivateKey, certificate *x509.Certificate) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic("oauthtest: encode key: " + err.Error())
	}
	file := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if certificate != nil {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return file
}

func newAccount(s *Server) Account {
	k := handedOut()
	secret := newValue("secret-")
	a := Account{
		Secret: secret,
		Files: map[string][]byte{
			"secret.txt": []byte(secret),
			"rsa.pem":    keyFile(k.rsa, k.rsaC),
			"ec.pem":     keyFile(k.ec, k.ecC),
			"ec384.pem":  keyFile(k.p384, nil),
		},
		values: map[string]string{},
	}
	if s.cfg.TLS {
		a.Files["ca.pem"] = s.CA()
	}
	return a
}

// keep leaves the files out that the client of the vendor does not need.
func (a *Account) keep(names ...string) {
	maps.DeleteFunc(a.Files, func(name string, _ []byte) bool { return name != "ca.pem" && !slices.Contains(names, name) })
	if _, ok := a.Files["secret.txt"]; !ok {
		a.Secret = ""
	}
}

// document fills $NAME in the document of a dialect.
func (s *Server) document(text string) string {
	host := ""
	if u, err := url.Parse(s.URL); err == nil {
		host = u.Host
	}
	values := map[string]string{
		"URL": s.URL, "HOST": host, "TOKEN_URL": s.TokenURL(), "MTLS_TOKEN_URL": s.MTLSTokenURL(), "API_URL": s.ResourceURL(),
		"CLIENT_ID": s.account.ClientID, "ISSUER": s.account.Issuer, "SUBJECT": s.account.Subject, "TENANT": s.dialect.values["tenant"],
	}
	return os.Expand(text, func(name string) string {
		if v, ok := s.account.values[name]; ok {
			return v
		}
		return values[name]
	})
}

// fingerprintOf is the base64 of the SHA-256 of a public key (Snowflake).
func fingerprintOf(public crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		panic("oauthtest: encode key: " + err.Error())
	}
	sum := sha256.Sum256(der)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// secretClient registers a client that has a secret and nothing else.
func secretClient(c Client) func(*Server, *Account) {
	return func(s *Server, a *Account) {
		a.ClientID = c.ID
		a.keep("secret.txt")
		own := c
		own.Secret = a.Secret
		s.AddClient(own)
	}
}
