package jeton

import (
	"slices"
	"strings"
	"unicode"
)

// checkCopies looks at what people copy from a provider's page or a template into
// the document and its secrets. Nothing here is an error for certain: a server may
// have given out anything. No message shows a value.
func (c *completed) checkCopies() {
	c.checkCopy("client.id", c.Client.ID)
	for i, s := range c.Client.Secret {
		c.checkCopy(listParameter("client.secret", i, len(c.Client.Secret)), s.Value.Reveal())
	}
	c.checkCopy("grant.username", c.Grant.Username)
	c.checkCopy("grant.password", c.Grant.Password.Value.Reveal())
	if a := c.Grant.Assertion; a != nil {
		if a.Issuer != c.Client.ID {
			c.checkCopy("grant.assertion.issuer", a.Issuer)
		}
		c.checkCopy("grant.assertion.subject", a.Subject)
	}
}

// checkCopy looks at one value.
func (c *completed) checkCopy(p Parameter, text string) {
	secret := strings.HasPrefix(string(p), "client.secret") || p == "grant.password" // whose white space is looked at with its source
	switch {
	case text == "":
	case isPlaceholder(text):
		c.report.warn(p, "the value looks like the placeholder of a template", "write the value that the provider shows")
	case isQuoted(text):
		c.report.warn(p, "the value is in quotes, which are sent with it", "remove the quotes, if they came from a file of variables")
	case strings.TrimSpace(text) != text && !secret:
		c.report.warn(p, "the value starts or ends with white space, which is sent with it", "remove the white space, if it came with copying")
	case strings.ContainsFunc(text, invisible):
		c.report.warn(p, "the value has a character that cannot be seen, which is sent with it", "type the value anew, or copy it as plain text")
	case strings.ContainsFunc(text, typographic):
		c.report.warn(p, "the value has a dash, quotation mark or blank of the kind that word processors make", "compare it with the provider's, character by character")
	}
}

// invisible characters come along with copying: a byte order mark, zero-width
// spaces and joiners, marks of direction, and control characters.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) && !unicode.IsSpace(r)
}

// typographic characters look like those of ASCII, and are none.
func typographic(r rune) bool {
	return r >= 0x2010 && r <= 0x201f || r == 0x2026 || r == 0x2212 || r == 0x00a0
}

// isQuoted: docker --env-file and systemd keep quotes that a shell would take away.
func isQuoted(text string) bool {
	n := len(text)
	return n > 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0]
}

// placeholders stand in templates and examples.
var placeholders = []string{"changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_me", "todo", "client_id", "client_secret", "client-id", "client-secret", "clientid", "clientsecret"}

// isPlaceholder: <client id>, ${CLIENT_ID}, {{client_id}}, $CLIENT_ID, %CLIENT_ID%,
// your-client-id, xxx, and the like.
func isPlaceholder(text string) bool {
	for _, mark := range [][2]string{{"<", ">"}, {"${", "}"}, {"{{", "}}"}} {
		if strings.HasPrefix(text, mark[0]) && strings.HasSuffix(text, mark[1]) {
			return true
		}
	}
	if name, found := strings.CutPrefix(text, "$"); found && isVariable(name) {
		return true
	}
	if inner, found := strings.CutPrefix(text, "%"); found && strings.HasSuffix(inner, "%") && isVariable(inner[:len(inner)-1]) {
		return true
	}
	lower := strings.ToLower(text)
	return slices.Contains(placeholders, lower) || strings.HasPrefix(lower, "your-") || strings.HasPrefix(lower, "your_") || strings.HasPrefix(lower, "your ") || isMasked(lower)
}

// isMasked: xxx, xxxxxxxx, xxxxxxxx-xxxx-xxxx.
func isMasked(lower string) bool {
	return len(lower) > 2 && strings.Trim(lower, "x-") == "" && (len(lower) <= 12 || strings.Contains(lower, "x-x"))
}

// isVariable reports whether a text is a name as environment variables have, in
// capitals: three characters at least, for a secret may be of any shape.
func isVariable(name string) bool {
	return len(name) > 2 && !strings.ContainsFunc(name, func(r rune) bool { return r != '_' && !(r >= 'A' && r <= 'Z') })
}

// checkCertificateWay: over http nobody sees the client certificate.
func (c *completed) checkCertificateWay() {
	target := c.TokenURL
	if c.MTLSTokenURL != "" {
		target = c.MTLSTokenURL
	}
	if c.certificate == nil || !strings.HasPrefix(target, "http:") {
		return
	}
	p := Parameter("token_url")
	if c.MTLSTokenURL != "" {
		p = "mtls_token_url"
	}
	c.report.add(Finding{Parameter: p, Problem: "the request goes over http, where no client certificate is presented", Fix: "write the https endpoint that takes client certificates, in token_url or mtls_token_url",
		Evidence: "sent to " + shownURL(target) + ", with tls.client", Warning: true})
}
