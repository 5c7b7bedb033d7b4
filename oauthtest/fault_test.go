package oauthtest_test

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// ask requests a token with client_credentials.
func ask(t testing.TB, srv *oauthtest.Server) reply {
	t.Helper()
	return post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...))
}

// send is ask for answers that end badly. The caller closes the body.
func send(t testing.TB, ctx context.Context, srv *oauthtest.Server) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.TokenURL(),
		strings.NewReader(form(bot("grant_type", "client_credentials")...).Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return srv.HTTPClient().Do(r)
}

func TestFault(t *testing.T) {
	rows := []struct {
		name    string
		fault   oauthtest.Fault
		status  int
		header  map[string]string
		text    string // the body contains it
		granted bool
	}{
		{name: "zero", status: 200, text: `"access_token"`, granted: true},
		{name: "status", fault: oauthtest.Status(503), status: 503, text: "Service Unavailable", header: map[string]string{"Content-Type": "text/plain; charset=utf-8"}},
		{name: "no content", fault: oauthtest.Status(204), status: 204},
		{name: "error", fault: oauthtest.Error(400, "invalid_grant", "gone"), status: 400, text: `{"error":"invalid_grant","error_description":"gone"}`, header: map[string]string{"Content-Type": "application/json"}},
		{name: "error with 200", fault: oauthtest.Error(200, "invalid_client", ""), status: 200, text: `{"error":"invalid_client"}`},
		{name: "web page", fault: oauthtest.Body(200, "", "<html>"), status: 200, text: "<html>", header: map[string]string{"Content-Type": "text/html; charset=utf-8"}},
		{name: "web page labelled JSON", fault: oauthtest.Body(200, "application/json", "<html>"), status: 200, header: map[string]string{"Content-Type": "application/json"}},
		{name: "byte order mark", fault: oauthtest.Body(200, "", "\ufeff{}"), status: 200, header: map[string]string{"Content-Type": "application/json"}},
		{name: "empty", fault: oauthtest.Body(200, "", ""), status: 200},
		{name: "empty but granted", fault: oauthtest.Fault{Empty: true}.Committed(), status: 200, granted: true},
		{name: "redirect", fault: oauthtest.Redirect(307, "https://elsewhere.example/"), status: 307, header: map[string]string{"Location": "https://elsewhere.example/"}},
		{name: "redirect, default status", fault: oauthtest.Fault{Redirect: "/x"}, status: 307},
		{name: "retry after", fault: oauthtest.RetryAfter(429, "30"), status: 429, header: map[string]string{"Retry-After": "30"}},
		{name: "retry after, garbage", fault: oauthtest.RetryAfter(503, "soon"), status: 503, header: map[string]string{"Retry-After": "soon"}},
		{name: "header", fault: oauthtest.Fault{Header: http.Header{"date": {"x"}, "X-A": {"b"}}}, status: 200, header: map[string]string{"Date": "x", "X-A": "b"}, granted: true},
		{name: "truncated", fault: oauthtest.Truncate(20), status: 200, text: `{"access_token":"at-`, granted: true},
		{name: "truncated, too late", fault: oauthtest.Truncate(1 << 20), status: 200, text: "}", granted: true},
		{name: "gzip", fault: oauthtest.Fault{Gzip: true}, status: 200, text: `"access_token"`, granted: true},
		{name: "set", fault: oauthtest.Set("expires_in", "3600"), status: 200, text: `"expires_in":"3600"`, granted: true},
		{name: "set raw", fault: oauthtest.Set("expires_in", json.RawMessage("1e3")), status: 200, text: `"expires_in":1e3`, granted: true},
		{name: "omit", fault: oauthtest.Omit("access_token", "token_type", "expires_in"), status: 200, text: "{}", granted: true},
		{name: "rewrite with status", fault: oauthtest.Fault{Status: 201, Rewrite: func(status int, h http.Header, b map[string]any) {
			h.Set("X-Status", http.StatusText(status))
			b["data"] = map[string]any{"token": b["access_token"]}
		}}, status: 201, text: `"data":{"token":"at-`, header: map[string]string{"X-Status": "Created"}, granted: true},
		{name: "not JSON any more", fault: oauthtest.Set("x", func() {}), status: 200, text: "unsupported type", granted: true},
		{name: "early hints", fault: oauthtest.Fault{Informational: 3}, status: 200, text: `"access_token"`, granted: true},
		{name: "delay", fault: oauthtest.Delay(time.Millisecond), status: 200, granted: true},
		{name: "echo", fault: oauthtest.EchoSecrets(401), status: 401, text: "s3cret"},
		{name: "echo in a page", fault: oauthtest.Fault{EchoSecrets: true, Status: 500, Body: "<h1>500</h1>"}, status: 500, text: "<h1>500</h1>\nreceived: s3cret"},
	}
	srv := newBot(t, oauthtest.Config{})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv.Reset()
			srv.Next(row.fault)
			got := ask(t, srv)
			if got.status != row.status || !strings.Contains(got.text, row.text) {
				t.Errorf("got %d %q", got.status, got.text)
			}
			for name, v := range row.header {
				if got.header.Get(name) != v {
					t.Errorf("%s is %q, want %q", name, got.header.Get(name), v)
				}
			}
			rec := srv.TokenRequests()[0]
			if rec.Granted != row.granted || !rec.Faulted || rec.Status != row.status {
				t.Errorf("recorded granted=%v faulted=%v status=%d", rec.Granted, rec.Faulted, rec.Status)
			}
			if after := ask(t, srv); after.status != 200 || srv.TokenRequests()[1].Faulted {
				t.Errorf("the fault did not end: %d %s", after.status, after.text)
			}
		})
	}
}

