package key

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // the other hashes of RFC 7518
	"encoding/base64"
	"encoding/json"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

type family int

const (
	familyRSA family = iota + 1
	familyPSS
	familyEC
	familyEd25519
	familyHMAC
)

// algorithm is one row of RFC 7518 3.1.
type algorithm struct {
	family family
	hash   crypto.Hash
	size   int    // of R and of S in bytes (RFC 7518 3.4), EC only
	needs  string // the key in words
}

// algorithmTable is never written.
var algorithmTable = map[string]algorithm{
	"RS256": {familyRSA, crypto.SHA256, 0, "an RSA key"},
	"RS384": {familyRSA, crypto.SHA384, 0, "an RSA key"},
	"RS512": {familyRSA, crypto.SHA512, 0, "an RSA key"},
	"PS256": {familyPSS, crypto.SHA256, 0, "an RSA key"},
	"PS384": {familyPSS, crypto.SHA384, 0, "an RSA key"},
	"PS512": {familyPSS, crypto.SHA512, 0, "an RSA key of at least 1042 bits"},
	"ES256": {familyEC, crypto.SHA256, 32, "an EC P-256 key"},
	"ES384": {familyEC, crypto.SHA384, 48, "an EC P-384 key"},
	"ES512": {familyEC, crypto.SHA512, 66, "an EC P-521 key"},
	"EdDSA": {familyEd25519, 0, 0, "an Ed25519 key"},
	"HS256": {familyHMAC, crypto.SHA256, 0, "an HMAC secret"},
	"HS384": {familyHMAC, crypto.SHA384, 0, "an HMAC secret"},
	"HS512": {familyHMAC, crypto.SHA512, 0, "an HMAC secret"},
}

// fits reports whether the kind of k, restrictions aside, is the one that a needs.
func (a algorithm) fits(k *Key) bool {
	if k.private.secret != nil {
		return a.family == familyHMAC
	}
	return a.fitsPublic(k.Public())
}

func (a algorithm) fitsPublic(pub crypto.PublicKey) bool {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return a.family == familyRSA || a.family == familyPSS
	case *ecdsa.PublicKey:
		return a.family == familyEC && (pub.Curve.Params().BitSize+7)/8 == a.size
	case ed25519.PublicKey:
		return a.family == familyEd25519
	}
	return false
}

// roomIn reports whether the modulus holds hash, salt and 2 octets (RFC 8017
// 9.1.1): PS512 does not fit 1024 bits.
func (a algorithm) roomIn(pub crypto.PublicKey) bool {
	r, ok := pub.(*rsa.PublicKey)
	return !ok || a.family != familyPSS || (r.N.BitLen()+6)/8 >= 2*a.hash.Size()+2
}

// signatureSize is the length of a signature, in octets.
func (a algorithm) signatureSize(k *Key) int {
	switch a.family {
	case familyEC:
		return 2 * a.size
	case familyEd25519:
		return ed25519.SignatureSize
	case familyHMAC:
		return a.hash.Size()
	}
	if r, ok := k.Public().(*rsa.PublicKey); ok {
		return r.Size()
	}
	return 0
}

// Sign returns the compact JWS (RFC 7515 7.1) of payload. header holds the
// members beside "alg", which is set from alg; they are written in alphabetical
// order. A header "alg" that differs, and the members jku, x5u, jwk, crit and
// b64, are refused: they would let a document choose whom the receiver trusts.
// The error is a *Error: Algorithm or Strength as from Check.
//
// The serialisation is written here and not taken from go-jose, because a
// go-jose signer is built per header set and costs more than the 5 us that
// ES256 and EdDSA may take beside the raw operation (BenchmarkSign), and its
// cryptosigner makes PS* salts of the maximal length, where RFC 7518 3.5 wants
// the length of the hash.
func (k *Key) Sign(alg string, header map[string]any, payload []byte) (string, error) {
	if err := k.Check(alg); err != nil {
		return "", err
	}
	head, err := encodeHeader(alg, header)
	if err != nil {
		return "", err
	}
	return k.compact(alg, head, payload)
}

