package diagnosis

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// Alternative is a connection that differs from a failed one in one value.
type Alternative struct {
	// Parameter that differs.
	Parameter jeton.Parameter
	// Value of it, as it stands in a document.
	Value string
	// Connection with that value.
	Connection *jeton.Connection
}

// maxAlternatives bounds the requests: at some servers each one that fails counts
// as a failed login. maxOfOne are those of one parameter before its neighbours' turn.
const (
	maxAlternatives = 6
	maxOfOne        = 4
)

// Alternatives are the connections that may work where c has failed, the
// likeliest first, at most six: other values of the parameters that d suspects.
// They send their requests to the address of c, and an assertion of theirs is
// good at no other server than one of c. There are none where [Untried] says so.
func Alternatives(c *jeton.Connection, d *Diagnosis, f Facts) []Alternative {
	if Untried(c, d, f) != "" {
		return nil
	}
	s := newSearch(c, d, f)
	var list, later []Alternative
	for _, p := range s.parameters() {
		own := s.of(p)
		n := min(len(own), maxOfOne)
		list, later = append(list, own[:n]...), append(later, own[n:]...)
	}
	list = append(list, later...)
	return list[:min(len(list), maxAlternatives)]
}

// Untried is why nothing else is to be tried after a failure; empty if
// something may be.
func Untried(c *jeton.Connection, d *Diagnosis, f Facts) string {
	switch {
	case f.Err == nil:
		return "nothing has failed"
	case c.Type != "" && c.Type != "oauth2" || selfIssued(c) || c.TokenURL == "none":
		return "no token request is sent"
	case c.Grant.Type == "password":
		return "a further login with a password could lock the account"
	case c.Grant.Type != "client_credentials" && c.Grant.Type != "jwt_bearer":
		return "what the grant " + c.Grant.Type + " presents may work only once"
	case c.Refresh.SingleLive:
		return "a new token would end the one before (refresh.single_live)"
	case f.Err.Status == 0:
		return "there was no answer to go by"
	case f.Err.Status == 429 || f.Err.Category() == jeton.RateLimited:
		return "the server wants fewer requests, not more"
	case f.Err.Status >= 500 || f.Err.Category() == jeton.Provider5xx:
		return "the server itself is in trouble"
	case f.Err.Status == 404 || f.Err.Status == 405 || f.Err.Status == 410:
		return "there may be no token endpoint at this address"
	case f.Err.Stage != jeton.StageOAuth && f.Err.Stage != jeton.StageHTTP || f.Err.Endpoint != "":
		return "the token endpoint did not refuse the request"
	case slices.ContainsFunc(d.Findings, func(f jeton.Finding) bool { return f.Certain && !f.Warning }):
		return "it is certain already what is wrong"
	}
	return ""
}

// search looks for requests that have not been sent yet.
type search struct {
	c        *jeton.Connection
	f        Facts
	suspects []jeton.Finding
	engine   *jeton.Engine // explains, and sends nothing
	known    map[string]bool
}

func newSearch(c *jeton.Connection, d *Diagnosis, f Facts) *search {
	s := &search{c: cloneOf(c), f: f, engine: new(jeton.Engine), known: map[string]bool{}}
	s.suspects = only(d.Findings, func(f jeton.Finding) bool { return !f.Warning })
	if c.Client.Assertion == nil && c.ClientAuthMethod() == "client_secret_jwt" { // all of it is default
		s.c.Client.Assertion = &jeton.Assertion{Headers: map[string]any{}}
	}
	s.isNew(s.c)
	return s
}

