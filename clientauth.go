package jeton

import (
	"net/http"

	"github.com/jeton-oauth/jeton/key"
)

// ClientAuth is one client authentication method. A new one is a struct with
// these two methods, and a line in clientAuths.
type ClientAuth interface {
	// Method is the word of client.auth (OpenID Connect Core section 9, RFC 8705 section 2).
	Method() string
	// Apply puts the client's credentials on the request. An error is an *Error.
	Apply(*TokenRequest) error
}

// clientAuths is the table of client authentication methods.
var clientAuths = map[string]ClientAuth{
	"none":                        noClientAuth{},
	"client_secret_basic":         clientSecretBasic{},
	"client_secret_post":          clientSecretPost{},
	"client_secret_jwt":           clientSecretJWT{},
	"private_key_jwt":             privateKeyJWT{},
	"tls_client_auth":             tlsClientAuth{"tls_client_auth"},
	"self_signed_tls_client_auth": tlsClientAuth{"self_signed_tls_client_auth"},
}

// clientAssertionType is the registered client_assertion_type of RFC 7523 section 2.2.
const clientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// clientSecret is the entry of the list of client secrets that this attempt uses.
func (r *TokenRequest) clientSecret() string {
	secrets := r.Connection.Client.Secret
	if r.choice.secret >= len(secrets) {
		return ""
	}
	return secrets[r.choice.secret].Value.Reveal()
}

// noClientAuth is a public client: at most its client_id is sent.
type noClientAuth struct{}

func (noClientAuth) Method() string { return "none" }

func (noClientAuth) Apply(r *TokenRequest) error {
	r.setClientID()
	return nil
}

func (noClientAuth) check(c *Connection, report *report) {
	if len(c.Client.Secret) > 0 {
		report.warn("client.secret", "client.auth is none, so the secret is not sent", "write client.auth: client_secret_basic or client_secret_post")
	}
	if c.Grant.Type != "jwt_bearer" && c.Grant.Parameter != "none" && c.Type == "oauth2" && c.Client.ID == "" && len(c.Request.Params) == 0 {
		report.warn("client.id", "there is no client id, so nothing tells the authorization server who asks", "write client.id")
	}
}

// clientSecretPost is the other form of RFC 6749 section 2.3.1: id and secret as parameters.
type clientSecretPost struct{}

func (clientSecretPost) Method() string { return "client_secret_post" }

func (clientSecretPost) Apply(r *TokenRequest) error {
	r.setClientID()
	r.setClientSecret()
	return nil
}

func (clientSecretPost) check(c *Connection, report *report) {
	requireSecret(c, report, "client_secret_post")
	if c.Request.Method == http.MethodGet || c.Request.Encoding == "query" {
		report.warn("client.auth", "the client secret goes into the request URI, where servers and proxies log it (RFC 6749 section 2.3.1)", "use request.method: POST with encoding: form, or client_secret_basic, if the server allows it")
	}
}

// clientSecretJWT is OpenID Connect Core section 9: an assertion with an HMAC of the client secret.
type clientSecretJWT struct{}

func (clientSecretJWT) Method() string { return "client_secret_jwt" }

func (clientSecretJWT) Apply(r *TokenRequest) error { return r.applyClientAssertion() }

func (clientSecretJWT) check(c *Connection, report *report) {
	requireSecret(c, report, "client_secret_jwt")
	if c.Client.Assertion != nil && len(c.Client.Assertion.Key) > 0 {
		report.fail("client.assertion.key", "client_secret_jwt signs with client.secret, so there can be no key", "remove client.assertion.key, or write client.auth: private_key_jwt")
	}
	for i, s := range c.Client.Secret {
		private, err := key.FromHMAC([]byte(s.Value.Reveal()), c.Client.AllowWeakKey)
		if err != nil {
			continue // reported with the assertion's algorithm
		}
		for _, note := range private.Notes {
			report.warn(listParameter("client.secret", i, len(c.Client.Secret)), note, "ask the provider for a longer secret")
		}
	}
}

// privateKeyJWT is RFC 7523 section 2.2: an assertion signed with the client's key.
type privateKeyJWT struct{}

func (privateKeyJWT) Method() string { return "private_key_jwt" }

// Apply sends the client secret too where the document has one: some vendors want both.
func (privateKeyJWT) Apply(r *TokenRequest) error {
	r.setClientSecret()
	return r.applyClientAssertion()
}

func (privateKeyJWT) check(c *Connection, report *report) {
	report.require("client.id", c.Client.ID != "" || c.Client.Assertion != nil && (c.Client.Assertion.Subject != "" || c.Client.Assertion.external()), "private_key_jwt needs the client id")
	if c.Client.Assertion == nil {
		report.require("client.assertion", false, "private_key_jwt needs client.assertion with a key")
	}
}

func (r *TokenRequest) applyClientAssertion() error {
	a := r.Connection.Client.Assertion
	jwt, err := r.presented("client.assertion", a, r.choice.clientKey)
	if err != nil {
		return err
	}
	r.setClientID()
	r.set("client_assertion_type", a.Type)
	r.set(r.wireName("client_assertion"), jwt.Reveal())
	return nil
}

// tlsClientAuth is RFC 8705 section 2: the certificate of the TLS connection authenticates.
type tlsClientAuth struct{ method string }

func (t tlsClientAuth) Method() string { return t.method }

func (tlsClientAuth) Apply(r *TokenRequest) error {
	r.setClientID()
	return nil
}

func (t tlsClientAuth) check(c *Connection, report *report) {
	report.require("client.id", c.Client.ID != "", t.method+" needs the client id in the request (RFC 8705 section 2)")
	report.require("tls.client", !c.TLS.Client.isZero(), t.method+" needs a client certificate and its key")
	if len(c.Client.Secret) > 0 {
		report.warn("client.secret", "the secret is not sent with "+t.method, "write client.auth: client_secret_basic or client_secret_post beside tls.client if the server wants both")
	}
}

func requireSecret(c *Connection, report *report, method string) {
	if c.Client.ID == "" {
		report.require("client.id", false, method+" needs the client id")
	}
	if _, own := c.Request.Params["client_secret"]; len(c.Client.Secret) == 0 && !own {
		report.require("client.secret", false, method+" needs a client secret")
	}
}
