package diagnosis

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// timeWords in a description speak of exp, iat or nbf.
var timeWords = []string{"expired", "not active", "not yet valid", "not before", "time range", "clock", "iat", "issued at", "in the future", "nbf"}

// suspect is one row of a rule: which parameter to blame, and what to say of it.
type suspect struct {
	parameter jeton.Parameter
	problem   string
	fix       string
}

// rule says whom to blame for a refusal. All conditions that are given hold.
type rule struct {
	// words: one of them stands in the description or code, lower case.
	words []string
	// codes: the error code is one of them.
	codes []string
	// statuses: the HTTP status is one of them.
	statuses []int
	// asserted: the request carried an assertion.
	asserted bool
	// bound: the request carried a DPoP proof.
	bound bool
	// grants: the grant type that was presented is one of them.
	grants []string
	// atLogin: what was refused is the authorization request, not the token request.
	atLogin bool
	// blame in order. {a} stands for the assertion that was sent.
	blame []suspect
	// more are those that depend on the connection; they follow.
	more func(*jeton.Connection, *jeton.Error) []suspect
}

// byText are the rules on words: they outrank those on codes.
var byText = []rule{
	{words: []string{"pushed"}, atLogin: true, blame: []suspect{
		{"issuer", "the server wants the authorization request pushed first (RFC 9126)", "write issuer, if its metadata say that they demand it; else ask the provider to take logins of this client that were not pushed"},
	}},
	{words: []string{"code_verifier", "code verifier", "code challenge", "code_challenge", "pkce"}, grants: []string{"authorization_code"}, blame: []suspect{
		{"grant.type", "the code verifier is not the one of this login (RFC 7636)", "begin the login again; a program redeems with the Authorization that it began with"},
	}},
	{words: []string{"not allowed for this client", "not authorized to use", "not authorized for this grant"}, blame: []suspect{
		{"grant.type", "this client may not use this grant", "allow the grant for the client at the provider, or write another grant.type"},
	}},
	{words: []string{"audience", "aud)", "\"aud\"", "aud claim", "(aud"}, asserted: true, blame: []suspect{
		{"{a}.audience", "the server does not accept the audience of the assertion", "write the form that the server expects: token_url, issuer or host"},
		{"token_url", "the audience follows token_url", "check that token_url is spelt as the provider writes it"},
	}},
	{words: []string{"replay", "already used", "used before", "jti", "been used"}, asserted: true, blame: []suspect{
		{"{a}.jti", "the server says that the assertion was used before", "write jti: uuid, and let every request have an assertion of its own"},
	}},
	{words: timeWords, asserted: true, blame: []suspect{
		{"clock", "the server does not accept the times of the assertion", "synchronise the clock, or write auto_skew: true"},
		{"{a}.lifetime", "the lifetime may be longer than the server allows", "write a shorter lifetime, for example 1m"},
	}},
	{words: []string{"signature", "signing"}, asserted: true, blame: []suspect{
		{"{a}.key", "the signature does not verify with the key that the provider knows", "upload the public key or certificate of this key at the provider, or use the key that is registered"},
		{"{a}.algorithm", "the provider may expect another algorithm", "write the algorithm that is registered"},
		{"{a}.headers.kid", "the provider may look up another key", "write the key id under which the key is registered"},
	}},
	{words: []string{"kid", "x5t", "thumbprint", "certificate"}, asserted: true, blame: []suspect{
		{"{a}.headers.kid", "the provider does not find the key", "write the key id that the provider shows"},
		{"{a}.certificate_headers", "the provider may look the key up by its certificate", "write certificate_headers: [x5t, \"x5t#S256\"]"},
	}},
	{words: []string{"algorithm", " alg"}, asserted: true, blame: []suspect{
		{"{a}.algorithm", "the server does not accept the algorithm", "write the algorithm that is registered"},
	}},
	{words: []string{"issuer", "iss)", "\"iss\""}, asserted: true, blame: []suspect{
		{"{a}.issuer", "the server does not know the issuer of the assertion", "write the issuer that the provider gave, often the client id"},
	}},
	{words: []string{"subject", "\"sub\"", "(sub", "user not found"}, asserted: true, blame: []suspect{
		{"{a}.subject", "the server does not accept the subject of the assertion", "write the user or client that the provider expects"},
		{"consent", "the subject may not have given consent", "let the user or administrator consent at the provider"},
	}},
	{words: []string{"username", "password"}, grants: []string{"password"}, blame: []suspect{
		{"grant.password", "the server refuses the user name or password", "check both, and whether the account is locked"},
		{"grant.username", "the user name may be wrong", "write it as the provider shows it"},
	}},
	{words: []string{"scope"}, blame: []suspect{
		{"scopes", "the server does not accept the scope", "compare the scopes with those that the provider lists"},
		{"scope_separator", "the provider may want another separator", "write scope_separator: \",\" if it says so"},
	}},
}