// parameters are those whose values are varied, the suspects first, then what
// lies beside them, then what is usual where the server says nothing at all.
func (s *search) parameters() (list []jeton.Parameter) {
	for _, f := range s.suspects {
		list = append(list, withoutIndex(f.Parameter))
	}
	for _, p := range slices.Clone(list) {
		list = append(list, beside(p)...)
	}
	if err := s.f.Err; err.Code == "" && err.Description == "" && slices.Contains([]int{400, 401, 403}, err.Status) {
		list = append(list, "client.auth", "client.basic_encoding")
		for _, field := range []jeton.Parameter{".audience", ".headers.kid", ".certificate_headers", ".headers.typ"} {
			list = append(list, "client.assertion"+field, "grant.assertion"+field)
		}
	}
	seen := map[jeton.Parameter]bool{}
	return slices.DeleteFunc(list, func(p jeton.Parameter) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}

// beside are parameters that servers confuse with p in what they say.
func beside(p jeton.Parameter) []jeton.Parameter {
	name, field := splitAssertion(p)
	var fields []jeton.Parameter
	switch {
	case p == "client.secret":
		return []jeton.Parameter{"client.auth", "client.basic_encoding"}
	case name == "":
		return nil
	case field == "":
		fields = []jeton.Parameter{".audience", ".headers.kid", ".certificate_headers", ".headers.typ"}
	case field == ".key":
		fields = []jeton.Parameter{".headers.kid", ".certificate_headers", ".algorithm"}
	case field == ".headers.kid", strings.HasPrefix(field, ".headers.x5"):
		fields = []jeton.Parameter{".certificate_headers"}
	case field == ".certificate_headers":
		fields = []jeton.Parameter{".headers.kid"}
	}
	for i := range fields {
		fields[i] = name + fields[i]
	}
	return fields
}

// splitAssertion is the assertion that a parameter belongs to, and the rest.
func splitAssertion(p jeton.Parameter) (name jeton.Parameter, field string) {
	for _, name := range []jeton.Parameter{"client.assertion", "grant.assertion"} {
		if rest, ok := strings.CutPrefix(string(p), string(name)); ok && (rest == "" || rest[0] == '.') {
			return name, rest
		}
	}
	return "", string(p)
}

// withoutIndex is the parameter of a list for one of its entries.
func withoutIndex(p jeton.Parameter) jeton.Parameter {
	before, _, _ := strings.Cut(string(p), "[")
	return jeton.Parameter(before)
}

// of are the other values of a parameter that change the request.
func (s *search) of(p jeton.Parameter) (list []Alternative) {
	add := func(value string, change func(*jeton.Connection)) {
		other := cloneOf(s.c)
		change(other)
		if s.isNew(other) {
			list = append(list, Alternative{p, value, other})
		}
	}
	name, field := splitAssertion(p)
	if name != "" {
		if assertionOf(s.c, p) != nil {
			s.ofAssertion(name, field, func(value string, change func(*jeton.Assertion)) {
				add(value, func(c *jeton.Connection) { change(assertionOf(c, p)) })
			})
		}
		return list
	}
	switch method := s.c.ClientAuthMethod(); p {
	case "client.auth":
		if other := map[string]string{"client_secret_basic": "client_secret_post", "client_secret_post": "client_secret_basic"}[method]; other != "" {
			add(other, func(c *jeton.Connection) { c.Client.Auth = other })
		}
	case "client.basic_encoding":
		if method == "client_secret_basic" {
			other := otherThan(s.c.Client.BasicEncoding, "form", "raw")[0]
			add(other, func(c *jeton.Connection) { c.Client.BasicEncoding = other })
		}
	case "request.encoding":
		for _, other := range otherThan(s.c.Request.Encoding, "form", "json") {
			add(other, func(c *jeton.Connection) { c.Request.Encoding = other })
		}
	case "scope_in":
		for _, other := range otherThan(s.c.ScopeIn, "body", "claim", "claim_array") {
			if len(s.c.Scopes) > 0 {
				add(other, func(c *jeton.Connection) { c.ScopeIn = other })
			}
		}
	}
	return list
}

// otherThan are the words but the one that is written, or the first one, which is
// the default.
func otherThan(written string, words ...string) []string {
	if written == "" {
		written = words[0]
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == written })
}

// none is the value that leaves a header member out.
const none = `""`

