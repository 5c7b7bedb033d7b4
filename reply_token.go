package jeton

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// token reads the token out of a successful body.
func (c *completed) token(body any, reply RawReply) (*Token, error) {
	if c.step > 0 && c.Response.AccessToken == noAccessToken {
		t := &Token{Issued: reply.Sent, Usage: c.Usage}
		c.keepMembers(t, body)
		return t, nil
	}
	access, failed := c.accessToken(body, reply)
	if failed != nil {
		return nil, failed
	}
	t := &Token{AccessToken: NewSecret(access), Issued: reply.Sent, Usage: c.Usage}
	if failed := c.tokenType(t, body, reply); failed != nil {
		return nil, failed
	}
	if failed := c.expiry(t, body, reply); failed != nil {
		return nil, failed
	}
	if failed := c.optionalTokens(t, body, reply); failed != nil {
		return nil, failed
	}
	c.grantedScope(t, body, reply)
	c.issuedTokenType(t, body, reply)
	c.keepMembers(t, body)
	return t, nil
}

// keepMembers hands the members out that response.keep names.
func (c *completed) keepMembers(t *Token, body any) {
	for _, path := range c.Response.Keep {
		if value, ok := jsonbody.Lookup(body, path); ok {
			if raw, err := json.Marshal(value); err == nil {
				if t.Extra == nil {
					t.Extra = make(map[string]json.RawMessage)
				}
				t.Extra[path] = raw
			}
		}
	}
}

// beside finds a member next to the access token, where that is nested, else at
// the top.
func (c *completed) beside(body any, name string) (any, bool) {
	for _, separator := range []string{"/", "."} {
		if c.Response.besidesBody() {
			break
		}
		if i := strings.LastIndex(c.Response.AccessToken, separator); i > 0 {
			if value, ok := jsonbody.Lookup(body, c.Response.AccessToken[:i]+separator+name); ok {
				return value, true
			}
		}
	}
	return jsonbody.Lookup(body, name)
}

// tokenNames are the members that hold a token in replies of a nested shape.
var tokenNames = []string{"accesstoken", "token", "jwt", "sessionid", "session_id", "bearer_token", "auth_token", "authtoken"}

// accessToken finds the token at the path of the document; there is no fallback
// to the default name, only a proposal.
func (c *completed) accessToken(body any, reply RawReply) (string, *Error) {
	path := c.Response.AccessToken
	if path == "" {
		path = "access_token"
	}
	value, ok := accessTokenAt(path, body, reply)
	if !ok {
		return "", noToken(body, path, reply)
	}
	text, isString := value.(string)
	switch {
	case !isString:
		return "", tokenFailure(reply, path, "is "+jsonbody.KindOf(value)+", not a string")
	case text == "":
		return "", tokenFailure(reply, path, "is empty")
	case len(text) > maxToken:
		return "", tokenFailure(reply, path, "is longer than 16 KiB")
	case !headerSafe(text):
		return "", tokenFailure(reply, path, "contains characters that cannot stand in a header")
	case c.Usage.Cookie != "" && c.presents() && !inCookie(text):
		return "", tokenFailure(reply, path, "contains characters that cannot stand in a cookie (usage.cookie)")
	}
	return text, nil
}

