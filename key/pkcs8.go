package key

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

const (
	minRSA     = 2048
	weakestRSA = 1024
	maxRSA     = 8192
)

// newSigner checks the strength of s and makes it the private part of a Key.
func (p *opener) newSigner(s crypto.Signer, only []string) (*private, error) {
	notes, err := checkPublic(s.Public(), p.o.AllowWeakKey)
	if err != nil {
		return nil, err
	}
	p.note(notes...)
	return &private{&material{signer: s, weak: p.o.AllowWeakKey, only: only}}, nil
}

// checkPublic refuses keys that no receiver should accept.
func checkPublic(pub crypto.PublicKey, allowWeak bool) (notes []string, err error) {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return checkRSA(pub, allowWeak)
	case *ecdsa.PublicKey:
		switch pub.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return nil, nil
		}
		return nil, unsupported("use P-256, P-384 or P-521", "the curve %s is not supported", pub.Curve.Params().Name)
	case ed25519.PublicKey:
		return nil, nil
	}
	return nil, unsupported("use an RSA, EC or Ed25519 key", "the key type %T is not supported", pub)
}

func checkRSA(pub *rsa.PublicKey, allowWeak bool) (notes []string, err error) {
	bits := pub.N.BitLen()
	switch {
	case bits > maxRSA:
		return nil, fail(Limit, "use a key of 2048 to 8192 bits", "the RSA key has %d bits, %d is the most", bits, maxRSA)
	case bits < weakestRSA:
		return nil, fail(Strength, "make a new key of at least 2048 bits", "the RSA key has %d bits, %d is the least that is ever allowed", bits, weakestRSA)
	case bits < minRSA && !allowWeak:
		return nil, fail(Strength, "make a new key, or set allow_weak_key if the provider has no other", "the RSA key has %d bits, RFC 7518 3.3 needs %d", bits, minRSA)
	case pub.N.Bit(0) == 0:
		return nil, fail(Strength, "make a new key", "the RSA modulus is even")
	case pub.E < 3 || pub.E&1 == 0:
		return nil, fail(Strength, "make a new key", "the RSA exponent %d is not odd and at least 3", pub.E)
	case bits < minRSA:
		notes = append(notes, "the RSA key is shorter than RFC 7518 3.3 allows; taken because of allow_weak_key")
	}
	return notes, nil
}

// parsePKCS1 reads RSAPrivateKey (RFC 8017 A.1.2).
func (p *opener) parsePKCS1(der []byte, only []string) (*private, error) {
	s := cryptobyte.String(der)
	var seq cryptobyte.String
	var version int
	if !s.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1Integer(&version) {
		return nil, damaged("the RSA key is damaged")
	}
	if version != 0 {
		return nil, unsupported("make a key with two primes", "an RSA key with more than two primes is not supported")
	}
	var n [5]*big.Int // n, e, d, p, q; the CRT values are computed again
	for i := range n {
		raw := seq
		var body cryptobyte.String
		if raw.ReadASN1(&body, tag.INTEGER) && len(body) > maxRSA/8+1 {
			return nil, fail(Limit, "use a key of 2048 to 8192 bits", "the RSA key has more than %d bits", maxRSA)
		}
		v, ok := unsigned(&seq)
		if !ok {
			return nil, damaged("the RSA key is damaged")
		}
		n[i] = v
	}
	return p.newRSA(n[0], n[1], n[2], n[3], n[4], only)
}

// newRSA checks the numbers before it computes with them.
func (p *opener) newRSA(n, e, d, prime1, prime2 *big.Int, only []string) (*private, error) {
	if !e.IsInt64() || e.Int64() > 1<<31-1 {
		return nil, unsupported("make a key with the exponent 65537", "an RSA exponent above 31 bits is not supported")
	}
	k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())}, D: d, Primes: []*big.Int{prime1, prime2}}
	if _, err := checkRSA(&k.PublicKey, p.o.AllowWeakKey); err != nil {
		return nil, err
	}
	if prime1.Sign() == 0 || prime2.Sign() == 0 || d.Sign() == 0 || d.Cmp(n) >= 0 {
		return nil, damaged("the numbers of the RSA key do not belong together")
	}
	k.Precompute()
	if err := k.Validate(); err != nil {
		return nil, &Error{Culprit: Damaged, Problem: "the numbers of the RSA key do not belong together", Fix: "export or copy the file again", err: err}
	}
	return p.newSigner(k, only)
}

// parseSEC1 reads ECPrivateKey (RFC 5915 3). curve is the one that PKCS#8
// names outside, nil if the key itself must say.
func (p *opener) parseSEC1(der []byte, curve elliptic.Curve) (*private, error) {
	s := cryptobyte.String(der)
	var seq, d, params, pub cryptobyte.String
	var version int
	var hasParams, hasPub bool
	ok := s.ReadASN1(&seq, tag.SEQUENCE) && seq.ReadASN1Integer(&version) && version == 1 &&
		seq.ReadASN1(&d, tag.OCTET_STRING) &&
		seq.ReadOptionalASN1(&params, &hasParams, tag.Tag(0).ContextSpecific().Constructed()) &&
		seq.ReadOptionalASN1(&pub, &hasPub, tag.Tag(1).ContextSpecific().Constructed())
	if !ok {
		return nil, damaged("the EC key is damaged")
	}
	if hasParams && curve == nil {
		var err error
		if curve, err = parseCurve(params); err != nil {
			return nil, err
		}
	}
	if curve == nil {
		return nil, damaged("the EC key does not say its curve")
	}
	var point asn1.BitString
	if hasPub && !pub.ReadASN1BitString(&point) {
		return nil, damaged("the EC key is damaged")
	}
	return p.newEC(curve, d, point.RightAlign())
}

