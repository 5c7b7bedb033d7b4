package scrub

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/jeton-oauth/jeton/internal/scrub/echo"
	"github.com/jeton-oauth/jeton/secret"
)

// struck stands where a secret was.
const struck = secret.Redacted

var echoedSecrets = []string{
	"abcdefgh", "p4ss", "a longer secret with spaces", `+%&"\<`, `a+b%c&d"e\f<g>h'i`, "üöäßéñ", "😀👨‍👩‍👧‍👦 family", "%41%42%43", "&amp;&lt;", `\u0041\n`, "a\tb\nc", "====", "++++",
	"-----BEGIN PRIVATE KEY-----\nMIIB+/8=\n-----END PRIVATE KEY-----", strings.Repeat("long", 1000), "1234567890", "deadbeefdeadbeef", "YWJjZGVmZ2g=", "a.b.c-d_e~f",
}

// T8: every kind of echo of every kind of secret.
func TestScrub(t *testing.T) {
	for _, secret := range echoedSecrets {
		s := New([]string{secret, "another secret", secret})
		for name, encode := range echo.Forms {
			form := encode(secret)
			for _, around := range [][2]string{{"", ""}, {"you sent ", " which is wrong"}, {`{"error_description":"`, `"}`}, {"x=", "&y=1"}, {"(", ")"}, {"«", "»"}} {
				got := s.Text(around[0] + form + around[1])
				if strings.Contains(got, form) || strings.Contains(got, secret) || !strings.Contains(got, struck) {
					t.Errorf("%s of %.20q: %.200q", name, secret, got)
				}
				if around[0] == "(" && (!strings.HasPrefix(got, "(") || !strings.HasSuffix(got, ")")) {
					t.Errorf("%s of %.20q takes too much: %.200q", name, secret, got)
				}
			}
		}
	}
}

// A text without secrets is left alone, and so is one that looks encoded.
func TestScrubLeavesTheRest(t *testing.T) {
	s := New([]string{"a secret", "ab", "", "xyz"})
	for _, text := range []string{"", "a", "ab xyz", "100% of a+b & c &amp; \\u0041 \\", "%", "%4", "\\", "\\u", "\\u00", "&", "&#", "&#x;", "\xff\xfe", "dGhpcyBpcyBub3Qgc2VjcmV0", "61626364",
		"AADSTS7000215: Invalid client secret provided.", strings.Repeat("%", 1000), strings.Repeat("=", 100), "日本語 😀", "a\x00b"} {
		if got := s.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := New(nil).Text("a JWT eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln here"); got != "a JWT "+struck+" here" {
		t.Errorf("%q", got)
	}
}

// Secrets that overlap, touch, or lie in one another.
func TestScrubOverlap(t *testing.T) {
	for _, row := range []struct {
		secrets    []string
		text, want string
	}{
		{[]string{"abcdef", "cdefgh"}, "abcdefgh", struck},
		{[]string{"abcd", "abcdefgh"}, "abcdefgh abcd", struck + " " + struck},
		{[]string{"abcd", "efgh"}, "abcdefgh", struck},
		{[]string{"abcd"}, "abcdabcd", struck},
		{[]string{"client-eyJhbGciOiJub25l.eyJzdWIiOiJ4"}, "client-eyJhbGciOiJub25l.eyJzdWIiOiJ4", struck},
	} {
		if got := New(row.secrets).Text(row.text); got != row.want {
			t.Errorf("%q in %q gives %q", row.secrets, row.text, got)
		}
	}
}

// For a random secret, in a random encoding, in a random text: neither the
// secret nor its encoding is left.
func TestScrubProperty(t *testing.T) {
	names := slices.Sorted(maps.Keys(echo.Forms))
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringN(8, 40, 120).Draw(t, "secret")
		if strings.Contains(struck, secret) || strings.ContainsRune(secret, '\ufffd') {
			t.Skip("it cannot be told from the mark")
		}
		encoding := rapid.SampledFrom(names).Draw(t, "encoding")
		if strings.Contains(encoding, "html") && strings.ContainsFunc(secret, unicode.IsControl) {
			t.Skip("HTML has no way to write it")
		}
		form := echo.Forms[encoding](secret)
		before := rapid.StringMatching(`([ -~]{0,30}[ :="',(])?`).Draw(t, "before")
		after := rapid.StringMatching(`([ "',;:)][ -~]{0,30})?`).Draw(t, "after")
		got := New([]string{"unrelated secret", secret}).Text(before + form + after)
		if strings.Contains(got, form) || strings.Contains(got, secret) {
			t.Fatalf("%q in %q gives %q", secret, before+form+after, got)
		}
	})
}

