package main

import (
	"bytes"
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton/key"
	"github.com/jeton-oauth/jeton/oauthtest"
	"github.com/jeton-oauth/jeton/secret"
)

// trialToken is what the servers of these tests issue; it never shows.
const trialToken = "at-canary-of-a-trial-that-nobody-may-see-0123456789"

// trialEnv is the environment of a run.
func trialEnv(name string) (string, bool) {
	value, ok := map[string]string{"CLIENT_SECRET": clientSecret, "WRONG": "canary-wrong-secret-of-a-trial", "USER_PASSWORD": userPassword, "STORE_PASSWORD": "changeit", "LC_ALL": "C.UTF-8"}[name]
	return value, ok
}

// runTest runs jeton test on a document and looks for secrets in what it prints.
func runTest(t *testing.T, document string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	writeFile(t, path, []byte(document))
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"test", "-f", path}, args...), strings.NewReader(""), &out, &errs, trialEnv)
	token := regexp.MustCompile(`eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{20,}|\b(at|rt)-[\w-]{40,}`)
	for _, s := range []string{clientSecret, "canary-wrong-secret", userPassword, trialToken, base64.StdEncoding.EncodeToString([]byte("bot:" + clientSecret))} {
		if strings.Contains(out.String()+errs.String(), s) {
			t.Errorf("%q shows in\n%s%s", s, out.String(), errs.String())
		}
	}
	if m := token.FindString(out.String() + errs.String()); m != "" {
		t.Errorf("a token shows: %q", m)
	}
	return code, out.String(), errs.String()
}

