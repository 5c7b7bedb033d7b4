package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
)

// sight shows what a request carried of a parameter: the value in effect, by
// what was recorded of the exchange, secrets masked.
type sight struct {
	request  *jeton.RedactedRequest
	probe    *jeton.RedactedRequest // to the resource
	answered bool
	settings []jeton.Setting // what Explain says of values that no request shows
	// valid: the values of settings may be shown. What a wrong document holds may
	// be a secret in a wrong place.
	valid bool
	c     *jeton.Connection
}

func (a *attempt) sight() *sight {
	s := &sight{c: a.connection}
	requests, probes := a.requests()
	if n := len(requests); n > 0 {
		s.request, s.answered = &requests[n-1].Request, requests[n-1].Response != nil
	}
	if n := len(probes); n > 0 {
		s.probe, s.answered = &probes[n-1].Request, probes[n-1].Response != nil
	}
	if a.connection != nil && a.resolved {
		if x, err := a.engine.Explain(a.connection, nil); x != nil { // what is known, also with an error
			s.settings, s.valid = x.Settings, err == nil
		}
	}
	return s
}

var listIndex = regexp.MustCompile(`\[\d+\]`)

// of is the label and the value; empty if there is nothing to show.
func (s *sight) of(p jeton.Parameter) (label, value string) {
	path := listIndex.ReplaceAllString(string(p), "")
	origin := s.origin(path)
	if s.request != nil || s.probe != nil {
		label = "sent"
		if !s.answered {
			label = "tried"
		}
		if value = s.wire(path); value != "" {
			return label, shorten(value, 400) + origin
		}
	}
	for _, setting := range s.settings {
		if s.valid && string(setting.Parameter) == path && setting.Value != jeton.Redacted {
			return "in effect", shorten(setting.Value, 400) + origin
		}
	}
	if origin != "" {
		return "in effect", strings.TrimPrefix(strings.TrimPrefix(origin, ", "), "from ")
	}
	return "", ""
}

// origin says where a value comes from, unless it is what the document says, or
// one of a list: which one was sent is not recorded.
func (s *sight) origin(path string) string {
	for _, setting := range s.settings {
		if string(setting.Parameter) != path || setting.Origin == "document" || path == "client.auth" || s.isList(path) {
			continue
		}
		if strings.HasPrefix(setting.Origin, "default") {
			return ", the " + setting.Origin
		}
		return ", from " + setting.Origin
	}
	return ""
}

func (s *sight) isList(path string) bool {
	switch {
	case path == "client.secret":
		return len(s.c.Client.Secret) > 1
	case path == "client.assertion.key" && s.c.Client.Assertion != nil:
		return len(s.c.Client.Assertion.Key) > 1
	case path == "grant.assertion.key" && s.c.Grant.Assertion != nil:
		return len(s.c.Grant.Assertion.Key) > 1
	}
	return false
}

// wire is what the requests themselves show of a parameter.
func (s *sight) wire(path string) string {
	if path == "resource" || strings.HasPrefix(path, "resource.") || path == "usage" || strings.HasPrefix(path, "usage.") {
		return s.presented(path)
	}
	if s.request == nil {
		return ""
	}
	for _, p := range []string{"client.assertion", "grant.assertion"} {
		if rest, ok := strings.CutPrefix(path, p); ok && (rest == "" || rest[0] == '.') {
			return s.assertion(jeton.Parameter(p), rest)
		}
	}
	for _, group := range []struct {
		prefix string
		show   func(name string) string
	}{
		{"request.params.", s.param},
		{"request.headers.", func(name string) string { return s.header(http.CanonicalHeaderKey(name)) }},
		{"tls.client", func(string) string { return s.certificate() }},
		{"client.dpop", func(string) string { return s.header("Dpop") }},
	} {
		if name, ok := strings.CutPrefix(path, group.prefix); ok {
			return group.show(name)
		}
	}
	if name, ok := wireParams[path]; ok {
		return s.param(name)
	}
	switch path {
	case "token_url", "mtls_token_url", "request.method", "authorization_url", "device_authorization_url":
		return s.request.Method + " " + s.request.URL
	case "client.id":
		return s.client()
	case "client.auth":
		return s.c.ClientAuthMethod() + " (" + s.credentials() + ")"
	case "client.secret":
		return s.credentials()
	case "client.basic_encoding":
		encoding := s.c.Client.BasicEncoding
		if encoding == "" {
			encoding = "form"
		}
		return encoding + " (" + s.credentials() + ")"
	case "scopes", "scope_in", "scope_separator":
		return s.scope()
	case "request.encoding":
		return s.request.Encoding
	case "clock":
		return s.times()
	}
	return ""
}

