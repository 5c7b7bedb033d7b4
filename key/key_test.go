package key

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/secret"
)

// The passwords of testdata/make.sh, and one that must never be printed.
const (
	storePW = "changeit"
	keyPW   = "keypass"
	oddPW   = "pässwört€"
	canary  = "canary-7d1f"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func pw(s string) Options { return Options{Password: secret.New(s)} }

// culprit asserts that err is a *Error and returns its culprit.
func culprit(t testing.TB, err error) Culprit {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T (%v), want *Error", err, err)
	}
	if e.Problem == "" || strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), storePW) {
		t.Fatalf("error text is empty or holds a password: %q", err)
	}
	if e.Fix == "" {
		t.Errorf("nothing says what to do: %q", err)
	}
	return e.Culprit
}

// verify signs with every algorithm of k and verifies with go-jose.
func verify(t testing.TB, k *Key) {
	t.Helper()
	if len(k.Algorithms()) == 0 {
		t.Fatal("the key has no algorithm")
	}
	for _, alg := range k.Algorithms() {
		jws, err := k.Sign(alg, map[string]any{"typ": "JWT", "kid": "<1>"}, []byte(`{"iss":"x"}`))
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		parsed, err := jose.ParseSignedCompact(jws, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		var pub any = k.Public()
		if pub == nil {
			pub = k.private.secret
		}
		payload, err := parsed.Verify(pub)
		if err != nil || string(payload) != `{"iss":"x"}` {
			t.Fatalf("%s: verify: %v", alg, err)
		}
		if kid := parsed.Signatures[0].Header.KeyID; kid != "<1>" {
			t.Fatalf("%s: kid = %q", alg, kid)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		file   string
		o      Options
		format string
		alg    string // the default
		certs  int
		note   string // contained in one of the notes
	}{
		{"rsa.pem", Options{}, "pkcs8", "RS256", 0, ""},
		{"rsa.pem", pw(storePW), "pkcs8", "RS256", 0, "not encrypted"},
		{"rsa.der", Options{}, "pkcs1", "RS256", 0, ""},
		{"rsa-pkcs1.pem", Options{}, "pkcs1", "RS256", 0, ""},
		{"rsa-pss.pem", Options{}, "pkcs8", "PS256", 0, ""},
		{"rsa-pss-sha256.pem", Options{}, "pkcs8", "PS256", 0, ""},
		{"rsa-with-chain.pem", Options{}, "pkcs8", "RS256", 3, "put in order"},
		{"rsa-1024.pem", Options{AllowWeakKey: true}, "pkcs8", "RS256", 0, "allow_weak_key"},
		{"ec-256.pem", Options{}, "pkcs8", "ES256", 0, ""},
		{"ec-384.pem", Options{}, "pkcs8", "ES384", 0, ""},
		{"ec-521.pem", Options{}, "pkcs8", "ES512", 0, ""},
		{"ec-256.der", Options{}, "sec1", "ES256", 0, ""},
		{"ec-256-sec1.pem", Options{}, "sec1", "ES256", 0, ""},
		{"ec-384-sec1.pem", Options{}, "sec1", "ES384", 0, ""},
		{"ec-521-sec1.pem", Options{}, "sec1", "ES512", 0, ""},
		{"ec-256-params.pem", Options{}, "sec1", "ES256", 0, ""},
		{"ed25519.pem", Options{}, "pkcs8", "EdDSA", 0, ""},
		{"p8-hmacWithSHA1.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, ""},
		{"p8-hmacWithSHA224.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, ""},
		{"p8-hmacWithSHA256.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, ""},
		{"p8-hmacWithSHA384.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, ""},
		{"p8-hmacWithSHA512.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, ""},
		{"p8-aes-128-cbc.pem", pw(storePW), "pkcs8-encrypted", "RS256", 0, ""},
		{"p8-aes-192-cbc.pem", pw(storePW), "pkcs8-encrypted", "RS256", 0, ""},
		{"p8-aes-256-cbc.pem", pw(storePW), "pkcs8-encrypted", "RS256", 0, ""},
		{"p8-aes-256-cbc.pem", Options{KeyPassword: secret.New(storePW)}, "pkcs8-encrypted", "RS256", 0, ""},
		{"p8-des3.pem", pw(storePW), "pkcs8-encrypted", "RS256", 0, ""},
		{"p8-odd.pem", pw(oddPW), "pkcs8-encrypted", "RS256", 0, ""},
		{"p8.der", pw(storePW), "pkcs8-encrypted", "RS256", 0, ""},
		{"p8-scrypt.pem", pw(storePW), "pkcs8-encrypted", "EdDSA", 0, ""},
		{"p8-sha1-3des.pem", pw(storePW), "pkcs8-encrypted", "RS256", 0, "SHA1-3DES"},
		{"p8-PBE-MD5-DES.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, "MD5-DES"},
		{"p8-PBE-SHA1-DES.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, "SHA1-DES"},
		{"p8-PBE-SHA1-RC2-64.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, "SHA1-RC2"},
		{"p8-PBE-SHA1-RC2-40.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, "RC2-40"},
		{"p8-PBE-SHA1-RC2-128.pem", pw(storePW), "pkcs8-encrypted", "ES256", 0, "RC2-128"},
		{"legacy-aes128.pem", pw(storePW), "pem-encrypted-legacy", "RS256", 0, "legacy PEM"},
		{"legacy-aes256.pem", pw(storePW), "pem-encrypted-legacy", "RS256", 0, "legacy PEM"},
		{"legacy-des3.pem", pw(storePW), "pem-encrypted-legacy", "RS256", 0, "legacy PEM"},
		{"legacy-ec.pem", pw(storePW), "pem-encrypted-legacy", "ES256", 0, "legacy PEM"},
		{"modern.p12", pw(storePW), "pkcs12", "RS256", 3, ""},
		{"modern.p12", Options{Password: secret.New(storePW), Alias: "SIGNER"}, "pkcs12", "RS256", 3, ""},
		{"empty-password.p12", Options{}, "pkcs12", "RS256", 3, ""},
		{"odd-password.p12", pw(oddPW), "pkcs12", "RS256", 3, ""},
		{"odd-password-legacy.p12", pw(oddPW), "pkcs12", "RS256", 3, "legacy"},
		{"legacy.p12", pw(storePW), "pkcs12", "RS256", 3, "RC2-40"},
		{"3des.p12", pw(storePW), "pkcs12", "RS256", 3, "3DES"},
		{"no-mac.p12", Options{Password: secret.New(storePW), AllowNoMAC: true}, "pkcs12", "RS256", 3, "no MAC"},
		{"plain-bags.p12", pw(storePW), "pkcs12", "RS256", 3, ""},
		{"sha512-mac.p12", pw(storePW), "pkcs12", "RS256", 3, ""},
		{"no-name.p12", pw(storePW), "pkcs12", "ES256", 1, ""},
		{"bag-attributes.pem", Options{}, "pkcs8", "RS256", 3, ""},
		{"two.jks", Options{Password: secret.New(storePW), Alias: "first"}, "jks", "RS256", 1, ""},
		{"two.jks", Options{Password: secret.New(storePW), Alias: "SECOND"}, "jks", "ES256", 1, ""},
		{"two.jceks", Options{Password: secret.New(storePW), Alias: "first"}, "jceks", "RS256", 1, ""},
		{"two.jceks", Options{Password: secret.New(storePW), Alias: "second"}, "jceks", "ES256", 1, ""},
		{"two.pkcs12", Options{Password: secret.New(storePW), Alias: "first"}, "pkcs12", "RS256", 1, ""},
		{"two.pkcs12", Options{Password: secret.New(storePW), Alias: "Second"}, "pkcs12", "ES256", 1, ""},
		{"two-legacy.pkcs12", Options{Password: secret.New(storePW), Alias: "second"}, "pkcs12", "ES256", 1, "RC2-40"},
		{"own.jks", Options{Password: secret.New(storePW), KeyPassword: secret.New(keyPW)}, "jks", "RS256", 1, ""},
		{"own.jceks", Options{Password: secret.New(storePW), KeyPassword: secret.New(keyPW)}, "jceks", "RS256", 1, ""},
		{"chain.jks", pw(storePW), "jks", "RS256", 3, ""},
		{"ssh-rsa2048", Options{}, "openssh", "RS256", 0, ""},
		{"ssh-ecdsa256", Options{}, "openssh", "ES256", 0, ""},
		{"ssh-ecdsa384", Options{}, "openssh", "ES384", 0, ""},
		{"ssh-ecdsa521", Options{}, "openssh", "ES512", 0, ""},
		{"ssh-ed25519", Options{}, "openssh", "EdDSA", 0, ""},
		{"ssh-enc-aes256-ctr", pw(storePW), "openssh", "EdDSA", 0, ""},
		{"ssh-enc-aes128-cbc", pw(storePW), "openssh", "EdDSA", 0, ""},
		{"ssh-enc-aes256-gcm", pw(storePW), "openssh", "EdDSA", 0, ""},
		{"ssh-enc-3des-cbc", pw(storePW), "openssh", "EdDSA", 0, ""},
	} {
		t.Run(c.file+"/"+c.o.Alias, func(t *testing.T) {
			k, err := Parse(read(t, c.file), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if k.Format != c.format || k.DefaultAlgorithm() != c.alg || len(k.Certificates) != c.certs {
				t.Errorf("format %s, algorithm %s, %d certificates; want %s, %s, %d", k.Format, k.DefaultAlgorithm(), len(k.Certificates), c.format, c.alg, c.certs)
			}
			if !slices.ContainsFunc(k.Notes, func(n string) bool { return strings.Contains(n, c.note) }) && c.note != "" {
				t.Errorf("notes %q lack %q", k.Notes, c.note)
			}
			if c.note == "" && len(k.Notes) > 0 {
				t.Errorf("unexpected notes %q", k.Notes)
			}
			if c.certs > 0 && !k.Matches(k.Certificates[0]) {
				t.Error("the first certificate is not the key's")
			}
			verify(t, k)
		})
	}
}

// TestParseErrors: who is to blame, in words.
func TestParseErrors(t *testing.T) {
	wrong := pw(canary)
	for _, c := range []struct {
		file    string
		o       Options
		culprit Culprit
		text    string // contained in the problem
	}{
		{"p8-aes-256-cbc.pem", Options{}, Password, "is encrypted and needs a password"},
		{"p8-aes-256-cbc.pem", wrong, Password, "the password is wrong"},
		{"p8-scrypt.pem", wrong, Password, "the password is wrong"},
		{"p8-sha1-3des.pem", wrong, Password, "the password is wrong"},
		{"p8-PBE-SHA1-RC4-128.pem", pw(storePW), Unsupported, "RC4-128"},
		{"p8-camellia.pem", pw(storePW), Unsupported, "Camellia-256-CBC"},
		{"p8-iterations.pem", pw(storePW), Limit, "more than 1000000 iterations"},
		{"legacy-aes128.pem", Options{}, Password, "is encrypted and needs a password"},
		{"legacy-aes128.pem", wrong, Password, "the password is wrong"},
		{"legacy-camellia.pem", pw(storePW), Unsupported, "CAMELLIA-256-CBC"},
		{"ssh-enc-aes256-ctr", Options{}, Password, "is encrypted and needs a password"},
		{"ssh-enc-aes256-ctr", wrong, Password, "the password is wrong"},
		{"ssh-enc-aes256-gcm", wrong, Password, "the password is wrong"},
		{"ssh-enc-chacha20-poly1305", pw(storePW), Unsupported, "chacha20-poly1305"},
		{"ssh-rounds300", pw(storePW), Limit, "300 rounds"},
		{"modern.p12", Options{}, Password, "is encrypted and needs a password"},
		{"modern.p12", wrong, Password, "the password is wrong"},
		{"modern.p12", Options{Password: secret.New(storePW), Alias: "other"}, Alias, `no entry "other"`},
		{"no-mac.p12", pw(storePW), Strength, "no MAC"},
		{"no-mac.p12", Options{Password: secret.New(canary), AllowNoMAC: true}, Password, "the password is wrong"},
		{"iterations.p12", pw(storePW), Limit, "iterations"},
		{"iterations-summed.p12", pw(storePW), Limit, "iterations"},
		{"ssh-rounds200", pw(storePW), Limit, "200 rounds of bcrypt"},
		{"certificates-only.p12", pw(storePW), Alias, "holds no private key"},
		{"two.jks", wrong, Password, "password of the JKS store is wrong"},
		{"two.jks", Options{}, Alias, "2 keys"},
		{"two.jks", Options{Alias: "first"}, Password, "needs a password"},
		{"two.jks", pw(storePW), Alias, "2 keys"},
		{"two.jks", Options{Password: secret.New(storePW), Alias: "trusted"}, Alias, "is a trusted certificate without a private key"},
		{"two.jks", Options{Password: secret.New(storePW), Alias: "third"}, Alias, `no entry "third"`},
		{"own.jks", pw(storePW), KeyPassword, "has a password of its own"},
		{"own.jks", Options{Password: secret.New(storePW), KeyPassword: secret.New(canary)}, KeyPassword, `password of the key "signer" is wrong`},
		{"own.jceks", pw(storePW), KeyPassword, "has a password of its own"},
		{"trust.jks", pw(storePW), Alias, "no private key, only a trusted certificate"},
		{"trust.pkcs12", pw(storePW), Alias, "no private key"},
		{"secret.jceks", pw(storePW), Alias, "a secret key (not supported)"},
		{"two-keys.pem", Options{}, Alias, "2 keys and no names"},
		{"mismatch.pem", Options{}, Certificate, `"CN=Test rsa-b" (RSA) belongs to another key`},
		{"rsa.crt", Options{}, Format, "this is a certificate"},
		{"rsa.cer", Options{}, Format, "this is a certificate"},
		{"chain.p7b", Options{}, Format, "PKCS#7"},
		{"rsa.csr", Options{}, Format, "a certificate signing request"},
		{"rsa-public.pem", Options{}, Format, "a public key"},
		{"rsa-public-pkcs1.pem", Options{}, Format, "a public key"},
		{"ssh-ed25519.pub", Options{}, Format, "an SSH public key"},
		{"dsa.pem", Options{}, Unsupported, "DSA"},
		{"dsa-legacy.pem", Options{}, Unsupported, "DSA"},
		{"ed448.pem", Options{}, Unsupported, "Ed448"},
		{"x25519.pem", Options{}, Unsupported, "X25519"},
		{"ec-brainpool.pem", Options{}, Unsupported, "brainpoolP256r1"},
		{"ec-secp256k1.pem", Options{}, Unsupported, "secp256k1"},
		{"ec-explicit.pem", Options{}, Unsupported, "explicit curve parameters"},
		{"rsa-3primes.pem", Options{}, Unsupported, "more than two primes"},
		{"rsa-512.pem", Options{AllowWeakKey: true}, Strength, "512 bits"},
		{"rsa-1024.pem", Options{}, Strength, "1024 bits"},
		{"make.sh", Options{}, Format, "this is a file of an unknown format, not a private key"},
	} {
		t.Run(c.file, func(t *testing.T) {
			_, err := Parse(read(t, c.file), c.o)
			if got := culprit(t, err); got != c.culprit || !strings.Contains(err.Error(), c.text) {
				t.Errorf("culprit %s: %v; want %s: %s", got, err, c.culprit, c.text)
			}
		})
	}
}

func TestAliasesAreListed(t *testing.T) {
	for _, file := range []string{"two.jks", "two.jceks", "two.pkcs12"} {
		_, err := Parse(read(t, file), pw(storePW))
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		slices.Sort(e.Aliases)
		if !slices.Equal(e.Aliases, []string{"first", "second"}) { // and not the trusted certificate
			t.Errorf("%s: aliases %q", file, e.Aliases)
		}
	}
}
