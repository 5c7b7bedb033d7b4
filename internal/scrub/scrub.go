// Package scrub makes foreign text fit to show: it strikes out secrets, escapes
// what a terminal or a log would act on, and cuts.
//
//	scrubber := scrub.New([]string{clientSecret, refreshToken})
//	text := scrubber.Text(description) // struck out in every form in which servers echo
//	show := scrub.Cut(scrub.Escape(text), 500)
//
// The order matters: a secret that has been cut or escaped is no longer found.
package scrub

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton/secret"
)

// minSecret is the shortest secret that is looked for: striking out every "ab"
// would make a message unreadable and hide nothing.
const minSecret = 4

// Scrubber strikes secrets out of foreign text: servers echo what they were
// sent, as it was or escaped for a URL, for JSON, for HTML, in base64 or in hex.
type Scrubber struct{ secrets [][]byte }

// New makes a Scrubber of the given secrets; one of less than 4 bytes is not
// looked for. Longer ones go first, so that a secret inside another one does not
// leave its rest behind.
func New(secrets []string) *Scrubber {
	s := &Scrubber{}
	for _, text := range secrets {
		if len(text) >= minSecret {
			s.secrets = append(s.secrets, []byte(text))
		}
	}
	slices.SortFunc(s.secrets, func(a, b []byte) int { return len(b) - len(a) })
	s.secrets = slices.CompactFunc(s.secrets, bytes.Equal)
	return s
}

// Empty reports whether there is no secret to look for, so that Text strikes out
// nothing but JWTs.
func (s *Scrubber) Empty() bool { return len(s.secrets) == 0 }

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

// Text returns text without the secrets, and without anything in the form of a
// JWT. What it strikes out becomes [redacted]; so does the whole of a text that is
// escaped more often than can be looked at.
func (s *Scrubber) Text(text string) string { return s.strikeOut(text, len(text)) }

// These say how much of a long text Head looks at.
const (
	// shownBytes of a character that is shown: four in UTF-8.
	shownBytes = 4
	// echoedBytes is how long a byte of a secret may have become: \u0041, encoded twice.
	echoedBytes = 24
)

// Head is Text for a text of which no more than its first characters are shown,
// most of them at the most: the rest is not looked at, beyond what a secret that
// begins in the head may need.
func (s *Scrubber) Head(text string, most int) string {
	head := shownBytes * most
	longest := 0
	if len(s.secrets) > 0 {
		longest = len(s.secrets[0])
	}
	if window := head + max(echoedBytes*longest, minBeyond); len(text) > window {
		text = text[:window]
	}
	return s.strikeOut(text, min(head, len(text)))
}

// minBeyond is how much longer than the head the text is looked at for a JWT.
const minBeyond = 4 << 10

// strikeOut returns the first bytes of a text, without what is to be struck out
// of the whole of it.
func (s *Scrubber) strikeOut(text string, head int) string {
	marks := make([]bool, len(text))
	for _, jwt := range compactJWT.FindAllStringIndex(text, -1) {
		for i := jwt[0]; i < jwt[1]; i++ {
			marks[i] = true
		}
	}
	if len(s.secrets) == 0 { // nothing else is looked for
		return strike(text[:head], marks[:head])
	}
	if !readings(text, func(layer layered) {
		s.mark(layer, marks)
		s.markEncoded(layer, marks)
	}) {
		return secret.Redacted
	}
	return strike(text[:head], marks[:head])
}

// mark strikes every occurrence of a secret in a layer.
func (s *Scrubber) mark(l layered, marks []bool) {
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
func (s *Scrubber) markEncoded(l layered, marks []bool) {
	s.eachEncoded(l.text, maxNested, func(begin, end int) bool {
		l.strike(begin, end, marks)
		return true
	})
}

// eachEncoded calls found for the runs of base64 and hex that hold a secret,
// until it returns false.
func (s *Scrubber) eachEncoded(text []byte, nested int, found func(begin, end int) bool) {
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

func (s *Scrubber) hexHides(run []byte, nested int) bool {
	for skip := range 2 { // the run may begin with a digit that is not part of it
		part := run[skip:]
		decoded := make([]byte, len(part)/2)
		if _, err := hex.Decode(decoded, part[:len(decoded)*2]); err == nil && s.holds(decoded, nested) {
			return true
		}
	}
	return false
}

func (s *Scrubber) base64Hides(run []byte, nested int) bool {
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
func (s *Scrubber) holds(decoded []byte, nested int) bool {
	found := false
	complete := readings(string(decoded), func(layer layered) {
		found = found || slices.ContainsFunc(s.secrets, func(secret []byte) bool { return bytes.Contains(layer.text, secret) })
	})
	if found || !complete {
		return true
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
			b.WriteString(secret.Redacted)
		}
	}
	return b.String()
}
