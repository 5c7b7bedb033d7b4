package oauthtest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Salesforce: replies without expires_in, whose instance_url is the base of the API.
const (
	salesforceKey  = "3MVG9demo.ConsumerKey"
	salesforceUser = "integration@acme.example"
	cdpGrant       = "urn:salesforce:grant-type:external:cdp"
	pathCDP        = "/services/a360/token"
)

func salesforceDialects() []*Dialect {
	return []*Dialect{salesforceJWT(), salesforceClientCredentials(), salesforceDataCloud()}
}

// salesforce is what the flows have in common.
func salesforce(d *Dialect) *Dialect {
	d.tokenPath, d.apiPath = "/services/oauth2/token", "/services/data/v60.0/limits"
	d.config = func(c *Config) { setLifetime(c, 2*time.Hour); c.OmitExpiresIn = true }
	d.reply = func(s *Server, _ *request, t *accessToken, body map[string]any) {
		body["scope"] = orDefault(t.scope, "api")
		body["instance_url"] = s.URL
		body["id"] = s.URL + "/id/00D000000000001EAA/005000000000001AAA"
		body["issued_at"] = strconv.FormatInt(t.issued.UnixMilli(), 10)
		body["signature"] = "c2lnbmF0dXJlIG9mIHRoZSBzaW11bGF0b3I="
	}
	if d.resource == nil {
		d.resource = known(map[string]any{"DailyApiRequests": map[string]any{"Max": 15000, "Remaining": 14998}})
	}
	d.Rules = append(d.Rules, "the reply has no expires_in: the session policy of the org decides", "instance_url of the reply is the base of the API")
	d.Refusals = append(d.Refusals,
		no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", "grant type not supported"), "the grant type is wrong", "another grant_type", "grant_type"),
		no("inactive_user", 400, jsonError("inactive_user", "user is inactive"), "the user is inactive", ""),
		no("inactive_org", 400, jsonError("inactive_org", "organization is inactive"), "the org is locked", ""),
		no("rate_limit_exceeded", 400, jsonError("rate_limit_exceeded", "login rate exceeded"), "too many logins", ""),
		lostPage(http.StatusNotFound, "<html><head><title>File Not Found</title></head><body>URL No Longer Exists</body></html>"),
		noAPI("INVALID_SESSION_ID", 401, `[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]`, "the session is over; the body is a list", "another token", "*"),
	)
	return d
}

// salesforceAssertion is the JWT bearer flow.
func salesforceAssertion(d *Dialect) {
	d.Rules = append(d.Rules, "RS256; iss is the consumer key, sub the user name, aud https://login.salesforce.com, https://test.salesforce.com or this server; at most 5 minutes")
	d.grants = map[string]string{wireJWTBearer: GrantJWTBearer}
	d.register = func(s *Server, a *Account) {
		a.Issuer, a.Subject = salesforceKey, salesforceUser
		a.keep("rsa.pem")
		s.AddAssertionIssuer(AssertionIssuer{Issuer: salesforceKey, Subjects: []string{salesforceUser}, Keys: []Key{{Public: handedOut().rsa.Public()}}})
	}
	d.rules = func(s *Server, _ *request, rules *assertionRules) {
		rules.audiences = []string{"https://login.salesforce.com", "https://test.salesforce.com", s.URL, s.TokenURL()}
		rules.algorithms = []string{"RS256"}
		rules.lifetime, rules.tolerance = 5*time.Minute, time.Minute
	}
	d.Refusals = append(d.Refusals,
		no("not_approved", 400, jsonError("invalid_grant", "user hasn't approved this consumer"), "the app is not approved for this user", "another subject", "sub"),
		no("audience", 400, jsonError("invalid_grant", "Audience validation failed"), "aud is wrong", "another audience", "aud"),
		no("invalid_assertion", 400, jsonError("invalid_grant", "invalid assertion"), "it is not signed with the key of the uploaded certificate", "another key", "signature", "alg", "key", "kid", "format", "assertion"),
		no("expired_assertion", 400, jsonError("invalid_grant", "expired authorization code"), "exp is past, or too far away", "a clock that is wrong, or a long lifetime", "exp", "exp_far", "iat", "nbf"),
		no("invalid_client_id", 400, jsonError("invalid_client_id", "client identifier invalid"), "the consumer key is wrong, or of another org", "another issuer", "iss_unknown", "iss"),
	)
}

