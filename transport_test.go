package jeton_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
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
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	whole := `{"access_token":"` + hostileToken + `","token_type":"Bearer","expires_in":60}`
	flood := strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("y", 500)+"\r\n\r\n", 400)
	for _, row := range []struct {
		name, reply string
		category    jeton.Category
		says        string
	}{
		{"closed after the request", "", jeton.NetworkError, "closed the connection without an answer"},
		{"closed in the status line", "HTTP/1.1 20", jeton.MalformedResponse, "not valid HTTP"},
		{"closed in the header", head, jeton.NetworkError, "closed the connection without an answer"},
		{"closed before the body", head + "Content-Length: 60\r\n\r\n", jeton.MalformedResponse, "before the reply was complete"},
		{"closed in the body", head + "Content-Length: 600\r\n\r\n" + whole, jeton.MalformedResponse, "before the reply was complete"},
		{"closed in a chunk", head + "Transfer-Encoding: chunked\r\n\r\n50\r\n" + whole[:40], jeton.MalformedResponse, "before the reply was complete"},
		{"a chunk that is none", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + whole, jeton.MalformedResponse, ""},
		{"no length", head + "\r\n" + whole, "", ""},
		{"closed with 500 before the body", strings.Replace(head, "200 OK", "500 No", 1) + "Content-Length: 60\r\n\r\n", jeton.Provider5xx, "500"},
		{"closed with 429 in the body", strings.Replace(head, "200 OK", "429 No", 1) + "Retry-After: 7\r\nContent-Length: 600\r\n\r\n{", jeton.RateLimited, "429"},
		{"not HTTP", "220 mail.example ESMTP " + foreignBody + "\r\n", jeton.MalformedResponse, "not valid HTTP"},
		{"a header without colon", "HTTP/1.1 200 OK\r\n" + foreignBody + "\r\n\r\n", jeton.MalformedResponse, "not valid HTTP"},
		{"a control character in the header", "HTTP/1.1 200 OK\r\nX: " + foreignBody + "\x01\r\n\r\n", jeton.MalformedResponse, "not valid HTTP"},
		{"two lengths", head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + whole, jeton.MalformedResponse, "not valid HTTP"},
		{"negative length", head + "Content-Length: -1\r\n\r\n" + whole, jeton.MalformedResponse, "not valid HTTP"},
		{"a large header", head + "X: " + strings.Repeat(foreignBody, 10000) + "\r\n\r\n" + whole, jeton.MalformedResponse, "header of the reply is larger"},
		{"a large status line", "HTTP/1.1 200 " + strings.Repeat(foreignBody, 10000) + "\r\n\r\n" + whole, jeton.MalformedResponse, ""},
		{"some 1xx", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + head + "\r\n" + whole, "", ""},
		{"H041 a flood of 1xx", flood + head + "\r\n" + whole, jeton.MalformedResponse, ""},
		{"H041 a flood of 100", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 20000) + head + "\r\n" + whole, jeton.MalformedResponse, ""},
		{"101", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", jeton.Provider4xxOther, ""},
		{"63 KiB", head + "\r\n" + whole[:len(whole)-1] + `,"x":"` + strings.Repeat("y", 63<<10) + `"}`, "", ""},
		{"64 KiB", head + "\r\n" + whole + strings.Repeat(" ", 64<<10-len(whole)), "", ""},
		{"64 KiB and one", head + "\r\n" + whole + strings.Repeat(" ", 64<<10-len(whole)+1), jeton.MalformedResponse, "larger than 64 KiB"},
		{"gzip", head + "Content-Encoding: gzip\r\n\r\n" + zipped(whole), "", ""},
		{"gzip, in capitals", head + "Content-Encoding: GZIP\r\n\r\n" + zipped(whole), "", ""},
		{"H039 gzip bomb", head + "Content-Encoding: gzip\r\n\r\n" + zipped(strings.Repeat(" ", 40<<20)), jeton.MalformedResponse, "larger than 64 KiB"},
		{"gzip that is none", head + "Content-Encoding: gzip\r\n\r\n" + whole, jeton.MalformedResponse, "content encoding"},
		{"truncated gzip", head + "Content-Encoding: gzip\r\n\r\n" + zipped(whole)[:40], jeton.MalformedResponse, ""},
		{"damaged gzip", head + "Content-Encoding: gzip\r\n\r\n" + zipped(whole)[:len(zipped(whole))-8] + "12345678", jeton.MalformedResponse, ""},
		{"empty gzip", head + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", jeton.MalformedResponse, ""},
		{"gzip twice", head + "Content-Encoding: gzip, gzip\r\n\r\n" + zipped(zipped(whole)), jeton.MalformedResponse, "content encoding"},
		{"brotli", head + "Content-Encoding: br\r\n\r\n" + whole, jeton.MalformedResponse, "content encoding"},
		{"deflate with 401", strings.Replace(head, "200 OK", "401 No", 1) + "Content-Encoding: deflate\r\n\r\n" + whole, jeton.Provider4xxOther, "401"},
		{"empty gzip with 503", strings.Replace(head, "200 OK", "503 No", 1) + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", jeton.Provider5xx, "503"},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := &counted{}
			address := rawServer(t, answers(&srv.requests, row.reply))
			g := hostileGrants(t, "http://"+address+"/token?key=canary-in-query")[2]
			out := exchange(t, new(jeton.Engine), g, srv)
			if row.category == "" && out.err != nil || row.category != "" && jeton.CategoryOf(out.err) != row.category {
				t.Fatalf("%q, want %q: %v", jeton.CategoryOf(out.err), row.category, out.err)
			}
			if out.err != nil && (!strings.Contains(out.err.Error(), row.says) || strings.Contains(out.err.Error(), "canary")) {
				t.Errorf("%v", out.err)
			}
			if strings.Contains(row.name, "429") && out.failure.RetryAfter != 7*time.Second {
				t.Errorf("retry after %v", out.failure.RetryAfter)
			}
		})
	}
}

