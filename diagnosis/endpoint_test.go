package diagnosis_test

import (
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// What is wrong with an endpoint is said of the one that has answered.
func TestEndpointThatAnswered(t *testing.T) {
	for _, test := range []struct {
		name, grant, endpoint string
		status                int
		want                  jeton.Parameter
	}{
		{"token endpoint", "client_credentials", "", 404, "token_url"},
		{"device, 404", "device_code", "device_authorization_endpoint", 404, "device_authorization_url"},
		{"device, 405", "device_code", "device_authorization_endpoint", 405, "device_authorization_url"},
		{"device, an unknown word", "device_code", "device_authorization_endpoint", 400, "device_authorization_url"},
		{"poll, 404", "device_code", "", 404, "token_url"},
		{"pushed, 404", "authorization_code", "pushed_authorization_request_endpoint", 404, "issuer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := secretConnection("client_secret_basic")
			c.Grant.Type = test.grant
			err := jeton.NewError(jeton.Provider4xxOther, jeton.StageOAuth, "refused")
			err.Status, err.Endpoint = test.status, test.endpoint
			found := diagnosis.Diagnose(c, diagnosis.Facts{Err: err}).Findings
			if len(found) == 0 || found[0].Parameter != test.want {
				t.Fatalf("%+v, want %s first", found, test.want)
			}
			for _, f := range found {
				if test.want != "token_url" && (f.Parameter == "token_url" || f.Parameter == "request.encoding" || strings.Contains(f.Problem+f.Fix, "token endpoint") || strings.Contains(f.Fix, "token_url")) {
					t.Errorf("%+v speaks of the token request", f)
				}
			}
		})
	}
}

// TestWaitIsNoAnswer: a login that nobody finished has asked the device endpoint, as
// it should.
func TestWaitIsNoAnswer(t *testing.T) {
	c := secretConnection("client_secret_basic")
	c.Grant.Type = "device_code"
	err := jeton.NewError(jeton.ConsentRequired, jeton.StageOAuth, "nobody finished the login in time", jeton.Finding{Parameter: "consent", Problem: "nobody", Fix: "again", Certain: true})
	exchange := &jeton.RedactedExchange{Request: jeton.RedactedRequest{URL: "https://as.example/device"}, Response: &jeton.RedactedResponse{Status: 200}}
	m := &jeton.Metadata{TokenURL: "https://as.example/token", DeviceAuthorizationURL: "https://as.example/device"}
	for _, f := range diagnosis.Diagnose(c, diagnosis.Facts{Err: err, Exchange: exchange, Metadata: m}).Findings {
		if f.Parameter == "token_url" {
			t.Errorf("%+v", f)
		}
	}
}

// TestOtherEndpoint: a request that went to another endpoint of the server.
func TestOtherEndpoint(t *testing.T) {
	metadata := &jeton.Metadata{TokenURL: "https://as.example/token", AuthorizationURL: "https://as.example/authorize", DeviceAuthorizationURL: "https://as.example/device",
		RevocationURL: "https://as.example/revoke", PushedAuthorizationURL: "https://as.example/par", Source: "https://as.example/.well-known/oauth-authorization-server"}
	for _, test := range []struct {
		name, url, said string
		metadata        *jeton.Metadata
		want            jeton.Parameter
		certain         bool
	}{
		{"the token endpoint", metadata.TokenURL, "", metadata, "client.secret", false},
		{"another tenant's", "https://as.example/b/token", "", metadata, "client.secret", false},
		{"authorization", metadata.AuthorizationURL, "", metadata, "token_url", true},
		{"device", metadata.DeviceAuthorizationURL, "", metadata, "token_url", true},
		{"revocation", metadata.RevocationURL, "", metadata, "token_url", true},
		{"pushed", metadata.PushedAuthorizationURL, "", metadata, "token_url", true},
		{"metadata", metadata.Source, "", metadata, "token_url", true},
		{"introspection, which is not known", "https://as.example/introspect", "Missing parameter: token", nil, "token_url", false},
		{"authorization, which is not known", "https://as.example/login", `the "response_type" parameter is required`, nil, "token_url", false},
		{"a parameter of this request", metadata.TokenURL, `the "client_id" parameter is required`, nil, "client.auth", false},
		{"a token that is no parameter", metadata.TokenURL, "the token is missing", nil, "client.secret", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := secretConnection("client_secret_basic")
			c.TokenURL = test.url
			found := diagnosis.Diagnose(c, diagnosis.Facts{Err: refusalOf(jeton.InvalidClient, 401, "invalid_client", test.said), Metadata: test.metadata}).Findings
			if len(found) == 0 || found[0].Parameter != test.want || found[0].Certain != test.certain {
				t.Fatalf("%+v, want %s first", found, test.want)
			}
			if test.certain && found[0].Proposed != metadata.TokenURL {
				t.Errorf("proposed %q", found[0].Proposed)
			}
		})
	}
}
