package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
)

// watching is a watcher, its clock, and a token endpoint in memory.
type watching struct {
	t        *testing.T
	dir      string
	start    time.Time
	answer   func(n int, form url.Values) (status int, body string)
	requests []string // when, and which refresh token came
	said     []string // when, and what
}

// RoundTrip answers the nth token request, from 1.
func (w *watching) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	w.requests = append(w.requests, strings.TrimSpace(time.Since(w.start).String()+" "+form.Get("refresh_token")))
	status, reply := w.answer(len(w.requests), form)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(reply))}, nil
}

// Write is standard error.
func (w *watching) Write(data []byte) (int, error) {
	w.said = append(w.said, time.Since(w.start).String()+" "+strings.TrimSpace(string(data)))
	return len(data), nil
}

// jeton runs a command as main does.
func (w *watching) jeton(ctx context.Context, args ...string) (code int, stdout string) {
	var out bytes.Buffer
	env := func(name string) (string, bool) { return w.dir, name == "XDG_CACHE_HOME" }
	engine := &jeton.Engine{HTTP: &http.Client{Transport: w}, Rand: half{}}
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: w, env: env, engine: engine}
	root := newRoot(p)
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		return describe(err).Exit, out.String()
	}
	return 0, out.String()
}

// half is the middle of every range that is drawn from.
type half struct{}

func (half) Read(b []byte) (int, error) {
	clear(b)
	b[0] = 0x80
	return len(b), nil
}

func (w *watching) token() string {
	data, err := os.ReadFile(filepath.Join(w.dir, "token"))
	if err != nil {
		return ""
	}
	return string(data)
}

const (
	watchedClient = "token_url: https://as.example/token\nclient: {id: c, secret: watch-canary-secret}\ngrant: {type: client_credentials}\n"
	watchedOwner  = "token_url: https://as.example/token\nclient: {id: c, secret: watch-canary-secret}\ngrant: {type: refresh_token, refresh_token: rt-0}\n"
)

const watchedLogin = "token_url: https://as.example/token\nauthorization_url: https://as.example/authorize\nclient: {id: c, secret: watch-canary-secret}\n" +
	"grant: {type: authorization_code, redirect_url: \"http://127.0.0.1:7481/callback\"}\n"

