package jeton

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// echoes are the forms in which servers echo, by name.
var echoes = map[string]func(string) string{
	"raw":          func(s string) string { return s },
	"form":         url.QueryEscape,
	"path":         url.PathEscape,
	"lower url":    func(s string) string { return strings.ToLower(percentAll(s)) },
	"all url":      percentAll,
	"json":         jsonEcho,
	"ascii json":   func(s string) string { q := strconv.QuoteToASCII(s); return q[1 : len(q)-1] },
	"json escapes": jsonEscapes,
	"go":           func(s string) string { q := strconv.Quote(s); return q[1 : len(q)-1] },
	"c":            func(s string) string { return bytewise(s, `\x%02x`) },
	"html":         html.EscapeString,
	"html decimal": func(s string) string { return runewise(s, "&#%d;") },
	"html hex":     func(s string) string { return runewise(s, "&#x%X;") },
	"base64":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 1":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s + "yz")) },
	"base64 2":     func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte("id:" + s)) },
	"base64 3": func(s string) string {
		return base64.URLEncoding.EncodeToString([]byte("\xff\xfe\xfd" + s + "\xff\xff"))
	},
	"base64 4":    func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("????>" + s)) },
	"basic":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte("id:" + url.QueryEscape(s))) },
	"base64 json": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(`{"a":"` + jsonEcho(s) + `"}`)) },
	"base64 twice": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"folded base64": func(s string) string {
		return folded(base64.StdEncoding.EncodeToString([]byte("a longer text in front of it: " + s)))
	},
	"url of base64": func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
	"hex":           func(s string) string { return hex.EncodeToString([]byte(s)) },
	"upper hex":     func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"hex 1":         func(s string) string { return "0x" + hex.EncodeToString([]byte("a"+s)) },
	"hex 2":         func(s string) string { return "c" + hex.EncodeToString([]byte(s)) + "e" },
	"hex of base64": func(s string) string { return hex.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s)))) },
	"url in json":   func(s string) string { return jsonEcho(url.QueryEscape(s)) },
	"json in url":   func(s string) string { return url.QueryEscape(jsonEcho(s)) },
	"url twice":     func(s string) string { return url.PathEscape(url.PathEscape(s)) },
	"json twice":    func(s string) string { return jsonEcho(jsonEcho(s)) },
	"json in html":  func(s string) string { return html.EscapeString(jsonEcho(s)) },
	"html in json":  func(s string) string { return jsonEcho(html.EscapeString(s)) },
	"url, json, html": func(s string) string {
		return html.EscapeString(jsonEcho(url.PathEscape(s)))
	},
}

func percentAll(s string) string { return bytewise(s, "%%%02X") }

