package jeton

// Connection is the connection document: how one access token is obtained and
// how it is presented. It is written in YAML, in JSON or in Go, with the same
// names everywhere; [Parse] and [Load] read it strictly. The comments of the
// fields below are also the descriptions in the JSON Schema.
//
// A Connection is not changed by Validate or Exchange and may be shared
// between goroutines once it is resolved (see [Connection.Resolve]).
type Connection struct {
	// Version of the document format: 1.
	Version int `json:"version" enum:"1"`
	// Kind of document: connection (the default) or role.
	Kind string `json:"kind" enum:"connection,role"`
	// Name identifies the connection: [a-z0-9][a-z0-9._-]{0,62}, unique in a server.
	Name string `json:"name"`
	// Title is free text, shown in lists.
	Title string `json:"title"`
	// Description is free text.
	Description string `json:"description"`
	// Labels are free names and values to filter by.
	Labels map[string]string `json:"labels"`
	// Owner is the role whose members may edit the connection.
	Owner string `json:"owner"`
	// Paused: no token request is made until it is false again.
	Paused bool `json:"paused"`
	// Provider is the name of a preset of a known authorization server; its values are defaults.
	Provider string `json:"provider"`
	// Type of authentication: oauth2 (the default), basic, digest or certificate.
	Type string `json:"type" enum:"oauth2,basic,digest,certificate"`

	// Issuer identifier of the authorization server (RFC 8414); discovery fills the endpoints from it.
	Issuer string `json:"issuer"`
	// TokenURL is the token endpoint. "POST https://..." and "GET https://..." are understood as request.method and URL. none: the signed JWT itself is the token.
	TokenURL string `json:"token_url"`
	// MTLSTokenURL is the token endpoint used instead when a client certificate is presented (RFC 8705 section 5).
	MTLSTokenURL string `json:"mtls_token_url"`
	// AuthorizationURL is the authorization endpoint (RFC 6749 section 3.1).
	AuthorizationURL string `json:"authorization_url"`
	// DeviceAuthorizationURL is the device authorization endpoint (RFC 8628).
	DeviceAuthorizationURL string `json:"device_authorization_url"`
	// RevocationURL is the revocation endpoint (RFC 7009).
	RevocationURL string `json:"revocation_url"`
	// Vars are the values of {name} in URLs, in scopes, in request parameters, and in the texts of assertions: issuer, subject, audience, claims and headers. {name^} is the value in upper case. A value for a URL may not contain / ? # @ : or white space.
	Vars map[string]string `json:"vars"`

	// Client says who the client is and how it authenticates.
	Client Client `json:"client"`
	// Grant says on whose authority the token is asked for.
	Grant GrantOptions `json:"grant"`
	// Scopes asked for. A list is never split; a string is split at spaces and commas.
	Scopes Scopes `json:"scopes"`
	// ScopeIn says where the scope goes: body (the default), claim (one string in the assertion), claim_array, or none.
	ScopeIn string `json:"scope_in" enum:"body,claim,claim_array,none"`
	// ScopeSeparator is the text between two scopes; default one space (RFC 6749 section 3.3).
	ScopeSeparator string `json:"scope_separator"`
	// Request is the shape of the token request.
	Request RequestOptions `json:"request"`
	// Response says where the reply holds what is needed.
	Response ResponseOptions `json:"response"`
	// Steps are requests that follow the token request, or the JWT that is made here; the token of the last one is the token of the connection.
	Steps []Step `json:"steps"`
	// Refresh says when a token is renewed.
	Refresh RefreshOptions `json:"refresh"`
	// Rejected says how the resource tells that a token is dead.
	Rejected *Rejected `json:"rejected"`
	// Usage says how the token is presented to the resource.
	Usage Usage `json:"usage"`
	// TLS to the authorization server.
	TLS TLS `json:"tls"`
	// Resource is the API that the token is for.
	Resource Resource `json:"resource"`
	// Consent that a person has to give at the provider.
	Consent Consent `json:"consent"`
	// Access says who may use the connection.
	Access Access `json:"access"`

	// Applied is the preset that [Presets.Parse] has filled in; nil for none. It is no part of the document.
	Applied *AppliedPreset `json:"-"`
}

