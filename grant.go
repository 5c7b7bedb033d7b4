package jeton

import "slices"

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
	"authorization_code": authorizationCode{},
	"client_credentials": clientCredentials{},
	"device_code":        deviceCode{},
	"jwt_bearer":         jwtBearer{},
	"password":           password{},
	"refresh_token":      refreshToken{},
	"token_exchange":     tokenExchange{},
}

// grantOf returns the grant of a connection; nil if there is none.
func grantOf(c *Connection) Grant {
	if c.Type == "basic" {
		return basicCredentials{}
	}
	return grants[c.Grant.Type]
}

// registeredTypes are the grant types whose registered name is not the word of
// grant.type.
var registeredTypes = map[string]string{"jwt_bearer": jwtBearerType, "device_code": deviceCodeType, "token_exchange": tokenExchangeType}

// registeredType is the grant_type that RFCs name for the grant of c.
func registeredType(c *Connection) string {
	if name, ok := registeredTypes[c.Grant.Type]; ok {
		return name
	}
	return c.Grant.Type
}

// login is what a person's login yielded: it is presented once.
type login struct {
	code, codeVerifier, deviceCode Secret
	redirectURL                    string
}

// renew presents the refresh token of an earlier reply, in the place of a grant
// that cannot be presented again; false if there is none. The scope is left out,
// which means as granted before (RFC 6749 section 6), unless the document asks
// for less by now.
func (r *TokenRequest) renew() bool {
	if r.login != nil || r.Previous == nil || r.Previous.RefreshToken.IsZero() {
		return false
	}
	r.Form.Set("grant_type", "refresh_token") // never the word of grant.parameter, which names the login
	r.Form.Set("refresh_token", r.Previous.RefreshToken.Reveal())
	r.renews = true
	return true
}

// narrows reports whether a request that renews asks for less than was granted.
func (r *TokenRequest) narrows() bool {
	granted, asked := scopeWords(r.Previous.Scope), slices.Clone(r.Connection.Scopes)
	slices.Sort(asked)
	asked = slices.Compact(asked)
	for _, scope := range asked {
		if !slices.Contains(granted, scope) {
			return false
		}
	}
	return r.Connection.ScopeIn == "body" && len(asked) > 0 && len(asked) < len(granted)
}

// blameRenewal names the refresh token where one was refused in the place of
// the document's grant: the document alone does not tell what was presented.
func (r *TokenRequest) blameRenewal(err error) error {
	if failed, ok := err.(*Error); ok && r.renews && failed.category == InvalidGrant {
		failed.Findings = append(failed.Findings, Finding{Parameter: "grant.refresh_token", Problem: "the refresh token of the login is expired, revoked or was used before",
			Fix: "log in again"})
	}
	return err
}

// noLogin is the error of a grant that needs a person.
func noLogin(problem string) *Error {
	return NewError(ConsentRequired, StageConfig, problem, Finding{Parameter: "grant.type", Problem: problem, Certain: true,
		Fix: "log in: jeton token -f FILE, at a terminal; a program calls Engine.Authorize or Engine.AuthorizeDevice"})
}
