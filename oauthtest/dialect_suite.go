package oauthtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Business software: ServiceNow, NetSuite, Workday, Zoom, Adobe.
const (
	serviceNowClient = "0123456789abcdef0123456789abcdef"
	serviceNowUser   = "integration.user"
	serviceNowKid    = "demo-key"

	netsuiteClient = "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
	netsuiteKid    = "demo-certificate"

	workdayTenant = "acme"
	workdayClient = "ZGVtby13b3JrZGF5LWNsaWVudA"
	workdayUser   = "ISU_Integration"

	zoomClient  = "abcDEFghiJKLmnoPQRstu"
	zoomAccount = "demoAccountID_123"

	adobeClient = "0123456789abcdef0123456789abcdef"
)

func suiteDialects() []*Dialect {
	return []*Dialect{
		serviceNow(), serviceNow().variant("servicenow-client-credentials", "ServiceNow, client credentials", "A", serviceNowSecretDocument),
		workday(), workday().variant("workday-jwt", "Workday, JWT bearer", "C", workdayKeyDocument),
		workday().variant("workday-client-credentials", "Workday, client credentials", "A", workdaySecretDocument),
		netsuite(), zoom(), adobe(),
	}
}

const serviceNowSecretDocument = `provider: servicenow-client-credentials
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant: {type: client_credentials}
resource: {urls: [$URL/], probe: GET $API_URL}
`

const workdayKeyDocument = `provider: workday-jwt
token_url: $URL/ccx/oauth2/{tenant}/token
vars: {tenant: $TENANT}
client: {auth: none}
grant:
  type: jwt_bearer
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    issuer: $ISSUER
    subject: $SUBJECT
    audience: wd
resource: {urls: [$URL/], probe: GET $API_URL}
`

const workdaySecretDocument = `provider: workday-client-credentials
token_url: $URL/ccx/oauth2/{tenant}/token
vars: {tenant: $TENANT}
client:
  id: $CLIENT_ID
  auth: client_secret_basic
  secret: {file: secret.txt}
  basic_scheme: ID
grant: {type: client_credentials}
resource: {urls: [$URL/], probe: GET $API_URL}
`

