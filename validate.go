package jeton

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Validate says everything that can be said of c without the network, keys and
// certificates included. Findings that are no Warning stop an Exchange. It
// changes nothing.
func (c *Connection) Validate() []Finding {
	completed := complete(c, &keyring{}, nil, false)
	completed.check(time.Now())
	return completed.report.findings
}

// Validate is [Connection.Validate], and holds the document against the
// metadata of its issuer too, if [Engine.Discover] or an exchange has read them.
func (e *Engine) Validate(c *Connection) []Finding {
	completed := complete(c, &e.keys, nil, false)
	if metadata := e.knownMetadata(completed); metadata != nil {
		completed = complete(c, &e.keys, metadata, false)
	}
	completed.check(e.now())
	return completed.report.findings
}

// check looks at the whole connection; it fills c.report and c.certificate.
func (c *completed) check(now time.Time) {
	c.checkIdentity()
	c.checkPlanned()
	c.checkEndpoints()
	c.checkMethods()
	c.checkScopes()
	c.checkRequest()
	c.checkResponse()
	c.checkSteps()
	c.checkUsage()
	c.checkRules()
	c.checkResource()
	c.checkAssertion("client.assertion", c.Client.Assertion, now)
	c.checkAssertion("grant.assertion", c.Grant.Assertion, now)
	c.checkSources()
	c.checkCopies()
	c.checkDPoP()
	c.checkMetadata()
	c.checkTLS("tls", &c.TLS, now)
	c.checkCertificateWay()
	c.checkTLS("resource.tls", &c.Resource.TLS, now)
}

var pinForm = regexp.MustCompile(`^sha256/[A-Za-z0-9+/]{43}=?$`)

// isConnectionName reports whether a name is ^[a-z0-9][a-z0-9._-]{0,62}$.
func isConnectionName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if word := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'; !word && (i == 0 || strings.IndexByte("._-", c) < 0) {
			return false
		}
	}
	return name != "" && len(name) <= 63
}

func (c *completed) checkIdentity() {
	if c.Version != 0 && c.Version != 1 {
		c.report.fail("version", "this version of the document format is not known", "write version: 1")
	}
	if c.Name != "" && !isConnectionName(c.Name) {
		c.report.fail("name", "a name has 1 to 63 of a-z 0-9 . _ - and starts with a letter or digit", "choose another name; title is free text")
	}
	if c.Paused {
		c.report.fail("paused", "the connection is paused", "write paused: false")
	}
	c.checkOneOf("type", c.Type, "oauth2", "basic", "digest", "certificate")
	c.checkOneOf("scope_in", c.ScopeIn, "body", "claim", "claim_array", "none")
}

// checkOneOf guards connections written in Go; a parsed one has passed its enums.
func (c *completed) checkOneOf(p Parameter, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		c.report.fail(p, "this is not one of "+strings.Join(allowed, ", "), "write one of them")
	}
}

// checkPlanned names what the document may say and this version cannot do: an
// answer is better than a setting that is silently ignored.
func (c *completed) checkPlanned() {
	notYet := func(p Parameter, written bool, instead string) {
		if written {
			c.report.fail(p, "this is not supported yet", instead)
		}
	}
	notYet("kind", c.Kind != "" && c.Kind != "connection", "roles come with the server")
	if c.Provider != "" && c.Applied == nil {
		c.report.fail("provider", "the preset has not been applied", "read the document with the catalogue of package provider")
	}

	noEffect := func(p Parameter, written bool) {
		if written && !c.filled(p) { // who wrote it in a preset knows
			c.report.warn(p, "this has no effect yet: the command line makes one token request and keeps nothing", "leave it for a later version, or remove it")
		}
	}
	r := c.Refresh
	noEffect("refresh", r.KeepAlive != 0 || r.SingleLive || r.Sliding) // token --watch uses ahead and same_token
	noEffect("rejected", c.Rejected != nil && c.Resource.Probe == "")
	noEffect("consent", c.Consent != Consent{})
	noEffect("access", len(c.Access.Roles)+len(c.Access.PerCall)+len(c.Access.Deliver) > 0 || c.Access.External || c.Access.Token != "")
	// urls and hosts say where curl and git may take the token.
	if !c.Resource.TLS.isZero() && c.Resource.Probe == "" {
		c.report.warn("resource.tls", "only jeton test uses this so far, for resource.probe, and there is none", "write resource.probe, or give curl the certificates itself (--cacert, --cert)")
	}
}

