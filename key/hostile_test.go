package key

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"math/big"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/secret"
)

// bounded runs f and fails if it costs more than a hostile file may. The time
// is far above the limit of a second, for slow and busy machines, and for the
// instrumented code of a fuzzer.
func bounded(t testing.TB, f func()) {
	t.Helper()
	limit := 5 * time.Second * slowdown
	if flag.Lookup("test.fuzz").Value.String() != "" {
		limit = 30 * time.Second
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	f()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if took > limit {
		t.Errorf("took %v", took)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
		t.Errorf("allocated %d MiB", got>>20)
	}
}

// refused asserts a bounded, typed refusal by Parse and, where it must, by Inspect.
func refused(t *testing.T, data []byte, o Options, want Culprit, text string) {
	t.Helper()
	bounded(t, func() {
		_, err := Parse(data, o)
		if got := culprit(t, err); got != want || !strings.Contains(err.Error(), text) {
			t.Errorf("culprit %s: %v; want %s: %s", got, err, want, text)
		}
	})
	bounded(t, func() {
		if r, err := Inspect(data, o); err != nil {
			culprit(t, err)
		} else if r == nil {
			t.Error("neither report nor error")
		}
	})
}

func jks(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case uint32:
			b = append(b, byte(p>>24), byte(p>>16), byte(p>>8), byte(p))
		case string:
			b = append(append(b, byte(len(p)>>8), byte(len(p))), p...)
		case []byte:
			b = append(b, p...)
		}
	}
	return append(b, make([]byte, 20)...)
}

func der(t testing.TB, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// patch replaces old, which must be there, by a new value of the same length.
func patch(t testing.TB, data, old, new []byte) []byte {
	t.Helper()
	if !bytes.Contains(data, old) || len(old) != len(new) {
		t.Fatal("nothing to patch")
	}
	return bytes.ReplaceAll(data, old, new)
}

func pemBytes(t testing.TB, name string) []byte {
	t.Helper()
	b, _ := pem.Decode(read(t, name))
	return b.Bytes
}

func TestHostile(t *testing.T) {
	magic, version, date := uint32(magicJKS), uint32(2), make([]byte, 8)
	entry := []any{magic, version, uint32(1), uint32(1), "a", date}
	with := func(parts ...any) []byte { return jks(append(slices.Clone(entry), parts...)...) }

	t.Run("H046", func(t *testing.T) {
		refused(t, with(uint32(0), uint32(0xffffffff)), Options{}, Limit, "4294967295 certificates")
		refused(t, jks(magic, version, uint32(0xffffffff)), Options{}, Limit, "4294967295 entries")
	})
	t.Run("H047", func(t *testing.T) {
		refused(t, with(uint32(0xffffffff)), Options{}, Damaged, "beyond its end")
	})
	t.Run("H048", func(t *testing.T) {
		refused(t, with(uint32(0), uint32(1), "X.509", uint32(0x7fffffff)), Options{}, Damaged, "beyond its end")
	})
	t.Run("H049", func(t *testing.T) {
		full := read(t, "two.jks")
		for n := 4; n < 40; n++ {
			refused(t, full[:n], Options{}, Damaged, "")
		}
	})
	t.Run("H050", hostileJCEKS)
	t.Run("H051", hostileIterations)
	t.Run("H052", func(t *testing.T) {
		refused(t, read(t, "iterations-summed.p12"), pw(storePW), Limit, "iterations")
	})
	t.Run("H053", hostilePBMAC1)
	t.Run("H054", func(t *testing.T) {
		k := parse(t, "legacy.p12", pw(storePW))
		if len(k.Notes) == 0 || !strings.Contains(k.Notes[0], "legacy encryption SHA1-RC2-40") {
			t.Errorf("notes %q", k.Notes)
		}
	})
	t.Run("H055", func(t *testing.T) {
		parse(t, "empty-password.p12", Options{})
		parse(t, "odd-password.p12", pw(oddPW))
		parse(t, "odd-password-legacy.p12", pw(oddPW))
	})
	t.Run("H056", hostilePEM)
	t.Run("H057", func(t *testing.T) {
		refused(t, read(t, "rsa-512.pem"), Options{AllowWeakKey: true}, Strength, "512 bits")
		refused(t, read(t, "rsa-1024.pem"), Options{}, Strength, "1024 bits")
		parse(t, "rsa-1024.pem", Options{AllowWeakKey: true})
	})
	t.Run("H058", hostileRSA)
	t.Run("H059", func(t *testing.T) {
		for file, alg := range map[string]string{"ed25519.pem": "RS256", "ec-384.pem": "ES256"} {
			if _, err := parse(t, file, Options{}).Sign(alg, nil, nil); culprit(t, err) != Algorithm || !strings.Contains(err.Error(), "key is an E") {
				t.Error(err)
			}
		}
	})
	t.Run("H060", hostileOther)
	t.Run("H061", func(t *testing.T) {
		refused(t, read(t, "mismatch.pem"), Options{}, Certificate, "belongs to another key")
		refused(t, read(t, "two-keys.pem"), Options{}, Alias, "1: a private key")
		if k := parse(t, "rsa-with-chain.pem", Options{}); k.Certificates[2].Subject.CommonName != "Test Root" {
			t.Error("the chain is not sorted")
		}
	})
	t.Run("H062", hostileGoogle)
	t.Run("H063", hostilePaste)
	hostileBeyond(t)
	t.Run("H065", func(t *testing.T) {
		// 2,000,000 is 1e8480; 2^31-1 needs one byte more, so a PBES2 of its own.
		refused(t, read(t, "p8-iterations.pem"), pw(storePW), Limit, "iterations")
		refused(t, pbes2(t, 1<<31-1), pw(storePW), Limit, "iterations")
	})
}

func hostileJCEKS(t *testing.T) {
	parse(t, "two.jceks", Options{Password: secret.New(storePW), Alias: "first"})
	refused(t, read(t, "secret.jceks"), pw(storePW), Alias, "a secret key (not supported)")
	type pbe struct {
		Salt []byte
		N    int
	}
	type alg struct {
		OID    asn1.ObjectIdentifier
		Params pbe
	}
	type info struct {
		Alg  alg
		Data []byte
	}
	oid := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 42, 2, 19, 1}
	sealed := der(t, info{alg{oid, pbe{make([]byte, 8), 1<<31 - 1}}, make([]byte, 16)})
	store := jks(uint32(magicJCEKS), uint32(2), uint32(1), uint32(1), "a", make([]byte, 8), uint32(len(sealed)), sealed, uint32(0))
	o := Options{KeyPassword: secret.New(canary)}
	refused(t, store, o, Limit, "iterations")
	sealed = der(t, info{alg{oid, pbe{make([]byte, 8), 1000}}, make([]byte, 16)}) // equal halves of the salt
	refused(t, jks(uint32(magicJCEKS), uint32(2), uint32(1), uint32(1), "a", make([]byte, 8), uint32(len(sealed)), sealed, uint32(0)), o, KeyPassword, "")
}

