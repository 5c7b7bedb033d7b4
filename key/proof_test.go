package key_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/key"
	"github.com/jeton-oauth/jeton/secret"
)

// hidden is a signer whose private key lives elsewhere.
type hidden struct{ crypto.Signer }

func (h hidden) Sign(random io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return h.Signer.Sign(random, digest, o)
}

// TestSignProof: RFC 9449 section 4.2. The jwk has no private member, nothing else stands in the header, and go-jose verifies it.
func TestSignProof(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ec, okp, rsaMembers := "crv kty x y", "crv kty x", "e kty n"
	for _, row := range []struct {
		algorithm string
		signer    crypto.Signer
		members   string
	}{{"ES256", p256, ec}, {"ES384", p384, ec}, {"ES512", p521, ec}, {"EdDSA", ed, okp}, {"RS256", rsaKey, rsaMembers}, {"PS256", rsaKey, rsaMembers}, {"PS512", rsaKey, rsaMembers}, {"ES256", hidden{p256}, ec}} {
		t.Run(row.algorithm, func(t *testing.T) {
			k, err := key.FromSigner(row.signer, nil)
			if err != nil {
				t.Fatal(err)
			}
			k.ID = "a kid that has no place here"
			payload := []byte(`{"jti":"1"}`)
			proof, err := k.SignProof(row.algorithm, payload)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := jose.ParseSignedCompact(proof, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(row.algorithm)})
			if err != nil {
				t.Fatal(err)
			}
			header := parsed.Signatures[0].Header
			if got, err := parsed.Verify(header.JSONWebKey); err != nil || string(got) != string(payload) {
				t.Errorf("%v: %s", err, got)
			}
			var head struct {
				JWK map[string]string
			}
			var members map[string]json.RawMessage
			decoded, err := base64.RawURLEncoding.DecodeString(strings.Split(proof, ".")[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(decoded, &head); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(decoded, &members); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(head.JWK)), " "); got != row.members {
				t.Errorf("jwk has %s", got)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(members)), " "); got != "alg jwk typ" || header.ExtraHeaders["typ"] != "dpop+jwt" {
				t.Errorf("header %s", decoded)
			}
			if _, err := k.SignProof("HS256", payload); culpritOf(err) != key.Algorithm {
				t.Errorf("HS256 gives %v", err)
			}
			if _, err := k.SignProof("none", payload); culpritOf(err) != key.Algorithm {
				t.Errorf("none gives %v", err)
			}
		})
	}
	hmac, err := key.FromHMAC([]byte(strings.Repeat("canary", 10)), false)
	if err != nil {
		t.Fatal(err)
	}
	if proof, err := hmac.SignProof("HS256", nil); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("an HMAC secret proves %q, %v", proof, err)
	}
}

func culpritOf(err error) key.Culprit {
	var e *key.Error
	if errors.As(err, &e) {
		return e.Culprit
	}
	return ""
}

func TestPKCS8(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, signer := range []crypto.Signer{p256, ed, rsaKey} {
		k, err := key.FromSigner(signer, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := k.PKCS8()
		if err != nil {
			t.Fatal(err)
		}
		again, err := key.Parse([]byte(text.Reveal()), key.Options{Password: secret.Value{}})
		if err != nil {
			t.Fatal(err)
		}
		one, _ := k.Thumbprint()
		other, _ := again.Thumbprint()
		if one == "" || one != other {
			t.Errorf("%T: %s became %s", signer, one, other)
		}
	}
	hmac, err := key.FromHMAC([]byte(strings.Repeat("canary", 10)), false)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := key.FromSigner(hidden{p256}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*key.Key{hmac, elsewhere} {
		if text, err := k.PKCS8(); culpritOf(err) != key.Format || text.Reveal() != "" {
			t.Errorf("%v", err)
		}
	}
}
