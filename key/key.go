// Package key reads a private key from whatever file an administrator was
// given, and signs JSON Web Tokens with it. The format is recognised by
// content, never by a file name.
//
//	k, err := key.Parse(data, key.Options{Password: secret.New("changeit"), Alias: "signer"})
//	headers, err := k.CertificateHeaders([]string{"x5t#S256"})
//	jwt, err := k.Sign("PS256", headers, claims) // err is always a *key.Error
//
// A key file comes from outside, so its size, its counts and the work that it
// asks for are bounded: at most a second of CPU and 64 MiB.
package key

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton/secret"
)

// Options say how to open a key file. The zero Options open a file that is not
// encrypted and holds one key.
type Options struct {
	Password     secret.Value // of the store or file; also tried for the key entry when KeyPassword is empty
	KeyPassword  secret.Value // of the key entry inside a JKS, JCEKS or PKCS#12 store, where it differs
	Alias        string       // which entry: PKCS#12 friendlyName, JKS alias (case-insensitive), JWK kid; "" = the only key
	Encoding     string       // "text", "base64" or "hex": the bytes are an HMAC secret; "" = recognise the format
	HMAC         bool         // the algorithm is HS*: bytes that are no known format are a text secret
	AllowWeakKey bool         // take RSA 1024..2047 bits and HMAC from 16 bytes, with a Note
	AllowNoMAC   bool         // take a PKCS#12 file without integrity protection
}

// Key is a private key or an HMAC secret that can sign. It is safe for
// concurrent use and prints no private material. Make one with Parse,
// FromSigner or FromHMAC.
type Key struct {
	// Format is a stable id of what the file was: pkcs1, pkcs8,
	// pkcs8-encrypted, sec1, pem-encrypted-legacy, openssh, pkcs12, jks,
	// jceks, jwk, google-service-account, box-app-settings,
	// xsuaa-service-key, hmac, signer.
	Format       string
	Alias        string              // the entry's name in its store, or ""
	ID           string              // the kid that the file itself gives: JWK kid, private_key_id, publicKeyID
	Certificates []*x509.Certificate // leaf first, may be empty
	Notes        []string            // what was repaired, or is legacy
	Account      *Account            // what a vendor's JSON file says beside the key, or nil

	// A pointer, so that fmt reaches an address and never a key, also where a
	// Key is an unexported field of something that is printed with %+v.
	private *private
}

// private keeps material one pointer further away: fmt follows a first pointer
// where a verb does not fit its operand (%s of a pointer), never a second.
type private struct{ *material }

// material is what a Key can sign with: exactly one of signer and secret.
type material struct {
	signer  crypto.Signer
	secret  []byte
	weak    bool     // Options.AllowWeakKey
	only    []string // the algorithms a JWK "alg" or an RSASSA-PSS key is restricted to; nil = all
	headers headerCache
}

// Account is what a vendor's JSON file says beside the key. Fields that a
// vendor does not have are empty.
type Account struct {
	Vendor       string       `json:"vendor"`                  // "google", "box", "sap"
	ClientEmail  string       `json:"client_email,omitempty"`  // Google
	ClientID     string       `json:"client_id,omitempty"`     // Google client_id, Box clientID, XSUAA clientid
	ClientSecret secret.Value `json:"client_secret,omitzero"`  // Box
	TokenURI     string       `json:"token_uri,omitempty"`     // Google token_uri
	ProjectID    string       `json:"project_id,omitempty"`    // Google
	Universe     string       `json:"universe,omitempty"`      // Google universe_domain
	Enterprise   string       `json:"enterprise,omitempty"`    // Box enterpriseID
	CertURL      string       `json:"cert_url,omitempty"`      // XSUAA: the host that wants the client certificate
	URL          string       `json:"url,omitempty"`           // XSUAA: the host without client certificates
	IdentityZone string       `json:"identity_zone,omitempty"` // XSUAA identityzone
}

