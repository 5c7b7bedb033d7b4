package jeton

import (
	"slices"
	"strings"
	"unicode"
)

// wireName is a parameter whose name on the wire the document may choose.
type wireName struct {
	// written is where the document says it.
	written Parameter
	// name on the wire; empty if it is not sent.
	name, standard string
	// proof: it carries the proof of this very request.
	proof bool
}

// wireNames are the parameters of the token request of c that may have another
// name, as far as it sends them.
func (c *Connection) wireNames() []wireName {
	list := make([]wireName, 0, 4)
	add := func(written Parameter, name, standard string, proof bool) {
		switch {
		case name == "none" && standard == "client_id":
			return
		case name == "":
			name = standard
		}
		list = append(list, wireName{written, name, standard, proof})
	}
	if c.Client.Auth != "client_secret_basic" {
		add("client.parameters.client_id", c.Client.Parameters.ClientID, "client_id", false)
	}
	if len(c.Client.Secret) > 0 && (c.Client.Auth == "client_secret_post" || c.Client.Auth == "private_key_jwt") {
		add("client.parameters.client_secret", c.Client.Parameters.ClientSecret, "client_secret", false)
	}
	if a := c.Client.Assertion; a != nil && (c.Client.Auth == "private_key_jwt" || c.Client.Auth == "client_secret_jwt") {
		add("client.assertion.parameter", a.Parameter, "client_assertion", true)
	}
	if a := c.Grant.Assertion; a != nil && c.Grant.Type == "jwt_bearer" && !selfIssued(c) {
		add("grant.assertion.parameter", a.Parameter, "assertion", true)
	}
	return list
}

// ownNames reports whether the document chooses any name.
func (c *Connection) ownNames() bool {
	if c.Client.Parameters.ClientID != "" || c.Client.Parameters.ClientSecret != "" {
		return true
	}
	return c.Client.Assertion != nil && c.Client.Assertion.Parameter != "" || c.Grant.Assertion != nil && c.Grant.Assertion.Parameter != ""
}

// wireName is the name of a standard parameter that is sent in this request;
// empty if the document leaves it out.
func (r *TokenRequest) wireName(standard string) string {
	if !r.Connection.ownNames() {
		return standard
	}
	for _, own := range r.Connection.wireNames() {
		if own.standard == standard {
			return own.name
		}
	}
	return ""
}

func (r *TokenRequest) setClientID() { r.set(r.wireName("client_id"), r.Connection.Client.ID) }

func (r *TokenRequest) setClientSecret() { r.set(r.wireName("client_secret"), r.clientSecret()) }

// wireMethod is the client authentication method that the server sees: a JWT in
// the place of the client secret is a client secret to it.
func (c *Connection) wireMethod() string {
	if a := c.Client.Assertion; a != nil && a.Parameter == "client_secret" && c.Client.Auth == "private_key_jwt" {
		return "client_secret_post"
	}
	return c.Client.Auth
}

// ownSecretName reports whether a parameter is secret whatever it is called.
func (r *TokenRequest) ownSecretName(name string) bool {
	return slices.ContainsFunc(r.Connection.wireNames(), func(own wireName) bool { return own.name == name && own.standard != "client_id" })
}

// checkNames: no two parameters may have one name.
func (c *completed) checkNames() {
	if !c.ownNames() {
		return // the standard names differ
	}
	c.checkIdleNames()
	names := c.wireNames()
	slices.SortStableFunc(names, func(a, b wireName) int { // those with another name come last: they are to blame
		return boolToInt(a.name != a.standard) - boolToInt(b.name != b.standard)
	})
	for i, own := range names {
		taken := slices.Contains(c.fixedNames(), own.name) || slices.ContainsFunc(names[:i], func(other wireName) bool { return other.name == own.name })
		switch {
		case strings.ContainsFunc(own.name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }):
			c.report.fail(own.written, "the name has white space or a control character", "write the name that the provider documents")
		case taken:
			c.report.fail(own.written, "the request has another parameter of this name", "write another name, or leave it out")
		}
	}
}

// checkIdleNames warns about names of what is not sent as a parameter.
func (c *completed) checkIdleNames() {
	sent := func(standard string) bool {
		return slices.ContainsFunc(c.wireNames(), func(own wireName) bool { return own.standard == standard })
	}
	const fix = "remove it, or write client.auth: client_secret_post"
	if name := c.Client.Parameters.ClientID; name != "" && name != "none" && !sent("client_id") {
		c.report.warn("client.parameters.client_id", "with "+c.Client.Auth+" no such parameter is sent", fix)
	}
	if c.Client.Parameters.ClientSecret != "" && !sent("client_secret") {
		c.report.warn("client.parameters.client_secret", "with "+c.Client.Auth+" no such parameter is sent", fix)
	}
}

// fixedNames are the parameters of the token request whose name is always the same.
func (c *completed) fixedNames() []string {
	fixed := []string{"scope", "client_assertion_type", "code", "code_verifier", "device_code", "refresh_token", "redirect_uri"}
	if c.Grant.Parameter != "none" {
		fixed = append(fixed, "grant_type")
	}
	switch c.Grant.Type {
	case "password":
		fixed = append(fixed, "username", "password")
	case "token_exchange":
		fixed = append(fixed, "subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type")
	}
	return fixed
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