func hostileIterations(t *testing.T) {
	refused(t, read(t, "iterations.p12"), pw(storePW), Limit, "iterations")
	mac := read(t, "modern.p12")
	// The MAC is the last element: ... INTEGER 2048.
	big := append(bytes.Clone(mac[:len(mac)-4]), 2, 4, 0x7f, 0xff, 0xff, 0xff)
	grow(big, 2)
	refused(t, big, pw(storePW), Limit, "iterations")
}

// grow corrects the two outer lengths of a PKCS#12 file whose MAC grew by n bytes.
func grow(p []byte, n int) {
	outer := int(p[2])<<8 | int(p[3])
	p[2], p[3] = byte((outer+n)>>8), byte(outer+n)
	for i := len(p) - 100; i < len(p)-40; i++ {
		if p[i] == 0x30 && int(p[i+1]) == len(p)-i-2-n {
			p[i+1] += byte(n)
			return
		}
	}
}

// pbes2 is an encrypted PKCS#8 file whose contents nobody will see.
func pbes2(t testing.TB, iterations int) []byte {
	type algorithm struct {
		OID    asn1.ObjectIdentifier
		Params any `asn1:"optional"`
	}
	type kdf struct {
		Salt []byte
		N    int
	}
	type schemes struct{ KDF, Cipher algorithm }
	type info struct {
		Alg  algorithm
		Data []byte
	}
	return der(t, info{algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, schemes{
		algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, kdf{make([]byte, 8), iterations}},
		algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, make([]byte, 16)},
	}}, make([]byte, 64)})
}

