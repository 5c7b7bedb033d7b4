package peers_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// algorithms are the four that both servers accept with public keys.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

// rsaKey is made once: it is the slow one.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// key signs assertions.
type key struct {
	algorithm jose.SignatureAlgorithm
	private   any
}

func newKey(t *testing.T, algorithm jose.SignatureAlgorithm) key {
	t.Helper()
	var private any
	var err error
	switch algorithm {
	case jose.RS256, jose.PS256:
		private, err = rsaKey()
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		t.Fatalf("no key for %s", algorithm)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key{algorithm, private}
}

// otherKey is a key of the same kind that nobody registered.
func otherKey(t *testing.T, k key) key {
	t.Helper()
	if _, isRSA := k.private.(*rsa.PrivateKey); !isRSA {
		return newKey(t, k.algorithm)
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key{k.algorithm, private}
}

func (k key) jwks(t *testing.T) json.RawMessage {
	t.Helper()
	public := k.private.(crypto.Signer).Public()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "test-key"}}}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// claims of a JWT. A nil value takes a claim out.
type claims map[string]any

// with returns the claims with changes.
func (c claims) with(changes claims) claims {
	changed := maps.Clone(c)
	for name, value := range changes {
		changed[name] = value
		if value == nil {
			delete(changed, name)
		}
	}
	return changed
}

// assertion are the claims of a good assertion, fresh at every call.
func assertion(issuer, subject, audience string) claims {
	now := time.Now().Unix()
	return claims{
		"iss": issuer, "sub": subject, "aud": audience,
		"iat": now, "exp": now + 60, "jti": rand.Text(),
	}
}

func (k key) sign(t *testing.T, c claims) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if _, symmetric := k.private.([]byte); !symmetric {
		options = options.WithHeader("kid", "test-key")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.algorithm, Key: k.private}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signature.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
