package diagnosis

import (
	"net/http"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// codeRule is a rule with suspects that depend on the connection.
type codeRule struct {
	jeton.Rule
	more func(*refusal) []jeton.Suspect
}

// codeRules are the rules on the error code and the status, after all rules on
// words. The first that fits decides.
var codeRules = []codeRule{
	{Rule: jeton.Rule{When: []string{"resource", "self_issued"}, Statuses: []int{401}, Blame: []jeton.Suspect{keySuspect, issuerSuspect, about("clock", "the resource may not accept the times of the JWT", "synchronise the clock, or write a shorter lifetime")}}},
	{Rule: jeton.Rule{When: []string{"resource"}, Statuses: []int{401}, Blame: []jeton.Suspect{usageSuspect, otherAPISuspect, about("resource.probe", "the API may belong to another environment than the token", "compare its address with the provider's")}}},
	{Rule: jeton.Rule{When: []string{"resource", "self_issued"}, Statuses: []int{403}, Blame: []jeton.Suspect{issuerSuspect, about("vendor", "the account that the JWT speaks for may lack the permission", "ask the provider's administrator"), keySuspect}}},
	{Rule: jeton.Rule{When: []string{"resource"}, Statuses: []int{403}, Blame: []jeton.Suspect{
		about("scopes", "the token is accepted, and does not allow this", "add the scope or permission that the API documents"), about("vendor", "the client or user may lack the permission at the provider", "ask the provider's administrator")}}},
	{Rule: jeton.Rule{When: []string{"resource"}, Statuses: []int{404, 405, 410}, Blame: []jeton.Suspect{about("resource.probe", "there is nothing at this URL, or not for this method", "write a request that the API documents, for example of the caller's own profile")}}},
	{Rule: jeton.Rule{When: []string{"resource"}, Blame: []jeton.Suspect{about("resource.probe", "the API did not like the request", "write a request that needs no parameters"), usageSuspect}}},

	{Rule: jeton.Rule{Statuses: []int{http.StatusTooManyRequests}, Blame: []jeton.Suspect{waitSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_client"}}, more: clientSuspects},
	{Rule: jeton.Rule{Codes: []string{"invalid_grant"}, When: []string{"jwt_bearer", "silent"}, Blame: []jeton.Suspect{ // who names a claim names no signature
		about("<assertion>.key", "the server refuses the assertion and says nothing: the key may not be the registered one", "upload the public key or certificate of this key at the provider"),
		subjectSuspect, audienceSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_grant"}, When: []string{"jwt_bearer"}, Blame: []jeton.Suspect{
		about("<assertion>.subject", "the server refuses the assertion: often the subject is unknown or has not consented", "check subject, and consent at the provider"), issuerSuspect, audienceSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_grant"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{refreshSuspect}}, more: bindingSuspects},
	{Rule: jeton.Rule{Codes: []string{"invalid_grant"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		about("grant.redirect_url", "the server refuses the code: it has expired, was used before, or belongs to another redirect URL or login", "begin the login again, with the redirect URL that is registered"),
		about("client.id", "the code may have been issued to another client", "redeem it with the client that began the login")}}, more: bindingSuspects},
	{Rule: jeton.Rule{Codes: []string{"invalid_grant"}, When: []string{"device_code"}, Blame: []jeton.Suspect{
		about("grant.type", "the server refuses the device code: it has expired, was used before, or belongs to another login", "begin the login again"),
		about("client.id", "the device code may have been issued to another client", "poll with the client that began the login")}}, more: bindingSuspects},
	// What RFC 8693 section 2.2.2 wants for a bad token is invalid_request.
	{Rule: jeton.Rule{Codes: []string{"invalid_grant", "invalid_request", "invalid_token"}, When: []string{"token_exchange"}, Blame: []jeton.Suspect{
		about("grant.subject_token", "the server refuses the token that is given: it has ended, or is not one that it trusts", "give a token that still works, from an issuer that the server trusts"),
		about("grant.subject_token_type", "the token may be of another type than is written", "write the type that the provider documents"),
		about("grant.requested_token_type", "the server may not issue this type", "remove requested_token_type, or write one that the provider documents")}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_grant", "invalid_request"}, When: []string{"password"}, Blame: []jeton.Suspect{
		about("grant.password", "the server refuses the user name or password", "check both, and whether the account is locked"),
		about("grant.username", "the user name may be wrong", "write it as the provider shows it")}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_grant"}, Blame: []jeton.Suspect{about("grant.type", "the server refuses the grant", "check what the provider has allowed for this client")}}, more: bindingSuspects},
	{Rule: jeton.Rule{Codes: []string{"unauthorized_client"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{grantSuspect, about("grant.redirect_url", "the redirect URL may not be the one that is registered", "write exactly the one that is registered"), clientSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"unauthorized_client"}, Blame: []jeton.Suspect{grantSuspect, consentSuspect, clientSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"access_denied", "unauthorized"}, Statuses: []int{401}}, more: clientSuspects},
	{Rule: jeton.Rule{Codes: []string{"access_denied"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{loginDenied}}},
	{Rule: jeton.Rule{Codes: []string{"access_denied", "consent_required", "interaction_required", "login_required", "account_selection_required"}, Blame: []jeton.Suspect{
		consentSuspect, vendorSuspect, scopeSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_target", "invalid_resource"}, Blame: []jeton.Suspect{
		about("request.params.resource", "the server does not know the resource", "write the resource identifier that the provider lists"),
		about("request.params.audience", "the server does not know the audience parameter", "write the API identifier that the provider lists"), scopeSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"use_dpop_nonce"}, When: []string{"dpop"}, Blame: []jeton.Suspect{dpopNonceSuspect, noNonceSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"use_dpop_nonce", "invalid_dpop_proof"}, Blame: []jeton.Suspect{
		about("client.dpop", "the server misses a proof of possession, or does not accept it (RFC 9449)", "write client.dpop; if it is there, compare its algorithm with those that the provider lists")}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_token"}, When: []string{"!assertion", "!token_exchange", "!refresh_token"}, Blame: []jeton.Suspect{
		about("token_url", "an API has answered, which misses an access token (RFC 6750): this is no token endpoint", "compare token_url with the provider's documentation")}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_request"}, When: []string{"login"}, Blame: loginRequest}},
	{Rule: jeton.Rule{Codes: []string{"invalid_request"}, When: []string{"push"}, Blame: loginRequest}},
	{Rule: jeton.Rule{Codes: []string{"invalid_request"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		about("grant.redirect_url", "the server does not accept the request with the code: the redirect URL may be another", "write exactly the one that is registered at the provider"),
		about("consent", "the code may have expired, or been used before", "begin the login again"),
		about("request.params", "the server misses a parameter or does not accept one", "compare the request (jeton explain) with the provider's documentation")}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_request"}, When: []string{"assertion"}, Blame: []jeton.Suspect{
		about("<assertion>", "the server does not accept the assertion, or a parameter beside it", "compare the request (jeton explain) with the provider's documentation"),
		about("request.params", "the server misses a parameter or does not accept one", "compare the request (jeton explain) with the provider's documentation"), encodingSuspect}}},
	{Rule: jeton.Rule{Codes: []string{"invalid_request"}, Blame: []jeton.Suspect{
		about("request.params", "the server misses a parameter or does not accept one", "compare the request (jeton explain) with the provider's documentation"), encodingSuspect}}},
	{Rule: jeton.Rule{Words: []string{"client authentication failed|failed client authentication|client authentication error|client authentication failure|authentication failed|authentication failure|not authenticated"}}, more: clientSuspects},
	{Rule: jeton.Rule{Statuses: []int{http.StatusUnauthorized}, When: []string{"password", "!secret"}, Blame: []jeton.Suspect{
		about("grant.password", "the server refuses the user name or password", "check both, and whether the account is locked"),
		about("grant.username", "the user name may be wrong", "write it as the provider shows it")}}, more: clientSuspects},
	{Rule: jeton.Rule{When: []string{"token_exchange", "!empty"}, Blame: []jeton.Suspect{
		about("grant.subject_token", "the server refuses the token that is given, or knows nobody that it stands for", "give a token that still works, from an issuer and of an account that the server trusts"), vendorSuspect, about("request.params", "the server misses a parameter or does not accept one", "compare the request (jeton explain) with the provider's documentation")}}},
	{Rule: jeton.Rule{When: []string{"password", "!empty"}, Statuses: []int{400, 403}, Blame: []jeton.Suspect{
		about("grant.password", "the server may refuse the user name or password", "check both, and whether the account is locked"), about("grant.username", "the user name may be wrong", "write it as the provider shows it"), secretSuspect}}},
	{Rule: jeton.Rule{When: []string{"refresh_token", "!empty", "!html"}, Statuses: []int{200, 400, 401, 403}, Blame: []jeton.Suspect{refreshSuspect, secretSuspect, consentSuspect}}},
	{Rule: jeton.Rule{When: []string{"authorization_code", "!empty", "!html"}, Statuses: []int{200, 400, 403}, Blame: codeBlame}},
	{Rule: jeton.Rule{Statuses: []int{http.StatusUnauthorized}}, more: clientSuspects},
	{Rule: jeton.Rule{Statuses: []int{http.StatusProxyAuthRequired}, Blame: []jeton.Suspect{about("egress", "the proxy on the way wants authentication", "write user and password into HTTPS_PROXY, or let the proxy pass this host")}}},
	{Rule: jeton.Rule{Statuses: []int{http.StatusForbidden}, When: []string{"assertion", "!empty", "!html"}, Blame: []jeton.Suspect{keySuspect, vendorSuspect, egressSuspect}}},
	{Rule: jeton.Rule{Statuses: []int{http.StatusForbidden}, Blame: []jeton.Suspect{egressSuspect, tlsSuspect, vendorSuspect}}},
	{Rule: jeton.Rule{Statuses: []int{http.StatusMethodNotAllowed}, Blame: []jeton.Suspect{about("request.method", "the endpoint does not take this method (status 405)", "write the other of POST and GET, or check token_url"), urlSuspect}}},
	{Rule: jeton.Rule{Statuses: []int{http.StatusUnsupportedMediaType, http.StatusNotAcceptable}, Blame: []jeton.Suspect{encodingSuspect}}},
	{Rule: jeton.Rule{Statuses: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusGone}, Blame: []jeton.Suspect{
		about("token_url", "the endpoint does not answer as a token endpoint", "compare token_url with the provider's documentation"), encodingSuspect}}},
	{Rule: jeton.Rule{Statuses: []int{500, 501, 502, 503, 504, 505, 507, 508, 520, 521, 522, 523, 524, 525, 526, 529, 530}, Blame: []jeton.Suspect{
		about("vendor", "the server is in trouble, or stumbles over the request", "try again later, or ask the provider"), about("request.params", "some servers answer so to a parameter that they do not expect", "compare the request (jeton explain) with the provider's documentation"), urlSuspect}}},
}

// lastRules are for a refusal of which nobody has said anything.
var lastRules = []codeRule{
	{Rule: jeton.Rule{When: []string{"success"}, Blame: []jeton.Suspect{
		about("request.params", "the server refuses the request in the body of a reply whose status is a success", "compare the request (jeton explain) with the provider's documentation"), about("response.success", "the condition may be wrong", "write response.success as the provider documents"), urlSuspect}}},
	{Rule: jeton.Rule{Blame: []jeton.Suspect{
		about("request.params", "the server does not accept the request, and does not say in known words why", "compare the request (jeton explain) with the provider's documentation"), secretSuspect, urlSuspect}}},
}

var (
	loginDenied  = about("consent", "the person who logged in, or a rule of the provider, did not allow the access", "log in again and allow it, or ask an administrator of the provider for consent")
	loginRequest = []jeton.Suspect{
		about("grant.authorization_params", "the server does not accept a parameter of the authorization request", "compare them with the provider's documentation"),
		about("grant.redirect_url", "the redirect URL may not be registered", "write the one that is registered at the provider")}
)

// clientSuspects are whom to blame for a refused client, by its authentication.
func clientSuspects(r *refusal) []jeton.Suspect {
	c := r.c
	id := about("client.id", "the server may not know this client id", "compare it with the provider's; it may belong to another environment")
	url := about("token_url", "the client may belong to another environment or tenant", "compare token_url with the provider's")
	secret := about("client.secret", "the server refuses the client: the secret is wrong or has expired", "copy the secret's value (not its id) from the provider again")
	switch c.ClientAuthMethod() {
	case "client_secret_basic":
		if c.Client.BasicEncoding != "raw" && changedByEncoding(c) {
			return []jeton.Suspect{secret, about("client.basic_encoding", "the client id or secret has characters that form encoding changes, and some servers do not decode", "write client.basic_encoding: raw"), id}
		}
		return []jeton.Suspect{secret, about("client.auth", "the server may want the credentials in the body", "write client.auth: client_secret_post"), id}
	case "client_secret_post":
		return []jeton.Suspect{secret, about("client.auth", "the server may want the credentials in the header", "write client.auth: client_secret_basic"), id}
	case "client_secret_jwt":
		return []jeton.Suspect{secret, about("<assertion>.audience", "the audience of the assertion may be in another form", "write token_url, issuer or host"), id}
	case "private_key_jwt":
		return []jeton.Suspect{
			about("<assertion>.key", "the server refuses the client: the key may not be the registered one", "upload the public key or certificate of this key at the provider"),
			about("<assertion>.audience", "the audience of the assertion may be in another form", "write token_url, issuer or host"),
			about("<assertion>.headers.kid", "the server may look up another key", "write the key id under which the key is registered")}
	case "tls_client_auth", "self_signed_tls_client_auth":
		return []jeton.Suspect{about("tls.client", "the server refuses the client: the certificate may not be the registered one", "compare the certificate with the one at the provider (jeton key inspect)"), id, url}
	}
	if c.Grant.Type == "jwt_bearer" && r.err.Category() != jeton.InvalidClient {
		return []jeton.Suspect{about("grant.assertion.key", "the server refuses the assertion: the key may not be the registered one", "upload the public key or certificate of this key at the provider"),
			about("grant.assertion.issuer", "the issuer may be unknown to the server", "write the issuer that the provider gave"),
			about("client.auth", "the server may want client authentication beside the assertion", "write client.secret or client.assertion")}
	}
	if m := r.f.Metadata; m != nil && c.Client.ID != "" && slices.Contains(m.ClientAuthMethods, "none") { // then a client that is known may come without
		return []jeton.Suspect{id, about("client.auth", "this client may have to authenticate", "write client.secret or client.assertion, if the provider gave one"), url}
	}
	if c.Grant.Type == "jwt_bearer" {
		return []jeton.Suspect{about("client.auth", "the server wants client authentication beside the assertion", "write client.secret or client.assertion"), id,
			about("grant.assertion.issuer", "the issuer may be unknown to the server", "write the issuer that the provider gave")}
	}
	return []jeton.Suspect{about("client.auth", "the server wants client authentication", "write client.secret or client.assertion"), id, url}
}

// bindingSuspects are whom to blame where a grant may be bound to a key (RFC
// 9449), and the server does not say so.
func bindingSuspects(r *refusal) []jeton.Suspect {
	said := strings.Contains(r.words, " expired ") || containsAny(r.words, " revoked ", " used ", " not found ", " unknown ", " verifier ", " challenge ", " redirect ")
	switch {
	case said:
		return nil // it has said what is wrong
	case r.c.Client.DPoP != nil:
		return []jeton.Suspect{about("client.dpop.key", "the grant may be bound to another key (RFC 9449)", "use the key that the login was begun with")}
	case r.grant == "refresh_token":
		return nil // there is no key that could be lost
	}
	list := []jeton.Suspect{about("client.dpop", "the tokens of this client may have to be bound to a key (RFC 9449)", "write client.dpop: {algorithm: ES256}, if the provider says so")}
	if !r.features["certificate"] {
		list = append(list, about("tls.client", "the tokens of this client may have to be bound to a certificate (RFC 8705)", "write tls.client, if the provider gave a certificate"))
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
