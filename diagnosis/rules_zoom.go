package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	zoomErrors = "https://developers.zoom.us/docs/integrations/oauth-error-messages/"
	zoomAPI    = "https://developers.zoom.us/docs/api/errors/"
	zoomServer = "https://developers.zoom.us/docs/internal-apps/s2s-oauth/"
)

var (
	zoomSecret  = about("client.secret", "id and secret do not belong to one app that exists", "copy both from App Credentials of the app in the Zoom Marketplace")
	zoomID      = about("client.id", "Zoom does not know the client id", "copy it from App Credentials; the development and the production credentials differ")
	zoomConsent = about("consent", "the authorization of this user or account has ended", "authorize the app again")
	zoomRefresh = about("grant.refresh_token", "this refresh token is good no more: each use, and each new authorization, replaces it", "authorize the app again, and keep the newest token only")
	zoomScope   = about("scopes", "the app has not the scope", "add the scope to the app in the Zoom Marketplace, and fetch a new token (a user authorizes again)")
)

// zoomRules are the refusals of Zoom: a reason, and a number in some answers.
var zoomRules = []jeton.Rule{
	{Words: []string{"invalid access token does not contain scopes"}, Blame: []jeton.Suspect{zoomScope, zoomConsent}, Source: zoomAPI},
	{Codes: []string{"4700"}, Words: []string{"token cannot be empty"}, Blame: []jeton.Suspect{usageSuspect}, Source: zoomErrors},
	{Codes: []string{"4700"}, Words: []string{"scope*|not authorized"}, Blame: []jeton.Suspect{zoomScope, usageSuspect}, Source: zoomAPI},
	{Codes: []string{"4700"}, Blame: []jeton.Suspect{about("vendor", "Zoom does not say what went wrong", "ask Zoom, with the tracking id of the answer")}, Source: zoomErrors},
	{Codes: []string{"4702", "4704"}, Blame: []jeton.Suspect{zoomID, zoomSecret}, Source: zoomErrors},
	{Words: []string{"invalid client id or client secret"}, Blame: []jeton.Suspect{zoomSecret, zoomID}, Source: zoomErrors},
	{Codes: []string{"4705"}, Blame: []jeton.Suspect{
		about("grant.parameter", "the endpoint does not take this grant_type", "write grant.parameter: account_credentials for a server-to-server app"), grantSuspect}, Source: zoomErrors},
	{Words: []string{"grant type is not supported from token endpoint"}, Blame: []jeton.Suspect{
		about("grant.parameter", "the endpoint does not take this grant_type", "write grant.parameter: account_credentials for a server-to-server app"), grantSuspect}, Source: zoomErrors},
	{Words: []string{"bad request", "grant type account credentials"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "request.encoding", Problem: "Zoom wants the parameters in the body", Fix: "write request.encoding: form", Proposed: "form"},
		about("request.params.account_id", "the account id may be missing or wrong", "write params: {account_id: ...} from App Credentials")}, Source: zoomServer},
	{Codes: []string{"4706"}, Words: []string{"grant type"}, Blame: []jeton.Suspect{
		about("grant.parameter", "Zoom finds no grant_type", "write grant.parameter: account_credentials"), encodingSuspect}, Source: zoomErrors},
	{Codes: []string{"4706"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "client.auth", Problem: "Zoom finds no client id or secret", Fix: "write client.auth: client_secret_basic", Proposed: "client_secret_basic"}, zoomSecret}, Source: zoomErrors},
	{Codes: []string{"4709"}, Blame: []jeton.Suspect{about("grant.redirect_url", "the redirect URL is not that of the app or of the login", "write, letter by letter, one of the app's OAuth allow list")}, Source: zoomErrors},
	{Codes: []string{"4711"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		about("consent", "the scopes of the app have changed since the token was given", "authorize the app again"), zoomScope, zoomRefresh}, Source: zoomErrors},
	{Codes: []string{"4711"}, Blame: []jeton.Suspect{zoomScope, zoomConsent}, Source: zoomErrors},
	{Codes: []string{"4717"}, Blame: []jeton.Suspect{about("vendor", "the app has been disabled", "activate the app in the Zoom Marketplace, or ask Zoom")}, Source: zoomErrors},
	{Words: []string{"app has been disabled"}, Blame: []jeton.Suspect{about("vendor", "the app has been disabled", "activate the app at the provider, or ask its support")}, Source: zoomErrors},
	{Codes: []string{"4724"}, When: []string{"assertion"}, Blame: []jeton.Suspect{keySuspect, issuerSuspect, clockSuspect}, Source: zoomErrors},
	{Codes: []string{"4724"}, Blame: []jeton.Suspect{usageSuspect}, Source: zoomErrors},
	{Codes: []string{"4732"}, Blame: []jeton.Suspect{about("vendor", "Zoom could not make a code", "try again later, or ask Zoom")}, Source: zoomErrors},
	{Codes: []string{"4733", "4734"}, Blame: []jeton.Suspect{
		about("consent", "the code has expired (5 minutes), was used before, or is another's", "begin the login again"), zoomID}, Source: zoomErrors},
	{Codes: []string{"4735"}, Blame: []jeton.Suspect{about("consent", "the user of the token is no more in the account", "let another user authorize the app"), zoomRefresh}, Source: zoomErrors},
	{Codes: []string{"4737"}, Blame: []jeton.Suspect{zoomRefresh, zoomConsent}, Source: zoomErrors},
	{Codes: []string{"4738"}, Blame: []jeton.Suspect{about("consent", "an administrator has withdrawn the approval of the app", "let an administrator approve the app for the users of the account"), zoomRefresh}, Source: zoomErrors},
	{Codes: []string{"4740", "4741"}, Blame: []jeton.Suspect{zoomRefresh, zoomConsent}, Source: zoomErrors},
}
