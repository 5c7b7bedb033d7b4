package diagnosis_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// reply is a round tripper that answers every request alike.
type reply struct {
	status int
	body   string
	header http.Header
}

func (r reply) RoundTrip(*http.Request) (*http.Response, error) {
	header := r.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: r.status, Header: header, Body: io.NopCloser(strings.NewReader(r.body))}, nil
}

func secretConnection(auth string) *jeton.Connection {
	return &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "client_credentials"},
		Client: jeton.Client{ID: "id", Auth: auth, Secret: jeton.SecretList{jeton.SecretValue("a secret of more than thirty-two bytes")}}}
}

func hmacAssertion() *jeton.Assertion {
	return &jeton.Assertion{Algorithm: "HS256", Issuer: "iss", Subject: "sub", Key: jeton.KeyList{jeton.KeyValue("an HMAC secret of thirty-two bytes or more")}}
}

func assertionConnection() *jeton.Connection {
	return &jeton.Connection{Issuer: "https://as.example", TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: hmacAssertion()}}
}

func diagnose(t *testing.T, c *jeton.Connection, answer reply) *diagnosis.Diagnosis {
	t.Helper()
	engine := &jeton.Engine{HTTP: &http.Client{Transport: answer}}
	_, err := engine.Exchange(context.Background(), c, nil)
	var e *jeton.Error
	if !errors.As(err, &e) {
		t.Fatalf("no error of ours: %v", err)
	}
	return diagnosis.Diagnose(c, diagnosis.Facts{Err: e})
}

func TestFirstParameter(t *testing.T) {
	password := secretConnection("client_secret_basic")
	password.Grant = jeton.GrantOptions{Type: "password", Username: "u", Password: jeton.SecretValue("a password")}
	refresh := secretConnection("client_secret_post")
	refresh.Grant = jeton.GrantOptions{Type: "refresh_token", RefreshToken: jeton.SecretValue("a refresh token")}
	for _, test := range []struct {
		name       string
		connection *jeton.Connection
		status     int
		body       string
		want       jeton.Parameter
		proposed   string
	}{
		{"wrong secret", secretConnection("client_secret_basic"), 401, `{"error":"invalid_client"}`, "client.secret", ""},
		{"wrong secret in the body", secretConnection("client_secret_post"), 401, `{"error":"invalid_client"}`, "client.secret", ""},
		{"bare 401", secretConnection("client_secret_post"), 401, ``, "client.secret", ""},
		{"client_secret_jwt", secretConnection("client_secret_jwt"), 401, `{"error":"invalid_client"}`, "client.secret", ""},
		{"client_secret_jwt with audience in the text", secretConnection("client_secret_jwt"), 401, `{"error":"invalid_client","error_description":"Invalid audience"}`, "client.assertion.audience", ""},
		{"audience", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"audience (aud) must be the issuer"}`, "grant.assertion.audience", "issuer"},
		{"signature", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`, "grant.assertion.key", ""},
		{"expired", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"assertion has expired"}`, "clock", ""},
		{"replayed", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"assertion was used before (jti)"}`, "grant.assertion.jti", "uuid"},
		{"issuer", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"assertion issuer (iss) is not known"}`, "grant.assertion.issuer", ""},
		{"subject", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"user not found"}`, "grant.assertion.subject", ""},
		{"a claim in quotes, before other words", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"the 'sub' claim names a subject that the issuer may not speak for"}`, "grant.assertion.subject", ""},
		{"Authlib's audience", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"Invalid claim \"aud\""}`, "grant.assertion.audience", "issuer"},
		{"Authlib's replay", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"Invalid claim \"jti\""}`, "grant.assertion.jti", "uuid"},
		{"Google's signature", assertionConnection(), 400, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`, "grant.assertion.key", ""},
		{"no reason", assertionConnection(), 400, `{"error":"invalid_grant"}`, "grant.assertion.key", ""},
		{"consent", assertionConnection(), 400, `{"error":"consent_required"}`, "consent", ""},
		{"password", password, 400, `{"error":"invalid_grant"}`, "grant.password", ""},
		{"password as invalid_request", password, 400, `{"error":"invalid_request","error_description":"Invalid \"username\" or \"password\" in request."}`, "grant.password", ""},
		{"refresh token", refresh, 400, `{"error":"invalid_grant"}`, "grant.refresh_token", ""},
		{"scope", secretConnection("client_secret_post"), 400, `{"error":"invalid_scope"}`, "scopes", ""},
		{"missing parameter", secretConnection("client_secret_post"), 400, `{"error":"invalid_request","error_description":"The 'resource' parameter is missing"}`, "request.params.resource", ""},
		{"grant type", secretConnection("client_secret_post"), 400, `{"error":"unsupported_grant_type"}`, "grant.parameter", ""},
		{"not for this client", secretConnection("client_secret_post"), 400, `{"error":"unauthorized_client"}`, "grant.type", ""},
		{"not found", secretConnection("client_secret_post"), 404, `not found`, "token_url", ""},
		{"method", secretConnection("client_secret_post"), 405, ``, "token_url", ""}, // every token endpoint takes POST
		{"forbidden by a gateway", secretConnection("client_secret_post"), 403, ``, "egress", ""},
		{"too many", secretConnection("client_secret_post"), 429, ``, "vendor", ""},
		{"web page", secretConnection("client_secret_post"), 200, `<html><title>Sign in</title></html>`, "token_url", ""},
		{"nested token", secretConnection("client_secret_post"), 200, `{"data":{"token":"abc"}}`, "response.access_token", "data.token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := diagnose(t, test.connection, reply{status: test.status, body: test.body})
			if len(d.Findings) == 0 {
				t.Fatal("no findings")
			}
			first := d.Findings[0]
			if first.Parameter != test.want || first.Proposed != test.proposed || first.Problem == "" || first.Fix == "" {
				t.Errorf("first finding = %+v, want %s proposed %q", first, test.want, test.proposed)
			}
		})
	}
}

