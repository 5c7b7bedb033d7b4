package diagnosis

import "github.com/jeton-oauth/jeton"

// The texts stand in the sources of Keycloak, nowhere else.
const (
	keycloakClients  = "https://github.com/keycloak/keycloak/tree/main/services/src/main/java/org/keycloak/authentication/authenticators/client"
	keycloakGrants   = "https://github.com/keycloak/keycloak/tree/main/services/src/main/java/org/keycloak/protocol/oidc/grants"
	keycloakExchange = "https://github.com/keycloak/keycloak/tree/main/services/src/main/java/org/keycloak/protocol/oidc/tokenexchange"
	keycloakTokens   = "https://github.com/keycloak/keycloak/blob/main/services/src/main/java/org/keycloak/protocol/oidc/TokenManager.java"
	keycloakDPoP     = "https://github.com/keycloak/keycloak/blob/main/services/src/main/java/org/keycloak/services/util/DPoPUtil.java"
)

// keycloakClientRules are the refusals of the client authenticators of Keycloak
// (and of Red Hat build of Keycloak).
var keycloakClientRules = []jeton.Rule{
	{Words: []string{"audience doesnt match domain|invalid token audience"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "aud is none of the realm's issuer and endpoints", Fix: "write audience: issuer, where issuer is https://HOST/realms/REALM as the server itself writes it", Proposed: "issuer"},
		{Parameter: "token_url", Problem: "the server may know itself under another host name or realm", Fix: "write issuer, and let discovery find the endpoints"},
	}, Source: keycloakClients},
	{Words: []string{"multiple audiences not allowed"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "aud may hold one value only", Fix: "write one audience: issuer", Proposed: "issuer"},
	}, Source: keycloakClients},
	{Words: []string{"token reuse detected|token jti claim is required"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.jti", Problem: "the server wants a jti that it has not seen", Fix: "write jti: uuid, and no claim jti", Proposed: "uuid"},
	}, Source: keycloakClients},
	{Words: []string{"token expiration is too far in the future"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.lifetime", Problem: "the assertion lives longer than the client allows (Max expiration, 60 s by default)", Fix: "write lifetime: 1m, and leave iat in the claims", Proposed: "1m"},
		{Parameter: "clock", Problem: "this machine's clock may be ahead", Fix: "synchronise the clock, or write auto_skew: true"},
	}, Source: keycloakClients},
	{Words: []string{"token was issued too far in the past"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "iat is older than the client allows (Max expiration, 60 s by default)", Fix: "synchronise the clock, or write auto_skew: true"},
		{Parameter: "<assertion>.backdate", Problem: "iat may be dated back too far", Fix: "write backdate: 0s", Proposed: "0s"},
		{Parameter: "<assertion>.lifetime", Problem: "an assertion may have been kept and sent again", Fix: "let every request be signed anew, with lifetime: 1m"},
	}, Source: keycloakClients},
	{Words: []string{"token was issued in the future"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "this machine's clock is ahead of the server's by more than it allows (15 s)", Fix: "synchronise the clock, or write auto_skew: true"},
		{Parameter: "<assertion>.backdate", Problem: "iat lies in the server's future", Fix: "write backdate: 10s"},
	}, Source: keycloakClients},
	{Words: []string{"client secret signed jwt failed|client secret jwt failed"}, Not: []string{"not active", "expired", "audience"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the assertion is not signed with the secret of this client", Fix: "copy the secret from the Credentials tab of the client"},
		{Parameter: "client.assertion.algorithm", Problem: "the client may demand another signature algorithm", Fix: "write the algorithm of the Credentials tab, for example HS512"},
	}, Source: keycloakClients},
	{Words: []string{"signed jwt failed", "not active|expired"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "the assertion is not valid yet or no more by the server's clock", Fix: "synchronise the clock, or write auto_skew: true"},
		{Parameter: "<assertion>.lifetime", Problem: "the lifetime may be too short", Fix: "write lifetime: 1m"},
	}, Source: keycloakClients},
	{Words: []string{"unable to load public key"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.key", Problem: "the server has no public key for this kid: none is stored for the client, or its JWKS URL does not answer", Fix: "import the certificate or set the JWKS URL in the Keys tab of the client"},
		{Parameter: "client.assertion.headers.kid", Problem: "the kid may not be the one of the stored key", Fix: "write the kid of the client's JWKS; without one Keycloak takes the stored certificate"},
		{Parameter: "client.assertion.algorithm", Problem: "the stored key may be of another type", Fix: "write the algorithm that fits the stored key"},
	}, Source: keycloakClients},
	{Words: []string{"signed jwt failed", "signature"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.key", Problem: "the signature does not verify with the public key of the client", Fix: "import the certificate or JWKS of this key in the Keys tab of the client"},
		{Parameter: "client.assertion.headers.kid", Problem: "the kid may name another key", Fix: "write the kid under which the key is registered"},
		{Parameter: "client.assertion.algorithm", Problem: "the algorithm may not be one for a key pair", Fix: "write RS256, PS256 or ES256, as the key allows"},
	}, Source: keycloakClients},
	{Words: []string{"invalid signature algorithm|not allowed signature algorithm"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.algorithm", Problem: "the client or a client policy demands another signature algorithm", Fix: "write the algorithm of the Credentials tab of the client"},
	}, Source: keycloakClients},
	{Words: []string{"client id parameter does not match sub claim|token sub claim is required"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.subject", Problem: "sub is not the client id", Fix: "remove subject, so that it is client.id"},
		{Parameter: "client.id", Problem: "client_id and the assertion name different clients", Fix: "write the client id of the client that signs"},
	}, Source: keycloakClients},
	{Words: []string{"parameter client assertion type is missing|client assertion parameter missing"}, When: []string{"!client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the client authenticates with a signed JWT (Credentials tab), which was not sent", Fix: "write client.auth: private_key_jwt with client.assertion.key, or set the client to Client Id and Secret", Proposed: "private_key_jwt"},
	}, Source: keycloakClients},
	{Words: []string{"client assertion type has value|parameter client assertion type is missing"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.type", Problem: "client_assertion_type is not the one for a JWT", Fix: "remove client.assertion.type"},
	}, Source: keycloakClients},
	{Words: []string{"client authentication method not allowed for client"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "a client policy does not allow this client authentication", Fix: "write a method that the policy allows: private_key_jwt or tls_client_auth as a rule"},
	}, Source: keycloakClients},
	{Words: []string{"client secret not provided in request"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the client is confidential, and no secret was sent", Fix: "copy the secret from the Credentials tab of the client"},
		{Parameter: "client.auth", Problem: "the client may be meant to be public", Fix: "turn Client authentication off if it has no secret, or write client.auth: client_secret_basic with a secret"},
	}, Source: keycloakClients},
	{Words: []string{"invalid client or invalid client credentials"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the realm knows no enabled client of this id (or iss and sub differ)", Fix: "write the client id of a client in this realm, and neither issuer nor subject in the assertion"},
		{Parameter: "client.auth", Problem: "the client may be set to another authenticator than the one that was used", Fix: "choose Signed JWT in the Credentials tab of the client"},
		{Parameter: "token_url", Problem: "this may be another realm", Fix: "write the realm of the client in the URL"},
	}, Source: keycloakClients},
	{Words: []string{"invalid client or invalid client credentials|invalid client secret"}, When: []string{"secret"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the secret is not the one of this client", Fix: "copy it from the Credentials tab of the client in this realm"},
		{Parameter: "client.id", Problem: "the realm may know no enabled client of this id", Fix: "write the client id of a client in this realm"},
		{Parameter: "token_url", Problem: "this may be another realm", Fix: "write the realm of the client in the URL"},
	}, Source: keycloakClients},
	{Words: []string{"invalid client or invalid client credentials"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the realm knows no enabled client of this id, or the client has to authenticate", Fix: "write the client id of a client in this realm"},
		{Parameter: "<credential>", Problem: "what the client authenticates with may be wrong, or not have arrived (a certificate has to pass the proxy)", Fix: "compare it with the Credentials tab of the client: the secret, the key, or the Subject DN of the certificate"},
		{Parameter: "client.auth", Problem: "the client may be set to another authenticator", Fix: "write the one of its Credentials tab"},
	}, Source: keycloakClients},
	{Words: []string{"bearer only not allowed|bearer only client*"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "a bearer-only client never gets tokens", Fix: "write the id of another client, or turn bearer-only off"},
	}, Source: keycloakGrants},
}

