package jeton

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// maxForeign is how much of a foreign text is kept, in characters.
const maxForeign = 500

// maxShownBody is how much of a masked body is shown, in characters.
const maxShownBody = 2000

// secrets lists everything secret that this request holds or was made from.
func (r *TokenRequest) secrets() []string {
	c := r.Connection
	list := slices.Clone(r.known)
	c.EachSecret(func(p Parameter, s *SecretSource) {
		if _, below, step := strings.Cut(string(p), "]."); step && strings.HasPrefix(string(p), "steps[") {
			p = Parameter(below)
		}
		if !slices.Contains(plainHeaders, strings.ToLower(string(p))) {
			list = append(list, s.Value.Reveal(), s.Base64.Reveal())
		}
	})
	for _, a := range r.assertions {
		list = append(list, a.jwt.Reveal())
		if i := strings.LastIndexByte(a.jwt.Reveal(), '.'); i > 0 {
			list = append(list, a.jwt.Reveal()[:i], a.jwt.Reveal()[i+1:])
		}
	}
	if r.Previous != nil {
		list = append(list, r.Previous.AccessToken.Reveal(), r.Previous.RefreshToken.Reveal(), r.Previous.IDToken.Reveal())
	}
	for name, values := range r.Form {
		if r.secretParam(name) {
			list = append(list, values...)
		}
	}
	if _, credentials, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		list = append(list, credentials)
		if pair, err := base64.StdEncoding.DecodeString(credentials); err == nil {
			list = append(list, string(pair))
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// plainHeaders of a document hold media types and the like: striking these out
// of every text would hide nothing.
var plainHeaders = []string{"request.headers.accept", "request.headers.accept-language", "request.headers.content-type", "request.headers.user-agent",
	"usage.headers.accept", "usage.headers.accept-language", "usage.headers.content-type", "usage.headers.user-agent"}

// sensitiveWords in the name of a parameter, header or member say that its value is secret.
var sensitiveWords = []string{"secret", "password", "passwd", "passphrase", "pwd", "token", "assertion", "apikey", "api_key", "api-key", "_key", "-key", "credential", "code", "verifier", "auth", "cookie", "session", "signature", "pin"}

// plainNames have one of these words in them and hold nothing secret.
var plainNames = []string{"token_type", "client_assertion_type", "grant_type", "subject_token_type", "actor_token_type", "requested_token_type", "issued_token_type", "token_endpoint", "error_code", "error_codes", "errorcode", "status_code", "statuscode", "code_challenge", "code_challenge_method", "authority", "author"}

func sensitiveName(name string) bool {
	name = strings.ToLower(name)
	if slices.Contains(plainNames, name) {
		return false
	}
	return name == "key" || name == "state" || slices.ContainsFunc(sensitiveWords, func(word string) bool { return strings.Contains(name, word) })
}

// shownURL masks the values of secret parameters in the query of a URL.
func shownURL(raw string) string {
	bare, query, found := strings.Cut(raw, "?")
	if !found {
		return raw
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		escaped, _, hasValue := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(escaped); hasValue && (err != nil || sensitiveName(name)) {
			pairs[i] = escaped + "=" + Redacted
		}
	}
	return bare + "?" + strings.Join(pairs, "&")
}

// secretParam reports whether a parameter is masked: by its name, or because
// the document took it from a secret source.
func (r *TokenRequest) secretParam(name string) bool {
	if sensitiveName(name) || r.ownSecretName(name) {
		return true
	}
	return slices.ContainsFunc(r.Connection.Request.Params[name], func(v ParamValue) bool { return !v.Secret.IsZero() })
}

// redacted shows the request with every secret masked.
func (r *TokenRequest) redacted() RedactedRequest {
	scrubber := scrub.New(r.secrets())
	shown := RedactedRequest{Method: r.Method, URL: scrubber.Text(shownURL(r.URL)), Encoding: r.Connection.Request.Encoding, Headers: []NameValue{}, Params: []NameValue{}}
	if r.inQuery() {
		shown.Encoding = "query"
	}
	for _, name := range sortedNames(r.Header) {
		shown.Headers = append(shown.Headers, NameValue{name, r.shownHeader(name)})
	}
	for _, name := range sortedNames(r.Form) {
		for _, value := range r.Form[name] {
			if r.secretParam(name) {
				value = Redacted
			}
			shown.Params = append(shown.Params, NameValue{name, scrubber.Text(value)})
		}
	}
	for _, a := range r.assertions {
		shown.Assertions = append(shown.Assertions, a.decoded())
	}
	if r.Certificate != nil && r.Certificate.Leaf != nil {
		shown.ClientCertificate = r.Certificate.Leaf.Subject.String()
	}
	return shown
}

// shownHeader masks what the document put there, and keeps the scheme of Authorization.
func (r *TokenRequest) shownHeader(name string) string {
	value := r.Header.Get(name)
	for own := range r.Connection.Request.Headers {
		if http.CanonicalHeaderKey(own) == name {
			return Redacted
		}
	}
	if name == "Dpop" {
		return Redacted
	}
	if name == "Authorization" {
		scheme, _, _ := strings.Cut(value, " ")
		return scheme + " " + Redacted
	}
	return value
}

// shownHeaders are the fields of a reply that help to understand it.
var shownHeaders = []string{"Cache-Control", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Retry-After", "Server", "Via", "Www-Authenticate", "X-Request-Id", "X-Correlation-Id", "Request-Id"}

// redactedReply shows a reply with every secret masked: what a 2xx holds is
// masked unless it is known to be harmless, of anything else the secrets of the
// request are struck out.
func redactedReply(reply RawReply, scrubber *scrub.Scrubber) *RedactedResponse {
	shown := &RedactedResponse{Status: reply.Status, Headers: []NameValue{}}
	for _, name := range shownHeaders {
		for _, value := range reply.Header[name] {
			shown.Headers = append(shown.Headers, NameValue{name, scrub.Cut(scrub.Escape(scrubber.Head(value, maxForeign)), maxForeign)})
		}
	}
	if location := reply.Header.Get("Location"); location != "" {
		shown.Headers = append(shown.Headers, NameValue{"Location", scrubber.Text(locationHost(location))})
	}
	shown.Body = shownBody(reply, scrubber)
	return shown
}

func shownBody(reply RawReply, scrubber *scrub.Scrubber) string {
	success := reply.Status >= 200 && reply.Status < 300
	if body, err := jsonbody.Decode(trimBOM(reply.Body)); err == nil {
		if text, err := json.MarshalIndent(maskJSON(body, "", success, scrubber), "", "  "); err == nil {
			return scrub.Cut(string(text), maxShownBody)
		}
	}
	if form, ok := formReply(reply); ok {
		masked := map[string]any{}
		for name := range form {
			masked[name] = maskJSON(form.Get(name), name, success, scrubber)
		}
		if text, err := json.MarshalIndent(masked, "", "  "); err == nil {
			return scrub.Cut(string(text), maxShownBody)
		}
	}
	if success && len(reply.Body) > 0 { // it may be the token itself, or a page that holds it in a form
		return "[a text of " + strconv.Itoa(len(reply.Body)) + " bytes]"
	}
	return scrub.Cut(scrub.Escape(scrubber.Head(string(reply.Body), maxShownBody)), maxShownBody)
}

// harmlessMembers of a successful reply are shown as they are.
var harmlessMembers = []string{"token_type", "scope", "expires_in", "error", "error_description", "error_uri", "message", "description", "status", "ok", "success", "issued_token_type", "ext_expires_in", "expires_on", "not_before", "title", "type", "reason", "msg", "errmsg", "errormsg", "error_msg", "errormessage", "error_message", "errordescription"}

// maskedMember reports whether the name of a member says that its value is
// secret. In a refusal a code is the reason, not a credential.
func maskedMember(name string, success bool) bool {
	name = strings.ToLower(name)
	return sensitiveName(name) && !strings.HasPrefix(name, "error") && (success || name != "code")
}

// maskJSON copies a body with its secrets masked.
func maskJSON(value any, name string, success bool, scrubber *scrub.Scrubber) any {
	switch v := value.(type) {
	case map[string]any:
		masked := make(map[string]any, len(v))
		for member, below := range v {
			masked[scrub.Cut(scrub.Escape(scrubber.Head(member, 100)), 100)] = maskJSON(below, member, success, scrubber)
		}
		return masked
	case []any:
		masked := make([]any, 0, len(v))
		for _, below := range v {
			masked = append(masked, maskJSON(below, name, success, scrubber))
		}
		return masked
	case string:
		if v != "" && maskedMember(name, success) || v != "" && success && !slices.Contains(harmlessMembers, strings.ToLower(name)) {
			return "[redacted: " + strconv.Itoa(len(v)) + " characters]"
		}
		return scrub.Cut(scrub.Escape(scrubber.Head(v, maxForeign)), maxForeign)
	case json.Number:
		if sensitiveName(name) && len(v) > 6 || scrubber.Text(v.String()) != v.String() {
			return Redacted
		}
		return v
	}
	return value
}

// locationHost is what may be shown of a redirect: scheme and host.
func locationHost(location string) string {
	u, err := url.Parse(location)
	switch {
	case location == "":
		return "nowhere: it names no Location"
	case err != nil:
		return "a Location that cannot be read"
	case u.Host == "":
		return "the same host"
	}
	return scrub.Cut(scrub.Escape(u.Scheme+"://"+u.Host), 200)
}

// The recorder's entries of one exchange; all of them do nothing on a nil recorder.

// failedBefore records a failure before anything was sent.
func (r *Recorder) failedBefore(err error, took time.Duration) {
	if r == nil {
		return
	}
	stage := StageConfig
	if e, ok := err.(*Error); ok {
		stage = e.Stage
	}
	if stage == StageKey {
		r.stage(StageConfig, "ok", 0, "the document is valid")
	}
	if stage == StageAssertion {
		r.stage(StageKey, "ok", 0, "")
	}
	r.stage(stage, "failed", took, err.Error())
}

// signed records that the request could be built.
func (r *Recorder) signed(request *TokenRequest, took time.Duration) {
	if r == nil {
		return
	}
	if len(request.assertions) == 0 {
		r.stage(StageKey, "skipped", 0, "no key is needed")
		r.stage(StageAssertion, "skipped", 0, "no assertion is needed")
		return
	}
	r.stage(StageKey, "ok", 0, "the key can be used")
	for _, a := range request.assertions {
		r.stage(StageAssertion, "ok", took, string(a.Parameter)+" signed")
	}
}

// transported records DNS, TCP, TLS and HTTP, and the exchange itself.
func (r *Recorder) transported(t *trace, request *TokenRequest, started time.Time, reply *RawReply, failed *Error) {
	if r == nil {
		return
	}
	if request.asked != nil && request.asked.resource { // one stage stands for all of it, see [Engine.Probe]
		r.exchange(newExchange(request, started, reply))
		return
	}
	t.mu.Lock()
	for _, stage := range []Stage{StageDNS, StageTCP, StageTLS} {
		if took, ok := t.took[stage]; ok {
			r.stage(stage, "ok", took, t.detail[stage])
		} else if failed == nil || failed.Stage != stage {
			r.stage(stage, "skipped", 0, skippedDetail(stage, t.reused, request.URL))
		}
	}
	t.mu.Unlock()
	took := time.Since(started)
	exchange := newExchange(request, started, reply)
	if failed != nil {
		r.stage(failed.Stage, "failed", took, failed.Error())
	} else {
		detail := "status " + strconv.Itoa(reply.Status)
		if len(trimBOM(reply.Body)) < len(reply.Body) {
			detail += "; a byte order mark before the body was skipped"
		}
		r.stage(StageHTTP, "ok", took, detail)
	}
	r.exchange(exchange)
}

// newExchange masks an exchange that has just ended.
func newExchange(request *TokenRequest, started time.Time, reply *RawReply) RedactedExchange {
	took := time.Since(started)
	exchange := RedactedExchange{Request: request.redacted(), Started: started.UTC(), Millis: float64(took.Microseconds()) / 1000}
	if reply != nil {
		exchange.Response = redactedReply(*reply, scrub.New(request.secrets()))
		request.hideToken(reply, exchange.Response)
	}
	return exchange
}

func skippedDetail(stage Stage, reused bool, target string) string {
	switch {
	case reused:
		return "an open connection was used"
	case stage == StageTLS && strings.HasPrefix(target, "http://"):
		return "the URL is http"
	case stage == StageDNS:
		return "no lookup was needed"
	}
	return ""
}

// parsed records what the reply was worth.
func (r *Recorder) parsed(token *Token, err error) {
	if r == nil {
		return
	}
	if token != nil && token.AccessToken.IsZero() {
		r.stage(StageOAuth, "ok", 0, "the status is a success")
		r.stage(StageResponse, "ok", 0, "no token is expected")
		return
	}
	if token != nil {
		r.stage(StageOAuth, "ok", 0, "the authorization server issued a token")
		r.stage(StageResponse, "ok", 0, "token of type "+scrub.Escape(token.TokenType))
		return
	}
	e, ok := err.(*Error)
	if !ok {
		return
	}
	if e.Stage == StageResponse {
		r.stage(StageOAuth, "ok", 0, "the status is a success")
	}
	r.stage(e.Stage, "failed", 0, scrub.Cut(e.Problem, maxForeign))
}