func TestAtMostThreeSuspects(t *testing.T) {
	d := diagnose(t, assertionConnection(), reply{status: 400, body: `{"error":"invalid_grant","error_description":"signature kid aud expired scope"}`})
	suspects := 0
	for _, f := range d.Findings {
		if !f.Certain && !f.Warning {
			suspects++
		}
	}
	if suspects == 0 || suspects > 3 {
		t.Errorf("%d suspects", suspects)
	}
}

func TestClockFromTheDateHeader(t *testing.T) {
	for _, test := range []struct {
		name    string
		offset  time.Duration
		text    string
		certain bool
		named   bool
	}{
		{"five minutes behind, and the text says so", 5 * time.Minute, "assertion is not yet valid", true, true},
		{"five minutes ahead, and the text says so", -5 * time.Minute, "iat is in the future", true, true},
		{"five minutes, no reason given", 5 * time.Minute, "", false, true},
		{"one second", time.Second, "", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := http.Header{"Date": {time.Now().Add(test.offset).UTC().Format(http.TimeFormat)}}
			d := diagnose(t, assertionConnection(), reply{status: 400, header: header, body: `{"error":"invalid_grant","error_description":"` + test.text + `"}`})
			var found *jeton.Finding
			for i, f := range d.Findings {
				if f.Parameter == "clock" {
					found = &d.Findings[i]
					break
				}
			}
			if (found != nil) != test.named {
				t.Fatalf("findings = %+v", d.Findings)
			}
			if found != nil && (found.Certain != test.certain || test.certain && d.Findings[0].Parameter != "clock") {
				t.Errorf("clock finding = %+v", found)
			}
		})
	}
}

func TestSuccessHasOnlyWarnings(t *testing.T) {
	warning := jeton.Finding{Parameter: "token_url", Problem: "http", Warning: true}
	d := diagnosis.Diagnose(secretConnection(""), diagnosis.Facts{Local: []jeton.Finding{warning}})
	if len(d.Findings) != 1 {
		t.Errorf("%+v", d)
	}
}

