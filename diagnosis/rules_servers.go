package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	forgerockDocs = "https://help.yahooinc.com/connect-id/docs/server-to-server-access-token-troubleshooting"
	forgerockCIS2 = "https://developer.community.nhs.uk/t/cis2-exchanging-code-with-id-token-and-refresh-token/1018"
	forgerockAlg  = "https://help.one.aol.com/Analytics_Reports/7_Analytics_Reports_API/7.2_Authentication_Guidelines/4_Troubleshooting_OAuth2%2F%2FOpenID_Connect"
	fositeClient  = "https://github.com/ory/fosite/blob/master/client_authentication.go"
	fositeGrant   = "https://github.com/ory/fosite/blob/master/handler/rfc7523/handler.go"
	doorkeeper    = "https://github.com/doorkeeper-gem/doorkeeper/blob/main/config/locales/en.yml"
	springDocs    = "https://github.com/spring-projects/spring-authorization-server/tree/main/oauth2-authorization-server/src/main/java/org/springframework/security/oauth2/server/authorization"
	wso2Source    = "https://github.com/wso2-extensions/identity-inbound-auth-oauth/blob/master/components/org.wso2.carbon.identity.oauth/src/main/java/org/wso2/carbon/identity/oauth2/token/AccessTokenIssuer.java"
	wso2JWT       = "https://github.com/wso2-extensions/identity-oauth2-grant-jwt/blob/master/component/grant-type/src/main/java/org/wso2/carbon/identity/oauth2/grant/jwt/JWTBearerGrantHandler.java"
	cognitoDocs   = "https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html"
	pingOneDocs   = "https://apidocs.pingidentity.com/pingone/platform/v1/api/#openid-connectoauth-2"
)

// forgerockRules are the refusals of PingAM (ForgeRock AM, OpenAM).
var forgerockRules = []jeton.Rule{
	{Words: []string{"jwt has expired or is not valid|jwt is has expired or is not valid"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "exp or iat do not fit the server's clock, or exp lies too far ahead", Fix: "synchronise the clock, or write auto_skew: true"},
		{Parameter: "<assertion>.lifetime", Problem: "the assertion may live longer than the server allows", Fix: "write lifetime: 5m"},
		{Parameter: "<assertion>.audience", Problem: "aud may not be the token endpoint of the realm", Fix: "write the token URL with port and realm, as the server itself writes it"},
	}, Source: forgerockDocs},
	{Words: []string{"jwt is not valid"}, Codes: []string{"invalid_client"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "aud is not the token endpoint of the realm as the server writes it, often with its port", Fix: "write audience as in the metadata of the realm, for example https://HOST:443/openam/oauth2/realms/root/realms/REALM/access_token"},
		{Parameter: "<assertion>.key", Problem: "the key may not be the registered one", Fix: "register the public key of this key"},
		{Parameter: "<assertion>.lifetime", Problem: "exp may lie too far ahead", Fix: "write lifetime: 5m"},
	}, Source: forgerockCIS2},
	{Words: []string{"no enum constant", "jws algorithm"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.algorithm", Problem: "the server does not know the algorithm in the header of the assertion", Fix: "write the algorithm that is registered, for example HS256 or RS256"},
	}, Source: forgerockAlg},
	{Words: []string{"grant type is not set"}, Blame: []jeton.Suspect{
		{Parameter: "request.encoding", Problem: "the server has read no grant_type", Fix: "write request.encoding: form, and no Content-Type in request.headers", Proposed: "form"},
		{Parameter: "grant.parameter", Problem: "grant_type may be empty", Fix: "write the word that the provider documents"},
	}, Source: forgerockDocs},
	{Words: []string{"invalid realm"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the server has no such realm", Fix: "write the realm in the path: /oauth2/realms/root/realms/REALM/access_token"},
	}, Source: forgerockDocs},
}

