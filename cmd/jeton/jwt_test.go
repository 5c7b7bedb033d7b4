package main

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/key"
)

func part(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestDecode(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	jwt := func(header, claims string) string { return part(header) + "." + part(claims) + ".c2ln" }
	for name, tt := range map[string]struct {
		token, kind, verification string
		words                     []string
	}{
		"empty":           {"", kindMalformed, "malformed: it is empty", nil},
		"opaque":          {"ya29.a0Af_x", kindOpaque, "only the server that issued it can say what it means; there is no signature to verify", nil},
		"opaque json":     {part(`{"sub":"x"}`) + ".x.y", kindOpaque, "only the server that issued it can say what it means; there is no signature to verify", nil},
		"dots":            {strings.Repeat(".", maxToken), kindOpaque, "only the server that issued it can say what it means; there is no signature to verify", nil},
		"header and dots": {part(`{"alg":"RS256"}`) + strings.Repeat(".", 60_000), kindMalformed, "malformed: it begins with a JOSE header but has 60000 dots; a signed JWT has 2, an encrypted one 4", nil},
		"too long":        {strings.Repeat("a", maxToken+1), kindMalformed, "malformed: it is longer than 64 KiB", nil},
		"payload":         {jwt(`{"alg":"RS256"}`, `[1]`), kindMalformed, "malformed: its payload of 3 octets is not a JSON object", nil},
		"padding":         {part(`{"alg":"RS256"}`) + ".e30=.c2ln", kindMalformed, "malformed: its second part is not base64url without padding", nil},
		"signature":       {part(`{"alg":"RS256"}`) + ".e30.+", kindMalformed, "malformed: its signature is not base64url without padding", nil},
		"none":            {jwt(`{"alg":"None"}`, `{}`), kindJWT, "decoded, not verified: alg is none", nil},
		"jwe":             {part(`{"alg":"dir","zip":"DEF"}`) + "....", kindJWE, "not decrypted", nil},
		"valid":           {jwt(`{"alg":"RS256"}`, `{"iat":1699999941,"nbf":1700000061,"exp":1.70000359e9}`), kindJWT, "decoded, not verified", []string{"59 s ago", "not valid yet, for another 1 min 1 s", "expires in 59 min 50 s"}},
		"expired":         {jwt(`{"alg":"RS256"}`, `{"exp":1699740000,"iat":1700007200}`), kindJWT, "decoded, not verified", []string{"in 2 h 0 min, which is in the future", "expired 3 days 0 h ago"}},
		"odd times":       {jwt(`{"alg":"RS256"}`, `{"exp":"soon","iat":1e300}`), kindJWT, "decoded, not verified", nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := decode(tt.token, now)
			if d.Kind != tt.kind || d.Verification != tt.verification || d.Verified {
				t.Errorf("%s, %q, verified %t", d.Kind, d.Verification, d.Verified)
			}
			var words []string
			for _, c := range d.Times {
				words = append(words, c.Words)
			}
			if strings.Join(words, "|") != strings.Join(tt.words, "|") {
				t.Errorf("times %q, want %q", words, tt.words)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(part(`{"alg":"RS256"}`) + "." + part(`{"exp":1}`) + ".")
	f.Add("....")
	f.Fuzz(func(t *testing.T, token string) {
		d := decode(token, time.Unix(0, 0))
		d.verify(token, keySet{})
		if d.Verified {
			t.Fatal("verified without a key")
		}
		var b strings.Builder
		d.print(&b)
		if _, err := encodeJSON(d); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFetchKeySet(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/keys", http.StatusFound) })
	mux.HandleFunc("/keys", func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxFile+1)) })
	mux.HandleFunc("/text", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
	server := httptest.NewServer(mux)
	defer server.Close()
	for path, want := range map[string]int{"/moved": 6, "/large": 7, "/text": 7} {
		code, stdout, stderr := invoke(context.Background(), "", "inspect", "x", "--jwks", server.URL+path)
		if code != want || stdout != "" {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", path, code, stdout, stderr)
		}
	}
}

func TestKeySetURL(t *testing.T) {
	for from, ok := range map[string]bool{
		"https://as.example/jwks": true, "http://localhost:1/": true, "http://127.3.2.1/": true, "http://[::1]:8/": true,
		"http://as.example/": false, "http://127.0.0.1.evil.example/": false, "https://user:pw@as.example/": false, "ftp://x/": false, "https://": false,
	} {
		if err := checkKeySetURL(from); (err == nil) != ok {
			t.Errorf("%s: %v", from, err)
		}
	}
}

func TestParseKeySet(t *testing.T) {
	many := `{"keys":[` + strings.Repeat(`{"kty":"oct","k":"YQ"},`, maxKeys) + `{}]}`
	for name, tt := range map[string]struct {
		in string
		n  int
	}{
		"unknown beside known": {`{"keys":[{"kty":"XYZ"},{"kty":"oct","k":"YWJj","kid":"a"}]}`, 1},
		"one jwk":              {`{"kty":"oct","k":"YWJj"}`, 1},
		"empty":                {`{"keys":[]}`, 0},
		"none known":           {`{"keys":[{"kty":"XYZ"}]}`, 0},
		"array":                {`[]`, 0},
		"too many":             {many, 0},
	} {
		if set, err := parseKeySet([]byte(tt.in)); len(set) != tt.n || (err == nil) != (tt.n > 0) {
			t.Errorf("%s: %d keys, %v", name, len(set), err)
		}
	}
}

// Every algorithm verifies with its own key and with no other one.
func TestVerify(t *testing.T) {
	hmac, err := key.FromHMAC([]byte(hmacSecret+hmacSecret), false)
	if err != nil {
		t.Fatal(err)
	}
	set := keySet{{Key: []byte(hmacSecret + hmacSecret)}}
	signers := map[string]*key.Key{"HS256": hmac, "HS512": hmac}
	for _, alg := range signAlgorithms() {
		o := keyOrder{algorithm: alg, bits: 2048}
		signer, err := o.generate()
		if err != nil {
			t.Fatal(err)
		}
		if signers[alg], err = key.FromSigner(signer, nil); err != nil {
			t.Fatal(err)
		}
		set = append(set, jose.JSONWebKey{Key: signer.Public(), KeyID: alg, Use: "sig"})
	}
	for alg, signer := range signers {
		t.Run(alg, func(t *testing.T) {
			token, err := signer.Sign(alg, map[string]any{"typ": "JWT"}, []byte(`{"sub":"ada"}`))
			if err != nil {
				t.Fatal(err)
			}
			d := decode(token, time.Now())
			d.verify(token, set)
			if want := signers[alg] != hmac; !d.Verified || want && d.KeyID != alg {
				t.Errorf("%s (kid %q)", d.Verification, d.KeyID)
			}
			head, rest, _ := strings.Cut(token, ".")
			_, signature, _ := strings.Cut(rest, ".")
			forged := head + "." + part(`{"sub":"eve"}`) + "." + signature
			d = decode(forged, time.Now())
			d.verify(forged, set)
			if d.Verified || !strings.HasPrefix(d.Verification, "NOT verified: ") {
				t.Errorf("forged: %s", d.Verification)
			}
			encryption := keySet{{Key: set[0].Key, Use: "enc"}}
			d = decode(token, time.Now())
			if d.verify(token, encryption); d.Verified {
				t.Error("verified with a key for encryption")
			}
		})
	}
}

// A token whose header has a critical extension that we do not know must not verify.
func TestVerifyCritical(t *testing.T) {
	k, err := key.FromHMAC([]byte(hmacSecret), false)
	if err != nil {
		t.Fatal(err)
	}
	good, err := k.Sign("HS256", nil, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(good, ".")
	token := part(`{"alg":"HS256","crit":["exp"],"exp":1}`) + "." + rest
	d := decode(token, time.Now())
	if d.verify(token, keySet{{Key: []byte(hmacSecret)}}); d.Verified {
		t.Error("verified")
	}
}
