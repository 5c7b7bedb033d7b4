package scrub

import (
	"bytes"
	"hash/maphash"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLayers and maxRead bound how many readings of one text are looked at, and
// how many bytes they may have together: a text can be escaped in itself so that
// there is no end to them.
const (
	maxLayers = 48
	maxRead   = 512 << 10
)

// escapings are the ways of escaping that are undone, and the signs by which
// each is recognised.
var escapings = []struct {
	signs string
	undo  func(layered) layered
}{
	{"%", unescapePercent}, {"+%", unescapeForm}, {`\`, unescapeBackslash}, {"&", unescapeHTML}, {"\r\n", unfold},
}

// readings calls look with the text, and with what it says with its escapes
// undone, in every order: they may be nested (JSON in a form in HTML). The bytes
// of each remember their place in the text. It reports false if there are more
// readings than anybody would write, which were not looked at.
func readings(text string, look func(layered)) (complete bool) {
	list := []layered{plainLayer(text)}
	seed := maphash.MakeSeed()
	seen := map[uint64]bool{maphash.String(seed, text): true}
	read := len(text)
	for i := 0; i < len(list); i++ {
		look(list[i])
		for _, way := range escapings {
			if !bytes.ContainsAny(list[i].text, way.signs) {
				continue
			}
			undone := way.undo(list[i])
			if key := maphash.Bytes(seed, undone.text); !seen[key] {
				if read += len(undone.text); len(list) == maxLayers || read > max(maxRead, 2*len(text)) {
					return false
				}
				seen[key] = true
				list = append(list, undone)
			}
		}
		list[i] = layered{} // its memory is not needed any more
	}
	return true
}

// layered is a decoded text and, for each of its bytes and for its end, the
// place in the original.
type layered struct {
	text []byte
	from []int32
}

func plainLayer(text string) layered {
	l := layered{text: []byte(text), from: make([]int32, len(text)+1)}
	for i := range l.from {
		l.from[i] = int32(i)
	}
	return l
}

// rewrite applies decode to a layer: decode looks at the front of a text and
// returns what stands there decoded and how many bytes it took, or 0.
func rewrite(l layered, decode func(rest []byte) (decoded []byte, taken int)) layered {
	out := layered{text: make([]byte, 0, len(l.text)), from: make([]int32, 0, len(l.from))}
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
