package jeton_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// probeConnection is a connection with a probe; no token request is made of it.
func probeConnection(probe string, change ...func(*jeton.Connection)) *jeton.Connection {
	c := clientCredentials(func(c *jeton.Connection) { c.Resource.Probe = probe })
	for _, f := range change {
		f(c)
	}
	return c
}

// hostileBearer is a token that must show nowhere.
func hostileBearer(c *jeton.Connection) *jeton.Token {
	return &jeton.Token{AccessToken: jeton.NewSecret(hostileToken), RefreshToken: jeton.NewSecret(hostileRefresh), TokenType: "Bearer", Usage: c.Usage}
}

// probeOnce makes a probe and holds it to the common demands: an *Error of the
// stage, one line in the timeline, and no secret anywhere.
func probeOnce(t *testing.T, e *jeton.Engine, c *jeton.Connection, token *jeton.Token) outcome {
	t.Helper()
	out := outcome{recorder: new(jeton.Recorder)}
	done := bounded(t)
	out.err = e.Probe(jeton.WithRecorder(context.Background(), out.recorder), c, token)
	done()
	status := "ok"
	if out.err != nil {
		status = "failed"
		if !errors.As(out.err, &out.failure) || out.failure.Stage != jeton.StageProbe {
			t.Fatalf("%T %+v", out.err, out.err)
		}
		for _, f := range out.failure.Findings {
			if f.Parameter == "token_url" || strings.HasPrefix(string(f.Parameter), "tls") || strings.Contains(f.Problem+f.Fix, "token_url") {
				t.Errorf("a finding about the token endpoint: %+v", f)
			}
		}
	}
	if line := out.recorder.Timeline(); len(line) != 1 || line[0].Stage != jeton.StageProbe || line[0].Status != status || line[0].Detail == "" {
		t.Errorf("timeline %+v, want one line that is %s", line, status)
	}
	checkHygiene(t, out)
	return out
}