// byCode are the rules on the error code and the status.
var byCode = []rule{
	{codes: []string{"invalid_client"}, more: clientSuspects},
	{codes: []string{"invalid_grant"}, grants: []string{"jwt_bearer"}, blame: []suspect{
		{"{a}.subject", "the server refuses the assertion: often the subject is unknown or has not consented", "check subject, and consent at the provider"},
		{"{a}.issuer", "the issuer may be unknown to the server", "write the issuer that the provider gave"},
		{"{a}.audience", "the audience may be in another form", "write token_url, issuer or host"},
	}},
	{codes: []string{"invalid_grant"}, grants: []string{"refresh_token"}, blame: []suspect{
		{"grant.refresh_token", "the refresh token is expired, revoked or was used before", "log in again at the provider for a new one"},
	}, more: bindingSuspects},
	{codes: []string{"invalid_grant"}, grants: []string{"authorization_code"}, blame: []suspect{
		{"grant.redirect_url", "the server refuses the code: it has expired, was used before, or belongs to another redirect URL or login", "begin the login again, with the redirect URL that is registered"},
		{"client.id", "the code may have been issued to another client", "redeem it with the client that began the login"},
	}, more: bindingSuspects},
	{codes: []string{"invalid_grant"}, grants: []string{"device_code"}, blame: []suspect{
		{"grant.type", "the server refuses the device code: it has expired, was used before, or belongs to another login", "begin the login again"},
		{"client.id", "the device code may have been issued to another client", "poll with the client that began the login"},
	}, more: bindingSuspects},
	// What RFC 8693 section 2.2.2 wants for a bad token is invalid_request.
	{codes: []string{"invalid_grant", "invalid_request"}, grants: []string{"token_exchange"}, blame: []suspect{
		{"grant.subject_token", "the server refuses the token that is given: it has ended, or is not one that it trusts", "give a token that still works, from an issuer that the server trusts"},
		{"grant.subject_token_type", "the token may be of another type than is written", "write the type that the provider documents"},
		{"grant.requested_token_type", "the server may not issue this type", "remove requested_token_type, or write one that the provider documents"},
	}},
	{codes: []string{"invalid_grant", "invalid_request"}, grants: []string{"password"}, blame: []suspect{
		{"grant.password", "the server refuses the user name or password", "check both, and whether the account is locked"},
		{"grant.username", "the user name may be wrong", "write it as the provider shows it"},
	}},
	{codes: []string{"invalid_grant"}, blame: []suspect{{"grant.type", "the server refuses the grant", "check what the provider has allowed for this client"}}, more: bindingSuspects},
	{codes: []string{"unauthorized_client"}, blame: []suspect{
		{"grant.type", "this client may not use this grant", "allow the grant for the client at the provider, or write another grant.type"},
		{"consent", "consent may be missing", "let an administrator consent at the provider"},
		{"client.id", "the client id may belong to another environment", "compare it with the provider's"},
	}},
	{codes: []string{"authorization_pending", "slow_down"}, blame: []suspect{
		{"consent", "nobody has finished the login yet", "open the page that the login names, enter the code, and allow the access"},
	}},
	{codes: []string{"expired_token"}, blame: []suspect{
		{"consent", "the code expired before somebody had entered it", "begin the login again"},
	}},
	{codes: []string{"access_denied"}, grants: []string{"authorization_code", "device_code"}, blame: []suspect{
		{"consent", "the person who logged in, or a rule of the provider, did not allow the access", "log in again and allow it, or ask an administrator of the provider for consent"},
	}},
	{codes: []string{"access_denied", "consent_required", "interaction_required", "login_required"}, blame: []suspect{
		{"consent", "a person has to consent at the provider first", "open the provider's consent page as the user or administrator"},
	}},
	{codes: []string{"invalid_scope"}, blame: []suspect{
		{"scopes", "the server does not accept the scope", "compare the scopes with those that the provider lists"},
		{"scope_in", "the provider may want the scope in another place", "write scope_in: claim if it says so"},
	}},
	{codes: []string{"invalid_target", "invalid_resource"}, blame: []suspect{
		{"request.params.resource", "the server does not know the resource", "write the resource identifier that the provider lists"},
		{"request.params.audience", "the server does not know the audience parameter", "write the API identifier that the provider lists"},
	}},
	{codes: []string{"unsupported_grant_type"}, blame: []suspect{
		{"grant.parameter", "the server does not know this grant_type", "write the word that the provider documents"},
		{"request.encoding", "the server may not have read the body", "write request.encoding: json, or form"},
		{"token_url", "this may be the token endpoint of another product", "compare it with the provider's"},
	}},
	{codes: []string{"use_dpop_nonce"}, bound: true, blame: []suspect{
		{"vendor", "the server demands a nonce in the proof, and its reply gives none that it accepts (RFC 9449 section 8)", "ask the provider: the reply that demands a nonce names it in the header DPoP-Nonce"},
	}},
	{codes: []string{"use_dpop_nonce", "invalid_dpop_proof"}, blame: []suspect{
		{"client.dpop", "the server misses a proof of possession, or does not accept it (RFC 9449)", "write client.dpop; if it is there, compare its algorithm with those that the provider lists"},
	}},
	{codes: []string{"invalid_request"}, atLogin: true, blame: []suspect{
		{"grant.authorization_params", "the server does not accept a parameter of the authorization request", "compare them with the provider's documentation"},
		{"grant.redirect_url", "the redirect URL may not be registered", "write the one that is registered at the provider"},
	}},
	{codes: []string{"invalid_request"}, blame: []suspect{
		{"request.params", "the server misses a parameter or does not accept one", "compare the request (jeton explain) with the provider's documentation"},
		{"request.encoding", "the server may not have read the body", "write request.encoding: json, or form"},
	}},
	{statuses: []int{http.StatusUnauthorized}, more: clientSuspects},
	{statuses: []int{http.StatusForbidden}, blame: []suspect{
		{"egress", "a gateway may admit only known addresses", "ask the provider whether the address of this machine is admitted"},
		{"tls.client", "the gateway may want a client certificate", "write tls.client if the provider gave a certificate"},
	}},
	{statuses: []int{http.StatusTooManyRequests}, blame: []suspect{{"vendor", "too many token requests", "keep the token until it expires instead of asking anew"}}},
	{statuses: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed}, blame: []suspect{
		{"token_url", "the endpoint does not answer as a token endpoint", "compare token_url with the provider's documentation"},
		{"request.encoding", "the server may want the parameters in another form", "write request.encoding: json, or form"},
	}},
}

