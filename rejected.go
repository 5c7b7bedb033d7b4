package jeton

import (
	"net/http"
	"regexp"
	"slices"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
)

// Matches reports whether an answer of the resource says that its token is
// dead. body is read only if the rule has a condition on it. nil is the rule of
// RFC 6750 section 3.1: status 401.
func (r *Rejected) Matches(status int, header http.Header, body []byte) bool {
	if !r.MatchesStatus(status) {
		return false
	}
	if r == nil {
		return true
	}
	for name, expression := range r.Headers {
		pattern, err := regexp.Compile(expression)
		if err != nil || !slices.ContainsFunc(header.Values(name), pattern.MatchString) {
			return false
		}
	}
	if len(r.Body) == 0 {
		return true
	}
	decoded, err := jsonbody.Decode(body)
	return err == nil && holds(r.Body, decoded)
}

// MatchesStatus is the part of the rule that needs no body: where it is false,
// Matches is.
func (r *Rejected) MatchesStatus(status int) bool {
	if r == nil || len(r.Status) == 0 {
		return status == http.StatusUnauthorized
	}
	return slices.Contains(r.Status, status)
}
