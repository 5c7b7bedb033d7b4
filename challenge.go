package jeton

import (
	"net/http"
	"regexp"
	"strings"
)

// challenge is what a resource says in WWW-Authenticate (RFC 6750 section 3).
type challenge struct {
	serverError
	scheme, scope string
}

const (
	// maxChallenge bounds what is read of one field, in bytes, and
	// maxChallengeParts in words.
	maxChallenge      = 8 << 10
	maxChallengeParts = 200
)

// challengePart is a parameter with its value, or, without one, the scheme that
// begins a challenge (RFC 9110 section 11.6.1). Commas are not needed: some
// servers forget them.
var challengePart = regexp.MustCompile(`([!#$%&'*+.^_|~0-9A-Za-z-]+)(\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]*))?`)

// challengeOf is the challenge that says most: one with an error, before others
// that of the scheme in which the token was presented.
func challengeOf(h http.Header, scheme string) challenge {
	var best challenge
	rank := 0
	for _, field := range h.Values("WWW-Authenticate") {
		for _, c := range readChallenges(field) {
			own := 0
			switch {
			case c.code != "" && strings.EqualFold(c.scheme, scheme):
				own = 3
			case c.code != "":
				own = 2
			case c.description != "" || c.scope != "":
				own = 1
			}
			if own > rank {
				best, rank = c, own
			}
		}
	}
	return best
}

// readChallenges takes a field apart.
func readChallenges(field string) []challenge {
	if len(field) > maxChallenge {
		field = field[:maxChallenge]
	}
	var list []challenge
	for _, part := range challengePart.FindAllStringSubmatch(field, maxChallengeParts) {
		if part[2] == "" || len(list) == 0 {
			list = append(list, challenge{scheme: part[1]})
			if part[2] == "" {
				continue
			}
		}
		list[len(list)-1].take(strings.ToLower(part[1]), unquoteParameter(part[3]))
	}
	return list
}

// take notes a parameter; the first of a name counts.
func (c *challenge) take(name, value string) {
	for known, field := range map[string]*string{"error": &c.code, "error_description": &c.description, "error_uri": &c.uri, "scope": &c.scope} {
		if name == known && *field == "" {
			*field = value
		}
	}
}

var quotedPair = regexp.MustCompile(`\\(.)`)

// unquoteParameter is the value of a token or quoted string (RFC 9110 section 5.6.4).
func unquoteParameter(value string) string {
	if len(value) < 2 || value[0] != '"' {
		return value
	}
	return quotedPair.ReplaceAllString(value[1:len(value)-1], "$1")
}