// pbmac1 puts an RFC 9579 MAC in the place of the one of modern.p12. openssl
// writes such files since 3.4, so that make.sh cannot make one everywhere.
func pbmac1(t testing.TB, keyLength int) []byte {
	t.Helper()
	type algorithm struct {
		OID    asn1.ObjectIdentifier
		Params any `asn1:"optional"`
	}
	type kdf struct {
		Salt    []byte
		N, Size int
		PRF     algorithm
	}
	type schemes struct{ KDF, MAC algorithm }
	type digest struct {
		Alg    algorithm
		Digest []byte
	}
	type mac struct {
		Digest digest
		Salt   []byte
		N      int
	}
	var p12 struct {
		Version int
		Safe    struct {
			OID  asn1.ObjectIdentifier
			Data []byte `asn1:"explicit,tag:0"`
		}
		MAC asn1.RawValue
	}
	if _, err := asn1.Unmarshal(read(t, "modern.p12"), &p12); err != nil {
		t.Fatal(err)
	}
	salt := []byte("saltsalt")
	key, err := pbkdf2.Key(sha256.New, storePW, salt, 2048, 32)
	if err != nil {
		t.Fatal(err)
	}
	h := hmac.New(sha256.New, key)
	h.Write(p12.Safe.Data)
	sha := algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, asn1.NullRawValue}
	p12.MAC = asn1.RawValue{FullBytes: der(t, mac{digest{algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}, schemes{
		algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, kdf{salt, 2048, keyLength, sha}}, sha}}, h.Sum(nil)}, []byte("NOT USED"), 1})}
	return der(t, p12)
}

func hostilePBMAC1(t *testing.T) {
	k, err := Parse(pbmac1(t, 32), pw(storePW))
	if err != nil || k.Format != "pkcs12" || len(k.Certificates) != 3 {
		t.Errorf("%v: %v", k, err)
	}
	refused(t, pbmac1(t, 32), pw(canary), Password, "the password is wrong")
	for _, size := range []int{-1, 0, 19, 65, 1 << 30, 1<<31 - 1, 1<<63 - 1} {
		refused(t, pbmac1(t, size), pw(storePW), Limit, "PBMAC1")
	}
}

func hostilePEM(t *testing.T) {
	refused(t, bytes.Repeat([]byte("-----BEGIN AB-----\n"), maxFile/19), Options{}, Limit, "blocks")
	refused(t, bytes.Repeat([]byte("-"), maxFile), Options{}, Format, "")
	refused(t, []byte(strings.Repeat("BEGIN ", maxFile/6)), Options{}, Format, "")
	refused(t, append([]byte{0x30, 0x83, 0x0f, 0xff, 0xfb}, bytes.Repeat([]byte{0x30, 0x80}, maxFile/2-3)...), Options{}, Damaged, "")
	refused(t, make([]byte, maxFile+1), Options{}, Limit, "larger than 1024 KiB")
	refused(t, bytes.Repeat([]byte("["), maxFile), Options{}, Damaged, "")
	refused(t, []byte(`{"a":`+strings.Repeat("[", maxFile/2)), Options{}, Damaged, "")
	refused(t, []byte(strings.Repeat(`{"clientid":"x","uaa":`, 9000)+`{}`+strings.Repeat("}", 9000)), Options{}, Format, "missing")
	refused(t, bytes.Repeat(read(t, "ed25519.pem"), 100), Options{}, Limit, "more than 64 keys")
	refused(t, read(t, "dsa.pem"), Options{}, Unsupported, "DSA")
	refused(t, nil, Options{}, Format, "an empty file")
	refused(t, []byte(" \n"), Options{}, Format, "an empty file")
}

