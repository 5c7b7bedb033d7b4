package diagnosis_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// row is a refusal that a server really sent, and who is to blame.
type row struct {
	ID          string            `yaml:"id"`
	Vendor      string            `yaml:"vendor"`
	Connection  string            `yaml:"connection"`
	At          string            `yaml:"at"`
	Status      int               `yaml:"status"`
	ContentType string            `yaml:"content_type"`
	Headers     map[string]string `yaml:"headers"`
	Body        string            `yaml:"body"`
	Means       string            `yaml:"means"`
	Right       []string          `yaml:"right"`
	Source      string            `yaml:"source"`
	Note        string            `yaml:"note"`
}

// readRows reads the files of testdata/refusals that a pattern names.
func readRows(t testing.TB, pattern string) (rows []row) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "refusals", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var list []row
		if err := yaml.Unmarshal(data, &list); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		rows = append(rows, list...)
	}
	return rows
}

// hmacKey signs the assertions: what the server says of them is in the row.
var hmacKey = jeton.KeyList{jeton.KeyValue("an HMAC secret of thirty-two bytes or more")}

// connectionOf makes the connection that a row speaks of.
func connectionOf(t testing.TB, kind string) *jeton.Connection {
	t.Helper()
	c := &jeton.Connection{TokenURL: "https://as.example/token", Scopes: jeton.Scopes{"read"}, Grant: jeton.GrantOptions{Type: "client_credentials"}, Client: jeton.Client{ID: "the-client"}}
	secret := jeton.SecretList{jeton.SecretValue("a secret of more than thirty-two bytes")}
	clientAssertion := &jeton.Assertion{Algorithm: "HS256", Key: hmacKey}
	grantAssertion := &jeton.Assertion{Algorithm: "HS256", Key: hmacKey, Issuer: "the-issuer", Subject: "somebody"}
	switch kind {
	case "client_secret_basic", "client_secret_post":
		c.Client.Auth, c.Client.Secret = kind, secret
	case "client_secret_jwt":
		c.Client.Auth, c.Client.Secret = kind, secret
	case "private_key_jwt":
		c.Client.Auth, c.Client.Assertion = kind, clientAssertion
	case "json", "query": // as the document chose, against the default
		c.Client.Auth, c.Client.Secret, c.Request.Encoding = "client_secret_post", secret, kind
	case "get":
		c.Client.Auth, c.Client.Secret, c.Request.Method = "client_secret_basic", secret, "GET"
	case "separator":
		c.Client.Auth, c.Client.Secret, c.Scopes, c.ScopeSeparator = "client_secret_post", secret, jeton.Scopes{"read", "write"}, ","
	case "kid":
		clientAssertion.Headers = map[string]any{"kid": "the-key"}
		c.Client.Auth, c.Client.Assertion = "private_key_jwt", clientAssertion
	case "dpop":
		c.Client.Auth, c.Client.Assertion, c.Client.DPoP = "private_key_jwt", clientAssertion, &jeton.DPoP{Algorithm: "ES256"}
	case "tls_client_auth":
		c.Client.Auth = kind
	case "jwt_bearer":
		c.Grant = jeton.GrantOptions{Type: "jwt_bearer", Assertion: grantAssertion}
		c.Client.ID = ""
	case "jwt_bearer_secret":
		c.Grant = jeton.GrantOptions{Type: "jwt_bearer", Assertion: grantAssertion}
		c.Client.Auth, c.Client.Secret = "client_secret_post", secret
	case "jwt_bearer_pkjwt":
		c.Grant = jeton.GrantOptions{Type: "jwt_bearer", Assertion: grantAssertion}
		c.Client.Auth, c.Client.Assertion = "private_key_jwt", clientAssertion
	case "self_issued":
		c.Grant = jeton.GrantOptions{Type: "jwt_bearer", Assertion: grantAssertion}
		c.TokenURL, c.Client.ID, c.Scopes = "none", "", nil
	case "refresh_token":
		c.Grant = jeton.GrantOptions{Type: kind, RefreshToken: jeton.SecretValue("the refresh token")}
		c.Client.Auth, c.Client.Secret = "client_secret_post", secret
	case "refresh_token_public":
		c.Grant = jeton.GrantOptions{Type: "refresh_token", RefreshToken: jeton.SecretValue("the refresh token")}
	case "authorization_code", "device_code":
		c.Grant = jeton.GrantOptions{Type: kind}
		c.AuthorizationURL, c.DeviceAuthorizationURL = "https://as.example/authorize", "https://as.example/device"
		c.Client.Auth, c.Client.Secret = "client_secret_post", secret
	case "password":
		c.Grant = jeton.GrantOptions{Type: kind, Username: "somebody", Password: jeton.SecretValue("a password")}
		c.Client.Auth, c.Client.Secret = "client_secret_basic", secret
	case "password_public":
		c.Grant = jeton.GrantOptions{Type: "password", Username: "somebody", Password: jeton.SecretValue("a password")}
	case "token_exchange":
		c.Grant = jeton.GrantOptions{Type: kind, SubjectToken: jeton.SecretValue("the subject token"), SubjectTokenType: "urn:ietf:params:oauth:token-type:access_token"}
		c.Client.Auth, c.Client.Secret = "client_secret_post", secret
	case "api_key":
		c.Grant.Parameter = "urn:vendor:grant-type:apikey"
		c.Request.Params = map[string]jeton.ParamValues{"apikey": {{Secret: jeton.SecretValue("the API key")}}}
	default:
		t.Fatalf("connection %q is not known", kind)
	}
	return c
}

