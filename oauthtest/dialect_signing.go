package oauthtest

import (
	"fmt"
	"net/http"
	"time"
)

// DocuSign and Box: a JWT as the grant, which a person or an administrator must
// have consented to.
const (
	docusignKey  = "aaaaaaaa-0000-4000-8000-000000000001"
	docusignUser = "bbbbbbbb-0000-4000-8000-000000000002"

	boxClient     = "abcdefghijklmnopqrstuvwxyz012345"
	boxEnterprise = "123456789"
	boxKeyID      = "k1demo00"
)

func signingDialects() []*Dialect { return []*Dialect{docusign(), box()} }

func docusign() *Dialect {
	return &Dialect{
		Name: "docusign", Title: "DocuSign, JWT grant", Shape: "C",
		Rules: []string{
			"RS256; iss is the integration key, sub the GUID of the user, aud the host alone; at most an hour, and the token lives an hour",
			"the scope stands in the assertion and has impersonation",
		},
		Refusals: []VendorRefusal{
			no("consent_required", 400, jsonError("consent_required", ""), "the user has not consented", "a scope without impersonation, or by name", "consent"),
			no("issuer_not_found", 400, jsonError("invalid_grant", "issuer_not_found"), "the integration key is not of this environment", "another issuer", "iss_unknown", "iss"),
			no("user_not_found", 400, jsonError("invalid_grant", "user_not_found"), "sub is no user of this environment", "another subject", "sub"),
			no("no_valid_keys_or_signatures", 400, jsonError("invalid_grant", "no_valid_keys_or_signatures"), "key or audience", "another key or audience", "signature", "alg", "key", "kid", "aud", "aud_array", "nbf", "typ"),
			no("expired_grant", 400, jsonError("invalid_grant", "expired_grant"), "it is expired, or lives too long", "a clock that is wrong, or a long lifetime", "exp", "exp_far", "iat"),
			no("unsupported_grant_type", 400, jsonError("invalid_grant", "unsupported_grant_type"), "the grant type is not read", "another grant_type", "grant_type"),
			no("invalid_request", 400, jsonError("invalid_request", "The request is malformed."), "no assertion", "no assertion", "assertion", "format"),
			no("103", 429, `{"ErrorCode":103,"ErrorMessage":"Too many requests to the token endpoint."}`, "tokens are asked for too often", ""),
			lostPage(http.StatusNotFound, "<html><head><title>404 - File or directory not found.</title></head><body></body></html>"),
			noAPI("USER_AUTHENTICATION_FAILED", 401, `{"errorCode":"USER_AUTHENTICATION_FAILED","message":"One or both of Username and Password are invalid. Invalid access token"}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/oauth/token", apiPath: "/oauth/userinfo",
		register: func(s *Server, a *Account) {
			a.Issuer, a.Subject = docusignKey, docusignUser
			a.keep("rsa.pem")
			s.AddAssertionIssuer(AssertionIssuer{Issuer: docusignKey, Subjects: []string{docusignUser}, Keys: []Key{{Public: handedOut().rsa.Public()}}})
		},
		grants: map[string]string{wireJWTBearer: GrantJWTBearer},
		rules: func(s *Server, r *request, rules *assertionRules) {
			rules.audiences, rules.oneAudience = []string{r.http.Host, "account.docusign.com", "account-d.docusign.com"}, true
			rules.algorithms, rules.lifetime, rules.tolerance = []string{"RS256"}, time.Hour, time.Minute
		},
		after: func(_ *Server, _ *request, _ *caller, g *granted) *refusal {
			for _, scope := range g.scopes {
				if scope == "impersonation" {
					return nil
				}
			}
			return refuse("consent_required", "consent", "the scope impersonation is missing")
		},
		reply: func(_ *Server, _ *request, _ *accessToken, body map[string]any) { delete(body, "scope") },
		resource: func(s *Server, r *request) *answer {
			a := s.resource(r)
			if a.refusal == nil {
				a.body = map[string]any{"sub": docusignUser, "name": "Ada", "accounts": []any{map[string]any{
					"account_id": "cccccccc-0000-4000-8000-000000000003", "is_default": true, "account_name": "Acme", "base_uri": s.URL}}}
			}
			return a
		},
		document: `provider: docusign
token_url: $TOKEN_URL
grant:
  type: jwt_bearer
  assertion:
    key: {file: rsa.pem}
    algorithm: RS256
    issuer: $ISSUER
    subject: $SUBJECT
    audience: host
scopes: [signature, impersonation]
scope_in: claim
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

func box() *Dialect {
	claim := func(name string) string {
		return jsonError("invalid_grant", "Please check the '"+name+"' claim.")
	}
	return &Dialect{
		Name: "box", Title: "Box, JWT grant with the client secret beside it", Shape: "C",
		Rules: []string{
			"client id and secret in the body, and the assertion beside them; kid is the id of the public key; at most 60 seconds; jti is used once",
			"sub is the enterprise, or a user, and box_sub_type says which",
		},
		Refusals: []VendorRefusal{
			no("sub", 400, jsonError("invalid_grant", "Please check the 'sub' claim. The 'sub' specified is invalid."), "sub and box_sub_type do not go together", "another subject, or no box_sub_type", "sub", "box_sub_type"),
			no("signature", 400, jsonError("invalid_grant", `Signature verification error. The public key identified by "kid" must correspond to the private key used for signing.`), "kid or key", "another key or kid", "signature", "kid", "kid_missing", "key", "alg"),
			no("invalid_client", 400, jsonError("invalid_client", "The client credentials are invalid."), "id or secret is wrong", "another secret", "secret", "client_id", "missing"),
			no("invalid_refresh_token", 400, jsonError("invalid_grant", "Invalid refresh token"), "the refresh token is dead", "another refresh token", "refresh_token", "refresh_reused", "refresh_revoked", "refresh_expired"),
			no("iss", 400, jsonError("invalid_grant", "Please check the 'iss' claim. The client id specified is invalid."), "iss is not the client id", "another issuer", "iss_unknown", "iss"),
			no("aud", 400, claim("aud"), "the audience", "another audience", "aud"),
			no("jti", 400, jsonError("invalid_grant", "Please check the 'jti' claim. A unique 'jti' value is required."), "jti is missing or was used", "no jti", "jti"),
			no("expired", 400, jsonError("invalid_grant", "Current date/time must be before the expiration date/time listed in the 'exp' claim."), "it is expired", "a clock that is behind", "exp"),
			no("exp", 400, claim("exp"), "it lives longer than 60 s, or the clock is ahead", "a long lifetime", "exp_far", "iat", "nbf"),
			no("not_authorized", 400, jsonError("unauthorized_client", "This app is not authorized by the enterprise admin"), "the app is not authorized", ""),
			no("grant_type", 400, jsonError("invalid_request", "Invalid grant_type parameter or parameter missing"), "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, ""),
			noAPI("unauthorized", 401, "", "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/oauth2/token", apiPath: "/2.0/users/me",
		register: func(s *Server, a *Account) {
			a.ClientID, a.Issuer, a.Subject = boxClient, boxClient, boxEnterprise
			a.keep("rsa.pem", "secret.txt")
			a.RefreshToken = s.IssueRefreshToken(boxClient, boxEnterprise, "")
			s.AddClient(Client{ID: boxClient, Secret: a.Secret, AuthMethods: []string{AuthPost}})
			s.AddAssertionIssuer(AssertionIssuer{Issuer: boxClient, Keys: []Key{{ID: boxKeyID, Public: handedOut().rsa.Public()}}, RequireClient: true})
		},
		grants: map[string]string{wireJWTBearer: GrantJWTBearer, "refresh_token": GrantRefreshToken},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences = []string{"https://api.box.com/oauth2/token", s.TokenURL()}
			rules.algorithms, rules.needs = []string{"RS256", "RS384", "RS512"}, []string{"kid"}
			rules.lifetime, rules.tolerance, rules.once = time.Minute, time.Second, true
		},
		after: func(_ *Server, r *request, _ *caller, g *granted) *refusal {
			if r.assertion == nil {
				return nil
			}
			kind := stringOf(r.assertion.Claims["box_sub_type"])
			if kind == "enterprise" && g.subject == boxEnterprise || kind == "user" && g.subject != boxEnterprise {
				return nil
			}
			return refuse(codeInvalidGrant, "box_sub_type", fmt.Sprintf("%q is no %q", g.subject, kind))
		},
		reply:    func(_ *Server, _ *request, _ *accessToken, body map[string]any) { body["restricted_to"] = []any{} },
		resource: known(map[string]any{"type": "user", "id": "11446498", "login": "AutomationUser_1@boxdevedition.com"}),
		document: `provider: box
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
    headers: {kid: k1demo00}
    issuer: $ISSUER
    subject: "$SUBJECT"
    lifetime: 45s
    claims: {box_sub_type: enterprise}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}
