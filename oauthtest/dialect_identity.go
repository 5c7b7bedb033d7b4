package oauthtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Auth0 and Keycloak.
const (
	auth0Client    = "AbCdEfGhIjKlMnOpQrStUvWxYz012345"
	auth0API       = "https://api.acme.example/"
	keycloakClient = "reports"
)

func identityDialects() []*Dialect {
	return []*Dialect{
		auth0(), auth0().variant("auth0-private-key-jwt", "Auth0, private_key_jwt", "B", auth0KeyDocument),
		keycloak(), keycloak().variant("keycloak-private-key-jwt", "Keycloak, private_key_jwt", "B", keycloakKeyDocument),
	}
}

const auth0KeyDocument = `provider: auth0-private-key-jwt
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    audience: $URL/
    lifetime: 1m
grant: {type: client_credentials}
request:
  params: {audience: https://api.acme.example/}
resource: {urls: [$URL/], probe: GET $API_URL}
`

const keycloakKeyDocument = `provider: keycloak-private-key-jwt
token_url: $URL/realms/{realm}/protocol/openid-connect/token
issuer: $ISSUER_URL
vars: {realm: $TENANT}
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    audience: issuer
    lifetime: 1m
grant: {type: client_credentials}
resource: {urls: [$URL/], probe: GET $API_URL}
`

