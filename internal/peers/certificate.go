package peers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// Authority is a certificate authority made for one test.
type Authority struct {
	// PEM is its certificate, for [Config.ClientCA].
	PEM []byte

	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority makes a certificate authority.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	template := template(tb, pkix.Name{CommonName: "Jeton test CA"})
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	made := sign(tb, template, nil)
	return &Authority{
		PEM:         CertificatePEM(made),
		certificate: made.Leaf,
		key:         made.PrivateKey.(*ecdsa.PrivateKey),
	}
}

// Client makes a client certificate. The changes are applied to its template
// before it is signed: alternative names, another validity.
func (a *Authority) Client(tb testing.TB, subject pkix.Name, changes ...func(*x509.Certificate)) tls.Certificate {
	tb.Helper()
	return sign(tb, clientTemplate(tb, subject, changes), a)
}

// SelfSigned makes a client certificate that nobody vouches for.
func SelfSigned(tb testing.TB, subject pkix.Name, changes ...func(*x509.Certificate)) tls.Certificate {
	tb.Helper()
	return sign(tb, clientTemplate(tb, subject, changes), nil)
}

// CertificatePEM returns the first certificate of a chain as PEM.
func CertificatePEM(c tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}

// listener makes the certificate of a server on the loopback interface.
func (a *Authority) listener(tb testing.TB) (certificate, key string) {
	tb.Helper()
	template := template(tb, pkix.Name{CommonName: "localhost"})
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{"localhost"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	made := sign(tb, template, a)
	der, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		tb.Fatal(err)
	}
	return string(CertificatePEM(made)), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func clientTemplate(tb testing.TB, subject pkix.Name, changes []func(*x509.Certificate)) *x509.Certificate {
	tb.Helper()
	template := template(tb, subject)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	for _, change := range changes {
		change(template)
	}
	return template
}

func template(tb testing.TB, subject pkix.Name) *x509.Certificate {
	tb.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		tb.Fatal(err)
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

// sign makes a key and its certificate, self-signed if there is no authority.
func sign(tb testing.TB, template *x509.Certificate, by *Authority) tls.Certificate {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	issuer, signer := template, key
	if by != nil {
		issuer, signer = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	if err != nil {
		tb.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}
