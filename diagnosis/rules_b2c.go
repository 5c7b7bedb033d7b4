package diagnosis

import "github.com/jeton-oauth/jeton"

// b2cCodes is the list of the codes of Azure AD B2C.
const b2cCodes = "https://learn.microsoft.com/azure/active-directory-b2c/error-codes"

// b2cRules are the refusals of Azure AD B2C that concern token requests and
// logins. Faults of the pages and policies behind a login blame the vendor.
var b2cRules = []jeton.Rule{
	{Codes: []string{"AADB2C90006", "AADB2C90007", "AADB2C90287"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is not registered for this application", Fix: "add it under Authentication of the app registration, or write the one that is there, to the letter"},
		{Parameter: "client.id", Problem: "the client id may be that of another registration", Fix: "write the client id of the registration that has the redirect URL"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90018", "AADB2C90068", "AADB2C90285", "AADB2C90011", "AADB2C90008"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "this B2C tenant has no application with this client id", Fix: "write the Application (client) ID of a registration that was made in the B2C tenant"},
		{Parameter: "token_url", Problem: "the tenant or policy in token_url may be another one than that of the application", Fix: "write https://<tenant>.b2clogin.com/<tenant>.onmicrosoft.com/<policy>/oauth2/v2.0/token"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90279"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the code or refresh token was given to another client", Fix: "redeem it with the client id of the login"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token belongs to another client", Fix: "log in with this client for a new one"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90081"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the client secret is wrong or has expired", Fix: "make a new secret under Certificates & secrets in the B2C tenant, and write its Value"},
		{Parameter: "client.id", Problem: "the secret may belong to another registration", Fix: "compare client.id with the registration that holds the secret"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90079"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the code or refresh token was given to a confidential client, which must send its secret", Fix: "write client.secret"},
		{Parameter: "client.auth", Problem: "the secret may be sent where B2C does not look for it", Fix: "write auth: client_secret_post", Proposed: "client_secret_post"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90084"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the grant was given to a public client, which sends no secret", Fix: "write auth: none and remove the secret, or register the redirect URL under Web", Proposed: "none"},
		{Parameter: "client.secret", Problem: "a secret was sent that B2C does not want", Fix: "remove client.secret"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90058"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the application may not be used as a public client", Fix: "set Allow public client flows to Yes under Authentication, or write client.secret"},
		{Parameter: "client.secret", Problem: "the client secret may be missing", Fix: "write it"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90016", "AADB2C90017", "AADB2C90039"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion", Problem: "B2C does not take a JWT as the credential of this client", Fix: "write client.secret in place of client.assertion"},
		{Parameter: "client.auth", Problem: "the way of authentication may be another one than B2C's", Fix: "write auth: client_secret_post", Proposed: "client_secret_post"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90010", "AADB2C90012", "AADB2C90055", "AADB2C90117", "AADB2C90146", "AADB2C90107", "AADB2C90110", "AADB2C90115", "AADB2C99005"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the scope is missing, not one of the API's, or names more than one API", Fix: "write the scopes of one API as under Expose an API, such as https://<tenant>.onmicrosoft.com/<api>/read, and openid or offline_access beside them; with client_credentials the API with /.default"},
		{Parameter: "scope_separator", Problem: "B2C wants a space between scopes", Fix: "remove scope_separator"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90205", "AADB2C90284"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the application has no permission for this API, or nobody has consented", Fix: "add the permission under API permissions, and press Grant admin consent"},
		{Parameter: "scopes", Problem: "the scope may be one that the application may not have", Fix: "compare it with API permissions of the registration"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90083"}, Words: []string{"parameter scope|field scope"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the request has no scope", Fix: "write scopes"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90083"}, Words: []string{"parameter client id|parameter client secret"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "client id or secret is not in the body", Fix: "write auth: client_secret_post", Proposed: "client_secret_post"},
		{Parameter: "client.id", Problem: "the client id may be missing", Fix: "write client.id"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90083", "AADB2C90122"}, Blame: []jeton.Suspect{
		{Parameter: "request.params", Problem: "a parameter is missing, or holds characters that B2C does not take; the answer names it", Fix: "compare the request (jeton explain) with what the answer names"},
		{Parameter: "request.encoding", Problem: "B2C may not have read the body", Fix: "write request.encoding: form", Proposed: "form"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90086", "AADB2C99013"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "B2C does not know this grant type, or not for this policy", Fix: "write one that B2C documents: client_credentials, authorization_code, refresh_token or password"},
		{Parameter: "grant.parameter", Problem: "the word that is sent as grant_type is not one of B2C's", Fix: "remove grant.parameter"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90226"}, Blame: []jeton.Suspect{
		{Parameter: "request.method", Problem: "the token endpoint takes POST only", Fix: "write request.method: POST", Proposed: "POST"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90013", "AADB2C90014", "AADB2C90057", "AADB2C90043", "AADB2C90077", "AADB2C90120"}, Blame: []jeton.Suspect{
		{Parameter: "grant.authorization_params", Problem: "a parameter of the login (response_type, response_mode, prompt, max_age) is not one that B2C takes here", Fix: "remove it, so that a code is asked for"},
		{Parameter: "authorization_url", Problem: "the URL may carry such a parameter", Fix: "write it without parameters, but for the policy"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C99059", "AADB2C90182", "AADB2C90183", "AADB2C90184"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code verifier is not the one of this login (PKCE)", Fix: "begin the login again, and redeem the code with what began it"},
		{Parameter: "grant.authorization_params", Problem: "a code_challenge may be written by hand", Fix: "remove code_challenge and code_challenge_method from the parameters"},
		{Parameter: "grant.redirect_url", Problem: "the redirect URL may be registered for a single-page application", Fix: "register it under the platform Web"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90087", "AADB2C90088"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the code or refresh token was issued by another policy or endpoint than the one in token_url", Fix: "write the same tenant and policy in token_url as in authorization_url"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token belongs to another policy", Fix: "log in with this policy for a new one"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90080", "AADB2C90128", "AADB2C90129", "AADB2C90085"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token has expired or was revoked, or its account is gone", Fix: "log in again for a new one"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90080", "AADB2C90128", "AADB2C90129", "AADB2C90085"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code of the login has expired, was revoked or cannot be redeemed", Fix: "begin the login again, and redeem the code at once"},
		{Parameter: "client.auth", Problem: "the redirect URL may be registered for another kind of client than this one", Fix: "write client.secret for the platform Web, auth: none for a public client"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90225", "AADB2C90052", "AADB2C90054", "AADB2C90053"}, When: []string{"password"}, Blame: []jeton.Suspect{
		{Parameter: "grant.password", Problem: "user name or password is wrong", Fix: "write both as the user types them; accounts of other identity providers have no password here"},
		{Parameter: "grant.username", Problem: "the user name may be wrong", Fix: "write the sign-in name of a local account"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90224", "AADB2C90248", "AADB2C99015"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the application or the policy does not allow the password grant", Fix: "set Treat application as a public client to Yes, with a ROPC user flow in token_url, or write another grant.type"},
		{Parameter: "token_url", Problem: "the policy in token_url may be another one than the ROPC user flow", Fix: "write the policy of the ROPC user flow in token_url"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90111", "AADB2C90114"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the account is locked after too many wrong passwords", Fix: "wait, or let an administrator unlock it, and correct the password before the next try"},
		{Parameter: "grant.password", Problem: "the password may be wrong", Fix: "write the right one"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90235", "AADB2C90237", "AADB2C90238", "AADB2C90239", "AADB2C90240", "AADB2C90208", "AADB2C90209", "AADB2C90210", "AADB2C90232", "AADB2C90233", "AADB2C90272"}, Blame: []jeton.Suspect{
		{Parameter: "grant.authorization_params", Problem: "the id_token_hint is missing, has expired, or has another issuer, audience or key than the policy expects", Fix: "write a new id_token_hint, with the issuer and audience of the policy"},
		{Parameter: "grant.subject_token", Problem: "the token that was given is not valid for the policy", Fix: "give a new one, with the issuer and audience of the policy"},
		{Parameter: "<assertion>", Problem: "the token that was presented is not valid for the policy", Fix: "present a new one, with the issuer and audience of the policy"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90091", "AADB2C90118", "AADB2C90046", "AADB2C90211", "AADB2C90212", "AADB2C90052", "AADB2C90053", "AADB2C90054", "AADB2C90225", "AADB2C90151", "AADB2C90157", "AADB2C90158", "AADB2C90159", "AADB2C90145", "AADB2C90155", "AADB2C90156"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the login was cancelled or not finished", Fix: "log in again in a browser window of its own"},
		{Parameter: "authorization_url", Problem: "the user may want a new password, which is another policy", Fix: "write the policy for a forgotten password, or a combined one"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90244", "AADB2C90035", "AADB2C90289", "AADB2C90152", "AADB2C90154", "AADB2C90206"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "B2C, or the identity provider behind it, could not answer, or there were too many requests", Fix: "try again after a while, and keep the token until it expires"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90092", "AADB2C90296"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application is disabled, or not configured as the policy needs it", Fix: "enable the application under Enterprise applications of the B2C tenant"},
		{Parameter: "client.id", Problem: "the client id may be that of another application", Fix: "compare it with the registration"},
	}, Source: b2cCodes},
	{Codes: []string{"AADB2C90019", "AADB2C90021", "AADB2C90022", "AADB2C90023", "AADB2C90025", "AADB2C90027", "AADB2C90028", "AADB2C90031", "AADB2C90037", "AADB2C90040", "AADB2C90044", "AADB2C90048", "AADB2C90051", "AADB2C90075", "AADB2C90108", "AADB2C90161", "AADB2C90178", "AADB2C90194", "AADB2C90220", "AADB2C90243", "AADB2C90250", "AADB2C90255", "AADB2C90261", "AADB2C90273", "AADB2C90276", "AADB2C90277", "AADB2C90288", "AADB2C99006", "AADB2C99011"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the policy of the B2C tenant, its keys, or a service that it calls, is not in order", Fix: "let the owner of the policy look at what the answer names"},
		{Parameter: "token_url", Problem: "the policy in token_url may be the wrong one", Fix: "write the policy that the provider names"},
	}, Source: b2cCodes},
}
