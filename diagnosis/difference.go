package diagnosis

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
)

// differences are what is unusual in a refused request: against the exchange that
// went well the last time, against what is known of the vendor, against the
// metadata of the server, and against the RFC. Each is a suspect only.
func (r *refusal) differences() []jeton.Finding {
	if r.err.Status >= 500 || r.err.Status == 429 || r.features["resource"] && !r.features["self_issued"] {
		return nil
	}
	list := slices.Concat(r.changed, r.unaccepted, promotable(r.f.Local), r.againstRFC(), r.binding(), r.overrides())
	return only(list, func(f jeton.Finding) bool { return r.concerns(f.Parameter) })
}

// concerns reports whether a parameter can be the reason of this refusal, as far
// as its code tells.
func (r *refusal) concerns(p jeton.Parameter) bool {
	under := func(sections ...string) bool {
		return slices.ContainsFunc(sections, func(s string) bool { return strings.HasPrefix(string(p), s) })
	}
	switch r.err.Category() {
	case jeton.InvalidClient:
		return under("client.", "tls.client", "token_url", "issuer", "request.") || under("grant.assertion") && len(r.assertions) == 1
	case jeton.InvalidScope:
		return under("scope", "request.")
	case jeton.InvalidGrant:
		return under("grant.", "token_url", "client.dpop", "client.id", "request.") || under("tls.client") && r.grant == "client_credentials"
	case jeton.UnauthorizedClient, jeton.UnsupportedGrantType:
		return under("grant.type", "grant.parameter", "client.auth", "token_url", "request.")
	case jeton.InvalidTarget:
		return under("scope", "request.params")
	}
	return true
}

// unpromoted are warnings that never explain a refusal by the token endpoint.
var unpromoted = []string{"resource", "refresh", "usage", "access", "rejected", "response", "consent", "tls.insecure", "tls.ca", "name", "version"}

// promotable are the warnings of the document that may explain a refusal: against
// the metadata of the issuer, or against what servers usually accept.
func promotable(local []jeton.Finding) (list []jeton.Finding) {
	for _, f := range local {
		endpoint := strings.HasSuffix(string(f.Parameter), "_url") || f.Parameter == "issuer"
		switch {
		case !f.Warning, f.Remark, endpoint && f.Evidence == "":
			continue
		case slices.ContainsFunc(unpromoted, func(p string) bool { return strings.HasPrefix(string(f.Parameter), p) }):
			continue
		}
		f.Warning, f.Certain = false, false
		list = append(list, f)
	}
	return list
}

// registeredAssertionType is the client_assertion_type of RFC 7523 section 2.2.
const registeredAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// againstRFC compares the assertions that were sent with what RFC 7523 section 3
// and most servers want.
func (r *refusal) againstRFC() (list []jeton.Finding) {
	if a := r.c.Client.Assertion; a != nil && a.Type != "" && a.Type != registeredAssertionType && slices.Contains(r.assertions, "client.assertion") {
		list = append(list, jeton.Finding{Parameter: "client.assertion.type", Proposed: registeredAssertionType, Evidence: limit("sent: client_assertion_type " + a.Type),
			Problem: "the type of the client assertion is not the one that is registered for a JWT", Fix: "remove client.assertion.type (RFC 7523 section 2.2)"})
	}
	for _, p := range r.assertions {
		claims := r.sentClaims(p)
		if claims == nil {
			continue
		}
		list = append(list, r.unusualNames(p, claims)...)
		if f, ok := r.unusualAudience(p, claims); ok {
			list = append(list, f)
		}
		if _, ok := claims["jti"]; !ok && p == "client.assertion" {
			list = append(list, jeton.Finding{Parameter: p + ".jti", Problem: "the assertion has no jti, which many servers want", Fix: "write jti: uuid", Proposed: "uuid", Evidence: "sent: no jti claim"})
		}
	}
	return list
}

func (r *refusal) sentClaims(p jeton.Parameter) map[string]any {
	sent := r.sentAssertion(p)
	if sent == nil {
		return nil
	}
	var claims map[string]any
	if json.Unmarshal(sent.Claims, &claims) != nil {
		return nil
	}
	return claims
}

