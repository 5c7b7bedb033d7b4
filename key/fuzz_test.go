package key

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/jeton-oauth/jeton/secret"
)

// seeds adds every fixture whose name matches one of the patterns.
func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	for _, p := range patterns {
		names, err := filepath.Glob(filepath.Join("testdata", p))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.IsDir() {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

// check: every failure is typed, and a key that comes out can be used.
func check(t *testing.T, data []byte, o Options) {
	k, err := Parse(data, o)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Problem == "" || e.Culprit == "" {
			t.Fatalf("%T: %v", err, err)
		}
		if text := err.Error(); len(text) > 16<<10 || strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, storePW) {
			t.Fatalf("%d bytes: %.500q", len(text), text)
		}
		return
	}
	if k.String() == "" || k.Format == "" {
		t.Fatal("a key of no kind")
	}
	alg := k.DefaultAlgorithm()
	if alg == "" {
		return // an HMAC secret that its JWK restricts to more than it has
	}
	if _, err := k.Sign(alg, nil, []byte("{}")); err != nil {
		t.Fatalf("%v cannot sign: %v", k, err)
	}
}

func FuzzParse(f *testing.F) {
	seeds(f, "*.pem", "*.der", "ssh-e*", "ssh-rsa*", "*.crt", "*.csr")
	f.Add(googleJSON(f, func(map[string]any) {}))
	f.Add(encode(f, privateJWK(f, "rsa.pem", nil)))
	for _, seed := range []string{`{"kty":"oct","k":"` + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY" + `"}`, `{"keys":[{"kty":"EC"}]}`, `{"clientid":"x","uaa":{"key":"y"}}`, `{"boxAppSettings":{"appAuth":{"privateKey":"x"}}}`, "PuTTY-User-Key-File-3: ssh-rsa", "eyJhbGciOiJub25lIn0.e30.", "\ufeff{}}"} {
		f.Add([]byte(seed))
	}
	f.Add(encode(f, object{"keys": []any{privateJWK(f, "ec-256.pem", nil), privateJWK(f, "ed25519.pem", nil)}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(t, func() { check(t, data, Options{Password: secret.New(storePW), AllowWeakKey: true}) })
	})
}

func FuzzInspect(f *testing.F) {
	seeds(f, "*.pem", "*.p12", "*.jks", "*.jceks", "ssh-e*", "*.p7b", "*.cer")
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, o := range []Options{{}, pw(storePW)} {
			bounded(t, func() {
				var e *Error
				if r, err := Inspect(data, o); err != nil && !errors.As(err, &e) {
					t.Fatalf("%T: %v", err, err)
				} else if err == nil {
					encode(t, r)
				}
				if _, err := ParseCertificates(data, o); err != nil && !errors.As(err, &e) {
					t.Fatalf("%T: %v", err, err)
				}
			})
		}
	})
}

func FuzzPKCS12(f *testing.F) {
	seeds(f, "*.p12", "*.pkcs12")
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &opener{o: Options{Password: secret.New(storePW), AllowNoMAC: true}}
		bounded(t, func() {
			file, err := p.pkcs12(data)
			if err != nil {
				return
			}
			for _, e := range file.entries {
				if e.unlock != nil {
					_, _ = e.unlock() // no panic is what is asked
				}
			}
		})
	})
}

func FuzzJKS(f *testing.F) {
	seeds(f, "*.jks", "*.jceks")
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 4 {
			return
		}
		// No store password, so that the digest at the end does not hide the rest.
		p := &opener{o: Options{KeyPassword: secret.New(storePW)}}
		bounded(t, func() {
			file, err := p.keystore(data)
			if err != nil {
				return
			}
			for _, e := range file.entries {
				if e.unlock != nil {
					_, _ = e.unlock() // no panic is what is asked
				}
			}
		})
	})
}