// H040: a reply that never ends is ended by a deadline, or by the limit.
func TestEndlessReply(t *testing.T) {
	leaksNothing(t)
	t.Run("fast", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{})
		srv.Next(oauthtest.Endless())
		_, err := new(jeton.Engine).Exchange(context.Background(), clientCredentialsOf(srv, "client_secret_post"), nil)
		if jeton.CategoryOf(err) != jeton.MalformedResponse || len(srv.TokenRequests()) != 1 {
			t.Errorf("%v", err)
		}
	})
	t.Run("slow", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{})
		srv.Next(oauthtest.Fault{Endless: true, Every: time.Hour})
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			_ = srv.Await(context.Background(), 1)
			cancel()
		}()
		_, err := new(jeton.Engine).Exchange(ctx, clientCredentialsOf(srv, "client_secret_post"), nil)
		if jeton.CategoryOf(err) != jeton.NetworkError {
			t.Errorf("%v", err)
		}
	})
	t.Run("the client's own timeout", func(t *testing.T) {
		hold := make(chan struct{})
		srv := oauthtest.NewTestServer(t, oauthtest.Config{})
		srv.Next(oauthtest.Hold(hold))
		client := jeton.NewHTTPClient(jeton.HTTPOptions{})
		client.Timeout = 20 * time.Millisecond
		_, err := (&jeton.Engine{HTTP: client}).Exchange(context.Background(), clientCredentialsOf(srv, "client_secret_post"), nil)
		close(hold)
		client.CloseIdleConnections()
		if e := failure(err); jeton.CategoryOf(err) != jeton.NetworkError || !e.Timeout() || e.ExitCode() != 10 || e.HTTPStatus() != 504 {
			t.Errorf("%v", err)
		}
	})
	t.Run("already cancelled", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := new(jeton.Engine).Exchange(ctx, clientCredentialsOf(srv, "client_secret_post"), nil)
		if jeton.CategoryOf(err) != jeton.NetworkError || len(srv.TokenRequests()) != 0 {
			t.Errorf("%v", err)
		}
	})
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