// unusualNames looks at iss and sub: of a client they are the client id, and of a
// grant the issuer is the client and the subject the user.
func (r *refusal) unusualNames(p jeton.Parameter, claims map[string]any) (list []jeton.Finding) {
	issuer, _ := claims["iss"].(string)
	subject, _ := claims["sub"].(string)
	id := r.c.Client.ID
	evidence := limit(fmt.Sprintf("sent: iss %q, sub %q; client.id %q", issuer, subject, id))
	if p == "client.assertion" {
		for _, claim := range []struct{ name, value string }{{"issuer", issuer}, {"subject", subject}} {
			if id != "" && claim.value != id {
				list = append(list, jeton.Finding{Parameter: p + "." + jeton.Parameter(claim.name), Proposed: id, Evidence: evidence,
					Problem: "the " + claim.name + " of a client's assertion is not the client id", Fix: "leave " + claim.name + " out, or write the client id (RFC 7523 section 3)"})
			}
		}
		return list
	}
	swapped := issuer != "" && subject != "" && (id != "" && subject == id && issuer != id || strings.Contains(issuer, "@") && !strings.Contains(subject, "@") && !strings.HasSuffix(issuer, ".iam.gserviceaccount.com"))
	if swapped {
		list = append(list,
			jeton.Finding{Parameter: p + ".issuer", Proposed: subject, Evidence: evidence, Problem: "issuer and subject of the assertion may be exchanged", Fix: "write the client as issuer and the user as subject"},
			jeton.Finding{Parameter: p + ".subject", Proposed: issuer, Evidence: evidence, Problem: "issuer and subject of the assertion may be exchanged", Fix: "write the user as subject and the client as issuer"})
	}
	return list
}

// unusualAudience finds an audience that is none of the forms which the document
// can compute: a near miss of the token endpoint or the issuer most of all.
func (r *refusal) unusualAudience(p jeton.Parameter, claims map[string]any) (jeton.Finding, bool) {
	f := jeton.Finding{Parameter: p + ".audience", Fix: "write token_url, issuer or host, or the text that the provider documents"}
	sent, isText := claims["aud"].(string)
	if list, ok := claims["aud"].([]any); ok {
		f.Problem, f.Evidence = "the audience is a list, which some servers refuse", limit(fmt.Sprintf("sent: aud %v", list))
		return f, true
	}
	if !isText {
		f.Problem, f.Proposed, f.Evidence = "the assertion has no audience", "token_url", "sent: no aud claim"
		return f, true
	}
	f.Evidence = fmt.Sprintf("sent: aud %q; token endpoint %q", sent, withoutQuery(r.tokenURL()))
	if r.c.Issuer != "" {
		f.Evidence += fmt.Sprintf("; issuer %q", r.c.Issuer)
	}
	f.Evidence = limit(f.Evidence)
	issuers := []string{r.c.Issuer}
	if r.f.Metadata != nil {
		issuers = append(issuers, r.f.Metadata.Issuer)
	}
	for _, form := range append([]string{r.tokenURL()}, issuers...) {
		if form == "" {
			continue
		}
		if sent == form || sent == hostOf(form) {
			return f, false
		}
	}
	for _, form := range append([]string{r.tokenURL()}, issuers...) {
		if form != "" && strings.EqualFold(strings.TrimRight(plainURL(sent), "/"), strings.TrimRight(plainURL(form), "/")) {
			f.Problem, f.Proposed = "the audience is nearly, but not exactly, "+form, r.audienceWord(form)
			return f, true
		}
	}
	f.Problem, f.Proposed = "the audience is neither the token endpoint nor the issuer", "token_url"
	return f, true
}

// tokenURL is where the request was sent.
func (r *refusal) tokenURL() string {
	if r.f.Exchange != nil && r.f.Exchange.Request.URL != "" {
		return withoutQuery(r.f.Exchange.Request.URL)
	}
	return r.c.TokenURL
}

func withoutQuery(raw string) string {
	bare, _, _ := strings.Cut(raw, "?")
	return bare
}

// plainURL is a URL without its scheme, port 443 left out: what two spellings of it share.
func plainURL(raw string) string {
	_, rest, found := strings.Cut(raw, "://")
	if !found {
		rest = raw
	}
	return strings.Replace(rest, ":443/", "/", 1)
}

func hostOf(raw string) string {
	if u, err := url.Parse(raw); err == nil {
		return u.Host
	}
	return ""
}

