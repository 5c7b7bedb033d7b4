package jeton

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// completed is a connection with every default applied, and what was found on the way.
type completed struct {
	Connection
	report   report
	settings []Setting
	// wantSettings is false on the hot path, where nobody reads them.
	wantSettings bool
	// step whose reply is judged, counted from 1; 0 for the main one, and mainURL
	// is where that went.
	step    int
	mainURL string
	// certificate of mutual TLS; nil if there is none.
	certificate *tls.Certificate
	keys        exchangeKeys
	// metadata of the issuer; nil if they were not asked for.
	metadata *Metadata
	// discovered are the endpoints that come from metadata.
	discovered []Parameter
	// usedInText are the variables that texts of assertions use.
	usedInText map[string]bool
	// audienceWritten: the document names the audience of client.assertion.
	audienceWritten bool
}

// setting notes where a value in effect comes from. The first origin that is
// noted counts: what is only expanded later still comes from there.
func (c *completed) setting(p Parameter, value, origin string) {
	if !c.wantSettings || value == "" {
		return
	}
	if origin == "document" {
		origin = c.writtenIn(p)
	}
	for i := range c.settings {
		if c.settings[i].Parameter == p {
			c.settings[i].Value = value
			return
		}
	}
	c.settings = append(c.settings, Setting{p, value, origin})
}

// fill sets *field to value if the document left it empty, and notes the origin either way.
func (c *completed) fill(p Parameter, field *string, value, origin string) {
	if *field != "" {
		c.setting(p, *field, "document")
		return
	}
	if value != "" {
		*field = value
		c.setting(p, value, origin)
	}
}

// complete applies what the issuer's metadata say, which may be nil, and the
// defaults of the document format to a copy of c.
func complete(original *Connection, keys *keyring, metadata *Metadata, wantSettings bool) *completed {
	c := &completed{Connection: *original, keys: exchangeKeys{keyring: keys}, metadata: metadata, wantSettings: wantSettings}
	c.fill("type", &c.Type, "oauth2", "default")
	if c.Type == "oauth2" {
		c.setting("grant.type", c.Grant.Type, "document")
	}
	c.cloneAssertions()
	c.fillFromKeyFile()
	c.fillTextVars()
	c.completeEndpoints()
	c.useMetadata()
	if c.Grant.Type == "authorization_code" {
		c.fill("grant.redirect_url", &c.Grant.RedirectURL, defaultRedirectURL, "default")
	}
	if c.Type == "oauth2" && !selfIssued(&c.Connection) {
		c.completeClient()
		c.fill("request.method", &c.Request.Method, http.MethodPost, "default")
		c.completeEncoding("", &c.Request)
	}
	c.fill("scope_in", &c.ScopeIn, "body", "default")
	if c.ScopeSeparator == "" {
		c.ScopeSeparator = " "
	}
	if len(c.Scopes) > 0 {
		c.setting("scopes", strings.Join(c.Scopes, c.ScopeSeparator), "document")
	}
	c.completeAssertion("client.assertion", c.Client.Assertion)
	c.completeAssertion("grant.assertion", c.Grant.Assertion)
	c.noteSecrets()
	c.noteWritten(original)
	return c
}

// noteSecrets notes where the secrets come from that have no default.
func (c *completed) noteSecrets() {
	c.setting("grant.username", c.Grant.Username, "document")
	for _, s := range []struct {
		parameter Parameter
		source    SecretSource
	}{
		{"grant.password", c.Grant.Password}, {"grant.refresh_token", c.Grant.RefreshToken},
		{"grant.subject_token", c.Grant.SubjectToken}, {"grant.actor_token", c.Grant.ActorToken},
		{"tls.ca", c.TLS.CA.SecretSource}, {"tls.client.certificate", c.TLS.Client.Certificate.SecretSource}, {"tls.client.key", c.TLS.Client.Key.SecretSource},
	} {
		if !s.source.IsZero() {
			c.setting(s.parameter, Redacted, s.source.origin())
		}
	}
}

// completeEncoding fills the encoding of the request section below p: a GET request
// has no body, so its parameters stand in the query.
func (c *completed) completeEncoding(p Parameter, o *RequestOptions) {
	encoding := "form"
	if o.Method == http.MethodGet {
		encoding = "query"
		if o.Encoding == "form" {
			o.Encoding = ""
		}
	}
	c.fill(p+"request.encoding", &o.Encoding, encoding, "default")
}

// cloneAssertions makes the parts behind pointers our own before they are changed.
func (c *completed) cloneAssertions() {
	for _, own := range []struct {
		parameter Parameter
		field     **Assertion
	}{{"client.assertion", &c.Client.Assertion}, {"grant.assertion", &c.Grant.Assertion}} {
		if *own.field != nil {
			copied := **own.field
			*own.field = &copied
			c.fillAssertionVars(own.parameter, &copied)
		}
	}
}

