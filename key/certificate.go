package key

import (
	"bytes"
	"crypto"
	"crypto/sha1" // #nosec G505: x5t is defined as SHA-1 (RFC 7515 4.1.7); it names a certificate and protects nothing
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
)

// maxChain bounds the certificates that are sent beside one key.
const maxChain = 16

// maxCertificates bounds a bundle of trusted certificates.
const maxCertificates = 256

// headerCache keeps what the certificate headers were for the leaf that they
// were made of: a chain is encoded once, not once per token.
type headerCache struct {
	mu   sync.Mutex
	leaf *x509.Certificate
	n    int
	made map[string]any
}

// CertificateHeaders returns the named JWS header members: "x5t" and
// "x5t#S256" are the base64url of the SHA-1 and SHA-256 digest of the leaf's
// DER, "x5c" is the chain in standard base64, leaf first (RFC 7515 4.1.6 to
// 4.1.8). The values are shared between calls and must not be changed. Without
// a certificate, or with an unknown name, the error is a *Error with Culprit Certificate.
func (k *Key) CertificateHeaders(names []string) (map[string]any, error) {
	out := make(map[string]any, len(names))
	if len(names) == 0 {
		return out, nil
	}
	if len(k.Certificates) == 0 || k.private == nil {
		return nil, fail(Certificate, "add the certificate to the key file, or remove the header", "the header %q needs a certificate and the key has none", names[0])
	}
	all := k.private.headers.get(k.Certificates)
	for _, name := range names {
		v, ok := all[name]
		if !ok {
			return nil, fail(Certificate, "use x5t, x5t#S256 or x5c", "%s is no certificate header", quote(name))
		}
		out[name] = v
	}
	return out, nil
}

func (c *headerCache) get(chain []*x509.Certificate) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil || c.leaf != chain[0] || c.n != len(chain) {
		c.leaf, c.n, c.made = chain[0], len(chain), certificateHeaders(chain)
	}
	return c.made
}

func certificateHeaders(chain []*x509.Certificate) map[string]any {
	short := sha1.Sum(chain[0].Raw) // #nosec G401: see the import
	long := sha256.Sum256(chain[0].Raw)
	x5c := make([]string, len(chain))
	for i, c := range chain {
		x5c[i] = base64.StdEncoding.EncodeToString(c.Raw)
	}
	return map[string]any{
		"x5t":      base64.RawURLEncoding.EncodeToString(short[:]),
		"x5t#S256": base64.RawURLEncoding.EncodeToString(long[:]),
		"x5c":      x5c,
	}
}

// Matches reports whether cert certifies this key.
func (k *Key) Matches(cert *x509.Certificate) bool {
	return cert != nil && k.Public() != nil && samePublic(k.Public(), cert.PublicKey)
}

func samePublic(a, b crypto.PublicKey) bool {
	eq, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && b != nil && eq.Equal(b)
}

