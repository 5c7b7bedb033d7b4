package jeton

// password is RFC 6749 section 4.3: a user's name and password, for servers
// that offer nothing better.
type password struct{}

func (password) Type() string { return "password" }

func (password) Apply(r *TokenRequest) error {
	r.setGrantType()
	r.set("username", r.Connection.Grant.Username)
	r.set("password", r.Connection.Grant.Password.Value.Reveal())
	return nil
}

func (password) check(c *Connection, report *report) {
	report.require("grant.username", c.Grant.Username != "", "the password grant needs a user name")
	report.require("grant.password", !c.Grant.Password.IsZero(), "the password grant needs a password")
}