// report is runTest with -o json.
func report(t *testing.T, document string, args ...string) (r testReport) {
	t.Helper()
	code, stdout, stderr := runTest(t, document, append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || (code == 0) != r.OK {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
	}
	return r
}

// keyData is the folder of package key's test data, wherever a test moves to.
var keyData, _ = filepath.Abs(filepath.Join("..", "..", "key", "testdata"))

// testKey is a key of that folder.
func testKey(t *testing.T, name string) (path string, public crypto.PublicKey) {
	t.Helper()
	path = filepath.Join(keyData, name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	k, err := key.Parse(data, key.Options{Password: secret.New("changeit")})
	if err != nil {
		t.Fatal(err)
	}
	return path, k.Public()
}

// wanting is a token endpoint that issues a token to requests of one form, and
// refuses all others alike.
func wanting(t *testing.T, accepts func(r *http.Request, body []byte, header, claims map[string]any) bool) (url string, requests *int) {
	t.Helper()
	requests = new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		body, _ := io.ReadAll(r.Body)
		header, claims := map[string]any{}, map[string]any{}
		form := *r
		form.Body = io.NopCloser(bytes.NewReader(body))
		if parts := strings.Split(form.PostFormValue("client_assertion")+form.PostFormValue("assertion"), "."); len(parts) == 3 {
			for i, into := range []*map[string]any{&header, &claims} {
				octets, _ := base64.RawURLEncoding.DecodeString(parts[i])
				_ = json.Unmarshal(octets, into)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if !accepts(r, body, header, claims) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"Client authentication failed."}`)
			return
		}
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":60}`, trialToken)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/token", requests
}

const clientGrant = "grant: {type: client_credentials}\n"

// TestProbeFinds: each form that a server may demand, once. The server says
// nothing about it.
func TestProbeFinds(t *testing.T) {
	p12, public := testKey(t, "modern.p12")
	ec, ecPublic := testKey(t, "ec-256.pem")
	private := func(more string) string {
		return "client: {id: signer, assertion: {key: {file: " + p12 + ", password: {env: STORE_PASSWORD}}" + more + "}}\n" + clientGrant
	}
	server := func(t *testing.T, cfg oauthtest.Config, client oauthtest.Client) *oauthtest.Server {
		cfg.Errors = oauthtest.ErrorsTerse
		s := oauthtest.NewTestServer(t, cfg)
		if client.Secret == "" && client.Keys == nil {
			client.Keys = []oauthtest.Key{{Public: public}}
		}
		s.AddClient(client)
		return s
	}
	for _, test := range []struct {
		name, line string
		document   func(t *testing.T) string
	}{
		{"the issuer as audience", "client.assertion.audience: issuer", func(t *testing.T) string {
			s := server(t, oauthtest.Config{Issuer: "http://127.0.0.1:1/as"}, oauthtest.Client{ID: "signer", Audiences: []string{"http://127.0.0.1:1/as"}})
			return "token_url: " + s.TokenURL() + "\nissuer: http://127.0.0.1:1/as\n" + private("")
		}},
		{"the token URL as audience", "client.assertion.audience: token_url", func(t *testing.T) string {
			s := server(t, oauthtest.Config{}, oauthtest.Client{ID: "signer"})
			return "token_url: " + s.TokenURL() + "\n" + private(", audience: https://elsewhere.example")
		}},
		{"the host as audience", "client.assertion.audience: host", func(t *testing.T) string {
			s := server(t, oauthtest.Config{}, oauthtest.Client{ID: "signer"})
			s.AddClient(oauthtest.Client{ID: "signer", Keys: []oauthtest.Key{{Public: public}}, Audiences: []string{strings.TrimPrefix(s.URL, "http://")}})
			return "token_url: " + s.TokenURL() + "\n" + private("")
		}},
		{"a slash at the end of the audience", "client.assertion.audience: SERVER/token/", func(t *testing.T) string {
			s := server(t, oauthtest.Config{}, oauthtest.Client{ID: "signer"})
			s.AddClient(oauthtest.Client{ID: "signer", Keys: []oauthtest.Key{{Public: public}}, Audiences: []string{s.TokenURL() + "/"}})
			return "token_url: " + s.TokenURL() + "\n" + private("")
		}},
		{"the audience of a grant", "grant.assertion.audience: issuer", func(t *testing.T) string {
			s := oauthtest.NewTestServer(t, oauthtest.Config{Errors: oauthtest.ErrorsTerse})
			s.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "hr", Keys: []oauthtest.Key{{Public: ecPublic}}, Audiences: []string{s.Issuer()}})
			return "token_url: " + s.TokenURL() + "\nissuer: " + s.Issuer() + "\ngrant: {type: jwt_bearer, assertion: {key: {file: " + ec + "}, issuer: hr, subject: ada}}\n"
		}},
		{"secret in the body", "client.auth: client_secret_post", func(t *testing.T) string {
			s := server(t, oauthtest.Config{}, oauthtest.Client{ID: "bot", Secret: clientSecret, AuthMethods: []string{"client_secret_post"}})
			return "token_url: " + s.TokenURL() + "\nclient: {id: bot, secret: {env: CLIENT_SECRET}}\n" + clientGrant
		}},
		{"secret in the header", "client.auth: client_secret_basic", func(t *testing.T) string {
			s := server(t, oauthtest.Config{}, oauthtest.Client{ID: "bot", Secret: clientSecret, AuthMethods: []string{"client_secret_basic"}})
			return "token_url: " + s.TokenURL() + "\nclient: {id: bot, auth: client_secret_post, secret: {env: CLIENT_SECRET}}\n" + clientGrant
		}},
		{"basic without form encoding", "client.basic_encoding: raw", func(t *testing.T) string {
			s := server(t, oauthtest.Config{RawBasic: true}, oauthtest.Client{ID: "bot", Secret: clientSecret, AuthMethods: []string{"client_secret_basic"}})
			return "token_url: " + s.TokenURL() + "\nclient: {id: bot, secret: {env: CLIENT_SECRET}}\n" + clientGrant
		}},
		{"another algorithm", "client.assertion.algorithm: PS256", func(t *testing.T) string {
			plain, public := testKey(t, "rsa.pem")
			s := server(t, oauthtest.Config{}, oauthtest.Client{ID: "signer", Keys: []oauthtest.Key{{Public: public}}, Algorithms: []string{"PS256"}})
			return "token_url: " + s.TokenURL() + "\nclient: {id: signer, assertion: {key: {file: " + plain + "}}}\n" + clientGrant
		}},
		{"x5t", "client.assertion.certificate_headers: [x5t]", func(t *testing.T) string {
			url, _ := wanting(t, func(_ *http.Request, _ []byte, header, _ map[string]any) bool { return header["x5t"] != nil })
			return "token_url: " + url + "\n" + private(`, certificate_headers: ["x5t#S256"]`)
		}},
		{"x5t#S256", "client.assertion.certificate_headers: [x5t#S256]", func(t *testing.T) string {
			url, _ := wanting(t, func(_ *http.Request, _ []byte, header, _ map[string]any) bool { return header["x5t#S256"] != nil })
			return "token_url: " + url + "\n" + private(`, certificate_headers: [x5t]`)
		}},
		{"the thumbprint as kid", "client.assertion.headers.kid: thumbprint", func(t *testing.T) string {
			url, _ := wanting(t, func(_ *http.Request, _ []byte, header, _ map[string]any) bool {
				return header["kid"] == "Egkl_fxhiEA4jTwebNhahhR908wNhnY5sRas1Q-cjok"
			})
			return "token_url: " + url + "\n" + private("")
		}},
		{"no kid", `client.assertion.headers.kid: ""`, func(t *testing.T) string {
			url, _ := wanting(t, func(_ *http.Request, _ []byte, header, _ map[string]any) bool { return header["kid"] == nil })
			return "token_url: " + url + "\n" + private(", headers: {kid: other}")
		}},
		{"an explicit typ, and a server that is silent", `client.assertion.headers.typ: client-authentication+jwt`, func(t *testing.T) string {
			s := oauthtest.NewTestServer(t, oauthtest.Config{Errors: oauthtest.ErrorsSilent})
			s.AddClient(oauthtest.Client{ID: "signer", Keys: []oauthtest.Key{{Public: ecPublic}}, Types: []string{"client-authentication+jwt"}})
			return "token_url: " + s.TokenURL() + "\nclient: {id: signer, assertion: {key: {file: " + ec + "}}}\n" + clientGrant
		}},
		{"the scope as a claim", "scope_in: claim", func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				parts := strings.Split(r.PostFormValue("assertion"), ".")
				claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
				if !strings.Contains(string(claims), `"scope":"a b"`) {
					w.WriteHeader(http.StatusBadRequest)
					fmt.Fprint(w, `{"error":"invalid_scope"}`)
					return
				}
				fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":60}`, trialToken)
			}))
			t.Cleanup(s.Close)
			return "token_url: " + s.URL + "\nscopes: [a, b]\ngrant: {type: jwt_bearer, assertion: {key: {file: " + ec + "}, issuer: hr, subject: ada}}\n"
		}},
		{"a body of JSON", "request.encoding: json", func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Content-Type") != "application/json" {
					w.WriteHeader(http.StatusUnsupportedMediaType)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":60}`, trialToken)
			}))
			t.Cleanup(s.Close)
			return "token_url: " + s.URL + "\nclient: {id: bot, auth: client_secret_post, secret: {env: CLIENT_SECRET}}\n" + clientGrant
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			document := test.document(t)
			r := report(t, document, "--probe")
			last := trial{}
			if len(r.Probes) > 0 {
				last = r.Probes[len(r.Probes)-1]
			}
			want := strings.ReplaceAll(test.line, "SERVER", strings.TrimSuffix(regexp.MustCompile(`http://127[^/\s]*`).FindString(document), "/"))
			if !last.OK || last.line() != want || len(r.Findings) == 0 {
				t.Fatalf("trials %+v, want %s", r.Probes, want)
			}
			first := r.Findings[0]
			if string(first.Parameter)+": "+first.Proposed != want || !first.Certain || first.Evidence != "with "+want+" the server issued a token" {
				t.Errorf("first finding %+v", first)
			}
			if r.OK || r.Stage == "" || r.Exchange == nil || r.Exchange.Response == nil || r.Exchange.Response.Status < 400 {
				t.Errorf("the report is not of the request that failed: %+v", r)
			}
			_, text, _ := runTest(t, document, "--probe")
			if line, _, _ := strings.Cut(text, "\n\n"); !strings.HasSuffix(strings.Join(strings.Fields(line), " "), "; correct "+string(first.Parameter)) || !strings.Contains(text, want) {
				t.Errorf("the text is\n%s", text)
			}
			for _, f := range r.Findings[1:] {
				if !f.Warning {
					t.Errorf("%s is still suspected", f.Parameter)
				}
			}
		})
	}
}