// Client is the client of RFC 6749 section 2 and its authentication.
type Client struct {
	// ID is the client identifier (client_id).
	ID string `json:"id"`
	// Auth is the client authentication method. Not written: private_key_jwt if there is an assertion (client_secret_jwt if its algorithm is HS*), else client_secret_basic if there is a secret, else none.
	Auth string `json:"auth" enum:"none,client_secret_basic,client_secret_post,client_secret_jwt,private_key_jwt,tls_client_auth,self_signed_tls_client_auth"`
	// Secret is the client secret, or a list tried in order after invalid_client. It may stand beside private_key_jwt: then both are sent.
	Secret SecretList `json:"secret"`
	// BasicEncoding of client_secret_basic: form (RFC 6749 section 2.3.1, the default), raw for servers that do not decode, or base64 for servers that want id and secret in base64 each, before the two are joined.
	BasicEncoding string `json:"basic_encoding" enum:"form,raw,base64"`
	// BasicScheme is the word before the credentials of client_secret_basic; default Basic.
	BasicScheme string `json:"basic_scheme"`
	// Parameters are other names for client_id and client_secret in the token request.
	Parameters ClientParameters `json:"parameters"`
	// Assertion is the JWT that authenticates the client (RFC 7523 section 2.2). Issuer and subject default to client.id.
	Assertion *Assertion `json:"assertion"`
	// DPoP is the key that tokens are bound to (RFC 9449).
	DPoP *DPoP `json:"dpop"`
	// AllowWeakKey: client_secret_jwt may sign with a secret shorter than the hash, from 128 bits, with a warning.
	AllowWeakKey bool `json:"allow_weak_key"`
}

// ClientParameters are the names under which the client sends what RFC 6749
// section 2.3.1 calls client_id and client_secret.
type ClientParameters struct {
	// ClientID is the name in the place of client_id, for example clientId. none: it is not sent.
	ClientID string `json:"client_id"`
	// ClientSecret is the name in the place of client_secret, for example apiKey.
	ClientSecret string `json:"client_secret"`
}

// DPoP is the proof-of-possession key of RFC 9449.
type DPoP struct {
	// Algorithm of the proof, for example ES256.
	Algorithm string `json:"algorithm" enum:"RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA"`
	// Key of the proof; without one a key is made and kept with the connection.
	Key KeySource `json:"key"`
}

// GrantOptions is the grant section: which grant, and what it needs.
type GrantOptions struct {
	// Type of grant.
	Type string `json:"type" enum:"client_credentials,password,jwt_bearer,authorization_code,refresh_token,device_code,token_exchange"`
	// Parameter is the value of grant_type on the wire, for servers that want another word. none: the request has no grant_type, as at the logins of APIs that only look like OAuth.
	Parameter string `json:"parameter"`
	// Username of the password grant, of basic and of digest.
	Username string `json:"username"`
	// Password of the password grant, of basic and of digest.
	Password SecretSource `json:"password"`
	// RefreshToken to start from.
	RefreshToken SecretSource `json:"refresh_token"`
	// SubjectToken of a token exchange (RFC 8693).
	SubjectToken SecretSource `json:"subject_token"`
	// SubjectTokenType of a token exchange.
	SubjectTokenType string `json:"subject_token_type"`
	// ActorToken of a token exchange.
	ActorToken SecretSource `json:"actor_token"`
	// ActorTokenType of a token exchange.
	ActorTokenType string `json:"actor_token_type"`
	// RequestedTokenType of a token exchange.
	RequestedTokenType string `json:"requested_token_type"`
	// RedirectURL is the redirect URI of the authorization code grant; default http://127.0.0.1:7481/callback. A loopback URL must carry a port.
	RedirectURL string `json:"redirect_url"`
	// AuthorizationParams are further parameters of the authorization request, which stand in the address line of a browser: prompt, access_type, login_hint and the like.
	AuthorizationParams map[string]string `json:"authorization_params"`
	// Assertion is the JWT that is the grant (RFC 7523 section 2.1).
	Assertion *Assertion `json:"assertion"`
}