func (c *completed) checkEndpoints() {
	for _, endpoint := range c.endpoints() {
		if *endpoint.url == "" || endpoint.parameter == "token_url" && *endpoint.url == "none" ||
			slices.Contains(c.discovered, endpoint.parameter) { // which was checked with the metadata
			continue
		}
		checkURL(&c.report, endpoint.parameter, *endpoint.url)
	}
	checkRedirectURL(&c.Connection, &c.report)
	if c.Type != "oauth2" || selfIssued(&c.Connection) {
		return
	}
	switch {
	case c.TokenURL == "none":
		c.report.fail("token_url", "only a jwt_bearer connection can do without a token endpoint", "write the token endpoint")
	case c.TokenURL == "" && c.metadata != nil:
		c.report.fail("token_url", "there is no token endpoint: the metadata of the issuer name none either", "write token_url")
	case c.TokenURL == "" && c.Issuer == "":
		c.report.fail("token_url", "there is no token endpoint", "write token_url, or issuer if the server publishes metadata")
	}
	if strings.Contains(c.Issuer, "?") {
		c.report.fail("issuer", "an issuer identifier has no query (RFC 8414 section 2)", "remove everything from ? on")
	}
}

// checkMethods lets the grant and the client authentication say what they need.
func (c *completed) checkMethods() {
	switch c.Type {
	case "digest", "certificate":
		return
	}
	grant := grantOf(&c.Connection)
	if grant == nil {
		c.report.fail("grant.type", "the grant type is missing or not known", "write one of "+strings.Join(sortedNames(grants), ", "))
	}
	if checks, ok := grant.(checker); ok {
		checks.check(&c.Connection, &c.report)
	}
	if c.Grant.Assertion != nil && c.Grant.Type != "jwt_bearer" {
		c.report.warn("grant.assertion", "only the jwt_bearer grant sends this assertion", "write grant.type: jwt_bearer, or move it to client.assertion")
	}
	if c.Type != "oauth2" || selfIssued(&c.Connection) {
		return
	}
	auth := clientAuths[c.Client.Auth]
	if auth == nil {
		c.report.fail("client.auth", "the client authentication method is not known", "write one of "+strings.Join(sortedNames(clientAuths), ", "))
	}
	if checks, ok := auth.(checker); ok {
		checks.check(&c.Connection, &c.report)
	}
	if c.Client.Assertion != nil && c.Client.Auth != "private_key_jwt" && c.Client.Auth != "client_secret_jwt" {
		c.report.warn("client.assertion", "client.auth is "+c.Client.Auth+", so the assertion is not sent", "write client.auth: private_key_jwt")
	}
	c.checkOneOf("client.basic_encoding", c.Client.BasicEncoding, "form", "raw", "base64")
	c.checkNames()
	if auth != nil && c.Client.Auth != "client_secret_basic" && c.Client.BasicEncoding+c.Client.BasicScheme != "" {
		c.report.warn("client", "client.auth is "+c.Client.Auth+", so basic_encoding and basic_scheme have no effect", "remove them, or write client.auth: client_secret_basic")
	}
}

// checkScopes holds scopes to the charset of RFC 6749 section 3.3.
func (c *completed) checkScopes() {
	for _, scope := range c.Scopes {
		if scope == "" || strings.ContainsFunc(scope, func(r rune) bool { return r < 0x21 || r == '"' || r == '\\' || r > 0x7e }) {
			c.report.fail("scopes", "a scope is empty or has a character that RFC 6749 section 3.3 does not allow", "write each scope as its own list element, without spaces and quotes")
			return
		}
	}
	inClaim := c.ScopeIn == "claim" || c.ScopeIn == "claim_array"
	if inClaim && c.Grant.Assertion == nil && c.Client.Assertion == nil {
		c.report.fail("scope_in", "the scope shall go into an assertion, and there is none", "write scope_in: body")
	}
}