// TLSCertificate pairs the key with its certificate for mutual TLS (RFC 8705).
// chain may be in any order; nil means the certificates of the key file. A
// chain without a certificate of this key is a *Error with Culprit Certificate.
func (k *Key) TLSCertificate(chain []*x509.Certificate) (*tls.Certificate, error) {
	if k.Signer() == nil {
		return nil, fail(Format, "use a private key", "TLS needs a private key, this is %s", k.kind())
	}
	if len(chain) == 0 {
		chain = k.Certificates
	}
	if len(chain) == 0 {
		return nil, fail(Certificate, "give the certificate that was issued for this key", "TLS needs a certificate and the key has none")
	}
	sorted, err := chainFor(k.Public(), chain)
	if err != nil {
		return nil, err
	}
	out := &tls.Certificate{PrivateKey: k.Signer(), Leaf: sorted[0]}
	for _, c := range sorted {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return out, nil
}

// chainFor finds the certificate of pub and, from it, the issuers that there
// are. Certificates that lead nowhere are left out: a receiver may refuse them.
func chainFor(pub crypto.PublicKey, certs []*x509.Certificate) ([]*x509.Certificate, error) {
	var leaf *x509.Certificate
	for _, c := range certs {
		// Of several certificates for one key the one that runs longest is the renewed one.
		if samePublic(pub, c.PublicKey) && (leaf == nil || c.NotAfter.After(leaf.NotAfter)) {
			leaf = c
		}
	}
	if leaf == nil {
		family, _ := describePublic(pub)
		return nil, fail(Certificate, "give the certificate that was issued for this key",
			"the certificate %s (%s) belongs to another key than this %s key", quote(subject(certs[0])), certs[0].PublicKeyAlgorithm, family)
	}
	chain := follow(leaf, certs)
	if len(chain) > maxChain {
		return nil, fail(Limit, "keep the certificates between the key's own and its root", "the certificate chain is longer than %d", maxChain)
	}
	return chain, nil
}

// follow walks from leaf to its issuers by name and key identifier. It verifies
// no signature: that is the receiver's work, and costs what a stranger chose.
func follow(leaf *x509.Certificate, certs []*x509.Certificate) []*x509.Certificate {
	chain := []*x509.Certificate{leaf}
	for at := leaf; ; {
		if selfSigned(at) {
			return chain
		}
		i := slices.IndexFunc(certs, func(c *x509.Certificate) bool { return issued(c, at) && !contains(chain, c) })
		if i < 0 {
			return chain
		}
		at = certs[i]
		chain = append(chain, at)
	}
}

// selfSigned ends a chain. A self-issued certificate whose key identifiers
// differ is the link between an old and a new root, and leads on.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && (len(c.AuthorityKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, c.SubjectKeyId))
}

func issued(issuer, c *x509.Certificate) bool {
	if !bytes.Equal(issuer.RawSubject, c.RawIssuer) || issuer.Equal(c) || selfSigned(c) {
		return false
	}
	return len(c.AuthorityKeyId) == 0 || len(issuer.SubjectKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, issuer.SubjectKeyId)
}

func contains(certs []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(certs, c.Equal)
}

// sortCertificates puts a single chain in order, leaf first. A bundle of
// several trusted certificates keeps the order of its file.
func sortCertificates(certs []*x509.Certificate) []*x509.Certificate {
	var leaf *x509.Certificate
	for _, c := range certs {
		if slices.ContainsFunc(certs, func(o *x509.Certificate) bool { return issued(c, o) }) {
			continue
		}
		if leaf != nil {
			return certs
		}
		leaf = c
	}
	if leaf == nil {
		return certs
	}
	chain := follow(leaf, certs)
	if len(chain) < len(certs) {
		return certs
	}
	return chain
}

// subject is the certificate's name, shortened: a message is no place for a page.
func subject(c *x509.Certificate) string { return shorten(c.Subject.String()) }

func shorten(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "..."
	}
	return s
}

func parseCertificate(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, &Error{Culprit: Certificate, Problem: "the certificate cannot be read", Fix: "export it again", err: err}
	}
	return c, nil
}

// ParseCertificates reads certificates from PEM, DER, PKCS#7, PKCS#12, JKS,
// JCEKS or a vendor's JSON file. Of a store it takes the chain of the entry
// Options.Alias, or of its only key, else everything that there is. A chain
// comes leaf first; a bundle of unrelated certificates stays in its order. A
// file without certificates is a *Error with Culprit Format.
func ParseCertificates(data []byte, o Options) ([]*x509.Certificate, error) {
	p := &opener{o: o, certificates: true}
	f, err := p.open(data)
	if err != nil {
		return nil, err
	}
	certs, err := f.certificates(o.Alias)
	if err != nil {
		return nil, err
	}
	if len(certs) == 0 {
		e := fail(Format, "give a certificate in PEM or DER, or a PKCS#12 or JKS store", "this is %s without a certificate", f.found())
		e.Found = f.found()
		return nil, e
	}
	if len(certs) > maxCertificates {
		return nil, fail(Limit, "keep the certificates that are needed", "the file holds more than %d certificates", maxCertificates)
	}
	return sortCertificates(certs), nil
}

// certificate is short for what every list here holds.
type certificate = *x509.Certificate