// H042 and the other ways in which TLS fails: each is named.
func TestTLSFailures(t *testing.T) {
	leaksNothing(t)
	trust := func(srv *oauthtest.Server) func(*jeton.TLS) {
		return func(o *jeton.TLS) { o.CA = jeton.KeyValue(string(srv.CA())) }
	}
	want := func(t *testing.T, c *jeton.Connection, category jeton.Category, p jeton.Parameter, says string) {
		t.Helper()
		recorder := new(jeton.Recorder)
		_, err := new(jeton.Engine).Exchange(jeton.WithRecorder(context.Background(), recorder), c, nil)
		found := findings(err)
		if jeton.CategoryOf(err) != category || len(found) == 0 || found[0].Parameter != p || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v %+v", jeton.CategoryOf(err), err, found)
		}
		if e := failure(err); e.Stage != jeton.StageTLS && category == jeton.TLSVerification {
			t.Errorf("stage %s", e.Stage)
		}
		if last := recorder.Timeline(); last[len(last)-1].Status != "failed" {
			t.Errorf("%+v", last)
		}
	}
	for fault, row := range map[oauthtest.CertificateFault]struct {
		p    jeton.Parameter
		says string
	}{
		oauthtest.CertificateExpired:    {"clock", "not valid at this time"},
		oauthtest.CertificateWrongName:  {"token_url", "another name"},
		oauthtest.CertificateSelfSigned: {"tls.ca", "authority that is not trusted"},
	} {
		t.Run(string(fault), func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true, BrokenCertificate: fault})
			want(t, tlsConnection(srv.TokenURL(), trust(srv)), jeton.TLSVerification, row.p, row.says)
			if n := len(srv.Requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
	t.Run("unknown authority", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
		want(t, tlsConnection(srv.TokenURL(), nil), jeton.TLSVerification, "tls.ca", "not trusted")
	})
	t.Run("pin", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true, BrokenCertificate: oauthtest.CertificateSelfSigned})
		srv.AddClient(oauthtest.Client{ID: "a", Secret: "abcdefgh"})
		pin := func(sum [sha256.Size]byte) func(*jeton.TLS) {
			return func(o *jeton.TLS) { o.Pin = "sha256/" + base64.StdEncoding.EncodeToString(sum[:]) }
		}
		want(t, tlsConnection(srv.TokenURL(), pin(sha256.Sum256([]byte("another")))), jeton.TLSVerification, "tls.pin", "pinned")
		mustExchange(t, tlsConnection(srv.TokenURL(), pin(leafPin(t, srv.TokenURL()))))
		mustExchange(t, tlsConnection(srv.TokenURL(), func(o *jeton.TLS) { o.InsecureSkipVerify = true }))
	})
	t.Run("ca and client certificate", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
		issued := srv.IssueClientCertificate("app")
		srv.AddClient(oauthtest.Client{ID: "a", SubjectDN: issued.Leaf.Subject.String()})
		c := tlsConnection(srv.MTLSTokenURL(), trust(srv))
		c.Client = jeton.Client{ID: "a", Auth: "tls_client_auth"}
		c.TLS.Client = jeton.TLSClient{Certificate: jeton.KeyValue(string(issued.CertificatePEM)), Key: jeton.KeyValue(string(issued.KeyPEM))}
		mustExchange(t, c)
	})
	t.Run("http on an https port", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{})
		want(t, tlsConnection(strings.Replace(srv.TokenURL(), "http:", "https:", 1), nil), jeton.NetworkError, "token_url", "does not speak TLS")
	})
	t.Run("https on an http port", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
		_, err := new(jeton.Engine).Exchange(context.Background(), tlsConnection(strings.Replace(srv.TokenURL(), "https:", "http:", 1), nil), nil)
		if e := failure(err); jeton.CategoryOf(err) != jeton.Provider4xxOther || e.Status != 400 {
			t.Errorf("%v", err)
		}
	})
	for name, config := range map[string]*tls.Config{
		"TLS 1.1":                              {MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10},
		"client certificate required":          {ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12},
		"client certificate required, TLS 1.2": {ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12},
		"another client certificate":           {ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool()},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewUnstartedServer(granted(""))
			srv.TLS = config
			srv.Config.ErrorLog = quiet()
			srv.StartTLS()
			defer srv.Close()
			c := tlsConnection(srv.URL, func(o *jeton.TLS) { o.InsecureSkipVerify = true })
			p, says := jeton.Parameter("tls.client"), "refused the TLS connection"
			switch {
			case name == "TLS 1.1":
				p, says = "token_url", "1.2 is the floor"
			case strings.HasPrefix(name, "another"):
				c.TLS.Client = selfSigned(t, -day, 100*day)
			}
			want(t, c, jeton.NetworkError, p, says)
		})
	}
	for name, talk := range map[string]func(net.Conn){
		"closed before the handshake": func(net.Conn) {},
		"closed in the handshake":     func(c net.Conn) { _, _ = c.Read(make([]byte, 100)) },
		"nonsense":                    func(c net.Conn) { _, _ = io.WriteString(c, "\x16\x03\x03\x00\x02\xff\xff") },
	} {
		t.Run(name, func(t *testing.T) {
			address := rawServer(t, talk)
			_, err := new(jeton.Engine).Exchange(context.Background(), tlsConnection("https://"+address, nil), nil)
			if e := failure(err); jeton.CategoryOf(err) != jeton.NetworkError || e.Stage != jeton.StageTLS {
				t.Errorf("%s %v", failure(err).Stage, err)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		want(t, tlsConnection("https://127.0.0.1:1/", nil), jeton.NetworkError, "token_url", "connection refused")
	})
	t.Run("TLS closed without notify", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
		srv.AddClient(oauthtest.Client{ID: "a", Secret: "abcdefgh"})
		srv.Next(oauthtest.Fault{Hangup: true, Truncate: 20})
		_, err := new(jeton.Engine).Exchange(context.Background(), tlsConnection(srv.TokenURL(), trust(srv)), nil)
		if jeton.CategoryOf(err) != jeton.MalformedResponse || len(srv.TokenRequests()) != 1 {
			t.Errorf("%v", err)
		}
		srv.Next(oauthtest.Hangup())
		_, err = new(jeton.Engine).Exchange(context.Background(), tlsConnection(srv.TokenURL(), trust(srv)), nil)
		if jeton.CategoryOf(err) != jeton.NetworkError || len(srv.TokenRequests()) != 2 {
			t.Errorf("%v", err)
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
