package main

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/key"
)

// TestHostile is the corpus of bad input, as far as it concerns a token that is
// decoded to be shown, and verified where that was asked for.
func TestHostile(t *testing.T) {
	t.Run("H064", hostileNone)
	t.Run("H065", hostilePBES2)
	t.Run("H066", hostileZip)
	t.Run("H067", hostileDots)
	t.Run("X401", hostileHeaders)
	t.Run("X402", hostileKeySets)
}

// bounded holds f to the limits of the corpus; the time is far above them, for
// slow machines and the race detector.
func bounded(t *testing.T, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	started := time.Now()
	f()
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
		t.Errorf("allocated %d MiB", got>>20)
	}
}

// hostileSet is a key set that a forger knows: its public halves are published.
func hostileSet(t *testing.T) keySet {
	t.Helper()
	set, err := parseKeySet([]byte(`{"keys":[{"kty":"oct","kid":"h","k":"` + part(hmacSecret+hmacSecret) + `"},{"kty":"OKP","crv":"Ed25519","kid":"e","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// unverified decodes and verifies a token, which must come to nothing.
func unverified(t *testing.T, token, kind, says string) *decoded {
	t.Helper()
	var d *decoded
	bounded(t, func() {
		d = decode(token, time.Unix(1_700_000_000, 0))
		if before := d.Verification; d.Kind == kindJWT && !strings.HasPrefix(before, "decoded, not verified") {
			t.Errorf("%q", before)
		}
		d.verify(token, hostileSet(t))
	})
	var shown bytes.Buffer
	d.print(&shown)
	if d.Verified || d.Kind != kind || !strings.Contains(d.Verification, says) || strings.ContainsAny(shown.String(), "\x1b\x00\u202e") {
		t.Errorf("%s, verified %t, %q does not say %q", d.Kind, d.Verified, d.Verification, says)
	}
	return d
}

func hostileNone(t *testing.T) {
	for _, alg := range []string{"none", "None", "NONE", "nOnE"} {
		unverified(t, part(`{"alg":"`+alg+`"}`)+"."+part(`{"sub":"root"}`)+".", kindJWT, "NOT verified: alg is none")
		unverified(t, part(`{"alg":"`+alg+`"}`)+"."+part(`{"sub":"root"}`)+".c2ln", kindJWT, "NOT verified: alg is none")
	}
	for _, alg := range []string{"none ", " none", `none\u0000`, "nоne", `\u001b[31mnone`, "HS256 ", "hs256", "RS256"} {
		unverified(t, part(`{"alg":"`+alg+`"}`)+"."+part(`{"sub":"root"}`)+".", kindJWT, "NOT verified")
	}
}

// hostilePBES2: a JWE is never opened, so that its p2c costs nothing; where a
// key would be read, it is named for what it is.
func hostilePBES2(t *testing.T) {
	for _, count := range []string{"2147483647", "1e300", "-1", `"x"`} {
		jwe := part(`{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2s":"AAAA","p2c":`+count+`}`) + ".aaaa.bbbb.cccc.dddd"
		unverified(t, jwe, kindJWE, "not decrypted")
		bounded(t, func() {
			if _, err := key.Parse([]byte(jwe), key.Options{}); err == nil || !strings.Contains(err.Error(), "JWE") {
				t.Error(err)
			}
			if code, _, stderr := invoke(context.Background(), "", "inspect", jwe); code != 0 {
				t.Errorf("%d %s", code, stderr)
			}
		})
	}
}

// hostileZip: nothing is decompressed.
func hostileZip(t *testing.T) {
	var bomb bytes.Buffer
	w, err := flate.NewWriter(&bomb, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, _ = w.Write(make([]byte, 1<<20)) // a buffer does not fail
	}
	_ = w.Close()
	body := base64.RawURLEncoding.EncodeToString(bomb.Bytes())
	unverified(t, part(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`)+"..aaaa."+body+".cccc", kindJWE, "not decrypted")
	unverified(t, part(`{"alg":"HS256","zip":"DEF"}`)+"."+body+".c2ln", kindMalformed, "is not a JSON object")
}

func hostileDots(t *testing.T) {
	header := part(`{"alg":"RS256"}`)
	for _, n := range []int{1, 3, 5, 6, 60_000} {
		unverified(t, header+strings.Repeat(".", n), kindMalformed, "dot")
	}
	unverified(t, strings.Repeat(".", maxToken), kindOpaque, "")
	unverified(t, header+strings.Repeat(".", maxToken), kindMalformed, "longer than 64 KiB")
	unverified(t, strings.Repeat("e30.", 10_000), kindOpaque, "")
}

// X401: what stands in a header or in claims decides nothing, and is read one way only.
func hostileHeaders(t *testing.T) {
	signer, err := key.FromHMAC([]byte(hmacSecret+hmacSecret), false)
	if err != nil {
		t.Fatal(err)
	}
	good, err := signer.Sign("HS256", nil, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	signature := good[strings.LastIndex(good, ".")+1:]
	for name, header := range map[string]string{
		"jku": `{"alg":"HS256","jku":"https://evil.example/"}`, "jwk": `{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}`, "x5u": `{"alg":"HS256","x5u":"https://evil.example/"}`, "crit": `{"alg":"HS256","crit":["b64"],"b64":false}`,
		"kid of a path": `{"alg":"HS256","kid":"../../dev/null"}`, "kid of escapes": `{"alg":"HS256","kid":"\u001b[2J\u202e"}`, "kid of 40 KB": `{"alg":"HS256","kid":"` + strings.Repeat("k", 40_000) + `"}`, "alg of 40 KB": `{"alg":"` + strings.Repeat("A", 40_000) + `"}`, "another alg": `{"alg":"EdDSA"}`, "alg in other letters": `{"alg":"HS256","ALG":"none"}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := unverified(t, part(header)+"."+part(`{"sub":"root"}`)+"."+signature, kindJWT, "NOT verified")
			if len(d.Verification) > 500 {
				t.Errorf("%d bytes", len(d.Verification))
			}
		})
	}
	for name, parts := range map[string][2]string{
		"alg twice": {`{"alg":"none","alg":"HS256"}`, `{}`}, "alg twice, escaped": {`{"alg":"HS256","\u0061lg":"none"}`, `{}`}, "kid twice": {`{"alg":"HS256","kid":"h","kid":"x"}`, `{}`},
		"exp twice": {`{"alg":"HS256"}`, `{"exp":1,"exp":9999999999}`}, "nested twice": {`{"alg":"HS256"}`, `{"cnf":{"jkt":"a","jkt":"b"}}`}, "deep": {`{"alg":"HS256"}`, `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`},
		"two objects": {`{"alg":"HS256"}`, `{}{}`}, "cut off": {`{"alg":"HS256"}`, `{"a":`}, "a mark": {`{"alg":"HS256"}`, "\ufeff{}"}, "an array": {`{"alg":"HS256"}`, `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			forged := part(parts[0]) + "." + part(parts[1])
			token, err := signer.Sign("HS256", nil, []byte(parts[1]))
			if err != nil || strings.Contains(name, "alg") || strings.Contains(name, "kid") {
				token = forged + "." + signature
			}
			unverified(t, token, kindMalformed, "malformed")
		})
	}
}

// X402: key sets.
func hostileKeySets(t *testing.T) {
	for name, set := range map[string]string{
		"deep": `{"keys":` + strings.Repeat("[", 400_000), "numbers": `{"keys":[1,2,3]}`, "null": `{"keys":[null]}`, "a private EC key that fits nothing": `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}]}`, "a modulus of a megabit": `{"keys":[{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("_", 1<<17) + `"}]}`,
		"many": `{"keys":[` + strings.Repeat(`{},`, 100_000) + `{}]}`, "text": `"keys"`, "empty k": `{"keys":[{"kty":"oct","k":""}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			bounded(t, func() {
				set, err := parseKeySet([]byte(set))
				if err == nil { // then nothing was signed with it
					d := decode(part(`{"alg":"RS256"}`)+"."+part(`{}`)+"."+strings.Repeat("A", 1000), time.Now())
					d.verify(part(`{"alg":"RS256"}`)+"."+part(`{}`)+"."+strings.Repeat("A", 1000), set)
					if d.Verified {
						t.Error("verified")
					}
				}
			})
		})
	}
}