// keycloakTokenRules are the refusals of what is common to the grants.
var keycloakTokenRules = []jeton.Rule{
	{Words: []string{"mtls hok token binding|client certificate missing or its thumbprint"}, Blame: []jeton.Suspect{
		{Parameter: "tls.client", Problem: "tokens of this client are bound to a client certificate (Certificate bound access tokens), and the right one did not arrive", Fix: "write tls.client with the certificate of the login, and let the proxy pass it on"},
	}, Source: keycloakGrants},
	{Words: []string{"dpop proof is not active"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "the proof is too old or from the future by the server's clock", Fix: "synchronise the clock"},
	}, Source: keycloakDPoP},
	{Words: []string{"dpop proof is missing"}, When: []string{"!dpop"}, Blame: []jeton.Suspect{
		{Parameter: "client.dpop", Problem: "tokens of this client are bound to a key, and no proof was sent", Fix: "write client.dpop: {algorithm: ES256}", Proposed: "{algorithm: ES256}"},
	}, Source: keycloakDPoP},
	{Words: []string{"token is not active"}, Codes: []string{"invalid_grant"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token has expired (SSO session idle or max)", Fix: "log in again; for a long life ask for the scope offline_access"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
	}, Source: keycloakTokens},
	{Words: []string{"maximum allowed refresh token reuse exceeded|stale token|session not active|session doesnt have required client|offline user session not found|offline session not active|user session not found"},
		When: []string{"refresh_token"}, Blame: []jeton.Suspect{
			{Parameter: "grant.refresh_token", Problem: "the refresh token was used before, or its session has ended", Fix: "log in again, and let one program alone renew this login"},
			{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
		}, Source: keycloakTokens},
	{Words: []string{"token client and authorized client dont match|unmatching clients"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the refresh token was issued to another client", Fix: "write the client id of the login"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token belongs to another client", Fix: "log in again with this client"},
	}, Source: keycloakTokens},
	{Words: []string{"client no longer has requested consent|missing consents for token exchange"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the user has withdrawn the consent, or scopes were added since", Fix: "log in again and give consent"},
	}, Source: keycloakTokens},
	{Words: []string{"realm does not exist"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the server has no realm of the name in the URL", Fix: "write the realm's name (not its display name) in token_url or issuer; up to version 16 the path begins with /auth"},
		{Parameter: "issuer", Problem: "the issuer may name another realm", Fix: "write https://HOST/realms/REALM"},
	}, Source: keycloakGrants},
	{Words: []string{"https required"}, Codes: []string{"invalid_request"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the realm takes requests over HTTPS alone", Fix: "write https:// in token_url"},
	}, Source: keycloakGrants},
}

