package jeton_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// rawServer answers each connection with talk, which sees the request first if it wants to.
func rawServer(t *testing.T, talk func(conn net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				talk(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
	return listener.Addr().String()
}

func readRequest(conn net.Conn) *http.Request {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		_, _ = io.Copy(io.Discard, request.Body)
	}
	return request
}

// answers reads the request, counts it, and writes text.
func answers(requests *atomic.Int32, text string) func(net.Conn) {
	return func(conn net.Conn) {
		if readRequest(conn) != nil {
			requests.Add(1)
		}
		_, _ = io.WriteString(conn, text)
	}
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

// A connection that ends, or speaks nonsense, at each phase of a reply.
func TestTransport(t *testing.T) {
	leaksNothing(t)
	for _, row := range []rawCase{
		{"closed after the request", "", jeton.NetworkError, "closed the connection without an answer"},
		{"closed in the status line", "HTTP/1.1 20", jeton.MalformedResponse, "not valid HTTP"},
		{"closed in the header", rawHead, jeton.NetworkError, "closed the connection without an answer"},
		{"closed before the body", rawHead + "Content-Length: 60\r\n\r\n", jeton.MalformedResponse, "before the reply was complete"},
		{"closed in the body", rawHead + "Content-Length: 600\r\n\r\n" + rawToken, jeton.MalformedResponse, "before the reply was complete"},
		{"closed in a chunk", rawHead + "Transfer-Encoding: chunked\r\n\r\n50\r\n" + rawToken[:40], jeton.MalformedResponse, "before the reply was complete"},
		{"a chunk that is none", rawHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + rawToken, jeton.MalformedResponse, ""},
		{"no length", rawHead + "\r\n" + rawToken, "", ""},
		{"closed with 500 before the body", strings.Replace(rawHead, "200 OK", "500 No", 1) + "Content-Length: 60\r\n\r\n", jeton.Provider5xx, "500"},
		{"closed with 429 in the body", strings.Replace(rawHead, "200 OK", "429 No", 1) + "Retry-After: 7\r\nContent-Length: 600\r\n\r\n{", jeton.RateLimited, "429"},
		{"not HTTP", "220 mail.example ESMTP " + foreignBody + "\r\n", jeton.MalformedResponse, "not valid HTTP"},
		{"a header without colon", "HTTP/1.1 200 OK\r\n" + foreignBody + "\r\n\r\n", jeton.MalformedResponse, "not valid HTTP"},
		{"a control character in the header", "HTTP/1.1 200 OK\r\nX: " + foreignBody + "\x01\r\n\r\n", jeton.MalformedResponse, "not valid HTTP"},
		{"two lengths", rawHead + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + rawToken, jeton.MalformedResponse, "not valid HTTP"},
		{"negative length", rawHead + "Content-Length: -1\r\n\r\n" + rawToken, jeton.MalformedResponse, "not valid HTTP"},
		{"a large header", rawHead + "X: " + strings.Repeat(foreignBody, 10000) + "\r\n\r\n" + rawToken, jeton.MalformedResponse, "header of the reply is larger"},
		{"a large status line", "HTTP/1.1 200 " + strings.Repeat(foreignBody, 10000) + "\r\n\r\n" + rawToken, jeton.MalformedResponse, ""},
		{"some 1xx", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + rawHead + "\r\n" + rawToken, "", ""},
		{"101", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", jeton.Provider4xxOther, ""},
		{"63 KiB", rawHead + "\r\n" + rawToken[:len(rawToken)-1] + `,"x":"` + strings.Repeat("y", 63<<10) + `"}`, "", ""},
		{"64 KiB", rawHead + "\r\n" + rawToken + strings.Repeat(" ", 64<<10-len(rawToken)), "", ""},
		{"64 KiB and one", rawHead + "\r\n" + rawToken + strings.Repeat(" ", 64<<10-len(rawToken)+1), jeton.MalformedResponse, "larger than 64 KiB"},
		{"gzip", rawHead + "Content-Encoding: gzip\r\n\r\n" + zipped(rawToken), "", ""},
		{"gzip, in capitals", rawHead + "Content-Encoding: GZIP\r\n\r\n" + zipped(rawToken), "", ""},
		{"gzip that is none", rawHead + "Content-Encoding: gzip\r\n\r\n" + rawToken, jeton.MalformedResponse, "content encoding"},
		{"truncated gzip", rawHead + "Content-Encoding: gzip\r\n\r\n" + zipped(rawToken)[:40], jeton.MalformedResponse, ""},
		{"damaged gzip", rawHead + "Content-Encoding: gzip\r\n\r\n" + zipped(rawToken)[:len(zipped(rawToken))-8] + "12345678", jeton.MalformedResponse, ""},
		{"empty gzip", rawHead + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", jeton.MalformedResponse, ""},
		{"gzip twice", rawHead + "Content-Encoding: gzip, gzip\r\n\r\n" + zipped(zipped(rawToken)), jeton.MalformedResponse, "content encoding"},
		{"brotli", rawHead + "Content-Encoding: br\r\n\r\n" + rawToken, jeton.MalformedResponse, "content encoding"},
		{"deflate with 401", strings.Replace(rawHead, "200 OK", "401 No", 1) + "Content-Encoding: deflate\r\n\r\n" + rawToken, jeton.Provider4xxOther, "401"},
		{"empty gzip with 503", strings.Replace(rawHead, "200 OK", "503 No", 1) + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", jeton.Provider5xx, "503"},
	} {
		t.Run(row.name, row.run)
	}
}

func failure(err error) *jeton.Error {
	e, _ := err.(*jeton.Error)
	if e == nil {
		return new(jeton.Error)
	}
	return e
}

// A reused connection that ends without an answer is not tried again: the
// server may have seen the request. GET is no exception.
func TestOneAttemptIsOneRequest(t *testing.T) {
	for _, method := range []string{"POST", "GET"} {
		t.Run(method, func(t *testing.T) {
			var requests atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) > 1 {
					panic(http.ErrAbortHandler)
				}
				granted("").ServeHTTP(w, r)
			}))
			defer srv.Close()
			c := clientCredentials(func(c *jeton.Connection) { c.TokenURL, c.Request.Method = srv.URL, method })
			engine := new(jeton.Engine)
			if _, err := engine.Exchange(context.Background(), c, nil); err != nil {
				t.Fatal(err)
			}
			_, err := engine.Exchange(context.Background(), c, nil)
			if n := requests.Load(); n != 2 || jeton.CategoryOf(err) != jeton.NetworkError {
				t.Errorf("%d requests for two attempts, %v", n, err)
			}
		})
	}
}

// H035 and H036 with a listener at the other end: nothing arrives there.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		var elsewhere atomic.Int32
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			elsewhere.Add(1)
			granted("").ServeHTTP(w, r)
		}))
		_, port, _ := net.SplitHostPort(other.Listener.Addr().String())
		for _, target := range []string{other.URL + "/token", "http://localhost:" + port + "/token", "//127.0.0.1:" + port + "/"} {
			srv := serve(t, status(code, "", "Location", target))
			for _, g := range hostileGrants(t, srv.URL) {
				for _, client := range []*http.Client{nil, {}, {CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}} {
					if client != nil {
						client.Transport = &http.Transport{DisableKeepAlives: true}
					}
					out := exchange(t, &jeton.Engine{HTTP: client}, g, srv)
					if jeton.CategoryOf(out.err) != jeton.Provider4xxOther || !strings.Contains(out.err.Error(), port) {
						t.Errorf("%d to %s: %v", code, target, out.err)
					}
				}
			}
		}
		other.Close()
		if n := elsewhere.Load(); n != 0 {
			t.Errorf("%d: %d requests went on", code, n)
		}
	}
}

