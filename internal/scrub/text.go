package scrub

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cut shortens s to at most n characters, of which the last three are dots.
// n is at least 3.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return string(runes[:n-3]) + "..."
}

// Escape makes a foreign text harmless for terminals, logs and pages: no
// control characters, no escape sequences, nothing that turns the direction of
// writing. Line breaks become spaces.
func Escape(s string) string {
	if !strings.ContainsFunc(s, unsafeRune) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unsafeRune(r) || r == utf8.RuneError:
			return '?'
		}
		return r
	}, s)
}

func unsafeRune(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Co, r)
}
