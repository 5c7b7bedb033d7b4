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
