package key

import (
	"bytes"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/jeton-oauth/jeton/secret"
)

// hostileBeyond are files of the same kind as those of the corpus, which are not
// in it: what becomes of them follows from its principles.
func hostileBeyond(t *testing.T) {
	t.Run("X301", beyondJSON)
	t.Run("X302", beyondJWK)
	t.Run("X303", beyondPEM)
	t.Run("X304", beyondDER)
	t.Run("X305", beyondStores)
	t.Run("X306", beyondOpenSSH)
	t.Run("X307", beyondMutation)
}

// typed asserts that data is refused in words that can be shown, at a bounded cost.
func typed(t *testing.T, name string, data []byte, o Options) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		bounded(t, func() {
			k, err := Parse(data, o)
			if k != nil || err == nil {
				t.Fatalf("a key: %v", k)
			}
			culprit(t, err)
			showable(t, err.Error())
		})
		bounded(t, func() {
			if r, err := Inspect(data, o); err == nil {
				encode(t, r) // which escapes
			} else {
				culprit(t, err)
				showable(t, err.Error())
			}
		})
	})
}

// showable fails on what a terminal or a log would act on, and on a text without end.
func showable(t *testing.T, text string) {
	t.Helper()
	if len(text) > 64<<10 || strings.Contains(text, canary) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) }) {
		t.Errorf("%d bytes: %.300q", len(text), text)
	}
}

// X301: JSON round the key.
func beyondJSON(t *testing.T) {
	good := string(encode(t, privateJWK(t, "ec-256.pem", nil)))
	google := string(googleJSON(t, func(map[string]any) {}))
	for name, text := range map[string]string{
		"bracket after": good + "}", "another after": good + good, "garbage after": good + "x", "two marks": "\ufeff\ufeff" + good, "comment": good + " // x", "NUL after": good + "\x00",
		"duplicate": strings.Replace(good, "{", `{"kty":"EC",`, 1), "duplicate, escaped": strings.Replace(good, "{", `{"\u006bty":"EC",`, 1), "duplicate d": strings.Replace(good, "{", `{"d":"`+canary+`",`, 1),
		"duplicate in a set": `{"keys":[` + strings.Replace(good, "{", `{"d":"AA",`, 1) + `]}`, "set twice": `{"keys":[` + good + `],"keys":[]}`, "set after the key": `{"keys":{}}`, "set of sets": `{"keys":[{"keys":[` + good + `]}]}`, "set of strings": `{"keys":["` + canary + `"]}`, "set of null": `{"keys":[null]}`, "set is null": `{"keys":null}`,
		"set without end": `{"keys":[` + strings.Repeat(good+",", 2000), "1000 keys": `{"keys":[` + strings.Repeat(good+",", 1000) + good + `]}`, "10000 members": `{"kty":"EC"` + strings.Repeat(`,"a":1`, 10000) + "}", "other letters": strings.Replace(good, `"kty"`, `"KTY"`, 1),
		"Google twice": strings.Replace(google, "{", `{"private_key":"`+canary+`",`, 1), "Google, key is a list": string(googleJSON(t, func(m map[string]any) { m["private_key"] = []string{"x"} })), "Google, key is a certificate": string(googleJSON(t, func(m map[string]any) { m["private_key"] = string(read(t, "rsa.crt")) })),
		"Google, key is JSON": string(googleJSON(t, func(m map[string]any) { m["private_key"] = google })), "Google in Google": `{"type":"service_account","private_key":` + google + `}`, "single quotes": strings.ReplaceAll(good, `"`, `'`), "in a string": string(encode(t, good)), "deep in a JWK": `{"kty":"EC","crv":` + strings.Repeat("[", 400000),
		"a long type": `{"kty":"` + strings.Repeat("x", 500000) + `"}`, "a type of escapes": `{"kty":"\u001b[2J\u202e"}`, "a kid of escapes": strings.Replace(good, "{", `{"kid":"\u001b[2J\u202e`+strings.Repeat("x", 100000)+`","use":"enc",`, 1), "PEM of 1 MB": `{"type":"service_account","private_key":"` + strings.Repeat("-----BEGIN ", 80000) + `"}`,
	} {
		typed(t, name, []byte(text), Options{})
	}
}

