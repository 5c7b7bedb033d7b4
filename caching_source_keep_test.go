package jeton_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
)

// keeper notes what OnToken was given, and fails as long as it is told to.
type keeper struct {
	mu    sync.Mutex
	calls []string
	at    []time.Time
	err   error
	takes time.Duration
}

func (k *keeper) onToken(ctx context.Context, previous, next *jeton.Token) error {
	k.mu.Lock()
	before := "none"
	if previous != nil {
		before = previous.RefreshToken.Reveal()
	}
	k.calls, k.at = append(k.calls, before+">"+next.RefreshToken.Reveal()), append(k.at, time.Now())
	err, takes := k.err, k.takes
	k.mu.Unlock()
	select {
	case <-time.After(takes):
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// seen are the calls so far, and their times.
func (k *keeper) seen() ([]string, []time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.calls), slices.Clone(k.at)
}

func (k *keeper) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func (k *keeper) want(t *testing.T, calls ...string) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Equal(k.calls, calls) {
		t.Errorf("OnToken was called with %q, want %q", k.calls, calls)
	}
}

func rotating(n int) (int, string, http.Header) { return 200, rotated(n), nil }

// TestR24Rotation: every request presents the newest refresh token, and a reply
// without one keeps it.
func TestR24Rotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{answer: func(n int) (int, string, http.Header) {
			if n == 2 {
				return 200, issued(n, 3600), nil
			}
			return rotating(n)
		}}
		k := &keeper{takes: time.Second}
		s := sourceOf(t, e, jeton.CachingSourceOptions{OnToken: k.onToken}, refreshing)
		defer s.Close()
		began := time.Now()
		wantToken(t, s, 1)
		if time.Since(began) != time.Second {
			t.Error("the token was handed out before OnToken had it")
		}
		for n := 2; n <= 4; n++ {
			time.Sleep(2 * time.Hour)
			wantToken(t, s, n)
		}
		for i, want := range []string{"refresh-0", "refresh-1", "refresh-1", "refresh-3"} {
			if got := e.requests[i].Get("refresh_token"); got != want {
				t.Errorf("request %d presents %s, want %s", i+1, got, want)
			}
		}
		k.want(t, "none>refresh-1", "refresh-1>refresh-1", "refresh-1>refresh-3", "refresh-3>refresh-4")
	})
}

// TestInitialUsage: how a kept token is presented, if it does not say so itself.
func TestInitialUsage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &jeton.Token{AccessToken: jeton.NewSecret("kept"), Expiry: time.Now().Add(time.Hour)}
		s := sourceOf(t, new(tokenEndpoint), jeton.CachingSourceOptions{Initial: kept}, func(c *jeton.Connection) {
			c.Usage = jeton.Usage{Header: "X-Token", Scheme: "Token"}
		})
		defer s.Close()
		token, err := s.Token(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{Header: http.Header{}}
		token.Authorize(r)
		if r.Header.Get("X-Token") != "Token kept" || token.TokenType != "Bearer" {
			t.Errorf("%v", r.Header)
		}
	})
}

// TestInitial: a source starts from the token that a program kept.
func TestInitial(t *testing.T) {
	for _, row := range []struct {
		name         string
		issued, ends time.Duration // from now
		token        string
		requests     int
	}{
		{"fresh", -time.Minute, time.Hour, "kept", 0},
		{"stale", -time.Hour, 5 * time.Minute, "kept", 1},
		{"expired", -2 * time.Hour, -time.Hour, "access-1", 1},
		{"from the future", time.Hour, 2 * time.Hour, "kept", 0},
		{"without a token, only a refresh token", 0, time.Hour, "", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &tokenEndpoint{answer: rotating}
				kept := &jeton.Token{RefreshToken: jeton.NewSecret("refresh-kept"), TokenType: "Bearer", Generation: 7,
					Issued: time.Now().Add(row.issued), Expiry: time.Now().Add(row.ends)}
				if row.token != "" {
					kept.AccessToken = jeton.NewSecret("kept")
				}
				s := sourceOf(t, e, jeton.CachingSourceOptions{Initial: kept}, refreshing)
				defer s.Close()
				wantRequests(t, e, 0)
				token, err := s.Token(context.Background())
				if err != nil || row.token != "" && token.AccessToken.Reveal() != row.token {
					t.Fatalf("%v %v", token, err)
				}
				wantRequests(t, e, row.requests)
				if token, err = s.Token(context.Background()); err != nil || token.Generation != int64(7+row.requests) {
					t.Errorf("generation %d, %v", token.Generation, err)
				}
				if row.requests == 1 && e.requests[0].Get("refresh_token") != "refresh-kept" {
					t.Errorf("presents %v", e.requests[0])
				}
				if row.name == "from the future" { // it lives no longer than a new one
					time.Sleep(time.Hour)
					wantToken(t, s, 1)
				}
			})
		})
	}
}

