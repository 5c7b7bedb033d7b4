package diagnosis_test

import (
	"encoding/json"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// refusalOf is the error of a token endpoint's answer.
func refusalOf(category jeton.Category, status int, code, description string) *jeton.Error {
	err := jeton.NewError(category, jeton.StageOAuth, "refused")
	err.Status, err.Code, err.Description = status, code, description
	return err
}

// silence is what servers say that say nothing.
func silence() *jeton.Error {
	return refusalOf(jeton.InvalidClient, 401, "invalid_client", "client authentication failed")
}

// sentBy is the exchange of a connection, as it was recorded.
func sentBy(header, claims string, reply ...jeton.NameValue) *jeton.RedactedExchange {
	request := jeton.RedactedRequest{URL: "https://as.example/token"}
	for _, p := range []jeton.Parameter{"client.assertion", "grant.assertion"} {
		request.Assertions = append(request.Assertions, jeton.DecodedAssertion{Parameter: p, Header: json.RawMessage(header), Claims: json.RawMessage(claims)})
	}
	return &jeton.RedactedExchange{Request: request, Response: &jeton.RedactedResponse{Headers: reply}}
}

const usualClaims = `{"iss":"id","sub":"id","aud":"https://as.example/token","jti":"1"}`

// TestOverrides: where a server says nothing, what the document chose against the
// default comes before what it did not.
func TestOverrides(t *testing.T) {
	signed := func(a jeton.Assertion) *jeton.Connection {
		return &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "client_credentials"}, Client: jeton.Client{ID: "id", Auth: "private_key_jwt", Assertion: &a}}
	}
	withSecret := func(auth, secret, encoding string) *jeton.Connection {
		c := secretConnection(auth)
		c.Client.Secret, c.Client.BasicEncoding = jeton.SecretList{jeton.SecretValue(secret)}, encoding
		return c
	}
	basic := jeton.NameValue{Name: "Www-Authenticate", Value: `Basic error="invalid_client"`}
	for _, test := range []struct {
		name     string
		c        *jeton.Connection
		exchange *jeton.RedactedExchange
		want     jeton.Parameter
		proposed string
	}{
		{"nothing unusual", signed(jeton.Assertion{}), sentBy(`{"alg":"RS256"}`, usualClaims), "client.assertion.key", ""},
		{"kid", signed(jeton.Assertion{Headers: map[string]any{"kid": "7"}}), sentBy(`{"alg":"RS256","kid":"7"}`, usualClaims), "client.assertion.headers.kid", ""},
		{"kid that follows from the key", signed(jeton.Assertion{Headers: map[string]any{"kid": "thumbprint"}}), sentBy(`{"alg":"RS256","kid":"x"}`, usualClaims), "client.assertion.key", ""},
		{"typ", signed(jeton.Assertion{Headers: map[string]any{"typ": "at+jwt"}}), sentBy(`{"alg":"RS256"}`, usualClaims), "client.assertion.headers.typ", ""},
		{"algorithm", signed(jeton.Assertion{Algorithm: "PS256"}), sentBy(`{"alg":"PS256"}`, usualClaims), "client.assertion.algorithm", "RS256"},
		{"algorithm of the default", signed(jeton.Assertion{Algorithm: "ES256"}), sentBy(`{"alg":"ES256"}`, usualClaims), "client.assertion.key", ""},
		{"audience", signed(jeton.Assertion{Audience: jeton.StringList{"host"}}), sentBy(`{"alg":"RS256"}`, `{"iss":"id","sub":"id","aud":"as.example","jti":"1"}`), "client.assertion.audience", "token_url"},
		{"type", signed(jeton.Assertion{Type: "urn:x"}), sentBy(`{"alg":"RS256"}`, usualClaims), "client.assertion.type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		{"secret", withSecret("client_secret_basic", "abc123", ""), sentBy("", ""), "client.secret", ""},
		{"secret with usual punctuation", withSecret("client_secret_basic", "a-b_c.d~e", ""), sentBy("", ""), "client.secret", ""},
		{"secret with an escape", withSecret("client_secret_basic", "a+b=", ""), sentBy("", ""), "client.basic_encoding", "raw"},
		{"secret with an escape, raw", withSecret("client_secret_basic", "a+b=", "raw"), sentBy("", ""), "client.basic_encoding", "form"},
		{"secret with a blank", withSecret("client_secret_basic", "a +b", ""), sentBy("", ""), "client.secret", ""},
		{"post", withSecret("client_secret_post", "a+b=", ""), sentBy("", ""), "client.secret", ""},
		{"post, where Basic is asked for", withSecret("client_secret_post", "a+b=", ""), sentBy("", "", basic), "client.auth", "client_secret_basic"},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := diagnosis.Diagnose(test.c, diagnosis.Facts{Err: silence(), Exchange: test.exchange}).Findings
			if len(found) == 0 || found[0].Parameter != test.want || found[0].Proposed != test.proposed || found[0].Certain {
				t.Errorf("%+v, want %s first, proposed %q", found, test.want, test.proposed)
			}
		})
	}
}

