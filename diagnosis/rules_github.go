package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	githubToken  = "https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors"
	githubLogin  = "https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors"
	githubDevice = "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#error-codes-for-the-device-flow"
	githubJWT    = "https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app"
	githubOctoky = "https://github.com/octokit/auth-app.js (README, time drift)"
	githubUser   = "https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens"
	githubREST   = "https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api"
)

var (
	githubIssuer = about("<assertion>.issuer", "the issuer has to be the App ID or the client id of the app", "write issuer: the App ID or client id of the app's settings page; not the installation id")
	githubKey    = about("<assertion>.key", "the key is not one of this app", "use a private key that was made on the settings page of the app, and is listed there still")
	githubClock  = about("clock", "this machine's clock differs from GitHub's", "synchronise the clock, or write auto_skew: true")
)

// githubRules are the refusals of GitHub: of the JWT of an app, and of logins.
var githubRules = []jeton.Rule{
	{Words: []string{"expiration time claim exp is too far in the future|expiration time claim exp must not be more than"}, Blame: []jeton.Suspect{
		about("<assertion>.lifetime", "GitHub takes JWTs of at most 10 minutes, by its clock", "write lifetime: 9m and backdate: 60s"), githubClock}, Source: githubJWT},
	{Words: []string{"expiration time claim exp must be"}, Blame: []jeton.Suspect{
		about("clock", "the JWT has expired by GitHub's clock", "synchronise the clock, or write auto_skew: true"), about("<assertion>.claims.exp", "exp may be no whole number of seconds", "remove exp from claims"), lifetimeSuspect}, Source: githubOctoky},
	{Words: []string{"issued at claim iat"}, Blame: []jeton.Suspect{
		about("clock", "iat lies in GitHub's future", "synchronise the clock, or write auto_skew: true"), about("<assertion>.backdate", "a clock that is a little ahead is enough", "write backdate: 60s"), about("<assertion>.claims.iat", "iat may be no whole number of seconds", "remove iat from claims")}, Source: githubOctoky},
	{Words: []string{"issuer claim iss must be an integer"}, Blame: []jeton.Suspect{
		githubIssuer, about("<assertion>.claims.iss", "an App ID has to be a number, not a text", "write claims: {iss: 123456}, without quotes, or the client id as issuer")}, Source: githubJWT},
	{Words: []string{"json web token could not be decoded"}, Blame: []jeton.Suspect{githubKey, githubIssuer,
		jeton.Suspect{Parameter: "<assertion>.algorithm", Problem: "GitHub takes RS256 only", Fix: "write algorithm: RS256", Proposed: "RS256"}}, Source: githubJWT},
	{Words: []string{"integration must generate a public key"}, Blame: []jeton.Suspect{githubKey, githubIssuer}, Source: githubJWT},
	{Words: []string{"integration not found"}, Blame: []jeton.Suspect{githubIssuer, about("resource.probe", "the app may be of another GitHub (Enterprise Server)", "write the API of the host where the app is registered")}, Source: githubJWT},
	{Words: []string{"installation has been suspended"}, Blame: []jeton.Suspect{about("vendor", "the owner has suspended the installation of the app", "let the owner unsuspend it")}, Source: githubREST},
	{Words: []string{"resource not accessible by integration|resource not accessible by personal access token"}, Blame: []jeton.Suspect{
		about("vendor", "the app or the token has not the permission for this", "add the permission in the app's settings, and let the owner of the installation accept it")}, Source: githubREST},
	{Words: []string{"bad credentials"}, When: []string{"resource", "self_issued"}, Blame: []jeton.Suspect{githubKey, githubIssuer, usageSuspect}, Source: githubREST},
	{Words: []string{"bad credentials"}, When: []string{"resource"}, Blame: []jeton.Suspect{usageSuspect, about("rejected", "the token may have expired or was revoked", "leave rejected to status 401")}, Source: githubREST},
	{Codes: []string{"incorrect_client_credentials"}, When: []string{"secret"}, Blame: []jeton.Suspect{
		about("client.secret", "id or secret is wrong", "make a new secret on the settings page of the app"), about("client.id", "the client id may be that of another app; the App ID is not it", "copy the client id from the settings page of the app")}, Source: githubToken},
	{Codes: []string{"incorrect_client_credentials"}, Blame: []jeton.Suspect{
		about("client.id", "GitHub does not know this client id; the App ID is not it", "copy the client id from the settings page of the app"), methodSuspect}, Source: githubToken},
	{Codes: []string{"bad_verification_code"}, Blame: []jeton.Suspect{
		about("consent", "the code is wrong, older than 10 minutes, or was used before", "begin the login again"), about("grant.redirect_url", "the code may belong to another login", "redeem it with the redirect URL of its login")}, Source: githubToken},
	{Codes: []string{"bad_refresh_token"}, Blame: []jeton.Suspect{
		about("grant.refresh_token", "the refresh token is wrong, expired, revoked or was used before (GitHub: each is good for one use)", "log in again, and let only one program renew")}, Source: githubUser},
	{Codes: []string{"unverified_user_email"}, Blame: []jeton.Suspect{about("consent", "the user has not verified the e-mail address at GitHub", "let the user verify it, then log in again")}, Source: githubToken},
	{Codes: []string{"application_suspended"}, Blame: []jeton.Suspect{about("vendor", "the app is suspended", "ask the provider's support")}, Source: githubLogin},
	{Codes: []string{"device_flow_disabled"}, Blame: []jeton.Suspect{about("grant.type", "the app does not allow the device flow", "check Enable Device Flow in the app's settings")}, Source: githubDevice},
	{Codes: []string{"incorrect_device_code"}, Blame: []jeton.Suspect{
		about("consent", "the device code is not valid", "begin the login again"), about("client.id", "the device code may have been issued to another client", "poll with the client that began the login")}, Source: githubDevice},
	{Codes: []string{"expired_token", "token_expired"}, When: []string{"device_code", "!resource"}, Blame: []jeton.Suspect{about("consent", "the code expired before somebody had entered it", "begin the login again")}, Source: githubDevice},
}