// TestOnTokenFails: the token is handed out, the call repeated, and a refresh
// waits for it as long as it can.
func TestOnTokenFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("the disk is full")
		e := &tokenEndpoint{answer: rotating}
		k := &keeper{err: full}
		s := sourceOf(t, e, jeton.CachingSourceOptions{OnToken: k.onToken}, refreshing)
		defer s.Close()
		began := time.Now()
		wantToken(t, s, 1)
		if !errors.Is(s.State().OnTokenErr, full) || !s.State().Valid {
			t.Errorf("state %+v", s.State())
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		var waits []time.Duration
		_, times := k.seen()
		for i, last := 0, began; i < len(times); i++ {
			waits, last = append(waits, times[i].Sub(last)), times[i]
		}
		ms := time.Millisecond
		if want := []time.Duration{0, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms, 5000 * ms}; !slices.Equal(waits, want) {
			t.Errorf("repeated after %v, want %v", waits, want)
		}
		time.Sleep(55 * time.Minute) // stale
		wantToken(t, s, 1)
		wantRequests(t, e, 1) // the refresh token is not spent
		if !errors.Is(s.State().Err, full) || jeton.CategoryOf(s.State().Err) != jeton.StoreUnavailable {
			t.Errorf("state %+v", s.State())
		}
		for time.Since(began) < time.Hour-time.Second {
			time.Sleep(time.Second)
			wantToken(t, s, 1)
		}
		if !s.State().RetryAt.After(began.Add(time.Hour)) {
			t.Fatal("there is no pause at the end of the token, and nothing to be tested")
		}
		time.Sleep(time.Second) // expired: a new token is worth more
		wantToken(t, s, 2)
		k.fail(nil)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		kept, _ := k.seen()
		if s.State().OnTokenErr != nil || kept[len(kept)-1] != "none>refresh-2" {
			t.Errorf("%+v, %q", s.State(), kept[len(kept)-1])
		}
		calls := len(kept)
		time.Sleep(30 * time.Minute)
		if kept, _ := k.seen(); len(kept) != calls {
			t.Error("OnToken was called again after it had taken the token")
		}
	})
}

// TestOnTokenFailsWithoutRefreshToken: where nothing is spent, nothing waits.
func TestOnTokenFailsWithoutRefreshToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{}
		k := &keeper{err: errors.New("no")}
		s := sourceOf(t, e, jeton.CachingSourceOptions{OnToken: k.onToken})
		wantToken(t, s, 1)
		time.Sleep(55 * time.Minute)
		wantToken(t, s, 1)
		wantRequests(t, e, 2)
		wantToken(t, s, 2)
		if err := s.Close(); err == nil {
			t.Error("Close does not say that the token was not kept")
		}
	})
}

// TestClose: a request that may have spent a refresh token is waited for, any
// other one is ended; and who waits gets an error at once.
func TestClose(t *testing.T) {
	exchanging := func(c *jeton.Connection) {
		c.Grant = jeton.GrantOptions{Type: "token_exchange", SubjectToken: jeton.SecretValue("subject"), SubjectTokenType: "urn:ietf:params:oauth:token-type:access_token"}
	}
	for _, row := range []struct {
		name    string
		change  func(*jeton.Connection)
		initial *jeton.Token
		takes   time.Duration
		kept    []string
	}{
		{"client_credentials", func(*jeton.Connection) {}, nil, 0, nil},
		{"refresh_token", refreshing, nil, 10 * time.Second, []string{"none>refresh-1"}},
		{"token_exchange", exchanging, nil, 0, nil},
		{"token_exchange that renews", exchanging, &jeton.Token{RefreshToken: jeton.NewSecret("refresh-0")}, 10 * time.Second, []string{"refresh-0>refresh-1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &tokenEndpoint{takes: 10 * time.Second, answer: rotating}
				k := new(keeper)
				s := sourceOf(t, e, jeton.CachingSourceOptions{OnToken: k.onToken, Initial: row.initial}, row.change)
				began := time.Now()
				waiting := make(chan error)
				go func() {
					_, err := s.Token(context.Background())
					if time.Since(began) != 0 {
						t.Errorf("a caller waited for %v", time.Since(began))
					}
					waiting <- err
				}()
				synctest.Wait()
				closed := make(chan error)
				go func() { closed <- s.Close() }()
				if err := <-waiting; !errors.Is(err, jeton.ErrSourceClosed) {
					t.Errorf("the caller who waited got %v", err)
				}
				if err := <-closed; err != nil || time.Since(began) != row.takes {
					t.Errorf("closed after %v: %v", time.Since(began), err)
				}
				k.want(t, row.kept...)
				if _, err := s.Token(context.Background()); !errors.Is(err, jeton.ErrSourceClosed) || jeton.CategoryOf(err) != jeton.NoToken {
					t.Errorf("after Close: %v", err)
				}
				if err := s.Close(); err != nil || s.State().Valid {
					t.Errorf("a second Close: %v", err)
				}
			})
		})
	}
}

