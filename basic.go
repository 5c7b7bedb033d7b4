package jeton

import (
	"encoding/base64"
	"strings"
	"time"
)

// basicCredentials is a connection of type basic: user name and password are
// presented as they are (RFC 7617), and no token request is made.
type basicCredentials struct{}

func (basicCredentials) Type() string { return "basic" }

func (basicCredentials) Apply(*TokenRequest) error { return nil }

// Issue gives the base64 part as the token and Basic as its scheme. It has no
// expiry of its own; a day keeps callers coming back for a changed password.
func (basicCredentials) Issue(r *TokenRequest) (*Token, error) {
	pair := r.Connection.Grant.Username + ":" + r.Connection.Grant.Password.Value.Reveal()
	usage := r.Connection.Usage
	if usage.Scheme == "" {
		usage.Scheme = "Basic"
	}
	return &Token{AccessToken: NewSecret(base64.StdEncoding.EncodeToString([]byte(pair))), TokenType: "Basic",
		Issued: r.Now, Expiry: r.Now.Add(24 * time.Hour), ExpiryFrom: "default", Usage: usage}, nil
}

func (basicCredentials) check(c *Connection, report *report) {
	report.require("grant.username", c.Grant.Username != "", "basic authentication needs a user name")
	if strings.Contains(c.Grant.Username, ":") {
		report.fail("grant.username", "a user name with a colon cannot be sent by basic authentication (RFC 7617 section 2)", "use a user name without a colon")
	}
	report.require("grant.password", !c.Grant.Password.IsZero(), "basic authentication needs a password")
}
