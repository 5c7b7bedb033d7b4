package key

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/secret"
)

// privateJWK makes the private JWK of a fixture with go-jose, and changes it.
func privateJWK(t testing.TB, file string, change map[string]any) map[string]any {
	t.Helper()
	k := parse(t, file, Options{AllowWeakKey: true})
	raw, err := jose.JSONWebKey{Key: crypto.PrivateKey(k.Signer())}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for name, v := range change {
		if v == nil {
			delete(m, name)
		} else {
			m[name] = v
		}
	}
	return m
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// object is a JSON object.
type object = map[string]any

func TestJWK(t *testing.T) {
	for _, c := range []struct {
		name string
		jwk  any
		o    Options
		algs string
		id   string
	}{
		{"RSA", privateJWK(t, "rsa.pem", object{"kid": "k1"}), Options{}, "RS256,PS256,RS384,PS384,RS512,PS512", "k1"},
		{"RSA for PS384", privateJWK(t, "rsa.pem", object{"alg": "PS384"}), Options{}, "PS384", ""},
		{"RSA without primes", privateJWK(t, "rsa.pem", object{"p": nil, "q": nil, "dp": nil, "dq": nil, "qi": nil}), Options{}, "RS256,PS256,RS384,PS384,RS512,PS512", ""},
		{"P-256", privateJWK(t, "ec-256.pem", nil), Options{}, "ES256", ""},
		{"P-384", privateJWK(t, "ec-384.pem", nil), Options{}, "ES384", ""},
		{"P-521", privateJWK(t, "ec-521.pem", object{"use": "sig", "key_ops": []string{"sign"}}), Options{}, "ES512", ""},
		{"Ed25519", privateJWK(t, "ed25519.pem", nil), Options{}, "EdDSA", ""},
		{"oct", object{"kty": "oct", "k": strings.Repeat("a", 64)}, Options{}, "HS256,HS384", ""},
		{"oct for HS256", object{"kty": "oct", "alg": "HS256", "k": strings.Repeat("a", 64)}, Options{HMAC: true}, "HS256", ""},
		{"set with one", object{"keys": []any{privateJWK(t, "ec-256.pem", object{"kid": "a"})}}, Options{}, "ES256", "a"},
		{"set, by kid", object{"keys": []any{privateJWK(t, "ec-256.pem", object{"kid": "a"}), privateJWK(t, "ed25519.pem", object{"kid": "b"})}}, Options{Alias: "b"}, "EdDSA", "b"},
		{"set with an encryption key", object{"keys": []any{privateJWK(t, "ec-256.pem", object{"kid": "a", "use": "enc"}), privateJWK(t, "ed25519.pem", object{"kid": "b"})}}, Options{}, "EdDSA", "b"},
		{"bare array", []any{privateJWK(t, "ec-256.pem", nil)}, Options{}, "ES256", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := Parse(encode(t, c.jwk), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(k.Algorithms(), ","); got != c.algs || k.ID != c.id || k.Format != "jwk" {
				t.Errorf("algorithms %s, kid %q, format %s", got, k.ID, k.Format)
			}
			verify(t, k)
			if k.Public() == nil {
				return
			}
			if raw, err := k.PublicJWK(); err != nil || strings.Contains(string(raw), `"d"`) {
				t.Errorf("public JWK %s: %v", raw, err)
			}
		})
	}
}

func TestJWKErrors(t *testing.T) {
	two := []any{privateJWK(t, "ec-256.pem", object{"kid": "a"}), privateJWK(t, "ed25519.pem", object{"kid": "b"})}
	ec := string(encode(t, privateJWK(t, "ec-256.pem", nil)))
	for _, c := range []struct {
		name    string
		data    string
		culprit Culprit
		text    string
	}{
		{"two keys", string(encode(t, object{"keys": two})), Alias, `"a", "b"`},
		{"kid is case-sensitive", "", Alias, `no entry "A"`},
		{"public", string(encode(t, privateJWK(t, "rsa.pem", object{"d": nil}))), Format, "a public JWK"},
		{"encryption", string(encode(t, privateJWK(t, "rsa.pem", object{"use": "enc"}))), Algorithm, "for encryption"},
		{"verify only", string(encode(t, privateJWK(t, "rsa.pem", object{"key_ops": []string{"verify"}}))), Algorithm, "may not sign"},
		{"alg of another key", string(encode(t, privateJWK(t, "ec-256.pem", object{"alg": "RS256"}))), Algorithm, "is an EC P-256 key"},
		{"alg for encryption", string(encode(t, privateJWK(t, "rsa.pem", object{"alg": "RSA-OAEP"}))), Algorithm, "RSA-OAEP"},
		{"duplicate", `{"kty":"RSA","d":"AA",` + ec[1:], Damaged, `"d" stands there twice`},
		{"d of another key", string(encode(t, privateJWK(t, "ec-256.pem", object{"d": strings.Repeat("A", 42) + "E"}))), Damaged, "do not belong together"},
		{"x of another key", string(encode(t, privateJWK(t, "ed25519.pem", object{"x": strings.Repeat("A", 43)}))), Damaged, "do not belong together"},
		{"d is a number", string(encode(t, privateJWK(t, "ec-256.pem", object{"d": 5}))), Damaged, `"d" is missing or no string`},
		{"long d", string(encode(t, privateJWK(t, "ec-256.pem", object{"d": strings.Repeat("A", 4000)}))), Damaged, `"d" is damaged`},
		{"large RSA", string(encode(t, privateJWK(t, "rsa.pem", object{"n": strings.Repeat("_", 40000)}))), Limit, "8192"},
		{"weak RSA", string(encode(t, privateJWK(t, "rsa-1024.pem", nil))), Strength, "1024"},
		{"RSA of three primes", string(encode(t, privateJWK(t, "rsa.pem", object{"oth": []any{}}))), Unsupported, "two primes"},
		{"wrong d, no primes", string(encode(t, privateJWK(t, "rsa.pem", object{"d": "AQAB", "p": nil}))), Damaged, "do not belong together"},
		{"secp256k1", string(encode(t, privateJWK(t, "ec-256.pem", object{"crv": "secp256k1"}))), Unsupported, "secp256k1"},
		{"X25519", string(encode(t, privateJWK(t, "ed25519.pem", object{"crv": "X25519"}))), Unsupported, "X25519"},
		{"AKP", `{"kty":"AKP","d":"AA"}`, Unsupported, "AKP"},
		{"short oct", `{"kty":"oct","k":"AAAA"}`, Strength, "3 bytes"},
		{"bad x5c", string(encode(t, privateJWK(t, "rsa.pem", object{"x5c": []string{"!"}}))), Certificate, "x5c"},
		{"no JSON", `{"kty":"RSA",`, Damaged, "not valid JSON"},
		{"JWE", `{"ciphertext":"x","protected":"y"}`, Format, "JWE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{}
			if c.data == "" {
				c.data, o.Alias = string(encode(t, object{"keys": two})), "A"
			}
			_, err := Parse([]byte(c.data), o)
			if got := culprit(t, err); got != c.culprit || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v", got, err)
			}
		})
	}
}