// Scrubbing what has been scrubbed changes nothing, and a text without the
// secret in any form stays what it is.
func TestScrubIsStable(t *testing.T) {
	s := New([]string{"correct horse battery"})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~äß😀\n]{0,60}`).Draw(t, "text")
		once := s.Text(text)
		if again := s.Text(once); again != once {
			t.Fatalf("%q, then %q", once, again)
		}
		if !strings.Contains(once, struck) && once != text {
			t.Fatalf("%q became %q", text, once)
		}
	})
}

// Work grows with the text, not with its square: allocations for eight times
// the text stay within a small multiple of eight.
func TestScrubIsLinear(t *testing.T) {
	s := New([]string{"correct horse battery", "\\u0041&amp;%41"})
	for name, unit := range map[string]string{"base64": "QUJD", "hex": "6162", "percent": "%41%", "html": "&amp;", "open html": "&&&&", "backslash": `\u0041`, "backslashes": `\\\\`,
		"padding": "ab====", "plus": "+ + ", "jwt": "eyJhbGciOiJ9.eyJhbGciOiJ9.", "lines": "ab\r\n", "secret": "correct horse battery", "mixed": `\x41%26amp;&#x25;41`} {
		allocations := func(size int) float64 {
			text := strings.Repeat(unit, size/len(unit))
			return testing.AllocsPerRun(1, func() { s.Text(text) })
		}
		small, large := allocations(8<<10), allocations(64<<10)
		if large > 12*(small+100) {
			t.Errorf("%s: %v allocations for 8 KiB, %v for 64 KiB", name, small, large)
		}
	}
}

// FuzzScrub: no secret is left in any form that was put there.
func FuzzScrub(f *testing.F) {
	names := slices.Sorted(maps.Keys(echo.Forms))
	for i, name := range names {
		f.Add(uint8(i), echoedSecrets[i%len(echoedSecrets)], "before "+name+" ", " after")
	}
	f.Add(uint8(0), "12345678", `eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.`, "&amp;#x41;%25%3")
	f.Fuzz(func(t *testing.T, encoding uint8, secret, before, after string) {
		if len(secret) < 8 || len(secret) > 4096 || len(before)+len(after) > 8192 || strings.Contains(struck, secret) {
			return // too short, too long, or part of the mark itself
		}
		got := New([]string{secret}).Text(before + secret + after)
		if strings.Contains(got, secret) {
			t.Fatalf("%q in %q gives %q", secret, before+secret+after, got)
		}
		if strings.ToValidUTF8(secret, "") != secret || strings.Contains(secret, "\ufffd") {
			return
		}
		name := names[int(encoding)%len(names)]
		if strings.Contains(name, "html") && strings.ContainsFunc(secret, unicode.IsControl) {
			return // HTML has no way to write it
		}
		form := echo.Forms[name](secret)
		if got := New([]string{secret}).Text("(" + form + ")"); strings.Contains(got, form) || strings.Contains(got, secret) {
			t.Fatalf("%s of %q gives %q", name, secret, got)
		}
		New([]string{secret}).Text(before + form + after)
	})
}
