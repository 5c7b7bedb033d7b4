package jeton_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
)

// A token never follows a redirect.
func TestProbeIsNotRedirected(t *testing.T) {
	elsewhere := serve(t, ok(`{}`))
	for _, code := range []int{300, 301, 302, 303, 307, 308} {
		srv := serve(t, status(code, `{"ok":true}`, "Location", elsewhere.URL+"/?token="+hostileToken))
		for _, probe := range []string{"GET ", "HEAD ", "POST "} {
			c := probeConnection(probe + srv.URL)
			out := probeOnce(t, &jeton.Engine{HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}, c, hostileBearer(c))
			found := findings(out.err)
			if jeton.CategoryOf(out.err) != jeton.Provider4xxOther || len(found) != 1 || found[0].Parameter != "resource.probe" || !found[0].Certain || !strings.Contains(found[0].Evidence, elsewhere.URL) {
				t.Errorf("%d: %v %+v", code, out.err, found)
			}
		}
	}
	if n := elsewhere.requests.Load(); n != 0 {
		t.Errorf("%d requests went on", n)
	}
}

// Bad input, as in the corpus of replies of a token endpoint.
func TestProbeHostile(t *testing.T) {
	leaksNothing(t)
	secrets := strings.Join(spellings(hostileToken), " , ")
	long := strings.Repeat("x", 1<<20)
	escapes := "\x1b[31mred\x07\u202eabc\r\nHTTP/1.1 200"
	gz := "Content-Encoding"
	for _, row := range []struct {
		name     string
		reply    served
		category jeton.Category // empty: accepted
		says     string
	}{
		{"a huge body", ok(`{"a":"` + long + `"}`), "", ""},
		{"a huge body that says no", ok(`{"ok":false,"a":"` + long + `"}`), "", ""}, // it cannot be read to its end
		{"a huge refusal", status(401, `{"error":"invalid_token","error_description":"`+long), jeton.Provider4xxOther, "invalid_token"},
		{"a huge text", status(403, long), jeton.Provider4xxOther, "xxx..."},
		{"a huge page", status(403, "<html><title>"+long), jeton.Provider4xxOther, "a web page"},
		{"a huge title", status(403, "<html><title>"+long[:60<<10]+"</title>"), jeton.Provider4xxOther, "xxx..."},
		{"a huge challenge", status(401, "", "WWW-Authenticate", `Bearer error="`+long[:30<<10]+`"`), jeton.Provider4xxOther, "401"},
		{"a gzip bomb", status(200, zippedSpaces(), gz, "gzip"), "", ""},
		{"a gzip bomb that refuses", status(401, zippedSpaces(), gz, "gzip"), jeton.Provider4xxOther, "401"},
		{"an encoding that was not asked for", status(200, "xxx", gz, "br"), "", ""},
		{"an encoding that was not asked for, refused", status(401, "xxx", gz, "br"), jeton.Provider4xxOther, "401"},
		{"a damaged gzip", status(200, zipped(`{"a":"b"}`)[:20]+"0123456789", gz, "gzip"), jeton.MalformedResponse, ""},
		{"ANSI in a description", status(401, `{"error":"e\u001b[31m","error_description":"`+"\u202e"+`\u001b]0;title\u0007"}`), jeton.Provider4xxOther, ""},
		{"ANSI in a text", status(401, escapes), jeton.Provider4xxOther, "red"},
		{"ANSI in a page", status(401, "<html><title>"+escapes+"</title>"), jeton.Provider4xxOther, "red"},
		{"ANSI in XML", status(401, "<e>"+escapes+"</e>"), jeton.Provider4xxOther, "red"},
		{"a right-to-left override in a challenge", status(401, "", "WWW-Authenticate", "Bearer error=\"\u202eabc\""), jeton.Provider4xxOther, "abc"},
		{"the token in a description", status(401, `{"error":"invalid_token","error_description":`+asJSON(t, secrets)+`}`), jeton.Provider4xxOther, "[redacted]"},
		{"the token in a code", status(401, `{"error":"`+hostileToken+`"}`), jeton.Provider4xxOther, "[redacted]"},
		{"the token in a text", status(401, "bad token "+secrets), jeton.Provider4xxOther, "[redacted]"},
		{"the token in a page", status(403, "<html><title>no "+secrets+"</title>"), jeton.Provider4xxOther, "[redacted]"},
		{"the token in XML", status(403, "<e><t>"+secrets+"</t></e>"), jeton.Provider4xxOther, "[redacted]"},
		{"the token in a challenge", status(401, "", "WWW-Authenticate", `Bearer error="invalid_token", error_description="`+strings.ReplaceAll(secrets, `"`, "")+`"`), jeton.Provider4xxOther, "[redacted]"},
		{"the token in a redirect", status(302, "", "Location", "https://"+hostileToken+".example/"), jeton.Provider4xxOther, "[redacted]"},
		{"the token in a good answer", ok(`{"token":"` + hostileToken + `","echo":["` + hostileToken + `"],"` + hostileToken + `":1}`), "", ""},
		{"the token in a good text", status(200, secrets), "", ""},
		{"the token in Allow", status(405, "", "Allow", hostileToken), jeton.Provider4xxOther, "405"},
		{"a page that is accepted", status(200, "<html><title>Sign in</title>"+foreignBody), "", ""},
		{"deep", status(401, strings.Repeat(`{"error":`, 2000)+"1"+strings.Repeat("}", 2000)), jeton.Provider4xxOther, "401"},
		{"binary", status(401, "\x00\xff\xfe\x01binary"), jeton.Provider4xxOther, "401"},
		{"tags without end", status(401, strings.Repeat("<", 60<<10)), jeton.Provider4xxOther, "401"},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := serve(t, row.reply)
			c := probeConnection(srv.URL + "/me")
			out := probeOnce(t, new(jeton.Engine), c, hostileBearer(c))
			if jeton.CategoryOf(out.err) != row.category && row.category != "" || (out.err == nil) != (row.category == "") || srv.requests.Load() != 1 {
				t.Fatalf("%d requests, %v", srv.requests.Load(), out.err)
			}
			shown := asJSON(t, out.recorder.Timeline()) + asJSON(t, out.recorder.Exchanges())
			if out.err != nil {
				if shown += out.err.Error(); !strings.Contains(out.err.Error()+out.failure.Description+out.failure.Code, row.says) {
					t.Errorf("%v", out.err)
				}
				if len(out.err.Error()) > 3000 {
					t.Errorf("the error has %d bytes", len(out.err.Error()))
				}
			}
			if strings.ContainsAny(shown, "\x1b\x07\u202e") || strings.Contains(shown, `\u001b`) {
				t.Errorf("control characters: %q", shown)
			}
		})
	}
}