// presented is how the token came to the resource, and where to.
func (s *sight) presented(path string) string {
	if s.probe == nil {
		return ""
	}
	if strings.HasPrefix(path, "resource") {
		return s.probe.Method + " " + s.probe.URL
	}
	name := "Authorization"
	if s.c.Usage.Header != "" {
		name = http.CanonicalHeaderKey(s.c.Usage.Header)
	}
	if own, ok := strings.CutPrefix(path, "usage.headers."); ok {
		name = http.CanonicalHeaderKey(own)
	}
	return named(name, values(s.probe.Headers, name))
}

// wireParams are fields of the document by the parameter that carries them.
var wireParams = map[string]string{
	"grant.type": "grant_type", "grant.parameter": "grant_type", "grant.username": "username", "grant.password": "password",
	"grant.refresh_token": "refresh_token", "grant.redirect_url": "redirect_uri", "grant.subject_token": "subject_token",
	"grant.subject_token_type": "subject_token_type", "grant.actor_token": "actor_token", "grant.actor_token_type": "actor_token_type",
	"grant.requested_token_type": "requested_token_type",
}

// values of a name in a list.
func values(list []jeton.NameValue, name string) (found []string) {
	for _, v := range list {
		if v.Name == name {
			found = append(found, v.Value)
		}
	}
	return found
}

func (s *sight) param(name string) string { return named(name, values(s.request.Params, name)) }

func (s *sight) header(name string) string { return named(name, values(s.request.Headers, name)) }

func named(name string, found []string) string {
	if found == nil {
		return "no " + name
	}
	return name + ": " + strings.Join(found, ", ")
}

func (s *sight) client() string {
	switch {
	case values(s.request.Params, "client_id") != nil:
		return s.param("client_id")
	case s.basic() && s.c.Client.ID != "":
		return s.c.Client.ID + ", inside " + s.header("Authorization")
	}
	return "no client_id"
}

func (s *sight) basic() bool {
	return slices.ContainsFunc(values(s.request.Headers, "Authorization"), func(v string) bool { return strings.HasPrefix(v, "Basic ") })
}

// credentials is how the client has authenticated.
func (s *sight) credentials() string {
	var list []string
	if s.basic() {
		list = append(list, s.header("Authorization"))
	}
	for _, name := range []string{"client_secret", "client_assertion"} {
		if values(s.request.Params, name) != nil {
			list = append(list, s.param(name)+" among the parameters")
		}
	}
	if s.request.ClientCertificate != "" {
		list = append(list, s.certificate())
	}
	if list == nil {
		return "no client authentication"
	}
	return strings.Join(list, "; ")
}

func (s *sight) certificate() string {
	if s.request.ClientCertificate == "" {
		return "no client certificate"
	}
	return "client certificate " + s.request.ClientCertificate
}

func (s *sight) scope() string {
	for _, a := range s.request.Assertions {
		if scope := member(a.Claims, "scope"); scope != "" {
			return "scope: " + scope + ", a claim of " + string(a.Parameter)
		}
	}
	return s.param("scope")
}

// times are iat and exp of the first assertion.
func (s *sight) times() string {
	if len(s.request.Assertions) == 0 {
		return ""
	}
	return lifespan(s.request.Assertions[0].Claims)
}

