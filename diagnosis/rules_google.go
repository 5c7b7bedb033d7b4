package diagnosis

import (
	"slices"

	"github.com/jeton-oauth/jeton"
)

// The pages of Google that list the answers of its token endpoint.
const (
	googleServiceAccount = "https://developers.google.com/identity/protocols/oauth2/service-account#jwt-error-codes"
	googleWebServer      = "https://developers.google.com/identity/protocols/oauth2/web-server"
	googleInstalled      = "https://developers.google.com/identity/protocols/oauth2/native-app"
	googleDevice         = "https://developers.google.com/identity/protocols/oauth2/limited-input-device"
	googleExpiration     = "https://developers.google.com/identity/protocols/oauth2#expiration"
	googleSelfSigned     = "https://developers.google.com/identity/protocols/oauth2/service-account#jwt-auth"
	googleFederation     = "https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation"
	googleExchange       = "https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token"
	googleImpersonate    = "https://cloud.google.com/iam/docs/service-account-impersonation"
	googleMetadata       = "https://cloud.google.com/compute/docs/metadata/querying-metadata"
	googleAPIErrors      = "https://cloud.google.com/apis/design/errors"
	googleGAM            = "https://github.com/GAM-team/GAM (the answers of the token endpoint that it knows)"
	googleMeasured       = "answers of the live token endpoint, recorded in public repositories"
)

// googleRules are the refusals of Google: service accounts with and without
// domain-wide delegation, clients of users, federation, and what its APIs say.
var googleRules = slices.Concat(googleAssertionRules, googleClientRules, googleExchangeRules, googleResourceRules)

