package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	amadeusErrors    = "https://developers.amadeus.com/self-service/apis-docs/guides/developer-guides/common-errors/"
	fedexAuthorize   = "https://developer.fedex.com/api/en-us/catalog/authorization/v1/docs.html"
	fedexChain       = "https://developer-sandbox.supplychain.fedex.com/sandbox/oauth/token"
	fedexEntitled    = "https://developer.fedex.com/api/en-us/guides/api-reference.html"
	netsuiteAudit    = "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_158324637123.html"
	servicenowAsked  = "https://www.servicenow.com/community/developer-forum/it-is-not-possible-to-get-an-oauth-token/m-p/3146789"
	successFactors   = "https://help.sap.com/docs/successfactors-platform/sap-successfactors-api-reference-guide-odata-v2/restricting-access"
	successFactorsIs = "https://docs.moveworks.com (SAP SuccessFactors, dynamic SAML 2.0 bearer authentication)"
	uspsToken        = "https://developers.usps.com/api/81"
	upsErrors        = "https://github.com/UPS-API/UPS-SDKs (OAuth error codes)"
	upsAPI           = "https://developer.ups.com/api/reference/error-codes"
	xsuaaErrors      = "https://docs.cloudfoundry.org/api/uaa/"
)

var (
	samlAssertion = about("request.params.assertion", "the SAML assertion that was given does not fit", "make a new assertion for this client, company and URL")
	intuitApp     = about("client.id", "the token may be of another app, or of its other environment: development and production keys differ", "write the keys of the app and environment for which it was given")
)