// TestProbeStops: where another request does harm, there is none.
func TestProbeStops(t *testing.T) {
	basic := "client: {id: bot, secret: {env: WRONG}}\n"
	for _, test := range []struct {
		name, document string
		status         int
		requests       int
		why            string
	}{
		{"429", basic + clientGrant, 429, 1, "the server wants fewer requests"},
		{"500", basic + clientGrant, 500, 1, "the server itself is in trouble"},
		{"503", basic + clientGrant, 503, 1, "the server itself is in trouble"},
		{"password", basic + "grant: {type: password, username: u, password: {env: USER_PASSWORD}}\n", 401, 1, "could lock the account"},
		{"refresh_token", basic + "grant: {type: refresh_token, refresh_token: {env: USER_PASSWORD}}\n", 401, 1, "may work only once"},
		{"token_exchange", basic + "grant: {type: token_exchange, subject_token: {env: USER_PASSWORD}, subject_token_type: access_token}\n", 401, 1, "may work only once"},
		{"single_live", basic + clientGrant + "refresh: {single_live: true}\n", 401, 1, "refresh.single_live"},
		{"redirect", basic + clientGrant, 307, 1, "it is certain already"},
		{"nothing there", basic + clientGrant, 404, 1, "no token endpoint"},
		{"nothing else to try", "client: {id: bot}\n" + clientGrant + "request: {method: GET}\n", 401, 1, "no other value"},
		{"a list that is too long", "client: {id: bot, secret: [{value: a}, {value: b}, {value: c}, {value: d}, {value: e}, {value: f}, {value: g}]}\n" + clientGrant, 401, 7, "each trial takes 7 requests"},
		{"a document that is wrong", "client: {id: bot}\ngrant: {type: x}\n", 0, 0, "no request could be made"},
		{"no network", basic + clientGrant, 0, 0, "no answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			requests := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests++
				w.Header().Set("Location", "https://other.example/")
				w.WriteHeader(test.status)
				fmt.Fprint(w, map[bool]string{true: `{"error":"invalid_client"}`}[test.status == 401])
			}))
			t.Cleanup(s.Close)
			document := "token_url: " + s.URL + "/token\n" + test.document
			if test.name == "no network" {
				s.Close()
			}
			code, text, stderr := runTest(t, document, "--probe")
			if requests != test.requests || code == 0 {
				t.Errorf("%d requests, want %d; exit code %d %s", requests, test.requests, code, stderr)
			}
			if !strings.Contains(strings.Join(strings.Fields(text), " "), test.why) || !strings.Contains(text, "nothing else was tried (--probe)") && test.name != "a list that is too long" {
				t.Errorf("the text does not say %q:\n%s", test.why, text)
			}
			if r := report(t, document, "--probe"); r.Probes == nil || len(r.Probes) > 0 {
				t.Errorf("probes %#v", r.Probes)
			}
		})
	}
}