// X302: keys whose parts do not fit.
func beyondJWK(t *testing.T) {
	part := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	order := elliptic.P256().Params().N
	for name, change := range map[string]map[string]any{
		"d is zero": {"d": part(make([]byte, 32))}, "d is the order": {"d": part(order.Bytes())}, "d is larger": {"d": part(new(big.Int).Add(order, big.NewInt(5)).Bytes())}, "d is empty": {"d": ""}, "d is long": {"d": part(make([]byte, 100000))},
		"d is another": {"d": part(bytes.Repeat([]byte{7}, 32))}, "d is a number": {"d": 5}, "d is a list": {"d": []int{1}}, "d is no base64": {"d": canary + "!"}, "x is zero": {"x": part(make([]byte, 32))}, "y is missing": {"y": nil}, "x and y are swapped": {"x": "y", "y": "x"}, "infinity": {"x": part(make([]byte, 32)), "y": part(make([]byte, 32))},
		"curve of another size": {"crv": "P-384"}, "no such curve": {"crv": "P-257"}, "curve is a list": {"crv": []string{"P-256"}}, "another type": {"kty": "RSA"}, "OKP": {"kty": "OKP", "crv": "Ed25519"}, "oct": {"kty": "oct"}, "Ed448": {"kty": "OKP", "crv": "Ed448"}, "X25519": {"kty": "OKP", "crv": "X25519"},
	} {
		typed(t, "EC: "+name, encode(t, privateJWK(t, "ec-256.pem", change)), Options{})
	}
	for name, change := range map[string]map[string]any{
		"n is even": {"n": part(append(bytes.Repeat([]byte{0xff}, 255), 0xfe))}, "e is zero": {"e": "AA"}, "e is one": {"e": "AQ"}, "e is even": {"e": "BA"}, "e of 64 bits": {"e": part(bytes.Repeat([]byte{0xff}, 8))}, "d is one": {"d": "AQ"}, "p is q": {"q": "p"}, "p is one": {"p": "AQ"}, "p is zero": {"p": "AA"}, "n is small": {"n": "Aw"},
		"n of 16384 bits": {"n": part(bytes.Repeat([]byte{0xff}, 2048))}, "n of a megabit": {"n": part(bytes.Repeat([]byte{0xff}, 1<<17))}, "other primes": {"oth": []any{map[string]any{"r": "Aw", "d": "Aw", "t": "Aw"}}},
	} {
		m := privateJWK(t, "rsa.pem", nil)
		for member, value := range change {
			if from, ok := value.(string); ok && len(from) == 1 {
				value = m[from]
			}
			m[member] = value
		}
		typed(t, "RSA: "+name, encode(t, m), Options{})
	}
	ed := privateJWK(t, "ed25519.pem", map[string]any{"d": part(bytes.Repeat([]byte{9}, 32))})
	typed(t, "OKP: d is another", encode(t, ed), Options{})
	typed(t, "OKP: d of 64 bytes", encode(t, privateJWK(t, "ed25519.pem", map[string]any{"d": part(make([]byte, 64))})), Options{})
	for name, k := range map[string]any{"empty": "", "short": "YWJj", "a number": 5, "no base64": "!!"} {
		typed(t, "oct: "+name, encode(t, map[string]any{"kty": "oct", "k": k}), Options{HMAC: true})
	}
}