// googleAssertionRules are about the JWT of a service account.
var googleAssertionRules = []jeton.Rule{
	{Words: []string{"client is unauthorized to retrieve access tokens|unauthorized client or scope in request|requested client not authorized"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the service account may not act for users of this domain, or not with these scopes", Fix: "let a Workspace administrator enter the numeric client id of the service account and all scopes under Security, API controls, Domain-wide delegation"},
		{Parameter: "scopes", Problem: "one of the scopes may not be delegated", Fix: "write only scopes that stand in the delegation, spelt as there"},
		{Parameter: "<assertion>.subject", Problem: "the subject may be no user of the domain, or be set where no delegation is meant", Fix: "write a user of the domain, or remove subject to use the service account itself"},
	}, Source: googleServiceAccount},
	{Codes: []string{"access_denied"}, When: []string{"grant_assertion"}, Words: []string{"requested client|account restricted|client not authorized"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "a scope is not delegated to this service account", Fix: "let a Workspace administrator add all scopes to its domain-wide delegation"},
		{Parameter: "scopes", Problem: "the scopes are more than those of the delegation", Fix: "write those that are delegated"},
	}, Source: googleServiceAccount},
	{Words: []string{"not a valid email|invalid email or user id"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.subject", Problem: "the user to act for does not exist", Fix: "write the primary e-mail address of a user of the Workspace domain"},
		{Parameter: "<assertion>.issuer", Problem: "the issuer may be no service account", Fix: "write client_email of the key file as issuer"},
	}, Source: googleServiceAccount},
	{Words: []string{"invalid impersonation"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.subject", Problem: "the subject is not the e-mail address of a user", Fix: "write the primary e-mail address of a user of the Workspace domain"},
	}, Source: googleGAM},
	{Words: []string{"invalid grant account not found|no valid verifier found for issuer"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.issuer", Problem: "Google knows no service account of this name; it may have been deleted", Fix: "write client_email of the key file as issuer"},
		{Parameter: "<assertion>.key", Problem: "the key file may be that of a deleted service account", Fix: "make a new key for a service account that exists"},
		{Parameter: "<assertion>.subject", Problem: "the user to act for may not exist", Fix: "write the primary e-mail address of a user"},
	}, Source: googleMeasured},
	{Words: []string{"short lived token", "reasonable timeframe|60 minutes"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "iat and exp of the assertion are not around the time of Google's clock", Fix: "synchronise the clock, or write auto_skew: true in the assertion"},
		{Parameter: "<assertion>.lifetime", Problem: "the assertion is valid for more than an hour, or was kept", Fix: "write lifetime: 1h or less, and sign a new assertion for each request", Proposed: "1h"},
	}, Source: googleServiceAccount},
	{Words: []string{"failed audience check"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "the audience is not Google's token endpoint", Fix: "write audience: https://oauth2.googleapis.com/token, one value and no list", Proposed: "https://oauth2.googleapis.com/token"},
		{Parameter: "token_url", Problem: "the request may go to another host than the audience names", Fix: "write https://oauth2.googleapis.com/token"},
	}, Source: googleServiceAccount},
	{Words: []string{"invalid jwt", "issued at is not set"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.claims.iat", Problem: "the assertion has no iat", Fix: "remove iat from claims: it is written by itself"},
		{Parameter: "<assertion>.claims", Problem: "a claim may be removed by hand", Fix: "send iss, aud, iat, exp and scope"},
	}, Source: googleMeasured},
	{Codes: []string{"disabled_client"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the key that signs is disabled", Fix: "enable it under Service accounts, Keys, or make a new one"},
		{Parameter: "vendor", Problem: "the service account may be disabled", Fix: "enable it"},
	}, Source: googleServiceAccount},
	{Words: []string{"invalid oauth scope or id token audience|is not a valid audience string"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "a scope is missing or misspelt", Fix: "write scopes in full, such as https://www.googleapis.com/auth/cloud-platform"},
		{Parameter: "scope_in", Problem: "Google reads the scope of a service account in the assertion only", Fix: "write scope_in: claim", Proposed: "claim"},
		{Parameter: "scope_separator", Problem: "Google wants a space between scopes", Fix: "remove scope_separator"},
	}, Source: googleServiceAccount},
	{Words: []string{"empty or missing scope"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the assertion has no scope", Fix: "write scopes, and scope_in: claim"},
		{Parameter: "scope_in", Problem: "Google reads the scope of a service account in the assertion only", Fix: "write scope_in: claim", Proposed: "claim"},
	}, Source: googleServiceAccount},
	{Words: []string{"account has been deleted|account disabled|account has been disabled"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.subject", Problem: "the account to act for was deleted or suspended", Fix: "write a user that exists"},
		{Parameter: "vendor", Problem: "the account may be suspended", Fix: "let a Workspace administrator restore it"},
	}, Source: googleGAM},
}

