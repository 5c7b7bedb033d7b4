package peers

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The grant types with long names, for [Client.Grants].
const (
	JWTBearer     = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	DeviceCode    = "urn:ietf:params:oauth:grant-type:device_code"
	TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
)

// Config is what a server knows when it starts. Fields that only one of the
// servers understands say so; the other ignores them.
type Config struct {
	Clients []Client `json:"clients"`
	// Users maps user names to passwords. Each is also a subject that assertions
	// may name.
	Users map[string]string `json:"users,omitempty"`
	// Issuers are trusted with JWT bearer assertions.
	Issuers []AssertionIssuer `json:"issuers,omitempty"`

	// TokenLifetime is the expires_in of access tokens, 10 minutes by default.
	TokenLifetime time.Duration `json:"-"`
	// RefreshLifetime is how long a refresh token works, 1 hour by default.
	RefreshLifetime time.Duration `json:"-"`
	// KeepRefreshToken switches rotation off: oidc-provider then answers with
	// the same refresh token, Authlib with none.
	KeepRefreshToken bool `json:"keep_refresh_token,omitempty"`

	// ClientCA is the PEM certificate that client certificates must lead to for
	// tls_client_auth (oidc-provider).
	ClientCA []byte `json:"-"`
	// Resources are the values that the resource parameter may have
	// (oidc-provider).
	Resources []Resource `json:"resources,omitempty"`
	// IssuerAudienceOnly refuses client assertions whose aud is anything but
	// the issuer as a string (oidc-provider).
	IssuerAudienceOnly bool `json:"issuer_audience_only,omitempty"`
	// DPoPNonce refuses DPoP proofs without a nonce of the server
	// (oidc-provider).
	DPoPNonce bool `json:"dpop_nonce,omitempty"`
	// RequirePAR makes every login start with a pushed request, and the metadata
	// say so (oidc-provider).
	RequirePAR bool `json:"require_par,omitempty"`

	// ClockOffset is how far the server's clock is ahead of this machine's; behind
	// it where it is negative. The server judges every time by that clock, and says
	// it in the Date header of every answer.
	ClockOffset time.Duration `json:"-"`
	// AssertionAlgorithms are the only ones that client assertions may be signed
	// with, and DPoPAlgorithms those of proofs (oidc-provider); the metadata list
	// them. Empty: all that the server knows.
	AssertionAlgorithms []string `json:"assertion_algorithms,omitempty"`
	DPoPAlgorithms      []string `json:"dpop_algorithms,omitempty"`
}

// Client is a registered client.
type Client struct {
	ID     string `json:"id"`
	Secret string `json:"secret,omitempty"`
	// AuthMethod is the token_endpoint_auth_method: client_secret_basic (the
	// default), client_secret_post, client_secret_jwt, private_key_jwt, none,
	// and with oidc-provider tls_client_auth, self_signed_tls_client_auth.
	AuthMethod string `json:"auth_method"`
	// JWKS holds the public keys of a private_key_jwt client.
	JWKS json.RawMessage `json:"jwks,omitempty"`
	// Algorithm pins the algorithm of client assertions. Empty accepts every
	// one that the keys allow.
	Algorithm string `json:"algorithm,omitempty"`
	// Grants defaults to client_credentials alone.
	Grants []string `json:"grants"`
	// Scope holds the scopes that the client may ask for. The scopes of all
	// clients together are those that the server knows.
	Scope string `json:"scope,omitempty"`
	// RedirectURIs turn the authorization code flow on, together with the grant
	// authorization_code. With oidc-provider one that is http at 127.0.0.1 stands
	// for every port.
	RedirectURIs []string `json:"redirect_uris,omitempty"`

	// The rest is for oidc-provider.

	// CertificatePEM is the certificate of a self_signed_tls_client_auth client.
	CertificatePEM []byte `json:"-"`
	// One of these names a tls_client_auth client. SubjectDN is in the form of
	// RFC 4514, last RDN first: "CN=app,O=Example".
	SubjectDN string `json:"subject_dn,omitempty"`
	SANDNS    string `json:"san_dns,omitempty"`
	SANURI    string `json:"san_uri,omitempty"`
	SANIP     string `json:"san_ip,omitempty"`
	SANEmail  string `json:"san_email,omitempty"`

	// CertificateBound binds tokens to the client certificate (RFC 8705), DPoPBound
	// to a DPoP key (RFC 9449).
	CertificateBound bool `json:"certificate_bound,omitempty"`
	DPoPBound        bool `json:"dpop_bound,omitempty"`

	// RequirePAR makes the logins of this client start with a pushed request; the
	// metadata say nothing of it.
	RequirePAR bool `json:"require_par,omitempty"`
	// DeviceLifetime is how long a device code of this client works, 10 minutes
	// by default.
	DeviceLifetime time.Duration `json:"-"`
}