// X303: PEM that costs, or that says something else than it holds.
func beyondPEM(t *testing.T) {
	good := string(read(t, "rsa.pem"))
	block := func(label string, body []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: body}))
	}
	rsa, cert := pemBytes(t, "rsa.pem"), pemBytes(t, "rsa.crt")
	legacy := string(read(t, "legacy-aes128.pem"))
	for name, text := range map[string]string{
		"a certificate under PRIVATE KEY": block("PRIVATE KEY", cert), "nothing inside": "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "NUL inside": strings.Replace(good, "MII", "M\x00I", 1),
		"a header without end": "-----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat("Proc-Type: 4,ENCRYPTED\n", 40000), "100000 headers": "-----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat("a:b\n", 100000) + "\n" + base64.StdEncoding.EncodeToString(rsa) + "\n-----END RSA PRIVATE KEY-----\n",
		"a label of 1 MB": "-----BEGIN " + strings.Repeat("A", 1<<19) + "-----\nAAAA\n-----END " + strings.Repeat("A", 1<<18) + "-----\n", "a label of escapes": "-----BEGIN \x1b[2J\u202ePRIVATE KEY-----\nAAAA\n-----END \x1b[2J\u202ePRIVATE KEY-----\n",
		"BEGIN in BEGIN": strings.Repeat("-----BEGIN PRIVATE KEY-----\n", 1000) + canary, "END first": "-----END PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----\n", "other END": strings.Replace(good, "END PRIVATE", "END PUBLIC", 1)[:len(good)/2],
		"no IV": strings.Replace(legacy, "DEK-Info: AES-128-CBC,", "DEK-Info: AES-128-CBC,X", 1), "unknown cipher": strings.Replace(legacy, "AES-128-CBC", "ROT-13-CBC", 1), "a long IV": strings.Replace(legacy, "DEK-Info: AES-128-CBC,", "DEK-Info: AES-128-CBC,"+strings.Repeat("00", 100000), 1),
		"dashes": strings.Repeat("-----", 200000), "base64 without end": "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("AAAA", 250000), "base64 of nothing": block("PRIVATE KEY", make([]byte, 700000)), "quotes without end": strings.Repeat(`"`, 1<<20), "escapes": strings.Repeat(`\n`, 1<<19), "blanks": strings.Repeat(" \n", 1<<19),
		"certificates of garbage": strings.Repeat(block("CERTIFICATE", []byte("garbage")), 60) + good, "a token beside it": "BEGIN " + canary + " END",
	} {
		typed(t, name, []byte(text), pw(storePW))
	}
}

// X304: DER that lies about its lengths.
func beyondDER(t *testing.T) {
	rsa := pemBytes(t, "rsa.pem")
	nested := []byte{0x05, 0x00}
	for range 15000 {
		n := len(nested)
		nested = append([]byte{0x30, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, nested...)
		if len(nested) > 40000 {
			break
		}
	}
	for name, data := range map[string][]byte{
		"4 GB": {0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 0}, "8 EB": {0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 1, 0}, "127 bytes of length": append([]byte{0x30, 0xff}, bytes.Repeat([]byte{0xff}, 200)...), "indefinite": append([]byte{0x30, 0x80}, rsa[4:]...),
		"deep": nested, "deep indefinite": bytes.Repeat([]byte{0x30, 0x80}, 500000), "more after the key": append(slices.Clone(rsa), bytes.Repeat([]byte("x"), 100)...), "the key twice": append(slices.Clone(rsa), rsa...), "longer than it is": patch(t, rsa, rsa[2:4], []byte{rsa[2] + 1, rsa[3]}),
		"a version of 1000 bytes": der(t, struct{ V, A *big.Int }{new(big.Int).Lsh(big.NewInt(1), 8000), big.NewInt(1)}), "only zeros": make([]byte, 1000), "only ones": bytes.Repeat([]byte{0xff}, 1<<20), "only sequences": bytes.Repeat([]byte{0x30}, 1<<20), "explicit curve": pemBytes(t, "ec-explicit.pem"),
	} {
		typed(t, name, data, Options{})
	}
}

// X305: stores with names and numbers that nobody writes.
func beyondStores(t *testing.T) {
	magic, version, date := uint32(magicJKS), uint32(2), make([]byte, 8)
	long := strings.Repeat("a", 65535)
	for name, data := range map[string][]byte{
		"no such entry": jks(magic, version, uint32(1), uint32(3), "a", date), "version 9": jks(magic, uint32(9), uint32(0)), "version 0xffffffff": jks(magic, uint32(0xffffffff), uint32(0)), "no entries": jks(magic, version, uint32(0)), "negative": jks(magic, version, uint32(0x80000000)),
		"a long name": jks(magic, version, uint32(1), uint32(1), long, date, uint32(0), uint32(0)), "a name of escapes": jks(magic, version, uint32(2), uint32(1), "\x1b[2J\u202e", date, uint32(0), uint32(0), uint32(1), "b\n", date, uint32(0), uint32(0)), "the same name": jks(magic, version, uint32(2), uint32(1), "a", date, uint32(0), uint32(0), uint32(1), "a", date, uint32(0), uint32(0)),
		"64 long names": longNames(64), "65 entries": longNames(65), "a certificate of a long type": jks(magic, version, uint32(1), uint32(2), "a", date, long, uint32(0)), "a serialized object": jks(uint32(magicJCEKS), version, uint32(1), uint32(3), "a", date, []byte("\xac\xed\x00\x05sr\x00\x11java.util.HashMap"), bytes.Repeat([]byte{0x75}, 100000)),
		"a PKCS#12 of nothing": der(t, struct{ V int }{3}), "a PKCS#7 of nothing": {0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02},
	} {
		typed(t, name, data, Options{})
		typed(t, name+", with a password", data, pw(storePW))
	}
	for _, file := range []string{"modern.p12", "legacy.p12", "two.jks", "two.jceks"} {
		data := read(t, file)
		for _, password := range []string{"", "\x00", strings.Repeat("x", 1<<20), "\xff\xfe", "😀\u202e\x1b", canary} {
			typed(t, fmt.Sprintf("%s: password of %d", file, len(password)), data, Options{Password: secret.New(password), Alias: "\x1b[2J" + strings.Repeat("y", 10000)})
		}
	}
}

func longNames(n int) []byte {
	parts := []any{uint32(magicJKS), uint32(2), uint32(n)}
	for i := range n {
		parts = append(parts, uint32(1), strings.Repeat("\u202e", 4000)+fmt.Sprint(i), make([]byte, 8), uint32(0), uint32(0))
	}
	return jks(parts...)
}

// X306: OpenSSH keys.
func beyondOpenSSH(t *testing.T) {
	field := func(s string) string { return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s }
	number := func(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }
	public := field("ssh-ed25519") + field(strings.Repeat("p", 32))
	section := number(1) + number(1) + field("ssh-ed25519") + field(strings.Repeat("p", 32)) + field(strings.Repeat("q", 64)) + field("comment")
	file := func(cipher, kdf, options string, keys uint32, public, section string) string {
		return magicOpenSSH + field(cipher) + field(kdf) + field(options) + number(keys) + field(public) + field(section)
	}
	bcrypt := func(salt string, rounds uint32) string { return field(salt) + number(rounds) }
	for name, text := range map[string]string{
		"2^32-1 keys": file("none", "none", "", 0xffffffff, public, section), "no key": file("none", "none", "", 0, public, section), "a length of 4 GB": magicOpenSSH + number(0xffffffff), "a cipher of 4 GB": magicOpenSSH + field("none") + field("none") + field("") + number(1) + number(0xfffffff0),
		"no such cipher": file("rot13", "bcrypt", bcrypt("saltsaltsaltsalt", 16), 1, public, section), "no such kdf": file("aes256-ctr", "md5", "", 1, public, section), "a cipher of escapes": file("\x1b[2J\u202e", "bcrypt", bcrypt("salt", 16), 1, public, section), "a kdf without a cipher": file("none", "bcrypt", bcrypt("salt", 1<<31), 1, public, section),
		"2^31 rounds": file("aes256-ctr", "bcrypt", bcrypt("saltsaltsaltsalt", 1<<31), 1, public, section), "2^32-1 rounds": file("aes256-ctr", "bcrypt", bcrypt("saltsaltsaltsalt", 0xffffffff), 1, public, section), "no rounds": file("aes256-ctr", "bcrypt", bcrypt("saltsaltsaltsalt", 0), 1, public, section), "no salt": file("aes256-ctr", "bcrypt", bcrypt("", 16), 1, public, section),
		"256 rounds": file("aes256-ctr", "bcrypt", bcrypt("saltsaltsaltsalt", 256), 1, public, section), "a salt of 500 KB": file("aes256-ctr", "bcrypt", bcrypt(strings.Repeat("s", 500000), 16), 1, public, section), "a section of 3 bytes": file("aes256-ctr", "bcrypt", bcrypt("saltsaltsaltsalt", 16), 1, public, "abc"),
		"checks differ": file("none", "none", "", 1, public, number(1)+number(2)+section[8:]), "another key inside": file("none", "none", "", 1, public, section+"\x01\x02"), "no section": file("none", "none", "", 1, public, ""), "an RSA key of 1 MB": file("none", "none", "", 1, field("ssh-rsa")+field("\x03")+field(strings.Repeat("\x7f", 1<<19)), section),
		"a type of escapes": file("none", "none", "", 1, field("\x1b[2J\u202e"), section), "a security key": file("none", "none", "", 1, field("sk-ssh-ed25519@openssh.com"), section), "DSA": file("none", "none", "", 1, field("ssh-dss"), section),
	} {
		typed(t, name, []byte(text), pw(storePW))
		typed(t, name+", in PEM", pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte(text)}), pw(storePW))
	}
}

// X307: every file of the tests, damaged in some bytes: a key that can be used, or a typed error.
func beyondMutation(t *testing.T) {
	names, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 5))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil || strings.HasSuffix(name, ".sh") {
			continue
		}
		for range 12 / slowdown {
			damagedData := bytes.Clone(data)
			for range 1 + random.IntN(3) {
				switch at := random.IntN(len(damagedData)); random.IntN(4) {
				case 0:
					damagedData[at] ^= 1 << random.IntN(8)
				case 1:
					damagedData[at] = 0xff
				case 2:
					damagedData = slices.Delete(damagedData, at, min(at+1+random.IntN(4), len(damagedData)))
				case 3:
					damagedData = slices.Insert(damagedData, at, damagedData[at])
				}
				if len(damagedData) == 0 {
					break
				}
			}
			bounded(t, func() { check(t, damagedData, Options{Password: secret.New(storePW), AllowWeakKey: true}) })
			bounded(t, func() {
				if r, err := Inspect(damagedData, Options{}); err == nil {
					var out any
					if json.Unmarshal(encode(t, r), &out) != nil {
						t.Errorf("%s: the report is no JSON", name)
					}
				}
			})
		}
	}
}
