package jeton_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
)

// TestPauses: how many requests there are while the endpoint fails, asked ten times a second.
func TestPauses(t *testing.T) {
	const refusal = `{"error":%q}`
	body := func(code string) string { return fmt.Sprintf(refusal, code) }
	for _, row := range []struct {
		name     string
		answer   func(int) (int, string, http.Header)
		during   time.Duration
		at       []time.Duration // of the first requests; the fraction is a half
		most     int
		category jeton.Category
	}{
		{"R5 5xx", refusing(500, ""), time.Hour, []time.Duration{0, 30 * time.Second, time.Minute, 90 * time.Second, 90*time.Second + 180*time.Second}, 24, jeton.Provider5xx},
		{"R4 seconds", refusing(429, "", "Retry-After", "120"), 10 * time.Minute, []time.Duration{0, 2 * time.Minute, 4 * time.Minute}, 5, jeton.RateLimited},
		{"R4 a date", refusing(503, "", "Retry-After", "Sat, 01 Jan 2000 00:10:00 GMT"), 10 * time.Minute, []time.Duration{0}, 1, jeton.RateLimited},
		{"R4 at most an hour", refusing(429, "", "Retry-After", "86400"), 2*time.Hour + time.Minute, []time.Duration{0, time.Hour, 2 * time.Hour}, 3, jeton.RateLimited},
		{"R4 one second, every time", refusing(429, "", "Retry-After", "1"), time.Hour, []time.Duration{0, time.Second, 31 * time.Second, 61 * time.Second}, 25, jeton.RateLimited},
		{"R6 invalid_grant", refusing(400, body("invalid_grant")), 2 * time.Hour, []time.Duration{0}, 1, jeton.InvalidGrant},
		{"R6 invalid_client", refusing(401, body("invalid_client")), time.Hour, []time.Duration{0, 15 * time.Minute, 30 * time.Minute, 45 * time.Minute}, 4, jeton.InvalidClient},
		{"R6 unauthorized_client", refusing(400, body("unauthorized_client")), time.Hour, []time.Duration{0, 15 * time.Minute}, 4, jeton.UnauthorizedClient},
		{"operator", refusing(400, body("invalid_scope")), time.Hour, []time.Duration{0, time.Minute, 2 * time.Minute, 3 * time.Minute, 18 * time.Minute}, 7, jeton.InvalidScope},
		{"an unusable reply", refusing(200, `{}`), 3 * time.Minute, []time.Duration{0, time.Minute, 2 * time.Minute}, 3, jeton.NoTokenInResponse},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &tokenEndpoint{answer: row.answer}
				s := sourceOf(t, e, jeton.CachingSourceOptions{})
				defer s.Close()
				began := time.Now()
				for time.Since(began) < row.during {
					_, err := s.Token(context.Background())
					wantCategory(t, err, row.category)
					time.Sleep(100 * time.Millisecond)
				}
				if got := e.count(); got > row.most || got < len(row.at) {
					t.Errorf("%d requests, want %d to %d", got, len(row.at), row.most)
				}
				for i := range min(len(row.at), len(e.at)) {
					if got := e.at[i].Sub(began); got != row.at[i] {
						t.Errorf("request %d after %v, want %v", i+1, got, row.at[i])
					}
				}
				if state := s.State(); state.NeedsReconnect != (row.category == jeton.InvalidGrant) || state.NeedsReconnect != state.RetryAt.IsZero() {
					t.Errorf("state %+v", state)
				}
			})
		})
	}
}

// TestRejected: once per generation, never for an older one, and a resource
// that refuses every token does not cause a token request for each call.
func TestRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		ctx := context.Background()
		first := wantToken(t, s, 1)
		s.Reject(ctx, nil)
		foreign := *first
		foreign.AccessToken = jeton.NewSecret("another")
		s.Reject(ctx, &foreign)
		wantToken(t, s, 1)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { s.Reject(ctx, first) })
		}
		all.Wait()
		if s.State().Valid {
			t.Error("a refused token counts as valid")
		}
		second := wantToken(t, s, 2)
		s.Reject(ctx, first) // the older generation
		wantToken(t, s, 2)
		s.Reject(ctx, second) // within the pause
		wantToken(t, s, 2)
		wantRequests(t, e, 2)
		time.Sleep(30 * time.Second)
		s.Reject(ctx, second)
		wantToken(t, s, 3)
		began := time.Now()
		for time.Since(began) < time.Hour { // a storm
			token, err := s.Token(ctx)
			if err != nil {
				t.Fatal(err)
			}
			s.Reject(ctx, token)
			time.Sleep(10 * time.Millisecond)
		}
		if got := e.count(); got > 3+120 {
			t.Errorf("%d token requests in an hour of refusals", got-3)
		}
	})
}

// TestRejectedOldGeneration: the number decides, also where the server gives the
// same token again.
func TestRejectedOldGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{answer: func(int) (int, string, http.Header) { return 200, issued(1, 3600), nil }}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		first := wantToken(t, s, 1)
		time.Sleep(2 * time.Hour)
		second := wantToken(t, s, 1)
		s.Reject(context.Background(), first)
		if !s.State().Valid || second.Generation != 2 {
			t.Error("the newer token was given up")
		}
		s.Reject(context.Background(), second)
		if s.State().Valid {
			t.Error("the newest token was not given up")
		}
	})
}

// TestRejectedWhileServerIsDown: a refused token is not handed out again.
func TestRejectedWhileServerIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &tokenEndpoint{}
		s := sourceOf(t, e, jeton.CachingSourceOptions{})
		defer s.Close()
		token := wantToken(t, s, 1)
		e.set(refusing(500, ""))
		s.Reject(context.Background(), token)
		_, err := s.Token(context.Background())
		wantCategory(t, err, jeton.Provider5xx)
	})
}