// checkResponse looks at how the reply is to be read.
func (c *completed) checkResponse() {
	c.checkOneOf("response.expires_format", c.Response.ExpiresFormat, "seconds", "milliseconds", "epoch", "epoch_ms", "rfc3339")
	if d := time.Duration(c.Response.DefaultLifetime); d != 0 && (d < 300*time.Second || d > 86400*time.Second) {
		c.report.fail("response.default_lifetime", "the default lifetime lies between 300s and 86400s", "write 300s if you are unsure")
	}
	if c.Response.MaxLifetime < 0 {
		c.report.fail("response.max_lifetime", "a lifetime cannot be negative", "write a positive duration")
	}
	c.checkPlaces()
	c.checkConditions("response.success", c.Response.Success)
}

func (c *completed) checkConditions(p Parameter, conditions Conditions) {
	for _, condition := range conditions {
		if condition.Path == "" || condition.Equals == nil && condition.Matches == "" && condition.Exists == nil {
			c.report.fail(p, "a condition needs a path and one of equals, matches and exists", "write for example {path: ok, equals: true}")
		}
		if _, err := regexp.Compile(condition.Matches); err != nil {
			c.report.fail(p, "the regular expression of matches cannot be read", "write a regular expression in RE2 syntax")
		}
	}
}

func (c *completed) checkUsage() {
	checkHeaderName(&c.report, "usage.header", c.Usage.Header)
	c.checkTokenPlace()
	if strings.ContainsFunc(c.Usage.Scheme, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		c.report.fail("usage.scheme", "the scheme contains white space or a control character", "write one word, such as Bearer")
	}
	if c.Usage.Raw && c.Usage.Scheme != "" && !c.Usage.besidesHeader() {
		c.report.warn("usage.scheme", "usage.raw presents the token without a scheme", "remove one of the two")
	}
	c.checkHeaders("usage.headers", c.Usage.Headers)
	carrier := c.Usage.Header
	if carrier == "" {
		carrier = "Authorization"
	}
	for _, name := range sortedNames(c.Usage.Headers) {
		if !c.Usage.besidesHeader() && http.CanonicalHeaderKey(name) == http.CanonicalHeaderKey(carrier) {
			c.report.fail("usage.headers."+Parameter(name), "this header carries the token", "remove it, or write usage.header")
		}
	}
}

// checkRules looks at what the broker and the proxy will use.
func (c *completed) checkRules() {
	if _, ok := parseAhead(c.Refresh.Ahead); !ok {
		c.report.failWith(DocumentInvalid, aheadFinding())
	}
	if c.Rejected != nil {
		c.checkConditions("rejected.body", c.Rejected.Body)
		for _, name := range sortedNames(c.Rejected.Headers) {
			if _, err := regexp.Compile(c.Rejected.Headers[name]); err != nil {
				c.report.fail("rejected.headers."+Parameter(name), "the regular expression cannot be read", "write a regular expression in RE2 syntax")
			}
		}
	}
}

// checkSources finds a secret that nobody has read yet, and one that holds a line break.
func (c *completed) checkSources() {
	check := func(p Parameter, s SecretSource) {
		switch {
		case s.IsZero():
		case s.Value.IsZero():
			c.report.failError(unread(p, s))
		case strings.TrimSpace(s.Value.Reveal()) != s.Value.Reveal() && !strings.HasPrefix(string(p), "request.headers.") && !strings.HasPrefix(string(p), "usage.headers."):
			c.report.warn(p, "the value starts or ends with white space, which is sent with it", "remove the white space, if it came with copying")
		}
	}
	for i, s := range c.Client.Secret {
		check(listParameter("client.secret", i, len(c.Client.Secret)), s)
	}
	check("grant.password", c.Grant.Password)
	check("grant.refresh_token", c.Grant.RefreshToken)
	check("grant.subject_token", c.Grant.SubjectToken)
	check("grant.actor_token", c.Grant.ActorToken)
	for name, s := range c.Request.Headers {
		check("request.headers."+Parameter(name), s)
	}
	for name, values := range c.Request.Params {
		for _, v := range values {
			check("request.params."+Parameter(name), v.Secret)
		}
	}
	for name, s := range c.Usage.Headers {
		check("usage.headers."+Parameter(name), s)
	}
	c.checkStepSources(check)
}