// businessRules: Intuit, NetSuite, SAP, ServiceNow, Veeva.
var businessRules = []jeton.Rule{
	{Words: []string{"incorrect token type or client id"}, Blame: []jeton.Suspect{about("grant.refresh_token", "the refresh token is of another client, or is an access token", "write a refresh token that was given to this client"), intuitApp}, Source: intuitErrors},
	{Words: []string{"incorrect or invalid refresh token"}, Blame: []jeton.Suspect{about("grant.refresh_token", "the refresh token has expired (100 days) or was replaced by a newer one", "connect the company again, and keep the newest refresh token")}, Source: intuitErrors},
	{Codes: []string{"3100", "003100"}, Words: []string{"application authorization failed"}, Blame: []jeton.Suspect{
		about("consent", "the token is not for this company, or the company has disconnected the app", "connect the company again"), about("resource.probe", "sandbox and production have different hosts and companies", "write the host and the realm id of the company that was connected")}, Source: intuitErrors},
	{Words: []string{"application authorization failed"}, When: []string{"resource"}, Blame: []jeton.Suspect{about("consent", "the token is not for this company, or the company has disconnected the app", "connect the company again")}, Source: intuitErrors},
	{Codes: []string{"3200", "003200"}, Words: []string{"authentication failed|token*"}, Blame: []jeton.Suspect{usageSuspect, about("rejected", "the token may have expired", "leave rejected to status 401")}, Source: intuitErrors},

	{Words: []string{"login audit trail"}, Blame: []jeton.Suspect{
		about("vendor", "NetSuite writes the reason into the Login Audit Trail only: the role may be inactive or lack Log in using OAuth 2.0 Access Tokens", "let an administrator read Setup, Users/Roles, View Login Audit Trail, column Detail"),
		about("scopes", "the scope may not be checked in the integration record", "write scopes: [rest_webservices], as the integration record has it"), usageSuspect}, Source: netsuiteAudit},

	{Words: []string{"verify the signature of the saml assertion"}, Blame: []jeton.Suspect{
		about("<assertion>.key", "the certificate of the OAuth client is not that of the key which has signed", "register the certificate of this key (Manage OAuth2 Client Applications)"), samlAssertion}, Source: successFactors},
	{Words: []string{"verify the saml assertion", "api key"}, Blame: []jeton.Suspect{about("client.id", "the API key inside the assertion is not the client_id beside it", "write the API key of the OAuth client in both"), samlAssertion}, Source: successFactorsIs},
	{Words: []string{"recipient attribute"}, Blame: []jeton.Suspect{about("request.params.assertion", "the Recipient of the assertion is not the token endpoint", "write Recipient https://API-SERVER/oauth/token into the assertion"), urlSuspect}, Source: successFactorsIs},
	{Words: []string{"api key does not exist in company"}, Blame: []jeton.Suspect{about("client.id", "the company has no OAuth client with this API key", "copy the API key (Manage OAuth2 Client Applications)"), about("request.params.company_id", "the company id may be another one", "write params: {company_id: ...}"), urlSuspect}, Source: successFactorsIs},
	{Words: []string{"bad credentials"}, When: []string{"!resource", "password"}, Blame: []jeton.Suspect{
		about("grant.password", "user name or password is wrong, or the user is of another identity provider", "check both (XSUAA: params login_hint names another identity provider)"), about("grant.username", "the user name may be wrong", "write it as the identity provider has it"), secretSuspect}, Source: xsuaaErrors},
	{Codes: []string{"unauthorized"}, Words: []string{"bad credentials"}, When: []string{"!resource"}, Blame: []jeton.Suspect{
		about("<credential>", "id and secret do not belong together", "copy both again (XSUAA: clientid and clientsecret of a service key that exists still)"), clientSuspect,
		about("client.auth", "the client may have to authenticate in another way: a service key of type x509 has no secret", "write tls_client_auth, with the certificate of the key and mtls_token_url: .../oauth/token of certurl")}, Source: xsuaaErrors},

	{Codes: []string{"server_error"}, Words: []string{"access denied"}, When: []string{"secret"}, Blame: []jeton.Suspect{
		about("client.secret", "ServiceNow says so of nearly everything, a wrong secret most of all", "copy the secret from the Application Registry"),
		about("grant.type", "the grant may be switched off", "set glide.oauth.inbound.client.credential.grant_type.enabled, and give the registry an OAuth application user"),
		about("<assertion>.subject", "no user may have the subject in the user field of the JWT provider", "write the value of that field")}, Source: servicenowAsked},
	{Codes: []string{"server_error"}, Words: []string{"access denied"}, Blame: []jeton.Suspect{about("<credential>", "ServiceNow says so of nearly everything, wrong credentials most of all", "compare them with the Application Registry"), grantSuspect, vendorSuspect}, Source: servicenowAsked},

	{Codes: []string{"USERNAME_OR_PASSWORD_INCORRECT", "NO_PASSWORD_PROVIDED"}, Blame: []jeton.Suspect{about("grant.password", "user name or password is wrong", "check both"), about("grant.username", "the user name may be wrong", "write it with its domain, user@domain")}, Source: veevaErrors},
	{Codes: []string{"USER_LOCKED_OUT", "PASSWORD_CHANGE_REQUIRED", "CONFIGURATION_MODE_ENABLED"}, Blame: []jeton.Suspect{about("vendor", "the user is locked, or has to set a new password, or the vault is closed for now", "let an administrator unlock the user, or log in once by hand")}, Source: veevaErrors},
	{Codes: []string{"INSUFFICIENT_ACCESS"}, When: []string{"resource"}, Blame: []jeton.Suspect{about("vendor", "the user may not do this", "let an administrator extend the permission set")}, Source: veevaErrors},
	{Codes: []string{"API_LIMIT_EXCEEDED"}, Blame: []jeton.Suspect{waitSuspect}, Source: veevaErrors},
	{Codes: []string{"METHOD_NOT_SUPPORTED"}, Blame: []jeton.Suspect{about("request.method", "the endpoint does not take this method, or not in this version", "write the method that the API documents"), urlSuspect}, Source: veevaErrors},
	{Codes: []string{"MALFORMED_URL"}, Blame: []jeton.Suspect{urlSuspect, about("resource.probe", "there is nothing at this URL", "compare it with the API's documentation")}, Source: veevaErrors},
}

