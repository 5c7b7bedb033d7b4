package key

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func parse(t testing.TB, name string, o Options) *Key {
	t.Helper()
	k, err := Parse(read(t, name), o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestSaltLength: RFC 7518 3.5 wants a salt as long as the hash; a verifier in
// automatic mode would take any.
func TestSaltLength(t *testing.T) {
	k := parse(t, "rsa.pem", Options{})
	for alg, h := range map[string]crypto.Hash{"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512} {
		jws, err := k.Sign(alg, nil, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		at := strings.LastIndexByte(jws, '.')
		sig, _ := base64.RawURLEncoding.DecodeString(jws[at+1:])
		d := h.New()
		d.Write([]byte(jws[:at]))
		if err := rsa.VerifyPSS(k.Public().(*rsa.PublicKey), h, d.Sum(nil), sig, &rsa.PSSOptions{SaltLength: h.Size()}); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

func TestHeader(t *testing.T) {
	k := parse(t, "ec-256.pem", Options{})
	jws, err := k.Sign("ES256", map[string]any{"typ": "JWT", "kid": "a&b", "alg": "ES256", "Zz": 1, "odd": "\"\u00e9\\\n"}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	head, _ := base64.RawURLEncoding.DecodeString(strings.SplitN(jws, ".", 2)[0])
	if want := `{"Zz":1,"alg":"ES256","kid":"a&b","odd":"\"é\\\n","typ":"JWT"}`; string(head) != want {
		t.Errorf("header %s, want %s", head, want)
	}
	for _, name := range []string{"jku", "x5u", "jwk", "crit", "b64", "alg"} {
		if _, err := k.Sign("ES256", map[string]any{name: "none"}, nil); culprit(t, err) != Algorithm || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.Sign("ES256", map[string]any{"x": func() {}}, nil); culprit(t, err) != Algorithm {
		t.Error(err)
	}
	for _, alg := range []string{"none", "", "ES256K", "RSA-OAEP"} {
		if _, err := k.Sign(alg, nil, nil); culprit(t, err) != Algorithm {
			t.Errorf("%q: %v", alg, err)
		}
	}
}

// TestECDSAWidth signs often enough to meet an R or S with a leading zero byte.
func TestECDSAWidth(t *testing.T) {
	for file, c := range map[string]struct {
		alg  string
		size int
	}{"ec-256.pem": {"ES256", 64}, "ec-384.pem": {"ES384", 96}, "ec-521.pem": {"ES512", 132}} {
		k := parse(t, file, Options{})
		for i := range 300 {
			jws, err := k.Sign(c.alg, nil, fmt.Append(nil, i))
			if err != nil {
				t.Fatal(err)
			}
			sig, _ := base64.RawURLEncoding.DecodeString(jws[strings.LastIndexByte(jws, '.')+1:])
			if len(sig) != c.size {
				t.Fatalf("%s: %d bytes", c.alg, len(sig))
			}
		}
	}
	for _, der := range []string{"", "30", "3006020100020100ff", "3003020100", "3008020100020100020100"} {
		raw, _ := hex.DecodeString(der)
		if _, err := rawECDSA(raw, 32); err == nil {
			t.Errorf("%q is taken", der)
		}
	}
}

func TestCheck(t *testing.T) {
	hm, err := FromHMAC([]byte(strings.Repeat("k", 32)), false)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := FromHMAC([]byte(strings.Repeat("k", 16)), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		k       *Key
		alg     string
		culprit Culprit
		text    string
	}{
		{parse(t, "ed25519.pem", Options{}), "RS256", Algorithm, "key is an Ed25519 key, algorithm RS256 needs an RSA key"},
		{parse(t, "ec-384.pem", Options{}), "ES256", Algorithm, "key is an EC P-384 key, algorithm ES256 needs an EC P-256 key"},
		{parse(t, "rsa.pem", Options{}), "HS256", Algorithm, "key is an RSA key of 2048 bits, algorithm HS256 needs an HMAC secret"},
		{parse(t, "rsa-1024.pem", Options{AllowWeakKey: true}), "PS512", Algorithm, "at least 1042 bits"},
		{parse(t, "rsa-pss-sha256.pem", Options{}), "RS256", Algorithm, "restricts its key to PS256"},
		{hm, "HS384", Strength, "32 bytes, algorithm HS384 needs 48"},
		{hm, "RS256", Algorithm, "key is an HMAC secret"},
		{&Key{}, "RS256", Format, "there is no key"},
		{nil, "RS256", Format, "there is no key"},
		{hm, "HS256", "", ""},
		{weak, "HS512", "", ""},
	} {
		err := c.k.Check(c.alg)
		if c.culprit == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if got := culprit(t, err); got != c.culprit || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", got, err)
		}
	}
}

func TestHMAC(t *testing.T) {
	long := strings.Repeat("s", 64)
	for _, c := range []struct {
		name    string
		data    string
		o       Options
		want    string
		culprit Culprit
	}{
		{"text", long, Options{HMAC: true}, long, ""},
		{"line break", long + "\n", Options{HMAC: true}, long, ""},
		{"windows line break", long + "\r\n", Options{Encoding: "text"}, long, ""},
		{"spaces are part of it", " " + long, Options{Encoding: "text"}, " " + long, ""},
		{"base64", base64.StdEncoding.EncodeToString([]byte(long)) + "\n", Options{Encoding: "base64"}, long, ""},
		{"base64url", base64.RawURLEncoding.EncodeToString([]byte(long)), Options{Encoding: "base64"}, long, ""},
		{"hex", hex.EncodeToString([]byte(long)), Options{Encoding: "hex"}, long, ""},
		{"begins like JSON", "{" + long, Options{HMAC: true}, "{" + long, ""},
		{"no HMAC asked for", long, Options{}, "", Format},
		{"bad hex", "zz" + canary, Options{Encoding: "hex"}, "", Format},
		{"bad base64", "!!" + canary, Options{Encoding: "base64"}, "", Format},
		{"bad encoding", long, Options{Encoding: "rot13"}, "", Unsupported},
		{"short", "0123456789abcdef", Options{HMAC: true}, "", Strength},
		{"short, allowed", "0123456789abcdef", Options{HMAC: true, AllowWeakKey: true}, "0123456789abcdef", ""},
		{"too short, allowed", "0123456789abcde", Options{HMAC: true, AllowWeakKey: true}, "", Strength},
		{"empty", "", Options{Encoding: "text"}, "", Format},
		{"public key as secret", string(read(t, "rsa-public.pem")), Options{HMAC: true}, "", Format},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := Parse([]byte(c.data), c.o)
			if c.culprit != "" {
				if got := culprit(t, err); got != c.culprit {
					t.Fatal(got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(k.private.secret) != c.want || k.Format != "hmac" || k.Public() != nil || k.Signer() != nil {
				t.Errorf("key %v of %d bytes", k, len(k.private.secret))
			}
			if _, err := k.PublicJWK(); err == nil {
				t.Error("a secret has a public JWK")
			}
			if len(c.want) >= 32 {
				verify(t, k)
			}
		})
	}
}

func TestFromSigner(t *testing.T) {
	full := parse(t, "rsa-with-chain.pem", Options{})
	k, err := FromSigner(full.Signer(), full.Certificates)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, k)
	if _, err := FromSigner(parse(t, "rsa-b.pem", Options{}).Signer(), full.Certificates); culprit(t, err) != Certificate {
		t.Error(err)
	}
	if _, err := FromSigner(nil, nil); culprit(t, err) != Format {
		t.Error(err)
	}
	if _, err := FromSigner(parse(t, "rsa-1024.pem", Options{AllowWeakKey: true}).Signer(), nil); culprit(t, err) != Strength {
		t.Error(err)
	}
}

func TestCertificateHeaders(t *testing.T) {
	k := parse(t, "rsa-with-chain.pem", Options{})
	h, err := k.CertificateHeaders([]string{"x5t", "x5t#S256", "x5c"})
	if err != nil {
		t.Fatal(err)
	}
	leaf := read(t, "rsa.cer")
	s1, s256 := sha1.Sum(leaf), sha256.Sum256(leaf)
	if h["x5t"] != base64.RawURLEncoding.EncodeToString(s1[:]) || h["x5t#S256"] != base64.RawURLEncoding.EncodeToString(s256[:]) {
		t.Error(h)
	}
	x5c := h["x5c"].([]string)
	if len(x5c) != 3 || x5c[0] != base64.StdEncoding.EncodeToString(leaf) {
		t.Error(x5c)
	}
	jws, err := k.Sign("PS256", h, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jose.ParseSignedCompact(jws, []jose.SignatureAlgorithm{jose.PS256}); err != nil {
		t.Error(err)
	}
	if _, err := k.CertificateHeaders([]string{"x5u"}); culprit(t, err) != Certificate {
		t.Error(err)
	}
	if _, err := parse(t, "rsa.pem", Options{}).CertificateHeaders([]string{"x5t"}); culprit(t, err) != Certificate {
		t.Error(err)
	}
}

func TestTLSCertificate(t *testing.T) {
	k := parse(t, "rsa.pem", Options{})
	chain, err := ParseCertificates(read(t, "chain-out-of-order.crt"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(chain)
	c, err := k.TLSCertificate(chain)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Certificate) != 3 || !bytes.Equal(c.Certificate[0], read(t, "rsa.cer")) || c.Leaf.Subject.CommonName != "Test rsa" {
		t.Error("the chain is not in order")
	}
	if _, err := parse(t, "rsa-b.pem", Options{}).TLSCertificate(chain); culprit(t, err) != Certificate {
		t.Error(err)
	}
	if _, err := k.TLSCertificate(nil); culprit(t, err) != Certificate {
		t.Error(err)
	}
	hm, _ := FromHMAC(make([]byte, 32), false)
	if _, err := hm.TLSCertificate(chain); culprit(t, err) != Format {
		t.Error(err)
	}
}

func TestParseCertificates(t *testing.T) {
	for _, c := range []struct {
		file  string
		o     Options
		first string // common name
		n     int
	}{
		{"rsa.crt", Options{}, "Test rsa", 1},
		{"rsa.cer", Options{}, "Test rsa", 1},
		{"rsa-trusted.crt", Options{}, "Test rsa", 1},
		{"chain-out-of-order.crt", Options{}, "Test rsa", 3},
		{"chain.p7b", Options{}, "Test rsa", 3},
		{"rsa-with-chain.pem", Options{}, "Test rsa", 3},
		{"modern.p12", pw(storePW), "Test rsa", 3},
		{"legacy.p12", pw(storePW), "Test rsa", 3},
		{"certificates-only.p12", pw(storePW), "Test rsa", 3},
		{"trust.jks", Options{}, "Test Intermediate", 2},
		{"trust.jks", Options{Alias: "root"}, "Test Root", 1},
		{"trust.pkcs12", pw(storePW), "Test Intermediate", 2},
		{"two.jks", Options{Alias: "second"}, "Java", 1},
	} {
		certs, err := ParseCertificates(read(t, c.file), c.o)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if len(certs) != c.n || certs[0].Subject.CommonName != c.first {
			t.Errorf("%s: %d certificates, first %s", c.file, len(certs), certs[0].Subject)
		}
	}
	for file, want := range map[string]Culprit{"rsa.pem": Format, "rsa-public.pem": Format, "modern.p12": Password, "make.sh": Format, "p8-aes-256-cbc.pem": Format} {
		if _, err := ParseCertificates(read(t, file), Options{}); culprit(t, err) != want {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestPrintsNothingPrivate prints keys in every way there is and looks for
// their private numbers.
func TestPrintsNothingPrivate(t *testing.T) {
	hm, _ := FromHMAC([]byte(canary+strings.Repeat("k", 32)), false)
	for _, k := range []*Key{parse(t, "rsa.pem", Options{}), parse(t, "ec-256.pem", Options{}), parse(t, "ed25519.pem", Options{}), hm} {
		var forbidden []string
		add := func(b []byte) {
			forbidden = append(forbidden, string(b), hex.EncodeToString(b), strings.Trim(fmt.Sprint(b), "[]"), base64.StdEncoding.EncodeToString(b), new(big.Int).SetBytes(b).String())
		}
		switch s := k.Signer().(type) {
		case *rsa.PrivateKey:
			add(s.D.Bytes())
			add(s.Primes[0].Bytes())
		case *ecdsa.PrivateKey:
			b, _ := s.Bytes()
			add(b)
		case ed25519.PrivateKey:
			add(s.Seed())
		default:
			add([]byte(canary))
		}
		type wrap struct {
			exported *Key
			k        Key //nolint:unused // printed
			any      any
		}
		var out strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%t", "%o", "%b"} {
			for _, v := range []any{k, *k, &k, wrap{k, *k, *k}, []Key{*k}, map[string]*Key{"a": k}} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
		}
		j, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(j)
		for _, f := range forbidden {
			if strings.Contains(out.String(), f) {
				t.Errorf("%v prints private material %q", k, f[:min(12, len(f))])
			}
		}
	}
}

func TestPublicJWK(t *testing.T) {
	for _, file := range []string{"rsa.pem", "ec-256.pem", "ec-384.pem", "ec-521.pem", "ed25519.pem"} {
		k := parse(t, file, Options{})
		k.ID = "kid-1"
		raw, err := k.PublicJWK()
		if err != nil {
			t.Fatal(err)
		}
		var j jose.JSONWebKey
		if err := j.UnmarshalJSON(raw); err != nil || !j.IsPublic() || j.KeyID != "kid-1" {
			t.Fatalf("%s: %v", raw, err)
		}
		sum, _ := j.Thumbprint(crypto.SHA256)
		if got, _ := k.Thumbprint(); got != base64.RawURLEncoding.EncodeToString(sum) {
			t.Errorf("%s: thumbprint %s", file, got)
		}
	}
}

var sinkString string

// BenchmarkSign shows the cost beside the raw operation: at most 5 % for RSA,
// 5 us for ES256 and EdDSA. go-jose is the way not taken.
func BenchmarkSign(b *testing.B) {
	payload := []byte(`{"iss":"client","sub":"client","aud":"https://as.example/token","iat":1700000000,"exp":1700000300,"jti":"0123456789abcdef"}`)
	header := map[string]any{"typ": "JWT", "kid": "2026-01", "x5t#S256": "0123456789012345678901234567890123456789012"}
	for _, c := range []struct {
		alg, file string
		opts      crypto.SignerOpts
	}{
		{"RS256", "rsa.pem", crypto.SHA256},
		{"PS256", "rsa.pem", &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}},
		{"ES256", "ec-256.pem", crypto.SHA256},
		{"EdDSA", "ed25519.pem", crypto.Hash(0)},
	} {
		k := parse(b, c.file, Options{})
		b.Run(c.alg+"/raw", func(b *testing.B) {
			input := []byte(strings.Repeat("x", 300))
			if c.opts.HashFunc() != 0 {
				d := sha256.Sum256(input)
				input = d[:]
			}
			for b.Loop() {
				if _, err := k.Signer().Sign(rand.Reader, input, c.opts); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.alg+"/key", func(b *testing.B) {
			for b.Loop() {
				s, err := k.Sign(c.alg, header, payload)
				if err != nil {
					b.Fatal(err)
				}
				sinkString = s
			}
		})
		b.Run(c.alg+"/go-jose", func(b *testing.B) {
			for b.Loop() {
				o := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", "2026-01").WithHeader("x5t#S256", header["x5t#S256"])
				s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(c.alg), Key: k.Signer()}, o)
				if err != nil {
					b.Fatal(err)
				}
				jws, err := s.Sign(payload)
				if err != nil {
					b.Fatal(err)
				}
				sinkString, _ = jws.CompactSerialize()
			}
		})
	}
}
