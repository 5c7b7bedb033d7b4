package key

import (
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/jeton-oauth/jeton/secret"
)

// TestPKCS12OfAnotherLibrary reads what openssl 3.0 cannot write: PBMAC1 (RFC
// 9579), and the empty password in its other form.
func TestPKCS12OfAnotherLibrary(t *testing.T) {
	k := parse(t, "rsa-with-chain.pem", Options{})
	for name, enc := range map[string]*pkcs12.Encoder{
		"LegacyRC2": pkcs12.LegacyRC2, "LegacyDES": pkcs12.LegacyDES, "Modern2023": pkcs12.Modern2023, "Modern2026": pkcs12.Modern2026,
	} {
		for _, password := range []string{storePW, "", "sch\u00f6n"} {
			data, err := enc.Encode(k.Signer(), k.Certificates[0], k.Certificates[1:], password)
			if err != nil {
				t.Fatal(name, err)
			}
			got, err := Parse(data, pw(password))
			if err != nil {
				t.Errorf("%s, password %q: %v", name, password, err)
				continue
			}
			if len(got.Certificates) != 3 || !got.Matches(k.Certificates[0]) {
				t.Errorf("%s: %d certificates", name, len(got.Certificates))
			}
			if _, err := Parse(data, pw(canary)); culprit(t, err) != Password {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	plain, err := pkcs12.Passwordless.Encode(k.Signer(), k.Certificates[0], nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(plain, Options{}); culprit(t, err) != Strength {
		t.Error(err)
	}
	if _, err := Parse(plain, Options{AllowNoMAC: true}); err != nil {
		t.Error(err)
	}
	if _, err := Parse(plain, Options{AllowNoMAC: true, Password: secret.New(storePW)}); err != nil {
		t.Error(err)
	}
}