func lifespan(claims json.RawMessage) string {
	var list []string
	for _, name := range []string{"iat", "nbf", "exp"} {
		text := member(claims, name)
		if text == "" {
			continue
		}
		var seconds float64
		if err := json.Unmarshal([]byte(text), &seconds); err == nil && seconds > 0 && seconds < 253402300800 {
			text += time.Unix(int64(seconds), 0).UTC().Format(" (2006-01-02T15:04:05Z)")
		}
		list = append(list, name+": "+text)
	}
	return strings.Join(list, ", ")
}

// assertion is what the decoded JWT shows of a field of the assertion.
func (s *sight) assertion(p jeton.Parameter, rest string) string {
	at := slices.IndexFunc(s.request.Assertions, func(a jeton.DecodedAssertion) bool { return a.Parameter == p })
	if at < 0 {
		return ""
	}
	a := s.request.Assertions[at]
	for _, group := range []struct {
		prefix string
		object json.RawMessage
	}{{".headers.", a.Header}, {".claims.", a.Claims}} {
		if name, ok := strings.CutPrefix(rest, group.prefix); ok {
			return claimed(group.object, name)
		}
	}
	switch rest {
	case "":
		return claimed(a.Header, "alg") + ", " + claimed(a.Claims, "iss", "sub", "aud")
	case ".audience":
		return claimed(a.Claims, "aud")
	case ".issuer":
		return claimed(a.Claims, "iss")
	case ".subject":
		return claimed(a.Claims, "sub")
	case ".jti":
		return claimed(a.Claims, "jti")
	case ".lifetime", ".backdate", ".auto_skew":
		return lifespan(a.Claims)
	case ".algorithm":
		return claimed(a.Header, "alg")
	case ".key":
		return claimed(a.Header, "alg", "kid")
	case ".certificate_headers":
		return claimed(a.Header, "x5t", "x5t#S256", "x5c")
	case ".type":
		return s.param("client_assertion_type")
	}
	return ""
}

// claimed shows members of a header or of claims.
func claimed(object json.RawMessage, names ...string) string {
	var there, missing []string
	for _, name := range names {
		if text := member(object, name); text != "" {
			there = append(there, name+": "+text)
		} else {
			missing = append(missing, "no "+name)
		}
	}
	return strings.Join(append(there, missing...), ", ")
}

// member is a member of a JSON object: a text without its quotes, anything else
// as it was written; empty if it is not there.
func member(object json.RawMessage, name string) string {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(object, &all); err != nil || all[name] == nil {
		return ""
	}
	var text string
	if err := json.Unmarshal(all[name], &text); err == nil {
		if text == "" {
			return `""`
		}
		return text
	}
	return string(all[name])
}

// correctedLine is a line of the document that makes the proposal; empty if the
// document would not take it, because the proposal is a name, for example.
func correctedLine(f jeton.Finding) string {
	if f.Proposed == "" || f.Parameter == "" || strings.ContainsAny(string(f.Parameter), "[]\"\n ") {
		return ""
	}
	value, document := yamlValue(f.Proposed), ""
	for depth, name := range strings.Split(string(f.Parameter), ".") {
		document += fmt.Sprintf("\n%s%q:", strings.Repeat(" ", depth), name)
	}
	if _, err := jeton.Parse([]byte(document + " " + value)); err != nil {
		return ""
	}
	return string(f.Parameter) + ": " + value
}

var plainYAML = regexp.MustCompile(`^[A-Za-z/][\w./:#+~%=?-]*$`)

// yamlValue is a text as YAML reads it back; what is a list or empty already
// stands as YAML.
func yamlValue(text string) string {
	word := strings.ToLower(text)
	switch {
	case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"), text == `""`:
		return text
	case slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, word), strings.HasSuffix(text, ":"), !plainYAML.MatchString(text):
		quoted, _ := json.Marshal(text) // a text can always be written
		return string(quoted)
	}
	return text
}
