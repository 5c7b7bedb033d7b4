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

	// Vendor makes the server answer as that vendor does: one of [Vendors]. The
	// paths, rules and replies are those of its [Dialect], and one client is
	// registered, see [Server.Account]. Empty means a server of no vendor.
	Vendor string

	// VendorFault is the refusal of the vendor that every request gets, by its
	// name in [Dialect.Refusals]. Empty means none.
	VendorFault string

	// TLS serves https with a certificate of the server's own authority; its PEM
	// is [Server.CA]. A second listener asks for client certificates.
	TLS bool

	// BrokenCertificate makes the certificate of a TLS server fail in one way.
	// Empty means a good certificate.
	BrokenCertificate CertificateFault

	// ClientCAs are further authorities whose client certificates
	// tls_client_auth accepts, beside the server's own. Nil means none.
	ClientCAs *x509.CertPool

	// Issuer is the issuer identifier. Empty means the URL of the server and IssuerPath.
	Issuer string

	// IssuerPath is what follows the URL of the server in the issuer identifier:
	// "/tenant", or "/" for servers whose issuer ends so. The endpoints stay where
	// they are; the metadata moves as RFC 8414 section 3 and OpenID Connect
	// Discovery section 4 say. It has no effect with Issuer.
	IssuerPath string

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

	// ResourceScopes are what /resource wants: a token that lacks one of them gets
	// 403 and insufficient_scope (RFC 6750 section 3.1). Nil means any token will do.
	ResourceScopes []string

	// TokenType is the token_type of replies. Empty means DPoP for a token that
	// is bound to the key of a proof, else Bearer.
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

	// ApproveAs is the user who is logged in at the authorization endpoint and
	// approves everything, and who clicks on the page of user codes. A name that
	// [Server.AddUser] knows gets the subject of that user; any other name is its
	// own subject. Empty means "user". See [Server.Decide] for other decisions.
	ApproveAs string

	// CodeLifetime is how long an authorization code is valid. Zero means 60 seconds.
	CodeLifetime time.Duration

	// PKCE says whether authorization requests need a code_challenge (RFC 7636).
	// Empty means [PKCERequired].
	PKCE PKCEMode

	// AllowPlainPKCE accepts code_challenge_method plain beside S256.
	AllowPlainPKCE bool

	// OmitIssParameter is a server without RFC 9207: it neither sends iss in
	// authorization responses nor announces it.
	OmitIssParameter bool

	// RequirePAR refuses authorization requests that were not pushed (RFC 9126).
	RequirePAR bool

	// PARLifetime is how long a request_uri is valid. Zero means 60 seconds.
	PARLifetime time.Duration

	// TokenURLAudience also accepts the token URL, and the URL of the endpoint
	// itself, as the audience of client assertions at /par and
	// /device_authorization. They take the issuer alone otherwise: what names
	// another server's URL must not be good there (CVE-2025-27370).
	TokenURLAudience bool

	// DeviceLifetime is how long a device code is valid (RFC 8628). Zero means ten minutes.
	DeviceLifetime time.Duration

	// DeviceInterval is how long a device has to wait between two polls, in
	// whole seconds. Zero means five.
	DeviceInterval time.Duration

	// DPoP is what the server does about DPoP proofs (RFC 9449). Empty means
	// [DPoPOptional].
	DPoP DPoPMode

	// DPoPAlgorithms are the algorithms that proofs may use. Empty means all
	// asymmetric ones.
	DPoPAlgorithms []string

	// DPoPNonceLifetime is how long a nonce is good. Zero means five minutes.
	// [Server.RotateNonces] ends them at once.
	DPoPNonceLifetime time.Duration

	// DPoPNonceOnce lets a nonce be used once: a client has to take the next
	// one from each reply.
	DPoPNonceOnce bool

	// SeparateResource gives the protected resource a port, hence an origin, of
	// its own: clients that keep nonces per origin keep two then.
	SeparateResource bool

	// MetadataIssuer is what the metadata says in issuer. Empty means the
	// truth. Assertions and responses keep to the truth.
	MetadataIssuer string

	// OmitMetadata are members to leave out of the metadata.
	OmitMetadata []string

	// Metadata changes the metadata before they are sent, after MetadataIssuer
	// and OmitMetadata. It must be safe for concurrent use. Nil means no change.
	Metadata func(document map[string]any)

	// MetadataAt is the one place where metadata are served. Empty means both.
	MetadataAt MetadataPlace

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

// PKCEMode says how the server deals with PKCE.
type PKCEMode string

// The modes of PKCE.
const (
	PKCERequired PKCEMode = "required" // no authorization request without code_challenge
	PKCEOptional PKCEMode = "optional" // checked if it is there
	PKCEIgnored  PKCEMode = "ignored"  // neither checked nor announced
)

// DPoPMode says how the server deals with DPoP proofs.
type DPoPMode string

// The modes of DPoP.
const (
	DPoPOptional DPoPMode = "optional" // a proof is checked, and binds the token
	DPoPRequired DPoPMode = "required" // no token without a proof
	DPoPNonce    DPoPMode = "nonce"    // required, and a proof needs a nonce of the server
	DPoPIgnored  DPoPMode = "ignored"  // proofs are not looked at: the token is a Bearer token
)

// MetadataPlace is one of the two metadata documents.
type MetadataPlace string

// The places of metadata.
const (
	MetadataOAuth  MetadataPlace = "oauth-authorization-server" // RFC 8414
	MetadataOpenID MetadataPlace = "openid-configuration"       // OpenID Connect Discovery
	MetadataNone   MetadataPlace = "none"                       // a server without metadata
)

// ErrorStyle says how much a refusal tells the client.
type ErrorStyle string

// The error styles. [Recorded] always holds the true reason.
const (
	ErrorsDescriptive ErrorStyle = "descriptive" // error_description names the check that failed
	ErrorsTerse       ErrorStyle = "terse"       // the right code, and one sentence for everything
	ErrorsSilent      ErrorStyle = "silent"      // 403 with an empty body
)
