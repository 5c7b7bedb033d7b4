package jeton_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
)

// tokenEndpoint is a token endpoint in memory: each request is answered by
// answer, or by a new token that lives for an hour.
type tokenEndpoint struct {
	mu       sync.Mutex
	requests []url.Values
	at       []time.Time
	takes    time.Duration
	answer   func(n int) (status int, body string, header http.Header)
}

func (e *tokenEndpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.requests, e.at = append(e.requests, form), append(e.at, time.Now())
	n, takes, answer := len(e.requests), e.takes, e.answer
	e.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	status, text, header := 200, issued(n, 3600), http.Header{}
	if answer != nil {
		status, text, header = answer(n)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func (e *tokenEndpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.requests)
}

func (e *tokenEndpoint) set(answer func(n int) (int, string, http.Header)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = answer
}

// issued is a reply with the nth token.
func issued(n, seconds int) string {
	return fmt.Sprintf(`{"access_token":"access-%d","token_type":"Bearer","expires_in":%d}`, n, seconds)
}

// rotated is a reply with the nth pair.
func rotated(n int) string {
	return fmt.Sprintf(`{"access_token":"access-%d","refresh_token":"refresh-%d","token_type":"Bearer","expires_in":3600}`, n, n)
}

func living(seconds int) func(int) (int, string, http.Header) {
	return func(n int) (int, string, http.Header) { return 200, issued(n, seconds), nil }
}

func refusing(status int, body string, header ...string) func(int) (int, string, http.Header) {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return func(int) (int, string, http.Header) { return status, body, h }
}

// half is a source of randomness whose fraction is one half.
type half struct{}

func (half) Read(p []byte) (int, error) {
	clear(p)
	p[0] = 0x80
	return len(p), nil
}

var sourceConnection = jeton.Connection{TokenURL: "https://as.example/token",
	Client: jeton.Client{ID: "c", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}}, Grant: jeton.GrantOptions{Type: "client_credentials"}}

// sourceOf is a source for client_credentials, or for the changed connection.
func sourceOf(t *testing.T, e *tokenEndpoint, o jeton.CachingSourceOptions, change ...func(*jeton.Connection)) *jeton.CachingSource {
	t.Helper()
	c := sourceConnection
	for _, f := range change {
		f(&c)
	}
	s, err := jeton.NewCachingSource(&jeton.Engine{HTTP: &http.Client{Transport: e}, Rand: half{}}, &c, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func refreshing(c *jeton.Connection) {
	c.Grant = jeton.GrantOptions{Type: "refresh_token", RefreshToken: jeton.SecretValue("refresh-0")}
}

// wantToken asks for a token and compares its number.
func wantToken(t *testing.T, s *jeton.CachingSource, n int) *jeton.Token {
	t.Helper()
	token, err := s.Token(context.Background())
	if err != nil {
		t.Fatalf("token %d: %v", n, err)
	}
	if got := token.AccessToken.Reveal(); got != fmt.Sprintf("access-%d", n) {
		t.Fatalf("got %s, want token %d", got, n)
	}
	return token
}

func wantCategory(t *testing.T, err error, want jeton.Category) {
	t.Helper()
	if err == nil || jeton.CategoryOf(err) != want {
		t.Fatalf("error %v (%s), want %s", err, jeton.CategoryOf(err), want)
	}
}

func wantRequests(t *testing.T, e *tokenEndpoint, n int) {
	t.Helper()
	synctest.Wait()
	if got := e.count(); got != n {
		t.Fatalf("%d token requests, want %d", got, n)
	}
}

// TestCachingSourceStates walks through fresh, stale and invalid.
func TestCachingSourceStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{takes: time.Second}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		if s.State().Valid || e.count() != 0 {
			t.Fatal("a new source sends something")
		}
		first := wantToken(t, s, 1) // none: waits
		if first.Generation != 1 {
			t.Errorf("generation %d", first.Generation)
		}
		// Half of the jitter: the refresh point lies 20 % before the end.
		if got := s.State().RefreshAt; !got.Equal(first.Issued.Round(0).Add(48 * time.Minute)) {
			t.Errorf("refresh at %v, issued %v", got, first.Issued)
		}
		time.Sleep(47 * time.Minute)
		wantToken(t, s, 1) // fresh
		wantRequests(t, e, 1)
		time.Sleep(time.Minute)
		began := time.Now()
		wantToken(t, s, 1) // stale: handed out at once
		wantToken(t, s, 1)
		if time.Since(began) != 0 {
			t.Error("a stale token was waited for")
		}
		wantRequests(t, e, 2)
		time.Sleep(time.Second)
		synctest.Wait()
		if second := wantToken(t, s, 2); second.Generation != 2 {
			t.Errorf("generation %d", second.Generation)
		}
		time.Sleep(2 * time.Hour)
		wantToken(t, s, 3) // expired: waits
		wantRequests(t, e, 3)
	})
}

