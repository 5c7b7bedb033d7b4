package oauthtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The public sector and health: NHS England, Epic, Maskinporten.
const (
	nhsKey    = "demoApiKey0123456789abcdefghijkl"
	nhsKid    = "test-1"
	epicID    = "d1e2m3o4-0000-4000-8000-000000000001"
	epicKid   = "demo-key"
	mpClient  = "aaaaaaaa-1111-4222-8333-000000000001"
	mpKid     = "demo-key"
	mpIssuer  = "https://maskinporten.no/"
	mpErrorAt = `,"error_uri":"https://docs.digdir.no/maskinporten_feilsoking.html"}`
)

func publicDialects() []*Dialect { return []*Dialect{nhs(), epic(), maskinporten()} }

func nhs() *Dialect {
	invalid := func(text string) string {
		return `{"error":"invalid_request","error_description":` + quoted(text) + `,"message_id":"rrt-{id}"}`
	}
	said := func(name, what, text, means, how string, checks ...string) VendorRefusal {
		return no(name, 400, invalid(what+" in client_assertion JWT"+text), means, how, checks...)
	}
	return &Dialect{
		Name: "nhs", Title: "NHS England API platform, signed JWT", Shape: "B",
		Rules: []string{
			"RS512, kid and typ JWT; iss and sub are the API key; aud is exactly the token URL; jti is used once; exp is at most 5 minutes away (310 s are tolerated)",
			"the header is looked at first, then the claims, then the signature; every mistake of the client is invalid_request",
		},
		Refusals: []VendorRefusal{
			said("aud", "Missing or invalid 'aud' claim", "", "aud is not the token URL", "another audience", "aud", "aud_array"),
			said("kid", "Missing 'kid' header", "", "kid is missing", "no kid", "kid_missing"),
			said("typ", "Invalid 'typ' header", " - must be 'JWT'", "typ is missing or wrong", "another typ", "typ", "typ_missing"),
			said("alg", "Invalid 'alg' header", " - unsupported JWT algorithm - must be 'RS512'", "the algorithm", "another algorithm", "alg"),
			said("exp", "Invalid 'exp' claim", " - JWT has expired", "it is expired", "a clock that is behind", "exp"),
			said("exp_far", "Invalid 'exp' claim", " - more than 5 minutes in future", "it lives too long", "a long lifetime", "exp_far"),
			said("exp_missing", "Missing 'exp' claim", "", "exp is missing", "exp: null", "exp_missing"),
			said("jti_missing", "Missing 'jti' claim", "", "jti is missing", "jti: none", "jti_missing"),
			said("jti", "Non-unique jti claim", "", "jti was used before", "a jti of one's own, twice", "jti"),
			said("iss", "Missing or non-matching iss/sub claims", "", "iss and sub differ", "another issuer", "iss", "sub"),
			no("api_key", 400, invalid("Invalid iss/sub claims in JWT"), "no application has this API key", "another client_id", "client_unknown", "client_missing"),
			no("public_key", 403, `{"error":"public_key error","error_description":"You need to register a public key to use this authentication method - please contact support to configure","message_id":"rrt-{id}"}`, "no key is registered", ""),
			no("jwks", 401, `{"error":"invalid_request","error_description":"Invalid 'kid' header in client_assertion JWT - no matching public key","message_id":"rrt-{id}"}`, "there is no such key", "another kid", "kid"),
			no("signature", 401, `{"error":"public_key error","error_description":"JWT signature verification failed","message_id":"rrt-{id}"}`, "the key is another one", "another key", "signature", "key"),
			no("missing", 400, invalid("Missing or invalid client_assertion_type - must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'"), "there is no assertion", "no assertion", "missing", "client_assertion_type"),
			no("grant_type", 400, `{"error":"unsupported_grant_type","error_description":"grant_type is invalid","message_id":"rrt-{id}"}`, "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found","diagnostics":"Resource not found"}]}`),
			noAPI("access_denied", 401, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden","diagnostics":"Invalid access token","details":{"coding":[{"code":"ACCESS_DENIED"}]}}]}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/oauth2/token", apiPath: "/personal-demographics/FHIR/R4/Patient",
		config: func(c *Config) { setLifetime(c, 599*time.Second) },
		register: func(s *Server, a *Account) {
			a.ClientID = nhsKey
			a.keep("rsa.pem")
			s.AddClient(Client{ID: nhsKey, Keys: []Key{{ID: nhsKid, Public: handedOut().rsa.Public()}}})
		},
		grants: map[string]string{"client_credentials": GrantClientCredentials},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences, rules.oneAudience = []string{s.TokenURL()}, true
			rules.needs, rules.types, rules.algorithms = []string{"kid", "typ"}, []string{"JWT"}, []string{"RS512"}
			rules.lifetime, rules.tolerance, rules.once = 5*time.Minute, skew, true
			header := func(_ *Server, j *JWT, r assertionRules, _ time.Time) *refusal { return checkHeader(j, r) }
			rules.order = []assertionStep{header, (*Server).checkParties, (*Server).checkTimes, (*Server).checkSignature, (*Server).checkReplay}
		},
		reply: func(_ *Server, _ *request, t *accessToken, body map[string]any) {
			body["expires_in"], body["issued_at"] = "599", t.issued.UnixMilli()
		},
		resource: known(map[string]any{"resourceType": "Bundle", "total": 0}),
		document: `provider: nhs
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    key: {file: rsa.pem}
    algorithm: RS512
    headers: {kid: test-1}
    audience: token_url
grant: {type: client_credentials}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func epic() *Dialect {
	return &Dialect{
		Name: "smart-epic", Title: "Epic, SMART Backend Services", Shape: "B",
		Rules: []string{
			"RS384 or ES384; kid; aud is exactly the token URL; jti is used once; at most 5 minutes",
			"one body for everything that goes wrong with the assertion",
		},
		Refusals: []VendorRefusal{
			no("invalid_client", 400, `{"error":"invalid_client","error_description":null}`, "anything about the assertion: key, kid, aud, lifetime, or the app is not synchronised yet", "anything that is wrong in the assertion", "*"),
			no("unsupported_grant_type", 400, `{"error":"unsupported_grant_type","error_description":null}`, "the grant type", "another grant_type", "grant_type"),
			no("invalid_scope", 400, `{"error":"invalid_scope","error_description":null}`, "the scope", "another scope", "scope"),
			lostPage(http.StatusNotFound, "<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head><body></body></html>"),
			noAPI("unauthorized", 401, "", "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/interconnect-fhir-oauth/oauth2/token", apiPath: "/interconnect-fhir-oauth/api/FHIR/R4/metadata",
		register: func(s *Server, a *Account) {
			a.ClientID = epicID
			a.keep("rsa.pem", "ec384.pem")
			s.AddClient(Client{ID: epicID, Keys: []Key{{ID: epicKid, Public: handedOut().rsa.Public()}, {ID: epicKid, Public: handedOut().p384.Public()}}})
		},
		grants: map[string]string{"client_credentials": GrantClientCredentials},
		after: func(_ *Server, _ *request, _ *caller, g *granted) *refusal {
			if slices.ContainsFunc(g.scopes, func(s string) bool { return !strings.HasPrefix(s, "system/") }) {
				return refuse(codeInvalidScope, "scope", "a backend service has scopes of the system only")
			}
			return nil
		},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences, rules.oneAudience, rules.needs = []string{s.TokenURL()}, true, []string{"kid"}
			rules.algorithms, rules.lifetime, rules.once = []string{"RS384", "ES384"}, 5*time.Minute, true
		},
		resource: known(map[string]any{"resourceType": "CapabilityStatement"}),
		document: `provider: smart-epic
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    key: {file: rsa.pem}     # or ec384.pem
    algorithm: RS384         # and ES384
    headers: {kid: demo-key}
    lifetime: 4m
grant: {type: client_credentials}
scopes: [system/Patient.read]
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func maskinporten() *Dialect {
	said := func(name, code, text, means, how string, checks ...string) VendorRefusal {
		return no(name, 400, `{"error":"`+code+`","error_description":`+quoted(text)+mpErrorAt, means, how, checks...)
	}
	return &Dialect{
		Name: "maskinporten", Title: "Maskinporten", Shape: "C",
		Rules: []string{
			"RS256, RS384 or RS512; kid of a registered key; aud is the issuer with a slash at its end; at most 120 seconds; iat within 10 seconds; an assertion is used once",
			"the scope stands in the assertion: acme:read and acme:write",
		},
		Refusals: []VendorRefusal{
			said("MP-100", "invalid_grant", "Invalid assertion. Client authentication failed.", "the client id is misspelt, or the key is another one", "another issuer", "iss_unknown", "iss", "signature", "alg", "key", "kid", "kid_missing", "format", "typ"),
			said("invalid_scope", "invalid_scope", "Token request contains invalid scopes for client", "the client does not have the scope", "another scope", "scope"),
			said("used", "invalid_grant", "Grant is used before", "the assertion came before", "the same jti again", "jti"),
			said("client_not_found", "invalid_grant", "Client not found", "issuer, audience or environment", "the audience of the other environment", "aud", "aud_array"),
			said("expired", "invalid_grant", "JWT is expired", "it is late, or lives too long", "a clock that is wrong, or a long lifetime", "exp", "exp_far", "iat", "iat_old", "iat_missing", "exp_missing", "nbf"),
			said("unsupported_grant_type", "unsupported_grant_type", "Unsupported grant type", "the grant type", "another grant_type", "grant_type"),
			said("invalid_request", "invalid_request", "Missing assertion", "the assertion is missing", "no assertion", "assertion"),
			lostPage(http.StatusNotFound, ""),
			noAPI("invalid_token", 401, jsonError("invalid_token", "The access token is invalid"), "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/token", apiPath: "/api/demo",
		config: func(c *Config) { setLifetime(c, 599*time.Second); c.IssuerPath = orDefault(c.IssuerPath, "/") },
		register: func(s *Server, a *Account) {
			a.Issuer = mpClient
			a.keep("rsa.pem")
			a.values["ISSUER_URL"] = s.Issuer()
			s.AddAssertionIssuer(AssertionIssuer{Issuer: mpClient, Keys: []Key{{ID: mpKid, Public: handedOut().rsa.Public()}}, Scopes: []string{"acme:read", "acme:write"}})
		},
		grants: map[string]string{wireJWTBearer: GrantJWTBearer},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences, rules.oneAudience = []string{s.Issuer(), mpIssuer}, true
			rules.algorithms, rules.needs, rules.noSubject = []string{"RS256", "RS384", "RS512"}, []string{"kid"}, true
			rules.lifetime, rules.span, rules.age = 2*time.Minute, true, 2*time.Minute
		},
		document: `provider: maskinporten
token_url: $TOKEN_URL
grant:
  type: jwt_bearer
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    headers: {kid: demo-key}
    issuer: $ISSUER
    audience: $ISSUER_URL
    lifetime: 2m
scopes: ["acme:read"]
scope_in: claim
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}
