package jeton

import "slices"

// authorizationCode is RFC 6749 section 4.1 with PKCE (RFC 7636): a person logs
// in at a browser, see [Engine.Authorize] and [Engine.Redeem]; later requests
// present the refresh token.
type authorizationCode struct{}

func (authorizationCode) Type() string { return "authorization_code" }

func (authorizationCode) Apply(r *TokenRequest) error {
	if r.renew() {
		return nil
	}
	if r.login == nil || r.login.code.IsZero() {
		return noLogin("somebody has to log in at the authorization server")
	}
	r.setGrantType()
	r.set("code", r.login.code.Reveal())
	r.set("redirect_uri", r.login.redirectURL)
	r.set("code_verifier", r.login.codeVerifier.Reveal())
	return nil
}

func (authorizationCode) check(c *Connection, report *report) {
	report.require("client.id", c.Client.ID != "", "the authorization_code grant needs the client id")
	report.require("authorization_url", c.AuthorizationURL != "" || c.Issuer != "", "the authorization_code grant needs the authorization endpoint, or an issuer whose metadata name it")
	for _, name := range sortedNames(c.Grant.AuthorizationParams) {
		p := "grant.authorization_params." + Parameter(name)
		if name == "" || slices.Contains(ownAuthorizationParams, name) {
			report.fail(p, "this parameter of the authorization request is written by Jeton", "remove it; client.id, scopes and grant.redirect_url have their own place")
		}
	}
}

// defaultRedirectURL is where the command line listens if the document does not say.
const defaultRedirectURL = "http://127.0.0.1:7481/callback"

// checkRedirectURL: the code comes back to this machine, or over https. A
// loopback URL carries its port, so that everybody knows where to listen.
func checkRedirectURL(c *Connection, report *report) {
	if c.Grant.RedirectURL == "" {
		return
	}
	if loopbackWithoutPort(c.Grant.RedirectURL) {
		report.fail("grant.redirect_url", "a loopback redirect URL must include the port, e.g. http://localhost:8080", "write the port")
		return
	}
	for _, found := range urlProblems(c.Grant.RedirectURL) {
		report.fail("grant.redirect_url", found.problem, found.fix)
	}
}
