package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	nhsDocs = "https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/application-restricted-restful-apis-signed-jwt-authentication"
	// The tests of the authorization server name every refusal.
	nhsSource         = "https://github.com/NHSDigital/identity-service-api/blob/master/e2e/tests/oauth/test_client_credentials.py"
	nhsSourceCode     = "https://github.com/NHSDigital/identity-service-api/blob/master/e2e/tests/oauth/test_authorization_code.py"
	nhsSourceExchange = "https://github.com/NHSDigital/identity-service-api/blob/master/proxies/live/apiproxy/resources/jsc/validate-subject-token-claims.js"
	nhsSourceScopes   = "https://github.com/NHSDigital/identity-service-api/blob/master/e2e/tests/product_scopes/test_product_scopes.py"
	nhsJWKS           = "https://developer.community.nhs.uk/t/int-jwks-endpoint-error/5033"
)

// nhsJWT stands in what the platform says of the signed JWT of a client.
const nhsJWT = "in client assertion jwt|claim in jwt|claims in jwt|header in jwt"

// nhsRules are the refusals of the API platform of NHS England (signed JWT,
// token exchange and logins with NHS login or CIS2).
var nhsRules = []jeton.Rule{
	{Words: []string{"in subject token jwt|in act sub jwt|act sub jwt is corrupt|failed to decode subject token"}, When: []string{"token_exchange"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the platform does not accept the ID token that is to be exchanged", Fix: "give the ID token of NHS login or CIS2 as it was issued, before it expires"},
	}, Source: nhsSourceExchange},
	{Words: []string{nhsJWT, "non matching iss sub"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.subject", Problem: "iss and sub of the signed JWT are not both the API key of the application", Fix: "remove issuer and subject, so that both are client.id, and write the API key there"},
		{Parameter: "client.assertion.issuer", Problem: "iss of the signed JWT is not the API key of the application", Fix: "remove issuer, so that it is client.id"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "iss sub"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.issuer", Problem: "this environment knows no application with the API key in iss and sub", Fix: "write the key of My applications, Active API keys, as client.id and neither issuer nor subject; every environment has its own"},
		{Parameter: "client.id", Problem: "the API key may be of another environment", Fix: "copy the API key of the application from the developer account of this environment"},
		{Parameter: "token_url", Problem: "the request may have gone to another environment", Fix: "write the token URL of the environment in which the application is registered, for example https://int.api.service.nhs.uk/oauth2/token"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "aud"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.audience", Problem: "aud is not exactly the token URL of the environment that is called", Fix: "write audience: token_url", Proposed: "token_url"},
		{Parameter: "token_url", Problem: "aud follows token_url, and this may be the URL of another environment", Fix: "write the token URL of the environment, character for character"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "kid", "no matching public key"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.headers.kid", Problem: "the public keys that are registered for the application have no key with this kid", Fix: "write the kid of the JWKS that is registered in the developer account"},
		{Parameter: "client.assertion.key", Problem: "the public key may not be registered in this environment yet", Fix: "register the public key of this key (as JWKS) with the application"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "kid"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.headers.kid", Problem: "the signed JWT names no key", Fix: "write headers: {kid: ...} with the kid of the registered public key"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "typ"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.headers.typ", Problem: "the platform takes no other typ than JWT", Fix: "write headers: {typ: JWT}", Proposed: "JWT"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "alg"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.algorithm", Problem: "the platform takes no other algorithm than RS512", Fix: "write algorithm: RS512", Proposed: "RS512"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "exp", "more than 5 minutes"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.lifetime", Problem: "the signed JWT may live five minutes at most, by the platform's clock", Fix: "write lifetime: 4m", Proposed: "4m"},
		{Parameter: "clock", Problem: "this machine's clock may be ahead", Fix: "synchronise the clock, or write auto_skew: true"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "exp", "must be an integer|missing exp"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.claims.exp", Problem: "exp has to be a whole number of seconds since 1970", Fix: "remove exp from claims: it is written from lifetime"},
		{Parameter: "client.assertion.lifetime", Problem: "exp comes from lifetime", Fix: "write lifetime: 5m and no claim exp"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "exp", "has expired"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "the signed JWT had expired by the platform's clock when it arrived", Fix: "synchronise the clock, or write auto_skew: true"},
		{Parameter: "client.assertion.lifetime", Problem: "the lifetime may be too short for the way to the platform", Fix: "write a longer lifetime, up to 5m"},
	}, Source: nhsSource},
	{Words: []string{nhsJWT, "jti"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.jti", Problem: "the platform wants a jti that is a text and was never sent before", Fix: "write jti: uuid and no claim jti", Proposed: "uuid"},
	}, Source: nhsSource},
	{Words: []string{"malformed jwt in client assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion", Problem: "what was sent as client_assertion is no JWT", Fix: "let jeton sign it: write client.assertion with key, algorithm RS512 and headers kid; no client_assertion in request.params"},
	}, Source: nhsSource},
	{Words: []string{"register a public key to use this authentication"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.key", Problem: "no public key is registered for the application", Fix: "register the public key of this key (as JWKS) with the application in the developer account"},
	}, Source: nhsSource},
	{Words: []string{"public key error", "jwks endpoint", "cant be reached"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the platform cannot read the JWKS that is registered for the application", Fix: "open the JWKS URL that is registered with the application: it must answer 200 with JSON from the internet; then ask the platform's support to read it again"},
		{Parameter: "client.assertion.key", Problem: "the public key of this key may not be published", Fix: "register the public key with the application, as JWKS or its URL"},
	}, Source: nhsJWKS},
	{Words: []string{"public key error", "signature verification failed"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.key", Problem: "the signature does not verify with the public key that is registered under this kid", Fix: "sign with the key whose public half is registered, or register this one"},
		{Parameter: "client.assertion.headers.kid", Problem: "the kid may name another key", Fix: "write the kid under which this key is registered"},
	}, Source: nhsSource},
	{Words: []string{"unknown error occurred processing this request"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.key", Problem: "the platform could not check the signed JWT: often the key is not the registered one", Fix: "compare the public key of this key with the registered one; else write to the support with the message_id"},
		{Parameter: "vendor", Problem: "the platform itself may have failed", Fix: "write to the support with the message_id"},
	}, Source: nhsDocs},
	{Words: []string{"application is not configured to use this authorization grant type"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application has no API for this kind of access", Fix: "connect the application to the API, with the right access mode, in the developer account"},
		{Parameter: "grant.type", Problem: "the API may want another grant", Fix: "use client_credentials with a signed JWT for application-restricted APIs, a login or token_exchange for user-restricted ones"},
	}, Source: nhsSourceScopes},
	{Words: []string{"api key supplied does not have access to this resource"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application has no access to this API", Fix: "connect the application to the API in the developer account"},
		{Parameter: "client.id", Problem: "the API key may be of another application", Fix: "compare it with the developer account"},
	}, Source: nhsSourceCode},
	{Words: []string{"developer app associated with the api key is not approved|developer app associated with the api key not approved"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application is not approved, or was revoked", Fix: "ask the platform's support for its approval"},
		{Parameter: "client.id", Problem: "the API key may be of a revoked application", Fix: "write the API key of an approved one"},
	}, Source: nhsSourceCode},
	{Words: []string{"refresh token refresh period has expired"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the login has reached the longest time for which it may be renewed (1 h with NHS login, 12 h with CIS2)", Fix: "let the user log in again"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "let the user log in again"},
	}, Source: nhsSourceCode},
}
