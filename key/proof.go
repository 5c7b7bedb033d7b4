package key

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"

	"github.com/jeton-oauth/jeton/secret"
)

// SignProof returns a DPoP proof (RFC 9449 section 4.2): the compact JWS of
// payload with typ dpop+jwt and the public half of the key as jwk. It is the one
// JWS that names its own key. The error is a *Error, as from Sign; an HMAC
// secret proves nothing and is refused.
func (k *Key) SignProof(alg string, payload []byte) (string, error) {
	if err := k.Check(alg); err != nil {
		return "", err
	}
	members, err := publicMembers(k.Public())
	if err != nil {
		return "", err
	}
	jwk, err := encodeMembers(members)
	if err != nil {
		return "", err
	}
	head, err := json.Marshal(struct {
		Algorithm string          `json:"alg"`
		JWK       json.RawMessage `json:"jwk"`
		Type      string          `json:"typ"`
	}{alg, jwk, "dpop+jwt"})
	if err != nil {
		return "", &Error{Culprit: Algorithm, Problem: "the header of the proof cannot be written", Fix: "use an EC, Ed25519 or RSA key", err: err}
	}
	return k.compact(alg, head, payload)
}

// PKCS8 returns the private key as PEM, to be kept as a secret. A key whose
// private half lives elsewhere has none: *Error with Culprit Format.
func (k *Key) PKCS8() (secret.Value, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.Signer())
	if err != nil {
		return secret.Value{}, fail(Format, "keep the key where it is", "the private key cannot be taken out of where it lives")
	}
	return secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))), nil
}