// A body that does not end: the status of a refusal says enough, and an answer
// that may still say no is none.
func TestProbeSlow(t *testing.T) {
	for code, want := range map[int]jeton.Category{401: jeton.Provider4xxOther, 503: jeton.Provider5xx, 200: jeton.NetworkError} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				e := &jeton.Engine{HTTP: &http.Client{Transport: roundTrips(func(r *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: code, Header: http.Header{}, Body: &drops{r.Context()}, ContentLength: -1}, nil
				})}}
				c := probeConnection("https://api.example/me")
				err := e.Probe(context.Background(), c, hostileBearer(c))
				if took := time.Since(started); took != 30*time.Second || jeton.CategoryOf(err) != want || failure(err).Timeout() != (code == 200) {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// A nonce that comes late leaves less time for the second request.
func TestProbeDeadlineIsForBothRequests(t *testing.T) {
	private, err := key.FromSigner(testKeys()["ES256"], nil)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		started, requests := time.Now(), 0
		e := &jeton.Engine{HTTP: &http.Client{Transport: roundTrips(func(r *http.Request) (*http.Response, error) {
			if requests++; requests == 1 {
				<-time.After(20 * time.Second)
				return &http.Response{StatusCode: 401, Header: http.Header{"Dpop-Nonce": {"n"}, "Www-Authenticate": {`DPoP error="use_dpop_nonce"`}}, Body: http.NoBody}, nil
			}
			return dripping{time.Hour}.RoundTrip(r)
		})}}
		c := probeConnection("https://api.example/me")
		token := hostileBearer(c)
		token.TokenType, token.DPoPKey = "DPoP", private
		if err := e.Adopt(c, token); err != nil {
			t.Fatal(err)
		}
		err := e.Probe(context.Background(), c, token)
		if took := time.Since(started); took != 30*time.Second || requests != 2 || !failure(err).Timeout() {
			t.Errorf("%d requests, after %v: %v", requests, took, err)
		}
	})
}

type roundTrips func(*http.Request) (*http.Response, error)

func (f roundTrips) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Thirty seconds are the limit for all of it, whatever the client's timeout.
func TestProbeDeadline(t *testing.T) {
	for name, row := range map[string]struct{ head, client, want time.Duration }{
		"a byte in every second": {0, 0, 30 * time.Second},
		"no head":                {time.Hour, 0, 30 * time.Second},
		"a longer timeout of the client is no use": {0, time.Hour, 30 * time.Second},
		"a shorter one is":                         {0, 5 * time.Second, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				e := &jeton.Engine{HTTP: &http.Client{Transport: dripping{row.head}, Timeout: row.client}}
				c := probeConnection("https://api.example/me")
				out := outcome{err: e.Probe(context.Background(), c, hostileBearer(c))}
				if took := time.Since(started); took != row.want || jeton.CategoryOf(out.err) != jeton.NetworkError || !failure(out.err).Timeout() || failure(out.err).ExitCode() != 10 {
					t.Errorf("after %v: %v", took, out.err)
				}
			})
		})
	}
}