// What an answer of the resource is worth.
func TestProbe(t *testing.T) {
	const other, down, limited = jeton.Provider4xxOther, jeton.Provider5xx, jeton.RateLimited
	challenge := `Bearer realm="api", error="invalid_token", error_description="The token expired", scope="a b"`
	for _, row := range []struct {
		name              string
		reply             served
		category          jeton.Category // empty: accepted
		code, description string
		parameter         jeton.Parameter // of the first finding
	}{
		{name: "200", reply: ok(`{"id":7}`)},
		{name: "201 without a body", reply: status(201, "")},
		{name: "204", reply: status(204, "")},
		{name: "a list", reply: ok(`[{"error":"invalid_token"}]`)},
		{name: "a text", reply: status(200, "hello", "Content-Type", "text/plain")},
		{name: "no JSON", reply: ok(`{"ok":false`)},
		{name: "the end of an error", reply: ok(`{"data":{},"error":{"code":"ok","message":""}}`)},
		{name: "errors among data", reply: ok(`{"data":{"me":1},"errors":[{"message":"x","extensions":{"code":"FORBIDDEN"}}]}`)},
		{name: "a list of errors to show", reply: ok(`{"id":7,"errors":["the name is missing"]}`)},
		{name: "no errors", reply: ok(`{"success":true,"errors":[],"error":null}`)},
		{name: "a code that is none", reply: ok(`{"status":"active","type":"user","message":"hello"}`)},

		{name: "ok: false", reply: ok(`{"ok":false,"error":"invalid_auth"}`), category: other, code: "invalid_auth"},
		{name: "ok: false alone", reply: ok(`{"ok":false}`), category: other},
		{name: "success: false", reply: ok(`{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}`), category: other, code: "10000", description: "Authentication error"},
		{name: "responseStatus", reply: ok(`{"responseStatus":"FAILURE","errors":[{"type":"INVALID_SESSION_ID","message":"Invalid or expired session ID."}]}`), category: other,
			code: "INVALID_SESSION_ID", description: "Invalid or expired session ID."},
		{name: "errors with a code", reply: ok(`{"errors":[{"code":"E1","message":"no"}]}`), category: other, code: "E1", description: "no"},
		{name: "GraphQL", reply: ok(`{"data":null,"errors":[{"message":"log in","extensions":{"code":"UNAUTHENTICATED"}}]}`), category: other, code: "UNAUTHENTICATED", description: "log in"},
		{name: "JSON-RPC", reply: ok(`{"jsonrpc":"2.0","error":{"code":-32001,"message":"unauthorized"}}`), category: other, code: "-32001", description: "unauthorized"},
		{name: "error", reply: ok(`{"error":"invalid_token","error_description":"expired"}`), category: other, code: "invalid_token", description: "expired"},

		{name: "401 of RFC 6750", reply: status(401, "", "WWW-Authenticate", challenge), category: other, code: "invalid_token", description: "The token expired (scope: a b)"},
		{name: "401 without a word", reply: status(401, ""), category: other},
		{name: "401, the body first", reply: status(401, `{"error":"token_revoked","message":"ask again"}`, "WWW-Authenticate", challenge), category: other, code: "token_revoked", description: "ask again (scope: a b)"},
		{name: "401, the body says the status", reply: status(401, `{"status":401,"message":"Unauthorized"}`, "WWW-Authenticate", challenge), category: other, code: "invalid_token", description: "Unauthorized (scope: a b)"},
		{name: "401 of RFC 9457", reply: status(401, `{"type":"about:blank","title":"Unauthorized","status":401}`), category: other, description: "Unauthorized"},
		{name: "401 of Google", reply: status(401, `{"error":{"code":401,"message":"Invalid Credentials","status":"UNAUTHENTICATED"}}`), category: other, code: "UNAUTHENTICATED", description: "Invalid Credentials"},
		{name: "401, an array", reply: status(401, `[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]`), category: other, code: "INVALID_SESSION_ID", description: "Session expired or invalid"},
		{name: "401, a JSON text", reply: status(401, `"No token"`), category: other, description: "No token"},
		{name: "401, a text", reply: status(401, "Jwt is\n expired", "Content-Type", "text/plain"), category: other, description: "Jwt is expired"},
		{name: "401, XML", reply: status(401, `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message><![CDATA[Access]]> &amp; more</Message></Error>`, "Content-Type", "text/xml"),
			category: other, description: "AccessDenied Access & more"},
		{name: "401, a page", reply: status(401, `<!DOCTYPE html><html><title>401  Authorization &quot;Required&quot;</title>`+foreignBody), category: other, description: `a web page, title "401 Authorization \"Required\""`},
		{name: "401, a page and a challenge", reply: status(401, `<html><title>no</title>`, "WWW-Authenticate", challenge), category: other, code: "invalid_token", description: "The token expired (scope: a b)"},
		{name: "401, the words of another endpoint", reply: status(401, `{"error":"invalid_client"}`), category: other, code: "invalid_client"},
		{name: "403 of RFC 6750", reply: status(403, "", "WWW-Authenticate", `Bearer error="insufficient_scope", scope="admin"`), category: other, code: "insufficient_scope", description: "(scope: admin)"},
		{name: "403 with consent", reply: status(403, `{"error":"access_denied"}`), category: other, code: "access_denied"},
		{name: "400", reply: status(400, `{"Message":"The Authorization header is malformed"}`), category: other, description: "The Authorization header is malformed"},
		{name: "404", reply: status(404, ""), category: other, parameter: "resource.probe"},
		{name: "410", reply: status(410, ""), category: other, parameter: "resource.probe"},
		{name: "405", reply: status(405, ""), category: other, parameter: "resource.probe"},
		{name: "429", reply: status(429, `{"message":"slow down"}`, "Retry-After", "7"), category: limited, description: "slow down"},
		{name: "500", reply: status(500, `{"error":"invalid_token"}`), category: down, code: "invalid_token"},
		{name: "503", reply: status(503, ""), category: down},
		{name: "503 with Retry-After", reply: status(503, "", "Retry-After", "7"), category: limited},
		{name: "302", reply: status(302, "", "Location", "https://login.example/?next=1"), category: other, parameter: "resource.probe"},
		{name: "304", reply: status(304, ""), category: other, parameter: "resource.probe"},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := serve(t, row.reply)
			c := probeConnection(srv.URL + "/v2/me")
			out := probeOnce(t, new(jeton.Engine), c, hostileBearer(c))
			if srv.requests.Load() != 1 || len(out.recorder.Exchanges()) != 1 {
				t.Errorf("%d requests, %d recorded", srv.requests.Load(), len(out.recorder.Exchanges()))
			}
			if row.category == "" {
				if out.err != nil {
					t.Fatalf("%v %+v", out.err, out.failure)
				}
				if said := out.recorder.Timeline()[0].Detail; !strings.HasSuffix(said, " from "+srv.URL+"/v2/me") {
					t.Errorf("the timeline says %q", said)
				}
				return
			}
			var first jeton.Parameter
			if found := findings(out.err); len(found) > 0 {
				first = found[0].Parameter
			}
			if e := out.failure; e == nil || e.Category() != row.category || e.Code != row.code || e.Description != row.description || first != row.parameter || e.Status != row.reply.status {
				t.Fatalf("%q %q %q, first finding %q: %+v", jeton.CategoryOf(out.err), failure(out.err).Code, failure(out.err).Description, first, out.err)
			}
			if want := row.reply.header.Get("Retry-After"); want != "" && out.failure.RetryAfter != 7*time.Second {
				t.Errorf("retry after %v", out.failure.RetryAfter)
			}
		})
	}
}