// TestCloseEndsTheUsualCall: the way without a lock ends too.
func TestCloseEndsTheUsualCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sourceOf(t, new(tokenEndpoint), jeton.CachingSourceOptions{})
		wantToken(t, s, 1)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Token(context.Background()); !errors.Is(err, jeton.ErrSourceClosed) {
			t.Error(err)
		}
		if _, err := s.TokenFor(context.Background(), 0); !errors.Is(err, jeton.ErrSourceClosed) {
			t.Error(err)
		}
	})
}

// TestInjectedClock: the engine's clock is the only one.
func TestInjectedClock(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	e := new(tokenEndpoint)
	c := sourceConnection
	engine := &jeton.Engine{HTTP: &http.Client{Transport: e}, Rand: half{}, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}}
	pass := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	s, err := jeton.NewCachingSource(engine, &c, jeton.CachingSourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if token := wantToken(t, s, 1); !token.Expiry.Equal(now.Add(time.Hour)) {
		t.Errorf("expiry %v", token.Expiry)
	}
	pass(47 * time.Minute)
	wantToken(t, s, 1)
	pass(20 * time.Minute)
	wantToken(t, s, 2)
	e.set(refusing(500, ""))
	pass(time.Hour)
	_, err = s.Token(context.Background())
	wantCategory(t, err, jeton.Provider5xx)
	e.set(nil)
	pass(29 * time.Second)
	_, err = s.Token(context.Background())
	wantCategory(t, err, jeton.Provider5xx)
	pass(time.Second)
	wantToken(t, s, 4)
}

// TestUsualCallAllocatesNothing: fresh, and stale while the server is down.
func TestUsualCallAllocatesNothing(t *testing.T) {
	for _, row := range []struct {
		name   string
		passed time.Duration
	}{{"fresh", 0}, {"stale", 55 * time.Minute}} {
		t.Run(row.name, func(t *testing.T) {
			e := new(tokenEndpoint)
			start := time.Now()
			var passed time.Duration
			engine := &jeton.Engine{HTTP: &http.Client{Transport: e}, Now: func() time.Time { return start.Add(passed) }}
			c := sourceConnection
			s, err := jeton.NewCachingSource(engine, &c, jeton.CachingSourceOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			wantToken(t, s, 1)
			e.set(refusing(500, ""))
			passed = row.passed
			wantToken(t, s, 1)
			for row.passed > 0 && s.State().Failures == 0 { // the request in the background ends
				wantToken(t, s, 1)
			}
			ctx := context.Background()
			if n := testing.AllocsPerRun(1000, func() {
				if _, err := s.Token(ctx); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("Token allocates %v times", n)
			}
			if n := testing.AllocsPerRun(1000, func() {
				if _, err := s.TokenFor(ctx, 2*time.Minute); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("TokenFor allocates %v times", n)
			}
		})
	}
}

// TestSourceShowsNoSecret: neither its state nor its errors hold what was sent or received.
func TestSourceShowsNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{answer: rotating}
		k := new(keeper)
		s := sourceOf(t, e, jeton.CachingSourceOptions{OnToken: k.onToken}, refreshing)
		defer s.Close()
		token := wantToken(t, s, 1)
		e.set(refusing(400, `{"error":"invalid_grant","error_description":"refresh-1 of s3cret"}`))
		s.Reject(context.Background(), token)
		_, err := s.Token(context.Background())
		wantCategory(t, err, jeton.InvalidGrant)
		for _, shown := range []string{fmt.Sprintf("%v %+v", err, err), fmt.Sprintf("%+v %#v", s.State(), s.State()), fmt.Sprintf("%+v", token)} {
			for _, secret := range []string{"refresh-1", "access-1", "s3cret", "refresh-0"} {
				if strings.Contains(shown, secret) {
					t.Errorf("%s is shown: %s", secret, shown)
				}
			}
		}
	})
}
