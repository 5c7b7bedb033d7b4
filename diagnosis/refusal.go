package diagnosis

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/jeton-oauth/jeton"
)

// maxCompared bounds what of an answer the rules look at, in bytes.
const maxCompared = 1500

// refusal is a failed exchange as the rules look at it.
type refusal struct {
	c   *jeton.Connection
	err *jeton.Error
	f   Facts
	// grant that was presented; assertions that were sent, the client's first.
	grant      string
	assertions []jeton.Parameter
	features   map[string]bool
	// codes of the answer, lower case; fields are members of the request that it points at.
	codes  map[string]bool
	fields []string
	// words is what it says, text by text between bars (see words); the code's own
	// text ends with #, and sentences of an RFC that say nothing are left out.
	words string
	set   map[string]bool
	// changed is what differs from the last good exchange, unaccepted what the
	// vendor is known not to take.
	changed, unaccepted []jeton.Finding
	// said is what the answer says as it is: code, description, other strings.
	said string
}

func newRefusal(c *jeton.Connection, f Facts) *refusal {
	r := &refusal{c: c, err: f.Err, f: f, grant: presented(c, f.Err), assertions: sentAssertions(c), codes: map[string]bool{}}
	if atResource(f.Err) && !selfIssued(c) { // a resource sees the token alone
		r.grant, r.assertions = "", nil
	}
	r.read()
	r.features = r.findFeatures()
	r.changed, r.unaccepted = r.sinceLastGood(), r.againstPreset()
	return r
}

// findFeatures are the names that a rule's When may use.
func (r *refusal) findFeatures() map[string]bool {
	auth := r.c.ClientAuthMethod()
	has := map[string]bool{
		// of the request: the grant that was presented,
		r.grant: true,
		// whether an assertion was sent, and which,
		"assertion":        len(r.assertions) > 0,
		"client_assertion": slices.Contains(r.assertions, "client.assertion"), "grant_assertion": slices.Contains(r.assertions, "grant.assertion"),
		// how the client authenticates,
		"secret":              auth == "client_secret_basic" || auth == "client_secret_post" || auth == "client_secret_jwt" || len(r.c.Client.Secret) > 0,
		"client_secret_given": len(r.c.Client.Secret) > 0,
		"basic":               auth == "client_secret_basic", "post": auth == "client_secret_post", "unauthenticated": auth == "none",
		"certificate": hasCertificate(r.c), "dpop": r.c.Client.DPoP != nil,
		"api_key":     r.hasAPIKey(),
		"self_issued": selfIssued(r.c), "certificate_headers": r.hasCertificateHeaders(), "kid": r.hasKeyID(),
		"own_grant_type": r.c.Grant.Parameter != "", "separator": len(r.c.Scopes) > 1 && strings.TrimSpace(r.c.ScopeSeparator) != "" && !r.doubts("scopes"),
		// and the encoding;
		"json": r.c.Request.Encoding == "json", "get": r.c.Request.Method == "GET", "query": r.c.Request.Encoding == "query" || r.c.Request.Method == "GET",
		// of the answer: who gave it, and its shape.
		"resource": atResource(r.err), "login": atLogin(r.err), "push": atPush(r.err),
		"silent":  r.err.Description == "" && len(r.codes) < 2,
		"success": r.err.Status >= 200 && r.err.Status < 300, "http": strings.HasPrefix(r.c.TokenURL, "http:"),
	}
	maps.Copy(has, r.shape())
	return has
}

// hasAPIKey: the document sends a key of its own beside the client's credentials.
func (r *refusal) hasAPIKey() bool {
	isKey := func(name string) bool { return strings.HasSuffix(strings.ToLower(name), "key") }
	for name := range r.c.Request.Params {
		if isKey(name) {
			return true
		}
	}
	for name := range r.c.Request.Headers {
		if isKey(name) {
			return true
		}
	}
	return false
}

// doubts: what is known without the answer already speaks against a parameter.
func (r *refusal) doubts(p jeton.Parameter) bool {
	return slices.ContainsFunc(r.f.Local, func(f jeton.Finding) bool { return f.Parameter == p })
}

// hasKeyID: the document writes the id of a key that signs.
func (r *refusal) hasKeyID() bool {
	return slices.ContainsFunc(r.assertions, func(p jeton.Parameter) bool {
		a := assertionOf(r.c, p)
		return a != nil && a.Headers["kid"] != nil
	})
}