// allAlgorithms are the names of RFC 7518 3.1 and RFC 8037 3.1, preferred first.
func allAlgorithms() []string {
	return []string{"RS256", "PS256", "RS384", "PS384", "RS512", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"}
}

// Algorithms returns the JWS algorithms that the key can sign with, preferred first.
func (k *Key) Algorithms() []string {
	var algs []string
	for _, alg := range allAlgorithms() {
		if k.can(alg) {
			algs = append(algs, alg)
		}
	}
	return algs
}

// can is the test of Check without its words.
func (k *Key) can(alg string) bool {
	a, ok := algorithmTable[alg]
	if !ok || k == nil || k.private == nil || !a.fits(k) {
		return false
	}
	if k.private.only != nil && !slices.Contains(k.private.only, alg) {
		return false
	}
	if a.family == familyHMAC {
		return len(k.private.secret) >= a.hash.Size() || k.private.weak
	}
	return a.family != familyPSS || a.roomIn(k.Public()) // Public copies an Ed25519 key
}

// publicAlgorithms is what the owner of pub could sign with.
func publicAlgorithms(pub crypto.PublicKey) []string {
	var algs []string
	for _, alg := range allAlgorithms() {
		if a := algorithmTable[alg]; a.fitsPublic(pub) && a.roomIn(pub) {
			algs = append(algs, alg)
		}
	}
	return algs
}

// DefaultAlgorithm is the first of Algorithms: RS256 for RSA, the ES* of the
// curve, EdDSA, HS256.
func (k *Key) DefaultAlgorithm() string {
	if algs := k.Algorithms(); len(algs) > 0 {
		return algs[0]
	}
	return ""
}

// Public returns the public key, nil for an HMAC secret.
func (k *Key) Public() crypto.PublicKey {
	if k == nil || k.private == nil || k.private.signer == nil {
		return nil
	}
	return k.private.signer.Public()
}

// Signer returns the private key for crypto/tls, nil for an HMAC secret.
func (k *Key) Signer() crypto.Signer {
	if k == nil || k.private == nil {
		return nil
	}
	return k.private.signer
}

// Check says whether the key can sign with alg. The error is a *Error with
// Culprit Algorithm (or Strength, for a short HMAC secret) that names the kind
// of key there is and the kind that alg needs.
func (k *Key) Check(alg string) error {
	a, ok := algorithmTable[alg]
	if !ok {
		return fail(Algorithm, "use one of "+strings.Join(k.Algorithms(), ", "), "%q is no JWS signature algorithm that is supported", alg)
	}
	if k == nil || k.private == nil {
		return fail(Format, "give a private key or an HMAC secret", "there is no key")
	}
	if k.can(alg) {
		return nil
	}
	is := k.kind()
	if only := k.private.only; only != nil && !slices.Contains(only, alg) && a.fits(k) {
		return fail(Algorithm, "use "+strings.Join(only, " or ")+", or another key", "the key file restricts its key to %s, the algorithm is %s", strings.Join(only, ", "), alg)
	}
	if k.private.secret != nil && a.family == familyHMAC {
		return fail(Strength, "use a longer secret, or set allow_weak_key if the provider gives no longer one",
			"the HMAC secret has %d bytes, algorithm %s needs %d (RFC 7518 3.2)", len(k.private.secret), alg, a.hash.Size())
	}
	fix := "use another key"
	if d := k.DefaultAlgorithm(); d != "" {
		fix = "use algorithm " + d + " or another key"
	}
	return fail(Algorithm, fix, "key is %s, algorithm %s needs %s", is, alg, a.needs)
}

// kind is the key in words, with its article.
func (k *Key) kind() string {
	if k == nil || k.private == nil {
		return "no key"
	}
	if k.private.secret != nil {
		return "an HMAC secret"
	}
	family, bits := describePublic(k.Public())
	switch {
	case family == "RSA":
		return fmt.Sprintf("an RSA key of %d bits", bits)
	case family == "":
		return "a key of an unknown kind"
	}
	return "an " + family + " key"
}

// describePublic names the family ("RSA", "EC P-256", "Ed25519") and the size in bits.
func describePublic(pub crypto.PublicKey) (family string, bits int) {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return "RSA", pub.N.BitLen()
	case *ecdsa.PublicKey:
		return "EC " + pub.Curve.Params().Name, pub.Curve.Params().BitSize
	case ed25519.PublicKey:
		return "Ed25519", 256
	}
	return "", 0
}

// String says what kind of key it is; it is what every fmt verb prints.
func (k Key) String() string {
	s := "key.Key(" + k.kind()
	if k.Format != "" {
		s += ", " + k.Format
	}
	if k.Alias != "" {
		s += fmt.Sprintf(", alias %q", k.Alias)
	}
	return s + ")"
}

// GoString is String, for %#v.
func (k Key) GoString() string { return k.String() }

// FromSigner makes a Key of a signer that lives elsewhere (a KMS, an HSM) and
// the certificates that belong to it, in any order; chain may be nil.
func FromSigner(s crypto.Signer, chain []*x509.Certificate) (*Key, error) {
	if s == nil || s.Public() == nil {
		return nil, fail(Format, "give a private key or an HMAC secret", "there is no key")
	}
	if _, err := checkPublic(s.Public(), false); err != nil {
		return nil, err
	}
	k := &Key{Format: "signer", private: &private{&material{signer: s}}}
	if len(chain) > 0 {
		sorted, err := chainFor(s.Public(), chain)
		if err != nil {
			return nil, err
		}
		k.Certificates = sorted
	}
	return k, nil
}
