package scrub

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"harmless":     {"naïve 😀 \ufffd", "naïve 😀 \ufffd"},
		"lines":        {"a\r\nb\tc", "a  b c"},
		"ansi":         {"\x1b[31mred\a", "?[31mred?"},
		"c1":           {"\u009b31m", "?31m"},
		"direction":    {"\u202eabc\u2066\u200f", "?abc??"},
		"zero width":   {"a\u200bb\ufeffc\u00ad", "a?b?c?"},
		"separators":   {"a\u2028b\u2029c\u0085d", "a?b?c?d"},
		"private":      {"\ue000", "?"},
		"tag":          {"\U000e0041", "?"},
		"not UTF-8":    {"a\xffb", "a?b"},
		"nul and more": {"\x00\x7f\v\f\b", "?????"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Escape(row.text); got != row.want {
				t.Errorf("%q gives %q, want %q", row.text, got, row.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, row := range []struct {
		text string
		n    int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "..."}, {"abcdefgh", 6, "abc..."}, {"äöüß", 4, "äöüß"}, {"äöüßä", 4, "ä..."},
		{strings.Repeat("😀", 10), 10, strings.Repeat("😀", 10)}, {"\xff\xff\xff\xff\xff", 4, "\ufffd..."},
	} {
		if got := Cut(row.text, row.n); got != row.want || utf8.RuneCountInString(got) > row.n {
			t.Errorf("%q cut to %d gives %q, want %q", row.text, row.n, got, row.want)
		}
	}
}
