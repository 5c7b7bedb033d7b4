package oauthtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Google: service accounts. What its token endpoint says to wrong assertions was
// measured by others against the real one.
const (
	googleAccount  = "demo@acme-project.iam.gserviceaccount.com"
	googleKeyID    = "0123456789abcdef0123456789abcdef01234567"
	googleUser     = "ada@acme.example"
	googleTokenURL = "https://oauth2.googleapis.com/token"
	googleService  = "https://pubsub.googleapis.com/"
	googleScope    = "https://www.googleapis.com/auth/"
)

func googleDialects() []*Dialect {
	account := googleServiceAccount()
	return []*Dialect{
		account, account.variant("google-domain-wide-delegation", "Google, domain-wide delegation", "C",
			strings.NewReplacer("# subject:", "subject:", "    # domain-wide delegation", "", "provider: google-service-account", "provider: google-domain-wide-delegation").Replace(account.document)),
		googleSelfSigned(),
	}
}

// googleKeyFile is the file that the console hands out.
func googleKeyFile(tokenURI string) []byte {
	data, err := json.MarshalIndent(map[string]string{
		"type": "service_account", "project_id": "acme-project", "private_key_id": googleKeyID,
		"private_key": string(keyFile(handedOut().rsa, nil)), "client_email": googleAccount,
		"client_id": "100000000000000000001", "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": tokenURI,
	}, "", "  ")
	if err != nil {
		panic("oauthtest: " + err.Error()) // texts can be encoded
	}
	return append(data, '\n')
}

func googleUnauthenticated() VendorRefusal {
	return noAPI("UNAUTHENTICATED", 401, `{"error":{"code":401,"message":"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.","status":"UNAUTHENTICATED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_TYPE_UNSUPPORTED","domain":"googleapis.com"}]}}`,
		"the API does not accept the token", "another token, audience or key", "*")
}