func TestFaultOrder(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	srv.Fault(oauthtest.Status(500))
	srv.Next(oauthtest.Status(501), oauthtest.Fault{}, oauthtest.Status(502).On("/resource"))
	srv.Next(oauthtest.Status(503))
	for i, status := range []int{501, 200, 503, 500, 500} {
		if got := ask(t, srv); got.status != status {
			t.Errorf("request %d: %d, want %d", i, got.status, status)
		}
	}
	for _, status := range []int{502, 401} {
		if got := get(t, srv.HTTPClient(), srv.ResourceURL()); got.status != status {
			t.Errorf("resource: %d, want %d", got.status, status)
		}
	}
	srv.ClearFaults()
	if got := ask(t, srv); got.status != 200 {
		t.Errorf("after ClearFaults: %d", got.status)
	}
	srv.Fault(oauthtest.Status(418).On("*"))
	if a, b := ask(t, srv), get(t, srv.HTTPClient(), srv.URL+"/"); a.status != 418 || b.status != 418 {
		t.Errorf("everywhere: %d, %d", a.status, b.status)
	}
}

func TestHangup(t *testing.T) {
	for name, cfg := range map[string]oauthtest.Config{"plain": {}, "TLS": {TLS: true}} {
		t.Run(name, func(t *testing.T) {
			srv := newBot(t, cfg)
			srv.Next(oauthtest.Hangup())
			if res, err := send(t, t.Context(), srv); err == nil {
				res.Body.Close()
				t.Errorf("answered %d", res.StatusCode)
			}
			if rec := srv.TokenRequests(); len(rec) != 1 || rec[0].Granted || rec[0].Status != 0 {
				t.Errorf("recorded %+v", rec)
			}
			srv.Next(oauthtest.Fault{Hangup: true, Truncate: 10})
			res, err := send(t, t.Context(), srv)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if !errors.Is(err, io.ErrUnexpectedEOF) || string(body) != `{"access_t` || res.ContentLength < 20 {
				t.Errorf("read %q of %d, %v", body, res.ContentLength, err)
			}
			if rec := srv.TokenRequests()[1]; !rec.Granted || rec.Status != 200 {
				t.Errorf("recorded granted=%v status=%d", rec.Granted, rec.Status)
			}
		})
	}
}

// A hang-up after the work leaves the client without the rotated refresh token.
func TestCommit(t *testing.T) {
	srv := newBot(t, oauthtest.Config{RotateRefreshTokens: true})
	token := srv.IssueRefreshToken("bot", "ann", "")
	refresh := func() reply {
		return post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "refresh_token", "refresh_token", token)...))
	}
	srv.Next(oauthtest.Status(502))
	refresh()
	srv.Next(oauthtest.Status(502).Committed())
	if got := refresh(); got.status != 502 {
		t.Fatalf("got %d %s", got.status, got.text)
	}
	if rec := srv.TokenRequests(); rec[0].Granted || !rec[1].Granted {
		t.Errorf("granted: %v, %v", rec[0].Granted, rec[1].Granted)
	}
	want(t, srv, refresh(), "invalid_grant", "refresh_reused")
}