// Assertion describes a JWT that Jeton signs (RFC 7521, RFC 7523 section 3), or
// an assertion that is made elsewhere and presented as it is (token).
// The claims are written in the order iss, sub, aud, iat, exp, jti, then Claims.
type Assertion struct {
	// Type is the client_assertion_type on the wire; only for client.assertion. Default urn:ietf:params:oauth:client-assertion-type:jwt-bearer; none if parameter says another name.
	Type string `json:"type"`
	// Parameter is the name under which the assertion is sent; default client_assertion in client.assertion, and assertion in grant.assertion. With client_secret a signed JWT is the client secret, as Sign in with Apple wants it.
	Parameter string `json:"parameter"`
	// Token is an assertion that is made elsewhere: the JWT of a workload, or a SAML assertion (RFC 7522). It is read anew for each token request, if it comes from file, env or command. Only type and parameter may stand beside it. XML is sent in base64url, everything else as it is.
	Token SecretSource `json:"token"`
	// Key that signs, or a list: current, next.
	Key KeyList `json:"key"`
	// Algorithm of the signature (RFC 7518 section 3.1, RFC 8037). Default from the key: RS256, ES256/384/512 by curve, EdDSA, HS256.
	Algorithm string `json:"algorithm" enum:"RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA,HS256,HS384,HS512"`
	// Issuer claim (iss); default client.id. Here, in subject, audience, claims and headers {key.sha256} is the base64 of the SHA-256 of the public key (SubjectPublicKeyInfo), and {key.thumbprint} its RFC 7638 thumbprint.
	Issuer string `json:"issuer"`
	// Subject claim (sub); in client.assertion the default is client.id.
	Subject string `json:"subject"`
	// Audience claim (aud): a string, a list, or one of token_url, issuer and host. Default token_url.
	Audience StringList `json:"audience"`
	// Lifetime of the assertion: exp is iat plus this; default 5m. More than 10m is a warning.
	Lifetime Duration `json:"lifetime"`
	// Backdate is how far iat lies in the past, for servers whose clock is behind.
	Backdate Duration `json:"backdate"`
	// AutoSkew: sign with the clock offset measured from the server's Date header.
	AutoSkew bool `json:"auto_skew"`
	// JTI is the JWT id: uuid (the default; a new one for every attempt) or none.
	JTI string `json:"jti" enum:"uuid,none"`
	// Headers are further members of the JOSE header: kid, typ and others. kid: thumbprint asks for the RFC 7638 thumbprint.
	Headers map[string]any `json:"headers"`
	// CertificateHeaders are header members computed from the certificate: x5t, x5t#S256, x5c.
	CertificateHeaders []string `json:"certificate_headers" enum:"x5t,x5t#S256,x5c"`
	// Claims are further claims, merged last; each replacement is a warning. nbf: auto means nbf = iat.
	Claims Members `json:"claims"`

	// from is where token is read again; nil if it was given as it is.
	from *Sources
}

// RequestOptions changes the shape of the token request.
type RequestOptions struct {
	// Method of the token request: POST (the default) or GET.
	Method string `json:"method" enum:"POST,GET"`
	// Encoding of the parameters: form (the default), json or query.
	Encoding string `json:"encoding" enum:"form,json,query"`
	// Headers are further header fields of the token request.
	Headers map[string]SecretSource `json:"headers"`
	// Params are further parameters; they win over every other one, but for those that carry the proof of this request. With encoding json a name that begins with / is a JSON Pointer (RFC 6901): /credentials/name stands inside of credentials.
	Params map[string]ParamValues `json:"params"`
}

// ResponseOptions says where the token reply holds what is needed. Paths are
// dotted (data.token) or JSON Pointers (/data/token, RFC 6901); a member that is
// called like one of the other words is written as a pointer (/body).
type ResponseOptions struct {
	// AccessToken is the path of the access token; default access_token. There is no fallback to the default. header:NAME is a header field of the reply, with or without Bearer before the token; body is the whole body, as text.
	AccessToken string `json:"access_token"`
	// ExpiresIn is the path of the expiry; default expires_in. header:NAME is a header field of the reply; jwt is exp of the token, whatever the reply says; none means that the reply has no expiry: default_lifetime counts, up to exp if the token is a JWT.
	ExpiresIn string `json:"expires_in"`
	// ExpiresFormat is the unit of the expiry: seconds (the default), milliseconds, epoch, epoch_ms or rfc3339.
	ExpiresFormat string `json:"expires_format" enum:"seconds,milliseconds,epoch,epoch_ms,rfc3339"`
	// DefaultLifetime is used only if the reply has no expiry and the token is no JWT with exp; 300s..86400s, default 300s.
	DefaultLifetime Duration `json:"default_lifetime"`
	// MaxLifetime is the longest lifetime that is believed.
	MaxLifetime Duration `json:"max_lifetime"`
	// Success is a condition beyond a 2xx status.
	Success Conditions `json:"success"`
	// Keep names further members of the reply that are handed to callers.
	Keep []string `json:"keep"`
}

// Condition is one statement about a JSON body; the kinds given all hold.
type Condition struct {
	// Path of the value: dotted, or a JSON Pointer.
	Path string `json:"path"`
	// Equals is the value, as JSON.
	Equals any `json:"equals"`
	// Matches is a regular expression (RE2) on the value as text.
	Matches string `json:"matches"`
	// Exists says whether there is a value at the path.
	Exists *bool `json:"exists"`
}