// TestProbeEnds: it ends in the middle where the answers say so, and after six.
func TestProbeEnds(t *testing.T) {
	p12, _ := testKey(t, "modern.p12")
	for _, test := range []struct {
		name     string
		answers  []int // 0: the connection is closed
		requests int
		why      string
	}{
		{"refused six times", []int{401}, 7, ""},
		{"then 429", []int{401, 401, 429}, 3, "no more was tried: the server wants fewer requests"},
		{"then 503", []int{401, 503}, 2, "no more was tried: the server itself is in trouble"},
		{"then nothing", []int{401, 401, 0}, 3, "no more was tried: there was no answer any more"},
		{"then a page", []int{401, 401, 200}, 3, "no more was tried: the server has accepted the request"},
	} {
		t.Run(test.name, func(t *testing.T) {
			requests := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				status := test.answers[min(requests, len(test.answers)-1)]
				requests++
				if status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(status)
				if status == 401 {
					fmt.Fprint(w, `{"error":"invalid_client","error_description":"Client authentication failed: aud"}`)
				} else {
					fmt.Fprint(w, "<html><title>Welcome</title></html>")
				}
			}))
			s.Config.ErrorLog = nil
			t.Cleanup(s.Close)
			document := "token_url: " + s.URL + "/token\nclient: {id: signer, assertion: {key: {file: " + p12 + ", password: {env: STORE_PASSWORD}}, headers: {kid: x}, audience: https://elsewhere.example}}\n" + clientGrant
			code, text, _ := runTest(t, document, "--probe")
			if requests != test.requests || code != 6 {
				t.Errorf("%d requests, want %d; exit code %d\n%s", requests, test.requests, code, text)
			}
			flat := strings.Join(strings.Fields(text), " ")
			if !strings.Contains(flat, test.why) || test.why == "" && strings.Contains(flat, "no more was tried") {
				t.Errorf("the text does not say %q:\n%s", test.why, text)
			}
			if !strings.Contains(text, "✗ client.assertion.audience: token_url →") {
				t.Errorf("the first trial is not shown:\n%s", text)
			}
		})
	}
}