// namedClaim is a claim or header member that a description names as one: in
// quotes or brackets, or followed by the word claim or header.
var namedClaim = regexp.MustCompile(`["'(\x60\[](aud|iss|sub|exp|iat|nbf|jti|kid|alg|typ|x5t|x5t#s256)["')\x60\]]|\b(aud|iss|sub|exp|iat|nbf|jti|kid|alg|typ|x5t|x5t#s256) (?:claim|header|parameter)|\b(audience|issuer|subject|algorithm) claim`)

// byClaim are the suspects for a claim that the server names.
var byClaim = map[string]suspect{
	"aud": {"{a}.audience", "the server does not accept the audience of the assertion", "write the form that the server expects: token_url, issuer or host"},
	"iss": {"{a}.issuer", "the server does not accept the issuer of the assertion", "write the issuer that the provider gave, often the client id"},
	"sub": {"{a}.subject", "the server does not accept the subject of the assertion", "write the user or client that the provider expects"},
	"exp": {"clock", "the server does not accept the times of the assertion", "synchronise the clock, or write auto_skew: true"},
	"jti": {"{a}.jti", "the server does not accept the jti of the assertion: it is missing, or was used before", "write jti: uuid, and let every request have an assertion of its own"},
	"kid": {"{a}.headers.kid", "the provider does not find the key", "write the key id that the provider shows"},
	"alg": {"{a}.algorithm", "the server does not accept the algorithm", "write the algorithm that is registered"},
	"typ": {"{a}.headers.typ", "the server does not accept the type of the assertion", "write the typ that the provider documents"},
	"x5t": {"{a}.certificate_headers", "the provider does not find the certificate", "write the thumbprint header that the provider documents"},
}