// Step is one request of a flow with several. {reply.NAME} in its URL, headers
// and parameters is a member that the replies before were asked to keep, the
// newest token (reply.access_token) or its type (reply.token_type).
type Step struct {
	// URL of the step, with the method before it or not. {reply.NAME} is a member kept by an earlier reply; where it decides about the host, that lies under resource.hosts or is the one of token_url.
	URL string `json:"url"`
	// Request is the shape of the request. Where nothing in it names {reply.access_token} and there is no Authorization header, the token before is sent as Authorization: Bearer.
	Request RequestOptions `json:"request"`
	// Response says where the reply holds what is needed. With access_token: none the reply brings no token, and the one before stays.
	Response ResponseOptions `json:"response"`
}

// RefreshOptions says when a token is renewed.
type RefreshOptions struct {
	// Ahead of the expiry: a percentage of the life (default 20%) or a duration.
	Ahead string `json:"ahead"`
	// KeepAlive: an idle grant is renewed after this time.
	KeepAlive Duration `json:"keep_alive"`
	// SameToken: the server hands out the same token until it dies, so it is asked only then; a token that comes with a few seconds left is waited out.
	SameToken bool `json:"same_token"`
	// SingleLive: a new token ends the one before. Nothing may fetch a token beside the one in use.
	SingleLive bool `json:"single_live"`
	// Sliding: every use of the token extends its life; the expiry is that of a token that nobody uses.
	Sliding bool `json:"sliding"`
}

// Rejected says how the resource tells that a token is dead; the kinds given all hold.
type Rejected struct {
	// Status codes; default 401.
	Status []int `json:"status"`
	// Headers are regular expressions (RE2) by header name.
	Headers map[string]string `json:"headers"`
	// Body is a condition on the JSON body.
	Body Conditions `json:"body"`
}

// Usage says how the token is presented to the resource (RFC 6750 section 2.1).
type Usage struct {
	// Header that carries the token; default Authorization.
	Header string `json:"header"`
	// Query is the name of the parameter of the URL in which the token stands, in the place of a header (RFC 6750 section 2.3). URLs are logged: a warning says so.
	Query string `json:"query"`
	// Cookie is the name of the cookie in which the token stands, in the place of a header.
	Cookie string `json:"cookie"`
	// Scheme before the token; default from the token type.
	Scheme string `json:"scheme"`
	// Raw: the token is presented alone, without a scheme.
	Raw bool `json:"raw"`
	// Headers are further header fields that the resource wants.
	Headers map[string]SecretSource `json:"headers"`
}

// TLS says how a server is verified and which certificate the client presents.
// System roots always count; CA adds to them. TLS 1.2 is the floor.
type TLS struct {
	// CA certificates to trust besides the system's.
	CA KeySource `json:"ca"`
	// Client certificate and key: a PEM pair or one PKCS#12.
	Client TLSClient `json:"client"`
	// Pin is sha256/ and the base64 of the SHA-256 of the server's public key (SubjectPublicKeyInfo). This key alone is trusted, whatever its chain.
	Pin string `json:"pin"`
	// InsecureSkipVerify: any server certificate is trusted. Only for tests: a warning names it every time.
	InsecureSkipVerify bool `json:"insecure_skip_verify"`
}

// TLSClient is the certificate of mutual TLS.
type TLSClient struct {
	// Certificate, leaf first; may be absent when key is a file that holds both.
	Certificate KeySource `json:"certificate"`
	// Key of the certificate; may be absent when certificate is a file that holds both.
	Key KeySource `json:"key"`
}

// Resource is the API that the token is for.
type Resource struct {
	// URLs are the only places where the token is sent; empty means nowhere.
	URLs []string `json:"urls"`
	// Hosts under which a URL from the reply may lie.
	Hosts []string `json:"hosts"`
	// TLS to the resource. So far only the request of probe is made with it.
	TLS TLS `json:"tls"`
	// Probe is the request by which jeton test finds out whether the API accepts the token, for example GET https://api.example.com/v2/me. GET (the default), HEAD or POST without a body, to a URL under urls where those are written. It should change nothing.
	Probe string `json:"probe"`
}

// Consent that a person has to give at the provider.
type Consent struct {
	// URL of the consent page.
	URL string `json:"url"`
	// Kind of consent: user, admin or checklist.
	Kind string `json:"kind" enum:"user,admin,checklist"`
}

// Access says who may use the connection.
type Access struct {
	// Roles invited; empty means nobody.
	Roles []string `json:"roles"`
	// External: also API keys made for this connection alone.
	External bool `json:"external"`
	// Token is shared, private (one login per account) or both (the caller asks).
	Token string `json:"token" enum:"shared,private,both"`
	// PerCall names what a caller may choose: scope, subject, audience.
	PerCall []string `json:"per_call" enum:"scope,subject,audience"`
	// Deliver names the ways out: token, forward_auth, proxy.
	Deliver []string `json:"deliver" enum:"token,forward_auth,proxy"`
}
