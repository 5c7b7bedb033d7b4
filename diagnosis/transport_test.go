package diagnosis_test

import (
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// TestWay: a request that got no answer, by where it ended.
func TestWay(t *testing.T) {
	tokenURL := jeton.Finding{Parameter: "token_url", Problem: "the host name does not exist", Fix: "check the host"}
	for _, test := range []struct {
		name     string
		tokenURL string
		change   func(*jeton.Connection)
		stage    jeton.Stage
		finding  jeton.Finding
		want     []jeton.Parameter
		proposed string
	}{
		{"host unknown", "https://as.example/token", nil, jeton.StageDNS, tokenURL, []jeton.Parameter{"token_url", "egress"}, ""},
		{"refused", "https://as.example/token", nil, jeton.StageTCP, tokenURL, []jeton.Parameter{"token_url", "egress"}, ""},
		{"closed in the handshake", "https://as.example/token", nil, jeton.StageTLS, jeton.Finding{Parameter: "tls.client", Problem: "closed", Fix: "look"}, []jeton.Parameter{"tls.client", "egress"}, ""},
		{"closed in the handshake, with a certificate", "https://as.example/token", func(c *jeton.Connection) { c.TLS.Client.Key = jeton.KeyValue("x") }, jeton.StageTLS, jeton.Finding{Parameter: "tls.client", Problem: "closed", Fix: "look"}, []jeton.Parameter{"tls.client", "egress"}, ""},
		{"closed after the handshake", "https://as.example/token", nil, jeton.StageHTTP, jeton.Finding{Parameter: "token_url", Problem: "closed without an answer", Fix: "look"}, []jeton.Parameter{"egress", "tls.client", "token_url"}, ""},
		{"http at a port of https", "http://127.0.0.1:1/token", nil, jeton.StageHTTP, jeton.Finding{Parameter: "token_url", Problem: "closed without an answer", Fix: "look"}, []jeton.Parameter{"token_url"}, "https://127.0.0.1:1/token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := secretConnection("client_secret_post")
			c.TokenURL = test.tokenURL
			if test.change != nil {
				test.change(c)
			}
			found := diagnosis.Diagnose(c, diagnosis.Facts{Err: jeton.NewError(jeton.NetworkError, test.stage, "no answer", test.finding)}).Findings
			if len(found) != len(test.want) {
				t.Fatalf("%+v, want %v", found, test.want)
			}
			for i, f := range found {
				if f.Parameter != test.want[i] {
					t.Errorf("%d: %s, want %s", i, f.Parameter, test.want[i])
				}
			}
			if found[0].Proposed != test.proposed {
				t.Errorf("proposed %q, want %q", found[0].Proposed, test.proposed)
			}
		})
	}
}

// TestCancelled: who gave up himself gets no suspects.
func TestCancelled(t *testing.T) {
	err := jeton.NewError(jeton.NetworkError, jeton.StageTCP, "the request was cancelled")
	if found := diagnosis.Diagnose(secretConnection(""), diagnosis.Facts{Err: err}).Findings; len(found) != 0 {
		t.Errorf("%+v", found)
	}
}
