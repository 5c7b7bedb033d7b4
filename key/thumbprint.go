package key

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
)

// PublicJWK returns the public half as a JWK (RFC 7517), with "kid" if the key
// has an ID and never with a private member. An HMAC secret has none: *Error
// with Culprit Algorithm.
func (k *Key) PublicJWK() (json.RawMessage, error) {
	m, err := publicMembers(k.Public())
	if err != nil {
		return nil, err
	}
	if k.ID != "" {
		m["kid"] = k.ID
	}
	return encodeMembers(m)
}

// Thumbprint is the JWK thumbprint, the base64url of its SHA-256 (RFC 7638 3).
// An HMAC secret has none, because it would tell the secret to who can guess: *Error with
// Culprit Algorithm.
func (k *Key) Thumbprint() (string, error) { return thumbprint(k.Public()) }

// PublicSHA256 is the SHA-256 of the public key (SubjectPublicKeyInfo, RFC 5280
// section 4.1) in standard base64: the fingerprint that Snowflake wants in an
// issuer. An HMAC secret has none: *Error with Culprit Algorithm.
func (k *Key) PublicSHA256() (string, error) {
	if _, err := publicMembers(k.Public()); err != nil {
		return "", err
	}
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		return "", &Error{Culprit: Damaged, Problem: "the public key cannot be encoded", Fix: "use an RSA, EC or Ed25519 key", err: err}
	}
	sum := sha256.Sum256(der)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

func thumbprint(pub crypto.PublicKey) (string, error) {
	m, err := publicMembers(pub)
	if err != nil {
		return "", err
	}
	raw, err := encodeMembers(m)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// publicMembers are the required members, which are those of the thumbprint.
func publicMembers(pub crypto.PublicKey) (map[string]string, error) {
	b64 := base64.RawURLEncoding.EncodeToString
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return map[string]string{"kty": "RSA", "n": b64(pub.N.Bytes()), "e": b64(big.NewInt(int64(pub.E)).Bytes())}, nil
	case *ecdsa.PublicKey:
		point, err := pub.Bytes()
		if err != nil {
			return nil, &Error{Culprit: Damaged, Problem: "the EC key is damaged", Fix: "export or copy the file again", err: err}
		}
		half := len(point) / 2
		return map[string]string{"kty": "EC", "crv": pub.Curve.Params().Name, "x": b64(point[1 : 1+half]), "y": b64(point[1+half:])}, nil
	case ed25519.PublicKey:
		return map[string]string{"kty": "OKP", "crv": "Ed25519", "x": b64(pub)}, nil
	}
	return nil, fail(Algorithm, "use a key pair", "an HMAC secret has no public key")
}

// encodeMembers writes the members in alphabetical order, as RFC 7638 3.3 wants.
func encodeMembers(m map[string]string) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, &Error{Culprit: Damaged, Problem: "the key has no JWK form", Fix: "use an RSA, EC or Ed25519 key", err: err}
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