func serviceNow() *Dialect {
	return &Dialect{
		Name: "servicenow", Title: "ServiceNow, JWT bearer with the client secret beside it", Shape: "C",
		Rules: []string{
			"client id and secret in the body, and the assertion beside them; kid is that of the verifier map; iss is the client id; at most 5 minutes; jti is used once",
			"aud is the client id or the token endpoint: its documentation says both",
			"one body for everything that goes wrong",
		},
		Refusals: []VendorRefusal{
			no("server_error", 401, jsonError("server_error", "access_denied"), "one body for everything: secret, grant, user, assertion", "anything that is wrong", "*"),
			lostPage(http.StatusNotFound, "<html><head><title>Page not found</title></head><body></body></html>"),
			noAPI("not_authenticated", 401, `{"error":{"message":"User Not Authenticated","detail":"Required to provide Auth information"},"status":"failure"}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/oauth_token.do", apiPath: "/api/now/table/incident",
		config: func(c *Config) { setLifetime(c, 1799*time.Second) },
		register: func(s *Server, a *Account) {
			a.ClientID, a.Issuer, a.Subject = serviceNowClient, serviceNowClient, serviceNowUser
			a.keep("rsa.pem", "secret.txt")
			s.AddClient(Client{ID: serviceNowClient, Secret: a.Secret, AuthMethods: []string{AuthPost}})
			s.AddAssertionIssuer(AssertionIssuer{Issuer: serviceNowClient, Subjects: []string{serviceNowUser}, Keys: []Key{{ID: serviceNowKid, Public: handedOut().rsa.Public()}}, RequireClient: true})
		},
		grants: map[string]string{wireJWTBearer: GrantJWTBearer, "client_credentials": GrantClientCredentials, "refresh_token": GrantRefreshToken},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences, rules.needs = []string{serviceNowClient, s.TokenURL()}, []string{"kid"}
			rules.lifetime, rules.once = 5*time.Minute, true
		},
		reply:    func(_ *Server, _ *request, _ *accessToken, body map[string]any) { body["scope"] = "useraccount" },
		resource: known(map[string]any{"result": []any{}}),
		document: `provider: servicenow
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant:
  type: jwt_bearer
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    headers: {kid: demo-key}
    issuer: $ISSUER
    subject: $SUBJECT
    audience: $CLIENT_ID
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func netsuite() *Dialect {
	invalid := jsonError("invalid_request", "")
	return &Dialect{
		Name: "netsuite", Title: "Oracle NetSuite, client credentials with a certificate", Shape: "B",
		Rules: []string{
			"PS256, PS384, PS512, ES256, ES384 or ES512, no RS256; kid is the id of the certificate; aud is the token endpoint; less than 60 minutes; sub is not looked at",
			"the scope stands in the assertion, as a list or with commas: restlets, rest_webservices, suite_analytics",
			"there is no parameter client_id",
		},
		Refusals: []VendorRefusal{
			no("invalid_client", 401, jsonError("invalid_client", ""), "the client of the assertion is not known", "another issuer", "client_unknown", "client_missing", "missing", "iss"),
			no("invalid_scope", 400, jsonError("invalid_scope", ""), "the scope is missing or not known", "a scope in the body", "scope"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", ""), "the grant type", "another grant_type", "grant_type"),
			no("invalid_request", 400, invalid, "the assertion is not accepted", "anything else that is wrong in it", "*"),
			lostPage(http.StatusNotFound, ""),
			noAPI("INVALID_LOGIN", 401, `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.2","title":"Unauthorized","status":401,"o:errorDetails":[{"detail":"Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail.","o:errorCode":"INVALID_LOGIN"}]}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/services/rest/auth/oauth2/v1/token", apiPath: "/services/rest/record/v1/customer",
		register: func(s *Server, a *Account) {
			a.ClientID, a.Issuer = netsuiteClient, netsuiteClient
			a.keep("ec.pem")
			s.AddClient(Client{ID: netsuiteClient, Keys: []Key{{ID: netsuiteKid, Public: handedOut().ec.Public()}}})
		},
		claimedClient: func(r *request) string { return r.clientAssertion.Issuer() },
		grants:        map[string]string{"client_credentials": GrantClientCredentials},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences, rules.needs, rules.noSubject = []string{s.TokenURL()}, []string{"kid"}, true
			rules.algorithms = strings.Fields("PS256 PS384 PS512 ES256 ES384 ES512")
			rules.lifetime, rules.span = time.Hour, true
		},
		after: func(_ *Server, r *request, _ *caller, g *granted) *refusal {
			g.scopes = nil
			switch scope := r.clientAssertion.Claims["scope"].(type) {
			case string:
				g.scopes = strings.Split(scope, ",")
			case []any:
				for _, s := range scope {
					g.scopes = append(g.scopes, stringOf(s))
				}
			}
			for _, s := range g.scopes {
				if !slices.Contains([]string{"restlets", "rest_webservices", "suite_analytics"}, s) {
					g.scopes = nil
				}
			}
			if len(g.scopes) == 0 {
				return refuse(codeInvalidScope, "scope", "the assertion has no scope that exists")
			}
			return nil
		},
		reply:    func(_ *Server, _ *request, _ *accessToken, body map[string]any) { delete(body, "scope") },
		resource: known(map[string]any{"links": []any{}, "count": 0, "items": []any{}}),
		document: `provider: netsuite
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    key: {file: ec.pem}
    algorithm: ES256
    headers: {kid: demo-certificate}
grant: {type: client_credentials}
scopes: [restlets, rest_webservices]
scope_in: claim_array
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func workday() *Dialect {
	return &Dialect{
		Name: "workday", Title: "Workday, refresh token", Shape: "A",
		Rules: []string{
			"RS256; iss is the client id, sub the integration system user, aud is wd; at most 5 minutes; the path names the tenant",
			"refresh_token and client_credentials come with Basic, also under the scheme ID",
		},
		Refusals: []VendorRefusal{
			no("invalid_client", 401, jsonError("invalid_client", ""), "the client is not known, or the secret is wrong", "another secret", "client_unknown", "client_missing", "secret", "missing"),
			no("invalid_grant", 400, jsonError("invalid_grant", "{reason}"), "the assertion or the refresh token is not accepted", "another audience, subject or key", "aud", "aud_array", "sub", "iss", "iss_unknown", "exp", "exp_far", "iat", "nbf", "signature", "alg", "key", "kid", "format", "refresh_token"),
			no("tenant", 404, "", "there is no such tenant", "another tenant in the path", "tenant"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", ""), "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, ""),
			noAPI("S22", 401, `{"error":"invalid request: unauthorized"}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/ccx/oauth2/{tenant}/token", apiPath: "/ccx/api/v1/{tenant}/workers",
		values: map[string]string{"tenant": workdayTenant},
		register: func(s *Server, a *Account) {
			a.ClientID, a.Issuer, a.Subject = workdayClient, workdayClient, workdayUser
			a.keep("rsa.pem", "secret.txt")
			a.RefreshToken = s.IssueRefreshToken(workdayClient, workdayUser, "")
			a.Files["refresh_token.txt"] = []byte(a.RefreshToken)
			s.AddClient(Client{ID: workdayClient, Secret: a.Secret, AuthMethods: []string{AuthBasic}})
			s.AddAssertionIssuer(AssertionIssuer{Issuer: workdayClient, Subjects: []string{workdayUser}, Keys: []Key{{Public: handedOut().rsa.Public()}}, Audiences: []string{"wd"}})
		},
		schemes: []string{"ID"},
		grants:  map[string]string{wireJWTBearer: GrantJWTBearer, "client_credentials": GrantClientCredentials, "refresh_token": GrantRefreshToken},
		rules: func(_ *Server, _ *request, rules *assertionRules) {
			rules.algorithms, rules.oneAudience, rules.lifetime = []string{"RS256"}, true, 5*time.Minute
		},
		resource: known(map[string]any{"total": 0, "data": []any{}}),
		document: `provider: workday
token_url: $URL/ccx/oauth2/{tenant}/token
vars: {tenant: $TENANT}
client:
  id: $CLIENT_ID
  auth: client_secret_basic
  secret: {file: secret.txt}
grant:
  type: refresh_token
  refresh_token: {file: refresh_token.txt}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func zoom() *Dialect {
	reason := func(code, text string) string { return `{"reason":` + quoted(text) + `,"error":"` + code + `"}` }
	return &Dialect{
		Name: "zoom", Title: "Zoom, server-to-server", Shape: "A",
		Rules: []string{
			"grant_type is account_credentials, with account_id, in the body and not in the query; Basic",
			"a new token ends the one before",
		},
		Refusals: []VendorRefusal{
			no("invalid_client", 400, reason("invalid_client", "Invalid client_id or client_secret"), "id or secret is wrong", "another secret", "client_unknown", "client_missing", "secret", "missing", "auth_method"),
			no("unsupported_grant_type", 400, reason("unsupported_grant_type", "unsupported grant type"), "the app is of another kind, or the parameters were not read", "another grant_type", "grant_type", "content_type"),
			no("bad_request", 400, reason("invalid_request", "Bad Request for /oauth/token?grant_type=account_credentials&account_id=x"), "the parameters stand in the query", "request.encoding: query", "in_query"),
			no("account", 400, reason("invalid_request", "Bad Request"), "the account is not known", "another account_id", "account_id"),
			no("disabled", 400, reason("invalid_request", "The app has been disabled"), "the app is disabled", ""),
			lostPage(http.StatusNotFound, ""),
			noAPI("124", 401, `{"code":124,"message":"Invalid access token."}`, "the API does not accept the token", "another token, or one that a newer one has ended", "*"),
		},
		tokenPath: "/oauth/token", apiPath: "/v2/users/me",
		config: func(c *Config) { c.SingleLive = true; c.TokenType = orDefault(c.TokenType, "bearer") },
		register: func(s *Server, a *Account) {
			a.ClientID = zoomClient
			a.keep("secret.txt")
			a.values["ACCOUNT"] = zoomAccount
			s.AddClient(Client{ID: zoomClient, Secret: a.Secret, AuthMethods: []string{AuthBasic}})
		},
		before: func(_ *Server, r *request) *refusal {
			if len(r.http.URL.RawQuery) > 0 {
				return refuse(codeInvalidRequest, "in_query", "the parameters must be in the body")
			}
			return nil
		},
		grants: map[string]string{"account_credentials": GrantClientCredentials},
		after: func(_ *Server, r *request, _ *caller, _ *granted) *refusal {
			if r.param("account_id") != zoomAccount {
				return refuse(codeInvalidRequest, "account_id", "the account is not known")
			}
			return nil
		},
		reply: func(s *Server, _ *request, _ *accessToken, body map[string]any) {
			body["scope"], body["api_url"] = "user:read:user:admin", s.URL
		},
		resource: known(map[string]any{"id": "demo", "account_id": zoomAccount}),
		document: `provider: zoom
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_basic
  secret: {file: secret.txt}
grant: {type: client_credentials, parameter: account_credentials}
request:
  params: {account_id: $ACCOUNT}
refresh: {single_live: true}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func adobe() *Dialect {
	return &Dialect{
		Name: "adobe", Title: "Adobe, OAuth server-to-server", Shape: "A",
		Rules: []string{
			"client_secret_post; scopes are separated by commas: openid, AdobeID, read_organizations",
			"the API wants x-api-key with the client id beside the token",
		},
		Refusals: []VendorRefusal{
			no("invalid_client", 400, jsonError("invalid_client", "invalid client_secret parameter"), "the secret is wrong", "another secret", "secret", "missing"),
			no("invalid_client_id", 400, jsonError("invalid_client", "invalid client_id parameter"), "the client is not known", "another client_id", "client_unknown", "client_missing"),
			no("invalid_scope", 400, jsonError("invalid_scope", ""), "a scope is not known, or the separator is wrong", "a scope that is not there, or spaces", "scope"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", ""), "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, ""),
			noAPI("403003", 403, `{"error_code":"403003","message":"Api Key is invalid"}`, "x-api-key is not the client id", "no header x-api-key", "api_key"),
			noAPI("401013", 401, `{"error_code":"401013","message":"Oauth token is not valid"}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/ims/token/v3", apiPath: "/data/organizations",
		config: func(c *Config) {
			setLifetime(c, 86399*time.Second)
			c.TokenType, c.AcceptQuery = orDefault(c.TokenType, "bearer"), true
		},
		register: secretClient(Client{ID: adobeClient, AuthMethods: []string{AuthPost}}),
		grants:   map[string]string{"client_credentials": GrantClientCredentials},
		before: func(_ *Server, r *request) *refusal {
			known := []string{"openid", "AdobeID", "read_organizations", "additional_info.projectedProductContext"}
			for _, scope := range strings.Split(r.param("scope"), ",") {
				if !slices.Contains(known, scope) {
					return refuse(codeInvalidScope, "scope", "the scope "+scope+" is not known: scopes are separated by commas")
				}
			}
			return nil
		},
		reply: func(_ *Server, _ *request, _ *accessToken, body map[string]any) { delete(body, "scope") },
		resource: func(s *Server, r *request) *answer {
			if r.http.Header.Get("X-Api-Key") != adobeClient {
				return s.unauthorized(false, refuse(codeInvalidToken, "api_key", "the header x-api-key must be the client id"))
			}
			return known(map[string]any{"organizations": []any{}})(s, r)
		},
		document: `provider: adobe
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant: {type: client_credentials}
scopes: [openid, AdobeID, read_organizations]
scope_separator: ","
usage:
  headers: {x-api-key: $CLIENT_ID}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}
