package jeton_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// exchanging is a step that exchanges the token before at srv (RFC 8693), as
// Salesforce Data Cloud does: the server looks at it.
func exchanging(target string) jeton.Step {
	return jeton.Step{URL: target, Request: jeton.RequestOptions{Params: map[string]jeton.ParamValues{
		"grant_type": jeton.Param("urn:ietf:params:oauth:grant-type:token-exchange"), "client_id": jeton.Param(clientID),
		"client_secret": {{Secret: jeton.SecretValue(clientSecret)}}, "subject_token": jeton.Param("{reply.access_token}"),
		"subject_token_type": jeton.Param(oauthtest.TokenTypeAccessToken)}}}
}

// TestSteps: the steps of a flow at a server that checks what it is sent.
func TestSteps(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{})
	srv.AddClient(oauthtest.Client{ID: clientID, Secret: clientSecret, Grants: []string{oauthtest.GrantClientCredentials, oauthtest.GrantTokenExchange}})
	srv.Fault(oauthtest.Set("instance_url", srv.URL+"/"))
	c := clientCredentialsOf(srv, "client_secret_basic")
	c.Scopes, c.Response.Keep = nil, []string{"instance_url"}
	looks := jeton.Step{URL: "GET " + srv.ResourceURL(), Response: jeton.ResponseOptions{AccessToken: "none", Keep: []string{"client_id", "sub"}}}
	c.Steps = []jeton.Step{looks, exchanging("{reply.instance_url}/token"), looks}
	recorder, journal := new(jeton.Recorder), &notebook{requestsAtStart: func() int { return 0 }}
	token, err := (&jeton.Engine{Journal: journal}).Exchange(jeton.WithRecorder(context.Background(), recorder), c, nil)
	if err != nil {
		t.Fatalf("%v %+v", err, findings(err))
	}
	var tokens []string
	for i, reply := range journal.replies {
		if journal.attempts[i].Step != i || reply.Step != i || journal.attempts[i].ID != reply.Attempt {
			t.Errorf("attempt %d: %+v, %v", i, journal.attempts[i], reply)
		}
		parsed, err := jeton.ParseReply(c, reply)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, parsed.AccessToken.Reveal())
	}
	if len(tokens) != 4 || tokens[1] != "" || tokens[2] != token.AccessToken.Reveal() || tokens[3] != "" || tokens[0] == tokens[2] {
		t.Errorf("the replies bring %q, the token is %q", tokens, token.AccessToken.Reveal())
	}
	if string(token.Extra["instance_url"]) != `"`+srv.URL+`/"` || token.Extra["client_id"] == nil {
		t.Errorf("kept %s", token.Extra)
	}
	timeline, exchanges := asJSON(t, recorder.Timeline()), asJSON(t, recorder.Exchanges())
	for _, says := range []string{`"step 1: status 200"`, `"step 1: no token is expected"`, `"step 2: token of type Bearer"`, `"step 3: `} {
		if !strings.Contains(timeline, says) {
			t.Errorf("the timeline does not say %s: %s", says, timeline)
		}
	}
	if n := len(recorder.Exchanges()); n != 4 {
		t.Errorf("%d exchanges", n)
	}
	for _, secret := range []string{tokens[0], tokens[2], clientSecret} {
		for _, form := range spellings(secret) {
			if strings.Contains(timeline+exchanges, form) {
				t.Errorf("the record shows %q: %s", form, timeline+exchanges)
			}
		}
	}
}

// installations plays api.github.com: the JWT of the app has to be good.
func installations(t *testing.T, public crypto.PublicKey) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		signed, err := jwt.ParseSigned(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), []jose.SignatureAlgorithm{jose.RS256})
		var claims jwt.Claims
		if err == nil {
			err = signed.Claims(public, &claims)
		}
		if err != nil || claims.Issuer != "123456" || r.Method != http.MethodPost || r.URL.Path != "/app/installations/77/access_tokens" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"message":"A JSON web token could not be decoded","documentation_url":"https://docs.github.com/rest"}`)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"token":"ghs_16C7e42F292c6912E7710c838347Ae178B4a","expires_at":"2099-01-01T00:00:00Z","permissions":{"issues":"write"}}`)
	}
}

