package oauthtest

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// The client authentication methods.
const (
	AuthNone          = "none"
	AuthBasic         = "client_secret_basic"
	AuthPost          = "client_secret_post"
	AuthSecretJWT     = "client_secret_jwt"
	AuthPrivateKeyJWT = "private_key_jwt"
	AuthTLS           = "tls_client_auth"
	AuthSelfSignedTLS = "self_signed_tls_client_auth"
)

// The grants. [Client.Grants] also takes the words of the wire.
const (
	GrantClientCredentials = "client_credentials"
	GrantPassword          = "password"
	GrantJWTBearer         = "jwt_bearer"
	GrantRefreshToken      = "refresh_token"
	GrantAuthorizationCode = "authorization_code"
	GrantDeviceCode        = "device_code"
	GrantTokenExchange     = "token_exchange"
)

const (
	wireJWTBearer     = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	wireDeviceCode    = "urn:ietf:params:oauth:grant-type:device_code"
	wireTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	wireAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// authMethods in the order the metadata lists them.
func authMethods() []string {
	return []string{AuthBasic, AuthPost, AuthSecretJWT, AuthPrivateKeyJWT, AuthTLS, AuthSelfSignedTLS, AuthNone}
}

// Client is a registered client. ID is the one field it must have.
type Client struct {
	ID     string
	Secret string

	// Keys verify private_key_jwt.
	Keys []Key

	// Certificate is what self_signed_tls_client_auth must present.
	Certificate *x509.Certificate

	// SubjectDN is the subject that a certificate of tls_client_auth must have,
	// as in x509.Certificate.Subject.String(): "CN=bot,O=Acme".
	SubjectDN string

	// AuthMethods are the client authentications it may use. Empty means those
	// its credentials allow: the three client_secret_* with a Secret,
	// private_key_jwt with Keys, tls_client_auth with a SubjectDN,
	// self_signed_tls_client_auth with a Certificate, none with none of them.
	AuthMethods []string

	// Grants it may use. Empty means all.
	Grants []string

	// Scopes it may ask for, and gets if it does not ask. Empty means any.
	Scopes []string

	// RedirectURIs are where authorization responses may go. They compare as
	// plain strings, but a loopback address (127.0.0.1, [::1]) fits with every
	// port (RFC 8252 section 7.3). Empty means anywhere.
	RedirectURIs []string

	// Resources are the values it may send as resource or audience. Empty means any.
	Resources []string

	// Audiences are the accepted values of aud in its assertions. Empty means
	// the token URL, that of the second listener, and the issuer; at /par and
	// /device_authorization the issuer alone (but see Config.TokenURLAudience).
	Audiences []string

	// Algorithms its assertions may be signed with. Empty means all but none.
	Algorithms []string

	// Types are the accepted values of typ in its assertions, such as
	// "client-authentication+jwt". Empty means any.
	Types []string
}

// User may log in with the password grant, and approve at the authorization
// endpoint and for devices, which ask for no password.
type User struct {
	Name     string
	Password string
	Subject  string // the sub of its tokens. Empty means Name
}

// AssertionIssuer is somebody whose assertions the jwt_bearer grant accepts.
// Issuer is the iss it uses; Keys or Secret verify them.
type AssertionIssuer struct {
	Issuer string
	Keys   []Key
	Secret string // for HS256, HS384, HS512

	// Subjects it may speak for. Empty means any.
	Subjects []string

	// Scopes it may ask for when no client is authenticated. Empty means any.
	Scopes []string

	// Audiences are the accepted values of aud, as with Client.Audiences.
	Audiences []string

	// Algorithms its assertions may be signed with. Empty means all but none.
	Algorithms []string

	// Types are the accepted values of typ. Empty means any.
	Types []string

	// MaxLifetime is how far in the future an assertion may expire. Zero means
	// Config.MaxAssertionLifetime.
	MaxLifetime time.Duration

	// RequireClient refuses assertions without client authentication beside them.
	RequireClient bool
}

// AddClient registers c, replacing a client with the same ID. It panics when c
// names an authentication method or a grant that does not exist.
func (s *Server) AddClient(c Client) {
	if err := c.check(); err != nil {
		panic("oauthtest: " + err.Error())
	}
	c.Keys = slices.Clone(c.Keys)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[c.ID] = c
}

// RemoveClient forgets the client. Its tokens stay valid.
func (s *Server) RemoveClient(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, id)
}

// AddUser registers u, replacing a user with the same name.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.Name] = u
}

// AddAssertionIssuer registers i, replacing one with the same Issuer.
// It panics when a key is of a kind that cannot sign.
func (s *Server) AddAssertionIssuer(i AssertionIssuer) {
	if err := checkKeys(i.Keys); err != nil {
		panic(fmt.Sprintf("oauthtest: assertion issuer %q: %v", i.Issuer, err))
	}
	i.Keys = slices.Clone(i.Keys)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issuers[i.Issuer] = i
}

func (c *Client) check() error {
	if c.ID == "" {
		return fmt.Errorf("client without ID")
	}
	for _, m := range c.AuthMethods {
		if !slices.Contains(authMethods(), m) {
			return fmt.Errorf("client %q: unknown authentication method %q", c.ID, m)
		}
	}
	for _, g := range c.Grants {
		if !slices.ContainsFunc(grantNames(), func(name string) bool { return g == name || g == wireName(name) }) {
			return fmt.Errorf("client %q: unknown grant %q", c.ID, g)
		}
	}
	for _, uri := range c.RedirectURIs {
		if problem := checkRedirectForm(uri); problem != nil {
			return fmt.Errorf("client %q: redirect URI %q: %s", c.ID, uri, problem.reason)
		}
	}
	if err := checkKeys(c.Keys); err != nil {
		return fmt.Errorf("client %q: %w", c.ID, err)
	}
	return nil
}

// methods returns the authentications the client may use.
func (c *Client) methods() []string {
	if len(c.AuthMethods) > 0 {
		return c.AuthMethods
	}
	var m []string
	if c.Secret != "" {
		m = append(m, AuthBasic, AuthPost, AuthSecretJWT)
	}
	if len(c.Keys) > 0 {
		m = append(m, AuthPrivateKeyJWT)
	}
	if c.SubjectDN != "" {
		m = append(m, AuthTLS)
	}
	if c.Certificate != nil {
		m = append(m, AuthSelfSignedTLS)
	}
	if len(m) == 0 {
		m = append(m, AuthNone)
	}
	return m
}

// allows reports whether the client may use the grant, a Grant... constant.
func (c *Client) allows(grant string) bool {
	return len(c.Grants) == 0 || slices.Contains(c.Grants, grant) || slices.Contains(c.Grants, wireName(grant))
}