// AssertionIssuer may issue assertions for the JWT bearer grant. It has either
// keys or a secret (HS256, HS384, HS512).
type AssertionIssuer struct {
	Issuer string          `json:"issuer"`
	JWKS   json.RawMessage `json:"jwks,omitempty"`
	Secret string          `json:"secret,omitempty"`
	// Subjects it may name beside the users of the server.
	Subjects []string `json:"subjects,omitempty"`
	// MaxLifetime refuses assertions whose exp is further ahead. Zero: no limit.
	MaxLifetime time.Duration `json:"-"`
}

// Resource is a protected resource (RFC 8707).
type Resource struct {
	ID    string `json:"id"`
	Scope string `json:"scope,omitempty"`
	// JWT makes its access tokens JWTs, signed with ES256.
	JWT bool `json:"jwt,omitempty"`
}

// MarshalJSON writes the lifetime in seconds.
func (c Client) MarshalJSON() ([]byte, error) {
	type plain Client
	return json.Marshal(struct {
		plain
		DeviceLifetime int `json:"device_lifetime,omitempty"`
	}{plain(c), seconds(c.DeviceLifetime)})
}

// MarshalJSON writes the lifetime in seconds.
func (i AssertionIssuer) MarshalJSON() ([]byte, error) {
	type plain AssertionIssuer
	return json.Marshal(struct {
		plain
		MaxLifetime int `json:"max_lifetime,omitempty"`
	}{plain(i), seconds(i.MaxLifetime)})
}

// startup is the line that a server reads.
type startup struct {
	Config
	TokenLifetime     int    `json:"token_lifetime"`
	RefreshLifetime   int    `json:"refresh_lifetime"`
	ClockOffset       int    `json:"clock_offset,omitempty"`
	ClientCA          string `json:"client_ca,omitempty"`
	ServerKey         string `json:"server_key,omitempty"`
	ServerCertificate string `json:"server_certificate,omitempty"`
}

func (c Config) startup() (startup, error) {
	s := startup{
		Config:          c,
		TokenLifetime:   seconds(orDefault(c.TokenLifetime, 10*time.Minute)),
		RefreshLifetime: seconds(orDefault(c.RefreshLifetime, time.Hour)),
		ClockOffset:     seconds(c.ClockOffset),
		ClientCA:        string(c.ClientCA),
	}
	s.Clients = make([]Client, len(c.Clients))
	for i, client := range c.Clients {
		registered, err := client.registered()
		if err != nil {
			return startup{}, fmt.Errorf("client %q: %w", client.ID, err)
		}
		s.Clients[i] = registered
	}
	return s, nil
}

func (c Client) registered() (Client, error) {
	if c.AuthMethod == "" {
		c.AuthMethod = "client_secret_basic"
	}
	if len(c.Grants) == 0 {
		c.Grants = []string{"client_credentials"}
	}
	if len(c.CertificatePEM) == 0 {
		return c, nil
	}
	jwks, err := certificateJWKS(c.CertificatePEM)
	c.JWKS = jwks
	return c, err
}

// certificateJWKS is how a self-signed certificate is registered: RFC 8705
// section 2.2.2, a key with x5c.
func certificateJWKS(certificate []byte) (json.RawMessage, error) {
	block, _ := pem.Decode(certificate)
	if block == nil {
		return nil, errors.New("the certificate is not PEM")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	key := jose.JSONWebKey{Key: parsed.PublicKey, Certificates: []*x509.Certificate{parsed}}
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

func seconds(d time.Duration) int { return int(d / time.Second) }