// googleClientRules are about clients that act for users who log in.
var googleClientRules = []jeton.Rule{
	{Codes: []string{"deleted_client"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the client was deleted", Fix: "restore it within 30 days under Clients of the Google Auth platform, or make a new one and write its id and secret"},
		{Parameter: "<assertion>.issuer", Problem: "the service account may have been deleted", Fix: "write another one"},
	}, Source: googleWebServer},
	{Codes: []string{"disabled_client"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "Google has disabled the client", Fix: "look at its state in the Google Auth platform; Google wrote to its owners"},
		{Parameter: "client.id", Problem: "another client may do", Fix: "write the id of a client that is enabled"},
	}, Source: googleServiceAccount},
	{Words: []string{"oauth client was not found"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "Google knows no client with this id", Fix: "write the Client ID, which ends in .apps.googleusercontent.com, without spaces around it"},
	}, Source: googleWebServer},
	{Words: []string{"limited input device*|invalid client type"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the client is not of the type for logins with a device code", Fix: "make a client of the type TVs and Limited Input devices, and write its id and secret"},
		{Parameter: "grant.type", Problem: "another login may do for this client", Fix: "write grant.type: authorization_code", Proposed: "authorization_code"},
	}, Source: googleDevice},
	{Words: []string{"invalid device flow scope"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "Google does not allow this scope for logins with a device code", Fix: "write scopes of the list for limited-input devices, such as drive.file"},
		{Parameter: "grant.type", Problem: "all scopes are allowed for a login in a browser", Fix: "write grant.type: authorization_code", Proposed: "authorization_code"},
	}, Source: googleDevice},
	{Words: []string{"client secret is missing"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the client has a secret, and it was not sent (clients for desktop have one too)", Fix: "write client.secret"},
		{Parameter: "client.auth", Problem: "the client may be written without authentication", Fix: "write auth: client_secret_post", Proposed: "client_secret_post"},
	}, Source: googleInstalled},
	{Words: []string{"could not determine client id from request"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the request has no client id", Fix: "write client.id"},
		{Parameter: "request.encoding", Problem: "Google may not have read the body", Fix: "write request.encoding: form", Proposed: "form"},
	}, Source: googleMeasured},
	{Codes: []string{"redirect_uri_mismatch", "origin_mismatch"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is not registered for the client, or not that of the login", Fix: "add it to the authorized redirect URIs of the client, to the letter, or use a client of the type Desktop app for loopback"},
		{Parameter: "client.id", Problem: "the client id may be that of another client", Fix: "write the client that has the redirect URL"},
	}, Source: googleWebServer},
	{Words: []string{"comply with googles oauth"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "Google's policy does not allow this redirect URL for this type of client", Fix: "write a loopback URL with a client of the type Desktop app, or an https URL with one of the type Web application"},
		{Parameter: "client.id", Problem: "the type of the client may be the wrong one", Fix: "make a client of the right type"},
	}, Source: googleInstalled},
	{Words: []string{"malformed auth code|code was already redeemed"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code was cut, encoded twice, or redeemed before", Fix: "begin the login again, and redeem the code once, as it is"},
	}, Source: googleInstalled},
	{Words: []string{"token has been expired or revoked"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token has expired or was revoked; while the app's publishing status is Testing, it lives seven days", Fix: "log in again for a new one, and set the publishing status to In production"},
		{Parameter: "consent", Problem: "the user may have withdrawn the access", Fix: "log in again"},
	}, Source: googleExpiration},
	{Codes: []string{"invalid_rapt", "rapt_required"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the Workspace domain demands a new login after some time", Fix: "log in again, or use a service account"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token cannot be used without a new login", Fix: "log in again for a new one"},
		{Parameter: "vendor", Problem: "the session length for Google Cloud may be too short for this use", Fix: "let a Workspace administrator make the app trusted and exempt"},
	}, Source: "https://support.google.com/a/answer/9368756"},
	{Words: []string{"reauth related error"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the Workspace domain demands a new login after some time", Fix: "log in again, or use a service account"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token cannot be used without a new login", Fix: "log in again for a new one"},
	}, Source: "https://support.google.com/a/answer/9368756"},
	{Codes: []string{"admin_policy_enforced"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "a policy of the Workspace administrator does not admit this client or one of the scopes", Fix: "let the administrator trust the client under Security, API controls, App access control"},
		{Parameter: "scopes", Problem: "one of the scopes may be restricted", Fix: "ask for fewer scopes"},
	}, Source: googleWebServer},
	{Codes: []string{"org_internal"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the client is for accounts of one organization, and another account logged in", Fix: "log in with an account of the organization, or set the user type to External"},
		{Parameter: "client.id", Problem: "the client may belong to another organization", Fix: "write a client of the right project"},
	}, Source: googleWebServer},
	{Codes: []string{"disallowed_useragent"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the login was opened in an embedded browser, which Google refuses", Fix: "open the URL of the login in an ordinary browser"},
	}, Source: googleInstalled},
	{Codes: []string{"rate_limit_exceeded", "quota_exceeded", "polling_too_frequently"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "too many requests", Fix: "wait, and keep the token until it expires instead of asking anew; the quota stands under IAM, Quotas"},
	}, Source: googleFederation},
	{Codes: []string{"internal_failure"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "Google could not answer", Fix: "try again after a while"},
	}, Source: googleGAM},
}