func googleServiceAccount() *Dialect {
	return &Dialect{
		Name: "google-service-account", Title: "Google service account, with domain-wide delegation", Shape: "C",
		Rules: []string{
			"RS256; aud is the token endpoint, one string; exp and iat are there and at most 60 minutes apart; the clocks may differ by 5 minutes",
			"the scope stands in the assertion; a scope that Google does not know gets 200 with an id_token and without an access_token",
			"sub is for domain-wide delegation, which covers " + googleUser + " and the scopes drive.readonly and calendar",
		},
		Refusals: []VendorRefusal{
			no("invalid_signature", 400, jsonError("invalid_grant", "Invalid JWT Signature."), "key, algorithm or account", "another key or algorithm", "signature", "alg", "kid", "key", "weak_key", "typ"),
			no("account_not_found", 400, jsonError("invalid_grant", "Invalid grant: account not found"), "there is no such service account", "another issuer", "iss_unknown", "iss"),
			no("short_lived", 400, jsonError("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."), "the clock, or more than 60 minutes", "a lifetime over an hour, or a clock that is wrong", "exp", "exp_far", "iat", "nbf"),
			no("audience", 400, jsonError("invalid_grant", "Invalid JWT: Failed audience check."), "aud is not the token endpoint", "another audience", "aud", "aud_array"),
			no("iat_missing", 400, jsonError("invalid_grant", "Invalid JWT: iat (issued at) is not set."), "iat is missing", "the claim iat: null", "iat_missing"),
			{Name: "id_token_only", Status: 200, Body: `{"id_token":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}`, Means: "a scope is not known", How: "a scope that Google does not have", checks: []string{"scope"}},
			no("bad_request", 400, jsonError("invalid_request", "Bad Request"), "assertion is missing or no JWT", "no assertion", "assertion", "format"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", "Invalid grant_type: {grant_type}"), "the grant type is wrong", "another grant_type", "grant_type"),
			no("unauthorized_client", 401, jsonError("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."), "domain-wide delegation does not cover user and scope", "another subject, or a scope that is not delegated", "delegation"),
			lostPage(http.StatusNotFound, "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p><b>404.</b> <ins>That’s an error.</ins></html>"),
			googleUnauthenticated(),
		},
		tokenPath: "/token", apiPath: "/drive/v3/about",
		config: func(c *Config) { setLifetime(c, 3599*time.Second) },
		register: func(s *Server, a *Account) {
			a.Issuer, a.Subject = googleAccount, googleUser
			a.keep()
			a.Files["google.json"] = googleKeyFile(s.TokenURL())
			s.AddAssertionIssuer(AssertionIssuer{Issuer: googleAccount, Keys: []Key{{ID: googleKeyID, Public: handedOut().rsa.Public()}}})
		},
		grants: map[string]string{wireJWTBearer: GrantJWTBearer},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences, rules.oneAudience = []string{googleTokenURL, s.TokenURL()}, true
			rules.algorithms = []string{"RS256"}
			rules.lifetime, rules.span, rules.tolerance = time.Hour, true, 5*time.Minute
			rules.noSubject = true
		},
		after:    googleScopes,
		reply:    func(_ *Server, _ *request, t *accessToken, body map[string]any) { delete(body, "scope") },
		resource: known(map[string]any{"kind": "drive#about", "user": map[string]any{"emailAddress": googleAccount}}),
		document: `provider: google-service-account
token_url: $TOKEN_URL
grant:
  type: jwt_bearer
  assertion:
    key: {file: google.json}
    algorithm: RS256
    issuer: $ISSUER
    # subject: $SUBJECT    # domain-wide delegation
scopes: [https://www.googleapis.com/auth/drive.readonly]
scope_in: claim
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

// googleScopes wants scopes that exist and, for a user, that are delegated.
func googleScopes(_ *Server, r *request, _ *caller, g *granted) *refusal {
	exist := []string{"cloud-platform", "drive", "drive.readonly", "calendar", "gmail.readonly", "pubsub", "spreadsheets", "admin.directory.user.readonly"}
	delegated := []string{"drive.readonly", "calendar"}
	if len(g.scopes) == 0 {
		return refuse(codeInvalidScope, "scope", "the assertion has no scope")
	}
	for _, scope := range g.scopes {
		name := strings.TrimPrefix(scope, googleScope)
		switch {
		case name == scope || !slices.Contains(exist, name):
			return refuse(codeInvalidScope, "scope", fmt.Sprintf("the scope %q is not known", scope))
		case g.subject != "" && g.subject != googleAccount && (g.subject != googleUser || !slices.Contains(delegated, name)):
			return refuse(codeUnauthorizedClient, "delegation", fmt.Sprintf("%q may not be had for %s", scope, g.subject))
		}
	}
	return nil
}

func googleSelfSigned() *Dialect {
	return &Dialect{
		Name: "google-self-signed", Title: "Google service account, self-signed JWT", Shape: "D",
		Rules: []string{
			"RS256, kid is the id of the key; iss and sub are the service account; aud is the address of the API with a slash at its end; at most an hour",
		},
		Refusals: []VendorRefusal{googleUnauthenticated(), lostPage(http.StatusNotFound, "")},
		apiPath:  "/v1/projects",
		register: func(s *Server, a *Account) {
			a.Issuer, a.Subject = googleAccount, googleAccount
			a.keep()
			a.Files["google.json"] = googleKeyFile(googleTokenURL)
			s.AddAssertionIssuer(AssertionIssuer{Issuer: googleAccount, Subjects: []string{googleAccount}, Keys: []Key{{ID: googleKeyID, Public: handedOut().rsa.Public()}}})
		},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences = []string{googleService, s.URL + "/"}
			rules.algorithms, rules.needs = []string{"RS256"}, []string{"kid"}
			rules.lifetime, rules.span, rules.order = time.Hour, true, []assertionStep{(*Server).checkSignature, (*Server).checkParties, (*Server).checkTimes}
		},
		resource: judged(func(*Server, *JWT) map[string]any {
			return map[string]any{"projects": []any{map[string]any{"projectId": "acme-project"}}}
		}),
		document: `provider: google-self-signed
token_url: none
grant:
  type: jwt_bearer
  assertion:
    key: {file: google.json}
    algorithm: RS256
    issuer: $ISSUER
    subject: $SUBJECT
    audience: https://pubsub.googleapis.com/
    lifetime: 1h
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}
