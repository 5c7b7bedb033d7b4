package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	ibmIAM     = "https://cloud.ibm.com/apidocs/iam-identity-token-api"
	ibmSDK     = "https://github.com/IBM-Cloud/ibm-cloud-cli-sdk/blob/master/bluemix/authentication/iam/iam.go"
	ibmSession = "https://github.com/IBM-Cloud/ibm-cloud-cli-release/issues/166"
	ibmIP      = "https://cloud.ibm.com/docs/containers?topic=containers-vpc-lb-ip-access"
	ibmAccess  = "https://www.ibm.com/docs/en/sva/11.0.3?topic=reference-oauth-20-error-codes"
)

// ibmRules are the refusals of IBM Cloud IAM: codes BXNIM and a text.
var ibmRules = []jeton.Rule{
	{Codes: []string{"BXNIM0415E", "BXNIM0102E"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.apikey", Problem: "IAM knows no API key of this value: misspelt, deleted, or not an IAM API key of this cloud", Fix: "make an API key under Manage, Access (IAM), API keys, and write its value (not its id)"},
		{Parameter: "client.secret", Problem: "the API key may stand in the wrong place", Fix: "write it as request.params.apikey"},
		{Parameter: "token_url", Problem: "the key may be of the test or of a dedicated cloud", Fix: "write https://iam.cloud.ibm.com/identity/token for the public one"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0420E", "BXNIM0462E", "BXNIM0434E"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.apikey", Problem: "the API key is disabled or locked", Fix: "enable or unlock it under API keys, or write another"},
		{Parameter: "vendor", Problem: "an administrator or a scanner of leaked keys has disabled it", Fix: "enable it, if it has not leaked"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0430E"}, Blame: []jeton.Suspect{
		{Parameter: "egress", Problem: "the user or the account admits only listed IP addresses", Fix: "add the address of this machine to the allowed IP addresses of the user or account"},
	}, Source: ibmIP},
	{Codes: []string{"BXNIM0436E"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the user is suspended or invited no more in this account", Fix: "ask an administrator of the account to activate the user, or use an API key of a service id"},
		{Parameter: "request.params.apikey", Problem: "the key belongs to that user", Fix: "write the API key of a service id"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0141E"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.account", Problem: "the user is no member of the account that is asked for", Fix: "write an account of the user, or remove the parameter"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0139E"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the token belongs to another client id", Fix: "write the client id with which it was issued"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0408E", "BXNIM0407E"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token has expired (after 72 hours at most) or is not valid", Fix: "log in again; with an API key ask for a new token instead of renewing"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
	}, Source: ibmSDK},
	{Codes: []string{"BXNIM0439E", "BXNIM0421E"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the session of the login has ended: unused for too long, or too old", Fix: "log in again; programs had better use an API key"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
	}, Source: ibmSession},
	{Codes: []string{"BXNIM0453E"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "a refresh token of a service id cannot be used for this", Fix: "use the API key itself, or log in as a user"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0407E"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.apikey", Problem: "what was presented is not valid any more", Fix: "make a new API key and write its value"},
		{Parameter: "vendor", Problem: "the user or service id behind it may be gone", Fix: "check it under Manage, Access (IAM)"},
	}, Source: ibmSDK},
	{Codes: []string{"BXNIM0106E"}, Words: []string{"property response type"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.response_type", Problem: "response_type asks for tokens that this client may not have", Fix: "remove request.params.response_type, or write cloud_iam", Proposed: "cloud_iam"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0106E"}, Blame: []jeton.Suspect{
		{Parameter: "request.params", Problem: "a parameter has a value that is not allowed: the answer names both", Fix: "write one of the values that the answer lists"},
		{Parameter: "grant.parameter", Problem: "grant_type may be misspelt", Fix: "write grant.parameter: urn:ibm:params:oauth:grant-type:apikey"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0109E"}, Words: []string{"property grant type"}, Blame: []jeton.Suspect{
		{Parameter: "request.encoding", Problem: "IAM has read no grant_type: it takes a form alone", Fix: "write request.encoding: form, and no Content-Type in request.headers", Proposed: "form"},
		{Parameter: "grant.parameter", Problem: "grant_type may be empty", Fix: "write grant.parameter: urn:ibm:params:oauth:grant-type:apikey"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0109E"}, Words: []string{"property apikey|property api key"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.apikey", Problem: "the API key is missing or empty", Fix: "write request.params.apikey"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0109E"}, Blame: []jeton.Suspect{
		{Parameter: "request.params", Problem: "a parameter is missing or empty: errorDetails names it", Fix: "write it in request.params"},
		{Parameter: "request.encoding", Problem: "IAM takes a form alone", Fix: "write request.encoding: form"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0400E", "BXNIM0602E"}, Blame: []jeton.Suspect{
		{Parameter: "grant.password", Problem: "the user name, password or passcode is not accepted", Fix: "check both; federated users need a one-time passcode or an API key"},
		{Parameter: "grant.username", Problem: "the user name may be wrong", Fix: "write the IBMid"},
		{Parameter: "request.params.apikey", Problem: "what was presented is not accepted", Fix: "make a new API key and write its value"},
	}, Source: ibmSDK},
	{Codes: []string{"BXNIM0308E"}, Blame: []jeton.Suspect{
		{Parameter: "usage", Problem: "the token did not arrive in the header Authorization", Fix: "write usage.header: Authorization and usage.scheme: Bearer"},
	}, Source: ibmIAM},
	{Codes: []string{"BXNIM0501E", "BXNIM0513E", "BXNIM0514E", "BXNIM0515E"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the user or service id lacks the access that the call needs", Fix: "give it an access policy under Manage, Access (IAM)"},
		{Parameter: "request.params.apikey", Problem: "the API key may be of another user or service id", Fix: "write the key of the one that has access"},
	}, Source: ibmIAM},
}

// ibmAccessRules are the refusals of IBM Verify Access (and of Corppass, which
// runs on it): codes FBTOAU in the description.
var ibmAccessRules = []jeton.Rule{
	{Codes: []string{"FBTOAU204E"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the secret is not the one of this client", Fix: "copy it from the client's definition again"},
		{Parameter: "client.auth", Problem: "the client may authenticate in another way", Fix: "write the method that the client is defined with"},
	}, Source: ibmAccess},
	{Codes: []string{"FBTOAU220E"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the client that authenticates is not the one in the body", Fix: "write one client id, and no client_id in request.params"},
		{Parameter: "client.auth", Problem: "a session or certificate may authenticate as somebody else", Fix: "authenticate the client in one way only"},
	}, Source: ibmAccess},
	{Codes: []string{"FBTOAU210E", "FBTOAU223E"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is not registered, or not the one of the login", Fix: "write the registered one, character for character, and begin the login again"},
	}, Source: ibmAccess},
	{Codes: []string{"FBTOAU211E"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the server has no such grant any more: used, expired or revoked", Fix: "log in again"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
	}, Source: ibmAccess},
	{Codes: []string{"FBTOAU211E"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code was used before, or has expired", Fix: "begin the login again"},
		{Parameter: "client.id", Problem: "the code may be of another client", Fix: "redeem it with the client that began the login"},
	}, Source: ibmAccess},
}