// keepLogin puts the token of a login into the cache, as an earlier run did.
func (w *watching) keepLogin() {
	c, err := jeton.Parse([]byte(watchedLogin))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := c.Resolve(w.t.Context(), jeton.LocalSources(w.dir)); err != nil {
		w.t.Fatal(err)
	}
	store, err := openCache(w.t.Context(), func(name string) (string, bool) { return w.dir, name == "XDG_CACHE_HOME" }, c, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.close()
	next, err := store.draft()
	if err != nil {
		w.t.Fatal(err)
	}
	now := time.Now()
	if err := next.commit(c, &jeton.Token{AccessToken: jeton.NewSecret("t0"), RefreshToken: jeton.NewSecret("rt-0"), TokenType: "Bearer",
		Issued: now, Expiry: now.Add(time.Hour), Generation: 1}); err != nil {
		w.t.Fatal(err)
	}
}

// hourly are tokens t1, t2 ... of an hour.
func hourly(n int, _ url.Values) (int, string) { return lasting(n, 3600) }

func lasting(n, seconds int) (int, string) {
	return 200, fmt.Sprintf(`{"access_token":"t%d","token_type":"Bearer","expires_in":%d}`, n, seconds)
}

func rotating(n int, _ url.Values) (int, string) {
	return 200, fmt.Sprintf(`{"access_token":"t%d","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-%d"}`, n, n)
}

func refused(code string) (int, string) { return 400, `{"error":"` + code + `"}` }

func TestWatch(t *testing.T) {
	for _, row := range []struct {
		name, document string
		args           []string
		answer         func(n int, form url.Values) (int, string)
		before         func(w *watching)
		meanwhile      func(w *watching) // beside the watcher
		until          time.Duration     // a signal comes
		code           int
		requests       []string
		said           []string // a part of every line
		token          string   // in the file at the end
	}{
		{
			name: "renews ahead", answer: hourly, until: 100 * time.Minute,
			requests: []string{"0s", "48m0s", "1h36m0s"},
			said:     []string{"0s jeton: wrote FILE, good until 2000-01-01T01:00:00Z", "48m0s jeton: wrote FILE, good until 2000-01-01T01:48:00Z", "1h36m0s jeton: wrote"},
			token:    "t3",
		},
		{
			name: "as the document says", document: watchedClient + "refresh: {ahead: 30m}\n", answer: hourly, until: 40 * time.Minute,
			requests: []string{"0s", "30m0s"}, said: []string{"0s jeton: wrote", "30m0s jeton: wrote"}, token: "t2",
		},
		{
			name: "in another form", args: []string{"-o", "header"}, answer: hourly, until: time.Minute,
			requests: []string{"0s"}, said: []string{"0s jeton: wrote"}, token: "Authorization: Bearer t1",
		},
		{
			name: "the first request fails", answer: func(int, url.Values) (int, string) { return refused("invalid_scope") }, until: time.Hour,
			code: 6, requests: []string{"0s"},
		},
		{
			name: "failures while the token is valid", until: 55 * time.Minute,
			answer: func(n int, _ url.Values) (int, string) {
				if n == 2 || n == 3 {
					return 503, "down"
				}
				return lasting(n, 3600)
			},
			requests: []string{"0s", "48m0s", "48m30s", "49m0s"},
			said: []string{"0s jeton: wrote", "48m0s jeton: cannot renew the token: ", "the token is good until 2000-01-01T01:00:00Z; next attempt in 30s",
				"49m0s jeton: wrote"},
			token: "t4",
		},
		{
			name: "it expires, and comes back", until: 2 * time.Hour,
			answer: func(n int, _ url.Values) (int, string) {
				if n > 1 && n < 5 {
					return refused("invalid_client")
				}
				return lasting(n, 36000)
			},
			document: watchedClient + "response: {max_lifetime: 20m}\n",
			requests: []string{"0s", "16m0s", "31m0s", "46m0s", "1h1m0s", "1h17m0s", "1h33m0s", "1h49m0s"},
			said: []string{"0s jeton: wrote", "16m0s jeton: cannot renew the token: ", "20m0s jeton: the token has expired: removed FILE",
				"31m0s jeton: cannot renew the token: ", "there is no valid token; next attempt in 15m0s", "46m0s", "1h1m0s jeton: wrote", "1h17m0s", "1h33m0s", "1h49m0s"},
			token: "t8",
		},
		{
			name: "nothing but a login helps", document: watchedOwner, until: 3 * time.Hour,
			answer: func(n int, form url.Values) (int, string) {
				if n > 1 {
					return refused("invalid_grant")
				}
				return rotating(n, form)
			},
			code: 6, requests: []string{"0s rt-0", "48m0s rt-1"},
			said: []string{"0s jeton: warning: grant.refresh_token: the server issued a new refresh token", "0s jeton: wrote",
				"48m0s jeton: cannot renew the token: ", "the token is good until 2000-01-01T01:00:00Z; only a login or another credential helps",
				"1h0m0s jeton: the token has expired: removed FILE"},
		},
		{
			name: "nobody is asked to log in again", document: watchedLogin, until: 3 * time.Hour,
			before:   func(w *watching) { w.keepLogin() },
			answer:   func(int, url.Values) (int, string) { return refused("invalid_grant") },
			code:     6,
			requests: []string{"48m0s rt-0"},
			said:     []string{"0s jeton: wrote", "48m0s jeton: cannot renew the token: ", "1h0m0s jeton: the token has expired: removed FILE"},
		},
		{
			name: "the server has no other token", until: 2 * time.Hour,
			answer: func(int, url.Values) (int, string) {
				left := 3600 - int(time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).Seconds())
				if left <= 0 {
					return lasting(2, 36000)
				}
				return lasting(1, left)
			},
			token: "t2",
		},
		{
			name: "the answer is slower than the token lives", until: 40 * time.Second,
			answer: func(n int, _ url.Values) (int, string) {
				if n == 2 {
					pass(25 * time.Second)
				}
				return lasting(n, 30)
			},
			said:  []string{"0s jeton: wrote", "30s jeton: the token has expired: removed FILE", "35s jeton: wrote"},
			token: "t3",
		},
		{
			name: "the file cannot be written for a while", answer: hourly, until: time.Hour,
			meanwhile: func(w *watching) {
				pass(40 * time.Minute)
				_ = os.Remove(filepath.Join(w.dir, "token"))
				_ = os.Mkdir(filepath.Join(w.dir, "token"), 0o700)
				pass(8*time.Minute + 15*time.Second)
				_ = os.Remove(filepath.Join(w.dir, "token"))
			},
			requests: []string{"0s", "48m0s"},
			said: []string{"0s jeton: wrote", "48m0s jeton: cannot write --file FILE: it is a folder", "next attempt in 10s", "48m10s jeton: cannot write",
				"48m20s jeton: wrote"},
			token: "t2",
		},
		{
			name: "a refresh token is used once", document: watchedOwner, answer: rotating, until: 2 * time.Hour,
			requests: []string{"0s rt-0", "48m0s rt-1", "1h36m0s rt-2"}, token: "t3",
		},
		{
			name: "and kept", document: watchedOwner, args: []string{"--cache"}, answer: rotating, until: 100 * time.Minute,
			meanwhile: func(w *watching) {
				pass(101 * time.Minute) // the watcher has ended
				if code, out := w.jeton(context.Background(), "token", "-f", filepath.Join(w.dir, "c.yaml"), "--cache", "--force"); code != 0 || out != "t4" {
					w.t.Errorf("exit code %d, token %q", code, out)
				}
			},
			requests: []string{"0s rt-0", "48m0s rt-1", "1h36m0s rt-2", "1h41m0s rt-3"}, token: "t3",
		},
		{
			name: "another run has renewed", document: watchedOwner, args: []string{"--cache"}, answer: rotating, until: 80 * time.Minute,
			meanwhile: func(w *watching) {
				pass(30 * time.Minute)
				if code, out := w.jeton(context.Background(), "token", "-f", filepath.Join(w.dir, "c.yaml"), "--cache", "--force"); code != 0 || out != "t2" {
					w.t.Errorf("exit code %d, token %q", code, out)
				}
			},
			requests: []string{"0s rt-0", "30m0s rt-1", "1h18m0s rt-2"},
			said:     []string{"0s jeton: wrote", "48m0s jeton: wrote FILE, good until 2000-01-01T01:30:00Z", "1h18m0s jeton: wrote"},
			token:    "t3",
		},
		{
			name: "a signal during the request waits for a refresh token", document: watchedOwner, args: []string{"--cache"}, until: 48*time.Minute + time.Second,
			answer: func(n int, form url.Values) (int, string) {
				if n == 2 {
					pass(10 * time.Second)
				}
				return rotating(n, form)
			},
			requests: []string{"0s rt-0", "48m0s rt-1"}, said: []string{"0s jeton: wrote", "48m10s jeton: wrote"}, token: "t2",
		},
		{
			name: "a signal during another request ends it", until: 48*time.Minute + time.Second,
			answer: func(n int, _ url.Values) (int, string) {
				if n == 2 {
					pass(10 * time.Second)
				}
				return lasting(n, 3600)
			},
			requests: []string{"0s", "48m0s"}, said: []string{"0s jeton: wrote"}, token: "t1",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &watching{t: t, dir: t.TempDir(), start: time.Now(), answer: row.answer}
				document := row.document
				if document == "" {
					document = watchedClient
				}
				writeFile(t, filepath.Join(w.dir, "c.yaml"), []byte(document))
				ctx, signal := context.WithCancel(context.Background())
				time.AfterFunc(row.until, signal)
				done := make(chan struct{})
				go func() {
					defer close(done)
					if row.meanwhile != nil {
						row.meanwhile(w)
					}
				}()
				if row.before != nil {
					row.before(w)
				}
				file := filepath.Join(w.dir, "token")
				code, out := w.jeton(ctx, append([]string{"token", "-f", filepath.Join(w.dir, "c.yaml"), "--watch", "--file", file}, row.args...)...)
				<-done
				signal()
				if code != row.code || out != "" || w.token() != row.token {
					t.Errorf("exit code %d, standard output %q, in the file %q", code, out, w.token())
				}
				w.compare(row.requests, row.said)
			})
		})
	}
}

// compare holds what happened against the parts that are wanted, in their order.
func (w *watching) compare(requests, said []string) {
	if len(requests) > 0 && !slices.Equal(w.requests, requests) {
		w.t.Errorf("requests at %q, want %q", w.requests, requests)
	}
	if len(w.requests) > 20 {
		w.t.Errorf("%d requests", len(w.requests))
	}
	all := strings.ReplaceAll(strings.Join(w.said, "\n"), filepath.Join(w.dir, "token"), "FILE")
	rest := all
	for _, part := range said {
		_, after, found := strings.Cut(rest, part)
		if !found {
			w.t.Errorf("%q is not said, or too late, in\n%s", part, all)
			return
		}
		rest = after
	}
	for _, secret := range []string{"watch-canary-secret", "rt-"} {
		if strings.Contains(all, secret) {
			w.t.Errorf("the secret %s shows in\n%s", secret, all)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, ".token*")); len(left) > 0 {
		w.t.Errorf("left behind: %v", left)
	}
}

// pass lets time go by on the clock of synctest, which costs none.
func pass(d time.Duration) { <-time.After(d) }
