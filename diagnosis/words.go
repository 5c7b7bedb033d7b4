package diagnosis

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// mixedCase are words whose capitals begin no new word.
var mixedCase = strings.NewReplacer("OAuth", "oauth", "DPoP", "dpop", "IdP", "idp", "mTLS", "mtls", "JWTs", "jwts", "JWKs", "jwks", "JWKSet", "jwks",
	"OpenID", "openid", "DocuSign", "docusign", "GitHub", "github", "NotBefore", "not before", "IPs", "ips", "URLs", "urls", "URIs", "uris")

// unspaced is the first character of the scripts that put no spaces between words.
const unspaced = 0x2e80

// words is a text as rules compare it: lower case, one space before, between and
// after the words. Punctuation separates words, and so does a capital inside one;
// apostrophes are left out, so that hasn't is one word.
func words(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 16)
	b.WriteByte(' ')
	var before rune // the character before, 0 after a space
	runes := []rune(mixedCase.Replace(text))
	for i, r := range runes {
		switch {
		case r == '\'' || r == '’':
			if before == 0 || i+1 == len(runes) || !unicode.IsLetter(runes[i+1]) { // a quotation mark
				before = space(&b, before)
			}
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			before = space(&b, before)
			continue
		case before != 0 && (r >= unspaced) != (before >= unspaced):
			b.WriteByte(' ')
		case unicode.IsUpper(r) && before != 0:
			ends := unicode.IsUpper(before) && i+1 < len(runes) && unicode.IsLower(runes[i+1]) // the last capital of JWTToken
			if unicode.IsLower(before) || ends {
				b.WriteByte(' ')
			}
		}
		b.WriteRune(unicode.ToLower(r))
		before = r
	}
	space(&b, before)
	return b.String()
}

func space(b *strings.Builder, before rune) rune {
	if before != 0 {
		b.WriteByte(' ')
	}
	return 0
}

// pattern is a condition on words, made once: all groups hold, of each group one
// phrase does, and no phrase of not.
type pattern struct {
	groups [][]phrase
	not    []phrase
}

// phrase is a piece of the text to look for, and a whole word of it, if it has
// one: a text without that word need not be searched.
type phrase struct{ piece, word string }

func newPattern(all, not []string) pattern {
	p := pattern{not: phrases(not)}
	for _, group := range all {
		p.groups = append(p.groups, phrases([]string{group}))
	}
	return p
}

// phrases splits at the bars and makes each phrase a piece of the text to look
// for. One that begins with = is a whole text, but for the code; one of a script
// without spaces may stand anywhere.
func phrases(list []string) (found []phrase) {
	for _, element := range list {
		for _, text := range strings.Split(element, "|") {
			text = strings.TrimSpace(text)
			first, rest, more := strings.Cut(strings.TrimPrefix(text, "="), " ")
			if whole, ok := strings.CutPrefix(text, "="); ok {
				found = append(found, phrase{"| " + whole + " |", first})
				continue
			}
			if r, _ := utf8.DecodeRuneInString(text); r >= unspaced { // a script without spaces
				found = append(found, phrase{text, ""})
				continue
			}
			open, ok := strings.CutSuffix(text, "*")
			if !ok {
				found = append(found, phrase{" " + text + " ", first})
				continue
			}
			if !more || rest == "*" {
				first = "" // it may be the beginning of a word
			}
			found = append(found, phrase{" " + open, first})
		}
	}
	return found
}

// wordSet are the words of a text that is compared.
func wordSet(words string) map[string]bool {
	set := make(map[string]bool, strings.Count(words, " "))
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

func (p pattern) matches(words string, set map[string]bool) bool {
	for _, group := range p.groups {
		if !anyPhrase(words, set, group) {
			return false
		}
	}
	return !anyPhrase(words, set, p.not)
}

func anyPhrase(words string, set map[string]bool, list []phrase) bool {
	for _, p := range list {
		if (p.word == "" || set[p.word]) && strings.Contains(words, p.piece) {
			return true
		}
	}
	return false
}

func containsAny(text string, pieces ...string) bool {
	for _, piece := range pieces {
		if strings.Contains(text, piece) {
			return true
		}
	}
	return false
}

// expression is a regular expression that is compiled at its first use, and not at
// the start of every program that can diagnose.
func expression(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
