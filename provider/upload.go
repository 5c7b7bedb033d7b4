package provider

import (
	"crypto/sha1" // #nosec G505: portals name certificates by it; nothing is trusted for it
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
)

// Upload is what a vendor wants of the keys of a connection, which must have been
// read ([jeton.Connection.Resolve]): the certificate (PEM), the public-key (PEM) or
// the jwks. It is nothing secret.
func Upload(c *jeton.Connection, what string) (string, error) {
	s := signing{connection: c}
	switch what {
	case "certificate":
		leaf, err := s.certificate()
		if err != nil {
			return "", err
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})), nil
	case "public-key":
		return s.publicKey()
	case "jwks":
		return s.jwks()
	}
	return "", fmt.Errorf("unknown word %q; there are: certificate, public-key, jwks", what)
}

// signing are the keys by which a client is known: those of client.assertion, else
// of grant.assertion, else of tls.client.
type signing struct {
	connection *jeton.Connection
	parsed     []*key.Key
}

// source is where the keys stand in the document.
func (s *signing) source() (path jeton.Parameter, list jeton.KeyList, assertion *jeton.Assertion) {
	c := s.connection
	switch {
	case c.Client.Assertion != nil && (len(c.Client.Assertion.Key) > 0 || c.Grant.Assertion == nil):
		return "client.assertion.key", c.Client.Assertion.Key, c.Client.Assertion
	case c.Grant.Assertion != nil:
		return "grant.assertion.key", c.Grant.Assertion.Key, c.Grant.Assertion
	}
	path, list = "tls.client.key", jeton.KeyList{c.TLS.Client.Key}
	if c.TLS.Client.Key.IsZero() {
		path, list = "tls.client.certificate", jeton.KeyList{c.TLS.Client.Certificate}
	}
	if list[0].IsZero() {
		list = nil
	}
	return path, list, nil
}

// keys reads them, the current one first.
func (s *signing) keys() ([]*key.Key, error) {
	if s.parsed != nil {
		return s.parsed, nil
	}
	path, list, _ := s.source()
	if len(list) == 0 {
		return nil, &unknownValue{parameter: path}
	}
	var parsed []*key.Key
	for _, source := range list {
		if source.Value.IsZero() {
			return nil, &unknownValue{path, "the key has not been read"}
		}
		k, err := key.Parse([]byte(source.Value.Reveal()), key.Options{Password: source.Password.Value, KeyPassword: source.KeyPassword.Value,
			Alias: source.Alias, Encoding: source.Encoding, AllowWeakKey: source.AllowWeakKey})
		if err != nil {
			return nil, &unknownValue{path, err.Error()}
		}
		if k.Public() == nil {
			return nil, &unknownValue{path, "an HMAC secret has no public half"}
		}
		parsed = append(parsed, k)
	}
	s.parsed = parsed
	return parsed, nil
}

func (s *signing) current() (*key.Key, error) {
	keys, err := s.keys()
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// certificate is the one of the current key.
func (s *signing) certificate() (*x509.Certificate, error) {
	k, err := s.current()
	if err != nil {
		return nil, err
	}
	path, _, assertion := s.source()
	chain := k.Certificates
	if tls := s.connection.TLS.Client.Certificate; assertion == nil && !tls.Value.IsZero() {
		if chain, err = key.ParseCertificates([]byte(tls.Value.Reveal()), key.Options{Password: tls.Password.Value, Alias: tls.Alias}); err != nil {
			return nil, &unknownValue{"tls.client.certificate", err.Error()}
		}
	}
	if len(chain) == 0 {
		return nil, &unknownValue{path, "the key file has no certificate; 'jeton key generate' makes a key with one"}
	}
	return chain[0], nil
}

func (s *signing) publicKeyDER() ([]byte, error) {
	k, err := s.current()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		path, _, _ := s.source()
		return nil, &unknownValue{path, "this kind of key has no public key file"}
	}
	return der, nil
}

func (s *signing) publicKey() (string, error) {
	der, err := s.publicKeyDER()
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), err
}

// jwks is the JWK Set of all keys, the next one included. The kid of each is that of
// the assertions.
func (s *signing) jwks() (string, error) {
	keys, err := s.keys()
	if err != nil {
		return "", err
	}
	set := map[string][]map[string]any{"keys": {}}
	for i, k := range keys {
		raw, err := k.PublicJWK()
		jwk := map[string]any{}
		if err == nil {
			err = json.Unmarshal(raw, &jwk)
		}
		if err != nil {
			return "", err
		}
		if kid, err := s.kidOf(i, k); err == nil {
			jwk["kid"] = kid
		}
		jwk["use"] = "sig"
		_, _, assertion := s.source()
		if assertion != nil && assertion.Algorithm != "" {
			jwk["alg"] = assertion.Algorithm
		} else {
			jwk["alg"] = k.DefaultAlgorithm()
		}
		set["keys"] = append(set["keys"], jwk)
	}
	text, err := json.MarshalIndent(set, "", "  ")
	return string(text) + "\n", err
}

func (s *signing) kid() (string, error) {
	k, err := s.current()
	if err == nil {
		return s.kidOf(0, k)
	}
	if _, _, assertion := s.source(); assertion != nil { // written, whatever the key will be
		if kid, ok := assertion.Headers["kid"].(string); ok && kid != "thumbprint" {
			return kid, nil
		}
	}
	return "", err
}

// kidOf is the kid that assertions with a key have: that of the document, which
// belongs to the current key, or that of the key file.
func (s *signing) kidOf(i int, k *key.Key) (string, error) {
	path, _, assertion := s.source()
	if assertion != nil {
		switch kid, _ := assertion.Headers["kid"].(string); {
		case kid == "thumbprint":
			return k.Thumbprint()
		case kid != "" && i == 0:
			return kid, nil
		}
	}
	if k.ID == "" {
		return "", &unknownValue{jeton.Parameter(strings.TrimSuffix(string(path), ".key") + ".headers.kid"), "neither the document nor the key file has a kid"}
	}
	return k.ID, nil
}

// computed are the values of a guide that come from the key.
func (s *signing) computed(name string) (value string, known bool, err error) {
	switch name {
	case "public_key":
		value, err = s.publicKey()
	case "jwks":
		value, err = s.jwks()
	case "kid":
		value, err = s.kid()
	case "fingerprint":
		var der []byte
		if der, err = s.publicKeyDER(); err == nil {
			sum := sha256.Sum256(der)
			value = base64.StdEncoding.EncodeToString(sum[:])
		}
	case "thumbprint", "thumbprint_sha256":
		var leaf *x509.Certificate
		if leaf, err = s.certificate(); err == nil {
			short, long := sha1.Sum(leaf.Raw), sha256.Sum256(leaf.Raw) // #nosec G401: see the import
			value = strings.ToUpper(hex.EncodeToString(short[:]))
			if name == "thumbprint_sha256" {
				value = strings.ToUpper(hex.EncodeToString(long[:]))
			}
		}
	default:
		return "", false, nil
	}
	if unknown := (*unknownValue)(nil); err != nil && !errors.As(err, &unknown) {
		path, _, _ := s.source()
		err = &unknownValue{path, err.Error()}
	}
	return value, true, err
}