// headerSafe refuses what could end a header line or split the credentials in two.
func headerSafe(token string) bool {
	for i := range len(token) {
		if c := token[i]; c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

func tokenFailure(reply RawReply, path, problem string) *Error {
	p := scrub.Cut(scrub.Escape(path), 100)
	failed := NewError(NoTokenInResponse, StageResponse, "the reply has no usable token: "+p+" "+problem, Finding{
		Parameter: "response.access_token", Problem: "the value at " + p + " " + problem, Fix: "check which member of the reply holds the access token", Certain: true})
	return failed.withReply(reply)
}

// noToken says that nothing stands at the path, and where a token does stand. It
// is certain only then: a reply without any token may be a refusal in disguise.
func noToken(body any, path string, reply RawReply) *Error {
	failed := tokenFailure(reply, path, "is missing")
	said := unmarkedError(body)
	failed.Code, failed.Description = said.code, said.description
	finding := &failed.Findings[0]
	finding.Certain = false
	finding.Evidence = "the reply is " + shapeOf(body)
	named := func(names ...string) (string, bool) {
		return jsonbody.FindMember(body, func(name string) bool { return slices.Contains(names, strings.ToLower(name)) })
	}
	proposed, found := named("access_token")
	if !found {
		proposed, found = named(tokenNames...)
	}
	if found {
		finding.Proposed, finding.Certain = proposed, true
	} else if proposed, found = named("id_token"); found { // as Google answers to a scope that it does not know
		finding.Proposed = proposed
		failed.Findings = append(failed.Findings, Finding{Parameter: "scopes", Evidence: finding.Evidence,
			Problem: "the reply has an ID token and no access token: the server may not know the scope", Fix: "compare the scopes with those that the provider lists"})
	} else if other, known := otherReply(body); known {
		other.Evidence = finding.Evidence
		*finding = other
	}
	return failed
}

// shapeOf describes a body by its member names alone.
func shapeOf(body any) string {
	object, ok := body.(map[string]any)
	if !ok {
		return jsonbody.KindOf(body)
	}
	names := sortedNames(object)
	if len(names) == 0 {
		return "an empty object"
	}
	return "an object with " + joinLimited(names)
}

// neverPresented are token types that no document can turn into a header: two
// need a proof with each request, N_A is no access token (RFC 8693 section 2.2.1).
var neverPresented = []string{"dpop", "mac", "n_a"}

// tokenType accepts what Jeton knows how to present (RFC 6749 section 7.1).
func (c *completed) tokenType(t *Token, body any, reply RawReply) *Error {
	value, present := c.beside(body, "token_type")
	text, isString := value.(string)
	switch {
	case !c.presents(): // only the next step gets it
		if t.TokenType = "Bearer"; text != "" && headerSafe(text) {
			t.TokenType = text
		}
		return nil
	case !present || value == nil || text == "" && isString:
		t.TokenType = "Bearer"
		if c.Response.besidesBody() {
			return nil
		}
		t.Warnings = append(t.Warnings, Finding{Parameter: "usage", Problem: "the reply has no token_type; Bearer is assumed", Fix: "nothing needs to be done", Certain: true, Warning: true})
		return nil
	case isString && strings.EqualFold(text, "bearer"):
		t.TokenType = "Bearer"
		return nil
	case isString && strings.EqualFold(text, "dpop") && c.Client.DPoP != nil:
		t.TokenType = "DPoP"
		return nil
	case isString && strings.EqualFold(text, "n_a") && c.Grant.Type == "token_exchange":
		t.TokenType = notApplicable
		t.Warnings = append(t.Warnings, Finding{Parameter: "usage", Problem: "the reply says that the token is no access token (token_type N_A); it is presented as a bearer token",
			Fix: "write usage.scheme or usage.raw if it is presented in another way", Certain: true, Warning: true})
		return nil
	case isString && (c.Usage.Scheme != "" || c.Usage.Raw || c.Usage.besidesHeader()) && headerSafe(text) && !slices.Contains(neverPresented, strings.ToLower(text)):
		t.TokenType = text // the document says how it is presented
		return nil
	}
	shown := jsonbody.KindOf(value)
	if isString {
		shown = strconv.Quote(text)
	}
	fix := "ask the provider for a bearer token, or write usage.scheme or usage.raw if you know how this one is presented"
	if strings.EqualFold(text, "dpop") {
		fix = "write client.dpop, or ask the provider for a bearer token"
	}
	failed := NewError(UnsupportedTokenType, StageResponse, "the token is of a type that is not understood: "+shown, Finding{
		Parameter: "usage", Problem: "token_type is " + shown, Fix: fix, Certain: true})
	return failed.withReply(reply)
}

// optionalTokens reads refresh_token and id_token; an empty one counts as none.
func (c *completed) optionalTokens(t *Token, body any, reply RawReply) *Error {
	for _, optional := range [...]struct {
		name  string
		field *Secret
	}{{"refresh_token", &t.RefreshToken}, {"id_token", &t.IDToken}} {
		name, field := optional.name, optional.field
		value, _ := c.beside(body, name)
		text, isString := value.(string)
		if value == nil || isString && text == "" {
			continue
		}
		if !isString || len(text) > maxToken || strings.ContainsFunc(text, unsendable) {
			if name == "refresh_token" && c.step == 0 && c.Grant.Type != "client_credentials" {
				failed := malformed(reply, "the refresh token of the reply cannot be used: it is "+jsonbody.KindOf(value)+" of a wrong form", nil)
				return failed
			}
			continue // nothing relies on it
		}
		*field = NewSecret(text)
	}
	return nil
}

// unsendable are control characters, and what stands for bytes that were no text:
// a token with one of those could not be presented as it was issued.
func unsendable(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }

// grantedScope notes the scope that the token really has (RFC 6749 section 5.1).
func (c *completed) grantedScope(t *Token, body any, reply RawReply) {
	t.Scope = reply.Scope
	value, present := c.beside(body, "scope")
	if !present || value == nil {
		return
	}
	granted, understood := scopeText(value)
	if !understood {
		t.Warnings = append(t.Warnings, Finding{Parameter: "scopes", Problem: "the scope of the reply is " + jsonbody.KindOf(value) + " and is not understood; the one asked for is assumed",
			Fix: "ask the provider what was granted", Certain: true, Warning: true})
		return
	}
	if granted == "" {
		return
	}
	if t.Scope = granted; reply.Scope != "" && sameScope(granted, reply.Scope) {
		return
	}
	t.Scope = scrub.New(c.request(reply.Sent, nil).secrets()).Head(granted, maxScope) // a foreign text that is shown
	if reply.Scope != "" {
		t.Warnings = append(t.Warnings, Finding{Parameter: "scopes", Problem: "the granted scope differs from the one asked for", Fix: "compare the two lists; the provider decides what a client may have",
			Evidence: scopeDifference(reply.Scope, t.Scope), Certain: true, Warning: true})
	}
}

// scopeText is the scope as one text, where it has a form that servers use.
func scopeText(value any) (text string, understood bool) {
	switch v := value.(type) {
	case string:
		return scrub.Escape(v), true
	case []any:
		words := make([]string, 0, len(v))
		for _, word := range v {
			if text, ok := word.(string); ok {
				words = append(words, text)
			}
		}
		return scrub.Escape(strings.Join(words, " ")), len(words) > 0 || len(v) == 0
	}
	return "", false
}

func sameScope(a, b string) bool { return a == b || slices.Equal(scopeWords(a), scopeWords(b)) }

// scopeWords are the words of a scope, sorted, each of them once.
func scopeWords(scope string) []string {
	words := strings.FieldsFunc(scope, func(r rune) bool { return r == ' ' || r == ',' })
	slices.Sort(words)
	return slices.Compact(words)
}

// scopeDifference shows both lists, and first what makes them differ.
func scopeDifference(asked, granted string) string {
	was, is := scopeWords(asked), scopeWords(granted)
	without := func(words, others []string) []string {
		return slices.DeleteFunc(slices.Clone(words), func(word string) bool {
			_, found := slices.BinarySearch(others, word)
			return found
		})
	}
	list := func(name string, words []string) string {
		if len(words) == 0 {
			return name + ": none"
		}
		return name + ": " + joinLimited(words)
	}
	return strings.Join([]string{list("missing", without(was, is)), list("added", without(is, was)), list("asked", was), list("granted", is)}, "; ")
}

// maxScope bounds the scope that a token shows, in characters.
const maxScope = 4096

// cutForeign shortens the foreign texts of a token. Only now: half a secret
// would not be found any more.
func (t *Token) cutForeign() {
	t.Scope = scrub.Cut(t.Scope, maxScope)
	for i := range t.Warnings {
		t.Warnings[i].Evidence = scrub.Cut(t.Warnings[i].Evidence, maxForeign)
	}
}

// scrubScope strikes the tokens that were known before out of the one foreign
// text that a token shows.
func (t *Token) scrubScope(previous *Token, presented Secret) {
	if previous == nil && presented.IsZero() {
		return
	}
	known := []string{presented.Reveal()}
	if previous != nil {
		known = append(known, previous.AccessToken.Reveal(), previous.RefreshToken.Reveal(), previous.IDToken.Reveal())
	}
	scrubber := scrub.New(known)
	if scrubber.Empty() {
		return
	}
	t.Scope = scrubber.Text(t.Scope)
	for i := range t.Warnings {
		t.Warnings[i].Evidence = scrubber.Text(t.Warnings[i].Evidence)
	}
}

// keep carries the refresh token over where the reply brought none: none
// returned means that the old one stays (RFC 6749 section 6).
func (t *Token) keep(previous *Token, presented Secret) {
	t.scrubScope(previous, presented)
	t.cutForeign()
	if !t.RefreshToken.IsZero() {
		return
	}
	if previous != nil && !previous.RefreshToken.IsZero() {
		t.RefreshToken = previous.RefreshToken
		return
	}
	t.RefreshToken = presented
}
