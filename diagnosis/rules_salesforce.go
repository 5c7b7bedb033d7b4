package diagnosis

import (
	"slices"

	"github.com/jeton-oauth/jeton"
)

// Salesforce documents some errors for each flow, and names all of them in its SDK.
const (
	salesforceFlows   = "https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm"
	salesforceLogin   = "https://help.salesforce.com/articleView?id=remoteaccess_oauth_user_agent_flow.htm"
	salesforceSDK     = "https://github.com/forcedotcom/SalesforceMobileSDK-iOS (SFOAuthErrorCode.swift, after the server's OauthErrorCode.java)"
	salesforceClient  = "https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm"
	salesforcePolicy  = "https://help.salesforce.com/s/articleView?id=xcloud.connected_app_manage_oauth.htm"
	salesforceJWT     = "https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm"
	salesforceAsked   = "https://github.com/simple-salesforce/simple-salesforce/issues/491"
	salesforceSession = "https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm"
)

var (
	salesforceApproval = about("consent", "the user may not use this connected app: it is not approved for the user's profile", "in the app's policies set Permitted Users to Admin approved users are pre-authorized, and add the user's profile or permission set")
	salesforceHost     = about("token_url", "the org may have another host: login, test (sandbox) and My Domain do not know each other's users and apps", "write https://MYDOMAIN.my.salesforce.com/services/oauth2/token, or test.salesforce.com for a sandbox")
	salesforceKey      = about("client.id", "the org does not know this consumer key", "copy the consumer key of the app again, and install the app in this org; a new app takes up to 10 minutes")
	salesforceUser     = about("<assertion>.subject", "the subject has to be the username of an active user of this org", "write subject: the username, not the e-mail address; in a sandbox it ends with the name of the sandbox")
	salesforceTrouble  = about("vendor", "Salesforce could not answer", "try again later, or look at status.salesforce.com")
)

// salesforceRules are the refusals of Salesforce.
var salesforceRules = slices.Concat(salesforceAccess, salesforceGrants, salesforceEndpoints)

