package oauthtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Key is a public key that verifies assertions.
type Key struct {
	// ID is compared with kid. Empty fits every kid.
	ID string

	// Public is an *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey.
	// A private key stands for its public half.
	Public crypto.PublicKey

	// Algorithm is the only one the key may be used with. Empty means all that suit it.
	Algorithm string
}

// ParseJWKS reads the keys of a JWK set, or of a single JWK.
func ParseJWKS(data []byte) ([]Key, error) {
	var set jose.JSONWebKeySet
	if err := unmarshalStrict(data, &set); err != nil || len(set.Keys) == 0 {
		var one jose.JSONWebKey
		if one.UnmarshalJSON(data) != nil {
			return nil, fmt.Errorf("parse JWK set: no usable key")
		}
		set.Keys = []jose.JSONWebKey{one}
	}
	keys := make([]Key, 0, len(set.Keys))
	for _, k := range set.Keys {
		keys = append(keys, Key{ID: k.KeyID, Public: k.Key, Algorithm: k.Algorithm})
	}
	return keys, checkKeys(keys)
}

// public returns the public half, whichever half the user registered.
func (k Key) public() crypto.PublicKey {
	if s, ok := k.Public.(crypto.Signer); ok {
		return s.Public()
	}
	return k.Public
}

func checkKeys(keys []Key) error {
	for i, k := range keys {
		switch k.public().(type) {
		case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		default:
			return fmt.Errorf("key %d is a %T, want an RSA, ECDSA or Ed25519 public key", i, k.Public)
		}
	}
	return nil
}

// asymmetric and symmetric algorithms that assertions may use.
func asymmetric() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
		jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

func isAsymmetric(alg string) bool {
	return slices.Contains(asymmetric(), jose.SignatureAlgorithm(alg))
}

func symmetric() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.HS256, jose.HS384, jose.HS512}
}

// suits reports whether the algorithm can be used with the key. ES256 means
// P-256 and nothing else (RFC 7518 section 3.4).
func (k Key) suits(alg string) bool {
	if k.Algorithm != "" && k.Algorithm != alg {
		return false
	}
	switch p := k.public().(type) {
	case *rsa.PublicKey:
		return alg[:2] == "RS" || alg[:2] == "PS"
	case *ecdsa.PublicKey:
		return alg == map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[p.Curve.Params().BitSize]
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}

// weak reports an RSA key under the floor of RFC 7518 section 3.3.
func (k Key) weak() bool {
	p, ok := k.public().(*rsa.PublicKey)
	return ok && p.N.BitLen() < 2048
}