func hostileRSA(t *testing.T) {
	k, err := x509.ParsePKCS8PrivateKey(pemBytes(t, "rsa.pem"))
	if err != nil {
		t.Fatal(err)
	}
	good := k.(*rsa.PrivateKey)
	type pkcs1 struct {
		Version                   int
		N, E, D, P, Q, DP, DQ, QI *big.Int
	}
	one, e := big.NewInt(1), big.NewInt(65537)
	row := func(n, e, d, p, q *big.Int) []byte { return der(t, pkcs1{0, n, e, d, p, q, one, one, one}) }
	p, q := good.Primes[0], good.Primes[1]
	refused(t, row(new(big.Int).Add(good.N, one), e, good.D, p, q), Options{}, Strength, "modulus is even")
	refused(t, row(good.N, one, good.D, p, q), Options{}, Strength, "exponent 1")
	refused(t, row(good.N, big.NewInt(65536), good.D, p, q), Options{}, Strength, "exponent 65536")
	refused(t, row(good.N, new(big.Int).Lsh(one, 40), good.D, p, q), Options{}, Unsupported, "above 31 bits")
	refused(t, row(good.N, e, new(big.Int).Add(good.D, big.NewInt(2)), p, q), Options{}, Damaged, "do not belong together")
	refused(t, row(good.N, e, good.D, p, p), Options{}, Damaged, "do not belong together")
	refused(t, row(good.N, e, good.D, big.NewInt(0), q), Options{}, Damaged, "do not belong together")
	refused(t, row(good.N, e, good.D, one, good.N), Options{}, Damaged, "do not belong together")
	for _, bits := range []int{8200, 16384, 8_000_000} {
		n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(one, uint(bits)))
		n.SetBit(n.SetBit(n, bits-1, 1), 0, 1)
		refused(t, row(n, e, good.D, p, q), Options{}, Limit, "8192")
	}
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(one, 8192))
	n.SetBit(n.SetBit(n, 8191, 1), 0, 1)
	half := new(big.Int).Rsh(n, 4096)
	refused(t, row(n, e, new(big.Int).Rsh(n, 1), half, half), Options{}, Damaged, "do not belong together")
}

func hostileOther(t *testing.T) {
	for _, c := range []struct{ data, found string }{
		{string(read(t, "rsa.crt")), "a certificate"},
		{string(read(t, "rsa.csr")), "a certificate signing request"},
		{string(read(t, "rsa-public.pem")), "a public key"},
		{string(read(t, "ssh-ed25519.pub")), "an SSH public key"},
		{"PuTTY-User-Key-File-3: ssh-rsa\r\nEncryption: none\r\n", "a PuTTY key"},
		{"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n", "an SSH public key"},
		{"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\nlQOYBF\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n", "a PGP key"},
		{"\x95\x01\xd8\x04\xff\xff", "a PGP key"},
		{"<!DOCTYPE html><html>Sign in</html>", "an HTML page"},
		{"eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.", "a JWT"},
		{"eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc", "an encrypted JWT or JWK (JWE)"},
		{"PK\x03\x04rest of it", "a ZIP archive"},
		{`{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}`, "a public JWK"},
		{`{"keys":[]}`, "an empty JWK Set"},
		{`{"some":"thing"}`, "an unknown JSON file (neither a JWK nor a service account file)"},
		{"hello", "a file of an unknown format"},
	} {
		_, err := Parse([]byte(c.data), Options{})
		if culprit(t, err) != Format || err.(*Error).Found != c.found {
			t.Errorf("%.30q: %v", c.data, err)
		}
	}
}

