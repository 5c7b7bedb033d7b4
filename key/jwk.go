package key

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
)

// jwkArray reads the keys of a JWK Set (RFC 7517 5).
func (p *opener) jwkArray(data []byte) (*file, error) {
	var raw []json.RawMessage
	if json.Unmarshal(data, &raw) != nil {
		if p.o.HMAC && !json.Valid(data) {
			return nil, nil
		}
		return nil, damaged("the file looks like a JWK Set and is not valid JSON")
	}
	return p.jwkFile(raw, nil)
}

// jwkFile reads JWKs. first is the object of a file that is one JWK.
func (p *opener) jwkFile(raw []json.RawMessage, first map[string]json.RawMessage) (*file, error) {
	if len(raw) == 0 {
		return nil, isNot("an empty JWK Set", "give the private key")
	}
	if len(raw) > maxEntries {
		return nil, fail(Limit, "give the key alone", "the JWK Set holds more than %d keys", maxEntries)
	}
	f := &file{format: "jwk", named: true}
	for i, data := range raw {
		m := first
		if m == nil {
			var err error
			if m, err = members(data); err != nil {
				return nil, err
			}
		}
		e, err := p.jwk(m)
		if err != nil {
			return nil, err
		}
		if first == nil && e.alias == "" {
			e.alias = "key " + strconv.Itoa(i+1)
		}
		f.entries = append(f.entries, e)
	}
	if first != nil {
		// One JWK has nothing to choose from; its kid need not be the alias.
		f.named = f.entries[0].id != ""
		if e := &f.entries[0]; e.unlock == nil {
			return f, isNotKey(e, p)
		}
	}
	return f, nil
}

// isNotKey names a single JWK that cannot sign, except for Inspect and certificates.
func isNotKey(e *entry, p *opener) error {
	if p.inspect || p.certificates {
		return nil
	}
	if e.kind == kindOther {
		return fail(Algorithm, "use a key for signatures", "this is %s", e.what)
	}
	return isNot(e.words(), "give the private JWK, the one with \"d\"")
}

// jwk reads one JWK (RFC 7517 4).
func (p *opener) jwk(m map[string]json.RawMessage) (entry, error) {
	kid := text(m, "kid")
	e := entry{alias: kid, id: kid, kind: kindPrivate}
	if err := e.jwkCertificates(m); err != nil {
		return e, err
	}
	kty, use := text(m, "kty"), text(m, "use")
	switch {
	case use == "enc":
		e.kind, e.what = kindOther, "a JWK for encryption (use enc)"
		return e, nil
	case kty == "oct" && m["k"] != nil:
		e.kind = kindSecret
	case m["d"] == nil:
		e.kind, e.what = kindPublic, "a public JWK"
		e.public = publicJWK(kty, m)
		return e, nil
	}
	var ops []string
	if m["key_ops"] != nil && json.Unmarshal(m["key_ops"], &ops) == nil && !slices.Contains(ops, "sign") {
		e.kind, e.what = kindOther, "a JWK that may not sign (key_ops)"
		return e, nil
	}
	e.unlock = func() (*private, error) { return p.unlockJWK(kty, m) }
	return e, nil
}

// unlockJWK makes the key and restricts it to its "alg" (RFC 7517 4.4).
func (p *opener) unlockJWK(kty string, m map[string]json.RawMessage) (*private, error) {
	pr, err := p.jwkKey(kty, m)
	if err != nil {
		return nil, err
	}
	if alg := text(m, "alg"); alg != "" {
		able := &Key{private: pr}
		if a, ok := algorithmTable[alg]; !ok || !a.fits(able) {
			return nil, fail(Algorithm, "correct or remove the member alg", "the JWK says that its algorithm is %s, and is %s", quote(alg), able.kind())
		}
		pr.only = []string{alg}
	}
	return pr, nil
}