// otherClaimNames have the suspect of another name.
var otherClaimNames = map[string]string{"iat": "exp", "nbf": "exp", "audience": "aud", "issuer": "iss", "subject": "sub", "algorithm": "alg", "x5t#s256": "x5t"}

// claimSuspect blames the claim that the description names first.
func claimSuspect(err *jeton.Error) []suspect {
	match := namedClaim.FindStringSubmatch(strings.ToLower(err.Description))
	if match == nil {
		return nil
	}
	name := match[1] + match[2] + match[3]
	if other, ok := otherClaimNames[name]; ok {
		name = other
	}
	return []suspect{byClaim[name]}
}

// refusal applies the tables to an answer.
func refusal(c *jeton.Connection, err *jeton.Error) []jeton.Finding {
	assertions := sentAssertions(c)
	var found []jeton.Finding
	if f, ok := namedParameter(c, err); ok {
		found = append(found, f)
	}
	if len(assertions) > 0 {
		found = append(found, findings(claimSuspect(err), c, err, assertions)...)
	}
	for _, rules := range [][]rule{byText, byCode} {
		for _, r := range rules {
			if r.fits(c, err, assertions) {
				found = append(found, findings(r.blame, c, err, assertions)...)
				if r.more != nil {
					found = append(found, findings(r.more(c, err), c, err, assertions)...)
				}
				break
			}
		}
	}
	return found
}

