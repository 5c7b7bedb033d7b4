package jeton

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// twoClocks are a monotonic and a wall clock that go as they please.
type twoClocks struct {
	monotonic time.Duration
	wall      time.Time
}

// TestR16Clocks: a suspended machine, whose monotonic clock stands still, and
// wall clocks that are set: the earlier end of a token counts.
func TestR16Clocks(t *testing.T) {
	const minute = time.Minute
	for _, row := range []struct {
		name string
		// what happens to the two clocks, each time a token was asked for
		monotonic, wall []time.Duration
		requests        int
	}{
		{"both", []time.Duration{30 * minute, 31 * minute}, []time.Duration{30 * minute, 31 * minute}, 2},
		{"suspended for two hours", []time.Duration{time.Second}, []time.Duration{2 * time.Hour}, 2},
		{"set back, and it ends all the same", []time.Duration{minute, 60 * minute}, []time.Duration{-24 * time.Hour, 60 * minute}, 2},
		{"set back, and it is still good", []time.Duration{minute, minute}, []time.Duration{-24 * time.Hour, minute}, 1},
		{"set forward", []time.Duration{time.Second}, []time.Duration{24 * time.Hour}, 2},
		{"suspended within the 100 ms", []time.Duration{wallCheck - 1, 1}, []time.Duration{2 * time.Hour, 1}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			requests := 0
			engine := &Engine{HTTP: &http.Client{Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
				requests++
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"access_token":"a","token_type":"Bearer","expires_in":3600}`))}, nil
			})}}
			c := &Connection{TokenURL: "https://as.example/token", Client: Client{ID: "c"}, Grant: GrantOptions{Type: "client_credentials"}}
			s, err := NewCachingSource(engine, c, CachingSourceOptions{Ahead: "1m"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			clocks := &twoClocks{wall: time.Now().Round(0)}
			s.elapsed = func() time.Duration { return clocks.monotonic }
			s.wall = func() time.Time { return clocks.wall }
			if _, err := s.Token(context.Background()); err != nil {
				t.Fatal(err)
			}
			for i := range row.monotonic {
				clocks.monotonic += row.monotonic[i]
				clocks.wall = clocks.wall.Add(row.wall[i])
				if i < len(row.monotonic)-1 {
					if _, err := s.Token(context.Background()); err != nil || requests != 1 {
						t.Fatalf("%d requests, %v", requests, err)
					}
				}
			}
			if _, err := s.Token(context.Background()); err != nil && requests != 2 {
				t.Fatal(err)
			}
			if requests != row.requests {
				t.Errorf("%d requests, want %d", requests, row.requests)
			}
		})
	}
}

// TestEveryCategoryHasAPause: the table is complete.
func TestEveryCategoryHasAPause(t *testing.T) {
	for category := range outcomes {
		if _, found := retries[category]; !found {
			t.Errorf("%s is not in the table of pauses", category)
		}
	}
	if len(retries) != len(outcomes) {
		t.Errorf("%d categories, %d pauses", len(outcomes), len(retries))
	}
}
