package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	docusignFAQ    = "https://support.docusign.com/en/articles/DocuSign-Developer-FAQs-General-Administration-and-Authentication"
	docusignErrors = "https://developers.docusign.com/docs/esign-rest-api/esign101/error-codes/troubleshooting-common-errors/"
	docusignLimits = "https://developers.docusign.com/docs/esign-rest-api/esign101/rules-and-limits/"
	docusignAuth   = "https://developers.docusign.com/platform/auth/"
)

var (
	docusignHost = about("token_url", "key, user and host have to be of one environment", "write https://account-d.docusign.com/oauth/token for a developer account, https://account.docusign.com/oauth/token for production")
	docusignUser = about("<assertion>.subject", "the subject is no active user of this environment", "write subject: the User ID (a GUID) that Apps and Keys shows in this environment, not the e-mail address")
	docusignAud  = about("grant.assertion.audience", "the audience has to be the bare host, without https:// and without a slash", "write audience: account-d.docusign.com, or account.docusign.com")
)

// docusignRules are the refusals of DocuSign: invalid_grant, and the reason in the description.
var docusignRules = []jeton.Rule{
	{Codes: []string{"consent_required"}, Not: []string{"aadsts*"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		about("consent", "the user has not allowed this integration key to impersonate",
			"open https://account-d.docusign.com/oauth/auth?response_type=code&scope=signature%20impersonation&client_id=KEY&redirect_uri=URI (production: account.docusign.com) as this user, and allow it"),
		about("scopes", "the consent may not cover every scope that is asked", "let the user consent to the same scopes"), docusignUser}, Source: docusignFAQ},
	{Words: []string{"issuer not found"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		about("grant.assertion.issuer", "the environment does not know the issuer", "write issuer: the integration key (client id) of this environment"), docusignAud, docusignHost}, Source: docusignFAQ},
	{Words: []string{"user not found|invalid subject"}, Not: []string{"aadsts*"}, Codes: []string{"invalid_grant"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{docusignUser, docusignHost}, Source: docusignFAQ},
	{Words: []string{"no valid keys or signatures"}, Blame: []jeton.Suspect{
		about("<assertion>.key", "no key pair of the integration key verifies the signature", "use the private key of a key pair under Apps and Keys of this environment"),
		about("<assertion>.audience", "DocuSign says so of a wrong audience too", "write audience: account-d.docusign.com or account.docusign.com, without https:// and slash"),
		about("<assertion>.claims.nbf", "DocuSign says so of an nbf in the future too", "remove nbf from claims")}, Source: docusignFAQ},
	{Words: []string{"expired grant"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{clockSuspect, about("grant.assertion.lifetime", "the assertion has expired when it arrives", "write lifetime: 5m")}, Source: docusignFAQ},
	{Words: []string{"expired grant|expired client token"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		about("grant.refresh_token", "the refresh token has expired (30 days, unless the scope extended is given)", "log in again, with the scope extended")}, Source: docusignAuth},
	{Words: []string{"expired grant|expired client token"}, Blame: []jeton.Suspect{
		about("consent", "the code has expired or was used before", "begin the login again, and redeem the code within two minutes"), about("grant.redirect_url", "the code may belong to another login", "redeem it with the redirect URL of its login")}, Source: docusignAuth},
	{Codes: []string{"invalid_grant"}, Words: []string{"unauthorized client"}, Blame: []jeton.Suspect{
		about("<credential>", "the integration key is not allowed with this secret or grant", "make a new secret key under Apps and Keys"), about("client.id", "the integration key may be of another environment", "compare it with Apps and Keys"), docusignHost}, Source: docusignAuth},
	{Codes: []string{"invalid_grant"}, Words: []string{"unsupported grant type"}, Blame: []jeton.Suspect{
		about("grant.parameter", "DocuSign does not know this grant_type", "remove grant.parameter"), jeton.Suspect{Parameter: "request.encoding", Problem: "the body has to be a form", Fix: "write request.encoding: form", Proposed: "form"}, docusignHost}, Source: docusignAuth},
	{Words: []string{"client id provided is not registered"}, Blame: []jeton.Suspect{
		about("client.id", "DocuSign does not know the integration key", "write the integration key of this environment; a new key works in production after the Go-Live only"),
		about("authorization_url", "the key may be of the other environment", "write account-d.docusign.com for a developer account, account.docusign.com for production")}, Source: docusignAuth},
	{Words: []string{"redirect uri is not registered"}, Blame: []jeton.Suspect{
		about("grant.redirect_url", "the redirect URL is not registered for the client", "register it, letter by letter, at the provider (DocuSign: Apps and Keys)")}, Source: docusignAuth},

	{Codes: []string{"AUTHORIZATION_INVALID_TOKEN"}, Blame: []jeton.Suspect{
		about("token_url", "the API does not accept the token: it may be of the other environment", "a token of account-d.docusign.com is good for demo.docusign.net, one of account.docusign.com for the base_uri of the account"),
		about("rejected", "the token may have expired", "leave rejected to status 401"), usageSuspect}, Source: docusignErrors},
	{Codes: []string{"USER_AUTHENTICATION_FAILED"}, Blame: []jeton.Suspect{
		about("token_url", "the API does not accept the token: it may be of the other environment", "take token and API of one environment"), usageSuspect}, Source: docusignErrors},
	{Codes: []string{"PARTNER_AUTHENTICATION_FAILED"}, Blame: []jeton.Suspect{
		usageSuspect, about("client.id", "the environment of the API does not know the integration key, or it is disabled", "take a key that has gone live"), docusignHost}, Source: docusignErrors},
	{Codes: []string{"USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT"}, Blame: []jeton.Suspect{
		docusignUser, about("vendor", "the user is no member of the account in the URL", "take account id and base_uri from /oauth/userinfo")}, Source: docusignErrors},
	{Codes: []string{"USER_LACKS_PERMISSIONS", "USER_LACKS_MEMBERSHIP", "ACCOUNT_LACKS_PERMISSIONS", "ACCOUNT_NOT_AUTHORIZED_FOR_ENVELOPE"}, Blame: []jeton.Suspect{
		about("vendor", "the user or the account may not do this", "let an administrator of the account change the permission profile or the plan"), docusignUser}, Source: docusignErrors},
	{Codes: []string{"HOURLY_APIINVOCATION_LIMIT_EXCEEDED", "BURST_APIINVOCATION_LIMIT_EXCEEDED"}, Blame: []jeton.Suspect{waitSuspect}, Source: docusignLimits},
}