// compact writes the JWS of an encoded header and a payload.
func (k *Key) compact(alg string, head, payload []byte) (string, error) {
	b64 := base64.RawURLEncoding
	a := algorithmTable[alg]
	out := make([]byte, 0, b64.EncodedLen(len(head))+b64.EncodedLen(len(payload))+b64.EncodedLen(a.signatureSize(k))+2)
	out = b64.AppendEncode(out, head)
	out = append(out, '.')
	out = b64.AppendEncode(out, payload)
	sig, err := k.private.sign(a, out)
	if err != nil {
		return "", err
	}
	out = append(out, '.')
	out = b64.AppendEncode(out, sig)
	return string(out), nil
}

// encodeHeader writes the members in alphabetical order. It appends by hand,
// because encoding/json takes longer over a map of four than ES256 has to spare.
func encodeHeader(alg string, header map[string]any) ([]byte, error) {
	names := make([]string, 0, len(header)+1)
	for name, v := range header {
		switch name {
		case "jku", "x5u", "jwk", "crit", "b64":
			return nil, fail(Algorithm, "remove it", "the header member %q is not allowed", name)
		case "alg":
			if v != alg {
				return nil, fail(Algorithm, "set the algorithm beside the key", "the header member \"alg\" differs from the algorithm %s", alg)
			}
			continue
		}
		names = append(names, name)
	}
	names = append(names, "alg")
	slices.Sort(names)
	out := append(make([]byte, 0, 192), '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, name), ':')
		if name == "alg" {
			out = appendString(out, alg)
			continue
		}
		var err error
		if out, err = appendValue(out, header[name]); err != nil {
			return nil, &Error{Culprit: Algorithm, Problem: "the header member " + quote(name) + " is not JSON", Fix: "give it a value that JSON has", err: err}
		}
	}
	return append(out, '}'), nil
}

func appendValue(out []byte, v any) ([]byte, error) {
	if s, ok := v.(string); ok {
		return appendString(out, s), nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return append(out, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...), nil
}

// appendString writes plain ASCII itself and leaves every other string to encoding/json.
func appendString(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			var buf bytes.Buffer
			enc := json.NewEncoder(&buf)
			enc.SetEscapeHTML(false)
			_ = enc.Encode(s) // a string is always JSON
			return append(out, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
		}
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}

// sign makes the JWS signature of input, by RFC 7518 3.2 to 3.5 and RFC 8037 3.1.
func (p *private) sign(a algorithm, input []byte) ([]byte, error) {
	switch a.family {
	case familyHMAC:
		m := hmac.New(a.hash.New, p.secret)
		m.Write(input)
		return m.Sum(nil), nil
	case familyEd25519:
		return signed(p.signer.Sign(rand.Reader, input, crypto.Hash(0)))
	}
	digest := a.digest(input)
	switch a.family {
	case familyPSS:
		return signed(p.signer.Sign(rand.Reader, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}))
	case familyEC:
		der, err := signed(p.signer.Sign(rand.Reader, digest, a.hash))
		if err != nil {
			return nil, err
		}
		return rawECDSA(der, a.size)
	}
	return signed(p.signer.Sign(rand.Reader, digest, a.hash))
}

func (a algorithm) digest(input []byte) []byte {
	if a.hash == crypto.SHA256 {
		sum := sha256.Sum256(input)
		return sum[:]
	}
	h := a.hash.New()
	h.Write(input)
	return h.Sum(nil)
}

func signed(sig []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, &Error{Culprit: Unsupported, Problem: "the key could not sign", Fix: "check the key, or the device that holds it", err: err}
	}
	return sig, nil
}

// rawECDSA turns the DER of crypto.Signer into R || S, each of size bytes (RFC 7518 3.4).
func rawECDSA(der []byte, size int) ([]byte, error) {
	s := cryptobyte.String(der)
	var seq cryptobyte.String
	raw := make([]byte, 2*size)
	ok := s.ReadASN1(&seq, asn1.SEQUENCE) && s.Empty()
	for i := range 2 {
		var n cryptobyte.String
		ok = ok && seq.ReadASN1(&n, asn1.INTEGER) && len(n) > 0
		if !ok {
			break
		}
		for len(n) > 0 && n[0] == 0 {
			n = n[1:]
		}
		if ok = len(n) <= size; ok {
			copy(raw[(i+1)*size-len(n):], n)
		}
	}
	if !ok || !seq.Empty() {
		return nil, fail(Unsupported, "check the program or device that signs", "the signer returned no ECDSA signature")
	}
	return raw, nil
}
