package inject_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// fakeSource hands out token-1 until it is refused, then token-2, and so on.
type fakeSource struct {
	mu       sync.Mutex
	token    *jeton.Token
	rejected []int64
	err      error
	stubborn bool // keeps the refused token, as a source does in its pause
	change   func(*jeton.Token)
}

func (s *fakeSource) Token(context.Context) (*jeton.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if s.token == nil {
		generation := int64(len(s.rejected) + 1)
		s.token = &jeton.Token{AccessToken: jeton.NewSecret(fmt.Sprintf("token-%d", generation)), TokenType: "Bearer", Generation: generation}
		if s.change != nil {
			s.change(s.token)
		}
	}
	return s.token, nil
}

func (s *fakeSource) Reject(_ context.Context, token *jeton.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejected = append(s.rejected, token.Generation)
	if !s.stubborn {
		s.token = nil
	}
}

// api answers requests and notes what arrived.
type api struct {
	answers []func() *http.Response // by request; the last one for all that follow
	seen    []*http.Request
	bodies  []string
	err     error
}

func (a *api) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(data)
		_ = r.Body.Close()
	}
	a.seen, a.bodies = append(a.seen, r), append(a.bodies, body)
	if a.err != nil {
		return nil, a.err
	}
	return a.answers[min(len(a.seen), len(a.answers))-1](), nil
}

func (a *api) authorizations() string {
	var list []string
	for _, r := range a.seen {
		list = append(list, r.Header.Get("Authorization"))
	}
	return strings.Join(list, ", ")
}

// closing is a body that knows whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func reply(status int, body string, header ...string) func() *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return func() *http.Response {
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
	}
}

const apiURL = "https://api.example.com/v2/"

func newRequest(t testing.TB, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRoundTrip: the token is on a copy, and the caller's request is as it was.
func TestRoundTrip(t *testing.T) {
	a := &api{answers: []func() *http.Response{reply(200, "ok")}}
	transport := &inject.Transport{Source: &fakeSource{}, URLs: []string{apiURL}, Base: a}
	r := newRequest(t, "GET", apiURL+"x?q=1", nil)
	r.Header.Set("Accept", "text/plain")
	r.Header.Set("Authorization", "Basic caller")
	before, beforeHeader := *r, maps.Clone(r.Header)
	for range 2 {
		if response, err := transport.RoundTrip(r); err != nil || response.StatusCode != 200 {
			t.Fatal(response, err)
		}
	}
	if a.authorizations() != "Bearer token-1, Bearer token-1" || a.seen[0].Header.Get("Accept") != "text/plain" || a.seen[0].URL.String() != apiURL+"x?q=1" {
		t.Errorf("sent %v", a.seen[0])
	}
	if a.seen[0] == r || !maps.EqualFunc(r.Header, beforeHeader, slices.Equal) || r.URL != before.URL || r.Host != before.Host {
		t.Errorf("the caller's request was changed: %v", r.Header)
	}
	a.seen[0].Header.Add("Authorization", "more") // whatever Base does to its request
	if _, err := transport.RoundTrip(r); err != nil || len(a.seen[2].Header["Authorization"]) != 1 {
		t.Errorf("the next request carries %q", a.seen[2].Header["Authorization"])
	}
}

// TestOwnedFields: the caller's spellings of what carries the token are left out.
func TestOwnedFields(t *testing.T) {
	usage := func(token *jeton.Token) {
		token.Usage = jeton.Usage{Header: "X-Api-Token", Raw: true, Headers: map[string]jeton.SecretSource{"X-Tenant-Id": jeton.SecretValue("acme")}}
	}
	for _, row := range []struct {
		name   string
		change func(*jeton.Token)
		fields []string // of the caller
		want   string
	}{
		{"Authorization", nil, []string{"Authorization", "authorization", "AUTHORIZATION", "aUthorization", "X-Other"}, "Authorization=Bearer token-1 X-Other=caller"},
		{"usage", usage, []string{"x-api-token", "X_Api_Token", "X-API_TOKEN", "x_tenant_id", "X-Tenant", "Authorization"}, "Authorization=caller X-Api-Token=token-1 X-Tenant=caller X-Tenant-Id=acme"},
		{"cookie", func(token *jeton.Token) { token.Usage = jeton.Usage{Cookie: "session"} }, []string{"Authorization", "Cookie"}, "Authorization=caller Cookie=caller; session=token-1"},
		{"DPoP", func(token *jeton.Token) { token.TokenType = "DPoP" }, []string{"dpop", "DPOP", "authorization"}, "Authorization=DPoP token-1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &api{answers: []func() *http.Response{reply(200, "")}}
			transport := &inject.Transport{Source: &fakeSource{change: row.change}, URLs: []string{apiURL}, Base: a}
			r := newRequest(t, "GET", apiURL, nil)
			for _, name := range row.fields {
				r.Header[name] = []string{"caller"}
			}
			if _, err := transport.RoundTrip(r); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, name := range slices.Sorted(maps.Keys(a.seen[0].Header)) {
				got = append(got, name+"="+strings.Join(a.seen[0].Header[name], ","))
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("sent %q, want %q", strings.Join(got, " "), row.want)
			}
		})
	}
}