func salesforceJWT() *Dialect {
	d := &Dialect{Name: "salesforce-jwt", Title: "Salesforce, JWT bearer", Shape: "C"}
	salesforceAssertion(d)
	d.document = `provider: salesforce-jwt
token_url: $TOKEN_URL
grant:
  type: jwt_bearer
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    issuer: $ISSUER
    subject: $SUBJECT
    audience: https://login.salesforce.com
    lifetime: 3m
response: {keep: [instance_url]}
resource: {urls: [$URL/], probe: GET $API_URL}
`
	return salesforce(d)
}

func salesforceClientCredentials() *Dialect {
	return salesforce(&Dialect{
		Name: "salesforce-client-credentials", Title: "Salesforce, client credentials", Shape: "A",
		Rules:    []string{"client_secret_post or client_secret_basic, at My Domain", "the app has a Run As user"},
		grants:   map[string]string{"client_credentials": GrantClientCredentials},
		register: secretClient(Client{ID: salesforceKey, AuthMethods: []string{AuthPost, AuthBasic}}),
		Refusals: []VendorRefusal{
			no("no_run_as_user", 400, jsonError("invalid_grant", "no client credentials user enabled"), "the app has no Run As user", ""),
			no("client_identifier_invalid", 400, jsonError("invalid_client", "client identifier invalid"), "the consumer key is wrong", "another client_id", "client_unknown", "client_id"),
			no("invalid_client", 400, jsonError("invalid_client", "invalid client credentials"), "the consumer secret is wrong", "another secret", "secret", "missing", "auth_method"),
		},
		document: `provider: salesforce-client-credentials
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant: {type: client_credentials}
response: {keep: [instance_url]}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	})
}

// salesforceDataCloud exchanges the token of the JWT bearer flow for one of Data Cloud.
func salesforceDataCloud() *Dialect {
	d := &Dialect{
		Name: "salesforce-data-cloud", Title: "Salesforce Data Cloud, two steps", Shape: "F",
		Rules:  []string{"the second request goes to instance_url of the first reply, and presents its access_token as subject_token"},
		routes: map[string]route{pathCDP: {pathCDP, dataCloud}},
		resource: func(s *Server, r *request) *answer {
			a := s.resource(r)
			if a.refusal == nil && a.client != pathCDP {
				return s.unauthorized(false, refuse(codeInvalidToken, "token", "it is a token of the first step"))
			}
			if a.refusal == nil {
				a.body = map[string]any{"data": []any{}, "done": true}
			}
			return a
		},
	}
	salesforceAssertion(d)
	d.document = `provider: salesforce-data-cloud
token_url: $TOKEN_URL
grant:
  type: jwt_bearer
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    issuer: $ISSUER
    subject: $SUBJECT
    audience: https://login.salesforce.com
    lifetime: 3m
response: {keep: [instance_url]}
steps:
  - url: "{reply.instance_url}/services/a360/token"
    request:
      params:
        grant_type: urn:salesforce:grant-type:external:cdp
        subject_token: "{reply.access_token}"
        subject_token_type: urn:ietf:params:oauth:token-type:access_token
resource: {urls: [$URL/], probe: GET $URL/api/v1/profile/metadata}
`
	d.Refusals = append(d.Refusals, no("invalid_subject_token", 400, jsonError("invalid_request", "subject_token is not a valid access token"), "the token of the first step is not good", "another subject_token", "subject_token"))
	d = salesforce(d)
	d.apiPath = "/api/v1/profile/metadata"
	return d
}

// dataCloud is the token endpoint of the second step.
func dataCloud(s *Server, r *request) *answer {
	if r.http.Method != http.MethodPost || r.param("grant_type") != cdpGrant {
		return s.refusal(r, refuse(codeUnsupportedGrantType, "grant_type", fmt.Sprintf("the grant_type must be %s", cdpGrant)))
	}
	first, problem := s.usable(r, r.param("subject_token"))
	if problem != nil || first.client == pathCDP {
		return s.refusal(r, refuse(codeInvalidRequest, "subject_token", "the subject_token is no access token of this org"))
	}
	now := s.now()
	t := &accessToken{client: pathCDP, subject: first.subject, issued: now, expires: now.Add(2 * time.Hour)}
	value := newValue("cdp-")
	s.mu.Lock()
	s.addAccess(value, t)
	s.mu.Unlock()
	return &answer{status: http.StatusOK, header: http.Header{}, client: first.client, subject: first.subject, body: map[string]any{
		"access_token": value, "instance_url": s.URL, "token_type": "Bearer", "issued_token_type": TokenTypeJWT, "expires_in": 7200,
	}}
}
