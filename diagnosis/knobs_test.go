package diagnosis_test

import (
	"encoding/json"
	"testing"
)

// TestUnknownVendor: the generic rules for a vendor of whom nothing is known, with
// sentences that nobody has sent.
func TestUnknownVendor(t *testing.T) {
	for _, test := range []struct {
		name, connection string
		status           int
		code, said       string
		right            []string
	}{
		{"invalid_client", "client_secret_basic", 401, "invalid_client", "", []string{"client.secret"}},
		{"invalid_client of a key", "private_key_jwt", 401, "invalid_client", "", []string{"client.assertion.key"}},
		{"audience", "private_key_jwt", 401, "invalid_client", "this audience is not for me", []string{"client.assertion.audience"}},
		{"aud", "private_key_jwt", 400, "invalid_client", "aud mismatch", []string{"client.assertion.audience"}},
		{"expired", "private_key_jwt", 401, "invalid_client", "your assertion expired a while ago", []string{"clock"}},
		{"iat", "jwt_bearer", 400, "invalid_grant", "iat lies ahead of us", []string{"clock", "grant.assertion.backdate"}},
		{"not active", "jwt_bearer", 400, "invalid_grant", "the token is not active yet", []string{"clock"}},
		{"time range", "jwt_bearer", 400, "invalid_grant", "outside of its time range", []string{"clock"}},
		{"lifetime", "jwt_bearer", 400, "invalid_grant", "exp exceeds the maximum of 120 seconds", []string{"grant.assertion.lifetime"}},
		{"signature", "jwt_bearer", 400, "invalid_grant", "signature mismatch", []string{"grant.assertion.key"}},
		{"kid", "private_key_jwt", 401, "invalid_client", "no such kid here", []string{"client.assertion.headers.kid"}},
		{"x5t", "private_key_jwt", 401, "invalid_client", "x5t not known", []string{"client.assertion.certificate_headers"}},
		{"thumbprint", "private_key_jwt", 401, "invalid_client", "thumbprint unknown", []string{"client.assertion.certificate_headers"}},
		{"certificate", "private_key_jwt", 401, "invalid_client", "the certificate is strange to us", []string{"client.assertion.certificate_headers", "client.assertion.key"}},
		{"algorithm", "private_key_jwt", 401, "invalid_client", "algorithm HS256 is not among ours, use RS512 only", []string{"client.assertion.algorithm"}},
		{"typ", "private_key_jwt", 401, "invalid_client", "typ must be JWT", []string{"client.assertion.headers.typ"}},
		{"replay", "private_key_jwt", 401, "invalid_client", "seen this jti", []string{"client.assertion.jti"}},
		{"issuer", "jwt_bearer", 400, "invalid_grant", "issuer is a stranger", []string{"grant.assertion.issuer"}},
		{"subject", "jwt_bearer", 400, "invalid_grant", "subject is a stranger", []string{"grant.assertion.subject"}},
		{"user", "jwt_bearer", 400, "invalid_grant", "cannot find such a user", []string{"grant.assertion.subject"}},
		{"consent", "jwt_bearer", 400, "invalid_grant", "consent is wanting", []string{"consent"}},
		{"invalid_grant, without use", "jwt_bearer", 400, "invalid_grant", "sorry", []string{"grant.assertion.subject", "grant.assertion.issuer", "consent"}},
		{"refresh token", "refresh_token", 400, "invalid_grant", "", []string{"grant.refresh_token"}},
		{"unauthorized_client", "client_secret_basic", 400, "unauthorized_client", "", []string{"grant.type"}},
		{"access_denied", "client_secret_basic", 400, "access_denied", "", []string{"consent"}},
		{"interaction_required", "jwt_bearer", 400, "interaction_required", "", []string{"consent"}},
		{"invalid_scope", "client_secret_basic", 400, "invalid_scope", "", []string{"scopes"}},
		{"unsupported_grant_type", "client_secret_basic", 400, "unsupported_grant_type", "", []string{"grant.type"}},
		{"unsupported media type", "client_secret_basic", 415, "", "", []string{"request.encoding"}},
		{"missing parameter", "client_secret_basic", 400, "invalid_request", "missing parameter: tenant_alias", []string{"request.params.tenant_alias"}},
		{"missing audience", "client_secret_basic", 400, "invalid_request", "the audience parameter is required", []string{"request.params.audience"}},
		{"dpop", "client_secret_basic", 400, "invalid_dpop_proof", "", []string{"client.dpop"}},
		{"dpop nonce", "dpop", 400, "use_dpop_nonce", "", []string{"client.dpop"}},
		{"404", "client_secret_basic", 404, "", "", []string{"token_url"}},
		{"405", "client_secret_basic", 405, "", "", []string{"token_url", "request.method"}},
		{"403", "client_secret_basic", 403, "", "", []string{"egress"}},
		{"429", "client_secret_basic", 429, "", "", []string{"vendor"}},
		{"500", "client_secret_basic", 500, "", "", []string{"vendor"}},
		{"address", "client_secret_basic", 403, "access_denied", "your address 192.0.2.1 is not on the allowlist", []string{"egress"}},
		{"method", "client_secret_basic", 401, "invalid_client", "token_endpoint_auth_method must be private_key_jwt", []string{"client.auth"}},
		{"secret expired", "client_secret_post", 401, "invalid_client", "secret expired in March", []string{"client.secret"}},
		{"unknown client", "client_secret_post", 401, "invalid_client", "client zzz does not exist", []string{"client.id"}},
		{"disabled", "client_secret_post", 401, "invalid_client", "this application has been suspended", []string{"vendor"}},
		{"tenant", "client_secret_post", 400, "invalid_request", "tenant not found", []string{"token_url"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := ""
			if test.code != "" {
				text, err := json.Marshal(map[string]string{"error": test.code, "error_description": test.said})
				if err != nil {
					t.Fatal(err)
				}
				body = string(text)
			}
			found := diagnoseRow(t, row{ID: test.name, Connection: test.connection, Status: test.status, Body: body})
			var s score
			if !s.add(found, test.right) {
				t.Errorf("want %v first, found %+v", test.right, found)
			}
		})
	}
}
