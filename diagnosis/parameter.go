package diagnosis

import (
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// wireNames are parameters of the token request and the paths that write them.
var wireNames = map[string]jeton.Parameter{
	"client_id": "client.id", "client_secret": "client.secret", "scope": "scopes", "username": "grant.username",
	"password": "grant.password", "refresh_token": "grant.refresh_token", "grant_type": "grant.type",
	"assertion": "grant.assertion", "client_assertion": "client.assertion", "client_assertion_type": "client.assertion.type",
	"audience": "request.params.audience", "resource": "request.params.resource", "redirect_uri": "grant.redirect_url",
	"subject_token": "grant.subject_token", "subject_token_type": "grant.subject_token_type",
	"actor_token": "grant.actor_token", "actor_token_type": "grant.actor_token_type", "requested_token_type": "grant.requested_token_type",
	"code_verifier": "grant.type",
}

// unmistakable are those that a description blames when it names them at all.
var unmistakable = map[string]bool{"subject_token": true, "subject_token_type": true, "actor_token": true, "actor_token_type": true, "requested_token_type": true}

var missingWords = newPattern([]string{"missing|required|is mandatory|must be provided|must contain|must include|is not present|not provided|not specified|must be specified|was not supplied|must be present|is empty|cannot be empty|not found in|must not be null|cannot be null|must be set|blank|absent|not included|not set|must have"}, []string{"must have value|must have the value|must have one of"})

// quotedName is a parameter in quotes, or after that word: what a description that
// calls something missing or invalid names. It has an underscore, as few words of
// a sentence do.
var quotedName = expression(`(?:["'\x60]|\b(?:parameter|param|property|field|argument)s?:? ?["'\x60]?)([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b`)

// missingQuoted is a parameter in quotes after the word missing.
var missingQuoted = expression(`(?i)\bmissing (?:the |a |required )*(?:parameter |field |property |value )?["'\x60]([a-z][a-z0-9_]{1,40})["'\x60]`)

// namedParameter finds a parameter of the request that the answer calls missing,
// or blames. One that was sent was not read: then it is the encoding, or where the
// client's credentials stand.
func (r *refusal) namedParameter() (jeton.Suspect, bool) {
	if r.features["resource"] {
		return jeton.Suspect{}, false // it has seen the token alone
	}
	if len(r.assertions) > 0 && namedClaim().MatchString(strings.ToLower(r.said)) {
		return jeton.Suspect{}, false // it speaks of the assertion
	}
	text := strings.ToLower(r.said)
	missing := missingWords.matches(r.words, r.set)
	names := r.parameterNames()
	best := ""
	for name := range names {
		_, own := r.c.Grant.AuthorizationParams[name]
		blames := missing || unmistakable[name] || own || slices.Contains(r.fields, name) || pointsAt(text, name)
		if blames && containsWord(text, name) && (len(name) > len(best) || len(name) == len(best) && name < best) {
			best = name
		}
	}
	_, description, _ := strings.Cut(r.words, "#|")
	invalid := containsAny(orElse(description, r.words), " invalid ", " not valid ")
	if best == "" {
		return r.unknownParameter(missing || invalid || strings.Contains(r.words, " value "))
	}
	p := names[best]
	switch {
	case !missing, invalid && !strings.Contains(text, "missing"):
		return about(p, "the server does not accept the parameter "+best, "compare it with what the provider has registered or documents"), true
	case invalid:
		return about(p, "the server misses the parameter "+best+", or does not accept it", "compare it with what the provider has registered or documents"), true
	case r.wasSent(best) && p != "grant.redirect_url":
		return r.unread(best, p), true
	case best == "client_secret" || strings.HasPrefix(best, "client_assertion"):
		return about("client.auth", "the server misses the parameter "+best, "write client.auth, and client.secret or client.assertion"), true
	}
	return about(p, "the server misses the parameter "+best, "write "+string(p)), true
}

// pointsAt: the text has the name in quotes, or calls it a parameter.
func pointsAt(text, name string) bool {
	for _, form := range []string{"'" + name + "'", `"` + name + `"`, "\x60" + name + "\x60", name + " parameter", "parameter " + name, "parameter: " + name, "parameter '" + name, "value for " + name, "value of " + name} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

// unknownParameter is one in quotes that Jeton has no field for: request.params
// writes it.
func (r *refusal) unknownParameter(blamed bool) (jeton.Suspect, bool) {
	if found := missingQuoted().FindStringSubmatch(r.said); found != nil && !claimNames[found[1]] && wireNames[found[1]] == "" && len(r.assertions) == 0 {
		return about(jeton.Parameter("request.params."+found[1]), "the server misses the parameter "+found[1], "write request.params: {"+found[1]+": ...} as the provider documents"), true
	}
	found := quotedName().FindStringSubmatch(r.err.Description)
	if !blamed || found == nil || claimNames[strings.ToLower(found[1])] || !strings.Contains(found[1], "_") || wireNames[found[1]] != "" || slices.Contains(registeredCodes, found[1]) || len(r.assertions) > 0 && strings.Contains(r.words, " claim") {
		return jeton.Suspect{}, false
	}
	return about(jeton.Parameter("request.params."+found[1]), "the server misses the parameter "+found[1]+", or does not accept its value", "write request.params: {"+found[1]+": ...} as the provider documents"), true
}

// parameterNames are the names that a text can mean, for what was sent.
func (r *refusal) parameterNames() map[string]jeton.Parameter {
	names := make(map[string]jeton.Parameter, len(wireNames)+len(r.c.Grant.AuthorizationParams))
	for name, p := range wireNames {
		names[name] = p
	}
	for name, feature := range ofFeature {
		if !r.features[feature] {
			delete(names, name)
		}
	}
	if r.features["login"] || r.features["push"] {
		for name := range r.c.Grant.AuthorizationParams {
			names[name] = "grant.authorization_params." + jeton.Parameter(name)
		}
	}
	for name := range r.c.Request.Params {
		if _, known := names[name]; !known && strings.ContainsAny(name, "_") {
			names[name] = "request.params." + jeton.Parameter(name)
		}
	}
	if !r.features["assertion"] {
		delete(names, "assertion")
		return names
	}
	if !containsAny(r.words, " missing client assertion ", " client assertion is missing ", " client assertion is required ", " client assertion required ", " client assertion missing ", " parameter client assertion ", " client assertion parameter ", " missing assertion ", " assertion is missing ", " assertion parameter ", " assertion required ", " assertion is required ") {
		delete(names, "client_assertion")
		delete(names, "assertion")
	}
	if containsAny(r.words, " jwt ", " claim ", " claims ", " header ", " assertion ") || !strings.Contains(r.words, " parameter") { // then these are claims
		delete(names, "audience")
		delete(names, "scope")
		delete(names, "resource")
	}
	return names
}

// ofFeature are parameters that only one kind of request has.
var ofFeature = map[string]string{"refresh_token": "refresh_token", "username": "password", "password": "password", "subject_token": "token_exchange", "subject_token_type": "token_exchange",
	"actor_token": "token_exchange", "actor_token_type": "token_exchange", "requested_token_type": "token_exchange", "code_verifier": "authorization_code"}

// wasSent: the recorded request holds the parameter, or sends it in the header.
func (r *refusal) wasSent(name string) bool {
	if (name == "client_id" || name == "client_secret") && r.features["basic"] {
		return true
	}
	if r.f.Exchange == nil {
		return false
	}
	for _, v := range r.f.Exchange.Request.Params {
		if v.Name == name && v.Value != "" {
			return true
		}
	}
	return false
}

// unread blames what keeps the server from reading a parameter that was sent.
func (r *refusal) unread(name string, p jeton.Parameter) jeton.Suspect {
	if (name == "client_id" || name == "client_secret") && r.features["basic"] {
		return about("client.auth", "the server looks for "+name+" in the body, and it was sent in the header", "write client.auth: client_secret_post")
	}
	if name == "client_secret" {
		return about("client.auth", "the server does not find the client secret, which was sent in the body", "write client.auth: client_secret_basic")
	}
	if name == "audience" || name == "resource" || name == "scope" {
		return about(p, "the server does not take the parameter "+name+" as it was sent", "compare it with what the provider documents")
	}
	return about("request.encoding", "the server does not find the parameter "+name+", although it was sent", "write request.encoding: json, form or query, as the provider documents")
}

// containsWord reports whether word stands in text on its own.
func containsWord(text, word string) bool {
	isLetter := func(b byte) bool { return b == '_' || b >= 'a' && b <= 'z' }
	for rest, offset := text, 0; ; {
		i := strings.Index(rest, word)
		if i < 0 {
			return false
		}
		begin, end := offset+i, offset+i+len(word)
		if (begin == 0 || !isLetter(text[begin-1])) && (end == len(text) || !isLetter(text[end])) {
			return true
		}
		rest, offset = text[end:], end
	}
}

// namedClaim is a claim or header member that a description names as one: in
// quotes or brackets, or followed by the word claim or header.
var namedClaim = expression(`["'(\x60\[](aud|iss|sub|jti|kid|alg|typ|x5t|x5t#s256)["')\x60\]]|\b(aud|iss|sub|jti|kid|alg|typ|x5t|x5t#s256) (?:claim|header|parameter)|\b(audience|issuer|subject|algorithm) claim`)

// byClaim are the suspects for a claim that the server names. Of times, the rules
// on words say more.
var byClaim = map[string][]jeton.Suspect{
	"aud": {audienceSuspect}, "iss": {issuerSuspect}, "sub": {subjectSuspect}, "jti": {jtiSuspect},
	"kid": {kidSuspect}, "alg": {algSuspect}, "typ": {typSuspect}, "x5t": {thumbSuspect},
}

var claimNames = map[string]bool{"aud": true, "iss": true, "sub": true, "jti": true, "kid": true, "alg": true, "typ": true, "x5t": true, "exp": true, "iat": true, "nbf": true}

// otherClaimNames have the suspect of another name.
var otherClaimNames = map[string]string{"audience": "aud", "issuer": "iss", "subject": "sub", "algorithm": "alg", "x5t#s256": "x5t"}

// namedClaim blames the claim that the description names first.
func (r *refusal) namedClaim() []jeton.Suspect {
	if len(r.assertions) == 0 {
		return nil
	}
	match := namedClaim().FindStringSubmatch(strings.ToLower(r.said))
	if match == nil {
		return nil
	}
	name := match[1] + match[2] + match[3]
	if other, ok := otherClaimNames[name]; ok {
		name = other
	}
	return r.sent(byClaim[name])
}