// rejected decides also about a status of success.
func TestProbeRejected(t *testing.T) {
	rejected := func(r jeton.Rejected) func(*jeton.Connection) {
		return func(c *jeton.Connection) { c.Rejected = &r }
	}
	expired := jeton.Conditions{{Path: "state", Equals: "expired"}}
	for _, row := range []struct {
		name   string
		rule   jeton.Rejected
		body   string
		passes bool
	}{
		{"status and body", jeton.Rejected{Status: []int{200}, Body: expired}, `{"state":"expired","message":"log in"}`, false},
		{"another body", jeton.Rejected{Status: []int{200}, Body: expired}, `{"state":"good"}`, true},
		{"another status", jeton.Rejected{Body: expired}, `{"state":"expired"}`, true},
		{"header", jeton.Rejected{Status: []int{200}, Headers: map[string]string{"Content-Type": "json"}}, `{}`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := serve(t, ok(row.body))
			c := probeConnection("GET "+srv.URL, rejected(row.rule))
			out := probeOnce(t, new(jeton.Engine), c, hostileBearer(c))
			if (out.err == nil) != row.passes || out.err != nil && (jeton.CategoryOf(out.err) != jeton.Provider4xxOther || !strings.Contains(out.err.Error(), "rejected")) {
				t.Errorf("%v", out.err)
			}
		})
	}
}

// Allow says which method would do.
func TestProbeMethodNotAllowed(t *testing.T) {
	for allow, proposed := range map[string]string{"": "", "POST": "POST ", "head, post": "HEAD ", "OPTIONS,GET": "", "PUT": ""} {
		srv := serve(t, status(405, "", "Allow", allow))
		c := probeConnection("GET " + srv.URL + "/{tenant}/me")
		c.Vars = map[string]string{"tenant": "acme"}
		out := probeOnce(t, new(jeton.Engine), c, hostileBearer(c))
		want := ""
		if proposed != "" {
			want = proposed + srv.URL + "/{tenant}/me"
		}
		if found := findings(out.err); len(found) != 1 || !found[0].Certain || found[0].Proposed != want || !strings.Contains(found[0].Evidence, allow) {
			t.Errorf("Allow %q: %+v", allow, found)
		}
	}
}

