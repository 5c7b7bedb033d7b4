package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	snowflakeFailures = "https://docs.snowflake.com/en/sql-reference/functions/system_get_login_failure_details"
	snowflakeKeyPair  = "https://docs.snowflake.com/en/user-guide/key-pair-auth-troubleshooting"
	snowflakeOAuth    = "https://docs.snowflake.com/en/user-guide/oauth-snowflake-overview"
	snowflakeDrivers  = "https://github.com/snowflakedb/snowflake-connector-nodejs (lib/constants/gs_errors)"
	snowflakePolicy   = "https://docs.snowflake.com/en/user-guide/network-policies"
	snowflakeRoles    = "https://docs.snowflake.com/en/user-guide/oauth-ext-overview"
)

var (
	snowflakeIssuer = about("<assertion>.issuer", "the issuer has to be ACCOUNT.USER.SHA256:fingerprint of the public key",
		"write issuer with the account identifier in capitals (periods as hyphens, no region), the LOGIN_NAME of the user in capitals, and the fingerprint (jeton key inspect)")
	snowflakeSubject = about("<assertion>.subject", "the subject has to be ACCOUNT.USER, as in the issuer", "write subject: ACCOUNT.USER in capitals, with the LOGIN_NAME of the user (DESC USER)")
	snowflakeKey     = about("<assertion>.key", "the key is not the one of the user in Snowflake", "compare RSA_PUBLIC_KEY_FP of DESC USER with jeton key inspect, or set it with ALTER USER ... SET RSA_PUBLIC_KEY")
	snowflakeAccount = about("token_url", "the account in the URL may be another one", "write https://ORGANIZATION-ACCOUNT.snowflakecomputing.com")
	snowflakeRole    = about("scopes", "the role may not be used with this token", "write scopes: [session:role:ROLE] with a role that the user was granted and the integration does not block")
	snowflakeSession = about("rejected", "Snowflake says by a code that the session or token has ended", "write rejected with a condition on this code, so that a new token is fetched")
)