// fillFromKeyFile takes over what a vendor's JSON file says beside the key:
// issuer, token endpoint, client. A key that cannot be read is reported later.
func (c *completed) fillFromKeyFile() {
	a := c.Grant.Assertion
	if a == nil || c.Grant.Type != "jwt_bearer" || len(a.Key) == 0 || a.Key[0].Value.IsZero() {
		return
	}
	private, failed := c.keys.private("grant.assertion.key", &a.Key[0], isHMAC(a.Algorithm))
	if failed != nil || private.Account == nil {
		return
	}
	account := private.Account
	if c.Issuer == "" {
		c.fill("token_url", &c.TokenURL, account.TokenURI, "key file")
	}
	if private.Format != "google-service-account" { // its client_id is for consent pages; a bare assertion needs none
		c.fill("client.id", &c.Client.ID, account.ClientID, "key file")
	}
	if len(c.Client.Secret) == 0 && !account.ClientSecret.IsZero() {
		c.Client.Secret = SecretList{{Value: account.ClientSecret}}
		c.setting("client.secret", Redacted, "key file")
	}
	issuer := account.ClientEmail
	if issuer == "" {
		issuer = account.ClientID
	}
	if a.Issuer == "" && issuer != "" {
		a.Issuer = issuer
		c.setting("grant.assertion.issuer", issuer, "key file")
	}
}

// ClientAuthMethod is the client authentication method in effect: client.auth,
// or what follows from the rest of the section where it is not written.
func (c *Connection) ClientAuthMethod() string {
	switch {
	case c.Client.Auth != "":
		return c.Client.Auth
	case c.Client.Assertion != nil && isHMAC(c.Client.Assertion.Algorithm):
		return "client_secret_jwt"
	case c.Client.Assertion != nil:
		return "private_key_jwt"
	case len(c.Client.Secret) > 0:
		return "client_secret_basic"
	}
	return "none"
}

// completeClient applies the rule for client authentication that is not written.
func (c *completed) completeClient() {
	c.fill("client.auth", &c.Client.Auth, c.ClientAuthMethod(), "default")
	c.setting("client.id", c.Client.ID, "document")
	c.setting("client.parameters.client_id", c.Client.Parameters.ClientID, "document")
	c.setting("client.parameters.client_secret", c.Client.Parameters.ClientSecret, "document")
	c.setting("client.basic_encoding", c.Client.BasicEncoding, "document")
	c.setting("client.basic_scheme", c.Client.BasicScheme, "document")
	if c.Client.Auth == "client_secret_jwt" && c.Client.Assertion == nil {
		c.Client.Assertion = &Assertion{}
	}
	if len(c.Client.Secret) > 0 {
		c.setting("client.secret", Redacted, c.Client.Secret[0].origin())
	}
}

// completeEndpoints splits a method off the token URL and fills the variables.
func (c *completed) completeEndpoints() {
	c.takeMethod("token_url", &c.TokenURL, "", &c.Request)
	used := map[string]bool{}
	for _, endpoint := range c.endpoints() {
		if *endpoint.url != "" && !(endpoint.parameter == "token_url" && *endpoint.url == "none") {
			*endpoint.url = c.expand(endpoint.parameter, *endpoint.url, used)
			c.setting(endpoint.parameter, shownURL(*endpoint.url), "document")
		}
	}
	c.completeSteps(used)
	c.checkUnusedVars(used)
}

type endpoint struct {
	parameter Parameter
	url       *string
}

// endpoints are the URLs of the authorization server in the document.
func (c *completed) endpoints() []endpoint {
	return []endpoint{
		{"issuer", &c.Issuer}, {"token_url", &c.TokenURL}, {"mtls_token_url", &c.MTLSTokenURL},
		{"authorization_url", &c.AuthorizationURL}, {"device_authorization_url", &c.DeviceAuthorizationURL},
		{"revocation_url", &c.RevocationURL},
	}
}

// takeMethod splits the method off a URL, which belongs to the request section
// below p.
func (c *completed) takeMethod(own Parameter, url *string, p Parameter, o *RequestOptions) {
	method, target := splitMethod(*url)
	if method == "" {
		return
	}
	if o.Method != "" && o.Method != method {
		c.report.fail(p+"request.method", string(own)+" says "+method+" and "+string(p)+"request.method says "+o.Method, "write the method in one place")
	}
	o.Method, *url = method, target
	c.setting(p+"request.method", method, string(own))
}

// splitMethod understands "POST https://..." and "GET https://...".
func splitMethod(tokenURL string) (method, target string) {
	word, rest, found := strings.Cut(strings.TrimSpace(tokenURL), " ")
	if !found {
		return "", tokenURL
	}
	switch word = strings.ToUpper(word); word {
	case http.MethodGet, http.MethodPost:
		return word, strings.TrimLeft(rest, " ")
	}
	return "", tokenURL
}

