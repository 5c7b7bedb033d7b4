package diagnosis

import (
	"slices"

	"github.com/jeton-oauth/jeton"
)

// Vendors with a handful of phrases each. Where nobody publishes a list, the
// source is where the phrase stands.
const (
	amazonAuthorize = "https://developer-docs.amazon.com/sp-api/docs/authorization-errors"
	amazonToken     = "https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html"
	amazonErrors    = "https://developer-docs.amazon.com/sp-api/docs/troubleshoot-sp-api-errors"
	appleConnect    = "https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests"
	appleSignIn     = "https://developer.apple.com/documentation/technotes/tn3107-resolving-sign-in-with-apple-response-errors"
	adobeJWT        = "https://developer.adobe.com/developer-console/docs/guides/authentication/JWT/"
	adobeGateway    = "https://experienceleague.adobe.com/en/docs/experience-platform/landing/api-troubleshooting"
	atlassianToken  = "https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/"
	atlassianScope  = "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/"
	hubspotToken    = "https://developers.hubspot.com/docs/api-reference/auth-oauth-v1/guide"
	intuitErrors    = "https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/oauth-errors"
	marketoErrors   = "https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/error-codes"
	shopifyClient   = "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant"
	shopifyCode     = "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant"
	veevaErrors     = "https://general.veevavault.dev/vault-api/api-reference/26.2/errors/error-types/"
	vonageJWT       = "https://api.support.vonage.com/hc/en-us/articles/360000958367"
	xeroTenants     = "https://developer.xero.com/documentation/guides/oauth2/tenants"
	zohoErrors      = "https://help.zoho.com/portal/en/community/topic/kaizen-4-troubleshooting-oauth2-0"
)

// saasRules are those of the small vendors.
var saasRules = slices.Concat(amazonRules, appleRules, adobeRules, productRules, businessRules, travelRules)

var amazonRules = []jeton.Rule{
	{Codes: []string{"MD1000"}, Blame: []jeton.Suspect{
		about("consent", "the application is a draft, and the consent page was opened as for a published one", "add version=beta to the consent URL"),
		jeton.Suspect{Parameter: "grant.authorization_params.version", Problem: "a draft is authorized with version=beta", Fix: "write version: beta until the application is published", Proposed: "beta"}}, Source: amazonAuthorize},
	{Codes: []string{"MD5101"}, Blame: []jeton.Suspect{about("grant.redirect_url", "the redirect URL is none of the application's", "add it to the application (Develop Apps, Edit App), or write one that is there")}, Source: amazonAuthorize},
	{Codes: []string{"MD5110"}, Blame: []jeton.Suspect{about("grant.redirect_url", "the redirect URL has a fragment", "write it without # and what follows")}, Source: amazonAuthorize},
	{Codes: []string{"MD9010"}, Blame: []jeton.Suspect{about("vendor", "the application has no MWS developer id in this region", "register it in the region, or make the application one for SP-API only")}, Source: amazonAuthorize},
	{Words: []string{"invalid grant parameter refresh token"}, Blame: []jeton.Suspect{
		about("grant.refresh_token", "the refresh token is not valid, or its owner has withdrawn the authorization", "let the owner authorize again"), about("client.id", "the refresh token may be of another client", "write the client for which it was given")}, Source: amazonToken},
	{Words: []string{"invalid grant parameter code"}, Blame: []jeton.Suspect{
		about("consent", "the code has expired (5 minutes), was used before, or is another's", "begin the login again"), about("grant.redirect_url", "the code may belong to another redirect URL", "write that of the login")}, Source: amazonToken},
	{Words: []string{"access to requested resource is denied"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		about("vendor", "the application has not the role for this operation, or the selling partner has not authorized it since", "let the role be approved, and authorize again"), about("scopes", "a grantless operation wants its own scope", "write scopes: [sellingpartnerapi::notifications] or the one of the operation"), usageSuspect}, Source: amazonErrors},
	{Codes: []string{"MissingAuthenticationToken"}, Blame: []jeton.Suspect{about("usage", "the API wants the token in a header of its own", "write usage.header: x-amz-access-token and usage.raw: true"), about("resource.probe", "the path may not exist", "compare it with the documentation")}, Source: amazonErrors},
}