// ofAssertion varies one field of an assertion.
func (s *search) ofAssertion(name jeton.Parameter, field string, add func(value string, change func(*jeton.Assertion))) {
	header := func(member, value string) {
		add(orElse(value, none), func(a *jeton.Assertion) { a.Headers[member] = value })
	}
	switch field {
	case ".audience":
		for _, form := range s.audiences(name) {
			add(form, func(a *jeton.Assertion) { a.Audience = jeton.StringList{form} })
		}
	case ".headers.typ":
		header("typ", "JWT")
		if name == "client.assertion" { // draft-ietf-oauth-rfc7523bis
			header("typ", "client-authentication+jwt")
		}
		header("typ", "")
	case ".headers.kid":
		header("kid", "thumbprint")
		if own := s.ownKeyID(name); own != "" {
			add(own, func(a *jeton.Assertion) { delete(a.Headers, "kid") })
		}
		header("kid", "")
	case ".certificate_headers", ".headers.x5t", ".headers.x5t#S256":
		written := assertionOf(s.c, name).CertificateHeaders
		for _, other := range otherThumbprints(written) {
			add("["+strings.Join(other, ", ")+"]", func(a *jeton.Assertion) { a.CertificateHeaders = other })
		}
	case ".algorithm":
		for _, other := range s.algorithms(name) {
			add(other, func(a *jeton.Assertion) { a.Algorithm = other })
		}
	}
}

// audiences are the forms of the audience, the usual ones first. What does not
// come from the document is taken only if it is of the same host: a server must
// not obtain an assertion that is good at another one (CVE-2025-27370).
func (s *search) audiences(name jeton.Parameter) (list []string) {
	token, issuer := s.tokenURL(), s.expanded(s.c.Issuer)
	if !s.ours(token) {
		token = ""
	}
	for _, f := range s.suspects {
		if f.Parameter == name+".audience" && s.ours(f.Proposed) { // the server has named it
			list = append(list, f.Proposed)
		}
	}
	if token != "" {
		list = append(list, "token_url")
	}
	if issuer != "" {
		list = append(list, "issuer")
	}
	if token != "" {
		list = append(list, "host")
	}
	if u, err := url.Parse(token); err == nil && u.Host != "" && issuer == "" {
		list = append(list, u.Scheme+"://"+u.Host)
	}
	for _, written := range []string{issuer, token} {
		if written != "" && !strings.Contains(written, "?") {
			list = append(list, otherSlash(written))
		}
	}
	if m := s.f.Metadata; m != nil && m.TokenURL != "" && s.ours(m.TokenURL) {
		list = append(list, m.TokenURL)
	}
	return list
}

// ours reports whether a URL is of the host of a URL of the document.
func (s *search) ours(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return false
	}
	for _, own := range []string{s.expanded(s.c.TokenURL), s.expanded(s.c.Issuer)} {
		if o, err := url.Parse(own); err == nil && strings.EqualFold(o.Host, u.Host) {
			return true
		}
	}
	return false
}

// tokenURL is the token endpoint, as it was discovered if it is not written.
func (s *search) tokenURL() string {
	if s.c.TokenURL == "" && s.f.Metadata != nil {
		return s.f.Metadata.TokenURL
	}
	return s.expanded(s.c.TokenURL)
}

// expanded is a URL of the document without a method, and with its variables.
func (s *search) expanded(raw string) string {
	raw = strings.TrimSpace(raw)
	if method, rest, ok := strings.Cut(raw, " "); ok && !strings.Contains(method, ":") {
		raw = strings.TrimSpace(rest)
	}
	for name, value := range s.c.Vars {
		raw = strings.ReplaceAll(raw, "{"+name+"}", value)
	}
	return raw
}

func otherSlash(raw string) string {
	if bare, ok := strings.CutSuffix(raw, "/"); ok {
		return bare
	}
	return raw + "/"
}

