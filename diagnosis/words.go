package diagnosis

import (
	"strings"
	"unicode"
)

// mixedCase are words whose capitals begin no new word.
var mixedCase = strings.NewReplacer("OAuth", "oauth", "DPoP", "dpop", "IdP", "idp", "mTLS", "mtls", "JWTs", "jwts", "JWKs", "jwks", "JWKSet", "jwks",
	"OpenID", "openid", "DocuSign", "docusign", "GitHub", "github", "NotBefore", "not before", "IPs", "ips", "URLs", "urls", "URIs", "uris")

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
	groups [][]string
	not    []string
}

func newPattern(all, not []string) pattern {
	p := pattern{not: phrases(not)}
	for _, group := range all {
		p.groups = append(p.groups, phrases([]string{group}))
	}
	return p
}

// phrases splits at the bars and makes each phrase a piece of the text to look
// for. One that begins with = is a whole text, but for the code.
func phrases(list []string) (found []string) {
	for _, element := range list {
		for _, phrase := range strings.Split(element, "|") {
			phrase = " " + strings.TrimSpace(phrase)
			if whole, ok := strings.CutPrefix(phrase, " ="); ok {
				found = append(found, "| "+whole+" |")
				continue
			}
			if open, ok := strings.CutSuffix(phrase, "*"); ok {
				found = append(found, open)
			} else {
				found = append(found, phrase+" ")
			}
		}
	}
	return found
}

func (p pattern) matches(words string) bool {
	for _, group := range p.groups {
		if !containsAny(words, group...) {
			return false
		}
	}
	return !containsAny(words, p.not...)
}

func containsAny(text string, pieces ...string) bool {
	for _, piece := range pieces {
		if strings.Contains(text, piece) {
			return true
		}
	}
	return false
}