var appleRules = []jeton.Rule{
	{Codes: []string{"NOT_AUTHORIZED"}, Words: []string{"signed bearer token|authentication credentials are missing or invalid"}, Blame: []jeton.Suspect{
		about("<assertion>.key", "the key is not the one of this Key ID, or was revoked", "use the .p8 file of the key in Users and Access, Integrations"),
		about("<assertion>.headers.kid", "kid has to be the Key ID of the key", "write the Key ID beside the key"),
		about("<assertion>.issuer", "the issuer has to be the Issuer ID of the team; audience appstoreconnect-v1; at most 20 minutes", "write the Issuer ID above the list of keys; for an individual key leave issuer out, and write subject: user")}, Source: appleConnect},
	{Codes: []string{"FORBIDDEN_ERROR"}, Words: []string{"api key*"}, Blame: []jeton.Suspect{about("vendor", "the role of the API key does not allow this", "make a key with a role that does")}, Source: appleConnect},
	{Words: []string{"required agreement*", "missing|expired"}, Blame: []jeton.Suspect{about("vendor", "the account holder has an agreement to accept", "let the account holder accept it in Agreements")}, Source: appleConnect},
	{Words: []string{"client id mismatch"}, Blame: []jeton.Suspect{
		about("client.id", "the code or token was issued to another client id", "write the bundle id for a login in the app, the Services ID for one in a browser"), about("client.secret", "the secret (a JWT) may have another sub", "make it with sub: the client id")}, Source: appleSignIn},
	{Words: []string{"code has already been used|code has expired or has been revoked"}, Not: []string{"aadsts*"}, Blame: []jeton.Suspect{about("consent", "the code has expired (Apple: 5 minutes) or was used before", "begin the login again")}, Source: appleSignIn},
}

var adobeRules = []jeton.Rule{
	{Words: []string{"could not match jwt signature to any of the bindings"}, Blame: []jeton.Suspect{
		about("<assertion>.key", "no certificate of the project verifies the signature: it has expired, or is another key's", "upload a certificate of this key in the Adobe Developer Console"), algSuspect}, Source: adobeJWT},
	{Codes: []string{"invalid_jti"}, Blame: []jeton.Suspect{jtiSuspect}, Source: adobeJWT},
	{Words: []string{"exchange jwt", "scope*"}, Blame: []jeton.Suspect{about("vendor", "the project may not exchange JWTs", "make OAuth Server-to-Server credentials, and use client_credentials"), grantSuspect}, Source: adobeJWT},
	{Words: []string{"metascope*"}, Blame: []jeton.Suspect{about("<assertion>.claims", "a metascope of the assertion is none of the project's", "write claims: {\"https://ims-na1.adobelogin.com/s/METASCOPE\": true} for metascopes that the project lists"), about("vendor", "the project may not have the API", "add the API to the project")}, Source: adobeJWT},
	{Codes: []string{"403000", "403003"}, When: []string{"resource"}, Blame: []jeton.Suspect{about("usage", "the API wants the client id beside the token", "write usage.headers: {x-api-key: CLIENT_ID}"), about("vendor", "the project may not have this API", "add the API to the project")}, Source: adobeGateway},
	{Codes: []string{"401013"}, Blame: []jeton.Suspect{usageSuspect, about("scopes", "the token may lack a scope of the API", "write the scopes that the project lists, with scope_separator: \",\"")}, Source: adobeGateway},
	{Codes: []string{"601"}, Words: []string{"access token"}, Blame: []jeton.Suspect{marketoDead, usageSuspect}, Source: marketoErrors},
	{Codes: []string{"602"}, Words: []string{"access token"}, Blame: []jeton.Suspect{marketoDead}, Source: marketoErrors},
	{Codes: []string{"600"}, Words: []string{"access token"}, Blame: []jeton.Suspect{usageSuspect}, Source: marketoErrors},
	{Codes: []string{"603"}, Words: []string{"access denied"}, Blame: []jeton.Suspect{about("vendor", "the role of the API user does not allow this", "let an administrator extend the role of the API-only user")}, Source: marketoErrors},
	{Codes: []string{"605"}, Words: []string{"method"}, Blame: []jeton.Suspect{about("resource.probe", "the endpoint does not take this method", "write the method that the API documents")}, Source: marketoErrors},
	{Codes: []string{"604", "608", "611"}, Words: []string{"timed out|temporarily unavailable|system error"}, Blame: []jeton.Suspect{about("vendor", "Marketo is in trouble", "try again later")}, Source: marketoErrors},
	{Codes: []string{"606", "607", "615"}, Words: []string{"rate limit|quota|concurrent"}, Blame: []jeton.Suspect{waitSuspect}, Source: marketoErrors},
	{Codes: []string{"609", "612"}, Words: []string{"json|content type"}, Blame: []jeton.Suspect{about("resource.probe", "the API does not accept the body of the request", "probe with a GET request")}, Source: marketoErrors},
	{Codes: []string{"610"}, Words: []string{"not found"}, Blame: []jeton.Suspect{about("resource.probe", "there is nothing at this URL", "compare the path with the API's documentation")}, Source: marketoErrors},
}