// TestStepsGitHub: a token that is made here, and a step with it.
func TestStepsGitHub(t *testing.T) {
	app := testKeys()["RS256"]
	srv := serve(t, installations(t, app.Public()))
	c := &jeton.Connection{TokenURL: "none", Vars: map[string]string{"installation": "77"}, Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{
		Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, app))}, Issuer: "123456", Lifetime: jeton.Duration(9 * time.Minute), Backdate: jeton.Duration(time.Minute), JTI: "none"}},
		Steps: []jeton.Step{{URL: srv.URL + "/app/installations/{installation}/access_tokens", Response: jeton.ResponseOptions{AccessToken: "token", ExpiresIn: "expires_at", ExpiresFormat: "rfc3339"}}}}
	token, err := new(jeton.Engine).Exchange(context.Background(), c, nil)
	if err != nil || token.AccessToken.Reveal() != "ghs_16C7e42F292c6912E7710c838347Ae178B4a" || token.ExpiryFrom != "reply (capped)" {
		t.Fatalf("%+v %v %+v", token, err, findings(err))
	}
	c.Vars = map[string]string{"installation": "78"}
	_, err = new(jeton.Engine).Exchange(context.Background(), c, nil)
	if jeton.CategoryOf(err) != jeton.Provider4xxOther || len(findings(err)) == 0 || findings(err)[0].Parameter != "steps[0].request" || !strings.Contains(err.Error(), "step 1") {
		t.Errorf("%v %+v", err, findings(err))
	}
	if n := srv.requests.Load(); n != 2 {
		t.Errorf("%d requests, want 2: a refused step is not sent again", n)
	}
}

// flow is a fake network: the token endpoint of as.example, and everything else.
type flow struct {
	main string // members of its reply
	step func(r *http.Request) (*http.Response, error)
	sent []*http.Request
}

func (f *flow) RoundTrip(r *http.Request) (*http.Response, error) {
	f.sent = append(f.sent, r)
	if r.URL.String() == "https://as.example/token" {
		return replyOf(ok(`{"access_token":"core-token-1","token_type":"Bearer","expires_in":3600` + f.main + `}`)), nil
	}
	return f.step(r)
}

func replyOf(s served) *http.Response {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	return w.Result()
}

func (f *flow) connection(steps ...jeton.Step) *jeton.Connection {
	return &jeton.Connection{TokenURL: "https://as.example/token", Client: jeton.Client{ID: clientID, Secret: jeton.SecretList{jeton.SecretValue(clientSecret), jeton.SecretValue("another secret")}},
		Grant: jeton.GrantOptions{Type: "client_credentials"}, Response: jeton.ResponseOptions{Keep: []string{"url", "host", "id"}}, Steps: steps, Resource: jeton.Resource{Hosts: []string{"*.good.example", "alone.example"}}}
}

