package jeton

// clientCredentials is RFC 6749 section 4.4: the client asks on its own behalf.
type clientCredentials struct{}

func (clientCredentials) Type() string { return "client_credentials" }

func (clientCredentials) Apply(r *TokenRequest) error {
	r.setGrantType()
	return nil
}

func (clientCredentials) check(c *Connection, report *report) {
	if c.Client.Auth == "none" && len(c.Request.Params) == 0 && len(c.Request.Headers) == 0 {
		report.warn("client.auth", "client_credentials without client authentication: the grant is for confidential clients only (RFC 6749 section 4.4)",
			"write client.secret or client.assertion")
	}
}