func auth0() *Dialect {
	return &Dialect{
		Name: "auth0", Title: "Auth0, client secret", Shape: "A",
		Rules: []string{
			"a form or JSON; client_secret_post, client_secret_basic or private_key_jwt",
			"audience names the API, here " + auth0API,
			"aud of an assertion is the tenant's URL with a slash at its end; at most 5 minutes; jti is there and is used once; 10 s of tolerance",
		},
		Refusals: []VendorRefusal{
			no("client_grant", 403, `{"error":"access_denied","error_description":"Client is not authorized to access \"{audience}\". You need to create a \"client-grant\" associated to this API. See: https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants"}`, "the API is not granted to the client", "another audience", "audience"),
			no("no_audience", 403, jsonError("access_denied", "No audience parameter was provided, and no default audience has been configured"), "the audience is missing", "no audience", "audience_missing"),
			no("unauthorized", 401, jsonError("access_denied", "Unauthorized"), "the secret is wrong", "another secret", "secret", "missing", "signature", "alg", "key"),
			no("unknown_client", 400, jsonError("invalid_request", "Unknown client: {client}"), "the client is not known", "another client_id", "client_unknown", "client_missing"),
			no("unsupported_grant_type", 403, jsonError("unauthorized_client", "Grant type '{grant_type}' not allowed for the client."), "the grant is not allowed", "another grant_type", "grant_type"),
			no("invalid_assertion", 401, jsonError("invalid_client", "client_assertion is invalid: {reason}"), "a claim or header of the assertion is wrong", "another audience, lifetime or jti", "aud", "exp", "exp_far", "iat", "nbf", "jti", "iss", "sub", "kid", "typ", "format"),
			lostPage(http.StatusNotFound, "Not Found"),
			noAPI("invalid_token", 401, `{"statusCode":401,"error":"Unauthorized","message":"Invalid token","attributes":{"error":"Invalid token"}}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/oauth/token", apiPath: "/api/v2/clients",
		config: func(c *Config) {
			setLifetime(c, 24*time.Hour)
			c.AcceptJSON, c.AccessTokenFormat, c.IssuerPath = true, orDefault(c.AccessTokenFormat, FormatJWT), orDefault(c.IssuerPath, "/")
		},
		register: func(s *Server, a *Account) {
			a.ClientID = auth0Client
			a.keep("secret.txt", "rsa.pem")
			s.AddClient(Client{ID: auth0Client, Secret: a.Secret, Keys: []Key{{Public: handedOut().rsa.Public()}}, AuthMethods: []string{AuthPost, AuthBasic, AuthPrivateKeyJWT}})
		},
		grants: map[string]string{"client_credentials": GrantClientCredentials},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences = []string{s.URL + "/"}
			rules.lifetime, rules.tolerance, rules.leeway, rules.once = 5*time.Minute, skew, skew, true
		},
		after: func(_ *Server, r *request, _ *caller, _ *granted) *refusal {
			switch r.param("audience") {
			case "":
				return refuse(codeAccessDenied, "audience", "the parameter audience is missing").finer("audience_missing")
			case auth0API:
				return nil
			}
			return refuse(codeAccessDenied, "audience", "the client has no grant for this API")
		},
		resource: known(map[string]any{"clients": []any{}}),
		document: `provider: auth0
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant: {type: client_credentials}
request:
  encoding: json
  params: {audience: https://api.acme.example/}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func keycloak() *Dialect {
	return &Dialect{
		Name: "keycloak", Title: "Keycloak, client secret", Shape: "A",
		Rules: []string{
			"all methods of client authentication; kid selects the key",
			"aud of an assertion is one of the realm's URLs: issuer or token endpoint, one string; jti is there and is used once; exp is at most 60 s after now without iat",
		},
		Refusals: []VendorRefusal{
			no("invalid_client", 401, jsonError("invalid_client", "Invalid client or Invalid client credentials"), "the client is not known, or the secret is wrong", "another client_id or secret", "client_unknown", "client_missing", "secret", "missing", "auth_method"),
			no("audience", 400, jsonError("invalid_client", "Client authentication with signed JWT failed: Token audience doesn't match domain. Expected audiences are any of [{issuer}, {issuer}/protocol/openid-connect/token] but audience from token is '[{audience}]'"), "aud is none of the realm's URLs", "another audience", "aud"),
			no("audiences", 400, jsonError("invalid_client", "Multiple audiences not allowed"), "aud is a list", "two audiences", "aud_array"),
			no("reuse", 400, jsonError("invalid_client", "Token reuse detected"), "the assertion came before", "the same assertion again", "jti"),
			no("jti_missing", 400, jsonError("invalid_client", "Token jti claim is required"), "jti is missing", "no jti", "jti_missing"),
			no("not_active", 400, jsonError("invalid_client", "Token is not active"), "it is expired or not valid yet", "a clock that is wrong", "exp", "nbf", "iat"),
			no("too_long", 400, jsonError("invalid_client", "Token expiration is too far in the future and iat claim not present in token"), "it lives too long", "a long lifetime", "exp_far"),
			no("signature", 400, jsonError("invalid_client", "Client authentication with signed JWT failed: Signature on JWT token failed validation"), "the key is another one", "another key", "signature", "key"),
			no("public_key", 400, jsonError("invalid_client", "Unable to load public key"), "there is no key for this kid", "another kid", "kid"),
			no("algorithm", 400, jsonError("invalid_client", "Invalid signature algorithm"), "the algorithm is another one", "another algorithm", "alg"),
			no("realm", 404, jsonError("Realm does not exist", ""), "there is no such realm", "another realm in the path", "tenant"),
			no("invalid_scope", 400, jsonError("invalid_scope", "Invalid scopes: {scope}"), "the scope is not known", "another scope", "scope"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", "Unsupported grant_type"), "the grant is not known", "another grant_type", "grant_type"),
			no("wrong_path", 404, jsonError("Unable to find matching target resource method", ""), "there is nothing at this path", "another token_url", "path"),
		},
		tokenPath: "/realms/{tenant}/protocol/openid-connect/token", apiPath: "/realms/{tenant}/protocol/openid-connect/userinfo",
		values: map[string]string{"tenant": "demo"},
		config: func(c *Config) {
			setLifetime(c, 5*time.Minute)
			c.IssuerPath, c.AccessTokenFormat = orDefault(c.IssuerPath, "/realms/demo"), orDefault(c.AccessTokenFormat, FormatJWT)
			setDPoP(c, DPoPOptional)
		},
		register: func(s *Server, a *Account) {
			a.ClientID = keycloakClient
			a.keep("secret.txt", "rsa.pem")
			s.AddClient(Client{ID: keycloakClient, Secret: a.Secret, Keys: []Key{{Public: handedOut().rsa.Public()}}, Scopes: []string{"profile", "email"}})
			s.account.values["ISSUER_URL"] = s.Issuer()
		},
		rules: func(_ *Server, _ *request, rules *assertionRules) {
			rules.oneAudience, rules.once, rules.lifetime = true, true, 10*time.Minute
		},
		reply: func(_ *Server, _ *request, _ *accessToken, body map[string]any) {
			body["refresh_expires_in"], body["not-before-policy"] = 0, 0
		},
		document: `provider: keycloak
token_url: $URL/realms/{realm}/protocol/openid-connect/token
issuer: $ISSUER_URL
vars: {realm: $TENANT}
client:
  id: $CLIENT_ID
  auth: client_secret_basic
  secret: {file: secret.txt}
grant: {type: client_credentials}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func oktaDialects() []*Dialect { return []*Dialect{okta()} }

const oktaClient = "0oademo0000000000001"

func okta() *Dialect {
	return &Dialect{
		Name: "okta", Title: "Okta, org authorization server, private_key_jwt and DPoP", Shape: "B",
		Rules: []string{
			"private_key_jwt alone; aud is exactly the URL that is called; at most 60 minutes",
			"a DPoP proof with a nonce: the first request is answered with 400 and the header DPoP-Nonce",
			"the scopes are granted to the app: okta.users.read and okta.groups.read",
		},
		Refusals: []VendorRefusal{
			no("audience", 401, jsonError("invalid_client", "The audience claim for client_assertion must be the endpoint invoked for the request."), "aud is not the URL that is called", "another audience", "aud"),
			no("dpop_missing", 400, jsonError("invalid_dpop_proof", "The DPoP proof JWT header is missing."), "the app demands DPoP", "no client.dpop", "dpop_missing"),
			no("use_dpop_nonce", 400, jsonError("use_dpop_nonce", "Authorization server requires nonce in DPoP proof."), "a nonce is demanded", "a proof without the nonce; Jeton sends it again by itself", "dpop_nonce"),
			no("private_key_jwt", 401, jsonError("invalid_client", "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method."), "the method is not allowed", "a client secret", "auth_method", "secret"),
			no("signature", 401, jsonError("invalid_client", "The client_assertion signature is invalid."), "the key is another one", "another key", "signature", "alg", "key"),
			no("kid", 401, jsonError("invalid_client", "The client_assertion JWT kid is invalid."), "there is no such key", "another kid", "kid"),
			no("expired", 401, jsonError("invalid_client", "The client_assertion token is expired."), "it is expired", "a clock that is behind", "exp"),
			no("too_long", 401, jsonError("invalid_client", "The client_assertion token has an expiration too far into the future."), "it lives longer than an hour", "a long lifetime", "exp_far", "iat", "nbf"),
			no("no_credentials", 401, jsonError("invalid_client", "No client credentials found."), "the client does not authenticate", "no assertion", "missing"),
			no("client_id", 401, `{"errorCode":"invalid_client","errorSummary":"Invalid value for 'client_id' parameter.","errorLink":"invalid_client","errorId":"oaeTN","errorCauses":[]}`, "the client is not known", "another client_id", "client_unknown", "client_missing", "iss", "sub"),
			no("scope", 400, jsonError("invalid_scope", "One or more scopes are not configured for the authorization server resource."), "there is no such scope", "another scope", "scope"),
			no("consent_required", 400, jsonError("consent_required", "You are not allowed any of the requested scopes."), "the scopes are not granted to the app", ""),
			no("invalid_dpop_proof", 400, jsonError("invalid_dpop_proof", "The DPoP proof JWT is invalid: {reason}"), "the proof is wrong", "another proof", "dpop_format", "dpop_typ", "dpop_jwk", "dpop_alg", "dpop_signature", "dpop_htm", "dpop_htu", "dpop_iat", "dpop_jti", "dpop_repeated"),
			no("wrong_path", 404, `{"errorCode":"E0000022","errorSummary":"The endpoint does not support the provided HTTP method","errorLink":"E0000022","errorId":"oaeTN","errorCauses":[]}`, "there is nothing at this path", "another token_url", "path"),
		},
		tokenPath: "/oauth2/v1/token", apiPath: "/api/v1/users",
		config: func(c *Config) { setLifetime(c, time.Hour); setDPoP(c, DPoPNonce) },
		register: func(s *Server, a *Account) {
			a.ClientID = oktaClient
			a.keep("rsa.pem")
			s.AddClient(Client{ID: oktaClient, Keys: []Key{{Public: handedOut().rsa.Public()}}, Scopes: []string{"okta.users.read", "okta.groups.read"}, AuthMethods: []string{AuthPrivateKeyJWT}})
		},
		grants: map[string]string{"client_credentials": GrantClientCredentials},
		rules: func(s *Server, r *request, rules *assertionRules) {
			rules.audiences = []string{s.TokenURL()}
			rules.algorithms = slices.Concat([]string{}, strings.Fields("RS256 RS384 RS512 ES256 ES384 ES512"))
			rules.lifetime = time.Hour
		},
		document: `provider: okta
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    audience: token_url
  dpop: {algorithm: ES256}
grant: {type: client_credentials}
scopes: [okta.users.read]
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}
