package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	auth0Client   = "https://auth0.com/docs/get-started/applications/application-access-to-apis-client-grants"
	auth0Grants   = "https://auth0.com/docs/get-started/applications/application-grant-types"
	auth0Audience = "https://support.auth0.com/center/s/article/Client-credentials-grant-requires-audience-parameter"
	auth0Codes    = "https://auth0.com/docs/libraries/common-auth0-library-authentication-errors"
	auth0Password = "https://auth0.com/docs/get-started/authentication-and-authorization-flow/call-your-api-using-resource-owner-password-flow"
)

// auth0Rules are the refusals of Auth0 (Okta Customer Identity Cloud), which
// many vendors have as their authorization server.
var auth0Rules = []jeton.Rule{
	{Words: []string{"service not enabled within domain"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.audience", Problem: "the tenant has no API with this identifier", Fix: "write the identifier of the API as the tenant shows it, its trailing slash included"},
		{Parameter: "token_url", Problem: "the API may be of another tenant", Fix: "write the token URL of the tenant that has the API"},
	}, Source: auth0Client},
	{Words: []string{"client is not authorized to access|is not authorized to access resource server|need to create a client grant"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the application is not authorized for this API", Fix: "authorize it in Application Access (Machine to Machine Applications) of the API"},
		{Parameter: "request.params.audience", Problem: "another API may be meant", Fix: "write the identifier of an API for which the application is authorized"},
		{Parameter: "client.id", Problem: "another application may be meant", Fix: "write the client id of the application that is authorized"},
	}, Source: auth0Client},
	{Words: []string{"client has not been granted scopes"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the application is not allowed these scopes of the API", Fix: "tick the scopes for the application in Application Access of the API, or write others"},
		{Parameter: "consent", Problem: "the grant of the application lacks the scopes", Fix: "tick them in Application Access of the API"},
	}, Source: auth0Client},
	{Words: []string{"no audience parameter was provided|non global clients are not allowed access to ap*|bad audience"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.audience", Problem: "the request names no API that the tenant knows", Fix: "write request.params.audience with the identifier of the API"},
	}, Source: auth0Audience},
	{Words: []string{"grant type", "not allowed for the client"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the application may not use this grant", Fix: "tick it under Advanced Settings, Grant Types of the application; client_credentials needs a Machine to Machine application"},
		{Parameter: "client.id", Problem: "another application may be meant", Fix: "write the client id of the application that has the grant"},
	}, Source: auth0Grants},
	{Words: []string{"unknown client"}, Not: []string{"no client|unknown client assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the server knows no client of this id", Fix: "compare it with the provider's, and with the environment of token_url"},
		{Parameter: "token_url", Problem: "the client may be of another tenant or environment", Fix: "write the token URL of the tenant of the client"},
	}, Source: auth0Codes},
	{Codes: []string{"access_denied"}, Words: []string{"unauthorized"}, Not: []string{"scope*", "grant*", "user*", "token*", "resource*", "permission*", "account*", "address*"}, Statuses: []int{401}, When: []string{"!login"}, Blame: []jeton.Suspect{
		{Parameter: "<credential>", Problem: "what the client authenticates with is not accepted", Fix: "copy it from the settings of the application again"},
		{Parameter: "client.id", Problem: "the client id may be of another tenant", Fix: "compare it with the settings of the application"},
		{Parameter: "client.auth", Problem: "the application may be set to another authentication method", Fix: "write the method of its Credentials tab"},
	}, Source: auth0Codes},
	{Words: []string{"not configured with default connection"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the tenant has no default directory for the password grant", Fix: "write Default Directory in the tenant settings, or use the grant password-realm with request.params.realm"},
		{Parameter: "request.params.realm", Problem: "the request names no connection", Fix: "write grant.parameter: http://auth0.com/oauth/grant-type/password-realm, and request.params.realm"},
	}, Source: auth0Password},
	{Words: []string{"parameter organization is required|organization is required for this client|parameter organization is not allowed"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.organization", Problem: "the application wants an organization, or allows none", Fix: "write request.params.organization with the id of the organization, or remove it"},
	}, Source: auth0Client},
	{Words: []string{"callback url mismatch"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is not registered", Fix: "add it to Allowed Callback URLs of the application, character for character"},
	}, Source: auth0Codes},
	{Codes: []string{"mfa_required"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the user has to give a second factor, which this grant cannot ask for", Fix: "write grant.type: authorization_code, or ask for an exception for this application"},
		{Parameter: "vendor", Problem: "a policy of the tenant demands a second factor", Fix: "exempt this application in the policy"},
	}, Source: auth0Codes},
	{Codes: []string{"too_many_attempts", "password_leaked", "requires_verification"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the login of the user is blocked: too many attempts, a leaked password, or a suspicious request", Fix: "unblock the user, or let the user set a new password"},
		{Parameter: "grant.password", Problem: "the password may be wrong or known to others", Fix: "set a new one"},
	}, Source: auth0Codes},
}