// keycloakGrantRules are the refusals of the grants.
var keycloakGrantRules = []jeton.Rule{
	{Words: []string{"client not enabled to retrieve service account|public client not allowed to retrieve service account"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the client may not use client_credentials", Fix: "turn on Client authentication and Service accounts roles in the Settings of the client"},
		{Parameter: "client.id", Problem: "another client may be meant", Fix: "write the id of the client that has a service account"},
	}, Source: keycloakGrants},
	{Words: []string{"associated service account for the client does not exist"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the service account user of the client is gone", Fix: "turn Service accounts roles off and on again in the Settings of the client"},
	}, Source: keycloakGrants},
	{Words: []string{"client not allowed for direct access grants"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the client may not use the password grant", Fix: "turn on Direct access grants in the Settings of the client"},
	}, Source: keycloakGrants},
	{Words: []string{"client requires user consent"}, When: []string{"password"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the client demands consent, which the password grant cannot give", Fix: "turn off Consent required for the client, or use authorization_code"},
		{Parameter: "grant.type", Problem: "consent needs a login in a browser", Fix: "write grant.type: authorization_code"},
	}, Source: keycloakGrants},
	{Words: []string{"account is not fully set up"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the user has required actions to finish (a new password, an e-mail address, a second factor)", Fix: "let the user log in once in a browser, or remove Required user actions of the user"},
		{Parameter: "grant.username", Problem: "another user may be meant", Fix: "write a user whose account is complete"},
	}, Source: keycloakGrants},
	{Words: []string{"account temporarily disabled|account disabled|user disabled|user is disabled"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the account of the user is disabled, or locked for a time after wrong passwords", Fix: "enable the user, or wait and correct the password first"},
		{Parameter: "grant.username", Problem: "another user may be meant", Fix: "write a user that is enabled"},
	}, Source: keycloakTokens},
	{Words: []string{"standard flow is disabled for the client|client not allowed to exchange code|flow is disabled for the client|client not allowed oauth 2 0 device authorization grant"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the client may not use this flow", Fix: "turn on Standard flow (or OAuth 2.0 Device Authorization Grant) in the Settings of the client"},
	}, Source: keycloakGrants},
	{Words: []string{"found different client id in client session"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the code was issued to another client", Fix: "redeem it with the client that began the login"},
	}, Source: keycloakGrants},
	{Words: []string{"code not valid|code is expired"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code was used before, or is older than a minute", Fix: "begin the login again"},
		{Parameter: "grant.redirect_url", Problem: "another program may have redeemed the code at this URL", Fix: "let one program alone listen there"},
	}, Source: keycloakGrants},
	{Words: []string{"user session not found|session not active"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the session of the login has ended at the server", Fix: "begin the login again"},
	}, Source: keycloakGrants},
	{Words: []string{"no identity provider for provided issuer"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion.issuer", Problem: "the realm has no identity provider whose Issuer is iss", Fix: "write the issuer of the identity provider that is set up in the realm"},
	}, Source: keycloakGrants},
	{Words: []string{"identity provider is not allowed for the client|identity provider is not configured for jwt authorization grant"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the identity provider of this issuer may not be used with the JWT grant", Fix: "turn on JWT Authorization Grant at the identity provider, and list it at the client"},
		{Parameter: "grant.assertion.issuer", Problem: "another issuer may be meant", Fix: "write the issuer of an identity provider that the client lists"},
	}, Source: keycloakGrants},
	{Words: []string{"jwt authorization grant is not supported"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the client may not use the JWT grant", Fix: "turn on JWT Authorization Grant in the Settings of the client"},
	}, Source: keycloakGrants},
	{Words: []string{"public client not allowed to use authorization grant|public client is not allowed to exchange token"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the grant needs a client that authenticates", Fix: "turn on Client authentication for the client, and write its secret or key"},
	}, Source: keycloakGrants},
}