// TestStepURL: where a reply may lead the token.
func TestStepURL(t *testing.T) {
	const whole, host, path, query = "{reply.url}/s", "https://{reply.host}/s", "https://api.other.example/a/{reply.id}/s", "https://api.other.example/s?id={reply.id}"
	for _, row := range []struct {
		name, template, value string
		sent                  string // empty: refused
		says                  string
	}{
		{"below hosts", whole, `"https://a.good.example"`, "https://a.good.example/s", ""},
		{"a slash at its end", whole, `"https://a.good.example/"`, "https://a.good.example/s", ""},
		{"a path", whole, `"https://a.b.good.example:8443/t"`, "https://a.b.good.example:8443/t/s", ""},
		{"capitals", whole, `"HTTPS://A.GOOD.example"`, "https://A.GOOD.example/s", ""},
		{"the host alone", whole, `"https://alone.example"`, "https://alone.example/s", ""},
		{"the token endpoint's", whole, `"https://as.example"`, "https://as.example/s", ""},
		{"another port of it", whole, `"https://as.example:444"`, "", "neither under resource.hosts"},
		{"below the host alone", whole, `"https://x.alone.example"`, "", "neither under resource.hosts"},
		{"another host", whole, `"https://evil.example"`, "", "neither under resource.hosts"},
		{"ends like it", whole, `"https://evilgood.example"`, "", "neither under resource.hosts"},
		{"begins like it", whole, `"https://a.good.example.evil.example"`, "", "neither under resource.hosts"},
		{"the pattern's own end", whole, `"https://.good.example"`, "", ""},
		{"user information", whole, `"https://a.good.example@evil.example"`, "", "user information"},
		{"a backslash", whole, `"https://evil.example\\.good.example"`, "", ""},
		{"a query swallows the path", whole, `"https://a.good.example/?x="`, "", "a query"},
		{"a fragment", whole, `"https://a.good.example/#"`, "", "a fragment"},
		{"http", whole, `"http://a.good.example"`, "", "in the clear"},
		{"loopback http", whole, `"http://127.0.0.1"`, "", "neither under resource.hosts"},
		{"another scheme", whole, `"file:///etc/passwd"`, "", "https://"},
		{"no scheme", whole, `"a.good.example"`, "", "https://"},
		{"not a text", whole, `{"a":1}`, "", "no text url"},
		{"null", whole, `null`, "", "no text url"},
		{"empty", whole, `""`, "", "no text url"},
		{"a host", host, `"a.good.example"`, "https://a.good.example/s", ""},
		{"a host and more", host, `"a.good.example/x"`, "", "shape of the URL"},
		{"a port", host, `"a.good.example:1"`, "", "shape of the URL"},
		{"another one", host, `"evil.example"`, "", "neither under resource.hosts"},
		{"a segment", path, `"t-1"`, "https://api.other.example/a/t-1/s", ""},
		{"a number", path, `17`, "https://api.other.example/a/17/s", ""},
		{"a huge number", path, `1e400`, "https://api.other.example/a/1e400/s", ""},
		{"up", path, `".."`, "", "shape of the URL"},
		{"two segments", path, `"a/b"`, "", "shape of the URL"},
		{"escaped", path, `"%2e%2e"`, "", "shape of the URL"},
		{"a line break", path, `"a\r\nX: y"`, "", "shape of the URL"},
		{"another variable", path, `"{reply.url}"`, "", "shape of the URL"},
		{"in the query", query, `"a=b"`, "https://api.other.example/s?id=a=b", ""},
		{"another parameter", query, `"a&b=c"`, "", "shape of the URL"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := &flow{main: `,"url":` + row.value + `,"host":` + row.value + `,"id":` + row.value, step: func(*http.Request) (*http.Response, error) { return replyOf(granted("")), nil }}
			_, err := (&jeton.Engine{HTTP: &http.Client{Transport: f}}).Exchange(context.Background(), f.connection(jeton.Step{URL: row.template}), nil)
			switch {
			case row.sent == "":
				if len(f.sent) != 1 || err == nil || findings(err)[0].Parameter != "steps[0].url" || !strings.Contains(err.Error(), row.says) {
					t.Errorf("%d requests, %v %+v", len(f.sent), err, findings(err))
				}
			case err != nil:
				t.Errorf("%v %+v", err, findings(err))
			case f.sent[1].URL.String() != row.sent || f.sent[1].Header.Get("Authorization") != "Bearer core-token-1":
				t.Errorf("%s with %v", f.sent[1].URL, f.sent[1].Header)
			}
		})
	}
}

