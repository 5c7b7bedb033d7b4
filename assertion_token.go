package jeton

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
)

// external reports whether an assertion is made elsewhere.
func (a *Assertion) external() bool { return a != nil && !a.Token.IsZero() }

// keepReading lets the assertions that are made elsewhere be read again: what
// writes them replaces them before they expire.
func (c *Connection) keepReading(from Sources) {
	for _, a := range []*Assertion{c.Client.Assertion, c.Grant.Assertion} {
		if a.external() {
			a.from = &from
		}
	}
}

// fresh is c with the assertions that are made elsewhere read anew; c itself
// where there are none. Nobody keeps what was read: a token of a workload that
// was read at the start is refused hours later.
func (c *Connection) fresh(ctx context.Context) (*Connection, *Error) {
	if !c.Client.Assertion.external() && !c.Grant.Assertion.external() {
		return c, nil
	}
	own := *c
	r := resolver{ctx: ctx}
	for _, part := range []struct {
		path  string
		field **Assertion
	}{{"client.assertion.token", &own.Client.Assertion}, {"grant.assertion.token", &own.Grant.Assertion}} {
		a := *part.field
		if !a.external() || a.from == nil || a.Token.Env == "" && a.Token.File == "" && len(a.Token.Command) == 0 {
			continue
		}
		copied := *a
		copied.Token.Value, r.from = Secret{}, *a.from
		r.source(part.path, &copied.Token, false)
		*part.field = &copied
	}
	return &own, r.err()
}

// presented is the assertion of one of the two places: signed here, or made elsewhere.
func (r *TokenRequest) presented(p Parameter, a *Assertion, index int) (Secret, error) {
	if !a.external() {
		return r.sign(p, a, index)
	}
	text, failed := externalText(p, a)
	if failed != nil {
		return Secret{}, failed
	}
	assertion := signedAssertion{jwt: NewSecret(text)}
	if claims := foreignClaims(text); claims != nil {
		assertion.Parameter, assertion.Claims = p, claims
		r.assertions = append(r.assertions, assertion)
		if expiry, ok := claimsExpiry(claims); ok && !r.Now.Before(expiry) {
			return Secret{}, expiredAssertion(p, a, expiry)
		}
	}
	return assertion.jwt, nil
}

// expiredAssertion is found before the assertion is sent: a server may count the
// refusal against the client.
func expiredAssertion(p Parameter, a *Assertion, expiry time.Time) *Error {
	fix := "get a new one; written as {file: ...}, {env: ...} or {command: [...]} it is read anew for each token request"
	switch {
	case a.from == nil:
	case a.Token.File != "":
		fix = "have a new one written to the file: it was read anew, and is still the old one"
	case len(a.Token.Command) > 0:
		fix = "run the command by hand: it was run anew, and gave one that has expired"
	case a.Token.Env != "":
		fix = "use {file: ...} or {command: [...]}: the environment of a running program stays as it is"
	}
	return NewError(KeyExpired, StageAssertion, "the assertion from outside has expired", Finding{Parameter: p + ".token", Certain: true,
		Problem: "the assertion expired on " + expiry.UTC().Format(time.RFC3339), Fix: fix})
}

// externalText is an assertion from outside as it is sent: XML in base64url
// without padding (RFC 7522 section 2.1), and everything else as it is, but for
// the line breaks of base64.
func externalText(p Parameter, a *Assertion) (string, *Error) {
	if failed := unread(p+".token", a.Token); failed != nil {
		return "", failed
	}
	text := strings.TrimSpace(string(trimBOM([]byte(a.Token.Value.Reveal()))))
	if strings.HasPrefix(text, "<") {
		return base64.RawURLEncoding.EncodeToString([]byte(text)), nil
	}
	text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	if text == "" || !headerSafe(text) {
		return "", NewError(KeyUnusable, StageKey, "the assertion from outside cannot be used", Finding{Parameter: p + ".token", Certain: true,
			Problem: "it is neither a JWT, nor XML, nor base64: it is empty, or has white space or other characters that none of them has", Fix: "give one JWT or one SAML assertion, and nothing else"})
	}
	return text, nil
}