// TestRefreshPoint: where the refresh begins, as seconds after the token was issued.
func TestRefreshPoint(t *testing.T) {
	for _, row := range []struct {
		name   string
		ahead  string
		random io.Reader
		life   int
		want   time.Duration
	}{
		{"default, earliest", "", strings.NewReader(strings.Repeat("\xff", 1000)), 3600, 2520 * time.Second},
		{"default, latest", "", strings.NewReader(strings.Repeat("\x00", 1000)), 3600, 3240 * time.Second},
		{"10%, latest: 70 s before the end", "10%", strings.NewReader(strings.Repeat("\x00", 1000)), 3600, 3530 * time.Second},
		{"10%, half: between those and 20%", "10%", half{}, 3600, 3600*time.Second - 395*time.Second},
		{"70%, earliest", "70%", strings.NewReader(strings.Repeat("\xff", 1000)), 3600, 720 * time.Second},
		{"a duration", "10m", half{}, 3600, 50 * time.Minute},
		{"seconds", "600", half{}, 3600, 50 * time.Minute},
		{"a duration under a minute", "5s", half{}, 3600, 3530 * time.Second},
		{"a duration over the life", "2h", half{}, 3600, 20 * time.Minute},
		{"300 s, earliest", "", strings.NewReader(strings.Repeat("\xff", 1000)), 300, 210 * time.Second},
		{"300 s, latest", "", strings.NewReader(strings.Repeat("\x00", 1000)), 300, 230 * time.Second},
		{"90 s", "", half{}, 90, 30 * time.Second},
		{"60 s", "", half{}, 60, 20 * time.Second},
		{"3 s", "", half{}, 3, time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := sourceConnection
				c.Refresh.Ahead = row.ahead
				e := &tokenEndpoint{answer: living(row.life)}
				engine := &jeton.Engine{HTTP: &http.Client{Transport: e}, Rand: row.random}
				s, err := jeton.NewCachingSource(engine, &c, jeton.CachingSourceOptions{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				token := wantToken(t, s, 1)
				got := s.State().RefreshAt.Sub(token.Issued.Round(0))
				if (got - row.want).Abs() > time.Millisecond {
					t.Errorf("refresh after %v, want %v", got, row.want)
				}
				time.Sleep(row.want - 2*time.Millisecond)
				wantToken(t, s, 1)
				wantRequests(t, e, 1)
				time.Sleep(4 * time.Millisecond)
				wantToken(t, s, 1)
				wantRequests(t, e, 2)
			})
		})
	}
}

func TestAheadIsChecked(t *testing.T) {
	for _, text := range []string{"9%", "71%", "x", "-5m", "-1", "%", "20 %"} {
		c := sourceConnection
		c.Refresh.Ahead = text
		_, err := jeton.NewCachingSource(nil, &c, jeton.CachingSourceOptions{})
		wantCategory(t, err, jeton.DocumentInvalid)
		if _, err = jeton.NewCachingSource(nil, &sourceConnection, jeton.CachingSourceOptions{Ahead: text}); len(findings(err)) != 1 {
			t.Errorf("%q as an option: %v", text, err)
		}
	}
	if _, err := jeton.NewCachingSource(nil, nil, jeton.CachingSourceOptions{}); err == nil {
		t.Error("a source without a connection")
	}
}

// TestR7ColdSource: however many come, there is one request, and a caller who
// leaves first does not end it.
func TestR7ColdSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{takes: time.Second}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		leader, leave := context.WithCancel(context.Background())
		left := make(chan error)
		go func() {
			_, err := s.Token(leader)
			left <- err
		}()
		synctest.Wait()
		var all sync.WaitGroup
		began := time.Now()
		for range 10_000 {
			all.Go(func() {
				if token, err := s.Token(context.Background()); err != nil || token.Generation != 1 {
					t.Error(token, err)
				}
			})
		}
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller who left got %v", err)
		}
		all.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("answered after %v", took)
		}
		wantRequests(t, e, 1)
	})
}

