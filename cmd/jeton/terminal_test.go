package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

func TestSafe(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain":          {"Zürich, 東京 ok", "Zürich, 東京 ok"},
		"ansi":           {"\x1b[31mred\x1b[0m", `\u001b[31mred\u001b[0m`},
		"c1 csi":         {"\u009b31m", `\u009b31m`},
		"title":          {"\x1b]0;pwned\x07", `\u001b]0;pwned\u0007`},
		"line break":     {"a\r\nb", `a\u000d\u000ab`},
		"bidi override":  {"user\u202etxt.exe", `user\u202etxt.exe`},
		"bidi isolate":   {"\u2066x\u2069", `\u2066x\u2069`},
		"line separator": {"a\u2028b", `a\u2028b`},
		"delete":         {"a\x7f", `a\u007f`},
		"tag":            {"\U000e0041", `\udb40\udc41`},
		"not utf-8":      {"a\x9bb", `a\ufffdb`},
		"no-break space": {"a\u00a0b", `a\u00a0b`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := safe(tt.in); got != tt.want {
				t.Errorf("safe(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("\x1b[2J\u202e\n")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range safe(s) {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q lets %q through", s, r)
			}
		}
		text, err := encodeJSON(map[string]string{"v": s})
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]string
		if err := json.Unmarshal([]byte(text), &back); err != nil {
			t.Fatalf("%q does not parse: %v", text, err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); strings.ReplaceAll(back["v"], "\ufffd", "") != strings.ReplaceAll(want, "\ufffd", "") {
			t.Errorf("%q came back as %q", s, back["v"])
		}
	})
}

func TestTable(t *testing.T) {
	var b strings.Builder
	table(&b, "  ", [][]string{{"a", "long", ""}, {"bcd", "x", "é\x1b"}, {"ü", "yy", "z"}})
	want := "  a    long\n  bcd  x     é\\u001b\n  ü    yy    z\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestShellQuote(t *testing.T) {
	if got, want := shellQuote(`it's $(here)`), `'it'\''s $(here)'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