func googleJSON(t testing.TB, change func(map[string]any)) []byte {
	t.Helper()
	m := map[string]any{
		"type": "service_account", "project_id": "p", "private_key_id": "kid-9", "private_key": string(read(t, "rsa.pem")),
		"client_email": "a@p.iam.gserviceaccount.com", "client_id": "117", "token_uri": "https://oauth2.googleapis.com/token",
	}
	change(m)
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hostileGoogle(t *testing.T) {
	k, err := Parse(googleJSON(t, func(m map[string]any) {
		delete(m, "token_uri")
		m["private_key"] = strings.ReplaceAll(m["private_key"].(string), "\n", `\n`)
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(k.Notes, "|"); !strings.Contains(notes, `"token_uri" is missing`) || !strings.Contains(notes, `literal \n`) {
		t.Errorf("notes %q", k.Notes)
	}
	refused(t, googleJSON(t, func(m map[string]any) { delete(m, "private_key") }), Options{}, Format, `"private_key" is missing`)
	refused(t, googleJSON(t, func(m map[string]any) { m["type"] = "authorized_user" }), Options{}, Format, "authorized_user")
	refused(t, googleJSON(t, func(m map[string]any) { m["type"] = "external_account" }), Options{}, Format, "external_account")
	refused(t, []byte(`{"installed":{"client_id":"x"}}`), Options{}, Format, "Google OAuth client")
}

func hostilePaste(t *testing.T) {
	good := string(read(t, "rsa.pem"))
	lines := strings.Split(strings.TrimSpace(good), "\n")
	body := lines[1 : len(lines)-1]
	enc := string(read(t, "legacy-aes128.pem"))
	for _, c := range []struct{ name, text, note string }{
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n"), "Windows line ends"},
		{"old Mac", strings.ReplaceAll(good, "\n", "\r"), "Windows line ends"},
		{"byte order mark", "\ufeff" + good, "byte order mark"},
		{"leading spaces", "    " + strings.ReplaceAll(good, "\n", "\n    "), "leading spaces"},
		{"smart dashes", strings.ReplaceAll(good, "-----", "\u2014\u2014\u2013"), "typographic"},
		{"few dashes", strings.ReplaceAll(good, "-----", "---"), "dashes"},
		{"smart quotes", "\u201c" + good + "\u201d", "quotes"},
		{"quotes", `"` + good + `"`, "quotes"},
		{"escapes", strings.ReplaceAll(good, "\n", `\n`), `literal \n`},
		{"escapes in quotes", `"` + strings.ReplaceAll(good, "\n", `\n`) + `"`, `literal \n`},
		{"one line", strings.Join(lines, " "), "missing line breaks"},
		{"one line without spaces", strings.Join(lines, ""), "missing line breaks"},
		{"no BEGIN", strings.Join(lines[1:], "\n"), "missing BEGIN"},
		{"no END", strings.Join(lines[:len(lines)-1], "\n"), "missing END"},
		{"bare base64", strings.Join(body, "\n"), "BEGIN and END lines were missing"},
		{"bare base64, one line", strings.Join(body, ""), "BEGIN and END lines were missing"},
		{"non-breaking spaces", strings.ReplaceAll(good, "\n", "\u00a0\n"), ""},
		{"wrong label", strings.ReplaceAll(good, "PRIVATE KEY", "RSA PRIVATE KEY"), ""},
		{"UTF-16", utf16LE(good), "UTF-16"},
		{"text around it", "here is the key:\n" + good + "thanks\n", ""},
		{"encrypted, CRLF", strings.ReplaceAll(enc, "\n", "\r\n"), "Windows line ends"},
		{"encrypted, one line", strings.ReplaceAll(enc, "\n", " "), "legacy PEM"},
		{"store in base64", base64.StdEncoding.EncodeToString(read(t, "modern.p12")), "BEGIN and END lines were missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := Parse([]byte(c.text), pw(storePW))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(k.Notes, "|"), c.note) {
				t.Errorf("notes %q lack %q", k.Notes, c.note)
			}
		})
	}
	for _, cut := range []string{good[:len(good)/2], strings.Replace(good, body[3], body[3][1:], 1), strings.Replace(good, body[3], "!"+canary, 1)} {
		refused(t, []byte(cut), Options{}, Damaged, "PRIVATE KEY")
	}
}

func utf16LE(s string) string {
	b := []byte{0xff, 0xfe}
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return string(b)
}

// TestScrypt: openssl writes no such file, so that its parameters are patched.
func TestScrypt(t *testing.T) {
	good := pemBytes(t, "p8-scrypt.pem")
	old := []byte{2, 2, 0x40, 0, 2, 1, 8, 2, 1, 1} // N 16384, r 8, p 1
	for _, c := range []struct {
		n       [2]byte
		r, p    byte
		culprit Culprit
	}{{[2]byte{0x40, 0}, 8, 3, Limit}, {[2]byte{0x40, 0}, 127, 1, Limit}, {[2]byte{0x40, 0}, 0, 1, Damaged}, {[2]byte{0x40, 1}, 8, 1, Damaged}, {[2]byte{0x40, 0}, 8, 2, Password}} {
		refused(t, patch(t, good, old, []byte{2, 2, c.n[0], c.n[1], 2, 1, c.r, 2, 1, c.p}), pw(storePW), c.culprit, "")
	}
}

// TestBudgetIsEnough shows that the most work allowed is bearable.
func TestBudgetIsEnough(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	start := time.Now()
	if _, err := Parse(pbes2(t, maxIterations), pw(canary)); culprit(t, err) != Password {
		t.Error(err)
	}
	t.Logf("%d iterations: %v", maxIterations, time.Since(start))
	start = time.Now()
	bcryptKDF([]byte("x"), []byte("salt"), maxBcrypt, 48)
	t.Logf("%d rounds: %v", maxBcrypt, time.Since(start))
}
