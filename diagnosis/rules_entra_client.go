package diagnosis

import "github.com/jeton-oauth/jeton"

// entraClientRules are about who asks: the client id, its secret, and whether it
// must have one.
var entraClientRules = []jeton.Rule{
	{Codes: []string{"AADSTS7000215"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the client secret is wrong; often the id of the secret was copied in place of its value", Fix: "write the Value of the secret from Certificates & secrets; if it was not kept, make a new one"},
		{Parameter: "client.id", Problem: "the secret may belong to another app registration", Fix: "compare client.id with the Application (client) ID of the registration that holds the secret"},
		{Parameter: "client.basic_encoding", Problem: "a secret with special characters may be encoded in another way than Entra reads it", Fix: "write auth: client_secret_post"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS7000222"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the client secret has expired", Fix: "make a new secret under Certificates & secrets of the app registration, and write its Value"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70002"}, Words: []string{"marked as mobile|not supported for this feature"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the app registration does not allow public client flows, such as device_code", Fix: "set Allow public client flows to Yes under Authentication of the app registration"},
		{Parameter: "client.id", Problem: "the client id may be that of another registration", Fix: "write the client id of a registration for mobile and desktop applications"},
	}, Source: entraDevice},
	{Codes: []string{"AADSTS70002"}, Words: []string{"must contain the following parameter|must include a client secret|parameter client secret|client secret or client assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the app is a confidential client, and no credential came with the request", Fix: "write client.secret or client.assertion, or set Allow public client flows to Yes"},
		{Parameter: "client.secret", Problem: "the client secret is missing", Fix: "write the Value of a secret from Certificates & secrets"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS7000218", "AADSTS7000216"}, When: []string{"device_code"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the app is a confidential client, and no credential came with the request", Fix: "set Allow public client flows to Yes under Authentication of the app registration, or write client.secret"},
		{Parameter: "client.secret", Problem: "the client secret is missing", Fix: "write the Value of a secret from Certificates & secrets"},
	}, Source: entraSecretless},
	{Codes: []string{"AADSTS7000218", "AADSTS7000216"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the client must authenticate, and neither client_secret nor client_assertion was in the request", Fix: "write client.secret with auth: client_secret_post, or client.assertion; for a public client set Allow public client flows to Yes"},
		{Parameter: "client.secret", Problem: "the client secret is missing", Fix: "write the Value of a secret from Certificates & secrets"},
		{Parameter: "request.encoding", Problem: "Entra reads the form in the body only", Fix: "write request.encoding: form", Proposed: "form"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS700025"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the app is a public client, and a credential came with the request", Fix: "write auth: none and remove the secret, or set Allow public client flows to No and register the redirect URL under Web", Proposed: "none"},
		{Parameter: "grant.redirect_url", Problem: "the redirect URL may be registered for mobile and desktop applications, which makes the client public", Fix: "register it under the platform Web"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90023"}, Words: []string{"public client*"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the grant was given to a public client, which may send no secret", Fix: "write auth: none and remove the secret, or log in with the confidential client", Proposed: "none"},
		{Parameter: "client.secret", Problem: "a secret was sent that Entra does not want", Fix: "remove client.secret"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS700016", "AADSTS700011", "AADSTS70001"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "this tenant has no application with this client id", Fix: "write the Application (client) ID of the app registration, not its object id or the id of a secret"},
		{Parameter: "token_url", Problem: "the tenant in token_url may be another one than the tenant of the application", Fix: "write the Directory (tenant) ID of the app registration in token_url"},
		{Parameter: "consent", Problem: "the application may not be installed in this tenant", Fix: "let an administrator of the tenant consent, which installs it"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS700038"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the client id is no valid application id", Fix: "write the Application (client) ID of the app registration, a GUID that is not all zeros"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS7000110"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the code or refresh token was given to another client than this one", Fix: "redeem it with the client id of the login"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token belongs to another client", Fix: "log in with this client for a new one"},
	}, Source: entraAmbiguous},
	{Codes: []string{"AADSTS7000112", "AADSTS1000031"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application is disabled in this tenant", Fix: "set Enabled for users to sign-in to Yes under Enterprise applications, Properties, or ask the administrator why it was disabled"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS7000113", "AADSTS7000114"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the application may not act on behalf of a user with this token", Fix: "present the access token of a user; for the application itself write grant.type: client_credentials"},
		{Parameter: "vendor", Problem: "on-behalf-of calls may not be allowed for the application", Fix: "ask the administrator of the tenant"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS82001", "AADSTS82002"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "this kind of application (an agent) may not ask for a token of its own for this API", Fix: "ask on behalf of a user, or use an ordinary app registration"},
		{Parameter: "scopes", Problem: "the API may be one that agents cannot use", Fix: "write the scope of another API"},
	}, Source: entraQuoted},
	{Codes: []string{"AADSTS399274"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the application is configured for SAML single sign-on and cannot be used with OAuth", Fix: "make another app registration for OAuth, and write its client id"},
		{Parameter: "scopes", Problem: "the API that the scope names may be configured for SAML", Fix: "write the scope of an app registration for OAuth"},
	}, Source: entraQuoted},
	{Codes: []string{"AADSTS67003"}, Blame: []jeton.Suspect{
		{Parameter: "grant.actor_token", Problem: "the actor is no service identity that Entra accepts", Fix: "give the token of an application as actor"},
		{Parameter: "vendor", Problem: "the actor may not be allowed to act for others", Fix: "ask the administrator of the tenant"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS65002"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "this client id belongs to an application of Microsoft, which may not call this API", Fix: "register an application of your own, and write its client id"},
	}, Source: entraCodes},
}

// entraGeneralRules are the codes that say little; an answer that has another one
// is judged by that.
var entraGeneralRules = []jeton.Rule{
	{Codes: []string{"AADSTS70000", "AADSTS7000013"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token is not valid, or was given for other scopes", Fix: "log in again for a new one"},
		{Parameter: "scopes", Problem: "the scopes may be more than those of the login", Fix: "ask for the scopes of the login, or log in again with these"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70000", "AADSTS7000013"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion", Problem: "Entra does not accept the assertion of the grant", Fix: "present an access token that was made for this client"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70000", "AADSTS7000013"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code of the login is not valid: it has expired, was used before, or belongs to another login", Fix: "begin the login again, and redeem the code at once"},
		{Parameter: "grant.redirect_url", Problem: "the code may belong to another redirect URL", Fix: "redeem it with the redirect URL of the login"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS700020"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "Entra wants the user to log in interactively", Fix: "log in again in a browser"},
		{Parameter: "vendor", Problem: "a policy of the tenant may demand it", Fix: "ask the administrator of the tenant"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50003", "AADSTS50006", "AADSTS50007", "AADSTS50032", "AADSTS50099", "AADSTS50146", "AADSTS900384"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "a signing key of the application, or a signature that Entra was given, is missing or not valid", Fix: "let the owner of the application renew its signing certificate in Entra"},
		{Parameter: "client.id", Problem: "the client id may be that of another application", Fix: "compare it with the app registration"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70002", "AADSTS50012"}, When: []string{"secret"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the client secret is wrong or has expired", Fix: "make a new secret under Certificates & secrets of the app registration, and write its Value"},
		{Parameter: "client.id", Problem: "the secret may belong to another app registration", Fix: "compare client.id with the registration that holds the secret"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70002", "AADSTS50012"}, Blame: []jeton.Suspect{
		{Parameter: "<credential>", Problem: "the credential of the client is not accepted", Fix: "compare it with Certificates & secrets of the app registration"},
		{Parameter: "client.id", Problem: "the credential may belong to another app registration", Fix: "compare client.id with the registration that holds the credential"},
	}, Source: entraCodes},
}