func TestHold(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	gate := make(chan struct{})
	srv.Next(oauthtest.Hold(gate))
	done := make(chan reply)
	go func() { done <- ask(t, srv) }()
	if err := srv.Await(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if rec := srv.TokenRequests(); len(rec) != 1 || rec[0].Granted || rec[0].Status != 0 {
		t.Errorf("recorded %+v", rec)
	}
	close(gate)
	if got := <-done; got.status != 200 {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

// Close ends what a fault holds up, and leaves nothing running (see TestMain).
func TestClose(t *testing.T) {
	for name, fault := range map[string]oauthtest.Fault{
		"delay":          oauthtest.Delay(time.Hour),
		"hold":           oauthtest.Hold(make(chan struct{})),
		"endless, slow":  {Endless: true, Every: time.Hour},
		"endless":        oauthtest.Endless(),
		"informational":  {Informational: -1},
		"hold committed": oauthtest.Hold(make(chan struct{})).Committed(),
	} {
		t.Run(name, func(t *testing.T) {
			srv := newBot(t, oauthtest.Config{TLS: true})
			srv.Next(fault)
			done := make(chan error)
			go func() {
				res, err := send(t, context.Background(), srv)
				if err == nil {
					_, err = io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
				done <- err
			}()
			if err := srv.Await(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			srv.Close()
			if err := <-done; err == nil {
				t.Error("the client got a complete answer")
			}
			if err := srv.Await(t.Context(), 2); err == nil {
				t.Error("Await waits for a closed server")
			}
		})
	}
}

func TestDelayEndsWithTheClient(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	srv.Next(oauthtest.Delay(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		res, err := send(t, ctx, srv)
		if err == nil {
			res.Body.Close()
		}
		done <- err
	}()
	if err := srv.Await(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := srv.Await(ctx, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("Await: %v", err)
	}
	if srv.TokenRequests()[0].Granted {
		t.Error("granted though the client left during the delay")
	}
}

func TestEndless(t *testing.T) {
	for name, fault := range map[string]oauthtest.Fault{
		"fast": oauthtest.Endless(), "drip": {Endless: true, Every: time.Microsecond},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newBot(t, oauthtest.Config{})
			srv.Next(fault)
			res, err := send(t, t.Context(), srv)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if n, err := io.CopyN(io.Discard, res.Body, 1<<10); err != nil {
				t.Errorf("it ended after %d bytes: %v", n, err)
			}
		})
	}
}

func TestGzipBomb(t *testing.T) {
	const size = 8 << 20
	srv := newBot(t, oauthtest.Config{})
	srv.Next(oauthtest.GzipBomb(size), oauthtest.GzipBomb(size))
	res, err := send(t, t.Context(), srv)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body) // the transport decodes
	if err != nil || len(body) != size || !json.Valid(body) {
		t.Errorf("decoded %d bytes, %v", len(body), err)
	}
	raw := post(t, srv.HTTPClient(), srv.TokenURL(), form(), func(r *http.Request) { r.Header.Set("Accept-Encoding", "identity") })
	if len(raw.text) > size/100 {
		t.Errorf("%d bytes on the wire", len(raw.text))
	}
	if _, err := gzip.NewReader(strings.NewReader(raw.text)); err != nil {
		t.Error(err)
	}
}

func TestEchoSecrets(t *testing.T) {
	const secret = "a\"b c+d/é"
	srv := newBot(t, oauthtest.Config{})
	srv.Fault(oauthtest.EchoSecrets(0))
	quoted, _ := json.Marshal(secret)
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), string(quoted), hex.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
	for name, send := range map[string]func() reply{
		"body":  func() reply { return post(t, srv.HTTPClient(), srv.TokenURL(), form("client_secret", secret)) },
		"token": func() reply { return post(t, srv.HTTPClient(), srv.TokenURL(), form("refresh_token", secret)) },
		"basic": func() reply { return post(t, srv.HTTPClient(), srv.TokenURL(), form(), basic("bot", secret)) },
		"raw basic": func() reply {
			return post(t, srv.HTTPClient(), srv.TokenURL(), form(), rawBasic("bot", secret))
		},
	} {
		got := send()
		for _, f := range forms {
			if got.status != 401 || !strings.Contains(got.member("error_description"), f) {
				t.Errorf("%s: %d, no %s in %s", name, got.status, f, got.text)
			}
		}
	}
}

func TestBrokenCertificate(t *testing.T) {
	for _, fault := range []oauthtest.CertificateFault{
		"", oauthtest.CertificateExpired, oauthtest.CertificateWrongName, oauthtest.CertificateSelfSigned,
	} {
		srv := newBot(t, oauthtest.Config{TLS: true, BrokenCertificate: fault})
		res, err := send(t, t.Context(), srv)
		if err == nil {
			res.Body.Close()
		}
		var verification *tls.CertificateVerificationError
		if (err == nil) != (fault == "") || err != nil && !errors.As(err, &verification) {
			t.Errorf("%q: %v", fault, err)
		}
	}
	if _, err := oauthtest.Start(oauthtest.Config{TLS: true, BrokenCertificate: "x"}); err == nil {
		t.Error("an unknown fault is accepted")
	}
}

// For the race detector: everything at once.
func TestConcurrentUse(t *testing.T) {
	srv := newBot(t, oauthtest.Config{RotateRefreshTokens: true, SingleLive: true, AccessTokenFormat: oauthtest.FormatJWT})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				srv.Next(oauthtest.Fault{})
				got := ask(t, srv)
				get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(got.member("access_token")))
				srv.AddClient(oauthtest.Client{ID: "x"})
				_ = srv.Requests()
				srv.Revoke(srv.IssueRefreshToken("bot", "ann", "a"))
				srv.ClearFaults()
			}
		})
	}
	wg.Wait()
	if n := len(srv.TokenRequests()); n != 80 {
		t.Errorf("%d token requests", n)
	}
}

// Of callers that race for one rotating refresh token, one wins.
func TestConcurrentRefresh(t *testing.T) {
	srv := newBot(t, oauthtest.Config{RotateRefreshTokens: true, KeepFamilyOnReuse: true})
	token := srv.IssueRefreshToken("bot", "ann", "")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "refresh_token", "refresh_token", token)...))
		})
	}
	wg.Wait()
	granted := 0
	for _, r := range srv.TokenRequests() {
		if r.Granted {
			granted++
		}
	}
	if granted != 1 {
		t.Errorf("%d granted", granted)
	}
}