// What goes over the wire, and what is recorded of it.
func TestProbeRequest(t *testing.T) {
	const apiKey, password = "api-key-canary-5150", "password-canary-8086"
	present := func(u jeton.Usage) func(*jeton.Connection) {
		return func(c *jeton.Connection) { c.Usage = u }
	}
	for _, row := range []struct {
		name, probe string // after the method comes the server
		change      func(*jeton.Connection)
		method, uri string
		header      map[string]string // "-": not there
		shown       map[string]string
	}{
		{"a bare URL", "/v2/me", nil, "GET", "/v2/me", map[string]string{"Authorization": "Bearer " + hostileToken, "User-Agent": "jeton", "Accept-Encoding": "identity", "Content-Type": "-", "Content-Length": "-", "Transfer-Encoding": "-"},
			map[string]string{"Authorization": "Bearer [redacted]", "User-Agent": "jeton"}},
		{"GET", "GET /v2/me?a=b", nil, "GET", "/v2/me?a=b", nil, nil},
		{"get", "get  /", nil, "GET", "/", nil, nil},
		{"HEAD", "HEAD /v2/me", nil, "HEAD", "/v2/me", nil, nil},
		{"POST", "POST /v2/me", nil, "POST", "/v2/me", map[string]string{"Content-Type": "-", "Content-Length": "0", "Transfer-Encoding": "-"}, nil},
		{"variables", "GET /{tenant}/me?in={tenant}", func(c *jeton.Connection) { c.Vars = map[string]string{"tenant": "acme"} }, "GET", "/acme/me?in=acme", nil, nil},
		{"another header", "/", present(jeton.Usage{Header: "X-Token", Raw: true}), "GET", "/", map[string]string{"X-Token": hostileToken, "Authorization": "-"}, map[string]string{"X-Token": "[redacted]"}},
		{"raw", "/", present(jeton.Usage{Raw: true}), "GET", "/", map[string]string{"Authorization": hostileToken}, map[string]string{"Authorization": "[redacted]"}},
		{"another scheme", "/", present(jeton.Usage{Scheme: "Token"}), "GET", "/", map[string]string{"Authorization": "Token " + hostileToken}, map[string]string{"Authorization": "Token [redacted]"}},
		{"another scheme in another header", "/", present(jeton.Usage{Header: "X-Token", Scheme: "Token"}), "GET", "/", map[string]string{"X-Token": "Token " + hostileToken}, map[string]string{"X-Token": "[redacted]"}},
		{"further headers", "/", present(jeton.Usage{Headers: map[string]jeton.SecretSource{"x-api-key": jeton.SecretValue(apiKey), "accept": jeton.SecretValue("application/hal+json")}}), "GET", "/",
			map[string]string{"X-Api-Key": apiKey, "Accept": "application/hal+json"}, map[string]string{"X-Api-Key": "[redacted]"}},
		{"headers of the token request", "/", func(c *jeton.Connection) {
			c.Request.Headers = map[string]jeton.SecretSource{"X-Own": jeton.SecretValue(password)}
			c.Request.Params = map[string]jeton.ParamValues{"own": jeton.Param("value")}
		}, "GET", "/", map[string]string{"X-Own": "-"}, map[string]string{"X-Own": ""}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var seen *http.Request
			srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if seen = r; len(body) > 0 {
					t.Errorf("the body %q", body)
				}
				w.Header().Set("Content-Length", "7") // also to HEAD
				w.Header().Set("Content-Type", "application/json")
				if r.Method == "HEAD" { // of a body that does not come
					w.Header().Set("Content-Encoding", "gzip")
				}
				_, _ = io.WriteString(w, `{"a":1}`)
			}))
			method, path, found := strings.Cut(row.probe, " ")
			if !found {
				method, path = "", row.probe
			}
			c := probeConnection(method + strings.Repeat(" ", len(row.probe)-len(method)-len(strings.TrimSpace(path))) + srv.URL + strings.TrimSpace(path))
			if row.change != nil {
				row.change(c)
			}
			out := probeOnce(t, new(jeton.Engine), c, hostileBearer(c))
			if out.err != nil || seen == nil {
				t.Fatalf("%v %+v", out.err, out.failure)
			}
			if seen.Method != row.method || seen.RequestURI != row.uri {
				t.Errorf("sent %s %s", seen.Method, seen.RequestURI)
			}
			seen.Header.Set("Transfer-Encoding", strings.Join(seen.TransferEncoding, ","))
			for name, want := range row.header {
				if want == "-" {
					want = ""
				}
				if got := seen.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			checkShownProbe(t, out, row.method, row.shown)
			for _, canary := range []string{apiKey, password} {
				if strings.Contains(asJSON(t, out.recorder.Exchanges()), canary) {
					t.Errorf("%s shows: %+v", canary, out.recorder.Exchanges())
				}
			}
		})
	}
}

func checkShownProbe(t *testing.T, out outcome, method string, headers map[string]string) {
	t.Helper()
	shown := out.recorder.Exchanges()[0].Request
	if shown.Method != method || len(shown.Params) != 0 {
		t.Errorf("recorded %+v", shown)
	}
	for name, want := range headers {
		at := slices.IndexFunc(shown.Headers, func(h jeton.NameValue) bool { return h.Name == name })
		if at < 0 && want != "" || at >= 0 && shown.Headers[at].Value != want {
			t.Errorf("recorded %+v, want %s: %q", shown.Headers, name, want)
		}
	}
}

// A connection without a probe: nothing is sent, and the timeline says so.
func TestProbeSkipped(t *testing.T) {
	recorder := new(jeton.Recorder)
	if err := new(jeton.Engine).Probe(jeton.WithRecorder(context.Background(), recorder), probeConnection(""), nil); err != nil {
		t.Fatal(err)
	}
	want := jeton.StageResult{Stage: jeton.StageProbe, Status: "skipped", Detail: "no resource.probe is written"}
	if line := recorder.Timeline(); len(line) != 1 || line[0] != want {
		t.Errorf("%+v", line)
	}
}

