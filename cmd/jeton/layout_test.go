package main

import (
	"strings"
	"testing"
	"unicode"
)

func TestParagraph(t *testing.T) {
	for name, test := range map[string]struct {
		p    paragraph
		want string
	}{
		"short":                    {paragraph{text: "a b"}, "a b\n"},
		"hanging after the lead":   {paragraph{indent: 2, lead: "sent  ", text: "one two three four"}, "  sent  one two\n        three four\n"},
		"hanging at":               {paragraph{hang: 2, lead: "warning: ", text: "one two three four"}, "warning: one two\n  three four\n"},
		"a long word":              {paragraph{text: "one aaaaaaaaaaaaaaaaaaaaaaaaa two"}, "one\naaaaaaaaaaaaaaaaaaaaaaaaa\ntwo\n"},
		"a long word after a lead": {paragraph{indent: 2, lead: "sent  ", text: "aud: https://as.example"}, "  sent  aud:\n      https://as.example\n"},
		"nothing fits beside it":   {paragraph{indent: 2, lead: "sent  ", text: "https://as.example"}, "  sent\n      https://as.example\n"},
		"no lead to show":          {paragraph{indent: 2, lead: "      ", text: "https://as.example"}, "      https://as.example\n"},
		"nothing to say":           {paragraph{indent: 2, sign: "✓ ", lead: "tcp  ", text: ""}, "  ✓ tcp\n"},
		"its own spaces":           {paragraph{text: "a  b"}, "a  b\n"},
		"a script without spaces":  {paragraph{text: "東京東京東京東京東京東京東京"}, "東京東京東京東京東京\n東京東京\n"},
		"an escape":                {paragraph{text: "a\x1b[31mb"}, "a\\u001b[31mb\n"},
	} {
		t.Run(name, func(t *testing.T) {
			l := &layout{width: 20, signs: true}
			if l.add(test.p); l.String() != test.want {
				t.Errorf("got\n%q\nwant\n%q", l.String(), test.want)
			}
		})
	}
}

// FuzzParagraph: nothing is lost, nothing is wider than it must be, and nothing
// but text comes out.
func FuzzParagraph(f *testing.F) {
	f.Add("sent ", "aud: https://as.example/token, the default (token_url)", uint8(2), uint8(40))
	f.Add("", "東京 \u0301\u202e x", uint8(0), uint8(60))
	f.Fuzz(func(t *testing.T, lead, text string, indent, width uint8) {
		if lead = lead[:min(len(lead), 20)]; lead != "" { // those are our own words, and labels
			lead += "label"
		}
		lead = strings.Map(func(r rune) rune { return map[bool]rune{true: r, false: ' '}[r >= 'a' && r <= 'z'] }, lead)
		l := &layout{width: narrowest + int(width)%(widest-narrowest)}
		l.add(paragraph{indent: int(indent) % 8, lead: lead, text: text})
		shown := l.String()
		checkWidth(t, shown, l.width)
		if strings.ContainsFunc(shown, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("%q lets something through", text)
		}
		flat := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, s)
		}
		if flat(shown) != flat(lead+safe(text)) {
			t.Errorf("%q became %q", lead+text, shown)
		}
	})
}

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "ü": 1, "東京": 4, "e\u0301": 1, "한국": 4, "✓ ": 2, "🔑": 2} {
		if got := columns(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestPaint(t *testing.T) {
	for name, test := range map[string]struct {
		colour bool
		inks   []ink
		want   string
	}{
		"colour":    {true, []ink{bold, red}, "\x1b[1;31mx\x1b[0m"},
		"plain":     {true, []ink{plain}, "x"},
		"no colour": {false, []ink{bold, red}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (&layout{colour: test.colour}).paint("x", test.inks...); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