// checkTLS reads certificates and key of one side.
func (c *completed) checkTLS(p Parameter, t *TLS, now time.Time) {
	if t.isZero() {
		return
	}
	if t.InsecureSkipVerify {
		c.report.warn(p+".insecure_skip_verify", "any server certificate is trusted: whoever sits on the way can read the credentials", "write "+string(p)+".ca or "+string(p)+".pin instead")
	}
	if t.Pin != "" && !pinForm.MatchString(t.Pin) {
		c.report.fail(p+".pin", "a pin is sha256/ and the base64 of 32 bytes", "write sha256/ and the base64 SHA-256 of the server's public key")
	}
	if !t.CA.IsZero() {
		if _, failed := c.keys.certificates(p+".ca", &t.CA); failed != nil {
			c.report.failError(failed)
		}
	}
	if t.Client.isZero() {
		return
	}
	pair, failed := c.keys.clientCertificate(p+".client", &t.Client)
	if failed != nil {
		c.report.failError(failed)
		return
	}
	if p == "tls" {
		c.certificate = pair
	}
	checkDates(&c.report, p+".client.certificate", pair.Leaf, now, true)
}

func (t TLS) isZero() bool {
	return t.CA.IsZero() && t.Client.isZero() && t.Pin == "" && !t.InsecureSkipVerify
}

// checkDates fails on a certificate that the server will look at and find
// expired; where it is not sent, that is a warning.
func checkDates(r *report, p Parameter, leaf *x509.Certificate, now time.Time, sent bool) {
	if leaf == nil {
		return
	}
	var problem string
	switch {
	case now.After(leaf.NotAfter):
		problem = "the certificate expired on " + leaf.NotAfter.UTC().Format(time.DateOnly)
	case now.Before(leaf.NotBefore):
		problem = "the certificate is not valid before " + leaf.NotBefore.UTC().Format(time.DateOnly)
	case leaf.NotAfter.Sub(now) < 30*24*time.Hour:
		r.remark(p, fmt.Sprintf("the certificate expires in %d days", int(leaf.NotAfter.Sub(now).Hours()/24)), "get a new certificate and upload it at the provider")
		return
	default:
		return
	}
	f := Finding{Parameter: p, Problem: problem, Fix: "get a new certificate and upload it at the provider", Certain: true, Warning: !sent}
	if sent {
		r.failWith(KeyExpired, f)
	} else {
		r.add(f)
	}
}

// listParameter is the path of one entry of a list that may be written as one value.
func listParameter(p Parameter, index, length int) Parameter {
	if length <= 1 {
		return p
	}
	return p + Parameter("["+strconv.Itoa(index)+"]")
}

func joinLimited(words []string) string {
	const most = 20
	if len(words) > most {
		return strings.Join(words[:most], ", ") + ", ..."
	}
	return strings.Join(words, ", ")
}

// checkHeaders holds header fields to the grammar of RFC 9110 and keeps them
// off the fields that the HTTP client owns. No message shows a value.
func (c *completed) checkHeaders(p Parameter, headers map[string]SecretSource) {
	names := sortedNames(headers)
	for i, name := range names {
		own := p + "." + Parameter(name)
		if name == "" {
			c.report.fail(p, "a header has no name", "write the name")
			continue
		}
		checkHeaderName(&c.report, own, name)
		if i > 0 && slices.ContainsFunc(names[:i], func(other string) bool { return strings.EqualFold(other, name) }) {
			c.report.fail(own, "this header stands twice, in other letters", "remove one of the two")
		}
		value := headers[name].Value.Reveal()
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			c.report.fail(own, "the value contains a line break or another control character", "check the source of the value")
		} else if strings.TrimSpace(value) != value {
			c.report.warn(own, "the value starts or ends with white space, which HTTP drops", "check the source of the value")
		}
	}
}

// reservedHeaders belong to the HTTP client or would speak for somebody else.
var reservedHeaders = []string{"host", "content-length", "transfer-encoding", "connection", "cookie", "te", "trailer", "upgrade", "keep-alive", "proxy-connection", "proxy-authorization", "expect", "forwarded"}

func checkHeaderName(r *report, p Parameter, name string) {
	if name == "" {
		return
	}
	if strings.ContainsFunc(name, func(c rune) bool { return !isTokenChar(c) }) {
		r.fail(p, "this is no header name (RFC 9110 section 5.1)", "write letters, digits and hyphens")
		return
	}
	plain := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	if slices.Contains(reservedHeaders, plain) || strings.HasPrefix(plain, "x-forwarded-") {
		r.fail(p, "the header "+http.CanonicalHeaderKey(plain)+" cannot be set", "remove it")
	}
}

func isTokenChar(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
