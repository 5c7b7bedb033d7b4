package jeton

import "strings"

// jwtBearerType is the registered grant type of RFC 7523 section 2.1.
const jwtBearerType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// jwtBearer is RFC 7523 section 2.1: a signed JWT is the grant. Without a token
// endpoint the JWT itself is the token.
type jwtBearer struct{}

func (jwtBearer) Type() string { return "jwt_bearer" }

func (jwtBearer) Apply(r *TokenRequest) error {
	r.setGrantType()
	assertion, err := r.presented("grant.assertion", r.Connection.Grant.Assertion, r.choice.grantKey)
	if err != nil {
		return err
	}
	r.set(r.wireName("assertion"), assertion.Reveal())
	return nil
}

func (jwtBearer) Issue(r *TokenRequest) (*Token, error) {
	if !selfIssued(r.Connection) {
		return nil, nil
	}
	a := r.Connection.Grant.Assertion
	if a.external() {
		return r.issueExternal(a)
	}
	jwt, err := r.sign("grant.assertion", a, r.choice.grantKey)
	if err != nil {
		return nil, err
	}
	expiry, _ := r.expiry(a, r.assertions[len(r.assertions)-1])
	return &Token{AccessToken: jwt, TokenType: "Bearer", Scope: r.scope(), Issued: r.Now, Expiry: expiry, ExpiryFrom: "jwt",
		Usage: r.Connection.Usage}, nil
}

func (jwtBearer) check(c *Connection, report *report) {
	a := c.Grant.Assertion
	if a == nil {
		report.require("grant.assertion", false, "the jwt_bearer grant needs an assertion")
		return
	}
	switch {
	case selfIssued(c) && a.external() && c.TokenURL != "none":
		report.fail("token_url", "there is no token endpoint to present the assertion to", "write token_url; or token_url: none, if the assertion itself is the token of the API")
		return
	case selfIssued(c):
		checkSelfIssued(c, report)
		return
	case a.external():
		return
	}
	_, ownIssuer := a.Claims.get("iss")
	if a.Issuer == "" && !ownIssuer {
		report.warn("grant.assertion.issuer", "the assertion has no iss claim, which RFC 7523 section 3 requires", "write the issuer that the authorization server knows, often the client id")
	}
}

// checkSelfIssued warns where a forgotten token_url would hand the JWT to the API.
func checkSelfIssued(c *Connection, report *report) {
	if c.TokenURL == "none" {
		return
	}
	for _, audience := range c.Grant.Assertion.Audience {
		if strings.HasPrefix(audience, "https://") {
			report.add(Finding{Parameter: "token_url", Problem: "there is no token_url: the JWT itself would go to the API",
				Fix: "write token_url, or token_url: none if the JWT is the token", Proposed: audience, Warning: true, Certain: false})
			return
		}
	}
}

// selfIssued reports whether the signed JWT is the token: a jwt_bearer
// connection with neither token_url nor issuer, or with token_url: none.
func selfIssued(c *Connection) bool {
	if c.Type != "oauth2" || c.Grant.Type != "jwt_bearer" {
		return false
	}
	return c.TokenURL == "none" || c.TokenURL == "" && c.Issuer == ""
}
