package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	oktaCodes    = "https://developer.okta.com/docs/reference/error-codes/"
	oktaClient   = "https://support.okta.com/help/s/article/invalid-client-error-returned-during-client-authentication-failure"
	oktaKid      = "https://support.okta.com/help/s/article/okta-client-assertion-error-invalid-key-id"
	oktaAudience = "https://support.okta.com/help/s/article/the-audience-claim-for-client-assertion-must-be-the-endpoint-invoked-for-the-request"
	oktaOrg      = "https://support.okta.com/help/s/article/client-credentials-requests-to-the-org-auithorization-server-must-use-the-private-key-jwt-token-endpoint-auth-method"
	oktaDPoP     = "https://support.okta.com/help/s/article/the-dpop-proof-jwt-header-is-missing"
	oktaToken    = "https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/CustomAS/"
)

// oktaRules are the refusals of Okta: of its authorization servers, and of its
// API (codes that begin with E0000) to a token.
var oktaRules = []jeton.Rule{
	{Words: []string{"must use the private key jwt token endpoint auth method"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the org authorization server takes a signed JWT alone with client_credentials", Fix: "choose Public key / Private key in the General tab of the app, and write client.auth: private_key_jwt with client.assertion.key", Proposed: "private_key_jwt"},
		{Parameter: "token_url", Problem: "a custom authorization server takes a secret too", Fix: "write https://ORG.okta.com/oauth2/default/v1/token if the token is not for the Okta API"},
	}, Source: oktaOrg},
	{Words: []string{"audience claim for client assertion must be the endpoint"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "aud is not exactly the URL that is called", Fix: "write audience: token_url", Proposed: "token_url"},
		{Parameter: "token_url", Problem: "aud follows token_url", Fix: "write the URL of the authorization server, for example https://ORG.okta.com/oauth2/v1/token"},
	}, Source: oktaAudience},
	{Words: []string{"client assertion jwt kid is invalid"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.headers.kid", Problem: "the app has no active public key with this kid, or has several and the JWT names none", Fix: "write headers: {kid: ...} as Public keys of the app shows it"},
		{Parameter: "<assertion>.key", Problem: "the public key of this key may not be registered", Fix: "add it under Public keys in the General tab of the app"},
	}, Source: oktaKid},
	{Words: []string{"client assertion", "expiration too far into the future"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.lifetime", Problem: "exp lies more than an hour ahead of the server's clock", Fix: "write lifetime: 5m", Proposed: "5m"},
		{Parameter: "clock", Problem: "this machine's clock may be ahead", Fix: "synchronise the clock, or write auto_skew: true"},
	}, Source: oktaToken},
	{Words: []string{"no client credentials found|cannot supply multiple client credentials"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the client authenticates in no way, or in more than one", Fix: "write one client.auth, as the General tab of the app shows it, and no client_secret or Authorization in request"},
		{Parameter: "client.secret", Problem: "the secret may be missing", Fix: "copy it from the General tab of the app"},
	}, Source: oktaClient},
	{Words: []string{"invalid value for client id parameter"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the org knows no active app with this client id", Fix: "copy the Client ID from the General tab of the app, and see that the app is active"},
		{Parameter: "token_url", Problem: "this may be another org or authorization server", Fix: "write the URL of the org in which the app is"},
	}, Source: oktaClient},
	{Words: []string{"client secret supplied for a confidential client is invalid"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the secret is not an active one of this app", Fix: "copy it from the General tab of the app, and see that it is active"},
		{Parameter: "client.id", Problem: "the secret may be of another app", Fix: "compare the Client ID"},
		{Parameter: "token_url", Problem: "this may be another org", Fix: "write the URL of the org in which the app is"},
	}, Source: oktaClient},
	{Words: []string{"browser requests to the token endpoint must use proof key"}, Blame: []jeton.Suspect{
		{Parameter: "request.headers.Origin", Problem: "the request carries an Origin, and so counts as one of a browser", Fix: "remove Origin from request.headers"},
		{Parameter: "grant.type", Problem: "a browser may use authorization_code with PKCE alone", Fix: "write grant.type: authorization_code"},
	}, Source: oktaToken},
	{Words: []string{"not authorized to use the provided grant type"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the app may not use this grant; the answer lists those it may", Fix: "tick the grant type in the General tab of the app (client_credentials needs an API Services app)"},
		{Parameter: "client.id", Problem: "another app may be meant", Fix: "write the client id of the app that has the grant"},
	}, Source: oktaToken},
	{Words: []string{"not allowed any of the requested scopes"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "none of the scopes is granted to the app", Fix: "grant them in the Okta API Scopes tab of the app"},
		{Parameter: "scopes", Problem: "other scopes may be granted", Fix: "write scopes that the Okta API Scopes tab shows as granted"},
	}, Source: oktaToken},
	{Words: []string{"scopes are not configured for the authorization server"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the authorization server has no scope of this name", Fix: "add it in the Scopes tab of the authorization server, or correct it"},
		{Parameter: "token_url", Problem: "scopes such as okta.users.read are of the org authorization server, own scopes of a custom one", Fix: "write https://ORG.okta.com/oauth2/v1/token for okta.* scopes, https://ORG.okta.com/oauth2/ID/v1/token for own ones"},
	}, Source: oktaToken},
	{Words: []string{"does not have any configured default scopes"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "no scope was asked for, and the server has no default", Fix: "write scopes"},
	}, Source: oktaToken},
	{Words: []string{"policy evaluation failed for this request"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "no rule of an access policy of the authorization server allows this client, grant, user and scope", Fix: "add the app to an access policy (Security, API, the server, Access Policies), with a rule for the grant type and the scopes"},
		{Parameter: "scopes", Problem: "the rule may allow other scopes", Fix: "write scopes that the rule lists"},
		{Parameter: "grant.type", Problem: "the rule may allow other grants", Fix: "tick the grant in the rule"},
	}, Source: oktaToken},
	{Words: []string{"user is not assigned to the client application"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the user is not assigned to the app", Fix: "assign the user or a group in the Assignments tab of the app"},
		{Parameter: "consent", Problem: "another user may be meant", Fix: "log in as a user who is assigned"},
	}, Source: oktaToken},
	{Words: []string{"denied by sign on policy"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the sign-on policy wants more than a password", Fix: "allow password alone for this app in its sign-on policy, or use another grant"},
		{Parameter: "grant.type", Problem: "the password grant can do no second factor", Fix: "write grant.type: authorization_code"},
	}, Source: oktaToken},
	{Words: []string{"dpop proof jwt header is missing"}, Blame: []jeton.Suspect{
		{Parameter: "client.dpop", Problem: "the app requires a proof of possession", Fix: "write client.dpop: {algorithm: ES256}, or untick Require Demonstrating Proof of Possession in the app", Proposed: "{algorithm: ES256}"},
	}, Source: oktaDPoP},
	{Codes: []string{"no_matching_scope"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "no rule of the access policy allows these scopes", Fix: "add them to the rule of the access policy, or write others"},
	}, Source: oktaToken},
	{Codes: []string{"no_matching_policy"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "no access policy of the authorization server is for this client", Fix: "add the app to an access policy of the authorization server"},
	}, Source: oktaToken},
	{Codes: []string{"E0000022"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the URL takes no request of this method: often v1/token is missing", Fix: "write https://ORG.okta.com/oauth2/ID/v1/token, or https://ORG.okta.com/oauth2/v1/token"},
		{Parameter: "request.method", Problem: "tokens are asked for with POST", Fix: "write request.method: POST"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000007"}, When: []string{"!resource"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the org has no authorization server of this id, or none of that name", Fix: "write the id that Security, API, Authorization Servers shows; default exists only with API Access Management"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000021", "E0000003"}, Blame: []jeton.Suspect{
		{Parameter: "request.encoding", Problem: "the server cannot read the body, or its content type", Fix: "write request.encoding: form, and no Content-Type or Accept in request.headers", Proposed: "form"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000011", "E0000005"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "usage", Problem: "an API token goes with the scheme SSWS, an access token with Bearer", Fix: "write usage.scheme"},
		{Parameter: "token_url", Problem: "the API of Okta takes tokens of the org authorization server alone", Fix: "write https://ORG.okta.com/oauth2/v1/token, not that of a custom server"},
		{Parameter: "scopes", Problem: "the token may lack the scope of this API", Fix: "write the okta.* scope of the call"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000006", "E0000015"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the app or user lacks the administrator role, or the org the feature", Fix: "assign an administrator role to the app (Admin roles tab), or ask Okta for the feature"},
		{Parameter: "scopes", Problem: "the token may lack the scope of this call", Fix: "write the okta.* scope of the call, and grant it to the app"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000004"}, When: []string{"password"}, Blame: []jeton.Suspect{
		{Parameter: "grant.password", Problem: "the user name or the password is wrong", Fix: "check both"},
		{Parameter: "grant.username", Problem: "the user name may be wrong", Fix: "write it as Okta shows it"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000004"}, Blame: []jeton.Suspect{
		{Parameter: "<credential>", Problem: "what the client authenticates with is not accepted", Fix: "compare it with the General tab of the app"},
		{Parameter: "client.id", Problem: "the client id may be of another org", Fix: "copy it from the General tab of the app"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000064", "E0000069", "E0000119"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the password of the user has expired, or the account is locked", Fix: "let the user set a new password, or unlock the account"},
		{Parameter: "grant.username", Problem: "another user may be meant", Fix: "write a user whose account is active"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000047"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "too many requests for the rate limit of the org", Fix: "wait until X-Rate-Limit-Reset, and keep the token until it expires"},
	}, Source: oktaCodes},
	{Codes: []string{"E0000009", "E0000010"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "Okta itself has failed, or is being maintained", Fix: "try again later, and see status.okta.com"},
	}, Source: oktaCodes},
}
