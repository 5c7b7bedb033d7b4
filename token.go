package jeton

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/key"
)

// Token is an access token and what belongs to it. Its secrets print as
// [redacted].
type Token struct {
	// AccessToken is opaque (RFC 6749 section 1.4).
	AccessToken Secret
	// RefreshToken as of the last reply that carried one.
	RefreshToken Secret
	// IDToken as the server sent it; never trusted here.
	IDToken Secret
	// TokenType of the reply: Bearer, DPoP, or N_A for what is no access token
	// (RFC 8693 section 2.2.1), which is presented as a bearer token.
	TokenType string
	// Scope granted, space-delimited.
	Scope string
	// Issued is when the request was sent; a lifetime counts from there.
	Issued time.Time
	// Expiry is when the token dies.
	Expiry time.Time
	// ExpiryFrom says which rule gave Expiry: reply, jwt, default; with " (capped)" when a cap cut it.
	ExpiryFrom string
	// Generation counts the tokens of one connection; the broker sets it.
	Generation int64
	// Extra are the further members of the reply that the connection keeps.
	Extra map[string]json.RawMessage
	// Usage says how the token is presented.
	Usage Usage
	// Warnings about the reply: a missing token_type, another scope than asked.
	Warnings []Finding
	// DPoPKey is the key that the token is bound to (RFC 9449); nil for a bearer token.
	// Whoever keeps the token keeps it too: see [Engine.Adopt].
	DPoPKey *key.Key

	dpopAlgorithm string
	nonces        NonceStore
	now           func() time.Time
	rand          io.Reader
}

// Valid reports whether the token can be used at now and for ahead longer.
// Wall clocks are compared, so that a suspended machine does not stretch a life.
func (t *Token) Valid(now time.Time, ahead time.Duration) bool {
	return t != nil && !t.AccessToken.IsZero() && t.Expiry.Round(0).After(now.Round(0).Add(ahead))
}

// Header returns the header field that presents the token: Cookie for a cookie.
// Without a name there is none: the token stands in the query, see [Token.Authorize].
func (t *Token) Header() (name string, value Secret) {
	switch {
	case t.Usage.Query != "":
		return "", Secret{}
	case t.Usage.Cookie != "":
		return "Cookie", NewSecret(t.Usage.Cookie + "=" + t.AccessToken.Reveal())
	}
	name = t.Usage.Header
	if name == "" {
		name = "Authorization"
	}
	if t.Usage.Raw {
		return name, t.AccessToken
	}
	return name, NewSecret(strings.TrimSpace(t.scheme() + " " + t.AccessToken.Reveal()))
}

// scheme stands before the token, unless its usage is raw.
func (t *Token) scheme() string {
	scheme := t.Usage.Scheme
	if scheme == "" {
		scheme = t.TokenType
	}
	if scheme == notApplicable { // RFC 8693 section 2.2.1 defines no way to present it
		scheme = "Bearer"
	}
	return scheme
}

// Authorize puts the token, and the further headers of its usage, on r. Where
// its usage is a parameter of the query, r gets another URL. A token that is bound to a DPoP key gets a new proof for the method and URL of r, so
// it is called again for every request and every retry.
func (t *Token) Authorize(r *http.Request) {
	t.place(r)
	if t.needsProof() {
		r.Header.Del("DPoP") // that of an earlier try
		method := r.Method
		if method == "" {
			method = http.MethodGet
		}
		if jwt, err := t.proof(method, r.URL); err == nil { // else the resource refuses: a signer may be out of reach
			r.Header.Set("DPoP", jwt)
		}
	}
	for name, value := range t.Usage.Headers {
		r.Header.Set(name, value.Value.Reveal())
	}
}