func TestVendorFiles(t *testing.T) {
	t.Run("Google", func(t *testing.T) {
		k, err := Parse(googleJSON(t, func(map[string]any) {}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		a := k.Account
		if k.Format != "google-service-account" || k.ID != "kid-9" || a.ClientEmail != "a@p.iam.gserviceaccount.com" || a.TokenURI != "https://oauth2.googleapis.com/token" || a.ProjectID != "p" || len(k.Notes) > 0 {
			t.Errorf("%v %+v %q", k, a, k.Notes)
		}
		verify(t, k)
	})
	box := func(passphrase string) []byte {
		return encode(t, object{"boxAppSettings": object{"clientID": "c1", "clientSecret": canary, "appAuth": object{
			"publicKeyID": "pk1", "privateKey": string(read(t, "p8-aes-256-cbc.pem")), "passphrase": passphrase}}, "enterpriseID": "e1"})
	}
	t.Run("Box", func(t *testing.T) {
		k, err := Parse(box(storePW), Options{})
		if err != nil {
			t.Fatal(err)
		}
		a := k.Account
		if k.Format != "box-app-settings" || k.ID != "pk1" || a.ClientID != "c1" || a.ClientSecret.Reveal() != canary || a.Enterprise != "e1" {
			t.Errorf("%v %+v", k, a)
		}
		verify(t, k)
		r, err := Inspect(box(storePW), Options{})
		if err != nil || strings.Contains(string(encode(t, r)), canary) {
			t.Errorf("the report tells the client secret: %v", err)
		}
		if _, err := Parse(box("wrong"), Options{}); culprit(t, err) != Password {
			t.Error(err)
		}
	})
	xsuaa := object{"clientid": "sb-x", "certificate": string(read(t, "chain-out-of-order.crt")), "key": string(read(t, "rsa.pem")),
		"certurl": "https://x.authentication.cert.example", "url": "https://x.authentication.example", "credential-type": "x509"}
	for name, m := range map[string]any{"XSUAA": xsuaa, "XSUAA wrapped": object{"credentials": xsuaa}, "XSUAA in uaa": object{"credentials": object{"uaa": xsuaa}}} {
		t.Run(name, func(t *testing.T) {
			k, err := Parse(encode(t, m), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if k.Format != "xsuaa-service-key" || k.Account.ClientID != "sb-x" || k.Account.CertURL != "https://x.authentication.cert.example" || len(k.Certificates) != 3 {
				t.Errorf("%v %+v", k, k.Account)
			}
			certs, err := ParseCertificates(encode(t, m), Options{})
			if err != nil || len(certs) != 3 || certs[0].Subject.CommonName != "Test rsa" {
				t.Errorf("%d certificates: %v", len(certs), err)
			}
		})
	}
	if _, err := Parse(encode(t, object{"clientid": "x", "clientsecret": canary}), Options{}); culprit(t, err) != Format || !strings.Contains(err.Error(), "client secret") {
		t.Error(err)
	}
}

func TestInspect(t *testing.T) {
	for _, c := range []struct {
		file    string
		o       Options
		format  string
		locked  bool
		entries string // kind, alias, type, first algorithm, number of certificates
	}{
		{"rsa.pem", Options{}, "pkcs8", false, "private key//RSA/RS256/0"},
		{"p8-aes-256-cbc.pem", Options{}, "pkcs8-encrypted", true, "private key////0"},
		{"p8-aes-256-cbc.pem", pw(storePW), "pkcs8-encrypted", false, "private key//RSA/RS256/0"},
		{"rsa-with-chain.pem", Options{}, "pkcs8", false, "private key//RSA/RS256/3"},
		{"ssh-enc-aes256-ctr", Options{}, "openssh", true, "private key//Ed25519/EdDSA/0"},
		{"two.jks", Options{}, "jks", true, "certificate/trusted/EC P-256//1; private key/first/RSA/RS256/1; private key/second/EC P-256/ES256/1"},
		{"two.jks", pw(storePW), "jks", false, "certificate/trusted/EC P-256//1; private key/first/RSA/RS256/1; private key/second/EC P-256/ES256/1"},
		{"own.jks", pw(storePW), "jks", true, "private key/signer/RSA/RS256/1"},
		{"modern.p12", Options{}, "pkcs12", true, "private key/signer///0"},
		{"modern.p12", pw(storePW), "pkcs12", false, "private key/signer/RSA/RS256/3"},
		{"two.pkcs12", pw(storePW), "pkcs12", false, "certificate/trusted/EC P-256//1; private key/first/RSA/RS256/1; private key/second/EC P-256/ES256/1"},
		{"no-mac.p12", pw(storePW), "pkcs12", false, "private key/signer/RSA/RS256/3"},
		{"secret.jceks", pw(storePW), "jceks", false, "other/aes///0"},
		{"rsa.cer", Options{}, "certificate", false, "certificate//RSA//1"},
		{"rsa-public.pem", Options{}, "public-key", false, "public key//RSA/RS256/0"},
		{"mismatch.pem", Options{}, "pkcs8", false, "certificate//RSA//1; private key//RSA/RS256/0"},
		{"two-keys.pem", Options{}, "pem", false, "private key//EC P-256/ES256/0; private key//RSA/RS256/0"},
	} {
		t.Run(c.file, func(t *testing.T) {
			r, err := Inspect(read(t, c.file), c.o)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range r.Entries {
				alg := ""
				if len(e.Algorithms) > 0 {
					alg = e.Algorithms[0]
				}
				got = append(got, fmt.Sprintf("%s/%s/%s/%s/%d", e.Kind, e.Alias, e.Type, alg, len(e.Certificates)))
			}
			slices.Sort(got) // Java's stores are hash tables
			if strings.Join(got, "; ") != c.entries || r.Format != c.format || r.NeedsPassword != c.locked || r.Description == "" {
				t.Errorf("format %s, needs password %v, entries %s", r.Format, r.NeedsPassword, strings.Join(got, "; "))
			}
		})
	}
	r, err := Inspect(read(t, "rsa.cer"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	info := r.Entries[0].Certificates[0]
	if info.Subject != "CN=Test rsa" || info.Issuer != "CN=Test Intermediate" || len(info.Fingerprint) != 40 || len(info.X5TS256) != 43 || info.NotAfter.IsZero() || info.Serial != "04c80d1089a0a71021fb02672c183213c7f34d5d" {
		t.Errorf("%+v", info)
	}
	var e *Error
	if _, err := Inspect([]byte("nothing"), Options{}); !errors.As(err, &e) || e.Culprit != Format {
		t.Error(err)
	}
	if r, err := Inspect([]byte(canary+canary+canary), Options{HMAC: true, Password: secret.New(canary)}); err != nil || strings.Contains(string(encode(t, r)), canary) {
		t.Errorf("the report tells the secret: %v", err)
	}
}
