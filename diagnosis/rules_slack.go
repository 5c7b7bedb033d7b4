package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	slackAccess    = "https://docs.slack.dev/reference/methods/oauth.v2.access"
	slackUser      = "https://docs.slack.dev/reference/methods/oauth.v2.user.access"
	slackAuthorize = "https://docs.slack.dev/authentication/installing-with-oauth"
	slackV1        = "https://docs.slack.dev/reference/methods/oauth.access"
)

var (
	slackScopes  = about("scopes", "Slack misses scopes, or does not give these", "write scopes of the app's page OAuth & Permissions, and scope_separator: \",\" at the login; user scopes go into grant.authorization_params.user_scope")
	slackInstall = about("consent", "the app is installed no more, or its user or workspace is gone", "install the app in the workspace again")
	slackForm    = jeton.Suspect{Parameter: "request.encoding", Problem: "Slack could not read the body", Fix: "write request.encoding: form", Proposed: "form"}
)

// slackRules are the refusals of Slack: status 200, ok: false, and one word.
var slackRules = []jeton.Rule{
	{Codes: []string{"invalid_client_id"}, Blame: []jeton.Suspect{
		about("client.id", "the provider does not know this client id", "copy it from the app's page at the provider again (Slack: Basic Information; Salesforce: consumer key)"), urlSuspect}, Source: slackAccess},
	{Codes: []string{"bad_client_secret"}, Blame: []jeton.Suspect{
		about("client.secret", "the client secret is wrong", "copy it from Basic Information of the app; the signing secret is another one"), about("client.id", "id and secret may be of two apps", "copy both from one app")}, Source: slackAccess},
	{Codes: []string{"bad_redirect_uri"}, Blame: []jeton.Suspect{
		about("grant.redirect_url", "the redirect URL is not that of the login, or not registered", "write one of OAuth & Permissions, Redirect URLs, letter by letter")}, Source: slackAccess},
	{Codes: []string{"invalid_code", "code_already_used"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		about("consent", "the code has expired (10 minutes), was used before, or is another's", "begin the login again"), about("client.id", "the code may have been issued to another client", "redeem it with the client that began the login")}, Source: slackV1},
	{Codes: []string{"invalid_code_verifier", "missing_code_verifier"}, Blame: []jeton.Suspect{
		about("grant.type", "the code verifier is not the one of this login (RFC 7636)", "begin the login again; a program redeems with the Authorization that it began with"), consentSuspect}, Source: slackAccess},
	{Codes: []string{"invalid_grant_type"}, Blame: []jeton.Suspect{
		about("grant.parameter", "the provider does not know this grant_type", "write the word that it documents"), grantSuspect}, Source: slackAccess},
	{Codes: []string{"invalid_refresh_token"}, Blame: []jeton.Suspect{
		about("grant.refresh_token", "the refresh token is not valid: each is good for one use", "install the app again, and let only one program renew")}, Source: slackAccess},
	{Codes: []string{"invalid_token"}, When: []string{"refresh_token", "success"}, Blame: []jeton.Suspect{refreshSuspect}, Source: slackV1},
	{Codes: []string{"no_scopes", "no_user_scopes", "no_bot_scopes_requested", "missing_resource"}, Blame: []jeton.Suspect{slackScopes}, Source: slackUser},
	{Codes: []string{"invalid_scope_requested", "unapproved_scope", "scope_not_allowed_on_enterprise"}, Blame: []jeton.Suspect{slackScopes,
		about("vendor", "the scopes may wait for Slack's review, or may not be given to a whole organization", "install the app in one workspace, or wait for the review")}, Source: slackAuthorize},
	{Codes: []string{"oauth_authorization_url_mismatch"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "authorization_url", Problem: "the login was begun at another version of the authorization URL", Fix: "write authorization_url: https://slack.com/oauth/v2/authorize", Proposed: "https://slack.com/oauth/v2/authorize"},
		about("token_url", "the endpoint may be of the other version", "write https://slack.com/api/oauth.v2.access")}, Source: slackAccess},
	{Codes: []string{"invalid_team_for_non_distributed_app"}, Blame: []jeton.Suspect{
		about("vendor", "the app may be installed in its own workspace only", "activate public distribution (Manage Distribution), or make an app in this workspace"), clientSuspect}, Source: slackAuthorize},
	{Codes: []string{"cannot_install_an_org_installed_app", "preview_feature_not_available", "enterprise_is_restricted", "ekm_access_denied", "org_login_required", "team_added_to_org", "two_factor_setup_required"}, Blame: []jeton.Suspect{
		about("vendor", "the workspace or its organization does not allow this now", "ask an administrator of the workspace, with this word"), consentSuspect}, Source: slackUser},
	{Codes: []string{"user_email_unverified"}, Blame: []jeton.Suspect{about("consent", "the user has not verified the e-mail address", "let the user verify it, then log in again")}, Source: slackUser},
	{Codes: []string{"accesslimited"}, Blame: []jeton.Suspect{about("egress", "the workspace does not admit this network", "let an administrator admit the address of this machine")}, Source: slackUser},
	{Codes: []string{"account_inactive", "token_revoked"}, When: []string{"refresh_token", "!resource"}, Blame: []jeton.Suspect{refreshSuspect, slackInstall}, Source: slackUser},
	{Codes: []string{"account_inactive", "token_revoked"}, Blame: []jeton.Suspect{slackInstall, about("rejected", "Slack says in its body that the token is dead", "write rejected with a condition on error, so that a new token is fetched")}, Source: slackUser},
	{Codes: []string{"token_expired"}, When: []string{"resource"}, Blame: []jeton.Suspect{about("rejected", "the answer says in its body that the token has expired", "write rejected with a condition on this code, so that a new token is fetched")}, Source: slackUser},
	{Codes: []string{"not_authed"}, Blame: []jeton.Suspect{usageSuspect}, Source: slackUser},
	{Codes: []string{"invalid_auth"}, Blame: []jeton.Suspect{usageSuspect, about("egress", "the workspace may not admit this address", "let an administrator admit it"), about("rejected", "the token may be dead", "write rejected with a condition on error")}, Source: slackUser},
	{Codes: []string{"not_allowed_token_type"}, Blame: []jeton.Suspect{
		about("response.access_token", "the method wants another kind of token", "write response.access_token: authed_user.access_token for a user token, access_token for a bot token"), slackScopes}, Source: slackUser},
	{Codes: []string{"missing_scope"}, Blame: []jeton.Suspect{about("scopes", "the token has not the scope that this wants", "add the scope that the answer names as needed, and authorize again"), consentSuspect}, Source: slackUser},
	{Codes: []string{"no_permission", "team_access_not_granted"}, Blame: []jeton.Suspect{about("vendor", "the token has no access to this workspace or channel", "let an administrator add the app there"), consentSuspect}, Source: slackUser},
	{Codes: []string{"deprecated_endpoint", "method_deprecated", "not_implemented", "unknown_method"}, Blame: []jeton.Suspect{about("token_url", "this method is offered no more, or not at all", "write https://slack.com/api/oauth.v2.access")}, Source: slackUser},
	{Codes: []string{"invalid_post_type", "missing_post_type", "invalid_form_data", "invalid_charset", "missing_charset", "superfluous_charset", "request_timeout", "invalid_json", "json_not_object"}, Blame: []jeton.Suspect{slackForm}, Source: slackUser},
	{Codes: []string{"invalid_arguments", "invalid_arg_name", "invalid_array_arg"}, Blame: []jeton.Suspect{about("request.params", "Slack does not accept a parameter", "compare params with those that the method documents"), slackForm}, Source: slackUser},
	{Codes: []string{"ratelimited"}, Blame: []jeton.Suspect{waitSuspect}, Source: slackUser},
	{Codes: []string{"fatal_error", "internal_error", "service_unavailable"}, Blame: []jeton.Suspect{about("vendor", "the server is in trouble", "try again later, or ask the provider")}, Source: slackUser},
}