// isXML reports whether an assertion from outside is a SAML assertion in XML.
func (a *Assertion) isXML() bool {
	return strings.HasPrefix(strings.TrimSpace(string(trimBOM([]byte(a.Token.Value.Reveal())))), "<")
}

// maxForeignClaims bounds the claims of a JWT from outside that are shown.
const maxForeignClaims = 16 << 10

// foreignClaims are the claims of a JWT that was made elsewhere; nil if it is
// none, or one that cannot be shown.
func foreignClaims(text string) []byte {
	parts := strings.SplitN(text, ".", 4)
	if len(parts) != 3 || len(text) > 2*maxForeignClaims {
		return nil
	}
	var claims []byte
	for _, part := range parts[:2] {
		decoded, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || !bytes.HasPrefix(bytes.TrimSpace(decoded), []byte("{")) {
			return nil
		}
		if _, err := jsonbody.Decode(decoded); err != nil {
			return nil
		}
		claims = decoded
	}
	return claims
}

// checkExternal looks at an assertion that is made elsewhere.
func (c *completed) checkExternal(p Parameter, a *Assertion) {
	const problem, fix = "the assertion comes from outside (token) and is sent as it is, so this has no effect", "remove it, or remove token"
	for _, own := range []struct {
		name    Parameter
		written bool
	}{
		{"key", len(a.Key) > 0}, {"algorithm", a.Algorithm != ""}, {"issuer", a.Issuer != ""}, {"subject", a.Subject != ""}, {"audience", len(a.Audience) > 0},
		{"lifetime", a.Lifetime != 0}, {"backdate", a.Backdate != 0}, {"auto_skew", a.AutoSkew}, {"jti", a.JTI != ""}, {"headers", len(a.Headers) > 0},
		{"certificate_headers", len(a.CertificateHeaders) > 0}, {"claims", len(a.Claims) > 0},
	} {
		if own.written {
			c.report.fail(p+"."+own.name, problem, fix)
		}
	}
	if p == "client.assertion" && c.Client.Auth == "client_secret_jwt" {
		c.report.fail(p+".token", "client_secret_jwt signs with client.secret", "write client.auth: private_key_jwt, which also presents an assertion from outside")
	}
	if c.scopeCarrier() == a && (c.ScopeIn == "claim" || c.ScopeIn == "claim_array") {
		c.report.fail("scope_in", "the assertion comes from outside, so the scope cannot be put into it", "write scope_in: body or none")
	}
	if _, failed := externalText(p, a); failed != nil {
		c.report.failError(failed)
		return
	}
	if !a.isXML() {
		return
	}
	if p == "grant.assertion" && c.Grant.Parameter == "" {
		c.report.warn("grant.parameter", "the assertion is XML, and the grant type is the one for a JWT", "write grant.parameter: urn:ietf:params:oauth:grant-type:saml2-bearer")
	}
	if p == "client.assertion" && a.Type == clientAssertionType {
		c.report.warn(p+".type", "the assertion is XML, and its type is the one for a JWT", "write urn:ietf:params:oauth:client-assertion-type:saml2-bearer")
	}
}

// scopeCarrier is the assertion that scope_in means: the grant's if the grant is
// one, else the client's.
func (c *Connection) scopeCarrier() *Assertion {
	if c.Grant.Type == "jwt_bearer" {
		return c.Grant.Assertion
	}
	return c.Client.Assertion
}

// issueExternal is the token of a connection whose assertion from outside is the token.
func (r *TokenRequest) issueExternal(a *Assertion) (*Token, error) {
	text, err := r.presented("grant.assertion", a, 0)
	if err != nil {
		return nil, err
	}
	if len(text.Reveal()) > maxToken {
		return nil, NewError(KeyUnusable, StageAssertion, "the assertion cannot be the token", Finding{Parameter: "grant.assertion.token", Certain: true,
			Problem: "it is longer than 16 KiB", Fix: "write the token endpoint that takes it: token_url"})
	}
	t := &Token{AccessToken: text, TokenType: "Bearer", Issued: r.Now, ExpiryFrom: "jwt", Usage: r.Connection.Usage}
	var known bool
	if t.Expiry, known = jwtExpiry(text.Reveal()); !known {
		t.Expiry, t.ExpiryFrom = r.Now.Add(r.Connection.defaultLifetime()), "default"
	}
	return t, nil
}
