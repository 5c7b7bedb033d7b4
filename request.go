package jeton

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/key"
)

// TokenRequest is one token request before it is encoded: plain data, which
// grants, client authentications and the document's extra parameters fill in
// this order. It holds secrets and prints redacted.
type TokenRequest struct {
	// Connection with its defaults applied.
	Connection *Connection
	// Previous token, whose refresh token may be used; nil if there is none.
	Previous *Token
	// Now is the time of signing: the engine's clock, with the measured offset where auto_skew asks for it.
	Now time.Time
	// Method and URL of the request.
	Method, URL string
	// Header fields.
	Header http.Header
	// Form holds the parameters, whatever their encoding will be.
	Form url.Values
	// Certificate that is presented by mutual TLS; nil if there is none.
	Certificate *tls.Certificate

	// assertions that were signed for this request.
	assertions []signedAssertion
	// choice says which entry of each list of secrets and keys is used.
	choice choice
	keys   *exchangeKeys
	rand   io.Reader
	// login is what a person's login yielded; nil for none.
	login *login
	// renews is true for a refresh in the place of another grant.
	renews bool
	// asked is the endpoint beside the token endpoint; nil for the token endpoint.
	asked *asked
	// known are further secrets that nothing may show: those of the requests before this step.
	known []string
	// dpop is the key of the DPoP proof, and nonce what the server wants in it; nil for none.
	dpop  *key.Key
	nonce string
}

// choice is an index into each of the lists that are tried in order.
type choice struct{ secret, clientKey, grantKey int }

type signedAssertion struct {
	DecodedAssertion
	jwt Secret
}

// String shows the request with its secrets masked.
func (r *TokenRequest) String() string {
	shown := r.redacted()
	return fmt.Sprintf("%s %s %v %v", shown.Method, shown.URL, shown.Headers, shown.Params)
}

// GoString is String.
func (r *TokenRequest) GoString() string { return r.String() }

// set adds a parameter; one without a value counts as omitted (RFC 6749 section 3.2),
// and so does one whose name the document takes away.
func (r *TokenRequest) set(name, value string) {
	if name != "" && value != "" {
		r.Form.Set(name, value)
	}
}

// setGrantType writes grant_type: the document's own word, or the registered one.
func (r *TokenRequest) setGrantType() {
	switch word := r.Connection.Grant.Parameter; word {
	case "none":
	case "":
		r.set("grant_type", registeredType(r.Connection))
	default:
		r.set("grant_type", word)
	}
}

// scope is the scope parameter or claim as one string.
func (r *TokenRequest) scope() string {
	return strings.Join(r.Connection.Scopes, r.Connection.ScopeSeparator)
}

// askedScope is what a reply without scope grants, space-delimited: what was
// asked for, or what a renewed token had.
func (r *TokenRequest) askedScope() string {
	if r.renews && !r.narrows() {
		return r.Previous.Scope
	}
	return strings.Join(r.Connection.Scopes, " ")
}

// proofParams carry the proof of this very request; the document cannot replace them.
var proofParams = []string{"assertion", "client_assertion", "code", "code_verifier", "device_code", "refresh_token"}

// applyExtras puts the document's headers and parameters over everything else.
func (r *TokenRequest) applyExtras() {
	if media := r.mediaType(); media != "" {
		r.Header.Set("Content-Type", media)
	}
	for name, value := range r.Connection.Request.Headers {
		r.Header.Set(name, value.Value.Reveal())
	}
	for name, values := range r.Connection.Request.Params {
		if name != "grant_type" || !r.renews { // as grant.parameter it names the login
			r.applyParam(name, values)
		}
	}
}

// applyParam writes a parameter of the document; none leaves the request as it is.
func (r *TokenRequest) applyParam(name string, values ParamValues) {
	if values == nil {
		return
	}
	r.Form.Del(name)
	for _, v := range values {
		if value := v.Reveal(); value != "" { // as in set: an empty one only takes the standard one out
			r.Form.Add(name, value)
		}
	}
}

// httpRequest encodes r for the wire.
func (r *TokenRequest) httpRequest(ctx context.Context) (*http.Request, error) {
	target, body, err := r.encode()
	if err != nil {
		return nil, err
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, reader)
	if err != nil {
		return nil, err
	}
	req.Header = r.Header.Clone()
	return req, nil
}

// encode returns the URL and the body (nil: none).
func (r *TokenRequest) encode() (target string, body []byte, err error) {
	if r.inQuery() {
		return withQuery(r.URL, r.Form), nil, nil
	}
	if r.Connection.Request.Encoding == "json" {
		params, err := jsonParams(r.Form)
		if err != nil {
			return "", nil, err
		}
		body, err = marshalPlain(params)
		return r.URL, body, err
	}
	return r.URL, []byte(r.Form.Encode()), nil
}

// mediaType is the Content-Type of the body; empty if there is none.
func (r *TokenRequest) mediaType() string {
	switch {
	case r.inQuery():
		return ""
	case r.Connection.Request.Encoding == "json":
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

func (r *TokenRequest) inQuery() bool {
	return r.Method == http.MethodGet || r.Connection.Request.Encoding == "query"
}

// withQuery adds parameters to a URL; a query that is there already is kept (RFC 6749 section 3.2).
func withQuery(target string, form url.Values) string {
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	if len(form) == 0 {
		return target
	}
	return target + separator + form.Encode()
}

// sortedNames returns the keys of m in alphabetical order.
func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
