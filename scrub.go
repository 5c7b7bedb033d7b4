package jeton

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// minSecret is the shortest secret that is looked for: striking out every "ab"
// would make a message unreadable and hide nothing.
const minSecret = 4

// scrubber strikes secrets out of foreign text: servers echo what they were
// sent, as it was or escaped for a URL, for JSON, for HTML, in base64 or in hex.
type scrubber struct{ secrets [][]byte }

// newScrubber looks for the given secrets; longer ones first, so that a secret
// inside another one does not leave its rest behind.
func newScrubber(secrets []string) *scrubber {
	s := &scrubber{}
	for _, text := range secrets {
		if len(text) >= minSecret {
			s.secrets = append(s.secrets, []byte(text))
		}
	}
	slices.SortFunc(s.secrets, func(a, b []byte) int { return len(b) - len(a) })
	s.secrets = slices.CompactFunc(s.secrets, bytes.Equal)
	return s
}

// compactJWT is anything in the form of a signed JWT: an assertion or a token,
// whoever made it.
var compactJWT = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)?`)

// base64Run and hexRun are what may be base64 and hex.
var (
	base64Run = regexp.MustCompile(`[A-Za-z0-9+/_-]{6,}={0,2}`)
	hexRun    = regexp.MustCompile(`[A-Fa-f0-9]{8,}`)
)

// maxNested is how many encodings may lie in one another.
const maxNested = 2

// maxLayers bounds how many readings of one text are looked at.
const maxLayers = 48

// scrub returns text without the secrets.
func (s *scrubber) scrub(text string) string {
	marks := make([]bool, len(text))
	for _, jwt := range compactJWT.FindAllStringIndex(text, -1) {
		for i := jwt[0]; i < jwt[1]; i++ {
			marks[i] = true
		}
	}
	for _, layer := range readings(text) {
		s.mark(layer, marks)
		s.markEncoded(layer, marks)
	}
	return strike(text, marks)
}

// escapings are the ways of escaping that are undone, and the signs by which
// each is recognised.
var escapings = []struct {
	signs string
	undo  func(layered) layered
}{
	{"%", unescapePercent}, {"+%", unescapeForm}, {`\`, unescapeBackslash}, {"&", unescapeHTML}, {"\r\n", unfold},
}

// readings are the text and what it says with its escapes undone, in every
// order: they may be nested (JSON in a form in HTML). The bytes of each remember
// their place in the text.
func readings(text string) []layered {
	list := []layered{plainLayer(text)}
	seen := map[string]bool{text: true}
	for i := 0; i < len(list) && len(list) < maxLayers; i++ {
		for _, way := range escapings {
			if !bytes.ContainsAny(list[i].text, way.signs) {
				continue
			}
			undone := way.undo(list[i])
			if key := string(undone.text); !seen[key] {
				seen[key] = true
				list = append(list, undone)
			}
		}
	}
	return list
}

// layered is a decoded text and, for each of its bytes and for its end, the
// place in the original.
type layered struct {
	text []byte
	from []int
}

func plainLayer(text string) layered {
	l := layered{text: []byte(text), from: make([]int, len(text)+1)}
	for i := range l.from {
		l.from[i] = i
	}
	return l
}

// mark strikes every occurrence of a secret in a layer.
func (s *scrubber) mark(l layered, marks []bool) {
	for _, secret := range s.secrets {
		for start := 0; ; {
			i := bytes.Index(l.text[start:], secret)
			if i < 0 {
				break
			}
			l.strike(start+i, start+i+len(secret), marks)
			start += i + len(secret)
		}
	}
}

func (l layered) strike(begin, end int, marks []bool) {
	for i := l.from[begin]; i < l.from[end]; i++ {
		marks[i] = true
	}
}

// markEncoded strikes runs of base64 and hex that hold a secret, at whatever
// offset it stands in them.
func (s *scrubber) markEncoded(l layered, marks []bool) {
	s.eachEncoded(l.text, maxNested, func(begin, end int) bool {
		l.strike(begin, end, marks)
		return true
	})
}

// eachEncoded calls found for the runs of base64 and hex that hold a secret,
// until it returns false.
func (s *scrubber) eachEncoded(text []byte, nested int, found func(begin, end int) bool) {
	for _, run := range hexRun.FindAllIndex(text, -1) {
		if s.hexHides(text[run[0]:run[1]], nested) && !found(run[0], run[1]) {
			return
		}
	}
	for _, run := range base64Run.FindAllIndex(text, -1) {
		if s.base64Hides(text[run[0]:run[1]], nested) && !found(run[0], run[1]) {
			return
		}
	}
}

func (s *scrubber) hexHides(run []byte, nested int) bool {
	for skip := range 2 { // the run may begin with a digit that is not part of it
		part := run[skip:]
		decoded := make([]byte, len(part)/2)
		if _, err := hex.Decode(decoded, part[:len(decoded)*2]); err == nil && s.holds(decoded, nested) {
			return true
		}
	}
	return false
}

func (s *scrubber) base64Hides(run []byte, nested int) bool {
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(string(run), "="))
	for skip := 0; skip < 4 && skip < len(standard); skip++ { // the run may begin with a letter that is not part of it
		part := standard[skip:]
		if len(part)%4 == 1 {
			part = part[:len(part)-1]
		}
		if decoded, err := base64.RawStdEncoding.DecodeString(part); err == nil && s.holds(decoded, nested) {
			return true
		}
	}
	return false
}

// holds reports whether what was decoded holds a secret: as it is, escaped, or
// encoded once more.
func (s *scrubber) holds(decoded []byte, nested int) bool {
	for _, layer := range readings(string(decoded)) {
		if slices.ContainsFunc(s.secrets, func(secret []byte) bool { return bytes.Contains(layer.text, secret) }) {
			return true
		}
	}
	below := false
	if nested > 1 {
		s.eachEncoded(decoded, nested-1, func(int, int) bool { below = true; return false })
	}
	return below
}

// strike replaces each marked range.
func strike(text string, marks []bool) string {
	if !slices.Contains(marks, true) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if !marks[i] {
			b.WriteByte(text[i])
			continue
		}
		if i == 0 || !marks[i-1] {
			b.WriteString(Redacted)
		}
	}
	return b.String()
}

// rewrite applies decode to a layer: decode looks at the front of a text and
// returns what stands there decoded and how many bytes it took, or 0.
func rewrite(l layered, decode func(rest []byte) (decoded []byte, taken int)) layered {
	out := layered{text: make([]byte, 0, len(l.text)), from: make([]int, 0, len(l.from))}
	for i := 0; i < len(l.text); {
		decoded, taken := decode(l.text[i:])
		if taken == 0 {
			decoded, taken = l.text[i:i+1], 1
		}
		for range decoded {
			out.from = append(out.from, l.from[i])
		}
		out.text = append(out.text, decoded...)
		i += taken
	}
	out.from = append(out.from, l.from[len(l.text)])
	return out
}

// unescapePercent undoes URL encoding.
func unescapePercent(l layered) layered { return rewrite(l, percentOctet) }

func percentOctet(rest []byte) (decoded []byte, taken int) {
	if rest[0] == '%' && len(rest) >= 3 {
		if value, err := strconv.ParseUint(string(rest[1:3]), 16, 8); err == nil {
			return []byte{byte(value)}, 3
		}
	}
	return nil, 0
}

// unescapeForm undoes form encoding: URL encoding with + for a space.
func unescapeForm(l layered) layered {
	return rewrite(l, func(rest []byte) ([]byte, int) {
		if rest[0] == '+' {
			return []byte{' '}, 1
		}
		return percentOctet(rest)
	})
}

// unescapeBackslash undoes JSON escapes, and those of Go and C.
func unescapeBackslash(l layered) layered {
	const escapes, meanings = `"\/bfnrt'av`, "\"\\/\b\f\n\r\t'\a\v"
	return rewrite(l, func(rest []byte) ([]byte, int) {
		if rest[0] != '\\' || len(rest) < 2 {
			return nil, 0
		}
		if high, ok := hexEscape(rest, 'u', 4); ok {
			if low, ok := hexEscape(rest[6:], 'u', 4); ok && utf16.IsSurrogate(high) {
				if pair := utf16.DecodeRune(high, low); pair != utf8.RuneError {
					return utf8.AppendRune(nil, pair), 12
				}
			}
			return utf8.AppendRune(nil, high), 6
		}
		if value, ok := hexEscape(rest, 'U', 8); ok {
			return utf8.AppendRune(nil, value), 10
		}
		if value, ok := hexEscape(rest, 'x', 2); ok {
			return []byte{byte(value)}, 4
		}
		if i := strings.IndexByte(escapes, rest[1]); i >= 0 {
			return []byte{meanings[i]}, 2
		}
		return nil, 0
	})
}

// hexEscape reads a backslash, a letter and so many hexadecimal digits.
func hexEscape(rest []byte, letter byte, digits int) (rune, bool) {
	if len(rest) < 2+digits || rest[0] != '\\' || rest[1] != letter {
		return 0, false
	}
	value, err := strconv.ParseUint(string(rest[2:2+digits]), 16, 32)
	return rune(value), err == nil
}

// unfold takes out the line breaks that some encoders put into base64.
func unfold(l layered) layered {
	return rewrite(l, func(rest []byte) ([]byte, int) {
		if rest[0] == '\r' || rest[0] == '\n' {
			return nil, 1
		}
		return nil, 0
	})
}

// unescapeHTML undoes character references.
func unescapeHTML(l layered) layered {
	return rewrite(l, func(rest []byte) ([]byte, int) {
		if rest[0] != '&' {
			return nil, 0
		}
		end := bytes.IndexByte(rest[:min(len(rest), 12)], ';')
		if end < 0 {
			return nil, 0
		}
		reference := string(rest[:end+1])
		if plain := html.UnescapeString(reference); plain != reference {
			return []byte(plain), end + 1
		}
		return nil, 0
	})
}
