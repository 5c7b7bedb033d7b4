package diagnosis_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// silent is a refusal that gives no reason.
func silent(category jeton.Category, code string) *jeton.Error {
	err := jeton.NewError(category, jeton.StageOAuth, "refused")
	err.Status, err.Code, err.Description = 401, code, "client authentication failed"
	return err
}

func sentWith(p jeton.Parameter, header, claims string, params ...jeton.NameValue) *jeton.RedactedExchange {
	return &jeton.RedactedExchange{Request: jeton.RedactedRequest{Method: "POST", URL: "https://as.example/token", Encoding: "form", Params: params,
		Assertions: []jeton.DecodedAssertion{{Parameter: p, Header: json.RawMessage(header), Claims: json.RawMessage(claims)}}}}
}

func clientAssertion() *jeton.Connection {
	return &jeton.Connection{Issuer: "https://as.example", TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "client_credentials"},
		Client: jeton.Client{ID: "the-client", Auth: "private_key_jwt", Assertion: &jeton.Assertion{}}}
}

// TestDifferences: the server says nothing, and what is unusual in the request
// comes first.
func TestDifferences(t *testing.T) {
	usual := `{"iss":"the-client","sub":"the-client","aud":"https://as.example/token","iat":1,"exp":2,"jti":"x"}`
	rs256 := `{"alg":"RS256","typ":"JWT"}`
	for _, test := range []struct {
		name, header, claims string
		change               func(*jeton.Connection, *diagnosis.Facts)
		want                 jeton.Parameter
		proposed             string
	}{
		{"nothing unusual", rs256, usual, nil, "client.assertion.key", ""},
		{"issuer", rs256, `{"iss":"another","sub":"the-client","aud":"https://as.example/token","jti":"x"}`, nil, "client.assertion.issuer", "the-client"},
		{"subject", rs256, `{"iss":"the-client","sub":"another","aud":"https://as.example/token","jti":"x"}`, nil, "client.assertion.subject", "the-client"},
		{"audience with a slash", rs256, `{"iss":"the-client","sub":"the-client","aud":"https://as.example/token/","jti":"x"}`, nil, "client.assertion.audience", "token_url"},
		{"audience of another host", rs256, `{"iss":"the-client","sub":"the-client","aud":"https://other.example/token","jti":"x"}`, nil, "client.assertion.audience", "token_url"},
		{"issuer as http", rs256, `{"iss":"the-client","sub":"the-client","aud":"http://as.example","jti":"x"}`, nil, "client.assertion.audience", "issuer"},
		{"no audience", rs256, `{"iss":"the-client","sub":"the-client","jti":"x"}`, nil, "client.assertion.audience", "token_url"},
		{"a list of audiences", rs256, `{"iss":"the-client","sub":"the-client","aud":["https://as.example/token","b"],"jti":"x"}`, nil, "client.assertion.audience", "issuer"},
		{"no jti", rs256, `{"iss":"the-client","sub":"the-client","aud":"https://as.example/token"}`, nil, "client.assertion.jti", "uuid"},
		{"a warning of the document", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.Local = []jeton.Finding{{Parameter: "client.assertion.lifetime", Problem: "long", Fix: "shorter", Certain: true, Warning: true}}
		}, "client.assertion.lifetime", ""},
		{"the metadata list another endpoint", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.Local = []jeton.Finding{{Parameter: "token_url", Problem: "another", Fix: "follow", Proposed: "https://as.example/t", Evidence: "written", Warning: true}}
		}, "token_url", "https://as.example/t"},
		{"http in the URL is no reason", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.Local = []jeton.Finding{{Parameter: "token_url", Problem: "http", Fix: "https", Warning: true}}
		}, "client.assertion.key", ""},
		{"preset: algorithm", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.Preset = &jeton.Preset{Name: "vendor", Algorithms: []string{"PS256"}}
		}, "client.assertion.algorithm", "PS256"},
		{"preset: audience", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.Preset = &jeton.Preset{Name: "vendor", Audience: []string{"host"}}
		}, "client.assertion.audience", "host"},
		{"preset: an accepted audience with a variable", rs256, usual, func(c *jeton.Connection, f *diagnosis.Facts) {
			c.Vars = map[string]string{"host": "as.example"}
			f.Preset = &jeton.Preset{Name: "vendor", Audience: []string{"https://{host}/token"}}
		}, "client.assertion.key", ""},
		{"preset: another audience with a variable", rs256, usual, func(c *jeton.Connection, f *diagnosis.Facts) {
			c.Vars = map[string]string{"host": "as.example"}
			f.Preset = &jeton.Preset{Name: "vendor", Audience: []string{"https://{host}/", "{host^}"}}
		}, "client.assertion.audience", "https://as.example/"},
		{"preset: lifetime", rs256, usual, func(c *jeton.Connection, f *diagnosis.Facts) {
			c.Client.Assertion.Lifetime = jeton.Duration(5 * time.Minute)
			f.Preset = &jeton.Preset{Name: "vendor", MaxLifetime: 2 * time.Minute}
		}, "client.assertion.lifetime", "1m48s"},
		{"preset: method", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.Preset = &jeton.Preset{Name: "vendor", ClientAuth: []string{"client_secret_post"}}
		}, "client.auth", "client_secret_post"},
		{"preset: of the meanings of a code", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.Preset = &jeton.Preset{Name: "vendor", Audience: []string{"host"}, Rules: []jeton.Rule{{Codes: []string{"invalid_client"},
				Blame: []jeton.Suspect{{Parameter: "client.assertion.key", Problem: "p", Fix: "f"}, {Parameter: "client.assertion.audience", Problem: "p", Fix: "f"}}}}}
		}, "client.assertion.audience", "host"},
		{"since the last good exchange", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.LastGood = sentWith("client.assertion", `{"alg":"RS256","kid":"k1","typ":"JWT"}`, usual)
		}, "client.assertion.headers.kid", "k1"},
		{"the last good exchange outranks a preset", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.LastGood = sentWith("client.assertion", `{"alg":"ES256","typ":"JWT"}`, usual)
			f.Preset = &jeton.Preset{Name: "vendor", Audience: []string{"host"}}
		}, "client.assertion.algorithm", "ES256"},
		{"a rule that was given comes first", rs256, usual, func(_ *jeton.Connection, f *diagnosis.Facts) {
			f.Rules = []jeton.Rule{{Words: []string{"client authentication failed"}, Blame: []jeton.Suspect{{Parameter: "vendor", Problem: "p", Fix: "f"}}}}
		}, "vendor", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := clientAssertion()
			facts := diagnosis.Facts{Err: silent(jeton.InvalidClient, "invalid_client"), Exchange: sentWith("client.assertion", test.header, test.claims)}
			if test.change != nil {
				test.change(c, &facts)
			}
			found := diagnosis.Diagnose(c, facts).Findings
			if len(found) == 0 || found[0].Parameter != test.want || found[0].Proposed != test.proposed {
				t.Errorf("first %+v, want %s proposed %q", found[:min(1, len(found))], test.want, test.proposed)
			}
		})
	}
}

