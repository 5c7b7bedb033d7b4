package jeton

// Grant is one grant type of the document. A new one is a file with a struct
// and these two methods, and a line in grants.
type Grant interface {
	// Type is the word of grant.type.
	Type() string
	// Apply writes the grant's parameters to the request. An error is an *Error.
	Apply(*TokenRequest) error
}

// SelfIssued is an optional ability of a Grant: the token is made here, and no
// request is sent. Issue returns nil and no error where this connection does
// send one.
type SelfIssued interface {
	Issue(*TokenRequest) (*Token, error)
}

// checker is an optional ability of a Grant or a ClientAuth: what can be said
// of the document without making a request.
type checker interface {
	check(c *Connection, report *report)
}

// grants is the table of grant types.
var grants = map[string]Grant{
	"client_credentials": clientCredentials{},
	"password":           password{},
	"jwt_bearer":         jwtBearer{},
	"refresh_token":      refreshToken{},
}

// plannedGrants are words of the document format whose grants are still to come.
var plannedGrants = []string{"authorization_code", "device_code", "token_exchange"}

// grantOf returns the grant of a connection; nil if there is none.
func grantOf(c *Connection) Grant {
	if c.Type == "basic" {
		return basicCredentials{}
	}
	return grants[c.Grant.Type]
}