// keycloakExchangeRules are the refusals of token exchange.
var keycloakExchangeRules = []jeton.Rule{
	{Words: []string{"token exchange is not enabled for the requested client|client not allowed to exchange"}, When: []string{"token_exchange"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the client may not exchange tokens", Fix: "turn on Standard token exchange in the Settings of the client (up to version 25: a token-exchange permission)"},
	}, Source: keycloakExchange},
	{Words: []string{"supports access tokens only|invalid subject token type|invalid token type must be access token"}, When: []string{"token_exchange"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token_type", Problem: "access tokens alone are exchanged", Fix: "give an access token, and write subject_token_type: urn:ietf:params:oauth:token-type:access_token", Proposed: "urn:ietf:params:oauth:token-type:access_token"},
	}, Source: keycloakExchange},
	{Words: []string{"client is not within the token audience|client is not the holder of the token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the token that is to be exchanged is not meant for this client: its aud does not name it", Fix: "add an audience mapper for this client to the client that gets the first token"},
		{Parameter: "client.id", Problem: "another client may be the audience of the token", Fix: "write the client that stands in aud"},
	}, Source: keycloakExchange},
	{Words: []string{"requested audience not available|audience not found"}, When: []string{"token_exchange"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.audience", Problem: "the audience is no client of the realm, or the user has no role in it", Fix: "write the client id of the target, and give the client scopes that lead to it"},
	}, Source: keycloakExchange},
	{Words: []string{"requested subject is not supported|requested issuer is not supported|subject issuer is not supported"}, Blame: []jeton.Suspect{
		{Parameter: "request.params", Problem: "standard token exchange does not know this parameter", Fix: "remove it from request.params, or turn on the older token exchange (feature token-exchange)"},
	}, Source: keycloakExchange},
	{Words: []string{"invalid token"}, Codes: []string{"invalid_request", "invalid_token"}, When: []string{"token_exchange"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the token that is to be exchanged has expired, or is not of this realm", Fix: "give an access token of this realm that still works"},
	}, Source: keycloakExchange},
	{Words: []string{"sender constrained token exchange rejected"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the token is bound to the key of another client", Fix: "exchange a token that was issued to this client"},
	}, Source: keycloakExchange},
}