func (r rule) fits(c *jeton.Connection, err *jeton.Error, assertions []jeton.Parameter) bool {
	text := strings.ToLower(err.Code + " " + err.Description)
	switch {
	case r.words != nil && !containsAny(text, r.words...):
		return false
	case r.codes != nil && !slices.Contains(r.codes, strings.ToLower(err.Code)):
		return false
	case r.statuses != nil && !slices.Contains(r.statuses, err.Status):
		return false
	case r.asserted && len(assertions) == 0:
		return false
	case r.bound && c.Client.DPoP == nil:
		return false
	case r.grants != nil && !slices.Contains(r.grants, presented(c, err)):
		return false
	case r.atLogin && !atLogin(err) && !atPush(err):
		return false
	}
	return true
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

// atLogin: a refusal without a status has come back with the browser.
func atLogin(err *jeton.Error) bool { return err.Stage == jeton.StageOAuth && err.Status == 0 }

// findings turns suspects into findings with the server's words as evidence.
func findings(blame []suspect, c *jeton.Connection, err *jeton.Error, assertions []jeton.Parameter) []jeton.Finding {
	evidence := "status " + strconv.Itoa(err.Status)
	if atLogin(err) {
		evidence = "answer of the authorization endpoint"
	}
	if err.Code != "" {
		evidence += ": " + err.Code
	}
	if err.Description != "" {
		evidence += ": " + err.Description
	}
	list := make([]jeton.Finding, 0, len(blame))
	for _, s := range retarget(blame, err) {
		f := jeton.Finding{Parameter: s.parameter, Problem: s.problem, Fix: s.fix, Evidence: limit(evidence)}
		if rest, ok := strings.CutPrefix(string(s.parameter), "{a}"); ok {
			f.Parameter = blamedAssertion(err, assertions) + jeton.Parameter(rest)
		}
		f.Proposed = proposal(c, f.Parameter)
		list = append(list, f)
	}
	return list
}

// limit holds evidence to 500 characters.
func limit(s string) string {
	if runes := []rune(s); len(runes) > 500 {
		return string(runes[:497]) + "..."
	}
	return s
}

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

// blamedAssertion is the grant's for invalid_grant, else the client's if there is one.
func blamedAssertion(err *jeton.Error, assertions []jeton.Parameter) jeton.Parameter {
	if err.Category() == jeton.InvalidGrant {
		return assertions[len(assertions)-1]
	}
	return assertions[0]
}

// proposal is another value where there is just one other sensible one.
func proposal(c *jeton.Connection, p jeton.Parameter) string {
	switch {
	case p == "client.basic_encoding":
		return "raw"
	case p == "client.auth" && c.ClientAuthMethod() == "client_secret_basic":
		return "client_secret_post"
	case p == "client.auth" && c.ClientAuthMethod() == "client_secret_post":
		return "client_secret_basic"
	case strings.HasSuffix(string(p), ".jti"):
		return "uuid"
	case strings.HasSuffix(string(p), ".audience"):
		return otherAudience(c, p)
	}
	return ""
}

// otherAudience is the form that was not sent, where the document can say it.
func otherAudience(c *jeton.Connection, p jeton.Parameter) string {
	a := c.Grant.Assertion
	if strings.HasPrefix(string(p), "client.") {
		a = c.Client.Assertion
	}
	// Not written and discovered means issuer, for the assertion of a client.
	byDiscovery := strings.HasPrefix(string(p), "client.") && c.TokenURL == "" && (a == nil || len(a.Audience) == 0)
	if byDiscovery || a != nil && len(a.Audience) == 1 && a.Audience[0] == "issuer" {
		return "token_url"
	}
	if c.Issuer != "" && (a == nil || len(a.Audience) == 0 || a.Audience[0] == "token_url") {
		return "issuer"
	}
	return ""
}

// clientSuspects are whom to blame for a refused client, by its authentication.
func clientSuspects(c *jeton.Connection, _ *jeton.Error) []suspect {
	id := suspect{"client.id", "the server may not know this client id", "compare it with the provider's; it may belong to another environment"}
	url := suspect{"token_url", "the client may belong to another environment or tenant", "compare token_url with the provider's"}
	secret := suspect{"client.secret", "the server refuses the client: the secret is wrong or has expired", "copy the secret's value (not its id) from the provider again"}
	switch c.ClientAuthMethod() {
	case "client_secret_basic":
		if c.Client.BasicEncoding != "raw" && changedByEncoding(c) {
			return []suspect{secret, {"client.basic_encoding", "the client id or secret has characters that form encoding changes, and some servers do not decode", "write client.basic_encoding: raw"}, id}
		}
		return []suspect{secret, {"client.auth", "the server may want the credentials in the body", "write client.auth: client_secret_post"}, id}
	case "client_secret_post":
		return []suspect{secret, {"client.auth", "the server may want the credentials in the header", "write client.auth: client_secret_basic"}, id}
	case "client_secret_jwt":
		return []suspect{secret, {"{a}.audience", "the audience of the assertion may be in another form", "write token_url, issuer or host"}, id}
	case "private_key_jwt":
		return []suspect{
			{"{a}.key", "the server refuses the client: the key may not be the registered one", "upload the public key or certificate of this key at the provider"},
			{"{a}.audience", "the audience of the assertion may be in another form", "write token_url, issuer or host"},
			{"{a}.headers.kid", "the server may look up another key", "write the key id under which the key is registered"},
		}
	case "tls_client_auth", "self_signed_tls_client_auth":
		return []suspect{{"tls.client", "the server refuses the client: the certificate may not be the registered one", "compare the certificate with the one at the provider (jeton key inspect)"}, id, url}
	}
	if c.Grant.Type == "jwt_bearer" {
		return []suspect{{"client.auth", "the server wants client authentication beside the assertion", "write client.secret or client.assertion"}, id,
			{"grant.assertion.issuer", "the issuer may be unknown to the server", "write the issuer that the provider gave"}}
	}
	return []suspect{{"client.auth", "the server wants client authentication", "write client.secret or client.assertion"}, id, url}
}

// bindingSuspects are whom to blame where a grant may be bound to a key (RFC
// 9449), and the server does not say so.
func bindingSuspects(c *jeton.Connection, err *jeton.Error) []suspect {
	grant := presented(c, err)
	switch {
	case containsAny(strings.ToLower(err.Description), "expired", "revoked", "used", "not found", "unknown", "verifier", "challenge", "redirect"):
		return nil // it has said what is wrong
	case c.Client.DPoP != nil:
		return []suspect{{"client.dpop.key", "the grant may be bound to another key (RFC 9449)", "use the key that the login was begun with"}}
	case grant == "refresh_token":
		return nil // there is no key that could be lost
	}
	list := []suspect{{"client.dpop", "the tokens of this client may have to be bound to a key (RFC 9449)", "write client.dpop: {algorithm: ES256}, if the provider says so"}}
	if c.TLS.Client.Certificate.IsZero() && c.TLS.Client.Key.IsZero() {
		list = append(list, suspect{"tls.client", "the tokens of this client may have to be bound to a certificate (RFC 8705)", "write tls.client, if the provider gave a certificate"})
	}
	return list
}

// changedByEncoding reports whether RFC 6749 section 2.3.1 changes what is sent.
func changedByEncoding(c *jeton.Connection) bool {
	text := c.Client.ID
	if len(c.Client.Secret) > 0 {
		text += c.Client.Secret[0].Value.Reveal()
	}
	return strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	})
}