func (r *refusal) hasCertificateHeaders() bool {
	for _, a := range []*jeton.Assertion{r.c.Client.Assertion, r.c.Grant.Assertion} {
		if a != nil && len(a.CertificateHeaders) > 0 {
			return true
		}
	}
	return false
}

// hasCertificate: a client certificate is presented.
func hasCertificate(c *jeton.Connection) bool {
	return !c.TLS.Client.Certificate.IsZero() || !c.TLS.Client.Key.IsZero()
}

// selfIssued: the signed JWT itself is the token.
func selfIssued(c *jeton.Connection) bool {
	return c.Grant.Type == "jwt_bearer" && (c.TokenURL == "none" || c.TokenURL == "" && c.Issuer == "")
}

// body of the answer as it is shown, without what is masked; empty if it is not known.
func (r *refusal) body() string {
	if r.f.Exchange == nil || r.f.Exchange.Response == nil {
		return ""
	}
	return strings.TrimSpace(r.f.Exchange.Response.Body)
}

// shape of the answer.
func (r *refusal) shape() map[string]bool {
	body := r.body()
	head := strings.ToLower(body[:min(len(body), 512)])
	markup := strings.HasPrefix(head, "<")
	xml := markup && strings.HasPrefix(head, "<?xml") && !strings.Contains(head, "<html") || strings.HasPrefix(head, "<soap") || strings.HasPrefix(head, "<error")
	known := r.f.Exchange != nil && r.f.Exchange.Response != nil
	page := markup && !xml || strings.Contains(r.err.Problem, "a web page")
	return map[string]bool{"xml": xml, "html": page, "empty": known && body == "" || r.err.Code == "" && r.err.Description == "" && !known}
}

// read collects codes and words of the answer: what the engine has made of it,
// then the other strings of the body.
func (r *refusal) read() {
	r.addCode(r.err.Code)
	texts := []string{r.err.Code, r.err.Description}
	for _, f := range r.err.Findings {
		if f.Parameter == "token_url" { // the title of a page
			texts = append(texts, f.Evidence)
		}
	}
	texts = append(texts, r.challenge()...)
	var body any
	if text := r.body(); strings.HasPrefix(text, "<") {
		texts = append(texts, withoutTags(text))
	} else if json.Unmarshal([]byte(text), &body) == nil {
		r.readMember("", body, &texts)
	} else {
		texts = append(texts, text)
	}
	r.said = limitTo(strings.Join(distinct(texts), " | "), maxCompared)
	r.codesIn(r.said)
	r.words = "|"
	for i, text := range strings.Split(r.said, " | ") { // no phrase reaches from one text into the next
		if i == 0 && slices.Contains(registeredCodes, strings.ToLower(text)) {
			continue // rules on codes know it
		}
		said := words(urlInText().ReplaceAllString(withoutTrace(text), " "))
		for _, sentence := range boilerplate {
			said = strings.Replace(said, sentence, " ", 1)
		}
		if r.words += said; i == 0 && r.err.Code != "" {
			r.words += "#"
		}
		r.words += "|"
	}
	r.set = wordSet(r.words)
}

// boilerplate are the sentences of RFC 6749 section 5.2 and of its drafts, which
// list all reasons that a code can have, as words.
var boilerplate = []string{
	" client authentication failed e g unknown client no client authentication included or unsupported authentication method ",
	" client authentication failed due to unknown client no client authentication included or unsupported authentication method ",
	" unknown client no client authentication included or unsupported authentication method ",
	" the provided authorization grant e g authorization code resource owner credentials or refresh token is invalid expired revoked does not match the redirection uri used in the authorization request or was issued to another client ",
	" the provided authorization grant is invalid expired revoked does not match the redirection uri used in the authorization request or was issued to another client ",
	" authorization grant or refresh token is invalid expired or revoked or does not match the redirection uri used in the authorization request or was issued to another client ",
	" is invalid expired revoked does not match the redirection uri used in the authorization request or was issued to another client ",
	" the provided access grant is invalid expired or revoked e g invalid assertion expired authorization token bad end user password credentials or mismatching authorization code and redirection uri ",
	" the provided access grant is invalid expired or revoked ",
	" the request is missing a required parameter includes an invalid parameter value includes a parameter more than once or is otherwise malformed ",
	" the request is missing a required parameter includes an unsupported parameter value other than grant type repeats a parameter includes multiple credentials utilizes more than one mechanism for authenticating the client or is otherwise malformed ",
	" the request is missing a required parameter includes an unsupported parameter or parameter value repeats the same parameter uses more than one method for including an access token or is otherwise malformed ",
	" the access token provided is expired revoked malformed or invalid for other reasons ",
	" the resource owner or authorization server denied the request ",
	" the requested scope is invalid unknown malformed or exceeds the scope granted by the resource owner ",
}