func (p *opener) jwkKey(kty string, m map[string]json.RawMessage) (*private, error) {
	switch kty {
	case "RSA":
		return p.jwkRSA(m)
	case "EC":
		return p.jwkEC(m)
	case "OKP":
		return p.jwkOKP(m)
	case "oct":
		k, err := octets(m, "k", maxFile)
		if err != nil {
			return nil, err
		}
		pr, notes, err := newHMAC(k, p.o.AllowWeakKey)
		p.note(notes...)
		return pr, err
	}
	return nil, unsupported("use a JWK of the type RSA, EC, OKP or oct", "the JWK type %s is not supported", quote(kty))
}

// jwkRSA is RFC 7518 6.3.2.
func (p *opener) jwkRSA(m map[string]json.RawMessage) (*private, error) {
	if m["oth"] != nil {
		return nil, unsupported("make a key with two primes", "an RSA key with more than two primes is not supported")
	}
	n, err := number(m, "n")
	if err != nil {
		return nil, err
	}
	e, err := number(m, "e")
	if err != nil {
		return nil, err
	}
	d, err := number(m, "d")
	if err != nil {
		return nil, err
	}
	if m["p"] == nil || m["q"] == nil {
		prime1, prime2, err := factor(n, e, d)
		if err != nil {
			return nil, err
		}
		p.note("the JWK has no primes; they were computed")
		return p.newRSA(n, e, d, prime1, prime2, nil)
	}
	prime1, err := number(m, "p")
	if err != nil {
		return nil, err
	}
	prime2, err := number(m, "q")
	if err != nil {
		return nil, err
	}
	return p.newRSA(n, e, d, prime1, prime2, nil)
}

// factor finds the primes of n with the help of d: e*d-1 is a multiple of the
// order of the group, so that half of all bases give a square root of 1 which
// is neither 1 nor -1 (NIST SP 800-56B C.1).
func factor(n, e, d *big.Int) (*big.Int, *big.Int, error) {
	one := big.NewInt(1)
	bad := damaged("the numbers of the RSA key do not belong together")
	if n.BitLen() > 4096 || n.BitLen() < weakestRSA || n.Bit(0) == 0 || d.Cmp(n) >= 0 || e.BitLen() > 31 {
		return nil, nil, unsupported("add the members p and q", "a JWK of this size without its primes is not supported")
	}
	k := new(big.Int).Mul(e, d)
	k.Sub(k, one)
	shifts := k.TrailingZeroBits()
	if k.Sign() <= 0 || shifts == 0 {
		return nil, nil, bad
	}
	odd := new(big.Int).Rsh(k, shifts)
	minusOne := new(big.Int).Sub(n, one)
	for _, g := range []int64{2, 3, 5, 7, 11, 13} {
		x := new(big.Int).Exp(big.NewInt(g), odd, n)
		for range min(shifts, 64) {
			y := new(big.Int).Mul(x, x)
			y.Mod(y, n)
			if y.Cmp(one) == 0 {
				if x.Cmp(one) != 0 && x.Cmp(minusOne) != 0 {
					prime := new(big.Int).GCD(nil, nil, new(big.Int).Sub(x, one), n)
					return prime, new(big.Int).Div(n, prime), nil
				}
				break
			}
			x = y
		}
	}
	return nil, nil, bad
}

// jwkEC is RFC 7518 6.2.2.
func (p *opener) jwkEC(m map[string]json.RawMessage) (*private, error) {
	curve := jwkCurve(text(m, "crv"))
	if curve == nil {
		return nil, unsupported("use P-256, P-384 or P-521", "the curve %s is not supported", quote(text(m, "crv")))
	}
	size := (curve.Params().BitSize + 7) / 8
	point, err := jwkPoint(curve, m)
	if err != nil {
		return nil, err
	}
	d, err := octets(m, "d", size)
	if err != nil {
		return nil, err
	}
	return p.newEC(curve, d, point)
}