// TestTextBeatsDifferences: what the server says outranks what is unusual.
func TestTextBeatsDifferences(t *testing.T) {
	err := silent(jeton.InvalidClient, "invalid_client")
	err.Description = "the signature cannot be verified"
	facts := diagnosis.Facts{Err: err, Exchange: sentWith("client.assertion", `{"alg":"RS256"}`, `{"iss":"a","sub":"b","aud":"c"}`)}
	found := diagnosis.Diagnose(clientAssertion(), facts).Findings
	if len(found) == 0 || found[0].Parameter != "client.assertion.key" {
		t.Errorf("%+v", found)
	}
}

// TestProposals: a value that the server names is proposed.
func TestProposals(t *testing.T) {
	for _, test := range []struct {
		name, said string
		want       jeton.Parameter
		proposed   string
	}{
		{"an audience", "invalid audience: expected https://as.example/other", "client.assertion.audience", "https://as.example/other"},
		{"the issuer", "invalid audience, must be https://as.example", "client.assertion.audience", "issuer"},
		{"an algorithm", "unsupported JWT algorithm, must be PS256", "client.assertion.algorithm", "PS256"},
		{"an algorithm of another key", "unsupported JWT algorithm, must be ES256", "client.assertion.algorithm", ""},
		{"several algorithms", "unsupported algorithm, must be one of PS256, RS512", "client.assertion.algorithm", ""},
		{"a type", "invalid 'typ' header, must be 'client-authentication+jwt'", "client.assertion.headers.typ", "client-authentication+jwt"},
		{"a lifetime", "exp is too far in the future, at most 60 seconds", "client.assertion.lifetime", "54s"},
		{"a lifetime in minutes", "the lifetime must not be more than 2 minutes", "client.assertion.lifetime", "1m48s"},
		{"a method", "this client must use the client_secret_post token_endpoint_auth_method", "client.auth", "client_secret_post"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := silent(jeton.InvalidClient, "invalid_client")
			err.Description = test.said
			facts := diagnosis.Facts{Err: err, Exchange: sentWith("client.assertion", `{"alg":"RS256","typ":"JWT"}`, `{"iss":"the-client","sub":"the-client","aud":"https://as.example/token","jti":"x"}`)}
			found := diagnosis.Diagnose(clientAssertion(), facts).Findings
			if len(found) == 0 || found[0].Parameter != test.want || found[0].Proposed != test.proposed {
				t.Errorf("first %+v, want %s proposed %q", found[:min(1, len(found))], test.want, test.proposed)
			}
		})
	}
}

// TestWords: how a text is compared.
func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  " ",
		"invalid_client":                    " invalid client ",
		"invalidAudience, clientId":         " invalid audience client id ",
		"user hasn't approved the 'sub'":    " user hasnt approved the sub ",
		"JWTToken x5t#S256":                 " jwt token x5t s256 ",
		"OAuth2 DPoP-Nonce":                 " oauth2 dpop nonce ",
		"AADSTS7000215: Invalid":            " aadsts7000215 invalid ",
		"client\u200bid\n\ttoo":             " client id too ",
		"the application's `redirect_uri`.": " the applications redirect uri ",
	} {
		if got := diagnosis.Words(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestMetadataStayAsTheyWere: other goroutines read the same metadata.
func TestMetadataStayAsTheyWere(t *testing.T) {
	refusal := silent(jeton.InvalidClient, "invalid_client")
	refusal.Description = "the signing algorithm of the client assertion is not accepted"
	listed := []string{"RS512", "PS256", "ES256"}
	f := diagnosis.Facts{Err: refusal, Metadata: &jeton.Metadata{ClientAuthAlgorithms: slices.Clone(listed)},
		Exchange: sentWith("client.assertion", `{"alg":"RS256","typ":"JWT"}`, `{"iss":"the-client","sub":"the-client","aud":"https://as.example/token","jti":"x"}`)}
	diagnosis.Diagnose(clientAssertion(), f)
	if got := f.Metadata.ClientAuthAlgorithms; !slices.Equal(got, listed) {
		t.Errorf("the metadata list %q now, not %q", got, listed)
	}
}
