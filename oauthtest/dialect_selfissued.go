package oauthtest

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Vendors whose API judges a JWT that the client has made: there is no token endpoint.
const (
	snowflakeAccount = "ACME-ANALYTICS"
	snowflakeUser    = "LOADER"

	appleIssuer = "57246542-96fe-1a63-e053-0824d011072a"
	appleKeyID  = "2X9R4HXF34"

	githubApp          = "123456"
	githubInstallation = "7654321"

	hapiClient = "0123456789abcdef0123456789abcdef"
	hapiPath   = "/eap/catalogs"
)

func selfIssuedDialects() []*Dialect {
	return []*Dialect{snowflake(), appStoreConnect(), githubApplication(), hapi(), bloomberg()}
}

func snowflake() *Dialect {
	failed := func(code, text string) string { return `{"code":"` + code + `","message":"` + text + `"}` }
	return &Dialect{
		Name: "snowflake", Title: "Snowflake, key-pair JWT", Shape: "D",
		Rules: []string{
			"RS256; iss is ACCOUNT.USER.SHA256:fingerprint of the public key, sub ACCOUNT.USER, in capitals; no aud",
			"it arrives within 60 seconds of iat, and lives at most an hour",
			"the API wants X-Snowflake-Authorization-Token-Type: KEYPAIR_JWT beside it",
			"the real one answers 390144 and tells the reason to an administrator; this one says the reason",
		},
		Refusals: []VendorRefusal{
			noAPI("390144", 401, `{"data":null,"code":"390144","message":"JWT token is invalid. [{id}]","success":false,"headers":null}`, "the reason is in SYSTEM$GET_LOGIN_FAILURE_DETAILS", "no KEYPAIR_JWT header, or something that is no JWT", "*"),
			noAPI("394300", 401, failed("394300", "JWT_TOKEN_INVALID_USER_IN_ISSUER"), "the user of iss is not known", "another user", "user"),
			noAPI("394301", 401, failed("394301", "JWT_TOKEN_MISSING_ISSUE_OR_EXPIRATION_TIME"), "iat or exp is missing", "no iat", "iat_missing", "exp_missing"),
			noAPI("394302", 401, failed("394302", "JWT_TOKEN_INVALID_ISSUE_TIME"), "it arrived more than 60 s after iat, or before it", "a token that is kept, or a clock that is wrong", "iat", "iat_old", "nbf"),
			noAPI("394303", 401, failed("394303", "JWT_TOKEN_INVALID_EXPIRATION_TIME"), "it is expired, or lives longer than an hour", "a long lifetime", "exp", "exp_far"),
			noAPI("394304", 401, failed("394304", "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH"), "the key is not that of the user", "another fingerprint in iss", "fingerprint"),
			noAPI("394305", 401, failed("394305", "JWT_TOKEN_INVALID_ALGORITHM"), "the algorithm is not RS256", "another algorithm", "alg"),
			noAPI("394306", 401, failed("394306", "JWT_TOKEN_INVALID_SIGNATURE"), "the signature is wrong", "another key", "signature", "key"),
			lostPage(http.StatusNotFound, ""),
		},
		apiPath: "/api/v2/databases",
		register: func(s *Server, a *Account) {
			a.Subject = snowflakeAccount + "." + snowflakeUser
			a.Issuer = a.Subject + ".SHA256:" + fingerprintOf(handedOut().rsa.Public())
			a.keep("rsa.pem")
			a.values["ACCOUNT"], a.values["USER"] = snowflakeAccount, snowflakeUser
			s.AddAssertionIssuer(AssertionIssuer{Issuer: a.Issuer, Subjects: []string{a.Subject}, Keys: []Key{{Public: handedOut().rsa.Public()}}})
		},
		rules: func(_ *Server, _ *request, rules *assertionRules) {
			rules.noAudience, rules.algorithms = true, []string{"RS256"}
			rules.lifetime, rules.age, rules.tolerance = time.Hour, time.Minute, time.Minute
			rules.order = []assertionStep{(*Server).checkSignature, (*Server).checkParties, (*Server).checkTimes}
		},
		resource: snowflakeAPI,
		document: `provider: snowflake
token_url: none
vars: {account: $ACCOUNT, user: $USER}
grant:
  type: jwt_bearer
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    issuer: "{account}.{user}.SHA256:{key.sha256}"
    subject: "{account}.{user}"
    lifetime: 59m
    claims: {aud: null}
usage:
  headers: {X-Snowflake-Authorization-Token-Type: KEYPAIR_JWT}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

// snowflakeAPI looks at the parts of iss, as the vendor tells them apart.
func snowflakeAPI(s *Server, r *request) *answer {
	scheme, raw := r.authorization()
	if !strings.EqualFold(scheme, "Bearer") || r.http.Header.Get("X-Snowflake-Authorization-Token-Type") != "KEYPAIR_JWT" {
		return s.unauthorized(false, refuse(codeInvalidToken, "missing", "a JWT with the header X-Snowflake-Authorization-Token-Type: KEYPAIR_JWT is wanted"))
	}
	j := decodeJWT(raw)
	user, fingerprint, found := strings.Cut(j.Issuer(), ".SHA256:")
	switch {
	case j.malformed != "" || !found:
		return s.unauthorized(false, refuse(codeInvalidToken, "format", "the token is no JWT with an issuer of the form ACCOUNT.USER.SHA256:fingerprint"))
	case user != s.account.Subject || j.Subject() != s.account.Subject:
		return s.unauthorized(false, refuse(codeInvalidToken, "user", "the user of iss or sub is not known"))
	case fingerprint != fingerprintOf(handedOut().rsa.Public()):
		return s.unauthorized(false, refuse(codeInvalidToken, "fingerprint", "the fingerprint of iss is not that of the user's key"))
	}
	if _, problem := s.judge(r, raw); problem != nil {
		return s.unauthorized(false, problem)
	}
	return &answer{status: http.StatusOK, header: http.Header{}, subject: user, text: []byte(`[{"name":"ANALYTICS"}]`)}
}

func appStoreConnect() *Dialect {
	return &Dialect{
		Name: "apple-app-store-connect", Title: "Apple App Store Connect", Shape: "D",
		Rules: []string{"ES256; kid is the id of the key; iss is the issuer id; aud is appstoreconnect-v1; at most 20 minutes"},
		Refusals: []VendorRefusal{
			noAPI("NOT_AUTHORIZED", 401, `{"errors":[{"status":"401","code":"NOT_AUTHORIZED","title":"Authentication credentials are missing or invalid.","detail":"Provide a properly configured and signed bearer token, and make sure that it has not expired. Learn more about Generating Tokens for API Requests https://developer.apple.com/go/?id=api-generating-tokens"}]}`, "key, kid, issuer, audience or times", "anything that is wrong in the JWT", "*"),
			noAPI("FORBIDDEN_ERROR", 403, `{"errors":[{"status":"403","code":"FORBIDDEN_ERROR","title":"This request is forbidden for security reasons","detail":"The API key in use does not allow this request"}]}`, "the role of the key", ""),
			lostPage(http.StatusNotFound, ""),
		},
		apiPath: "/v1/apps",
		register: func(s *Server, a *Account) {
			a.Issuer = appleIssuer
			a.keep("ec.pem")
			s.AddAssertionIssuer(AssertionIssuer{Issuer: appleIssuer, Keys: []Key{{ID: appleKeyID, Public: handedOut().ec.Public()}}, Audiences: []string{"appstoreconnect-v1"}})
		},
		rules: func(_ *Server, _ *request, rules *assertionRules) {
			rules.algorithms, rules.needs, rules.types = []string{"ES256"}, []string{"kid"}, []string{"JWT"}
			rules.noSubject, rules.span, rules.lifetime, rules.tolerance = true, true, 20*time.Minute, time.Minute
			rules.order = []assertionStep{(*Server).checkSignature, (*Server).checkParties, (*Server).checkTimes}
		},
		resource: judged(func(*Server, *JWT) map[string]any { return map[string]any{"data": []any{}} }),
		document: `provider: apple-app-store-connect
token_url: none
grant:
  type: jwt_bearer
  assertion:
    key: {file: ec.pem}
    algorithm: ES256
    headers: {kid: 2X9R4HXF34}
    issuer: $ISSUER
    audience: appstoreconnect-v1
    lifetime: 15m
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func githubApplication() *Dialect {
	message := func(text string) string {
		return `{"message":` + quoted(text) + `,"documentation_url":"https://docs.github.com/rest","status":"401"}`
	}
	return &Dialect{
		Name: "github-app", Title: "GitHub App, installation token", Shape: "F",
		Rules: []string{
			"the JWT of the app goes to /app/installations/ID/access_tokens as the Bearer token; the answer is 201 with token and expires_at",
			"RS256; iss is the app; exp is less than 10 minutes after the server's time, and iat not after it; no aud",
		},
		Refusals: []VendorRefusal{
			no("exp_too_far", 401, message("'Expiration time' claim ('exp') is too far in the future"), "exp is 10 minutes away or more", "a lifetime of 10 minutes, or a clock that is ahead", "exp_far"),
			no("not_decoded", 401, message("A JSON web token could not be decoded"), "the key is not that of the app, or it is no JWT", "another key", "signature", "alg", "key", "format", "missing", "kid"),
			no("iat_future", 401, message("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"), "iat is after the server's time", "a clock that is ahead", "iat", "nbf"),
			no("expired", 401, message("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"), "it is expired", "a clock that is behind", "exp"),
			no("integration_not_found", 404, `{"message":"Integration not found","documentation_url":"https://docs.github.com/rest","status":"404"}`, "there is no such app", "another issuer", "iss_unknown", "iss"),
			no("not_found", 404, `{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}`, "there is no such installation", "another installation", "installation", "path"),
			noAPI("bad_credentials", 401, message("Bad credentials"), "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/app/installations/{installation}/access_tokens", apiPath: "/installation/repositories",
		values: map[string]string{"installation": githubInstallation},
		config: func(c *Config) { setLifetime(c, time.Hour); c.AcceptJSON = true },
		register: func(s *Server, a *Account) {
			a.Issuer = githubApp
			a.keep("rsa.pem")
			a.values["INSTALLATION"] = githubInstallation
			s.AddAssertionIssuer(AssertionIssuer{Issuer: githubApp, Keys: []Key{{Public: handedOut().rsa.Public()}}})
		},
		rules: func(_ *Server, _ *request, rules *assertionRules) {
			rules.noSubject, rules.noAudience, rules.algorithms = true, true, []string{"RS256"}
			// Not even exactly ten minutes are accepted.
			rules.lifetime, rules.tolerance, rules.order = 10*time.Minute-time.Second, time.Nanosecond, []assertionStep{(*Server).checkSignature, (*Server).checkParties, (*Server).checkTimes}
		},
		// The app's JWT stands in for client and grant.
		authenticate: func(s *Server, r *request) (*caller, *refusal) {
			scheme, raw := r.authorization()
			if !strings.EqualFold(scheme, "Bearer") {
				raw = ""
			}
			j, problem := s.judge(r, raw)
			if problem != nil {
				return &caller{}, problem
			}
			return &caller{client: &Client{ID: j.Issuer()}, method: AuthPrivateKeyJWT}, nil
		},
		grants: map[string]string{"": "installation"},
		own: map[string]grantFunc{"installation": func(_ *Server, _ *request, who *caller) (*granted, *refusal) {
			return &granted{subject: "app/" + who.id()}, nil
		}},
		reply: func(_ *Server, _ *request, t *accessToken, body map[string]any) {
			body["token"] = body["access_token"]
			body["expires_at"] = t.expires.UTC().Format(time.RFC3339)
			body["permissions"], body["repository_selection"] = map[string]any{"contents": "read"}, "all"
			for _, name := range []string{"access_token", "token_type", "expires_in", "scope"} {
				delete(body, name)
			}
		},
		created:  true,
		resource: known(map[string]any{"total_count": 0, "repositories": []any{}}),
		document: `provider: github-app
token_url: none
vars: {installation: "$INSTALLATION"}
grant:
  type: jwt_bearer
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    issuer: "$ISSUER"
    jti: none
    lifetime: 9m
    backdate: 1m
    claims: {aud: null}
steps:
  - url: $URL/app/installations/{installation}/access_tokens
    request: {encoding: json}
    response: {access_token: token, expires_in: expires_at, expires_format: rfc3339}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func hapi() *Dialect {
	return &Dialect{
		Name: "bloomberg-hapi", Title: "Bloomberg Data License (HAPI), a JWT for each request", Shape: "E",
		Rules: []string{
			"HS256, the secret is hex; the claims client_id, path, method, host and region are those of the request; jti is used once; at most 25 seconds",
			"it stands in the header JWT, without a scheme",
			"an address that is not registered gets no answer at all: the connection is closed",
		},
		Refusals: []VendorRefusal{
			noAPI("unauthorized", 401, `{"errors":[{"title":"Unauthorized","detail":"{reason}"}]}`, "the JWT is not accepted", "another path, method, secret or jti", "*"),
			{Name: "address", Means: "the caller's address is not registered", Resource: true, Hangup: true},
			lostPage(http.StatusNotFound, ""),
		},
		apiPath: hapiPath,
		config:  func(c *Config) { c.TLS = true },
		register: func(s *Server, a *Account) {
			secret := randomBytes(32)
			a.Issuer, a.ClientID = hapiClient, hapiClient
			a.keep("secret.txt")
			a.Secret = hex.EncodeToString(secret)
			a.Files["secret.txt"] = []byte(a.Secret)
			a.values["PATH"] = hapiPath
			s.AddAssertionIssuer(AssertionIssuer{Issuer: hapiClient, Secret: string(secret)})
		},
		rules: func(_ *Server, _ *request, rules *assertionRules) {
			rules.noSubject, rules.noAudience, rules.algorithms, rules.once = true, true, []string{"HS256"}, true
			rules.lifetime, rules.span, rules.leeway = 25*time.Second, true, 5*time.Second
		},
		resource: func(s *Server, r *request) *answer {
			j, problem := s.judge(r, r.http.Header.Get("JWT"))
			if problem == nil {
				problem = checkRequestClaims(r, j)
			}
			if problem != nil {
				return s.unauthorized(false, problem)
			}
			return &answer{status: http.StatusOK, header: http.Header{}, client: j.Issuer(), body: map[string]any{"@type": "Collection", "contains": []any{}}}
		},
		document: `provider: bloomberg-hapi
token_url: none
grant:
  type: jwt_bearer
  assertion:
    key: {file: secret.txt, encoding: hex}
    algorithm: HS256
    issuer: $ISSUER
    lifetime: 25s
    claims: {aud: null, nbf: auto, client_id: $ISSUER, region: ny, path: $PATH, method: GET, host: "$HOST"}
usage: {header: JWT, raw: true}
resource: {urls: [$URL/], probe: GET $API_URL, tls: {ca: {file: ca.pem}}}
`,
	}
}

// bloomberg is the newer way, of which little more is known than that it is there.
func bloomberg() *Dialect {
	return &Dialect{
		Name: "bloomberg", Title: "Bloomberg Data License, OAuth host", Shape: "A",
		Rules: []string{
			"https; client_secret_basic",
			"an address that is not registered gets no answer at all: the connection is closed after the TLS handshake",
		},
		Refusals: []VendorRefusal{
			{Name: "address", Means: "the caller's address is not registered", Hangup: true},
			no("invalid_client", 401, jsonError("invalid_client", "Invalid client or client credentials."), "id or secret is wrong", "another secret", "client_unknown", "client_missing", "secret", "missing"),
			lostPage(http.StatusNotFound, ""),
			noAPI("unauthorized", 401, `{"errors":[{"title":"Unauthorized"}]}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/ext/api/as/token.oauth2", apiPath: hapiPath,
		config:   func(c *Config) { c.TLS = true },
		register: secretClient(Client{ID: hapiClient, AuthMethods: []string{AuthBasic}}),
		resource: known(map[string]any{"@type": "Collection", "contains": []any{}}),
		document: `provider: bloomberg
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_basic
  secret: {file: secret.txt}
grant: {type: client_credentials}
tls: {ca: {file: ca.pem}}
resource: {urls: [$URL/], probe: GET $API_URL, tls: {ca: {file: ca.pem}}}
`,
	}
}

// checkRequestClaims compares the claims of a JWT with the request that it is for.
func checkRequestClaims(r *request, j *JWT) *refusal {
	for name, want := range map[string]string{
		"method": r.http.Method, "path": r.http.URL.Path, "host": r.http.Host, "client_id": j.Issuer(),
	} {
		if got := stringOf(j.Claims[name]); got != want {
			return refuse(codeInvalidToken, name, fmt.Sprintf("the claim %s must be %q", name, want))
		}
	}
	return nil
}