// TestStepFails: what the error of a step names, and that nothing is sent again.
func TestStepFails(t *testing.T) {
	url := "https://api.good.example/session"
	for _, row := range []struct {
		name      string
		main      string
		change    func(*jeton.Step)
		reply     served
		category  jeton.Category
		parameter jeton.Parameter
		says      string
		requests  int
	}{
		{"refused", "", nil, status(401, `{"message":"no"}`), jeton.Provider4xxOther, "steps[0].request", "step 1: the server refused the request (status 401): no", 2},
		{"invalid_client: the next secret is not tried", "", nil, status(401, `{"error":"invalid_client"}`), jeton.InvalidClient, "steps[0].request", "step 1", 2},
		{"invalid_grant says nothing about the login", "", nil, status(400, `{"error":"invalid_grant"}`), jeton.Provider4xxOther, "steps[0].request", "invalid_grant", 2},
		{"an echo", "", nil, status(400, `{"error":"x","error_description":"token core-token-1 of `+clientSecret+`, refresh-token-1, main-parameter-1"}`), jeton.Provider4xxOther, "steps[0].request", "[redacted]", 2},
		{"redirected", "", nil, status(302, "", "Location", "https://evil.example/core-token-1"), jeton.Provider4xxOther, "steps[0].url", "redirects to", 2},
		{"not found", "", nil, status(404, `{}`), jeton.Provider4xxOther, "steps[0].url", "step 1", 2},
		{"method", "", nil, status(405, ``), jeton.Provider4xxOther, "steps[0].request.method", "step 1", 2},
		{"a page", "", nil, ok(`<html>`), jeton.MalformedResponse, "steps[0].url", "web page", 2},
		{"no token", "", nil, ok(`{"sessionId":"x"}`), jeton.NoTokenInResponse, "steps[0].response.access_token", "step 1", 2},
		{"no token and none is expected", "", func(s *jeton.Step) { s.Response.AccessToken = "none" }, ok(`[]`), "", "", "", 2},
		{"no success", "", func(s *jeton.Step) { s.Response.Success = jeton.Conditions{{Path: "ok", Equals: true}} }, granted(`"ok":1`), jeton.Provider4xxOther, "steps[0].response.success", "steps[0].response.success", 2},
		{"ok: false", "", nil, granted(`"ok":false`), jeton.Provider4xxOther, "steps[0].request", "step 1", 2},
		{"expiry", "", nil, granted(`"expires_in":-1`), jeton.BadExpiresIn, "steps[0].response.expires_in", "step 1", 2},
		{"token type", "", nil, ok(`{"access_token":"x","token_type":"mac"}`), jeton.UnsupportedTokenType, "usage", "step 1", 2},
		{"a member that is missing", "", func(s *jeton.Step) {
			s.Request.Headers = map[string]jeton.SecretSource{"X-Id": jeton.SecretValue("{reply.id}")}
		}, granted(""), jeton.MalformedResponse, "steps[0].request.headers.X-Id", "no text id", 1},
		{"a line break for a header", `,"id":"a\r\nX-Evil: core-token-1"`, func(s *jeton.Step) {
			s.Request.Headers = map[string]jeton.SecretSource{"X-Id": jeton.SecretValue("{reply.id}")}
		}, granted(""), jeton.MalformedResponse, "steps[0].request.headers.X-Id", "control character", 1},
		{"a missing member for a parameter", "", func(s *jeton.Step) {
			s.Request.Params = map[string]jeton.ParamValues{"a": jeton.Param("x", "{reply.id}")}
		}, granted(""), jeton.MalformedResponse, "steps[0].request.params.a", "no text id", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := &flow{main: row.main + `,"refresh_token":"refresh-token-1"`, step: func(*http.Request) (*http.Response, error) { return replyOf(row.reply), nil }}
			step := jeton.Step{URL: url}
			if row.change != nil {
				row.change(&step)
			}
			recorder, c := new(jeton.Recorder), f.connection(step)
			c.Request.Params = map[string]jeton.ParamValues{"tenant": {{Secret: jeton.SecretValue("main-parameter-1")}}}
			token, err := (&jeton.Engine{HTTP: &http.Client{Transport: f}}).Exchange(jeton.WithRecorder(context.Background(), recorder), c, nil)
			if len(f.sent) != row.requests {
				t.Errorf("%d requests, want %d", len(f.sent), row.requests)
			}
			shown := fmt.Sprintf("%v %+v %#v %s %s", err, findings(err), err, asJSON(t, recorder.Exchanges()), asJSON(t, recorder.Timeline()))
			if strings.Contains(shown, "core-token-1") || strings.Contains(shown, clientSecret) || strings.Contains(shown, "refresh-token-1") || strings.Contains(shown, "main-parameter-1") {
				t.Errorf("a secret is shown: %s", shown)
			}
			if row.category == "" {
				if err != nil || token.AccessToken.Reveal() != "core-token-1" || token.RefreshToken.Reveal() != "refresh-token-1" {
					t.Errorf("%v %v", token, err)
				}
				return
			}
			var e *jeton.Error
			if !errors.As(err, &e) || e.Category() != row.category || len(e.Findings) == 0 || e.Findings[0].Parameter != row.parameter || !strings.Contains(err.Error(), row.says) {
				t.Fatalf("%v %v %+v", jeton.CategoryOf(err), err, findings(err))
			}
			if row.requests == 2 && e.Endpoint != "steps[0]" {
				t.Errorf("endpoint %q", e.Endpoint)
			}
			if renewed := e.Renewed(); renewed == nil || renewed.RefreshToken.Reveal() != "refresh-token-1" || renewed.Valid(time.Now(), 0) {
				t.Errorf("renewed is %v", renewed)
			}
		})
	}
}

