package jeton

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
)

// wholeBody is the word of response.access_token for a reply that is the token.
const wholeBody = "body"

// inHeader is the name of the header field that a place of the reply means.
func inHeader(place string) (name string, ok bool) { return strings.CutPrefix(place, "header:") }

// besidesBody reports whether the access token is no member of a JSON body; then
// the reply says nothing of its type either.
func (r *ResponseOptions) besidesBody() bool {
	_, header := inHeader(r.AccessToken)
	return header || r.AccessToken == wholeBody
}

// successBody is the body of a reply with a status of success. Where the token
// is the body it may be a text; where it stands in a header there may be none.
func (c *completed) successBody(reply RawReply) (any, error) {
	if c.Response.AccessToken == wholeBody {
		return c.textBody(reply)
	}
	body, err := c.body(reply)
	if name, ok := inHeader(c.Response.AccessToken); ok && err != nil && reply.Header.Get(name) != "" {
		return nil, nil
	}
	return body, err
}

// textBody is a body as text, or what it says in JSON.
func (c *completed) textBody(reply RawReply) (any, error) {
	text := bytes.TrimSpace(trimBOM(reply.Body))
	switch {
	case len(text) == 0:
		return nil, malformed(reply, "the reply has no body", nil)
	case text[0] == '<':
		return nil, notAToken(reply, text)
	}
	body, err := jsonbody.Decode(text)
	switch body.(type) {
	case string, map[string]any, []any:
		return body, nil
	}
	if err != nil && bytes.IndexByte([]byte(`{["`), text[0]) >= 0 {
		return nil, malformed(reply, "the reply cannot be used: "+err.Error(), nil)
	}
	return string(text), nil // digits are a token too
}

// accessTokenAt is the value at the place of the access token.
func accessTokenAt(place string, body any, reply RawReply) (value any, found bool) {
	if name, ok := inHeader(place); ok {
		text := strings.TrimSpace(reply.Header.Get(name))
		if scheme, credentials, found := strings.Cut(text, " "); found && strings.EqualFold(scheme, "bearer") {
			text = strings.TrimSpace(credentials)
		}
		return text, text != ""
	}
	if place != wholeBody {
		return jsonbody.Lookup(body, place)
	}
	_, text := body.(string)
	return body, text
}

// expiryAt is the value at the place of the expiry, and what to call that place.
func (c *completed) expiryAt(body any, reply RawReply) (value any, place string, found bool) {
	switch place = c.Response.ExpiresIn; place {
	case "":
		value, found = c.beside(body, "expires_in")
		return value, "expires_in", found
	case "none", "jwt":
		return nil, place, false
	}
	if name, ok := inHeader(place); ok {
		text := reply.Header.Get(name)
		return text, place, text != ""
	}
	value, found = jsonbody.Lookup(body, place)
	return value, place, found
}

// checkPlaces looks at the header fields that response names.
func (c *completed) checkPlaces() {
	for _, place := range []struct {
		parameter Parameter
		written   string
	}{{"response.access_token", c.Response.AccessToken}, {"response.expires_in", c.Response.ExpiresIn}} {
		if name, ok := inHeader(place.written); ok && (name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isTokenChar(r) })) {
			c.report.fail(place.parameter, "this is no header name (RFC 9110 section 5.1)", "write for example header:X-Auth-Token")
		}
	}
	if c.Response.ExpiresIn == wholeBody && c.Response.AccessToken == wholeBody {
		c.report.fail("response.expires_in", "the body is the token", "write jwt, none, or header:NAME")
	}
}

// hideToken keeps the token from being shown where no name of a member says that
// it is one: as the whole body, or in a header field.
func (r *TokenRequest) hideToken(reply *RawReply, shown *RedactedResponse) {
	if other := r.asked != nil && r.asked.section == ""; other || reply.Status < 200 || reply.Status >= 300 {
		return
	}
	options := &r.Connection.Response
	body := bytes.TrimSpace(trimBOM(reply.Body))
	if options.AccessToken == wholeBody && len(body) > 0 && body[0] != '{' && body[0] != '[' {
		shown.Body = "[a text of " + strconv.Itoa(len(reply.Body)) + " bytes]"
	}
	if name, ok := inHeader(options.AccessToken); ok {
		for i, h := range shown.Headers {
			if strings.EqualFold(h.Name, name) {
				shown.Headers[i].Value = Redacted
			}
		}
	}
}
