package diagnosis

import "github.com/jeton-oauth/jeton"

var (
	otherAPISuspect = jeton.Suspect{Parameter: "scopes", Problem: "the token may be for another API", Fix: "compare scopes, request.params.audience and request.params.resource with what the API wants"}
	deadSuspect     = jeton.Suspect{Parameter: "rejected", Problem: "the resource says that the token is dead in a way of its own", Fix: "write rejected with the status, and the member of the body that says so, so that a new token is fetched"}
)

var unknownGrantSuspect = jeton.Suspect{Parameter: "grant.parameter", Problem: "the server does not know this grant_type", Fix: "write the word that the provider documents"}

// resourceWords are what an API says of a token: 401 is about how it is attached,
// 403 about scope or entitlement, never about the key.
var resourceWords = []jeton.Rule{
	{When: []string{"resource"}, Codes: []string{"insufficient_scope"}, Blame: []jeton.Suspect{
		about("scopes", "the token has not the scope that the resource wants", "add the scope, and compare what was granted"), about("vendor", "the client or user may lack the permission", "ask the provider's administrator")}},
	{When: []string{"resource", "!self_issued"}, Words: []string{"reauth*|re authoriz*|consent*|再度認可|重新授权"}, Blame: []jeton.Suspect{
		consentSuspect, about("vendor", "the client or user lacks a right at the provider", "let the provider's administrator give it"), usageSuspect}},
	{When: []string{"resource", "!self_issued"}, Statuses: []int{401, 403}, Words: []string{"rights|agreement|not signed|not accepted|suspended|disabled|deactivated"}, Blame: []jeton.Suspect{
		about("vendor", "the client or user lacks a right at the provider", "let the provider's administrator give it"), consentSuspect, scopeSuspect}},
	{When: []string{"resource", "!self_issued"}, Words: []string{"revoked|has been revoked|was revoked|newer token|rotated"}, Not: []string{"revoked malformed"}, Blame: []jeton.Suspect{deadSuspect, usageSuspect, about("vendor", "the token was ended at the provider", "ask who revoked it")}},
	{When: []string{"resource", "!self_issued"}, Words: []string{"expired|has expired|session expired", "token|session|bearer"}, Blame: []jeton.Suspect{deadSuspect,
		about("response.expires_in", "the token died earlier than the reply said", "compare response.expires_in and expires_format with the provider's documentation; max_lifetime shortens it"), usageSuspect}},
	{When: []string{"resource", "!self_issued"}, Words: []string{"audience*|aud|iss|intended for|issued for|wrong resource|token was issued|issuer"}, Blame: []jeton.Suspect{
		otherAPISuspect, about("request.params.resource", "the token may be for another resource", "write the resource or audience that the API wants"), about("token_url", "the token may come from another environment", "compare token_url with the provider's")}},
	{When: []string{"resource", "!self_issued"}, Statuses: []int{401, 400}, Words: []string{"header*|authorization|authentication|credential*|token|bearer|access key|api key|subscription key", missing + "|no authorization|no access token|no token|not authenticated|without|malformed|scheme|too short|too long|format|unsupported|" +
		"invalid authorization|authorization value|expecting bearer"}, Not: []string{"scope*|permission*"}, Blame: []jeton.Suspect{
		usageSuspect, about("response.access_token", "another member of the reply may hold the token for this API", "compare response.access_token with the provider's documentation"), about("usage.headers", "the API may want a further header, such as a key", "write usage.headers as the API documents")}},
	{When: []string{"resource", "!self_issued"}, Statuses: []int{200, 400, 401}, Words: []string{"access token*|token|bearer|credential*", "invalid|not valid|revoked|illegal|not jws|bad|unknown|不合法|无效|garbage|not latest|verification|validation"}, Blame: []jeton.Suspect{
		usageSuspect, deadSuspect, about("response.access_token", "another member of the reply may hold the token for this API", "compare response.access_token with the provider's documentation")}},
	{When: []string{"resource", "!self_issued"}, Words: []string{"subscription key|api key*|apikey|x api key|client id header"}, Blame: []jeton.Suspect{
		about("usage.headers", "the API wants a further header, such as a key", "write usage.headers as the API documents"), usageSuspect}},
	{When: []string{"resource", "!self_issued"}, Statuses: []int{403}, Words: []string{"scope*|permission*|privilege*|role*|authority|authorities|not authorized|insufficient|access denied|forbidden|not allowed|entitle*|license*|consent*"}, Not: []string{"ip address*|your ip"}, Blame: []jeton.Suspect{
		about("scopes", "the token is accepted, and does not allow this", "add the scope or permission that the API documents"), about("vendor", "the client or user may lack the permission at the provider", "ask the provider's administrator"), consentSuspect}},
	{When: []string{"resource", "!self_issued"}, Statuses: []int{401}, Words: []string{"entitle*|not authorized for|not subscribed|subscription|not enabled|not provisioned|license*|not authorized error"}, Blame: []jeton.Suspect{
		about("vendor", "the account or project is not entitled to this API", "let the provider enable the API for the account"), scopeSuspect, usageSuspect}},
	{When: []string{"resource", "!self_issued", "success"}, Words: []string{"session|token|expired|access token invalid|access token expired"}, Blame: []jeton.Suspect{deadSuspect, usageSuspect}},
	{When: []string{"resource", "!self_issued"}, Words: []string{"session expired|session id|invalid session|session has expired|session is invalid"}, Blame: []jeton.Suspect{deadSuspect, usageSuspect}},
}

// plainCodes are error codes that leave no doubt: they come before words in
// passing, but for those about the way to the server.
var plainCodes = []jeton.Rule{
	{Codes: []string{"invalid_scope"}, Words: []string{"separat*|delimit*|comma*"}, Blame: []jeton.Suspect{
		about("scope_separator", "the scopes are separated in another way than the server expects", "write scope_separator as the provider documents it, for example \",\""), scopeSuspect}},
	{Codes: []string{"invalid_scope"}, Blame: []jeton.Suspect{scopeSuspect, about("scope_in", "the provider may want the scope in another place", "write scope_in: claim if it says so"), about("vendor", "the client may not have been given this scope", "ask the provider's administrator to allow it for the client")}},
	{Codes: []string{"consent_required", "interaction_required", "login_required"}, Blame: []jeton.Suspect{consentSuspect, about("<assertion>.subject", "the access is for this subject, who has not allowed it", "compare it with the account that consented")}},
	{Codes: []string{"unsupported_grant_type"}, Words: []string{"content type*|media type*|json|urlencoded|query string|request body|body"}, Blame: []jeton.Suspect{encodingSuspect, unknownGrantSuspect}},
	{Codes: []string{"unsupported_grant_type"}, Blame: []jeton.Suspect{unknownGrantSuspect, encodingSuspect, about("token_url", "this may be the token endpoint of another product", "compare it with the provider's")}},
	{Codes: []string{"access_denied", "authorization_declined"}, When: []string{"device_code"}, Blame: []jeton.Suspect{loginDenied}},
	{Codes: []string{"expired_token", "authorization_pending", "slow_down"}, When: []string{"device_code"}, Blame: []jeton.Suspect{
		about("consent", "nobody has finished the login, or the code has expired", "open the page that the login names, enter the code, and allow the access; or begin again")}},
}