// TestStepToken: what the token of a flow is made of.
func TestStepToken(t *testing.T) {
	f := &flow{main: `,"scope":"core","id":7,"url":"u"`, step: func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/1") {
			return replyOf(ok(`{"access_token":"between","token_type":"mac","id":8,"refresh_token":["of no use"]}`)), nil
		}
		return replyOf(ok(`{"access_token":"last","id":9,"expires_in":60}`)), nil
	}}
	c := f.connection(jeton.Step{URL: "https://api.good.example/1", Response: jeton.ResponseOptions{Keep: []string{"id"}}},
		jeton.Step{URL: "https://api.good.example/2", Request: jeton.RequestOptions{Headers: map[string]jeton.SecretSource{"Authorization": jeton.SecretValue("{reply.token_type} {reply.access_token} {reply.id}")}}})
	token, err := (&jeton.Engine{HTTP: &http.Client{Transport: f}}).Exchange(context.Background(), c, nil)
	if err != nil {
		t.Fatalf("%v %+v", err, findings(err))
	}
	if got := f.sent[2].Header.Get("Authorization"); got != "mac between 8" {
		t.Errorf("the second step sends %q", got)
	}
	if token.AccessToken.Reveal() != "last" || token.TokenType != "Bearer" || token.Scope != "core" || token.Expiry.Sub(token.Issued) != time.Minute || string(token.Extra["id"]) != "8" || string(token.Extra["url"]) != `"u"` {
		t.Errorf("%+v", token)
	}
	if len(c.Steps[0].Request.Headers) != 0 || c.Steps[0].Request.Method != "" {
		t.Errorf("the connection was changed: %+v", c.Steps)
	}
}

// TestStepDeadline: all steps together have 30 seconds.
func TestStepDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flow{step: func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(12 * time.Second):
				return replyOf(granted("")), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}}
		step, began := jeton.Step{URL: "https://api.good.example/"}, time.Now()
		_, err := (&jeton.Engine{HTTP: &http.Client{Transport: f}}).Exchange(context.Background(), f.connection(step, step, step, step), nil)
		var e *jeton.Error
		if took := time.Since(began); took != 30*time.Second || !errors.As(err, &e) || !e.Timeout() || len(f.sent) != 4 || !strings.Contains(err.Error(), "step 3") {
			t.Errorf("%v after %v and %d requests", err, took, len(f.sent))
		}
	})
}

// TestStepRotation: a refresh token that was rotated before a step failed is not lost.
func TestStepRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := true
		e := &tokenEndpoint{answer: func(n int) (int, string, http.Header) {
			if n%2 == 0 && fails {
				return 500, `{}`, nil
			}
			return rotating(n)
		}}
		k := &keeper{}
		s := sourceOf(t, e, jeton.CachingSourceOptions{OnToken: k.onToken}, func(c *jeton.Connection) {
			refreshing(c)
			c.Steps = []jeton.Step{{URL: c.TokenURL}}
		})
		defer s.Close()
		if _, err := s.Token(context.Background()); jeton.CategoryOf(err) != jeton.Provider5xx {
			t.Fatal(err)
		}
		k.want(t, "none>refresh-1")
		fails = false
		time.Sleep(time.Hour)
		wantToken(t, s, 4)
		if got := e.requests[2].Get("refresh_token"); got != "refresh-1" {
			t.Errorf("the next request presents %s", got)
		}
	})
}

// TestStepExplain: the steps are shown as they stand in the document, and no secret.
func TestStepExplain(t *testing.T) {
	f := new(flow)
	step := exchanging("{reply.url}/token")
	step.Request.Headers = map[string]jeton.SecretSource{"X-Key": jeton.SecretValue("a secret key"), "X-Id": jeton.SecretValue("{reply.id}")}
	x, err := new(jeton.Engine).Explain(f.connection(step, jeton.Step{URL: "GET https://api.good.example/me?key=hidden-key"}), nil)
	if err != nil || len(x.Steps) != 2 {
		t.Fatalf("%v %+v", err, x)
	}
	text := asJSON(t, x)
	for _, says := range []string{`"url":"{reply.url}/token"`, `{"name":"subject_token","value":"{reply.access_token}"}`, `{"name":"X-Key","value":"[redacted]"}`, `{"name":"X-Id","value":"{reply.id}"}`,
		`"method":"GET"`, `{"name":"Authorization","value":"Bearer {reply.access_token}"}`, `{"parameter":"steps[1].request.headers.Authorization","value":"Bearer {reply.access_token}","origin":"default"}`,
		`{"parameter":"steps[1].request.method","value":"GET","origin":"steps[1].url"}`} {
		if !strings.Contains(text, says) {
			t.Errorf("not shown: %s in %s", says, text)
		}
	}
	for _, secret := range []string{"a secret key", "hidden-key", clientSecret} {
		if strings.Contains(text, secret) {
			t.Errorf("shown: %s", secret)
		}
	}
	if raw, err := json.Marshal(x.Steps[0].Headers); err != nil || strings.Contains(string(raw), `"Authorization"`) {
		t.Errorf("%s %v", raw, err)
	}
}