// otherThumbprints exchange x5t and x5t#S256; where there is neither, or both,
// each is tried alone.
func otherThumbprints(written []string) [][]string {
	const short, long = "x5t", "x5t#S256"
	rest := slices.DeleteFunc(slices.Clone(written), func(w string) bool { return w == short || w == long })
	one := func(w string) []string { return append([]string{w}, rest...) }
	hasShort, hasLong := slices.Contains(written, short), slices.Contains(written, long)
	switch {
	case hasShort && !hasLong:
		return [][]string{one(long)}
	case hasLong && !hasShort:
		return [][]string{one(short)}
	}
	return [][]string{one(long), one(short)}
}

// algorithms are those that the metadata list, and the other padding of RSA.
// Whether the key can sign with them shows when they are explained.
func (s *search) algorithms(name jeton.Parameter) (list []string) {
	sent := s.headerOf(s.c, name, "alg")
	if m := s.f.Metadata; m != nil && name == "client.assertion" {
		list = slices.Clone(m.ClientAuthAlgorithms)
	}
	if len(sent) == 5 && (sent[:2] == "RS" || sent[:2] == "PS") {
		list = append(list, map[string]string{"RS": "PS", "PS": "RS"}[sent[:2]]+sent[2:])
	}
	return slices.DeleteFunc(list, func(a string) bool { return keyFamily(a) != keyFamily(sent) })
}

// ownKeyID is the kid that the key file gives, where the document writes another.
func (s *search) ownKeyID(name jeton.Parameter) string {
	if _, written := assertionOf(s.c, name).Headers["kid"]; !written {
		return ""
	}
	other := cloneOf(s.c)
	delete(assertionOf(other, name).Headers, "kid")
	return s.headerOf(other, name, "kid")
}

// headerOf is a header member of an assertion as it would be sent.
func (s *search) headerOf(c *jeton.Connection, name jeton.Parameter, member string) string {
	x := s.explain(c)
	if x == nil {
		return ""
	}
	return memberOf(assertionIn(*x, name), member, true)
}

// isNew reports whether a connection makes a request, and one that is not among
// those before.
func (s *search) isNew(c *jeton.Connection) bool {
	x := s.explain(c)
	if x == nil {
		return false
	}
	shown := *x
	shown.Assertions = slices.Clone(x.Assertions)
	for i := range shown.Assertions { // without what differs every time
		var claims map[string]any
		if json.Unmarshal(shown.Assertions[i].Claims, &claims) == nil {
			maps.DeleteFunc(claims, func(name string, _ any) bool { return slices.Contains([]string{"iat", "exp", "nbf", "jti"}, name) })
			shown.Assertions[i].Claims, _ = json.Marshal(claims)
		}
	}
	text, err := json.Marshal(shown)
	id := string(text)
	if c.ClientAuthMethod() == "client_secret_basic" && changedByEncoding(c) { // which is masked
		id += orElse(c.Client.BasicEncoding, "form")
	}
	if err != nil || s.known[id] {
		return false
	}
	s.known[id] = true
	return true
}

// explain is the request of a connection, masked; nil if it makes none.
func (s *search) explain(c *jeton.Connection) *jeton.RedactedRequest {
	if c.TokenURL == "" && s.f.Metadata != nil { // the engine here knows no metadata
		c = cloneOf(c)
		c.TokenURL = s.f.Metadata.TokenURL
		if a := c.Client.Assertion; a != nil && len(a.Audience) == 0 {
			a.Audience = jeton.StringList{"issuer"} // what is not written follows from discovery
		}
	}
	x, err := s.engine.Explain(c, nil)
	if err != nil {
		return nil
	}
	return x.Request
}

// cloneOf is a copy whose assertions may be changed.
func cloneOf(c *jeton.Connection) *jeton.Connection {
	other := *c
	for _, field := range []**jeton.Assertion{&other.Client.Assertion, &other.Grant.Assertion} {
		if *field != nil {
			a := **field
			a.Headers = maps.Clone(a.Headers)
			if a.Headers == nil {
				a.Headers = map[string]any{}
			}
			*field = &a
		}
	}
	return &other
}