var challengeText = expression(`(?:^|[\s,])(error|error_description)="((?:[^"\\]|\\.)*)"`)

// challenge is what WWW-Authenticate says (RFC 6750 section 3), where the body
// may be empty.
func (r *refusal) challenge() (texts []string) {
	if r.f.Exchange == nil || r.f.Exchange.Response == nil {
		return nil
	}
	for _, h := range r.f.Exchange.Response.Headers {
		if !strings.EqualFold(h.Name, "WWW-Authenticate") {
			continue
		}
		for _, found := range challengeText().FindAllStringSubmatch(h.Value, -1) {
			if found[1] == "error" {
				r.addCode(found[2])
			}
			texts = append(texts, found[2])
		}
	}
	return texts
}

// distinct are the texts that are no part of one before, in an order that does
// not depend on the one of a map.
func distinct(texts []string) (list []string) {
	slices.SortStableFunc(texts[2:], strings.Compare)
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text != "" && !slices.ContainsFunc(list, func(known string) bool { return strings.EqualFold(known, text) }) {
			list = append(list, text)
		}
	}
	return list
}

// withoutTrace leaves out what follows a trace id: identifiers and times that
// explain nothing.
func withoutTrace(text string) string {
	if i := strings.Index(text, "Trace ID:"); i > 0 {
		return text[:i]
	}
	return text
}

// codeMembers hold a code of the server.
// pointing members name a parameter of the request.
var pointing = []string{"field", "param", "parameter", "property", "attribute", "target", "fieldname", "field_name", "loc"}

// registeredCodes are read inside of a text too.
var registeredCodes = []string{"invalid_client", "invalid_grant", "invalid_scope", "unauthorized_client", "unsupported_grant_type", "invalid_request", "access_denied", "invalid_target", "consent_required", "interaction_required", "use_dpop_nonce", "invalid_dpop_proof"}

var codeMembers = []string{"error", "code", "errorcode", "error_code", "error_codes", "type", "errortype", "suberror", "status", "responsestatus", "reason", "error_subcode", "errornum", "errno", "name"}

// notSaid are members that say nothing about the reason.
var notSaid = []string{"trace_id", "traceid", "correlation_id", "correlationid", "timestamp", "time", "request_id", "requestid", "path", "instance", "documentation_url", "moreinfo", "more_info", "transactionid", "date", "version", "token_type", "expires_in"}

func (r *refusal) readMember(name string, value any, texts *[]string) {
	name = strings.ToLower(name)
	switch v := value.(type) {
	case map[string]any:
		for member, below := range v {
			switch {
			case slices.Contains(notSaid, strings.ToLower(member)):
			case strings.EqualFold(member, "error_uri"):
				if text, _ := below.(string); text != "" {
					*texts = append(*texts, urnIn(text))
				}
			default:
				r.readMember(member, below, texts)
			}
		}
	case []any:
		for _, below := range v {
			r.readMember(name, below, texts)
		}
	case string:
		if strings.HasPrefix(v, "[redacted") {
			return
		}
		if slices.Contains(codeMembers, name) {
			r.addCode(v)
		}
		if slices.Contains(pointing, name) {
			r.fields = append(r.fields, strings.ToLower(v))
		}
		if _, parameter := wireNames[name]; parameter || claimNames[name] { // what is said of it stands under its name
			v = name + ": " + v
			r.fields = append(r.fields, name)
		}
		*texts = append(*texts, v)
	case float64:
		if slices.Contains(codeMembers, name) {
			number := strconv.FormatFloat(v, 'f', -1, 64)
			r.addCode(number)
			if name == "error_codes" { // of Entra
				r.addCode("aadsts" + number)
			}
		}
	}
}

// urnIn is the urn inside of an error_uri, which may be all that a server says.
func urnIn(uri string) string {
	if plain, err := url.PathUnescape(uri); err == nil {
		uri = plain
	}
	_, urn, _ := strings.Cut(uri, "urn:")
	urn, _, _ = strings.Cut(urn, "/")
	return urn
}

func (r *refusal) addCode(code string) {
	if code != "" {
		r.codes[strings.ToLower(code)] = true
	}
}