// TestHostileSteps: every reply of the corpus, as the answer to a step.
func TestHostileSteps(t *testing.T) {
	for _, row := range append(hostileReplies(), hostileBeyond()...) {
		for _, c := range row.cases {
			if c.refreshOnly {
				continue
			}
			t.Run(row.id+" "+c.name, func(t *testing.T) {
				srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/token" {
						ok(`{"access_token":"`+hostilePrevious+`","token_type":"Bearer"}`).ServeHTTP(w, r)
						return
					}
					c.reply.ServeHTTP(w, r)
				}))
				g := hostileGrants(t, srv.URL+"/token")[0]
				g.connection.Steps = []jeton.Step{{URL: srv.URL + "/step"}}
				out := outcome{recorder: new(jeton.Recorder)}
				out.token, out.err = new(jeton.Engine).Exchange(jeton.WithRecorder(context.Background(), out.recorder), g.connection, nil)
				if n := srv.requests.Load(); n != 2 {
					t.Errorf("%d requests", n)
				}
				if out.err == nil {
					tokenIsFit(t, out.token)
				} else {
					refusalIsFit(t, out.token, out.err)
					if !errors.As(out.err, &out.failure) || out.failure.Category() == jeton.InvalidGrant || len(findings(out.err)) == 0 || !strings.Contains(out.err.Error(), "step 1") {
						t.Errorf("%v %+v", out.err, findings(out.err))
					}
				}
				checkHygiene(t, out)
			})
		}
	}
}

// FuzzSteps: whatever the first reply says, the token goes to the hosts of the
// document, in a request that is one.
func FuzzSteps(f *testing.F) {
	for _, value := range []string{`"https://a.good.example"`, `"https://evil.example"`, `"a\r\nb"`, `".."`, `17`, `"a.good.example"`, `"https://a.good.example@evil.example/"`, `"//evil.example"`, `{}`} {
		f.Add(value, `{"access_token":"x"}`)
	}
	f.Fuzz(func(t *testing.T, value, body string) {
		if !json.Valid([]byte(value)) {
			return
		}
		net := &flow{main: `,"url":` + value + `,"host":` + value + `,"id":` + value, step: func(*http.Request) (*http.Response, error) { return replyOf(ok(body)), nil }}
		for _, template := range []string{"{reply.url}/s", "https://{reply.host}/s", "https://a{reply.host}", "https://api.other.example/a/{reply.id}/s", "https://api.other.example/s?id={reply.id}"} {
			net.sent = nil
			step := jeton.Step{URL: template, Request: jeton.RequestOptions{Headers: map[string]jeton.SecretSource{"X-Id": jeton.SecretValue("{reply.id}")}}}
			token, err := (&jeton.Engine{HTTP: &http.Client{Transport: net}}).Exchange(context.Background(), net.connection(step), nil)
			if err != nil {
				refusalIsFit(t, token, err)
			} else {
				tokenIsFit(t, token)
			}
			for _, r := range net.sent[1:] {
				host := strings.ToLower(r.URL.Hostname())
				if r.URL.Scheme != "https" || host != "as.example" && host != "alone.example" && host != "api.other.example" && !strings.HasSuffix(host, ".good.example") || r.URL.User != nil {
					t.Fatalf("%s: the token went to %s", template, r.URL)
				}
				if strings.HasPrefix(template, "https://api.other") && (host != "api.other.example" || strings.Count(r.URL.Path, "/") > 3 || len(r.URL.Query()) > 1) {
					t.Fatalf("%s: the token went to %s", template, r.URL)
				}
				if strings.ContainsAny(r.Header.Get("X-Id"), "\r\n\x00") {
					t.Fatalf("a header with a line break: %q", r.Header.Get("X-Id"))
				}
			}
		}
	})
}