// TestOverridesStandBack: a server that speaks is believed.
func TestOverridesStandBack(t *testing.T) {
	c := &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "client_credentials"},
		Client: jeton.Client{ID: "id", Auth: "private_key_jwt", Assertion: &jeton.Assertion{Algorithm: "PS256", Headers: map[string]any{"kid": "7"}}}}
	for said, want := range map[string]jeton.Parameter{
		"Invalid signature":          "client.assertion.key",
		"audience is not accepted":   "client.assertion.audience",
		"no matching key was found":  "client.assertion.headers.kid", // which is how a key is found
		"algorithm is not supported": "client.assertion.algorithm",
		"unknown client":             "client.id",
	} {
		err := refusalOf(jeton.InvalidClient, 401, "invalid_client", said)
		found := diagnosis.Diagnose(c, diagnosis.Facts{Err: err, Exchange: sentBy(`{"alg":"PS256","kid":"7"}`, usualClaims)}).Findings
		if len(found) == 0 || found[0].Parameter != want {
			t.Errorf("%s: %+v, want %s first", said, found, want)
		}
	}
}

// TestUnread: a request that the server has not read is blamed on its form, if the
// document chose that.
func TestUnread(t *testing.T) {
	for _, test := range []struct {
		name    string
		request jeton.RequestOptions
		err     *jeton.Error
		want    jeton.Parameter
	}{
		{"a form", jeton.RequestOptions{}, refusalOf(jeton.UnsupportedGrantType, 400, "unsupported_grant_type", ""), "grant.parameter"},
		{"json", jeton.RequestOptions{Encoding: "json"}, refusalOf(jeton.UnsupportedGrantType, 400, "unsupported_grant_type", ""), "request.encoding"},
		{"query", jeton.RequestOptions{Encoding: "query"}, refusalOf(jeton.InvalidRequest, 400, "invalid_request", "no client authentication mechanism provided"), "request.encoding"},
		{"json that was read", jeton.RequestOptions{Encoding: "json"}, refusalOf(jeton.InvalidClient, 401, "invalid_client", ""), "client.secret"},
		{"GET", jeton.RequestOptions{Method: "GET"}, refusalOf(jeton.Provider4xxOther, 404, "", ""), "request.method"},
		{"POST", jeton.RequestOptions{}, refusalOf(jeton.Provider4xxOther, 404, "", ""), "token_url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := secretConnection("client_secret_basic")
			c.Request = test.request
			if test.err.Code == "" {
				test.err.Stage = jeton.StageHTTP
			}
			found := diagnosis.Diagnose(c, diagnosis.Facts{Err: test.err}).Findings
			if len(found) == 0 || found[0].Parameter != test.want {
				t.Errorf("%+v, want %s first", found, test.want)
			}
		})
	}
}

// TestOwnTimes: a time that is written by hand is no matter of the clock.
func TestOwnTimes(t *testing.T) {
	for want, claim := range map[jeton.Parameter]jeton.Member{
		"client.assertion.claims.exp": {Name: "exp", Value: 1700000000}, "clock": {Name: "nbf", Value: json.RawMessage(`"auto"`)},
	} {
		c := &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "client_credentials"},
			Client: jeton.Client{ID: "id", Auth: "private_key_jwt", Assertion: &jeton.Assertion{Claims: jeton.Members{claim}}}}
		found := diagnosis.Diagnose(c, diagnosis.Facts{Err: refusalOf(jeton.InvalidClient, 401, "invalid_client", "the assertion has expired")}).Findings
		if len(found) == 0 || found[0].Parameter != want {
			t.Errorf("%+v, want %s first", found, want)
		}
	}
}

// TestBinding: a client on its own behalf presents no grant that could be invalid.
func TestBinding(t *testing.T) {
	for _, test := range []struct {
		name, tokenURL string
		metadata       *jeton.Metadata
		want           []jeton.Parameter
	}{
		{"plain", "http://127.0.0.1:1/token", nil, []jeton.Parameter{"client.dpop", "grant.type"}},
		{"TLS", "https://as.example/token", nil, []jeton.Parameter{"client.dpop", "tls.client", "grant.type"}},
		{"its name", "https://mtls.as.example/token", nil, []jeton.Parameter{"tls.client", "client.dpop", "grant.type"}},
		{"an alias", "https://as.example/c/token", &jeton.Metadata{MTLS: map[string]string{"token_endpoint": "https://as.example/c/token"}}, []jeton.Parameter{"tls.client", "client.dpop", "grant.type"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := secretConnection("client_secret_post")
			c.TokenURL = test.tokenURL
			found := diagnosis.Diagnose(c, diagnosis.Facts{Err: refusalOf(jeton.InvalidGrant, 400, "invalid_grant", "grant request is invalid"), Metadata: test.metadata}).Findings
			for i, want := range test.want {
				if len(found) <= i || found[i].Parameter != want {
					t.Fatalf("%+v, want %v", found, test.want)
				}
			}
		})
	}
}
