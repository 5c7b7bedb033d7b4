package jeton_test

import (
	"errors"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// TestOtherReplies: a good reply of another endpoint is no matter of the path of
// the token.
func TestOtherReplies(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       jeton.Parameter
		proposed   string
	}{
		{"device", `{"device_code":"canary-code","user_code":"ABCD","verification_uri":"https://as.example/device","expires_in":600}`, "token_url", ""},
		{"pushed", `{"request_uri":"urn:x:1","expires_in":60}`, "token_url", ""},
		{"metadata", `{"issuer":"https://as.example","token_endpoint":"https://as.example/token"}`, "token_url", "https://as.example/token"},
		{"metadata with another URL", `{"issuer":"https://as.example","token_endpoint":"javascript:alert(1)"}`, "token_url", ""},
		{"metadata of an API", `{"issuer":"https://as.example","jwks_uri":"https://as.example/keys"}`, "token_url", ""},
		{"keys", `{"keys":[]}`, "token_url", ""},
		{"introspection", `{"active":false}`, "token_url", ""},
		{"another reply", `{"result":"fine"}`, "response.access_token", ""},
		{"a token beside it", `{"active":true,"data":{"token":"canary-token"}}`, "response.access_token", "data.token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := clientCredentials(func(*jeton.Connection) {})
			_, err := jeton.ParseReply(c, jeton.RawReply{Status: 200, Body: []byte(test.body)})
			var e *jeton.Error
			if !errors.As(err, &e) || len(e.Findings) == 0 {
				t.Fatalf("%v", err)
			}
			if f := e.Findings[0]; f.Parameter != test.want || f.Proposed != test.proposed {
				t.Errorf("%+v, want %s, proposed %q", f, test.want, test.proposed)
			}
		})
	}
}