// newEC makes an EC key of its scalar. point is the public key in the file, or nil.
func (p *opener) newEC(curve elliptic.Curve, d, point []byte) (*private, error) {
	size := (curve.Params().BitSize + 7) / 8
	for len(d) > size && d[0] == 0 {
		d = d[1:]
	}
	if len(d) > size {
		return nil, damaged("the EC key is longer than its curve")
	}
	fixed := make([]byte, size) // some writers drop leading zeros
	copy(fixed[size-len(d):], d)
	k, err := ecdsa.ParseRawPrivateKey(curve, fixed)
	if err != nil {
		return nil, &Error{Culprit: Damaged, Problem: "the EC key is damaged", Fix: "export or copy the file again", err: err}
	}
	if len(point) > 0 && point[0] == 4 {
		if pub, err := ecdsa.ParseUncompressedPublicKey(curve, point); err != nil || !k.PublicKey.Equal(pub) {
			return nil, damaged("the private and the public part of the EC key do not belong together")
		}
	}
	return p.newSigner(k, nil)
}

// parseCurve reads ECParameters, of which only a named curve is taken (RFC 5480 2.1.1).
func parseCurve(params cryptobyte.String) (elliptic.Curve, error) {
	var oid asn1.ObjectIdentifier
	if !params.ReadASN1ObjectIdentifier(&oid) {
		return nil, unsupported("make the key on a named curve", "an EC key with explicit curve parameters is not supported")
	}
	switch oid.String() {
	case "1.2.840.10045.3.1.7":
		return elliptic.P256(), nil
	case "1.3.132.0.34":
		return elliptic.P384(), nil
	case "1.3.132.0.35":
		return elliptic.P521(), nil
	}
	name := oidName(oid.String())
	return nil, unsupported("use P-256, P-384 or P-521", "the curve %s is not supported", name)
}

// parsePKCS8 reads PrivateKeyInfo and OneAsymmetricKey (RFC 5958 2).
func (p *opener) parsePKCS8(der []byte) (*private, error) {
	s := cryptobyte.String(der)
	var seq, body cryptobyte.String
	var version int
	ok := s.ReadASN1(&seq, tag.SEQUENCE) && seq.ReadASN1Integer(&version)
	var oid string
	var params cryptobyte.String
	if ok {
		oid, params, ok = algorithmIdentifier(&seq)
	}
	if !ok || !seq.ReadASN1(&body, tag.OCTET_STRING) {
		return nil, damaged("the PKCS#8 key is damaged")
	}
	switch oid {
	case oidRSA:
		return p.parsePKCS1(body, nil)
	case oidPSS:
		only, err := pssAlgorithms(params)
		if err != nil {
			return nil, err
		}
		return p.parsePKCS1(body, only)
	case oidEC:
		curve, err := parseCurve(params)
		if err != nil {
			return nil, err
		}
		return p.parseSEC1(body, curve)
	case oidEd25519:
		var seed cryptobyte.String
		if !body.ReadASN1(&seed, tag.OCTET_STRING) || len(seed) != ed25519.SeedSize {
			return nil, damaged("the Ed25519 key is damaged")
		}
		return p.newSigner(ed25519.NewKeyFromSeed(seed), nil)
	}
	return nil, unsupported("use an RSA, EC (P-256, P-384, P-521) or Ed25519 key", "%s is not supported for signing", keyKind(oid))
}

// pssAlgorithms maps the hash that an id-RSASSA-PSS key is restricted to (RFC 4055 3.1).
func pssAlgorithms(params cryptobyte.String) ([]string, error) {
	if params.Empty() {
		return []string{"PS256", "PS384", "PS512"}, nil
	}
	var seq, field cryptobyte.String
	var has bool
	if !params.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadOptionalASN1(&field, &has, tag.Tag(0).ContextSpecific().Constructed()) {
		return nil, damaged("the parameters of the RSA-PSS key are damaged")
	}
	oid := "1.3.14.3.2.26" // SHA-1 is the default
	if has {
		oid, _, _ = algorithmIdentifier(&field)
	}
	switch oid {
	case "2.16.840.1.101.3.4.2.1":
		return []string{"PS256"}, nil
	case "2.16.840.1.101.3.4.2.2":
		return []string{"PS384"}, nil
	case "2.16.840.1.101.3.4.2.3":
		return []string{"PS512"}, nil
	}
	return nil, unsupported("make an RSA key without a restriction", "an RSA-PSS key restricted to the hash %s is not supported", oidName(oid))
}

// parseSPKI reads a public key, for Inspect and for the name of what it is.
func parseSPKI(der []byte, kind string) crypto.PublicKey {
	if kind == derRSAPublic {
		if pub, err := x509.ParsePKCS1PublicKey(der); err == nil {
			return pub
		}
		return nil
	}
	pub, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil
	}
	return pub
}