// againstPreset compares the request with what is known of the vendor.
func (r *refusal) againstPreset() (list []jeton.Finding) {
	preset := r.f.Preset
	if preset == nil {
		return nil
	}
	known := func(p jeton.Parameter, what, sent, proposed string, accepted []string) {
		if sent == "" || len(accepted) == 0 || slices.Contains(accepted, sent) {
			return
		}
		list = append(list, jeton.Finding{Parameter: p, Problem: preset.Name + " does not accept this " + what, Fix: "write one of " + strings.Join(accepted, ", "), Proposed: proposed,
			Evidence: limit("sent: " + sent + "; " + preset.Name + " accepts: " + strings.Join(accepted, ", "))})
	}
	first := func(accepted []string) string {
		if len(accepted) == 0 {
			return ""
		}
		return accepted[0]
	}
	known("client.auth", "client authentication method", r.c.ClientAuthMethod(), first(preset.ClientAuth), preset.ClientAuth)
	if len(r.c.Scopes) > 0 {
		known("scope_in", "place of the scope", orElse(r.c.ScopeIn, "body"), preset.ScopeIn, nonEmpty(preset.ScopeIn))
		if len(r.c.Scopes) > 1 {
			known("scope_separator", "separator of scopes", orElse(r.c.ScopeSeparator, " "), preset.ScopeSeparator, nonEmpty(preset.ScopeSeparator))
		}
	}
	audiences := withVars(preset.Audience, r.c.Vars)
	for _, p := range r.assertions {
		known(p+".algorithm", "algorithm", r.sentText(p, "alg", true), first(preset.Algorithms), preset.Algorithms)
		if sent := r.sentText(p, "aud", false); !slices.Contains(audiences, sent) {
			known(p+".audience", "audience", r.audienceWord(sent), first(audiences), audiences)
		}
		if a := assertionOf(r.c, p); preset.MaxLifetime > 0 && a != nil && time.Duration(a.Lifetime) > preset.MaxLifetime {
			list = append(list, jeton.Finding{Parameter: p + ".lifetime", Problem: fmt.Sprintf("%s accepts assertions of at most %s", preset.Name, shortDuration(preset.MaxLifetime)),
				Fix: "write a shorter lifetime", Proposed: shortDuration(preset.MaxLifetime - min(preset.MaxLifetime/10, 30*time.Second)), Evidence: "sent: exp - iat = " + shortDuration(time.Duration(a.Lifetime))})
		}
	}
	return list
}

// withVars fills {name} in the texts that a preset accepts, as the document does in
// what it sends.
func withVars(texts []string, vars map[string]string) []string {
	filled := slices.Clone(texts)
	for name, value := range vars {
		for i := range filled {
			filled[i] = strings.NewReplacer("{"+name+"}", value, "{"+name+"^}", strings.ToUpper(value)).Replace(filled[i])
		}
	}
	return filled
}

func orElse(value, other string) string {
	if value == "" {
		return other
	}
	return value
}

func nonEmpty(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// sinceLastGood compares the request with the newest one that brought a token:
// what has changed since is the first to suspect.
func (r *refusal) sinceLastGood() (list []jeton.Finding) {
	if r.f.LastGood == nil || r.f.Exchange == nil {
		return nil
	}
	then, now := r.f.LastGood.Request, r.f.Exchange.Request
	changed := func(p jeton.Parameter, was, is string) {
		if was != is {
			list = append(list, jeton.Finding{Parameter: p, Problem: "this has changed since the last exchange that went well", Fix: "write what it was, unless the change was meant",
				Proposed: was, Evidence: limit(fmt.Sprintf("then: %s; now: %s", orElse(was, "none"), orElse(is, "none")))})
		}
	}
	changed("token_url", withoutQuery(then.URL), withoutQuery(now.URL))
	changed("request.method", then.Method, now.Method)
	changed("request.encoding", then.Encoding, now.Encoding)
	for _, p := range r.assertions {
		before, after := assertionIn(then, p), assertionIn(now, p)
		if before == nil || after == nil {
			continue
		}
		for _, member := range []struct {
			name, field string
			header      bool
		}{{"alg", "algorithm", true}, {"kid", "headers.kid", true}, {"typ", "headers.typ", true}, {"iss", "issuer", false}, {"sub", "subject", false}, {"aud", "audience", false}} {
			changed(p+"."+jeton.Parameter(member.field), memberOf(before, member.name, member.header), memberOf(after, member.name, member.header))
		}
	}
	was, is := paramsOf(then), paramsOf(now)
	for _, name := range []string{"grant_type", "client_id", "scope", "audience", "resource", "username"} {
		changed(paramPath(name), was[name], is[name])
	}
	return list
}

// paramPath is the path that writes a parameter on the wire.
func paramPath(name string) jeton.Parameter {
	if p, ok := wireNames[name]; ok {
		return p
	}
	return jeton.Parameter("request.params." + name)
}

func paramsOf(request jeton.RedactedRequest) map[string]string {
	values := make(map[string]string, len(request.Params))
	for _, v := range request.Params {
		values[v.Name] = v.Value
	}
	return values
}

func assertionIn(request jeton.RedactedRequest, p jeton.Parameter) *jeton.DecodedAssertion {
	for i := range request.Assertions {
		if request.Assertions[i].Parameter == p {
			return &request.Assertions[i]
		}
	}
	return nil
}

// memberOf is a member of a decoded assertion as text; empty if it is not there.
func memberOf(a *jeton.DecodedAssertion, name string, inHeader bool) string {
	raw := rawMember(a, name, inHeader)
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// rawMember is a member of the header or of the claims as it was signed; nil if it
// is not there.
func rawMember(a *jeton.DecodedAssertion, name string, inHeader bool) json.RawMessage {
	raw := a.Claims
	if inHeader {
		raw = a.Header
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(raw, &members) // what is no object has no member
	return members[name]
}
