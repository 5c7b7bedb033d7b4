package oauthtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// CertificateFault is a way for a server certificate to be wrong.
type CertificateFault string

// The faults of a server certificate.
const (
	CertificateExpired    CertificateFault = "expired"
	CertificateWrongName  CertificateFault = "wrong-name"
	CertificateSelfSigned CertificateFault = "self-signed"
)

// Certificate is a certificate with its private key, in the forms that clients want.
type Certificate struct {
	TLS            tls.Certificate
	Leaf           *x509.Certificate
	CertificatePEM []byte
	KeyPEM         []byte // PKCS#8
}

// CertificateRequest says what certificate to issue.
type CertificateRequest struct {
	CommonName string
	Subject    pkix.Name // beside CommonName

	// NotBefore and NotAfter bound its validity. Zero means the years 2000 and
	// 2099, so that an injected clock may stand anywhere.
	NotBefore, NotAfter time.Time

	SelfSigned bool // not issued by the authority of the server
}

// IssueClientCertificate makes a client certificate for tls_client_auth, issued
// by the authority of the server, with the subject "CN=" + commonName.
func (s *Server) IssueClientCertificate(commonName string) Certificate {
	return s.IssueCertificate(CertificateRequest{CommonName: commonName})
}

// SelfSignedCertificate makes a client certificate for self_signed_tls_client_auth.
func (s *Server) SelfSignedCertificate(commonName string) Certificate {
	return s.IssueCertificate(CertificateRequest{CommonName: commonName, SelfSigned: true})
}

// IssueCertificate makes a client certificate as asked.
func (s *Server) IssueCertificate(r CertificateRequest) Certificate {
	t := template(r.Subject, r.CommonName)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if !r.NotBefore.IsZero() {
		t.NotBefore = r.NotBefore
	}
	if !r.NotAfter.IsZero() {
		t.NotAfter = r.NotAfter
	}
	if r.SelfSigned {
		return issue(t, nil)
	}
	return issue(t, &s.authority)
}

// newAuthority makes the certificate authority of one server.
func newAuthority() Certificate {
	t := template(pkix.Name{}, "oauthtest authority")
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	return issue(t, nil)
}

// serverCertificate is good for 127.0.0.1, ::1, localhost and host, but for the fault.
func serverCertificate(authority *Certificate, host string, fault CertificateFault) (tls.Certificate, error) {
	t := template(pkix.Name{}, "oauthtest server")
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.DNSNames = []string{"localhost"}
	t.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if ip := net.ParseIP(host); ip != nil {
		t.IPAddresses = append(t.IPAddresses, ip)
	}
	switch fault {
	case "":
	case CertificateExpired:
		t.NotAfter = t.NotBefore.AddDate(1, 0, 0)
	case CertificateWrongName:
		t.DNSNames, t.IPAddresses = []string{"wrong-name.example"}, nil
	case CertificateSelfSigned:
		authority = nil
	default:
		return tls.Certificate{}, fmt.Errorf("unknown certificate fault %q", fault)
	}
	return issue(t, authority).TLS, nil
}

// template has a validity wide enough for any injected clock.
func template(subject pkix.Name, commonName string) *x509.Certificate {
	if commonName != "" {
		subject.CommonName = commonName
	}
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(randomBytes(16)),
		Subject:      subject,
		NotBefore:    time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC),
	}
}

// issue signs the template with the authority, or with its own key if there is
// none. It panics where only a broken random source or template can make it fail.
func issue(t *x509.Certificate, authority *Certificate) Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("oauthtest: generate key: " + err.Error())
	}
	parent, signer := t, any(key)
	if authority != nil {
		parent, signer = authority.Leaf, authority.TLS.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, signer)
	if err != nil {
		panic("oauthtest: create certificate: " + err.Error())
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic("oauthtest: parse certificate: " + err.Error())
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic("oauthtest: encode key: " + err.Error())
	}
	return Certificate{
		TLS:            tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		Leaf:           leaf,
		CertificatePEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		KeyPEM:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	return b
}
