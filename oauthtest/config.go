package oauthtest

import (
	"crypto/x509"
	"log"
	"time"
)

// Config says how a [Server] behaves. The zero value is a strict and friendly
// server on plain http: opaque tokens that live an hour, refresh tokens that
// stay the same, errors that say what was wrong.
type Config struct {
	// Addr is where the server listens. Empty means 127.0.0.1 and a free port.
	// With TLS the second listener, which asks for client certificates, takes a
	// free port of the same host.
	Addr string

	// TLS serves https with a certificate of the server's own authority; its PEM
	// is [Server.CA]. A second listener asks for client certificates.
	TLS bool

	// BrokenCertificate makes the certificate of a TLS server fail in one way.
	// Empty means a good certificate.
	BrokenCertificate CertificateFault

	// ClientCAs are further authorities whose client certificates
	// tls_client_auth accepts, beside the server's own. Nil means none.
	ClientCAs *x509.CertPool

	// Issuer is the issuer identifier. Empty means the URL of the server.
	Issuer string

	// Now is the clock. Nil means time.Now. It must be safe for concurrent use.
	Now func() time.Time

	// ClockOffset is how far the server's clock is from Now: its Date header,
	// what it issues and what it checks all run on the shifted clock.
	ClockOffset time.Duration

	// Lifetime is how long an access token is valid. Zero means one hour.
	Lifetime time.Duration

	// RefreshLifetime is how long a refresh token is valid. Zero means for ever.
	RefreshLifetime time.Duration

	// RotateRefreshTokens gives a new refresh token with every refresh and
	// refuses the old one. A refresh token that comes a second time revokes its
	// whole family: every refresh and access token that descends from the same grant.
	RotateRefreshTokens bool

	// Grace is how long after a rotation the old refresh token still works.
	// Zero means not at all.
	Grace time.Duration

	// KeepFamilyOnReuse refuses a used refresh token without revoking its family.
	KeepFamilyOnReuse bool

	// SingleLive lets a client and subject have one access token only: a new one
	// ends the one before.
	SingleLive bool

	// AccessTokenFormat is [FormatOpaque] or [FormatJWT]. Empty means opaque.
	AccessTokenFormat string

	// CertificateBound ties an access token to the client certificate of its
	// request (RFC 8705 section 3): /resource wants the same certificate.
	CertificateBound bool

	// TokenType is the token_type of replies. Empty means Bearer.
	TokenType string

	// ExpiresIn is what replies say in expires_in, whatever the token's real
	// lifetime: "3600", json.RawMessage("1e3"), true. Nil means the real lifetime.
	ExpiresIn any

	// OmitExpiresIn leaves expires_in out of replies.
	OmitExpiresIn bool

	// MaxAssertionLifetime is how far in the future an assertion may expire.
	// Zero means one hour.
	MaxAssertionLifetime time.Duration

	// RequireJTI refuses assertions without jti. A jti that is there is
	// remembered until the assertion expires, in any case.
	RequireJTI bool

	// AllowWeakKeys accepts RSA keys under 2048 bits and HMAC secrets shorter than the hash.
	AllowWeakKeys bool

	// RawBasic takes the user and password of Basic credentials as they are,
	// like servers that do not form-decode them (RFC 6749 section 2.3.1 says they should).
	RawBasic bool

	// AcceptJSON also takes token requests with a JSON body.
	AcceptJSON bool

	// AcceptQuery also takes the parameters of a POST from the query.
	AcceptQuery bool

	// AcceptGET also takes token requests with GET, whose parameters are in the query.
	AcceptGET bool

	// GrantNames maps further values of grant_type to the grants they mean,
	// such as "urn:custom" to "jwt_bearer". Nil means none.
	GrantNames map[string]string

	// Errors is how much a refusal says. Empty means [ErrorsDescriptive].
	Errors ErrorStyle

	// KeepRequests is how many requests are remembered, the newest of them.
	// Zero means 10,000.
	KeepRequests int

	// ErrorLog gets what net/http has to say, such as failed handshakes. Nil means nobody.
	ErrorLog *log.Logger
}

// The formats of an access token.
const (
	FormatOpaque = "opaque"
	FormatJWT    = "jwt" // RFC 9068, signed with the key at /jwks
)

// ErrorStyle says how much a refusal tells the client.
type ErrorStyle string

// The error styles. [Recorded] always holds the true reason.
const (
	ErrorsDescriptive ErrorStyle = "descriptive" // error_description names the check that failed
	ErrorsTerse       ErrorStyle = "terse"       // the right code, and one sentence for everything
	ErrorsSilent      ErrorStyle = "silent"      // 403 with an empty body
)

// skew is how far in the future iat and nbf may lie.
const skew = 10 * time.Second

func (c *Config) lifetime() time.Duration { return orDefault(c.Lifetime, time.Hour) }

func (c *Config) maxAssertionLifetime() time.Duration {
	return orDefault(c.MaxAssertionLifetime, time.Hour)
}

func (c *Config) keepRequests() int { return orDefault(c.KeepRequests, 10_000) }

func (c *Config) tokenType() string { return orDefault(c.TokenType, "Bearer") }

// orDefault returns v, or d if v is zero.
func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}