// answering answers every request alike.
type answering struct{ row }

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{}
	for name, value := range a.Headers {
		header.Set(name, value)
	}
	if a.ContentType != "" {
		header.Set("Content-Type", a.ContentType)
	}
	return &http.Response{StatusCode: a.Status, Header: header, Body: io.NopCloser(strings.NewReader(strings.TrimSpace(a.Body))), Request: r}, nil
}

// diagnoseRow makes the exchange of a row and lets it be diagnosed, as jeton test does.
func diagnoseRow(t testing.TB, r row) []jeton.Finding {
	t.Helper()
	return diagnosis.Diagnose(factsOf(t, r)).Findings
}

func factsOf(t testing.TB, r row) (*jeton.Connection, diagnosis.Facts) {
	t.Helper()
	c := connectionOf(t, r.Connection)
	// A login and a certificate are sent as a plain request here: what is looked at
	// is the answer.
	sent := c
	if r.At == "resource" || r.Connection == "self_issued" {
		return probed(t, c, r)
	}
	plain := c.Grant.Type == "authorization_code" || c.Grant.Type == "device_code" || r.Connection == "tls_client_auth"
	if plain {
		sent = connectionOf(t, "client_secret_post")
	}
	recorder := new(jeton.Recorder)
	engine := &jeton.Engine{HTTP: &http.Client{Transport: answering{r}}}
	_, err := engine.Exchange(jeton.WithRecorder(context.Background(), recorder), sent, nil)
	var e *jeton.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: no error: %v", r.ID, err)
	}
	facts := diagnosis.Facts{Err: e}
	if all := recorder.Exchanges(); len(all) > 0 {
		facts.Exchange = &all[len(all)-1]
	}
	if plain {
		facts.Exchange.Request = jeton.RedactedRequest{}
		e.Findings = slices.DeleteFunc(e.Findings, func(f jeton.Finding) bool { return f.Parameter == "grant.refresh_token" })
	}
	switch {
	case r.At == "login":
		e.Status = 0
	case r.At == "push":
		e.Endpoint = "pushed_authorization_request_endpoint"
	}
	if r.At == "login" { // it came back with the browser: no status, no body
		e.Stage, e.Status, facts.Exchange = jeton.StageOAuth, 0, nil
	}
	return c, facts
}

// probed is the answer of an API to a token.
func probed(t testing.TB, c *jeton.Connection, r row) (*jeton.Connection, diagnosis.Facts) {
	t.Helper()
	if c.Grant.Type == "authorization_code" || c.Grant.Type == "refresh_token" {
		c.Client.Auth = "client_secret_post"
	}
	c.Resource.Probe = "GET https://api.example/me"
	recorder := new(jeton.Recorder)
	engine := &jeton.Engine{HTTP: &http.Client{Transport: answering{r}}}
	err := engine.Probe(jeton.WithRecorder(context.Background(), recorder), c, &jeton.Token{AccessToken: jeton.NewSecret("the access token"), TokenType: "Bearer"})
	var e *jeton.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("%s: %v", r.ID, err)
	}
	facts := diagnosis.Facts{Err: e}
	if all := recorder.Exchanges(); len(all) > 0 {
		facts.Exchange = &all[len(all)-1]
	}
	return c, facts
}

