package jeton

// Explanation is the token request that would be sent, and where its values come from.
type Explanation struct {
	// Request with every secret masked; nil when none can be built (see Findings) or none is sent.
	Request *RedactedRequest `json:"request"`
	// SelfIssued is true when no request is sent: the signed JWT itself, or the user name and password, is the token.
	SelfIssued bool `json:"self_issued"`
	// Assertions of a self-issued token, decoded; those of a request stand in Request.
	Assertions []DecodedAssertion `json:"assertions,omitempty"`
	// Usage is the header that presents the token, masked, for example "Authorization: Bearer [redacted]".
	Usage string `json:"usage"`
	// Proxy that the request would go through, if any.
	Proxy string `json:"proxy,omitempty"`
	// Settings in effect and where each comes from.
	Settings []Setting `json:"settings"`
	// Findings of Validate.
	Findings []Finding `json:"findings"`
}

// Setting is one value in effect.
type Setting struct {
	// Parameter of the document.
	Parameter Parameter `json:"parameter"`
	// Value in effect, masked where it is secret.
	Value string `json:"value"`
	// Origin: document, default, client.id, key file, environment variable NAME, file NAME or command.
	Origin string `json:"origin"`
}

// usageLine shows how the token will be presented.
func usageLine(c *Connection) string {
	scheme := c.Usage.Scheme
	if scheme == "" {
		scheme = "Bearer"
		switch {
		case c.Type == "basic":
			scheme = "Basic"
		case c.Client.DPoP != nil && !selfIssued(c):
			scheme = "DPoP"
		}
	}
	name, value := (&Token{AccessToken: NewSecret("-"), TokenType: scheme, Usage: c.Usage}).Header()
	shown := value.Reveal()
	return name + ": " + shown[:len(shown)-1] + Redacted
}