// Statuses with every kind of body.
func TestStatuses(t *testing.T) {
	token := granted("").body
	page := "<html><title>no</title>" + foreignBody + "</html>"
	for _, row := range []struct {
		status    int
		body      string
		category  jeton.Category
		parameter jeton.Parameter
	}{
		{200, token, "", ""}, {201, token, "", ""}, {202, token, "", ""}, {203, token, "", ""}, {299, token, "", ""},
		{204, "", jeton.MalformedResponse, ""}, {206, token[:30], jeton.MalformedResponse, ""}, {304, "", jeton.Provider4xxOther, "token_url"},
		{400, token, jeton.Provider4xxOther, ""}, {400, "", jeton.Provider4xxOther, ""}, {401, "", jeton.Provider4xxOther, ""},
		{401, `{"error":"invalid_client"}`, jeton.InvalidClient, ""}, {401, `{"error":"INVALID_CLIENT"}`, jeton.InvalidClient, ""},
		{400, `{"error":"invalid_grant"}`, jeton.InvalidGrant, ""}, {400, `{"error":"unauthorized_client"}`, jeton.UnauthorizedClient, ""},
		{400, `{"error":"unsupported_grant_type"}`, jeton.UnsupportedGrantType, ""}, {400, `{"error":"invalid_target"}`, jeton.InvalidTarget, ""},
		{400, `{"error":"invalid_request"}`, jeton.InvalidRequest, ""}, {400, `{"error":"consent_required"}`, jeton.ConsentRequired, ""},
		{400, `{"error":"something_else"}`, jeton.Provider4xxOther, ""}, {400, `{"error":"temporarily_unavailable"}`, jeton.Provider5xx, ""},
		{403, page, jeton.Provider4xxOther, ""}, {404, page, jeton.Provider4xxOther, "token_url"}, {404, "", jeton.Provider4xxOther, "token_url"},
		{404, "<html>" + strings.Repeat("x", 100<<10), jeton.Provider4xxOther, "token_url"}, {410, "", jeton.Provider4xxOther, "token_url"},
		{405, "", jeton.Provider4xxOther, "request.method"}, {415, "", jeton.Provider4xxOther, "request.encoding"}, {418, "teapot " + foreignBody, jeton.Provider4xxOther, ""},
		{429, "", jeton.RateLimited, ""}, {429, `{"error":"invalid_client"}`, jeton.RateLimited, ""}, {429, token, jeton.RateLimited, ""},
		{500, `{"error":"invalid_grant","error_description":"d"}`, jeton.Provider5xx, ""}, {500, page, jeton.Provider5xx, ""}, {500, token, jeton.Provider5xx, ""},
		{502, page, jeton.Provider5xx, ""}, {503, "", jeton.Provider5xx, ""}, {504, "", jeton.Provider5xx, ""}, {599, "", jeton.Provider5xx, ""}, {999, "", jeton.Provider5xx, ""},
	} {
		t.Run(fmt.Sprintf("%d %.40s", row.status, row.body), func(t *testing.T) {
			hostileCase{reply: status(row.status, row.body), category: row.category, parameter: row.parameter, check: func(t *testing.T, out outcome) {
				if out.failure != nil && out.failure.Status != row.status {
					t.Errorf("status %d", out.failure.Status)
				}
			}}.run(t)
		})
	}
}

func tlsConnection(url string, change func(*jeton.TLS)) *jeton.Connection {
	return clientCredentials(func(c *jeton.Connection) {
		c.TokenURL = url
		if change != nil {
			change(&c.TLS)
		}
	})
}

// leafPin is the hash of a server's public key.
func leafPin(t *testing.T, url string) [sha256.Size]byte {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "https://"), "/token"), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return sha256.Sum256(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
}