// hydraRules are the refusals of Ory Hydra and other servers on fosite, which
// put a hint after the sentence of the RFC.
var hydraRules = []jeton.Rule{
	{Words: []string{"supports client authentication method client secret basic|only supports the client secret basic"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the client is registered with client_secret_basic", Fix: "write client.auth: client_secret_basic, or change token_endpoint_auth_method of the client", Proposed: "client_secret_basic"},
	}, Source: fositeClient},
	{Words: []string{"supports client authentication method client secret post|only supports the client secret post"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the client is registered with client_secret_post", Fix: "write client.auth: client_secret_post, or change token_endpoint_auth_method of the client", Proposed: "client_secret_post"},
	}, Source: fositeClient},
	{Words: []string{"supports client authentication method private key jwt"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the client is registered with private_key_jwt", Fix: "write client.auth: private_key_jwt with client.assertion.key", Proposed: "private_key_jwt"},
	}, Source: fositeClient},
	{Words: []string{"supports client authentication method none"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the client is registered as public, without authentication", Fix: "write client.auth: none, and no secret", Proposed: "none"},
	}, Source: fositeClient},
	{Words: []string{"method client secret jwt", "not supported|does not support"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the server does not take JWTs that are signed with a secret", Fix: "write client.auth: private_key_jwt with a key pair"},
		{Parameter: "client.assertion.algorithm", Problem: "the algorithm has to be one for a key pair", Fix: "write RS256, PS256 or ES256"},
	}, Source: fositeClient},
	{Words: []string{"enforces signing algorithm"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.algorithm", Problem: "the client is registered with another algorithm, which the answer names", Fix: "write it as algorithm, or change token_endpoint_auth_signing_alg of the client"},
	}, Source: fositeClient},
	{Words: []string{"no json web keys set registered"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.key", Problem: "the client has no public keys", Fix: "register jwks or jwks_uri with the public key of this key"},
	}, Source: fositeClient},
	{Words: []string{"unable to verify the integrity of the client assertion"}, Not: []string{"expired|audience|issuer|used before|not valid yet"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.key", Problem: "the signature does not verify with the public keys of the client, or the assertion is broken", Fix: "register the public key of this key with the client"},
		{Parameter: "client.assertion.headers.kid", Problem: "the kid may name another key", Fix: "write the kid of the registered key"},
		{Parameter: "clock", Problem: "the assertion may have expired", Fix: "synchronise the clock"},
	}, Source: fositeClient},
	{Words: []string{"in the http authorization header could not be decoded"}, Blame: []jeton.Suspect{
		{Parameter: "client.basic_encoding", Problem: "the server decodes id and secret in the header, and they were not encoded", Fix: "write client.basic_encoding: form", Proposed: "form"},
	}, Source: fositeClient},
	{Words: []string{"requested audience", "has not been whitelisted|not been whitelisted|not allowed"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.audience", Problem: "the client may not ask for this audience", Fix: "add it to the audience of the client, or write another"},
	}, Source: fositeClient},
	{Words: []string{"no public jwk was registered for issuer"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion.key", Problem: "the server trusts no key for this issuer and subject", Fix: "create a trust relationship (trust/grants/jwt-bearer/issuers) with this issuer, subject and public key"},
		{Parameter: "grant.assertion.issuer", Problem: "the issuer may be another than the trusted one", Fix: "write the issuer of the trust relationship"},
		{Parameter: "grant.assertion.headers.kid", Problem: "the kid may be another than the trusted one", Fix: "write the kid of the trust relationship"},
	}, Source: fositeGrant},
	{Words: []string{"unreasonably far in the future"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.lifetime", Problem: "exp lies too far behind iat", Fix: "write a shorter lifetime, for example 5m", Proposed: "5m"},
		{Parameter: "clock", Problem: "this machine's clock may be ahead", Fix: "synchronise the clock"},
	}, Source: fositeGrant},
	{Words: []string{"oauth 2 0 client does not exist"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the server knows no client of this id", Fix: "compare it with the registered one"},
		{Parameter: "token_url", Problem: "this may be another project or environment", Fix: "write the token URL of the project of the client"},
	}, Source: fositeClient},
	{Words: []string{"client registration does not allow this method"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the client is registered with another token_endpoint_auth_method (Authelia)", Fix: "write the method of the registration, or change it there"},
	}, Source: "https://www.authelia.com/integration/openid-connect/frequently-asked-questions/"},
	// Also the text of Doorkeeper, and so of GitLab, for a wrong secret.
	{Words: []string{"unknown client no client included|unknown client no client authentication included"}, Blame: []jeton.Suspect{
		{Parameter: "<credential>", Problem: "the server does not know the client, or not what it authenticates with", Fix: "copy id and secret of the application again"},
		{Parameter: "client.id", Problem: "the client may be of another installation", Fix: "compare it with the application"},
		{Parameter: "client.auth", Problem: "the server may want another method", Fix: "write the method that the client is registered with"},
	}, Source: doorkeeper},
}

