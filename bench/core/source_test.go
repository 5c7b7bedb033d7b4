package core

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// inMemory answers every token request with a token that lives for a day.
type inMemory struct{}

func (inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":86400}`))}, nil
}

func newSource(b *testing.B) *jeton.CachingSource {
	b.Helper()
	connection := clientCredentials("https://as.example/token", jeton.Client{Auth: "none"})
	source, err := jeton.NewCachingSource(&jeton.Engine{HTTP: &http.Client{Transport: inMemory{}}}, connection, jeton.CachingSourceOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = source.Close() })
	return source
}

// handle is the least that a cached token costs: one atomic load and one
// reading of the monotonic clock.
type handle struct {
	base    time.Time
	current atomic.Pointer[cachedToken]
}

type cachedToken struct {
	token *jeton.Token
	until time.Duration
}

func (h *handle) Token() *jeton.Token {
	if c := h.current.Load(); c != nil && time.Since(h.base) < c.until {
		return c.token
	}
	return nil
}

// BenchmarkSource shows a token that is there, for 1, 8 and 64 goroutines:
//
//	plain   one atomic load and one reading of the monotonic clock
//	oauth2  Token of ReuseTokenSource of golang.org/x/oauth2
//	jeton   CachingSource.Token
func BenchmarkSource(b *testing.B) {
	source := newSource(b)
	ctx := context.Background()
	token, err := source.Token(ctx)
	if err != nil {
		b.Fatal(err)
	}
	plain := &handle{base: time.Now()}
	plain.current.Store(&cachedToken{token, 24 * time.Hour})
	reused := oauth2.ReuseTokenSource(&oauth2.Token{AccessToken: token.AccessToken.Reveal(), TokenType: "Bearer", Expiry: token.Expiry}, nil)
	for _, goroutines := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("%d", goroutines), func(b *testing.B) {
			alternate(b,
				way{name: "plain", run: func(b *testing.B) { shared(b, goroutines, func() bool { return plain.Token() != nil }) }},
				way{name: "oauth2", run: func(b *testing.B) {
					shared(b, goroutines, func() bool { t, err := reused.Token(); return err == nil && t != nil })
				}},
				way{name: "jeton", run: func(b *testing.B) {
					shared(b, goroutines, func() bool { t, err := source.Token(ctx); return err == nil && t != nil })
				}})
		})
	}
}

// shared lets so many goroutines call op, and reports CPU time for each call.
func shared(b *testing.B, goroutines int, op func() bool) {
	b.Helper()
	b.ReportAllocs()
	var all sync.WaitGroup
	var failed atomic.Bool
	share := b.N/goroutines + 1
	before := cpuTime(ownTime)
	b.ResetTimer()
	for range goroutines {
		all.Go(func() {
			for range share {
				if !op() {
					failed.Store(true)
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(cpuTime(ownTime)-before)/float64(share*goroutines), "cpu-ns/op")
	if failed.Load() {
		b.Fatal("no token")
	}
}

// roundTripper lets a function send requests.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// benchBase sends requests where the compiler cannot see that nothing keeps
// them, as it cannot in a program.
var benchBase http.RoundTripper

// BenchmarkInject shows one request through a RoundTripper whose base does nothing:
//
//	plain   a shallow copy of the request, a copy of its header map, one field set
//	clone   the same with maps.Clone
//	oauth2  oauth2.Transport of golang.org/x/oauth2
//	jeton   inject.Transport: also the token, the list of URLs, and the caller's own fields
func BenchmarkInject(b *testing.B) {
	source := newSource(b)
	token, err := source.Token(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}
	var base http.RoundTripper = roundTripper(func(r *http.Request) (*http.Response, error) {
		if len(r.Header["Authorization"]) != 1 {
			return nil, fmt.Errorf("no token")
		}
		return response, nil
	})
	benchBase = base
	request, err := http.NewRequest(http.MethodGet, "https://api.example.com/v2/reports?page=2", nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"Accept", "User-Agent", "X-Request-Id", "Content-Type", "Traceparent"} {
		request.Header.Set(name, "value")
	}
	value := []string{"Bearer " + token.AccessToken.Reveal()}
	send := func(header http.Header) error {
		copied := request.WithContext(request.Context())
		header["Authorization"] = value
		copied.Header = header
		_, err := benchBase.RoundTrip(copied)
		return err
	}
	through := func(t http.RoundTripper) func() error {
		return func() error { _, err := t.RoundTrip(request); return err }
	}
	jetons := &inject.Transport{Source: source, URLs: []string{"https://api.example.com/v2/"}, Base: base}
	reused := &oauth2.Transport{Source: oauth2.ReuseTokenSource(&oauth2.Token{AccessToken: token.AccessToken.Reveal(), Expiry: token.Expiry}, nil), Base: base}
	b.Run("get", func(b *testing.B) {
		alternate(b, way{name: "plain", run: repeated(func() error {
			header := make(http.Header, len(request.Header)+1)
			for name, values := range request.Header {
				header[name] = values
			}
			return send(header)
		})},
			way{name: "clone", run: repeated(func() error { return send(maps.Clone(request.Header)) })},
			way{name: "oauth2", run: repeated(through(reused))},
			way{name: "jeton", run: repeated(through(jetons))})
	})
}

// repeated measures an op that is too short for a clock around each call.
func repeated(op func() error) func(*testing.B) {
	return func(b *testing.B) {
		shared(b, 1, func() bool { return op() == nil })
	}
}