// testHostileSharedFailure is H043: 40 callers, one failure, one request.
func testHostileSharedFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{takes: 50 * time.Millisecond, answer: refusing(500, "")}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		var all sync.WaitGroup
		var first sync.Map
		began := time.Now()
		for range 40 {
			all.Go(func() {
				_, err := s.Token(context.Background())
				first.Store(err, true)
			})
		}
		all.Wait()
		if took := time.Since(began); took != 50*time.Millisecond {
			t.Errorf("answered after %v", took)
		}
		different := 0
		first.Range(func(err, _ any) bool {
			different++
			wantCategory(t, err.(error), jeton.Provider5xx)
			return true
		})
		if different != 1 {
			t.Errorf("%d different failures", different)
		}
		time.Sleep(29 * time.Second)
		_, err := s.Token(context.Background()) // during the pause, at once
		wantCategory(t, err, jeton.Provider5xx)
		wantRequests(t, e, 1)
		e.set(nil)
		time.Sleep(time.Second)
		wantToken(t, s, 2)
	})
}

// testHostileHangingFetch is H044: a caller leaves at its own deadline while the
// shared request hangs and goes on.
func testHostileHangingFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{takes: 20 * time.Second}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		patient := make(chan error)
		go func() {
			_, err := s.Token(context.Background())
			patient <- err
		}()
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := s.Token(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 50*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		var failed *jeton.Error
		if !errors.As(err, &failed) || failed.ExitCode() != 10 {
			t.Errorf("error %v", err)
		}
		if err := <-patient; err != nil {
			t.Error(err)
		}
		wantRequests(t, e, 1)
	})
}

// TestR13HangingEndpoint: the shared request ends after 30 seconds; whoever has
// a valid token does not notice.
func TestR13HangingEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		wantToken(t, s, 1)
		e.mu.Lock()
		e.takes = time.Hour
		e.mu.Unlock()
		time.Sleep(50 * time.Minute)
		for range 100 {
			began := time.Now()
			wantToken(t, s, 1)
			if time.Since(began) != 0 {
				t.Fatal("a valid token was waited for")
			}
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Minute) // expired
		began := time.Now()
		_, err := s.Token(context.Background())
		wantCategory(t, err, jeton.NetworkError)
		if time.Since(began) > 30*time.Second {
			t.Errorf("a cold caller waited for %v", time.Since(began))
		}
	})
}

// TestR3ServerDown: a valid token is handed out until its end, an expired one never.
func TestR3ServerDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		wantToken(t, s, 1)
		e.set(refusing(503, "<html>"))
		for range 3599 {
			time.Sleep(time.Second)
			wantToken(t, s, 1)
		}
		synctest.Wait()
		state := s.State()
		if !state.Valid || state.Failures == 0 || jeton.CategoryOf(state.Err) != jeton.Provider5xx || !state.RetryAt.After(time.Now()) {
			t.Errorf("state %+v", state)
		}
		time.Sleep(time.Second)
		_, err := s.Token(context.Background())
		wantCategory(t, err, jeton.Provider5xx)
		e.set(nil)
		time.Sleep(5 * time.Minute)
		if _, err := s.Token(context.Background()); err != nil || s.State().Err != nil || s.State().Failures != 0 {
			t.Errorf("after the outage: %v, %+v", err, s.State())
		}
	})
}

// TestMinTTL: one refresh in the life of a token is waited for; if it fails the
// token is handed out with what it has left.
func TestMinTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{takes: time.Second}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		ctx := context.Background()
		number := func(minTTL time.Duration) string {
			t.Helper()
			token, err := s.TokenFor(ctx, minTTL)
			if err != nil {
				t.Fatal(err)
			}
			return token.AccessToken.Reveal()
		}
		wantToken(t, s, 1)
		time.Sleep(20 * time.Minute) // 40 minutes are left
		if got := number(30 * time.Minute); got != "access-1" {
			t.Error(got)
		}
		if got := number(2 * time.Hour); got != "access-1" { // half of the life is enough
			t.Error(got)
		}
		time.Sleep(15 * time.Minute) // 25 minutes are left
		if got := number(25 * time.Minute); got != "access-2" && e.count() != 1 {
			t.Error(got)
		}
		if got := number(26 * time.Minute); got != "access-2" { // waits
			t.Error(got)
		}
		e.set(refusing(500, ""))
		time.Sleep(35 * time.Minute)
		if got := number(26 * time.Minute); got != "access-2" {
			t.Error(got)
		}
		wantRequests(t, e, 3)
		time.Sleep(time.Minute)
		began := time.Now()
		if got := number(26 * time.Minute); got != "access-2" || time.Since(began) != 0 {
			t.Error(got, time.Since(began))
		}
		wantRequests(t, e, 3) // once per generation
	})
}