var marketoDead = about("rejected", "Marketo says in a body with status 200 that the token is dead", "write rejected with a condition on errors.0.code, 601 and 602")

// productRules: Atlassian, HubSpot, Shopify, Vonage, Xero, Zoho.
var productRules = []jeton.Rule{
	{Codes: []string{"unauthorized_client", "invalid_request"}, Words: []string{"refresh token is invalid|invalid refresh token|unknown or invalid refresh token"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		about("grant.refresh_token", "the refresh token has expired, was revoked or was used before", "log in again, and let only one program renew")}, Source: atlassianToken},
	{Words: []string{"unauthorized scope does not match"}, Blame: []jeton.Suspect{about("scopes", "the token lacks a scope of this operation", "add the scope in the developer console, and log in again")}, Source: atlassianScope},

	{Codes: []string{"EXPIRED_AUTH_CODE", "BAD_AUTH_CODE"}, Blame: []jeton.Suspect{about("consent", "the code has expired, was used before, or is not valid", "begin the login again")}, Source: hubspotToken},
	{Codes: []string{"MISMATCH_REDIRECT_URI_AUTH_CODE"}, Blame: []jeton.Suspect{about("grant.redirect_url", "the redirect URL is not the one of the login", "write, letter by letter, the one that is registered")}, Source: hubspotToken},
	{Codes: []string{"BAD_CLIENT_ID"}, Blame: []jeton.Suspect{about("client.id", "the provider does not know this client id", "copy it from the app's Auth page")}, Source: hubspotToken},
	{Codes: []string{"MISSING_SCOPES"}, Blame: []jeton.Suspect{about("scopes", "the token or the app has not the scopes that this wants", "add them to the app, and authorize again")}, Source: hubspotToken},
	{Codes: []string{"EXPIRED_AUTHENTICATION"}, Blame: []jeton.Suspect{about("rejected", "the access token has expired", "leave rejected to status 401")}, Source: hubspotToken},
	{Codes: []string{"INVALID_AUTHENTICATION"}, When: []string{"resource"}, Blame: []jeton.Suspect{usageSuspect}, Source: hubspotToken},

	{Codes: []string{"application_cannot_be_found"}, Blame: []jeton.Suspect{about("client.id", "the shop does not know this client id", "copy it from the app's settings, and install the app in the shop"), about("token_url", "the shop may be another one", "write https://SHOP.myshopify.com/admin/oauth/access_token")}, Source: shopifyClient},
	{Words: []string{"oauth error application cannot be found"}, Blame: []jeton.Suspect{about("client.id", "the shop does not know this client id", "copy it from the app's settings, and install the app in the shop"), about("token_url", "the shop may be another one", "write https://SHOP.myshopify.com/admin/oauth/access_token")}, Source: shopifyClient},
	{Codes: []string{"app_not_installed"}, Blame: []jeton.Suspect{about("consent", "the app is not installed there", "install it, then try again"), urlSuspect}, Source: shopifyClient},
	{Words: []string{"oauth error app not installed"}, Blame: []jeton.Suspect{about("consent", "the app is not installed in the shop", "install it, then try again"), urlSuspect}, Source: shopifyClient},
	{Codes: []string{"shop_not_permitted"}, Blame: []jeton.Suspect{about("grant.type", "client_credentials is for shops of the app's own organization only", "write authorization_code, or make the app in the organization of the shop"), vendorSuspect}, Source: shopifyClient},
	{Words: []string{"client credentials cannot be performed on this shop"}, Blame: []jeton.Suspect{about("grant.type", "client_credentials is for shops of the app's own organization only", "write authorization_code, or make the app in the organization of the shop"), vendorSuspect}, Source: shopifyClient},
	{Words: []string{"authorization code was not found or was already used"}, Blame: []jeton.Suspect{about("consent", "the code was used before, or is another's", "begin the login again")}, Source: shopifyCode},

	{Words: []string{"=invalid token|=unauthorized invalid token|you did not provide correct credentials"}, Not: []string{"signature|expired|audience|ghost|jwt|algorithm|issuer"}, When: []string{"self_issued"}, Blame: []jeton.Suspect{vonageKey, vonageApplication, clockSuspect}, Source: vonageJWT},

	{Words: []string{"authentication unsuccessful"}, When: []string{"resource"}, Blame: []jeton.Suspect{about("usage", "the request names no tenant, or one that has not allowed the access", "write usage.headers: {xero-tenant-id: ...} with an id of /connections; a custom connection needs none"), consentSuspect}, Source: xeroTenants},
	{Words: []string{"authorization unsuccessful"}, When: []string{"resource"}, Blame: []jeton.Suspect{about("scopes", "the token has not the scope of this operation", "add the scope, and log in again")}, Source: xeroTenants},

	{Codes: []string{"invalid_code"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{about("grant.refresh_token", "the refresh token was revoked, or is of another client or data centre", "make a new one, and write accounts.zoho.eu, .in, .com.au ... where the user is"), urlSuspect}, Source: zohoErrors},
	{Codes: []string{"invalid_client_secret"}, Blame: []jeton.Suspect{about("client.secret", "the client secret is wrong", "copy it from the API console; each data centre may have its own")}, Source: zohoErrors},
	{Codes: []string{"invalid_redirect_uri"}, Blame: []jeton.Suspect{about("grant.redirect_url", "the redirect URL is not registered for the client", "write, letter by letter, the one that is registered")}, Source: zohoErrors},
	{Codes: []string{"INVALID_OAUTHSCOPE", "OAUTH_SCOPE_MISMATCH"}, Blame: []jeton.Suspect{about("scopes", "the scope does not exist, or the token was made without it", "write scopes as the API documents (Zoho: ZohoCRM.modules.ALL, separated by commas), and authorize again")}, Source: zohoErrors},
	{Codes: []string{"INVALID_OAUTHTOKEN"}, Blame: []jeton.Suspect{about("usage", "the API does not accept the token as it is attached", "write usage.scheme: Zoho-oauthtoken"), about("token_url", "token and API may be of two data centres", "use api_domain of the token reply"), about("rejected", "the token may have expired", "leave rejected to status 401")}, Source: zohoErrors},
}

var (
	vonageKey         = about("<assertion>.key", "the key is not the one of the application, or the new key pair was not saved", "use the private key of the application (Dashboard, Applications, Edit, Save changes)")
	vonageApplication = about("<assertion>.claims.application_id", "the application id may be missing or another's", "write claims: {application_id: ...} of the application whose key signs (Vonage)")
)