// snowflakeRules are the refusals of Snowflake. What is wrong with a JWT is told
// to an administrator only, who asks with the UUID of the refusal.
var snowflakeRules = []jeton.Rule{
	{Codes: []string{"394300", "JWT_TOKEN_INVALID_USER_IN_ISSUER"}, Blame: []jeton.Suspect{snowflakeIssuer, snowflakeSubject, snowflakeAccount}, Source: snowflakeFailures},
	{Codes: []string{"394301", "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME"}, Blame: []jeton.Suspect{
		about("<assertion>.claims.iat", "the JWT has no iat or no exp", "remove iat and exp from claims: they are written by themselves"), about("<assertion>.claims.exp", "the JWT has no iat or no exp", "remove exp from claims"), lifetimeSuspect}, Source: snowflakeFailures},
	{Codes: []string{"394302", "JWT_TOKEN_INVALID_ISSUE_TIME"}, Blame: []jeton.Suspect{
		about("clock", "the JWT came more than 60 seconds after its iat", "synchronise the clock, or write auto_skew: true"), about("<assertion>.backdate", "iat may be dated back too far", "write backdate: 0s"), about("<assertion>.claims.iat", "iat may be frozen in the claims", "remove iat from claims")}, Source: snowflakeFailures},
	{Codes: []string{"394303", "JWT_TOKEN_INVALID_EXPIRATION_TIME"}, Blame: []jeton.Suspect{
		about("clock", "the JWT has expired by Snowflake's clock", "synchronise the clock, or write auto_skew: true"), about("<assertion>.lifetime", "the lifetime may be too short", "write lifetime: 5m; an hour is the most that counts")}, Source: snowflakeFailures},
	{Codes: []string{"394304", "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH"}, Blame: []jeton.Suspect{snowflakeKey, snowflakeIssuer}, Source: snowflakeFailures},
	{Codes: []string{"394305", "JWT_TOKEN_INVALID_ALGORITHM"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "<assertion>.algorithm", Problem: "Snowflake takes RS256 only", Fix: "write algorithm: RS256, with an RSA key", Proposed: "RS256"}}, Source: snowflakeFailures},
	{Codes: []string{"394306", "JWT_TOKEN_INVALID_SIGNATURE"}, Blame: []jeton.Suspect{snowflakeKey, about("<assertion>.algorithm", "the JWT has to be signed with RS256", "write algorithm: RS256")}, Source: snowflakeFailures},
	{Codes: []string{"394307", "JWT_TOKEN_ACCOUNT_MISMATCH"}, Blame: []jeton.Suspect{snowflakeIssuer, snowflakeSubject, snowflakeAccount}, Source: snowflakeFailures},
	{Codes: []string{"390144", "JWT_TOKEN_INVALID"}, Blame: []jeton.Suspect{snowflakeIssuer, snowflakeKey, snowflakeSubject}, Source: snowflakeKeyPair},
	{Words: []string{"jwt token is invalid"}, Blame: []jeton.Suspect{snowflakeIssuer, snowflakeKey, snowflakeSubject}, Source: snowflakeKeyPair},

	{Codes: []string{"390302", "OAUTH_CONSENT_INVALID"}, Blame: []jeton.Suspect{
		about("consent", "the user has not consented to this role and client, or may not", "let the user consent, or an administrator: ALTER USER ... ADD DELEGATED AUTHORIZATION OF ROLE ... TO SECURITY INTEGRATION ..."), snowflakeRole}, Source: snowflakeOAuth},
	{Codes: []string{"390303", "OAUTH_ACCESS_TOKEN_INVALID"}, Blame: []jeton.Suspect{
		about("token_url", "Snowflake does not accept the access token: it comes from a server, for an audience or with a key that no integration of the account knows", "compare token_url with the issuer of the security integration"),
		snowflakeSession, about("request.params.audience", "the audience may not be one of EXTERNAL_OAUTH_AUDIENCE_LIST", "ask for the audience of the security integration")}, Source: snowflakeOAuth},
	{Codes: []string{"390304", "OAUTH_AUTHORIZE_INVALID_RESPONSE_TYPE"}, Blame: []jeton.Suspect{about("grant.authorization_params.response_type", "the response_type has to be code", "remove response_type")}, Source: snowflakeOAuth},
	{Codes: []string{"390305", "OAUTH_AUTHORIZE_INVALID_STATE_LENGTH"}, Blame: []jeton.Suspect{about("grant.authorization_params.state", "state is longer than 2,048 characters", "remove state")}, Source: snowflakeOAuth},
	{Codes: []string{"390306", "OAUTH_AUTHORIZE_INVALID_CLIENT_ID"}, Blame: []jeton.Suspect{
		about("client.id", "no integration of this account has this client id", "write OAUTH_CLIENT_ID of SYSTEM$SHOW_OAUTH_CLIENT_SECRETS"), about("authorization_url", "the account in the URL may be another one", "write https://ORGANIZATION-ACCOUNT.snowflakecomputing.com/oauth/authorize")}, Source: snowflakeOAuth},
	{Codes: []string{"390307", "OAUTH_AUTHORIZE_INVALID_REDIRECT_URI"}, Blame: []jeton.Suspect{about("grant.redirect_url", "the redirect URL is not OAUTH_REDIRECT_URI of the integration", "write the one that DESC SECURITY INTEGRATION shows")}, Source: snowflakeOAuth},
	{Codes: []string{"390308", "OAUTH_AUTHORIZE_INVALID_SCOPE"}, Blame: []jeton.Suspect{snowflakeRole}, Source: snowflakeOAuth},
	{Codes: []string{"390309", "OAUTH_USERNAMES_MISMATCH"}, Blame: []jeton.Suspect{
		about("usage", "the token is of another user than the one that is named beside it", "name no user beside the token, or the user of the token"), about("<assertion>.subject", "the token is of another user", "write the LOGIN_NAME of the user")}, Source: snowflakeOAuth},
	{Codes: []string{"390311", "OAUTH_AUTHORIZE_INVALID_CODE_CHALLENGE_PARAMS"}, Blame: []jeton.Suspect{about("grant.authorization_params", "Snowflake takes code_challenge_method S256 only", "remove code_challenge and code_challenge_method")}, Source: snowflakeOAuth},
	{Codes: []string{"390317"}, Blame: []jeton.Suspect{snowflakeRole}, Source: snowflakeRoles},
	{Words: []string{"role", "specified in the connect string|listed in the access token"}, Blame: []jeton.Suspect{snowflakeRole}, Source: snowflakeRoles},

	{Codes: []string{"390100", "INCORRECT_USERNAME_PASSWORD"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		about("usage", "Snowflake has read the JWT as a password", "write usage.headers: X-Snowflake-Authorization-Token-Type: KEYPAIR_JWT"), snowflakeIssuer}, Source: snowflakeDrivers},
	{Codes: []string{"390100", "INCORRECT_USERNAME_PASSWORD"}, Blame: []jeton.Suspect{
		about("grant.password", "user name or password is wrong", "check both"), about("grant.username", "the user name may be wrong", "write the LOGIN_NAME of the user"), usageSuspect}, Source: snowflakeDrivers},
	{Codes: []string{"390318", "OAUTH_ACCESS_TOKEN_EXPIRED", "EXTERNAL_OAUTH_ACCESS_TOKEN_EXPIRED"}, Blame: []jeton.Suspect{snowflakeSession, clockSuspect}, Source: snowflakeFailures},
	{Codes: []string{"390104", "390110", "390111", "390112", "390113", "390114", "390115", "390195"}, Blame: []jeton.Suspect{snowflakeSession, usageSuspect}, Source: snowflakeDrivers},
	{Words: []string{"ip|ip token", "is not allowed to access snowflake"}, Blame: []jeton.Suspect{
		about("egress", "the network policy of the account or user does not admit this address", "let an administrator add the address to ALLOWED_IP_LIST")}, Source: snowflakePolicy},
	{Codes: []string{"390422"}, Blame: []jeton.Suspect{about("egress", "the network policy of the account or user does not admit this address", "let an administrator add the address to ALLOWED_IP_LIST")}, Source: snowflakePolicy},
	{Codes: []string{"390432"}, Blame: []jeton.Suspect{about("vendor", "this kind of login needs a network policy", "let an administrator set a network policy for the user")}, Source: snowflakePolicy},

	{Codes: []string{"EXTERNAL_OAUTH_ACCESS_TOKEN_ISSUER_NOT_FOUND", "EXTERNAL_OAUTH_MISSING_ISSUER"}, Blame: []jeton.Suspect{
		about("token_url", "no security integration knows the issuer of the token", "compare iss of the token with EXTERNAL_OAUTH_ISSUER, slash included; Entra has two forms, v1 and v2"), about("vendor", "the security integration may be missing", "let an administrator create it")}, Source: snowflakeFailures},
	{Codes: []string{"EXTERNAL_OAUTH_MISSING_AUDIENCE", "EXTERNAL_OAUTH_AUDIENCE_VALIDATION_FAILED"}, Blame: []jeton.Suspect{
		about("scopes", "the token is not for Snowflake: its audience is none of the integration's", "ask for the scope of the Snowflake resource (Entra: APPLICATION_ID_URI/.default)"),
		about("request.params.audience", "the token is for another audience", "write the audience of EXTERNAL_OAUTH_AUDIENCE_LIST"), about("request.params.resource", "the token is for another resource", "write the Snowflake resource")}, Source: snowflakeFailures},
	{Codes: []string{"EXTERNAL_OAUTH_ACCESS_TOKEN_NOT_YET_VALID"}, Blame: []jeton.Suspect{about("vendor", "iat or nbf of the token lies in Snowflake's future: the clock of the authorization server is ahead", "let its administrator synchronise the clock")}, Source: snowflakeFailures},
	{Codes: []string{"EXTERNAL_OAUTH_USER_CLAIM_MISSING"}, Blame: []jeton.Suspect{
		about("scopes", "the token lacks the claim by which Snowflake finds the user", "ask for the scope that brings the claim of EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM"), about("vendor", "the mapping of the integration may be wrong", "let an administrator set EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM, for a client sub or appid")}, Source: snowflakeFailures},
	{Codes: []string{"EXTERNAL_OAUTH_JWS_INVALID_TYPE", "EXTERNAL_OAUTH_JWS_INVALID_FORMAT"}, Blame: []jeton.Suspect{
		about("response.access_token", "what was sent is no access token", "write the path of the access token, not of an id token"), usageSuspect}, Source: snowflakeFailures},
	{Codes: []string{"EXTERNAL_OAUTH_INVALID_SIGNATURE", "EXTERNAL_OAUTH_JWS_CANT_RETRIEVE_PUBLIC_KEY", "EXTERNAL_OAUTH_ACCESS_TOKEN_ISSUER_NOT_ENABLED"}, Blame: []jeton.Suspect{
		about("vendor", "the security integration is disabled, or cannot verify the token", "let an administrator check ENABLED and EXTERNAL_OAUTH_JWS_KEYS_URL")}, Source: snowflakeFailures},
}