// isRight reports whether a parameter is one of a list, or below one of it.
func isRight(p jeton.Parameter, right []string) bool {
	return slices.ContainsFunc(right, func(r string) bool {
		if string(p) == r || strings.HasPrefix(string(p), r+".") {
			return true
		}
		for _, word := range vocabulary {
			if slices.Contains(word, string(p)) && slices.Contains(word, r) {
				return true
			}
		}
		return strings.HasPrefix(string(p), "usage") && strings.HasPrefix(r, "usage")
	})
}

// vocabulary are the paths that are one word in what vendors document.
var vocabulary = [][]string{{"grant.type", "grant.parameter"}, {"scopes", "scope_in", "scope_separator"}, {"token_url", "issuer"}}

// score counts the rows with a right parameter first, and among the first three.
type score struct{ rows, first, three int }

func (s *score) add(found []jeton.Finding, right []string) (first bool) {
	s.rows++
	for i, f := range found {
		if f.Warning || i == 3 {
			break
		}
		if isRight(f.Parameter, right) {
			s.three++
			if i == 0 {
				s.first++
				return true
			}
			return false
		}
	}
	return false
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// TestRuleRows: the refusals of the vendors' tables and of the generic rules are
// all blamed on a right parameter, first.
func TestRuleRows(t *testing.T) {
	rows := append(readRows(t, "generic.yaml"), readRows(t, "catalogue.yaml")...)
	if files, _ := filepath.Glob(filepath.Join("testdata", "refusals", "vendor_*.yaml")); len(files) > 0 {
		rows = append(rows, readRows(t, "vendor_*.yaml")...)
	}
	for _, r := range rows {
		t.Run(r.ID, func(t *testing.T) {
			var s score
			if found := diagnoseRow(t, r); !s.add(found, r.Right) {
				names := []string{}
				for _, f := range found {
					names = append(names, string(f.Parameter))
				}
				t.Errorf("want %v first, found %v", r.Right, names)
			}
		})
	}
}

var showMisses = flag.Bool("show-misses", false, "name the rows whose first finding is not right")

// TestRefusals: of refusals that real servers sent, most are blamed on a right
// parameter. The three fresh sets were collected after the rules had been written,
// by people who did not know these, and counted before anybody looked at them (see
// docs/test.md); then the rules learnt from them too.
func TestRefusals(t *testing.T) {
	var all score
	for _, files := range []string{"identity.yaml", "saas.yaml", "regulated.yaml", "fresh_assertions.yaml", "fresh_secrets.yaml", "fresh_machines.yaml"} {
		var s score
		for _, r := range readRows(t, files) {
			found := diagnoseRow(t, r)
			if !s.add(found, r.Right) && *showMisses {
				names := []string{}
				for _, f := range found {
					names = append(names, string(f.Parameter))
				}
				t.Logf("%s %s %s %d %s\n\twant %v, found %v (%s)", r.ID, r.Connection, r.At, r.Status, strings.Join(strings.Fields(r.Body), " "), r.Right, names, r.Means)
			}
		}
		t.Logf("%s: %d rows, first %.1f %%, among three %.1f %%", files, s.rows, percent(s.first, s.rows), percent(s.three, s.rows))
		all = score{all.rows + s.rows, all.first + s.first, all.three + s.three}
	}
	first, three := percent(all.first, all.rows), percent(all.three, all.rows)
	t.Logf("%d rows, first %.1f %%, among three %.1f %%", all.rows, first, three)
	if first < 90 || three < 95 {
		t.Errorf("first %.1f %%, want 90; among three %.1f %%, want 95", first, three)
	}
}

// TestRowIDs: a row is known by its id.
func TestRowIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range readRows(t, "*.yaml") {
		if r.ID == "" || seen[r.ID] || len(r.Right) == 0 || r.Source == "" {
			t.Errorf("the id of %q is used twice, or something is missing", r.ID)
		}
		seen[r.ID] = true
	}
}