// TestMinTTLAndDeadline: the default minute, and a caller with little time.
func TestMinTTLAndDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		wantToken(t, s, 1)
		e.mu.Lock()
		e.takes = 10 * time.Second
		e.mu.Unlock()
		time.Sleep(59*time.Minute + 10*time.Second)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if token, err := s.Token(ctx); err != nil || token.Generation != 1 {
			t.Errorf("a valid token was kept back: %v", err)
		}
		if token, err := s.TokenFor(context.Background(), 0); err != nil || token.Generation != 1 {
			t.Errorf("no rest of life was asked for: %v", err)
		}
		wantToken(t, s, 2) // waits for the same request
		wantRequests(t, e, 2)
	})
}

func TestSameToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{}
		s := sourceOf(t, e, jeton.CachingSourceOptions{}, func(c *jeton.Connection) { c.Refresh.SameToken = true })
		defer s.Close()
		wantToken(t, s, 1)
		time.Sleep(time.Hour - time.Millisecond)
		wantToken(t, s, 1)
		if token, err := s.TokenFor(context.Background(), time.Hour); err != nil || token.Generation != 1 {
			t.Error(err)
		}
		wantRequests(t, e, 1)
		time.Sleep(time.Millisecond)
		wantToken(t, s, 2)
	})
}

// A server that hands out one token until it dies gives what is left of it: a
// few seconds, or nothing. That is waited out; without same_token it is not.
func TestSameTokenIsWaitedOut(t *testing.T) {
	for _, row := range []struct {
		name     string
		same     bool
		lives    []int
		token    int
		requests int
		waits    time.Duration
	}{
		{"a few seconds", true, []int{3, 3600}, 2, 2, 3 * time.Second},
		{"a few seconds, twice", true, []int{3, 1, 3600}, 3, 3, 4 * time.Second},
		{"no life", true, []int{0, 0, 3600}, 3, 3, 2 * time.Second},
		{"enough", true, []int{6, 3600}, 1, 1, 0},
		{"always a few seconds", true, []int{2, 2, 2, 2, 3600}, 4, 4, 6 * time.Second},
		{"always dead", true, []int{0, 0, 0, 0, 3600}, 0, 4, 3 * time.Second},
		{"another kind of server", false, []int{3, 3600}, 1, 1, 0},
		{"another kind of server, no life", false, []int{0, 3600}, 0, 1, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &tokenEndpoint{}
				e.set(func(n int) (int, string, http.Header) { return 200, issued(n, row.lives[n-1]), nil })
				s := sourceOf(t, e, jeton.CachingSourceOptions{}, func(c *jeton.Connection) { c.Refresh.SameToken = row.same })
				defer s.Close()
				began := time.Now()
				token, err := s.Token(context.Background())
				if row.token == 0 && jeton.CategoryOf(err) != jeton.BadExpiresIn || row.token > 0 && (err != nil || token.AccessToken.Reveal() != fmt.Sprintf("access-%d", row.token)) {
					t.Errorf("%v %v", token, err)
				}
				if waited := time.Since(began); waited != row.waits {
					t.Errorf("waited %v, want %v", waited, row.waits)
				}
				wantRequests(t, e, row.requests)
			})
		})
	}
}

// TestContexts: a Recorder of a caller sees nothing of what the source does, one
// of the source does; and a caller who has already left starts nothing.
func TestContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{}
		callers, own := new(jeton.Recorder), new(jeton.Recorder)
		ctx, end := context.WithCancel(jeton.WithRecorder(context.Background(), own))
		s := sourceOf(t, e, jeton.CachingSourceOptions{Context: ctx})
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := s.Token(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		wantRequests(t, e, 0)
		token, err := s.Token(jeton.WithRecorder(context.Background(), callers))
		if err != nil || len(callers.Timeline()) != 0 || len(own.Exchanges()) != 1 {
			t.Errorf("%v %v %v", err, callers.Timeline(), own.Exchanges())
		}
		if again, err := s.Token(gone); err != nil || again != token {
			t.Errorf("a token that is there: %v", err)
		}
		end()
		synctest.Wait()
		if _, err := s.Token(context.Background()); !errors.Is(err, jeton.ErrSourceClosed) {
			t.Errorf("after the end of its context the source answers %v", err)
		}
	})
}