// completeAssertion fills the defaults of one assertion.
func (c *completed) completeAssertion(p Parameter, a *Assertion) {
	if a == nil {
		return
	}
	client := p == "client.assertion"
	if client && (a.Parameter == "" || a.Parameter == "client_assertion") {
		c.fill(p+".type", &a.Type, clientAssertionType, "default")
	}
	c.setting(p+".parameter", a.Parameter, "document")
	if a.external() {
		c.setting(p+".token", Redacted, a.Token.origin())
		return
	}
	if client {
		c.fill(p+".subject", &a.Subject, c.Client.ID, "client.id")
		if c.Client.Auth == "client_secret_jwt" {
			c.fill(p+".algorithm", &a.Algorithm, "HS256", "default")
		}
	}
	c.fill(p+".issuer", &a.Issuer, c.Client.ID, "client.id")
	c.setting(p+".subject", a.Subject, "document")
	if len(a.Key) > 0 {
		c.setting(p+".key", Redacted, a.Key[0].origin())
	}
	if a.Lifetime == 0 {
		a.Lifetime = Duration(defaultAssertionLifetime)
		c.setting(p+".lifetime", defaultAssertionLifetime.String(), "default")
	}
	c.setting(p+".lifetime", time.Duration(a.Lifetime).String(), "document")
	c.fill(p+".jti", &a.JTI, "uuid", "default")
	c.completeAudience(p, a, client)
}

// completeAudience replaces the words token_url, issuer and host by what they
// mean. With the word issuer a client assertion is typed explicitly
// (draft-ietf-oauth-rfc7523bis), so that it cannot be mistaken for another JWT.
func (c *completed) completeAudience(p Parameter, a *Assertion, client bool) {
	origin := "document"
	written := a.Audience
	if client {
		c.audienceWritten = len(written) > 0
	}
	switch {
	case len(written) > 0:
	case client && slices.Contains(c.discovered, "token_url"): // a server that lies about its endpoint must not get an assertion for another's
		written, origin = StringList{"issuer"}, "default (issuer, because token_url was discovered)"
	case c.TokenURL != "" && c.TokenURL != "none":
		written, origin = StringList{"token_url"}, "default (token_url)"
	}
	audience := make(StringList, 0, len(written))
	for _, word := range written {
		if word == "issuer" && client && len(written) == 1 {
			a.Headers = withDefault(a.Headers, "typ", "client-authentication+jwt")
		}
		audience = append(audience, c.audienceOf(p, word))
	}
	a.Audience = audience
	if len(audience) > 0 && !c.ownAudience(a) { // claims.aud replaces it, in its place
		c.setting(p+".audience", strings.Join(audience, " "), origin)
	}
}

func (c *completed) ownAudience(a *Assertion) bool {
	_, own := a.Claims.get("aud")
	return own
}

func (c *completed) audienceOf(p Parameter, word string) string {
	meaning := word
	switch word {
	case "token_url":
		meaning = c.TokenURL
	case "issuer":
		meaning = c.Issuer
	case "host":
		meaning = ""
		if u, err := url.Parse(c.TokenURL); err == nil {
			meaning = u.Host
		}
	default:
		return c.fillText(p+".audience", word)
	}
	if meaning == "" && c.Issuer != "" && word != "issuer" {
		return "" // known after discovery
	}
	if meaning == "" || meaning == "none" {
		missing := Parameter(word)
		if word == "host" {
			missing = "token_url"
		}
		c.report.fail(p+".audience", "the audience is "+word+", and there is none", "write "+string(missing)+", or the audience itself")
	}
	return meaning
}

// withDefault returns a copy of headers with name set, unless it is there already.
func withDefault(headers map[string]any, name string, value any) map[string]any {
	copied := make(map[string]any, len(headers)+1)
	copied[name] = value
	for n, v := range headers {
		copied[n] = v
	}
	return copied
}

// origin says where a secret came from.
func (s SecretSource) origin() string {
	switch {
	case s.Env != "":
		return "environment variable " + s.Env
	case s.File != "":
		return "file " + s.File
	case len(s.Command) > 0:
		return "command"
	}
	return "document"
}

// request builds the token request of this connection for one attempt.
func (c *completed) request(now time.Time, previous *Token) *TokenRequest {
	r := &TokenRequest{Connection: &c.Connection, Previous: previous, Now: now, Method: c.Request.Method, URL: c.TokenURL,
		Header: http.Header{}, Form: url.Values{}, keys: &c.keys, Certificate: c.certificate}
	if r.Certificate != nil && c.MTLSTokenURL != "" {
		r.URL = c.MTLSTokenURL
	}
	return r
}