// jwkPoint is x and y in the uncompressed form (SEC 1 2.3.3).
func jwkPoint(curve elliptic.Curve, m map[string]json.RawMessage) ([]byte, error) {
	size := (curve.Params().BitSize + 7) / 8
	point := []byte{4}
	for _, name := range []string{"x", "y"} {
		c, err := octets(m, name, size)
		if err != nil {
			return nil, err
		}
		point = append(point, make([]byte, size-len(c))...)
		point = append(point, c...)
	}
	return point, nil
}

func jwkCurve(name string) elliptic.Curve {
	switch name {
	case "P-256":
		return elliptic.P256()
	case "P-384":
		return elliptic.P384()
	case "P-521":
		return elliptic.P521()
	}
	return nil
}

// jwkOKP is RFC 8037 2.
func (p *opener) jwkOKP(m map[string]json.RawMessage) (*private, error) {
	if crv := text(m, "crv"); crv != "Ed25519" {
		return nil, unsupported("use Ed25519", "the curve %s is not supported for signing", quote(crv))
	}
	d, err := octets(m, "d", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	x, err := octets(m, "x", ed25519.PublicKeySize)
	if err != nil {
		return nil, err
	}
	if len(d) != ed25519.SeedSize {
		return nil, damaged("the JWK member %q is damaged", "d")
	}
	k := ed25519.NewKeyFromSeed(d)
	if !bytes.Equal(k[ed25519.SeedSize:], x) {
		return nil, damaged("the private and the public part of the JWK do not belong together")
	}
	return p.newSigner(k, nil)
}

// publicJWK is the public half, for Inspect; nil where it cannot be read.
func publicJWK(kty string, m map[string]json.RawMessage) crypto.PublicKey {
	switch kty {
	case "RSA":
		n, err1 := number(m, "n")
		e, err2 := number(m, "e")
		if err1 == nil && err2 == nil && e.BitLen() < 32 && n.Sign() > 0 {
			return &rsa.PublicKey{N: n, E: int(e.Int64())}
		}
	case "EC":
		curve := jwkCurve(text(m, "crv"))
		if curve == nil {
			return nil
		}
		if point, err := jwkPoint(curve, m); err == nil {
			if pub, err := ecdsa.ParseUncompressedPublicKey(curve, point); err == nil {
				return pub
			}
		}
	case "OKP":
		if x, err := octets(m, "x", ed25519.PublicKeySize); err == nil && text(m, "crv") == "Ed25519" && len(x) == ed25519.PublicKeySize {
			return ed25519.PublicKey(x)
		}
	}
	return nil
}

// octets reads a base64url member of at most limit bytes.
func octets(m map[string]json.RawMessage, name string, limit int) ([]byte, error) {
	s := text(m, name)
	if s == "" {
		return nil, damaged("the JWK member %q is missing or no string", name)
	}
	b, err := decodeBase64(s)
	if err != nil || len(b) > limit {
		return nil, damaged("the JWK member %q is damaged", name)
	}
	return b, nil
}

func number(m map[string]json.RawMessage, name string) (*big.Int, error) {
	b, err := octets(m, name, maxFile)
	if err != nil {
		return nil, err
	}
	if len(b) > maxRSA/8+1 {
		return nil, fail(Limit, "use a key of 2048 to 8192 bits", "the RSA key has more than %d bits", maxRSA)
	}
	return new(big.Int).SetBytes(b), nil
}

// jwkCertificates reads x5c (RFC 7517 4.7).
func (e *entry) jwkCertificates(m map[string]json.RawMessage) error {
	var x5c []string
	if m["x5c"] == nil {
		return nil
	}
	if json.Unmarshal(m["x5c"], &x5c) != nil {
		return fail(Certificate, "correct or remove it", "the JWK member %q is no list of strings", "x5c")
	}
	if len(x5c) > maxChain {
		return fail(Limit, "keep the certificates of the key's own chain", "the JWK has more than %d certificates", maxChain)
	}
	for _, s := range x5c {
		der, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return fail(Certificate, "correct or remove it", "the JWK member %q is no base64", "x5c")
		}
		c, err := parseCertificate(der)
		if err != nil {
			return err
		}
		e.certs = append(e.certs, c)
	}
	return nil
}