// Where the token does not go.
func TestProbePlaces(t *testing.T) {
	srv := serve(t, ok(`{}`))
	keep := func(value string) func(*jeton.Token) {
		return func(token *jeton.Token) {
			token.Extra = map[string]json.RawMessage{"instance_url": json.RawMessage(value)}
		}
	}
	for _, row := range []struct {
		name      string
		resource  jeton.Resource
		token     func(*jeton.Token)
		category  jeton.Category // empty: sent
		parameter jeton.Parameter
	}{
		{"under a URL", jeton.Resource{Probe: srv.URL + "/v2/me", URLs: []string{"https://other.example/", srv.URL + "/v2/"}}, nil, "", ""},
		{"outside", jeton.Resource{Probe: srv.URL + "/v1/me", URLs: []string{srv.URL + "/v2/"}}, nil, jeton.DocumentInvalid, "resource.probe"},
		{"no URL", jeton.Resource{Probe: "me"}, nil, jeton.DocumentInvalid, "resource.probe"},
		{"without encryption", jeton.Resource{Probe: "http://api.example/"}, nil, jeton.DocumentInvalid, "resource.probe"},
		{"no token", jeton.Resource{Probe: srv.URL}, func(token *jeton.Token) { token.AccessToken = jeton.Secret{} }, jeton.NoToken, ""},
		{"a header that nobody read", jeton.Resource{Probe: srv.URL}, func(token *jeton.Token) {
			token.Usage.Headers = map[string]jeton.SecretSource{"X-Api-Key": {Env: "API_KEY"}}
		}, jeton.KeyUnusable, "usage.headers.X-Api-Key"},
		{"a certificate that cannot be read", jeton.Resource{Probe: srv.URL, TLS: jeton.TLS{CA: jeton.KeyValue("x")}}, nil, jeton.KeyUnusable, "resource.tls.ca"},
		{"a reply without the member", jeton.Resource{Probe: "{reply.instance_url}/me", Hosts: []string{"*.example"}}, nil, jeton.DeliveryNotAllowed, "resource.probe"},
		{"a reply with another host", jeton.Resource{Probe: "{reply.instance_url}/me", Hosts: []string{"*.example"}}, keep(`"https://evil.test"`), jeton.DeliveryNotAllowed, "resource.probe"},
		{"a reply without encryption", jeton.Resource{Probe: "{reply.instance_url}/me", Hosts: []string{"127.0.0.1"}}, keep(`"` + srv.URL + `"`), jeton.DeliveryNotAllowed, "resource.probe"},
		{"a reply that leaves the URLs", jeton.Resource{Probe: "https://a.example/{reply.instance_url}/me", URLs: []string{"https://a.example/one/"}}, keep(`"two"`), jeton.DeliveryNotAllowed, "resource.probe"},
		{"a reply that climbs", jeton.Resource{Probe: "https://a.example/one/{reply.instance_url}/me", URLs: []string{"https://a.example/one/"}}, keep(`".."`), jeton.DeliveryNotAllowed, "resource.probe"},
		{"a reply that names a host", jeton.Resource{Probe: "https://a.example{reply.instance_url}/me", Hosts: []string{"a.example"}}, keep(`"@evil.test"`), jeton.DeliveryNotAllowed, "resource.probe"},
		{"URLs that the reply does not fill", jeton.Resource{Probe: "https://a.example/me", URLs: []string{"{reply.instance_url}"}, Hosts: []string{"a.example"}}, nil, jeton.DeliveryNotAllowed, "resource.urls"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := srv.requests.Load()
			c := probeConnection("", func(c *jeton.Connection) { c.Resource, c.Response.Keep = row.resource, []string{"instance_url"} })
			token := hostileBearer(c)
			if row.token != nil {
				row.token(token)
			}
			out := probeOnce(t, new(jeton.Engine), c, token)
			sent := srv.requests.Load() - before
			var first jeton.Parameter
			if found := findings(out.err); len(found) > 0 {
				first = found[0].Parameter
			}
			if (out.err == nil) != (row.category == "") || out.err != nil && (jeton.CategoryOf(out.err) != row.category || first != row.parameter) || (sent == 1) != (row.category == "") {
				t.Errorf("%d sent, %v %+v", sent, out.err, out.failure)
			}
		})
	}
}

