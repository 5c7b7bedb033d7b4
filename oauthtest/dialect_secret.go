package oauthtest

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// Vendors with a secret: Marketo, Slack, UiPath, FedEx, IBM Cloud, Sign in with Apple.
const (
	marketoClient = "11112222-3333-4444-5555-666677778888"
	slackClient   = "1234567890.1234567890123"
	uipathClient  = "99990000-1111-4222-8333-444455556666"
	fedexClient   = "l7demo0123456789abcdef0123456789ab"
	appleTeam     = "DEF123GHIJ"
	appleService  = "com.acme.web"
	wireAPIKey    = "urn:ibm:params:oauth:grant-type:apikey"
)

func secretDialects() []*Dialect {
	return []*Dialect{marketo(), slack(), uipath(), fedex(), ibmIAM(), signInWithApple()}
}

func marketo() *Dialect {
	failed := func(code, text string) string {
		return `{"requestId":"e42b#14272d07d78","success":false,"errors":[{"code":"` + code + `","message":"` + text + `"}]}`
	}
	return &Dialect{
		Name: "marketo", Title: "Adobe Marketo", Shape: "A",
		Rules: []string{
			"GET, or POST, with id and secret in the query",
			"the same token comes again until it dies; expires_in is what is left of it",
			"the API says 200 with success: false and 601 or 602 of a token that is dead",
		},
		Refusals: []VendorRefusal{
			no("unauthorized", 401, jsonError("unauthorized", "Bad client credentials"), "id or secret is wrong", "another secret", "secret", "missing"),
			no("no_client", 401, jsonError("unauthorized", "No client with requested id: {client}"), "the client is not known", "another client_id", "client_unknown", "client_missing"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", "Unsupported grant type: {grant_type}"), "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, ""),
			noAPI("600", 200, failed("600", "Empty access token"), "there is no token", "no token", "missing"),
			noAPI("601", 200, failed("601", "Access token invalid"), "the token is not known", "another token", "*"),
			noAPI("602", 200, failed("602", "Access token expired"), "the token is expired", "an old token", "token_expired"),
		},
		tokenPath: "/identity/oauth/token", apiPath: "/rest/v1/activities/types.json",
		sameToken: true,
		config: func(c *Config) {
			setLifetime(c, 3599*time.Second)
			c.AcceptGET, c.AcceptQuery, c.TokenType = true, true, orDefault(c.TokenType, "bearer")
		},
		register: secretClient(Client{ID: marketoClient, AuthMethods: []string{AuthPost}}),
		grants:   map[string]string{"client_credentials": GrantClientCredentials},
		reply: func(_ *Server, _ *request, _ *accessToken, body map[string]any) {
			body["scope"] = "integration@acme.example"
		},
		resource: known(map[string]any{"requestId": "e42b#14272d07d78", "success": true, "result": []any{}}),
		document: `provider: marketo
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant: {type: client_credentials}
request: {method: GET, encoding: query}
refresh: {same_token: true}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func slack() *Dialect {
	failed := func(code string) string { return `{"ok":false,"error":"` + code + `"}` }
	return &Dialect{
		Name: "slack", Title: "Slack, oauth.v2.access with token rotation", Shape: "A",
		Rules: []string{
			"every answer is 200: ok: true or false says whether it worked",
			"authorization_code, and refresh_token where tokens rotate; a refresh token works once; scopes are separated by commas",
		},
		Refusals: []VendorRefusal{
			no("invalid_client_id", 200, failed("invalid_client_id"), "the client is not known", "another client_id", "client_unknown", "client_missing"),
			no("bad_client_secret", 200, failed("bad_client_secret"), "the secret is wrong", "another secret", "secret", "missing"),
			no("invalid_refresh_token", 200, failed("invalid_refresh_token"), "the refresh token is dead", "a refresh token that was used", "refresh_token", "refresh_reused", "refresh_revoked", "refresh_expired", "refresh_client"),
			no("invalid_code", 200, failed("invalid_code"), "the code is not good", "another code", "code", "code_expired", "code_reused", "code_client"),
			no("bad_redirect_uri", 200, failed("bad_redirect_uri"), "the redirect URL", "another redirect_uri", "redirect_uri"),
			no("invalid_grant_type", 200, failed("invalid_grant_type"), "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, "<!DOCTYPE html><html><head><title>Slack</title></head><body></body></html>"),
			noAPI("invalid_auth", 200, failed("invalid_auth"), "the API does not accept the token", "another token", "*"),
			noAPI("token_expired", 200, failed("token_expired"), "the token is expired", "an old token", "token_expired"),
		},
		tokenPath: "/api/oauth.v2.access", apiPath: "/api/auth.test",
		config: func(c *Config) {
			setLifetime(c, 12*time.Hour)
			c.RotateRefreshTokens, c.TokenType, c.OmitIssParameter = true, orDefault(c.TokenType, "bot"), true
		},
		routes: map[string]route{"/oauth/v2/authorize": {pathAuthorize, (*Server).authorize}},
		register: func(s *Server, a *Account) {
			a.ClientID = slackClient
			a.keep("secret.txt")
			a.RefreshToken = s.IssueRefreshToken(slackClient, "U0DEMO", "chat:write channels:read")
			a.Files["refresh_token.txt"] = []byte(a.RefreshToken)
			s.AddClient(Client{ID: slackClient, Secret: a.Secret, AuthMethods: []string{AuthPost, AuthBasic}})
		},
		grants: map[string]string{"": GrantAuthorizationCode, "authorization_code": GrantAuthorizationCode, "refresh_token": GrantRefreshToken},
		reply: func(_ *Server, _ *request, t *accessToken, body map[string]any) {
			body["ok"], body["app_id"], body["bot_user_id"] = true, "A0DEMO", "U0BOT"
			body["scope"] = strings.ReplaceAll(t.scope, " ", ",")
			body["team"], body["authed_user"] = map[string]any{"id": "T0DEMO", "name": "Acme"}, map[string]any{"id": t.subject}
		},
		resource: known(map[string]any{"ok": true, "url": "https://acme.slack.com/", "team": "Acme", "team_id": "T0DEMO"}),
		document: `provider: slack
token_url: $TOKEN_URL
authorization_url: $URL/oauth/v2/authorize
client:
  id: "$CLIENT_ID"
  auth: client_secret_post
  secret: {file: secret.txt}
grant:
  type: refresh_token     # or authorization_code, and jeton login
  refresh_token: {file: refresh_token.txt}
response:
  success: {path: ok, equals: true}
scope_separator: ","
usage: {scheme: Bearer}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func uipath() *Dialect {
	return &Dialect{
		Name: "uipath", Title: "UiPath, confidential external application", Shape: "A",
		Rules: []string{
			"client_secret_post; a wrong path answers 200 with a web page",
			"X together with X.Read and X.Write is refused",
		},
		Refusals: []VendorRefusal{
			no("html", 200, "<!doctype html><html><head><title>UiPath</title></head><body><div id=\"root\"></div></body></html>", "the path is wrong: identity and identity_", "another token_url", "path"),
			no("invalid_client", 400, jsonError("invalid_client", ""), "id or secret is wrong", "another secret", "client_unknown", "client_missing", "secret", "missing", "auth_method", "content_type"),
			no("invalid_scope", 400, jsonError("invalid_scope", ""), "the scopes do not go together, or are not granted", "another scope", "scope"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", ""), "the grant type", "another grant_type", "grant_type"),
			noAPI("unauthorized", 401, `{"message":"You are not authenticated!","errorCode":0,"traceId":"{id}"}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/identity_/connect/token", apiPath: "/acme/DefaultTenant/orchestrator_/odata/Folders",
		register: secretClient(Client{ID: uipathClient, AuthMethods: []string{AuthPost}, Scopes: strings.Fields("OR.Folders OR.Folders.Read OR.Folders.Write OR.Jobs")}),
		grants:   map[string]string{"client_credentials": GrantClientCredentials},
		after: func(_ *Server, r *request, _ *caller, _ *granted) *refusal {
			scopes := " " + r.param("scope") + " "
			if strings.Contains(scopes, " OR.Folders ") && strings.Contains(scopes, " OR.Folders.") {
				return refuse(codeInvalidScope, "scope", "OR.Folders and a part of it were asked for together")
			}
			return nil
		},
		resource: known(map[string]any{"value": []any{}}),
		document: `provider: uipath
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant: {type: client_credentials}
scopes: [OR.Folders.Read]
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func fedex() *Dialect {
	failed := func(code, text string) string {
		return `{"transactionId":"{id}","errors":[{"code":"` + code + `","message":"` + text + `"}]}`
	}
	return &Dialect{
		Name: "fedex", Title: "FedEx", Shape: "A",
		Rules: []string{"client_secret_post; no scope is asked for, CXS-TP comes"},
		Refusals: []VendorRefusal{
			no("not_authorized", 401, failed("NOT.AUTHORIZED.ERROR", "The given client credentials were not valid. Please modify your request and try again."), "key or secret is wrong", "another secret", "client_unknown", "client_missing", "secret", "missing", "auth_method"),
			no("bad_request", 400, failed("BAD.REQUEST.ERROR", "Missing or duplicate parameters. Please modify your request and try again."), "a parameter is missing", "no grant_type", "grant_type", "content_type", "repeated"),
			no("scope", 400, failed("BAD.REQUEST.ERROR", "No registered scope value for this client has been requested"), "a scope was asked for", "a scope", "scope"),
			lostPage(http.StatusNotFound, `{"transactionId":"{id}","errors":[{"code":"NOT.FOUND.ERROR","message":"The requested resource is not available."}]}`),
			noAPI("entitlement", 401, failed("NOT.AUTHORIZED.ERROR", "We could not authorize your credentials. Please check your permissions and try again"), "the account is not entitled to this API; it is not the key", ""),
			noAPI("login", 401, failed("LOGIN.REAUTHENTICATE.ERROR", "Your session is expired. Please enter your user ID and password to log in again."), "the token is dead", "another token", "*"),
		},
		tokenPath: "/oauth/token", apiPath: "/track/v1/trackingnumbers",
		config:   func(c *Config) { setLifetime(c, 3599*time.Second); c.TokenType = orDefault(c.TokenType, "bearer") },
		register: secretClient(Client{ID: fedexClient, AuthMethods: []string{AuthPost}, Scopes: []string{"CXS-TP"}}),
		grants:   map[string]string{"client_credentials": GrantClientCredentials, "csp_credentials": GrantClientCredentials, "client_pc_credentials": GrantClientCredentials},
		resource: known(map[string]any{"transactionId": "demo", "output": map[string]any{}}),
		document: `provider: fedex
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant: {type: client_credentials}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func ibmIAM() *Dialect {
	failed := func(code, text, details string) string {
		return `{"errorCode":"` + code + `","errorMessage":"` + text + `"` + details + `,"context":{"requestId":"{id}","requestType":"incoming.Identity_Token","url":"https://iam.cloud.ibm.com","instanceId":"{trace}","elapsedTime":"4"}}`
	}
	return &Dialect{
		Name: "ibm-iam", Title: "IBM Cloud IAM, API key", Shape: "A",
		Rules: []string{"grant_type is " + wireAPIKey + " with apikey; the client does not authenticate (Basic bx:bx is tolerated)", "the reply has expires_in and expiration"},
		Refusals: []VendorRefusal{
			no("BXNIM0415E", 400, failed("BXNIM0415E", "Provided API key could not be found.", ""), "the key is wrong, or of another account", "another apikey", "apikey"),
			no("BXNIM0109E", 400, failed("BXNIM0109E", "Property missing or empty.", `,"errorDetails":"Property 'apikey' either missing or empty."`), "the key is missing", "no apikey", "apikey_missing"),
			no("BXNIM0106E", 400, failed("BXNIM0106E", "Validation of property 'grant_type' with value '{grant_type}' failed.", ""), "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, ""),
			noAPI("BXNIM0308E", 400, failed("BXNIM0308E", "No authorization header found", ""), "there is no token", "no token", "missing"),
			noAPI("BXNIM0407E", 401, failed("BXNIM0407E", "Provided token is invalid", ""), "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/identity/token", apiPath: "/v1/apikeys/details",
		register: func(s *Server, a *Account) {
			a.Subject = "iam-ServiceId-demo"
			a.keep("secret.txt")
			a.Files["apikey.txt"] = a.Files["secret.txt"]
			delete(a.Files, "secret.txt")
		},
		authenticate: func(*Server, *request) (*caller, *refusal) { return &caller{method: AuthNone}, nil },
		grants:       map[string]string{wireAPIKey: "apikey"},
		own: map[string]grantFunc{"apikey": func(s *Server, r *request, _ *caller) (*granted, *refusal) {
			sent := r.param("apikey")
			switch {
			case sent == "":
				return nil, refuse(codeInvalidRequest, "apikey", "apikey is missing").finer("apikey_missing")
			case subtle.ConstantTimeCompare([]byte(sent), []byte(s.account.Secret)) != 1:
				return nil, refuse(codeInvalidGrant, "apikey", "the API key is not known")
			}
			return &granted{subject: s.account.Subject}, nil
		}},
		reply: func(_ *Server, _ *request, t *accessToken, body map[string]any) {
			body["expiration"], body["scope"], body["refresh_token"] = t.expires.Unix(), "ibm openid", "not_supported"
		},
		resource: known(map[string]any{"id": "ApiKey-demo", "locked": false}),
		document: `provider: ibm-iam
token_url: $TOKEN_URL
client: {auth: none}
grant: {type: client_credentials, parameter: "urn:ibm:params:oauth:grant-type:apikey"}
request:
  params: {apikey: {file: apikey.txt}}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func signInWithApple() *Dialect {
	return &Dialect{
		Name: "apple-sign-in", Title: "Sign in with Apple", Shape: "B",
		Rules: []string{
			"client_secret is a JWT: ES256, kid, iss the team, sub the client, aud https://appleid.apple.com, at most 15777000 seconds; there is no client_assertion_type",
			"authorization_code and refresh_token",
		},
		Refusals: []VendorRefusal{
			no("invalid_client", 400, jsonError("invalid_client", ""), "anything about the JWT or the client", "another key, kid, team or audience", "client_unknown", "client_missing", "missing", "secret", "signature", "alg", "key", "kid", "kid_missing", "iss", "sub", "aud", "exp", "exp_far", "iat", "nbf", "format", "typ"),
			no("invalid_grant", 400, jsonError("invalid_grant", "The code has expired or has been revoked."), "the code or refresh token is dead", "another refresh token", "refresh_token", "refresh_reused", "refresh_revoked", "code", "code_expired", "code_reused", "code_client"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", ""), "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, ""),
		},
		tokenPath: "/auth/token", apiPath: "/auth/demo",
		routes: map[string]route{"/auth/authorize": {pathAuthorize, (*Server).authorize}},
		register: func(s *Server, a *Account) {
			a.ClientID, a.Issuer, a.Subject = appleService, appleTeam, appleService
			a.keep("ec.pem")
			a.RefreshToken = s.IssueRefreshToken(appleService, "001234.demo.5678", "")
			a.Files["refresh_token.txt"] = []byte(a.RefreshToken)
			s.AddClient(Client{ID: appleService, Keys: []Key{{ID: appleKeyID, Public: handedOut().ec.Public()}}})
		},
		assertionIn: "client_secret",
		grants:      map[string]string{"authorization_code": GrantAuthorizationCode, "refresh_token": GrantRefreshToken},
		rules: func(_ *Server, _ *request, rules *assertionRules) {
			rules.issuer, rules.audiences = appleTeam, []string{"https://appleid.apple.com"}
			rules.algorithms, rules.needs = []string{"ES256"}, []string{"kid"}
			rules.lifetime, rules.order = 15777000*time.Second, []assertionStep{(*Server).checkSignature, (*Server).checkParties, (*Server).checkTimes}
		},
		document: `provider: apple-sign-in
token_url: $TOKEN_URL
authorization_url: $URL/auth/authorize
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    parameter: client_secret
    key: {file: ec.pem}
    algorithm: ES256
    headers: {kid: 2X9R4HXF34}
    issuer: $ISSUER
    audience: https://appleid.apple.com
grant:
  type: refresh_token     # or authorization_code, and jeton login
  refresh_token: {file: refresh_token.txt}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}