// springRules are the refusals of Spring Authorization Server, which names the
// parameter at fault and no more.
var springRules = []jeton.Rule{
	{Words: []string{"oauth 2 0 parameter grant type"}, Blame: []jeton.Suspect{
		{Parameter: "grant.parameter", Problem: "the server does not know the grant_type, or has read none", Fix: "write the word that the provider documents"},
		{Parameter: "request.encoding", Problem: "the server reads a form alone", Fix: "write request.encoding: form", Proposed: "form"},
	}, Source: springDocs},
	{Words: []string{"oauth 2 0 parameter redirect uri"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is not registered, or not the one of the login", Fix: "write the registered one; localhost is refused, 127.0.0.1 is not"},
	}, Source: springDocs},
	{Words: []string{"oauth 2 0 parameter scope"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "a scope is not registered for the client", Fix: "write scopes of the registered client"},
	}, Source: springDocs},
	{Words: []string{"oauth 2 0 parameter client id|client authentication failed client id"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the server knows no client of this id", Fix: "compare it with the registered client"},
	}, Source: springDocs},
	{Words: []string{"oauth 2 0 parameter code verifier|oauth 2 0 parameter code challenge*"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the code verifier is not the one of this login (PKCE)", Fix: "begin the login again; a program redeems with the Authorization that it began with"},
	}, Source: springDocs},
	{Words: []string{"oauth 2 0 parameter refresh token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token is missing, or not one of this server", Fix: "log in again"},
	}, Source: springDocs},
	{Words: []string{"client authentication failed authentication method"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the registered client does not allow this client authentication", Fix: "write a method of the registered client (client-authentication-methods)"},
	}, Source: springDocs},
	{Words: []string{"client authentication failed client secret"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the secret is not the one of this client, or has expired", Fix: "write the secret in clear; the server stores it with a prefix such as {bcrypt}"},
	}, Source: springDocs},
	{Words: []string{"client authentication failed client assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<credential>", Problem: "the assertion does not verify: another key, or jwk-set-url is not set", Fix: "set jwk-set-url of the registered client, or sign with its secret for client_secret_jwt"},
		{Parameter: "client.assertion.audience", Problem: "aud may be none of the issuer and endpoints", Fix: "write audience: issuer"},
		{Parameter: "client.assertion.algorithm", Problem: "the algorithm may not be the registered one", Fix: "write token-endpoint-authentication-signing-algorithm of the client"},
	}, Source: springDocs},
}

// wso2Rules are the refusals of WSO2 Identity Server and API Manager.
var wso2Rules = []jeton.Rule{
	{Words: []string{"valid oauth client could not be found"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the tenant knows no application with this consumer key", Fix: "copy the consumer key of the application; keys of production and sandbox differ"},
		{Parameter: "token_url", Problem: "this may be another tenant or key manager", Fix: "write the token URL that the application shows"},
	}, Source: wso2Source},
	{Words: []string{"oauth application is not in active state"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application was revoked or is not active", Fix: "activate the application"},
		{Parameter: "client.id", Problem: "another application may be meant", Fix: "write the consumer key of an active one"},
	}, Source: wso2Source},
	{Words: []string{"unsupported client authentication method"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the server takes no authentication of this kind for the client", Fix: "write client_secret_basic, or the method of the application"},
	}, Source: wso2Source},
	{Words: []string{"error decoding authorization header"}, When: []string{"basic"}, Blame: []jeton.Suspect{
		{Parameter: "client.secret", Problem: "the header Authorization has no id and secret that can be read: one may be empty", Fix: "write client.secret, and see that its source is not empty"},
		{Parameter: "client.id", Problem: "the client id may be empty", Fix: "write client.id"},
		{Parameter: "client.basic_encoding", Problem: "the server may not decode the form encoding", Fix: "write client.basic_encoding: raw", Proposed: "raw"},
	}, Source: wso2Source},
	{Words: []string{"persisted access token data not found"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token was used before, or its token revoked", Fix: "log in again"},
	}, Source: wso2Source},
	{Words: []string{"no registered idp found for the jwt"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion.issuer", Problem: "the server has no identity provider of the name in iss", Fix: "write the name of the registered identity provider"},
	}, Source: wso2JWT},
}

// oracleAccessRules are refusals of Oracle Access Manager, whose domains are named by a header.
var oracleAccessRules = []jeton.Rule{
	{Words: []string{"domain in request is missing"}, Codes: []string{"invalid_request"}, Blame: []jeton.Suspect{
		{Parameter: "request.headers.X-OAUTH-IDENTITY-DOMAIN-NAME", Problem: "the request names no identity domain", Fix: "write request.headers: {X-OAUTH-IDENTITY-DOMAIN-NAME: ...} with the name of the domain"},
	}, Source: "https://github.com/oauth2-proxy/oauth2-proxy/issues/736"},
}

// platformRules are refusals of cloud platforms for whose words generic rules do not suffice.
var platformRules = []jeton.Rule{
	{Words: []string{"pre token generation failed*|invalid lambda response"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the Lambda trigger of the user pool has failed", Fix: "see the log of the trigger of the user pool"},
	}, Source: cognitoDocs},
	{Words: []string{"request denied unsupported authentication method"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the application is set to another Token Endpoint Authentication Method", Fix: "write the method of the Configuration tab of the application"},
		{Parameter: "client.id", Problem: "the environment may know no enabled application of this id", Fix: "compare it with the application, and the environment id in token_url"},
		{Parameter: "<credential>", Problem: "what the client authenticates with may be wrong", Fix: "copy it from the application again"},
	}, Source: pingOneDocs},
}
