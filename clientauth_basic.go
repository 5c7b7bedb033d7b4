package jeton

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// clientSecretBasic is RFC 6749 section 2.3.1: HTTP Basic, each part form-encoded first.
type clientSecretBasic struct{}

func (clientSecretBasic) Method() string { return "client_secret_basic" }

func (clientSecretBasic) Apply(r *TokenRequest) error {
	client := &r.Connection.Client
	id, secret := client.basicPart(client.ID), client.basicPart(r.clientSecret())
	scheme := client.BasicScheme
	if scheme == "" {
		scheme = "Basic"
	}
	r.Header.Set("Authorization", scheme+" "+base64.StdEncoding.EncodeToString([]byte(id+":"+secret)))
	return nil
}

// basicPart is id or secret as it stands beside the colon.
func (c *Client) basicPart(text string) string {
	switch c.BasicEncoding {
	case "raw":
		return text
	case "base64": // as Sabre documents it
		return base64.StdEncoding.EncodeToString([]byte(text))
	}
	return formEscape(text)
}

// formEscape is application/x-www-form-urlencoded as RFC 6749 appendix B means
// it: every octet that is no ASCII letter or digit is escaped, also - . _ and ~,
// which url.QueryEscape would leave alone. Servers that do not decode at all
// need basic_encoding: raw.
func formEscape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s) + len(s)/2)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

func (clientSecretBasic) check(c *Connection, report *report) {
	requireSecret(c, report, "client_secret_basic")
	if c.Client.BasicEncoding == "raw" && strings.Contains(c.Client.ID, ":") {
		report.fail("client.id", "a client id with a colon cannot be sent by raw HTTP Basic (RFC 7617 section 2)", "write client.basic_encoding: form")
	}
	if strings.ContainsFunc(c.Client.BasicScheme, func(r rune) bool { return !isTokenChar(r) }) {
		report.fail("client.basic_scheme", "the scheme is no word (RFC 9110 section 11.1)", "write one word, such as Basic")
	}
	for name := range c.Request.Headers {
		if http.CanonicalHeaderKey(name) == "Authorization" {
			report.fail("request.headers."+Parameter(name), "client_secret_basic writes the Authorization header itself", "remove this header, or write client.auth: client_secret_post")
		}
	}
	for _, name := range []string{"client_id", "client_secret"} {
		if _, ok := c.Request.Params[name]; ok {
			report.warn("request.params."+Parameter(name), "with client_secret_basic this goes into the body and leaves the Authorization header as it is", "write client.auth: client_secret_post if the body is meant")
		}
	}
}