// wireNames are parameters of the token request and the paths that write them.
var wireNames = map[string]jeton.Parameter{
	"client_id": "client.id", "client_secret": "client.secret", "scope": "scopes", "username": "grant.username",
	"password": "grant.password", "refresh_token": "grant.refresh_token", "grant_type": "grant.type",
	"assertion": "grant.assertion", "client_assertion": "client.assertion", "client_assertion_type": "client.assertion.type",
	"audience": "request.params.audience", "resource": "request.params.resource", "redirect_uri": "grant.redirect_url",
	"subject_token": "grant.subject_token", "subject_token_type": "grant.subject_token_type",
	"actor_token": "grant.actor_token", "actor_token_type": "grant.actor_token_type", "requested_token_type": "grant.requested_token_type",
}

// unmistakable are those that a description blames when it names them at all.
var unmistakable = []string{"redirect_uri", "subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type"}

// namedParameter finds a parameter that the description calls missing or blames.
func namedParameter(c *jeton.Connection, err *jeton.Error) (jeton.Finding, bool) {
	text := strings.ToLower(err.Description)
	missing := containsAny(text, "missing", "required", "must be provided", "must contain", "is not present")
	names, blamed := wireNames, unmistakable
	if atLogin(err) || atPush(err) {
		names = maps.Clone(wireNames)
		for name := range c.Grant.AuthorizationParams {
			names[name] = "grant.authorization_params." + jeton.Parameter(name)
			blamed = append(slices.Clip(blamed), name)
		}
	}
	best := ""
	for name := range names {
		if (missing || slices.Contains(blamed, name)) && containsWord(text, name) && len(name) > len(best) {
			best = name
		}
	}
	if best == "" {
		return jeton.Finding{}, false
	}
	f := jeton.Finding{Parameter: names[best], Problem: "the server does not accept the parameter " + best,
		Fix: "compare it with what the provider has registered or documents", Evidence: limit(err.Description)}
	if missing {
		f.Problem, f.Fix = "the server misses the parameter "+best, fmt.Sprintf("write %s", names[best])
	}
	return f, true
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