// A trial that is refused later than the first request shows which value is right.
func TestProbeGoesFurther(t *testing.T) {
	s := oauthtest.NewTestServer(t, oauthtest.Config{})
	s.AddClient(oauthtest.Client{ID: "bot", Secret: clientSecret, AuthMethods: []string{"client_secret_post"}, Scopes: []string{"read"}})
	s.Next(oauthtest.Error(401, "invalid_client", "no"))
	document := "token_url: " + s.TokenURL() + "\nclient: {id: bot, basic_encoding: raw, secret: {env: CLIENT_SECRET}}\nscopes: [write]\n" + clientGrant
	r := report(t, document, "--probe")
	found := false
	for _, tried := range r.Probes {
		found = found || tried.Parameter == "client.auth" && tried.Differs && tried.Error == "invalid_scope" && tried.Status == 400
	}
	if !found || r.Findings[0].Parameter != "client.auth" || r.Findings[0].Proposed != "client_secret_post" || r.Findings[0].Certain {
		t.Errorf("trials %+v\nfindings %+v", r.Probes, r.Findings)
	}
	s.Next(oauthtest.Error(401, "invalid_client", "no"))
	_, text, _ := runTest(t, document, "--probe")
	flat := strings.Join(strings.Fields(text), " ")
	if !strings.Contains(flat, "check client.auth first") || !strings.Contains(flat, "client_secret_post → another answer: status 400: invalid_scope") {
		t.Errorf("the text is\n%s", text)
	}
}

// Without --probe there is one request and no member probes; with it, a
// connection that works is left alone.
func TestProbeOnlyWhenAsked(t *testing.T) {
	url, requests := wanting(t, func(r *http.Request, _ []byte, _, _ map[string]any) bool {
		id, _, _ := r.BasicAuth()
		return id == "good"
	})
	document := "token_url: " + url + "\nclient: {id: ID, secret: {env: CLIENT_SECRET}}\n" + clientGrant
	_, stdout, _ := runTest(t, strings.Replace(document, "ID", "bad", 1), "-o", "json")
	if *requests != 1 || strings.Contains(stdout, `"probes"`) {
		t.Errorf("%d requests\n%s", *requests, stdout)
	}
	*requests = 0
	code, stdout, _ := runTest(t, strings.Replace(document, "ID", "good", 1), "-o", "json", "--probe")
	if *requests != 1 || code != 0 || !strings.Contains(stdout, `"probes": []`) {
		t.Errorf("%d requests, exit code %d\n%s", *requests, code, stdout)
	}
	// -v shows each trial, masked.
	_, _, stderr := runTest(t, strings.Replace(document, "ID", "bad", 1), "-v", "--probe")
	if !strings.Contains(stderr, "jeton: trial with client.auth: client_secret_post\n") || strings.Contains(stderr, "jeton: trying") {
		t.Errorf("standard error\n%s", stderr)
	}
}