// travelRules: Amadeus, and the carriers FedEx, UPS and USPS.
var travelRules = []jeton.Rule{
	{Codes: []string{"38187"}, Words: []string{"credentials are invalid|invalid credentials|invalid client"}, Blame: []jeton.Suspect{
		about("client.secret", "key and secret do not belong together, or not to this environment", "copy both from My Self-Service Workspace"), clientSuspect, about("token_url", "test keys work at test.api.amadeus.com only", "write test.api.amadeus.com or api.amadeus.com, as the keys are")}, Source: amadeusErrors},
	{Codes: []string{"38190", "38192"}, Blame: []jeton.Suspect{about("rejected", "the access token has expired or is not valid", "leave rejected to status 401"), about("token_url", "token and API may be of two environments", "take both of test or both of production"), usageSuspect}, Source: amadeusErrors},
	{Codes: []string{"38191"}, Blame: []jeton.Suspect{usageSuspect}, Source: amadeusErrors},

	{Codes: []string{"NOT.AUTHORIZED.ERROR"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		about("vendor", "the project or the account is not entitled to this API: a fresh token proves the key", "add the API and the shipping account to the project"), about("resource.probe", "sandbox and production have different hosts", "take token and API of one environment")}, Source: fedexEntitled},
	{Codes: []string{"NOT.AUTHORIZED.ERROR"}, Blame: []jeton.Suspect{
		about("client.secret", "key and secret do not belong together, or not to this environment", "copy both from the project; test keys and production keys differ"), clientSuspect, about("token_url", "test keys work at apis-sandbox.fedex.com only", "write apis-sandbox.fedex.com or apis.fedex.com, as the keys are")}, Source: fedexAuthorize},
	{Codes: []string{"BAD.REQUEST.ERROR"}, Words: []string{"scope"}, Blame: []jeton.Suspect{jeton.Suspect{Parameter: "scopes", Problem: "FedEx takes the scope from the client's registration, and none from the request", Fix: "remove scopes"}}, Source: fedexAuthorize},
	{Codes: []string{"invalid_grant"}, Words: []string{"verify oauth request signature"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		about("consent", "FedEx Supply Chain says so of an authorization code that is not valid: it was used before, or has expired", "log in again, and redeem the code at once"), about("grant.redirect_url", "it may differ from the one that is registered", "write the registered one")}, Source: fedexChain},
	{Codes: []string{"LOGIN.REAUTHENTICATE.ERROR"}, Blame: []jeton.Suspect{about("rejected", "the token has expired", "write rejected with a condition on this code"), usageSuspect}, Source: fedexEntitled},

	{Words: []string{"invalid missing authorization header"}, When: []string{"!resource", "!basic"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "client.auth", Problem: "the server wants id and secret in the Authorization header", Fix: "write client.auth: client_secret_basic", Proposed: "client_secret_basic"}, encodingSuspect}, Source: upsErrors},
	{Codes: []string{"10400"}, When: []string{"!resource"}, Blame: []jeton.Suspect{about("client.auth", "UPS misses the Authorization header or a parameter", "write client.auth: client_secret_basic"), about("request.params", "a parameter may be missing", "compare the request (jeton explain) with the documentation"), encodingSuspect}, Source: upsErrors},
	{Codes: []string{"10401"}, Blame: []jeton.Suspect{
		about("client.id", "UPS does not know the client, or its secret is wrong", "copy both from My Apps, and add the product to the app"), about("client.secret", "the secret may be wrong", "copy it again"), about("token_url", "the test host is wwwcie.ups.com", "write onlinetools.ups.com for production")}, Source: upsErrors},
	{Words: []string{"invalid api key for given resource"}, Blame: []jeton.Suspect{
		about("vendor", "the app is not approved for this API", "add the API product to the app, or wait for its approval"), about("token_url", "this may be the token endpoint of another version or environment", "write https://apis.usps.com/oauth2/v3/token (test: apis-tem.usps.com)"), clientSuspect}, Source: uspsToken},
	{Codes: []string{"250002"}, When: []string{"resource"}, Blame: []jeton.Suspect{usageSuspect, about("resource.probe", "token and API may be of two environments", "take both of wwwcie.ups.com or both of onlinetools.ups.com"), about("vendor", "the app may not have this product", "add the product to the app")}, Source: upsAPI},
}