// TestRejection: what happens when the resource refuses a token (P56).
func TestRejection(t *testing.T) {
	const refused = `{"error":{"code":602}}`
	code602 := &jeton.Rejected{Status: []int{200}, Body: jeton.Conditions{{Path: "error.code", Equals: 602}}}
	scope := `Bearer error="insufficient_scope"`
	ok := reply(200, "ok")
	for _, row := range []struct {
		name     string
		method   string
		body     io.Reader
		answers  []func() *http.Response
		rule     *jeton.Rejected
		stubborn bool
		sent     string
		rejected int
		status   int
		text     string
	}{
		{name: "401", answers: []func() *http.Response{reply(401, "no"), ok}, sent: "Bearer token-1, Bearer token-2", rejected: 1, status: 200, text: "ok"},
		{name: "401 twice", answers: []func() *http.Response{reply(401, "no")}, sent: "Bearer token-1, Bearer token-2", rejected: 1, status: 401, text: "no"},
		{name: "401, a body that can be sent again", method: "POST", body: strings.NewReader("data"), answers: []func() *http.Response{reply(401, ""), ok}, sent: "Bearer token-1, Bearer token-2", rejected: 1, status: 200, text: "ok"},
		{name: "401, a body that cannot", method: "POST", body: io.MultiReader(strings.NewReader("data")), answers: []func() *http.Response{reply(401, "no"), ok}, sent: "Bearer token-1", rejected: 1, status: 401, text: "no"},
		{name: "401, and the source has no other", answers: []func() *http.Response{reply(401, "no")}, stubborn: true, sent: "Bearer token-1", rejected: 1, status: 401, text: "no"},
		{name: "403", answers: []func() *http.Response{reply(403, "no")}, sent: "Bearer token-1", status: 403, text: "no"},
		{name: "401 for want of scope", answers: []func() *http.Response{reply(401, "no", "WWW-Authenticate", scope)}, sent: "Bearer token-1", status: 401, text: "no"},
		{name: "403, a rule that names it", answers: []func() *http.Response{reply(403, "no"), ok}, rule: &jeton.Rejected{Status: []int{401, 403}}, sent: "Bearer token-1, Bearer token-2", rejected: 1, status: 200, text: "ok"},
		{name: "403 for want of scope, a rule that names it", answers: []func() *http.Response{reply(403, "no", "WWW-Authenticate", scope)}, rule: &jeton.Rejected{Status: []int{403}}, sent: "Bearer token-1", status: 403, text: "no"},
		{name: "200 with code 602", answers: []func() *http.Response{reply(200, refused, "Content-Type", "application/json"), ok}, rule: code602, sent: "Bearer token-1, Bearer token-2", rejected: 1, status: 200, text: "ok"},
		{name: "200 with another body", answers: []func() *http.Response{reply(200, `{"error":null}`, "Content-Type", "application/json; charset=utf-8")}, rule: code602, sent: "Bearer token-1", status: 200, text: `{"error":null}`},
		{name: "200 with code 602, and no JSON", answers: []func() *http.Response{reply(200, refused, "Content-Type", "text/event-stream")}, rule: code602, sent: "Bearer token-1", status: 200, text: refused},
		{name: "401 where the rule says 200", answers: []func() *http.Response{reply(401, "no")}, rule: code602, sent: "Bearer token-1", status: 401, text: "no"},
		{name: "a header", answers: []func() *http.Response{reply(401, "", "WWW-Authenticate", `Bearer error="invalid_token"`), ok}, rule: &jeton.Rejected{Headers: map[string]string{"www-authenticate": "invalid_token"}}, sent: "Bearer token-1, Bearer token-2", rejected: 1, status: 200, text: "ok"},
		{name: "another header", answers: []func() *http.Response{reply(401, "no", "WWW-Authenticate", "Bearer")}, rule: &jeton.Rejected{Headers: map[string]string{"WWW-Authenticate": "invalid_token"}}, sent: "Bearer token-1", status: 401, text: "no"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &api{answers: row.answers}
			source := &fakeSource{stubborn: row.stubborn}
			transport := &inject.Transport{Source: source, URLs: []string{apiURL}, Base: a, Rejected: row.rule}
			response, err := transport.RoundTrip(newRequest(t, row.method, apiURL, row.body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != row.status || string(text) != row.text {
				t.Errorf("answer %d %q %v", response.StatusCode, text, err)
			}
			if a.authorizations() != row.sent || len(source.rejected) != row.rejected {
				t.Errorf("sent %q, rejected %v", a.authorizations(), source.rejected)
			}
			for _, body := range a.bodies {
				if row.body != nil && body != "data" {
					t.Errorf("a body of %q was sent", body)
				}
			}
		})
	}
}

// TestRejectedAnswerIsClosed: its body does not stay open, and that of the
// request is closed where nothing is sent.
func TestRejectedAnswerIsClosed(t *testing.T) {
	refused := &closing{Reader: strings.NewReader(strings.Repeat("x", 1<<20))}
	a := &api{answers: []func() *http.Response{func() *http.Response { return &http.Response{StatusCode: 401, Header: http.Header{}, Body: refused} }, reply(200, "")}}
	transport := &inject.Transport{Source: &fakeSource{}, URLs: []string{apiURL}, Base: a}
	if _, err := transport.RoundTrip(newRequest(t, "GET", apiURL, nil)); err != nil || !refused.closed {
		t.Errorf("closed %t, %v", refused.closed, err)
	}
	broken := errors.New("no token")
	for name, transport := range map[string]*inject.Transport{
		"no URLs":   {Source: &fakeSource{}, Base: a},
		"elsewhere": {Source: &fakeSource{}, URLs: []string{"https://elsewhere.example/"}, Base: a},
		"no token":  {Source: &fakeSource{err: broken}, URLs: []string{apiURL}, Base: a},
	} {
		a.seen = nil
		body := &closing{Reader: strings.NewReader("data")}
		_, err := transport.RoundTrip(newRequest(t, "POST", apiURL, body))
		if err == nil || !body.closed || len(a.seen) != 0 {
			t.Errorf("%s: %v, closed %t, %d sent", name, err, body.closed, len(a.seen))
		}
		if name == "no token" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		if name != "no token" && jeton.CategoryOf(err) != jeton.DeliveryNotAllowed {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.err = errors.New("down")
	if _, err := transport.RoundTrip(newRequest(t, "GET", apiURL, nil)); !errors.Is(err, a.err) {
		t.Errorf("the error of Base became %v", err)
	}
}

// TestHostile holds the rows of the corpus that concern a resource.
func TestHostile(t *testing.T) {
	t.Run("H045", func(t *testing.T) {
		var elsewhere []http.Header
		other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { elsewhere = append(elsewhere, r.Header) }))
		defer other.Close()
		mux := http.NewServeMux()
		resource := httptest.NewServer(mux)
		defer resource.Close()
		redirect := func(path, location string, status int) {
			mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, location, status) })
		}
		redirect("/v2/away", other.URL+"/v2/", 302)
		redirect("/v2/away307", other.URL+"/v2/", 307)
		redirect("/v2/out", "/admin", 302)
		redirect("/v2/up", "/v2/../admin", 302)
		redirect("/v2/within", "/v2/here", 302)
		redirect("/v2/round", "/v2/round", 302)
		mux.HandleFunc("/admin", func(http.ResponseWriter, *http.Request) { t.Error("/admin was asked") })
		mux.HandleFunc("/v2/here", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("Authorization")) })
		// Even an origin that is listed is not reached by a redirect of another.
		for _, client := range []*http.Client{inject.Client(&fakeSource{}, resource.URL+"/v2/"), inject.Client(&fakeSource{}, resource.URL+"/v2/", other.URL)} {
			for path, want := range map[string]int{"away": 302, "away307": 307, "out": 302, "up": 302, "within": 200, "round": 302} {
				response, err := client.Post(resource.URL+"/v2/"+path, "text/plain", strings.NewReader("data"))
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				body, _ := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if response.StatusCode != want || want == 302 && response.Header.Get("Location") == "" || want == 200 && string(body) != "Bearer token-1" {
					t.Errorf("%s: status %d %q", path, response.StatusCode, body)
				}
			}
			client.CloseIdleConnections()
		}
		// Without CheckRedirect the hop is refused, and nothing is sent.
		plain := &http.Client{Transport: &inject.Transport{Source: &fakeSource{}, URLs: []string{resource.URL}}}
		if _, err := plain.Get(resource.URL + "/v2/away"); jeton.CategoryOf(err) != jeton.DeliveryNotAllowed {
			t.Errorf("a plain client: %v", err)
		}
		plain.CloseIdleConnections()
		if len(elsewhere) != 0 {
			t.Errorf("the other host was asked: %v", elsewhere)
		}
	})
}

// TestRoundTripAllocations: the copy of the request, its header map, and
// nothing else.
func TestRoundTripAllocations(t *testing.T) {
	response := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}
	base := roundTripFunc(func(*http.Request) (*http.Response, error) { return response, nil })
	transport := &inject.Transport{Source: &fakeSource{}, URLs: []string{apiURL}, Base: base}
	r := newRequest(t, "GET", apiURL+"reports", nil)
	for _, name := range []string{"Accept", "User-Agent", "X-Request-Id", "Content-Type", "Traceparent"} {
		r.Header.Set(name, "value")
	}
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := transport.RoundTrip(r); err != nil {
			t.Fatal(err)
		}
	}); n > 3 {
		t.Errorf("%v allocations", n)
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	var mu sync.Mutex
	n := 0
	base := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		n++
		if n%10 == 0 {
			return reply(401, "no")(), nil
		}
		return reply(200, r.Header.Get("Authorization"))(), nil
	})
	transport := &inject.Transport{Source: &fakeSource{}, URLs: []string{apiURL}, Base: base}
	shared := newRequest(t, "GET", apiURL, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if _, err := transport.RoundTrip(shared); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