// TestLoginParameters: what is said of the grants that begin with a login, or
// with another token. Each description is one that a server really sends.
func TestLoginParameters(t *testing.T) {
	refusal := func(category jeton.Category, status int, code, description string) *jeton.Error {
		err := jeton.NewError(category, jeton.StageOAuth, "refused")
		err.Status, err.Code, err.Description = status, code, description
		return err
	}
	renewal := refusal(jeton.InvalidGrant, 400, "invalid_grant", "grant request is invalid")
	renewal.Findings = []jeton.Finding{{Parameter: "grant.refresh_token", Problem: "refused", Fix: "log in again"}}
	pushed := refusal(jeton.InvalidRequest, 400, "invalid_request", "")
	pushed.Endpoint = "pushed_authorization_request_endpoint"
	bound := func(c *jeton.Connection) { c.Client.DPoP = &jeton.DPoP{} }
	for _, test := range []struct {
		name, grant string
		change      func(*jeton.Connection)
		err         *jeton.Error
		first, also jeton.Parameter // also: one that follows, if any
	}{
		{"no reason", "authorization_code", nil, refusal(jeton.InvalidGrant, 400, "invalid_grant", "grant request is invalid"), "grant.redirect_url", "client.dpop"},
		{"no reason, bound", "authorization_code", bound, refusal(jeton.InvalidGrant, 400, "invalid_grant", ""), "grant.redirect_url", "client.dpop.key"},
		{"redirect URL", "authorization_code", nil, refusal(jeton.InvalidGrant, 400, "invalid_grant", `Invalid "redirect_uri" in request.`), "grant.redirect_url", ""},
		{"redirect URL, pushed", "authorization_code", nil, refusal(jeton.InvalidRequest, 400, "invalid_request", "redirect_uri did not match any of the client's registered redirect_uris"), "grant.redirect_url", ""},
		{"verifier", "authorization_code", nil, refusal(jeton.InvalidRequest, 400, "invalid_request", `Missing "code_verifier"`), "grant.type", ""},
		{"challenge", "authorization_code", nil, refusal(jeton.InvalidGrant, 400, "invalid_grant", "Code challenge failed."), "grant.type", "grant.redirect_url"},
		{"renewal", "authorization_code", nil, renewal, "grant.refresh_token", ""},
		{"renewal, bound", "device_code", bound, renewal, "grant.refresh_token", "client.dpop.key"},
		{"not pushed", "authorization_code", nil, refusal(jeton.InvalidRequest, 0, "invalid_request", "Pushed Authorization Request must be used"), "issuer", "grant.authorization_params"},
		{"own parameter", "authorization_code", func(c *jeton.Connection) { c.Grant.AuthorizationParams = map[string]string{"prompt": "x"} },
			refusal(jeton.InvalidRequest, 0, "invalid_request", "unsupported prompt value requested"), "grant.authorization_params.prompt", ""},
		{"a parameter that was not sent", "authorization_code", nil, refusal(jeton.InvalidRequest, 0, "invalid_request", "unsupported prompt value requested"), "grant.authorization_params", ""},
		{"pending", "device_code", nil, refusal(jeton.Provider4xxOther, 400, "authorization_pending", ""), "consent", ""},
		{"expired", "device_code", nil, refusal(jeton.ConsentRequired, 400, "expired_token", "device code is expired"), "consent", ""},
		{"device code", "device_code", nil, refusal(jeton.InvalidGrant, 400, "invalid_grant", "grant request is invalid"), "grant.type", "client.id"},
		{"not for this client", "device_code", nil, refusal(jeton.InvalidRequest, 400, "invalid_request", "requested grant type is not allowed for this client"), "grant.type", ""},
		{"bound tokens only", "client_credentials", nil, refusal(jeton.InvalidGrant, 400, "invalid_grant", "grant request is invalid"), "client.dpop", "tls.client"},
		{"proof", "client_credentials", bound, refusal(jeton.InvalidRequest, 400, "invalid_dpop_proof", "DPoP proof htu mismatch"), "client.dpop", ""},
		{"a nonce that is not given", "client_credentials", bound, refusal(jeton.InvalidRequest, 400, "use_dpop_nonce", ""), "client.dpop", "vendor"},
		{"a nonce, without a key", "client_credentials", nil, refusal(jeton.InvalidRequest, 400, "use_dpop_nonce", ""), "client.dpop", ""},
		{"a parameter that was pushed", "authorization_code", nil, pushed, "grant.authorization_params", "grant.redirect_url"},
		{"subject token", "token_exchange", nil, refusal(jeton.InvalidRequest, 400, "invalid_request", "Invalid token"), "grant.subject_token", "grant.subject_token_type"},
		{"its type", "token_exchange", nil, refusal(jeton.InvalidRequest, 400, "invalid_request", "subject_token_type is not supported"), "grant.subject_token_type", ""},
		{"actor token", "token_exchange", nil, refusal(jeton.InvalidRequest, 400, "invalid_request", "actor_token is not an access token of this server"), "grant.actor_token", ""},
		{"grant type, named in passing", "token_exchange", nil, refusal(jeton.UnsupportedGrantType, 400, "unsupported_grant_type", "the grant_type is not supported"), "grant.parameter", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := secretConnection("client_secret_basic")
			c.Grant.Type = test.grant
			if test.change != nil {
				test.change(c)
			}
			found := diagnosis.Diagnose(c, diagnosis.Facts{Err: test.err}).Findings
			if len(found) == 0 || found[0].Parameter != test.first {
				t.Fatalf("%+v, want %s first", found, test.first)
			}
			also := test.also == ""
			for _, f := range found {
				also = also || f.Parameter == test.also
				if strings.Contains(f.Evidence, "status 0") {
					t.Errorf("evidence %q", f.Evidence)
				}
			}
			if !also {
				t.Errorf("%+v, want %s too", found, test.also)
			}
		})
	}
}

// TestProposesTheOtherAudience: by discovery, the issuer is what was sent.
func TestProposesTheOtherAudience(t *testing.T) {
	for name, test := range map[string]struct{ tokenURL, want string }{
		"discovered": {"", "token_url"}, "written": {"https://as.example/token", "issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &jeton.Connection{Issuer: "https://as.example", TokenURL: test.tokenURL, Grant: jeton.GrantOptions{Type: "client_credentials"},
				Client: jeton.Client{ID: "id", Assertion: &jeton.Assertion{}}}
			err := jeton.NewError(jeton.InvalidClient, jeton.StageOAuth, "refused")
			err.Code, err.Status = "invalid_client", 401
			proposed := "no finding"
			for _, f := range diagnosis.Diagnose(c, diagnosis.Facts{Err: err}).Findings {
				if f.Parameter == "client.assertion.audience" {
					proposed = f.Proposed
				}
			}
			if proposed != test.want {
				t.Errorf("proposed %q, want %q", proposed, test.want)
			}
		})
	}
}
