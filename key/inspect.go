package key

import (
	"crypto/sha1" // #nosec G505: x5t names a certificate and protects nothing
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Report is what a file holds, without private material.
type Report struct {
	Format        string   `json:"format"`           // the stable id, as Key.Format; also pem, certificate, public-key, pkcs7
	Description   string   `json:"description"`      // the format in words
	NeedsPassword bool     `json:"needs_password"`   // something could not be looked into without a password
	Locked        string   `json:"locked,omitempty"` // what that is
	WrongPassword bool     `json:"wrong_password"`   // a password that was given does not open what it should
	Entries       []Entry  `json:"entries"`
	Account       *Account `json:"account,omitempty"`
	Notes         []string `json:"notes,omitempty"`
}

// Entry is one thing in a file.
type Entry struct {
	Alias        string            `json:"alias,omitempty"`
	Kind         string            `json:"kind"`                   // "private key", "HMAC secret", "certificate", "public key", "other"
	Type         string            `json:"type,omitempty"`         // "RSA", "EC P-256", "Ed25519", "HMAC"
	Bits         int               `json:"bits,omitempty"`         // RSA modulus, curve, HMAC secret
	Algorithms   []string          `json:"algorithms,omitempty"`   // usable JWS algorithms, preferred first
	ID           string            `json:"kid,omitempty"`          // the kid that the file gives
	Thumbprint   string            `json:"thumbprint,omitempty"`   // RFC 7638, base64url of SHA-256
	Certificates []CertificateInfo `json:"certificates,omitempty"` // leaf first
	Problem      string            `json:"problem,omitempty"`      // why the key cannot be used
	Culprit      Culprit           `json:"culprit,omitempty"`      // of Problem
}

// CertificateInfo is a certificate as the portals of vendors show it.
type CertificateInfo struct {
	Subject       string    `json:"subject"`
	Issuer        string    `json:"issuer"`
	Serial        string    `json:"serial"` // lower case hexadecimal, whole bytes
	NotBefore     time.Time `json:"not_before"`
	NotAfter      time.Time `json:"not_after"`
	X5T           string    `json:"x5t"`              // base64url of SHA-1 (RFC 7515 4.1.7)
	X5TS256       string    `json:"x5t_s256"`         // base64url of SHA-256 (RFC 7515 4.1.8)
	Fingerprint   string    `json:"sha1_fingerprint"` // the same SHA-1 in upper case hexadecimal
	FingerprintS2 string    `json:"sha256_fingerprint"`
}

// Inspect says everything that a file holds, or with Options.Alias what one of
// its entries is. It goes as far as it can without a password: the entries and
// certificates of a JKS store, the public half of an OpenSSH key. A key that
// cannot be used is an Entry with a Problem; a file that cannot be read at all,
// or has no entry of that name, is a *Error.
func Inspect(data []byte, o Options) (*Report, error) {
	p := &opener{o: o, inspect: true}
	f, err := p.open(data)
	if err != nil {
		return nil, err
	}
	entries, loose, err := p.chosen(f)
	if err != nil {
		return nil, err
	}
	r := &Report{Format: f.format, NeedsPassword: f.locked != "", Locked: f.locked, Account: f.account, Entries: []Entry{}}
	for i := range entries {
		used := p.report(r, &entries[i], f.certs)
		loose = slices.DeleteFunc(slices.Clone(loose), func(c *x509.Certificate) bool { return contains(used, c) })
	}
	for _, c := range loose {
		e := certificateEntry(c)
		p.report(r, &e, nil)
	}
	switch {
	case len(f.entries) == 1 && f.entries[0].format != "":
		r.Format = f.entries[0].format
	case len(f.entries) == 0 && len(f.certs) > 0:
		r.Format = "certificate"
	}
	r.Description = describeFormat(r.Format)
	r.Notes = slices.Concat(f.notes, p.notes)
	return r, nil
}

// chosen are the entries that Options.Alias names, or all of them and the
// certificates beside them.
func (p *opener) chosen(f *file) ([]entry, []*x509.Certificate, error) {
	alias := p.o.Alias
	if alias == "" {
		return f.entries, f.certs, nil
	}
	if !f.named {
		p.note("the file names no entries; the alias was not used")
		return f.entries, f.certs, nil
	}
	if e := f.find(alias); e != nil {
		return slices.DeleteFunc(slices.Clone(f.entries), func(o entry) bool { return o.alias != e.alias }), nil, nil
	}
	if f.format == "pkcs12" && f.locked != "" { // the entry may be in what was not looked into
		p.note("no entry " + quote(alias) + " is in what can be read without the password")
		return f.entries, f.certs, nil
	}
	return nil, nil, f.aliasError("there is no entry "+quote(alias), "use one of them as alias")
}

// report adds e to r, and returns the certificates beside the entries that are its own.
func (p *opener) report(r *Report, e *entry, loose []*x509.Certificate) (used []*x509.Certificate) {
	out, used, err := p.inspectEntry(e, loose)
	if err != nil && (err.Culprit == Password || err.Culprit == KeyPassword) {
		r.NeedsPassword = r.NeedsPassword || err.missing
		r.WrongPassword = r.WrongPassword || !err.missing
	}
	r.Entries = append(r.Entries, out)
	return used
}

// inspectEntry opens one entry as far as it can. loose are the certificates
// beside the entries; used are those that belong to this one. locked is why
// the key could not be opened.
func (p *opener) inspectEntry(e *entry, loose []*x509.Certificate) (out Entry, used []*x509.Certificate, locked *Error) {
	out = Entry{Alias: e.alias, Kind: e.kind, ID: e.id}
	pub, certs := e.public, e.certs
	if e.unlock != nil {
		pr, err := e.unlock()
		switch {
		case errors.As(err, &locked):
			out.Problem, out.Culprit = locked.Problem, locked.Culprit
		case err != nil:
			out.Problem = err.Error()
		case pr.secret != nil:
			k := &Key{private: pr}
			out.Type, out.Bits, out.Algorithms = "HMAC", 8*len(pr.secret), k.Algorithms()
		default:
			k := &Key{private: pr}
			pub, out.Algorithms = k.Public(), k.Algorithms()
		}
	}
	if pub != nil {
		out.Type, out.Bits = describePublic(pub)
		if out.Algorithms == nil && e.kind != kindCertificate {
			out.Algorithms = publicAlgorithms(pub)
		}
		out.Thumbprint, _ = thumbprint(pub) // "" for a kind without one
		if all := slices.Concat(certs, loose); e.kind == kindPrivate && len(all) > 0 {
			chain, err := chainFor(pub, all)
			var typed *Error
			if errors.As(err, &typed) && out.Problem == "" && len(e.certs) > 0 {
				out.Problem, out.Culprit = typed.Problem, typed.Culprit
			}
			if err == nil {
				certs, used = chain, chain
			}
		}
	}
	for _, c := range certs {
		out.Certificates = append(out.Certificates, certificateInfo(c))
	}
	return out, used, locked
}

func certificateInfo(c *x509.Certificate) CertificateInfo {
	short := sha1.Sum(c.Raw) // #nosec G401: see the import
	long := sha256.Sum256(c.Raw)
	return CertificateInfo{
		Subject: subject(c), Issuer: shorten(c.Issuer.String()), Serial: shorten(serial(c.SerialNumber)),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
		X5T:           base64.RawURLEncoding.EncodeToString(short[:]),
		X5TS256:       base64.RawURLEncoding.EncodeToString(long[:]),
		Fingerprint:   fmt.Sprintf("%X", short[:]),
		FingerprintS2: fmt.Sprintf("%X", long[:]),
	}
}

// serial keeps the leading zero of the first byte, as openssl and the portals of vendors do.
func serial(n *big.Int) string {
	digits := n.Text(16)
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	return digits
}

// describeFormat is the format in words.
func describeFormat(format string) string {
	if d, ok := formatWords[format]; ok {
		return d
	}
	return format
}

// formatWords is never written.
var formatWords = map[string]string{
	"pem":                    "PEM with several blocks",
	"pkcs1":                  "RSA private key, PKCS#1",
	"pkcs8":                  "private key, PKCS#8",
	"pkcs8-encrypted":        "encrypted private key, PKCS#8",
	"sec1":                   "EC private key, SEC 1",
	"pem-encrypted-legacy":   "private key under the legacy PEM encryption (Proc-Type: 4,ENCRYPTED)",
	"openssh":                "OpenSSH private key",
	"pkcs12":                 "PKCS#12 store (.p12, .pfx)",
	"jks":                    "Java keystore (JKS)",
	"jceks":                  "Java keystore (JCEKS)",
	"jwk":                    "JSON Web Key or JWK Set",
	"google-service-account": "Google service account key (JSON)",
	"box-app-settings":       "Box app settings (JSON)",
	"xsuaa-service-key":      "SAP XSUAA service key (JSON)",
	"hmac":                   "HMAC secret",
	"certificate":            "X.509 certificate",
	"public-key":             "public key",
	"pkcs7":                  "certificates in PKCS#7",
}