// The host that the reply names: the token goes there, under resource.hosts.
func TestProbeFromReply(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
	srv.AddClient(oauthtest.Client{ID: clientID, Secret: clientSecret, Scopes: []string{"read", "write"}})
	srv.Next(oauthtest.Set("instance_url", srv.URL))
	c := clientCredentialsOf(srv, "client_secret_post")
	c.TLS.CA = jeton.KeyValue(string(srv.CA()))
	c.Response.Keep = []string{"instance_url"}
	c.Resource = jeton.Resource{Probe: "{reply.instance_url}/resource", URLs: []string{"{reply.instance_url}"}, Hosts: []string{"127.0.0.1"}, TLS: c.TLS}
	engine := new(jeton.Engine)
	token, err := engine.Exchange(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out := probeOnce(t, engine, c, token); out.err != nil {
		t.Errorf("%v %+v", out.err, out.failure)
	}
}

// A basic connection and a token that needs no request are probed, too.
func TestProbeWithoutTokenRequest(t *testing.T) {
	srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, isBasic := r.BasicAuth()
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJ") || isBasic && name == "ada" && password == hostileSecret {
			return
		}
		w.WriteHeader(401)
	}))
	for name, c := range map[string]*jeton.Connection{
		"basic": {Type: "basic", Grant: jeton.GrantOptions{Username: "ada", Password: jeton.SecretValue(hostileSecret)}},
		"self-issued": {TokenURL: "none", Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{
			Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}, Issuer: "i", Subject: "s", Audience: jeton.StringList{"https://api.example"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			c.Resource.Probe = srv.URL
			token := mustExchange(t, c)
			if out := probeOnce(t, new(jeton.Engine), c, token); out.err != nil || srv.requests.Load() == 0 {
				t.Errorf("%v", out.err)
			}
		})
	}
}

// RFC 9449 section 9: the resource may demand a nonce, which costs one request, once.
func TestProbeDPoP(t *testing.T) {
	for _, row := range []struct {
		name     string
		config   oauthtest.Config
		requests int // the first time; one after that
	}{
		{"no nonce", oauthtest.Config{DPoP: oauthtest.DPoPRequired}, 1},
		{"a nonce for the whole origin", oauthtest.Config{DPoP: oauthtest.DPoPNonce}, 2},
		{"a resource with its own origin", oauthtest.Config{DPoP: oauthtest.DPoPNonce, SeparateResource: true}, 2},
		{"a nonce for one use", oauthtest.Config{DPoP: oauthtest.DPoPNonce, DPoPNonceOnce: true, SeparateResource: true}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, row.config)
			srv.AddClient(oauthtest.Client{ID: clientID, Secret: clientSecret, Scopes: []string{"read", "write"}})
			c := clientCredentialsOf(srv, "client_secret_post")
			c.Client.DPoP, c.Resource.Probe = &jeton.DPoP{}, "GET "+srv.ResourceURL()+"?page=2"
			engine := new(jeton.Engine)
			token, err := engine.Exchange(context.Background(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []int{row.requests, 1} {
				before := len(srv.Requests())
				out := probeOnce(t, engine, c, token)
				made := len(srv.Requests()) - before
				if out.err != nil || made != want || len(out.recorder.Exchanges()) != made {
					t.Fatalf("%d requests, want %d: %v %+v", made, want, out.err, out.failure)
				}
				shown := out.recorder.Exchanges()[made-1].Request
				if len(shown.Assertions) != 1 || shown.Assertions[0].Parameter != "client.dpop" || !strings.Contains(string(shown.Assertions[0].Claims), `"ath"`) {
					t.Errorf("the proof is not shown: %+v", shown.Assertions)
				}
			}
		})
	}
}

// A resource that always asks for another nonce gets two requests.
func TestProbeDPoPNonceWithoutEnd(t *testing.T) {
	auth := oauthtest.NewTestServer(t, oauthtest.Config{DPoP: oauthtest.DPoPRequired})
	auth.AddClient(oauthtest.Client{ID: clientID, Secret: clientSecret, Scopes: []string{"read", "write"}})
	srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("DPoP-Nonce", "another-nonce")
		w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce"`)
		w.WriteHeader(401)
	}))
	c := clientCredentialsOf(auth, "client_secret_post")
	c.Client.DPoP, c.Resource.Probe = &jeton.DPoP{}, srv.URL
	engine := new(jeton.Engine)
	token, err := engine.Exchange(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out := probeOnce(t, engine, c, token); srv.requests.Load() != 2 || failure(out.err).Code != "use_dpop_nonce" {
		t.Errorf("%d requests, %v", srv.requests.Load(), out.err)
	}
}