func bytewise(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func runewise(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

func jsonEcho(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted[1 : len(quoted)-1])
}

// jsonEscapes writes every character as \u escapes, with surrogate pairs.
func jsonEscapes(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04x`, unit)
	}
	return b.String()
}

func folded(s string) string {
	var lines []string
	for len(s) > 16 {
		lines, s = append(lines, s[:16]), s[16:]
	}
	return strings.Join(append(lines, s), "\r\n")
}

var echoedSecrets = []string{
	"abcdefgh", "p4ss", "a longer secret with spaces", `+%&"\<`, `a+b%c&d"e\f<g>h'i`, "üöäßéñ", "😀👨‍👩‍👧‍👦 family", "%41%42%43", "&amp;&lt;", `\u0041\n`, "a\tb\nc", "====", "++++",
	"-----BEGIN PRIVATE KEY-----\nMIIB+/8=\n-----END PRIVATE KEY-----", strings.Repeat("long", 1000), "1234567890", "deadbeefdeadbeef", "YWJjZGVmZ2g=", "a.b.c-d_e~f",
}

// T8: every kind of echo of every kind of secret.
func TestScrub(t *testing.T) {
	for _, secret := range echoedSecrets {
		s := newScrubber([]string{secret, "another secret", secret})
		for name, echo := range echoes {
			form := echo(secret)
			for _, around := range [][2]string{{"", ""}, {"you sent ", " which is wrong"}, {`{"error_description":"`, `"}`}, {"x=", "&y=1"}, {"(", ")"}, {"«", "»"}} {
				got := s.scrub(around[0] + form + around[1])
				if strings.Contains(got, form) || strings.Contains(got, secret) || !strings.Contains(got, Redacted) {
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
	s := newScrubber([]string{"a secret", "ab", "", "xyz"})
	for _, text := range []string{"", "a", "ab xyz", "100% of a+b & c &amp; \\u0041 \\", "%", "%4", "\\", "\\u", "\\u00", "&", "&#", "&#x;", "\xff\xfe", "dGhpcyBpcyBub3Qgc2VjcmV0", "61626364",
		"AADSTS7000215: Invalid client secret provided.", strings.Repeat("%", 1000), strings.Repeat("=", 100), "日本語 😀", "a\x00b"} {
		if got := s.scrub(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := newScrubber(nil).scrub("a JWT eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln here"); got != "a JWT "+Redacted+" here" {
		t.Errorf("%q", got)
	}
}

// Secrets that overlap, touch, or lie in one another.
func TestScrubOverlap(t *testing.T) {
	for _, row := range []struct {
		secrets    []string
		text, want string
	}{
		{[]string{"abcdef", "cdefgh"}, "abcdefgh", Redacted},
		{[]string{"abcd", "abcdefgh"}, "abcdefgh abcd", Redacted + " " + Redacted},
		{[]string{"abcd", "efgh"}, "abcdefgh", Redacted},
		{[]string{"abcd"}, "abcdabcd", Redacted},
		{[]string{"client-eyJhbGciOiJub25l.eyJzdWIiOiJ4"}, "client-eyJhbGciOiJub25l.eyJzdWIiOiJ4", Redacted},
	} {
		if got := newScrubber(row.secrets).scrub(row.text); got != row.want {
			t.Errorf("%q in %q gives %q", row.secrets, row.text, got)
		}
	}
}

// For a random secret, in a random encoding, in a random text: neither the
// secret nor its encoding is left.
func TestScrubProperty(t *testing.T) {
	names := sortedNames(echoes)
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringN(8, 40, 120).Draw(t, "secret")
		if strings.Contains(Redacted, secret) || strings.ContainsRune(secret, '\ufffd') {
			t.Skip("it cannot be told from the mark")
		}
		encoding := rapid.SampledFrom(names).Draw(t, "encoding")
		if strings.Contains(encoding, "html") && strings.ContainsFunc(secret, unicode.IsControl) {
			t.Skip("HTML has no way to write it")
		}
		form := echoes[encoding](secret)
		before := rapid.StringMatching(`([ -~]{0,30}[ :="',(])?`).Draw(t, "before")
		after := rapid.StringMatching(`([ "',;:)][ -~]{0,30})?`).Draw(t, "after")
		got := newScrubber([]string{"unrelated secret", secret}).scrub(before + form + after)
		if strings.Contains(got, form) || strings.Contains(got, secret) {
			t.Fatalf("%q in %q gives %q", secret, before+form+after, got)
		}
	})
}

// Scrubbing what has been scrubbed changes nothing, and a text without the
// secret in any form stays what it is.
func TestScrubIsStable(t *testing.T) {
	s := newScrubber([]string{"correct horse battery"})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~äß😀\n]{0,60}`).Draw(t, "text")
		once := s.scrub(text)
		if again := s.scrub(once); again != once {
			t.Fatalf("%q, then %q", once, again)
		}
		if !strings.Contains(once, Redacted) && once != text {
			t.Fatalf("%q became %q", text, once)
		}
	})
}

// Work grows with the text, not with its square: allocations for eight times
// the text stay within a small multiple of eight.
func TestScrubIsLinear(t *testing.T) {
	s := newScrubber([]string{"correct horse battery", "\\u0041&amp;%41"})
	for name, unit := range map[string]string{"base64": "QUJD", "hex": "6162", "percent": "%41%", "html": "&amp;", "open html": "&&&&", "backslash": `\u0041`, "backslashes": `\\\\`,
		"padding": "ab====", "plus": "+ + ", "jwt": "eyJhbGciOiJ9.eyJhbGciOiJ9.", "lines": "ab\r\n", "secret": "correct horse battery", "mixed": `\x41%26amp;&#x25;41`} {
		allocations := func(size int) float64 {
			text := strings.Repeat(unit, size/len(unit))
			return testing.AllocsPerRun(1, func() { s.scrub(text) })
		}
		small, large := allocations(8<<10), allocations(64<<10)
		if large > 12*(small+100) {
			t.Errorf("%s: %v allocations for 8 KiB, %v for 64 KiB", name, small, large)
		}
	}
}

// Every secret that a connection can hold is struck out when it comes back,
// whatever the kind of reply.
func TestEveryKindOfSecretIsScrubbed(t *testing.T) {
	const form = "kind-of-secret-%s+%%&\"\\<ü"
	canary := func(kind string) string { return fmt.Sprintf(form, kind) }
	c := &Connection{Client: Client{ID: "client", Auth: "client_secret_basic", Secret: SecretList{SecretValue(canary("secret"))}},
		Grant: GrantOptions{Type: "password", Username: "user", Password: SecretValue(canary("password"))},
		Request: RequestOptions{Headers: map[string]SecretSource{"X-Key": SecretValue("header-secret-0123")}, Params: map[string]ParamValues{
			"tenant": {{Secret: SecretValue(canary("param"))}}, "apikey": Param(canary("named param"))}},
		Usage: Usage{Headers: map[string]SecretSource{"X-Api": SecretValue("usage-secret-0123")}}}
	previous := &Token{AccessToken: NewSecret("previous-access-0123"), RefreshToken: NewSecret("previous-refresh-0123"), IDToken: NewSecret("previous-id-0123")}
	secrets := []string{canary("secret"), canary("password"), canary("param"), canary("named param"), "header-secret-0123", "usage-secret-0123",
		"previous-access-0123", "previous-refresh-0123", "previous-id-0123"}
	for name, echo := range echoes {
		var echoed strings.Builder
		for _, secret := range secrets {
			echoed.WriteString(echo(secret) + " , ")
		}
		for kind, body := range map[string]string{"json": `{"error":"x","error_description":` + strconv.Quote(echoed.String()) + `}`, "text": echoed.String(), "html": "<title>" + echoed.String()} {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(400)
				_, _ = w.Write([]byte(body))
			}))
			recorder := new(Recorder)
			c.TokenURL = srv.URL
			_, err := new(Engine).Exchange(WithRecorder(context.Background(), recorder), c, previous)
			srv.Close()
			shown := fmt.Sprintf("%+v %#v %+v %+v", err, err, recorder.Timeline(), recorder.Exchanges())
			for _, secret := range secrets {
				if strings.Contains(shown, secret) || strings.Contains(shown, echo(secret)) {
					t.Errorf("%s in %s shows %q: %s", name, kind, secret, shown)
				}
			}
		}
	}
}