// salesforceAccess: who may use the app.
var salesforceAccess = []jeton.Rule{
	{Words: []string{"hasnt approved this consumer|has not approved this consumer"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{salesforceApproval, salesforceUser, salesforceHost}, Source: salesforceJWT},
	{Words: []string{"hasnt approved this consumer|has not approved this consumer"}, Blame: []jeton.Suspect{salesforceApproval, salesforceHost}, Source: salesforcePolicy},
	{Codes: []string{"invalid_app_access", "OAUTH_APP_ACCESS_DENIED"}, Blame: []jeton.Suspect{salesforceApproval, salesforceUser}, Source: salesforceSDK},
	{Words: []string{"not admin approved to access this app"}, Blame: []jeton.Suspect{salesforceApproval, salesforceUser}, Source: salesforcePolicy},
	{Codes: []string{"OAUTH_EC_APP_NOT_FOUND", "app_not_found"}, Blame: []jeton.Suspect{
		about("consent", "the app is not installed in this org", "let an administrator install it (Setup, Connected Apps OAuth Usage), or write the key of an app of this org"), salesforceKey, salesforceHost}, Source: salesforceSDK},
	{Words: []string{"client app is not installed in this org|app must be installed into"}, Blame: []jeton.Suspect{
		about("consent", "the app is not installed in this org", "let an administrator install it (Setup, Connected Apps OAuth Usage), or write the key of an app of this org"), salesforceKey, salesforceHost}, Source: salesforcePolicy},
	{Codes: []string{"OAUTH_APP_BLOCKED", "app_blocked", "fail_close_app_blocked"}, Blame: []jeton.Suspect{
		about("consent", "the org blocks this app", "let an administrator unblock or install it (Setup, Connected Apps OAuth Usage)")}, Source: salesforceSDK},
	{Words: []string{"app is blocked by admin"}, Blame: []jeton.Suspect{
		about("consent", "the org blocks this app", "let an administrator unblock or install it (Setup, Connected Apps OAuth Usage)")}, Source: salesforcePolicy},
	{Codes: []string{"OAUTH_APPROVAL_ERROR_GENERIC"}, Blame: []jeton.Suspect{
		about("consent", "the org does not let this user approve the app", "let an administrator install the app, and log in as a user with a full license"),
		about("scopes", "a scope may not be selected in the app", "ask only for scopes of the app's OAuth settings")}, Source: salesforcePolicy},
	{Codes: []string{"immediate_unsuccessful"}, Blame: []jeton.Suspect{
		about("consent", "the user is not logged in, or has not approved the app yet", "log in once without immediate=true"),
		about("grant.authorization_params.immediate", "immediate=true forbids the page on which the user would approve", "remove immediate")}, Source: salesforceLogin},
	{Codes: []string{"inactive_user"}, Blame: []jeton.Suspect{
		about("vendor", "the user is inactive or frozen in Salesforce", "let an administrator activate the user (Setup, Users)"), salesforceUser}, Source: salesforceLogin},
	{Words: []string{"inactive user|user is inactive"}, Not: []string{"session"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		about("vendor", "the user is inactive or frozen at the provider", "let an administrator activate the user"), salesforceUser}, Source: salesforceLogin},
	{Codes: []string{"inactive_org"}, Blame: []jeton.Suspect{
		about("vendor", "the org is locked, closed or suspended", "ask Salesforce"), salesforceHost}, Source: salesforceLogin},
	{Codes: []string{"rate_limit_exceeded"}, Blame: []jeton.Suspect{
		about("vendor", "too many logins of this user or app", "wait, then keep the token instead of asking anew; a user may log in 3,600 times an hour")}, Source: salesforceLogin},
	{Words: []string{"ip restricted"}, Blame: []jeton.Suspect{
		about("egress", "the login comes from an address outside of the ranges of the profile or the app", "add the address of this machine to the login IP ranges, or relax the IP restrictions of the app's policies"),
		about("vendor", "the profile may forbid logins at this hour", "look at Login Hours of the user's profile")}, Source: salesforceLogin},
	{Codes: []string{"invalid_session_level"}, Blame: []jeton.Suspect{
		about("vendor", "the app demands a high assurance session", "lower the policy of the app, or let the user log in with a second factor")}, Source: salesforceSDK},
	{Codes: []string{"login_error", "invalid_otp", "otp_error"}, Blame: []jeton.Suspect{
		about("consent", "the person was not logged in: password or one-time code was not accepted", "begin the login again")}, Source: salesforceSDK},
	{Codes: []string{"client_blocked", "client_blocked_retry", "app_attest_failed", "app_attest_failed_retry"}, Blame: []jeton.Suspect{
		about("vendor", "the app demands an attestation of the device, which a server cannot give", "take an app without app attestation")}, Source: salesforceSDK},
}

// salesforceGrants: what was presented.
var salesforceGrants = []jeton.Rule{
	{Words: []string{"no client credentials user enabled"}, Blame: []jeton.Suspect{
		about("vendor", "the app has no user to run as", "in the app's policies write Run As of the Client Credentials Flow (the username, not the e-mail address)")}, Source: salesforceClient},
	{Codes: []string{"oauth_flow_disabled"}, Blame: []jeton.Suspect{
		about("grant.type", "the app, or this flow of it, is switched off", "switch the flow on in the app's OAuth settings, or in Setup under OAuth and OpenID Connect Settings"),
		about("vendor", "the app or its OAuth plugin is disabled", "let an administrator enable it")}, Source: salesforceSDK},
	{Words: []string{"client credentials flow not enabled|client credentials flow is not enabled"}, Blame: []jeton.Suspect{
		about("grant.type", "the app does not allow the client credentials flow", "check Enable Client Credentials Flow in the app's OAuth settings")}, Source: salesforceClient},
	{Codes: []string{"oauth_policy_not_found", "ecapp_policy_not_found"}, Blame: []jeton.Suspect{
		about("consent", "the app has no OAuth policy in this org", "let an administrator install the app and save its policies"), salesforceKey}, Source: salesforceSDK},
	{Words: []string{"request not supported on this domain"}, Blame: []jeton.Suspect{
		about("token_url", "this flow works at the My Domain of the org only, not at login or test.salesforce.com", "write https://MYDOMAIN.my.salesforce.com/services/oauth2/token")}, Source: salesforceClient},
	{Words: []string{"no valid scopes defined"}, Blame: []jeton.Suspect{
		about("scopes", "the app has no scope that this flow can give", "select Manage user data via APIs (api) in the app's OAuth settings; full alone is not enough")}, Source: salesforceClient},
	{Words: []string{"scope parameter not supported"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "scope_in", Problem: "this flow takes no scope: the app's own scopes are given", Fix: "remove scopes, or write scope_in: none", Proposed: "none"},
		about("scopes", "this flow takes no scope", "remove scopes")}, Source: salesforceClient},
	// The JWT flow says so of an assertion that is not within its time.
	{Words: []string{"expired authorization code"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{clockSuspect,
		about("grant.assertion.lifetime", "Salesforce wants an assertion that ends within about 3 minutes", "write lifetime: 3m"), salesforceHost}, Source: salesforceAsked},
	{Words: []string{"expired authorization code"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		about("consent", "the code is older than 15 minutes or was used before", "begin the login again"),
		about("grant.redirect_url", "the code may belong to another login", "redeem it with the redirect URL of its login")}, Source: salesforceFlows},
	{Words: []string{"expired access refresh token"}, Not: []string{"jwt"}, Blame: []jeton.Suspect{
		about("grant.refresh_token", "the refresh token is expired or revoked, or the app's refresh token policy ends it at the first use", "log in again; look at the refresh token policy of the app")}, Source: salesforceFlows},
	{Words: []string{"authentication failure"}, Codes: []string{"invalid_grant"}, When: []string{"password"}, Blame: []jeton.Suspect{
		about("grant.password", "Salesforce refuses the password: outside of trusted networks the security token belongs behind it", "write the password and, without a space, the security token (Settings, Reset My Security Token)"),
		about("grant.username", "the username may be wrong", "write the username, not the e-mail address"), salesforceHost}, Source: salesforceFlows},
	{Codes: []string{"invalid_grant"}, Words: []string{"invalid assertion"}, Not: []string{"client|audience|expired|signature|issuer|subject|scope|aadsts*"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		about("grant.assertion.key", "the assertion is not signed with the key of the certificate in the app", "upload the certificate of this key under Use digital signatures of the app; it has to be RSA"),
		about("grant.assertion.audience", "the audience may be wrong", "write audience: https://login.salesforce.com, or https://test.salesforce.com for a sandbox"), salesforceHost}, Source: salesforceJWT},
	{Codes: []string{"invalid_grant"}, Words: []string{"audience validation failed"}, Not: []string{"idx*|aadsts*"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		about("grant.assertion.audience", "the audience has to be the login host, not the token endpoint", "write audience: https://login.salesforce.com, https://test.salesforce.com for a sandbox, or the address of the Experience Cloud site"), salesforceHost}, Source: salesforceFlows},
	{Codes: []string{"invalid_assertion_type"}, Blame: []jeton.Suspect{
		about("grant.parameter", "Salesforce does not know this kind of assertion", "write grant.type: jwt_bearer and no parameter")}, Source: salesforceSDK},
	{Codes: []string{"bad_jti_claim"}, Blame: []jeton.Suspect{jtiSuspect}, Source: salesforceSDK},
	{Words: []string{"token handler validation failed"}, Blame: []jeton.Suspect{
		about("grant.subject_token", "the token exchange handler (Apex) of the org has refused the token", "give a token that the handler takes; its reason stands in the Apex debug log only"),
		about("vendor", "the handler may fail itself, for example for want of a remote site setting", "let an administrator read the Apex debug log")}, Source: salesforceFlows},
	{Codes: []string{"unsupported_token_type"}, When: []string{"token_exchange"}, Blame: []jeton.Suspect{
		about("grant.subject_token_type", "Salesforce does not take this type of token", "write the type for which the org has a token exchange handler")}, Source: salesforceSDK},
}

// salesforceEndpoints: client, redirect and the API.
var salesforceEndpoints = []jeton.Rule{
	{Words: []string{"client identifier invalid"}, Blame: []jeton.Suspect{salesforceKey,
		about("<assertion>.issuer", "the issuer of the assertion is the consumer key", "write the consumer key as issuer"), salesforceHost}, Source: salesforceLogin},
	{Codes: []string{"invalid_client_credentials"}, Blame: []jeton.Suspect{
		about("client.secret", "the consumer secret is wrong", "copy it from Manage Consumer Details of the app again")}, Source: salesforceSDK},
	{Codes: []string{"invalid_basic_auth_header"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "client.auth", Problem: "Salesforce cannot read the Basic header", Fix: "write client.auth: client_secret_post", Proposed: "client_secret_post"},
		jeton.Suspect{Parameter: "client.basic_encoding", Problem: "the encoding of id and secret may not be understood", Fix: "write client.basic_encoding: raw", Proposed: "raw"}}, Source: salesforceSDK},
	{Words: []string{"must use http post|must use http get"}, Blame: []jeton.Suspect{
		about("request.method", "the endpoint does not take this method", "write request.method: POST")}, Source: salesforceLogin},
	{Words: []string{"out of band not supported"}, Blame: []jeton.Suspect{
		about("grant.redirect_url", "an out-of-band redirect is not allowed", "write a redirect URL that is registered in the app")}, Source: salesforceLogin},
	{Codes: []string{"redirect_uri_mismatch", "redirect_uri_missing"}, Blame: []jeton.Suspect{
		about("grant.redirect_url", "the redirect URL is not, letter by letter, one that is registered for the client", "register this redirect URL at the provider, or write one that is registered")}, Source: salesforceLogin},
	{Codes: []string{"invalid_expid", "unsupported_expid"}, Blame: []jeton.Suspect{
		about("grant.authorization_params.expid", "the org does not know this login experience", "remove expid, or write one that the org has")}, Source: salesforceSDK},
	{Codes: []string{"exceeded_registration_limit", "failed_registration", "registration_error", "installation_error", "invalid_distribution_state"}, Blame: []jeton.Suspect{
		about("vendor", "the app could not be registered or installed in the org", "let an administrator look at the app in Setup")}, Source: salesforceSDK},
	{Codes: []string{"system_down", "unknown_error"}, Blame: []jeton.Suspect{salesforceTrouble}, Source: salesforceSDK},
	{Words: []string{"session is not valid for use with the rest api|session not valid for use"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		about("scopes", "the token may not be used with the API", "give the app the scope api, and ask for a new token"),
		about("vendor", "the user may lack API Enabled, or the org controls who uses the API", "let an administrator look at API Enabled and API Access Control")}, Source: salesforceSession},
	{Codes: []string{"INVALID_SESSION_ID"}, Blame: []jeton.Suspect{
		about("rejected", "the API says in its body that the session has ended", "write rejected with a condition on INVALID_SESSION_ID, so that a new token is fetched"),
		about("resource.probe", "the API may be that of another org or instance", "use instance_url of the token reply (Salesforce), or the DNS of the vault (Veeva)"), usageSuspect}, Source: salesforceSession},
	{Codes: []string{"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"}, Blame: []jeton.Suspect{
		about("vendor", "the org or the user may not use the API", "let an administrator enable the API")}, Source: salesforceSession},
	{Codes: []string{"REQUEST_LIMIT_EXCEEDED"}, Blame: []jeton.Suspect{
		about("vendor", "the org has used up its API requests", "wait, or ask for a higher limit")}, Source: salesforceSession},
}
