package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	cernerDocs = "https://fhir.cerner.com/authorization/#error-codes"
	redoxDocs  = "https://docs.redoxengine.com/troubleshooting/troubleshoot-oauth-api-key-errors/"
	udapDocs   = "https://www.udap.org/udap-jwt-client-auth.html"
)

// cernerRules are the URNs of the authorization server of Oracle Health
// (Cerner), urn:cerner:error:..., in error_uri, in a description, or in the
// answer of an API.
var cernerRules = []jeton.Rule{
	{Words: []string{"cerner error", "token required"}, Blame: []jeton.Suspect{
		{Parameter: "usage", Problem: "the token did not arrive at the API", Fix: "write usage.header: Authorization and usage.scheme: Bearer"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "insufficient scopes|empty scopes"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the token has none of the scopes that are needed: not asked for, or not granted to the client", Fix: "write scopes that are registered for the client, as system/Patient.read"},
		{Parameter: "vendor", Problem: "the client may lack the scopes in this tenant", Fix: "add them to the application in the code console; changes take some minutes"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "denied by server"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the client is not allowed any of the scopes", Fix: "write scopes that are registered for the client"},
		{Parameter: "vendor", Problem: "the client may lack the scopes in this tenant", Fix: "add them to the application in the code console"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "denied by user|authentication cancelled"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the user declined", Fix: "log in again and allow the access"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "invalid client credentials|invalid authorization header"}, Blame: []jeton.Suspect{
		{Parameter: "<credential>", Problem: "the credentials of the system account are not accepted", Fix: "copy id and secret of the system account again, and write client.auth: client_secret_basic"},
		{Parameter: "client.auth", Problem: "the header Authorization may not be as the server wants it", Fix: "write client.auth: client_secret_basic and client.basic_encoding: raw"},
		{Parameter: "client.id", Problem: "the system account may be of the other environment", Fix: "compare it with Cerner Central"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "unknown client|terminated client"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the client is not registered, or no more", Fix: "compare the client id with the code console"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "invalid redirect uri*|redirect uri not absolute|redirect uri not registered"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is not the registered one, a slash at its end included", Fix: "write the redirect URI of the application, character for character"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "unknown tenant|tenant not configured|tenant invalid|unauthorized client for tenant|tenant terminated"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the tenant in the URL is unknown, or has not admitted this client", Fix: "write the tenant id that the organisation gave into token_url (or vars.tenant)"},
		{Parameter: "vendor", Problem: "the organisation may not have admitted the client", Fix: "ask the organisation to admit it"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "tenant mismatch"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the code was issued by another tenant", Fix: "write token_url and authorization_url with the same tenant"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "client mismatch"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the code was issued to another client", Fix: "redeem it with the client that began the login"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "code invalid"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code was used before, or has expired", Fix: "begin the login again"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "token invalid|session invalid"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token has ended, or with online_access the session of the user", Fix: "log in again; for a long life ask for the scope offline_access"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "audience required|audience not white listed|unknown resource server"}, Blame: []jeton.Suspect{
		{Parameter: "grant.authorization_params.aud", Problem: "a launch wants the FHIR base URL as aud, and one that is approved", Fix: "write grant.authorization_params.aud with the base URL of the FHIR server of the tenant"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "launch code required|invalid code"}, Blame: []jeton.Suspect{
		{Parameter: "grant.authorization_params.launch", Problem: "the scope launch needs the launch code of the EHR, which works once", Fix: "remove the scope launch, or begin from the EHR"},
		{Parameter: "scopes", Problem: "the scope launch may not be needed", Fix: "write launch/patient for a login outside of the EHR"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "mismatched identity|mismatchted identity"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "another user is logged in in this browser", Fix: "log in again in a private window"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "unsupported grant type"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the server does not know this grant", Fix: "write client_credentials, authorization_code or refresh_token"},
		{Parameter: "request.encoding", Problem: "the server may not have read the body", Fix: "write request.encoding: form"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "patient scope requires one patient id|invalid patient id"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "scopes patient/... need one patient", Fix: "write system/... or user/... scopes"},
	}, Source: cernerDocs},
	{Words: []string{"cerner error", "tenant not enabled for testing|client not enabled for testing|server error|preauthentication|unregistered service|unspecified"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the tenant or the server itself refuses or fails", Fix: "ask Oracle Health, with the link in error_uri"},
	}, Source: cernerDocs},
}

// healthRules are refusals of other health platforms.
var healthRules = []jeton.Rule{
	{Words: []string{"public key not found", "redox dashboard|check client id kid"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.headers.kid", Problem: "the client has no public key with this kid", Fix: "write the kid of the key in the dashboard or JWKS"},
		{Parameter: "client.id", Problem: "iss may name another client", Fix: "write the client id of the OAuth API key"},
		{Parameter: "client.assertion.key", Problem: "the public key may not be saved", Fix: "save it in the dashboard of the OAuth API key"},
	}, Source: redoxDocs},
	{Words: []string{"udap", "missing|required|must be"}, Not: []string{"x5c", "certificate", "extension*"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.udap", Problem: "a UDAP token request carries the parameter udap", Fix: "write request.params.udap: \"1\"", Proposed: "1"},
	}, Source: udapDocs},
	{Words: []string{"hl7 b2b|b2b authorization extension|b2b extension"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.claims.extensions", Problem: "the assertion lacks the B2B extension (hl7-b2b), or it is not complete", Fix: "write claims.extensions with hl7-b2b: version, organization_id, purpose_of_use, ..."},
	}, Source: udapDocs},
}