// codesIn finds words that look like codes: capitals with digits or underscores,
// and numbers of five digits or more.
func (r *refusal) codesIn(text string) {
	for _, word := range strings.FieldsFunc(text, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '-' && c != '.'
	}) {
		word = strings.Trim(word, "_-.")
		capitals, digits, joints := 0, 0, 0
		for _, c := range word {
			switch {
			case c >= 'A' && c <= 'Z':
				capitals++
			case c >= '0' && c <= '9':
				digits++
			case c == '_' || c == '-' || c == '.':
				joints++
			}
		}
		if slices.Contains(registeredCodes, word) {
			r.addCode(word)
		}
		plain := capitals+digits+joints == len(word)
		if plain && capitals > 1 && digits+joints > 0 || digits == len(word) && digits > 4 {
			r.addCode(word)
		}
	}
}

// hiddenMarkup is what a page does not show.
var hiddenMarkup = expression(`(?is)<(script|style)\b.*?(</(script|style)>|$)|<!--.*?(-->|$)`)

// withoutTags is the text of a page or of XML: enough for rules on words.
func withoutTags(markup string) string {
	markup = hiddenMarkup().ReplaceAllString(markup, " ")
	var b strings.Builder
	inside := false
	for _, c := range markup {
		switch {
		case c == '<':
			inside = true
			b.WriteByte(' ')
		case c == '>':
			inside = false
		case !inside:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// presented is the grant type that was refused: a login that is renewed
// presents its refresh token, which the engine says.
func presented(c *jeton.Connection, err *jeton.Error) string {
	for _, f := range err.Findings {
		if f.Parameter == "grant.refresh_token" {
			return "refresh_token"
		}
	}
	return c.Grant.Type
}

// atResource: who answered has seen the token alone: the resource, or a further
// step of a flow.
func atResource(err *jeton.Error) bool {
	return err.Stage == jeton.StageProbe || atStep(err)
}

// atLogin: a refusal without a status has come back with the browser.
func atLogin(err *jeton.Error) bool { return err.Stage == jeton.StageOAuth && err.Status == 0 }

// sentAssertions are the assertions of the request: the client's and the grant's.
func sentAssertions(c *jeton.Connection) (list []jeton.Parameter) {
	switch c.ClientAuthMethod() {
	case "private_key_jwt", "client_secret_jwt":
		list = append(list, "client.assertion")
	}
	if c.Grant.Type == "jwt_bearer" {
		list = append(list, "grant.assertion")
	}
	return list
}

// blamedAssertion is the one that a refusal speaks of: the grant's for
// invalid_grant or where the text says so, else the client's if there is one.
func (r *refusal) blamedAssertion() jeton.Parameter {
	switch {
	case len(r.assertions) < 2:
		return r.assertions[0]
	case strings.Contains(r.words, " client assertion "):
		return "client.assertion"
	case r.err.Category() == jeton.InvalidGrant:
		return "grant.assertion"
	}
	return r.assertions[0]
}

// assertionOf is the section of the document behind a parameter below it; nil if
// nothing is written there.
func assertionOf(c *jeton.Connection, p jeton.Parameter) *jeton.Assertion {
	if strings.HasPrefix(string(p), "client.") {
		return c.Client.Assertion
	}
	return c.Grant.Assertion
}

// evidence is what the server said, and how.
func (r *refusal) evidence() string {
	text := "status " + strconv.Itoa(r.err.Status)
	switch {
	case atLogin(r.err):
		text = "answer of the authorization endpoint"
	case r.err.Stage == jeton.StageProbe:
		text = "answer of the resource: " + text
	}
	if r.err.Code != "" {
		text += ": " + r.err.Code
	}
	if r.err.Description != "" {
		text += ": " + r.err.Description
	}
	if r.features["html"] {
		return limit(text + ": " + orElse(pageTitle(r.err), "a web page"))
	}
	if r.err.Code == "" && r.err.Description == "" && strings.TrimSpace(r.said) != "" {
		text += ": " + strings.Join(strings.Fields(r.said), " ")
	}
	return limit(text)
}

// pageTitle is the title of a page that came in the place of an answer.
func pageTitle(err *jeton.Error) string {
	for _, f := range err.Findings {
		if strings.HasPrefix(f.Evidence, "title ") {
			return "a web page with the " + f.Evidence
		}
	}
	return ""
}

// limit holds evidence to 500 characters.
func limit(s string) string {
	if runes := []rune(s); len(runes) > 500 {
		return string(runes[:497]) + "..."
	}
	return s
}

// limitTo cuts a text to n bytes.
func limitTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
