package jeton_test

import (
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
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// rawHead and rawToken are the beginning and the body of a good reply.
const (
	rawHead  = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	rawToken = `{"access_token":"` + hostileToken + `","token_type":"Bearer","expires_in":60}`
)

// rawCase is a reply as bytes on the wire.
type rawCase struct {
	name, reply string
	category    jeton.Category // empty: a token
	says        string
}

func (c rawCase) run(t *testing.T) {
	srv := &counted{}
	address := rawServer(t, answers(&srv.requests, c.reply))
	g := hostileGrants(t, "http://"+address+"/token?key=canary-in-query")[2]
	out := exchange(t, new(jeton.Engine), g, srv)
	if c.category == "" && out.err != nil || c.category != "" && jeton.CategoryOf(out.err) != c.category {
		t.Fatalf("%q, want %q: %v", jeton.CategoryOf(out.err), c.category, out.err)
	}
	if out.err != nil && (!strings.Contains(out.err.Error(), c.says) || strings.Contains(out.err.Error(), "canary")) {
		t.Errorf("%v", out.err)
	}
	if strings.Contains(c.name, "429") && out.failure.RetryAfter != 7*time.Second {
		t.Errorf("retry after %v", out.failure.RetryAfter)
	}
}

// rawRow is one row of the corpus that is about bytes on the wire.
type rawRow struct {
	id    string
	cases []rawCase
}

// zippedSpaces is 200 MB of blanks, in 20 members of gzip with 200 KB together.
var zippedSpaces = sync.OnceValue(func() string {
	var b strings.Builder
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is a legal one
	blank := []byte(strings.Repeat(" ", 1<<20))
	for range 10 {
		_, _ = w.Write(blank)
	}
	_ = w.Close()
	return strings.Repeat(b.String(), 20)
})

func chunk(data, extension string) string {
	return fmt.Sprintf("%x%s\r\n%s\r\n", len(data), extension, data)
}

// hostileTransport are the rows of the corpus that begin with H, and more of the
// same kind, which begin with X.
func hostileTransport() []rawRow {
	const broken = jeton.MalformedResponse
	hints := strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("y", 500)+"\r\n\r\n", 400)
	gz, chunked := rawHead+"Content-Encoding: gzip\r\n\r\n", rawHead+"Transfer-Encoding: chunked\r\n"
	failed := func(status string) string { return strings.Replace(rawHead, "200 OK", status, 1) + "\r\n" }
	return []rawRow{
		{"H039", []rawCase{
			{"gzip bomb", gz + zippedSpaces(), broken, "larger than 64 KiB"},
			{"gzip bomb in chunks", chunked + "Content-Encoding: gzip\r\n\r\n" + chunk(zippedSpaces()[:64<<10], "") + "0\r\n\r\n", broken, "larger than 64 KiB"},
			{"gzip bomb after a token", gz + zipped(rawToken) + zippedSpaces(), broken, "larger than 64 KiB"}}},
		{"H041", []rawCase{
			{"103", hints + rawHead + "\r\n" + rawToken, broken, ""},
			{"100", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 20000) + rawHead + "\r\n" + rawToken, broken, ""},
			{"102", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 20000) + rawHead + "\r\n" + rawToken, broken, ""},
			{"199 in small ones", strings.Repeat("HTTP/1.1 199 \r\n\r\n", 20000), broken, ""}}},
		{"X001", []rawCase{ // the encoding of the content
			{"gzip in gzip, declared once", gz + zipped(zipped(rawToken)), broken, "no JSON"},
			{"bomb in gzip in gzip", gz + zipped(zippedSpaces()), broken, ""},
			{"two members of gzip are one text", gz + zipped(rawToken[:20]) + zipped(rawToken[20:]), "", ""},
			{"empty members of gzip without end", gz + strings.Repeat(zipped(""), 10000), broken, ""},
			{"garbage after gzip", gz + zipped(rawToken) + "more", broken, ""},
			{"deflated garbage", gz + zipped(rawToken)[:10] + strings.Repeat("\xff", 50), broken, "gzip encoding"},
			{"deflate", rawHead + "Content-Encoding: deflate\r\n\r\n" + rawToken, broken, "content encoding"},
			{"zstd", rawHead + "Content-Encoding: zstd\r\n\r\n" + rawToken, broken, "content encoding"},
			{"gzip, br", rawHead + "Content-Encoding: gzip, br\r\n\r\n" + zipped(rawToken), broken, "content encoding"},
			{"two fields", rawHead + "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n" + zipped(rawToken), broken, ""},
			{"gzip that says nothing", rawHead + "\r\n" + zipped(rawToken), broken, "no JSON"}}},
		{"X002", []rawCase{ // the length of the content
			{"shorter than the body", rawHead + "Content-Length: 40\r\n\r\n" + rawToken, broken, "ends too early"},
			{"zero", rawHead + "Content-Length: 0\r\n\r\n" + rawToken, broken, "no body"},
			{"a letter", rawHead + "Content-Length: 6a\r\n\r\n" + rawToken, broken, "not valid HTTP"},
			{"plus", rawHead + "Content-Length: +90\r\n\r\n" + rawToken, broken, "not valid HTTP"},
			{"overflow", rawHead + "Content-Length: 99999999999999999999\r\n\r\n" + rawToken, broken, "not valid HTTP"},
			{"9 EB", rawHead + "Content-Length: 9223372036854775807\r\n\r\n" + rawToken, broken, "before the reply was complete"},
			{"1 GB that comes", rawHead + "Content-Length: 1073741824\r\n\r\n" + strings.Repeat(" ", 100<<10), broken, "larger than 64 KiB"},
			{"beside chunks", chunked + "Content-Length: 3\r\n\r\n" + chunk(rawToken, "") + "0\r\n\r\n", "", ""},
			{"204 with a body", "HTTP/1.1 204 No Content\r\nContent-Length: 90\r\n\r\n" + rawToken, broken, "no body"},
			{"205 with a body", "HTTP/1.1 205 Reset Content\r\n\r\n" + rawToken, "", ""}}},
		{"X003", []rawCase{ // chunks and trailers
			{"extensions without end", chunked + "\r\n" + strings.Repeat(chunk(" ", ";"+strings.Repeat("x", 4000)), 1000), broken, "read to its end"},
			{"a long extension", chunked + "\r\n" + chunk(rawToken, ";"+strings.Repeat("x", 100<<10)), broken, "read to its end"},
			{"a thousand chunks", chunked + "\r\n" + strings.Repeat(chunk(" ", ""), 1000) + chunk(rawToken, "") + "0\r\n\r\n", "", ""},
			{"chunks of one byte without end", chunked + "\r\n" + strings.Repeat(chunk(" ", ""), 70000), broken, ""},
			{"a size that overflows", chunked + "\r\nfffffffffffffffff\r\n" + rawToken, broken, "read to its end"},
			{"a size below zero", chunked + "\r\n-1\r\n" + rawToken, broken, "read to its end"},
			{"a trailer", chunked + "Trailer: X-Token\r\n\r\n" + chunk(rawToken, "") + "0\r\nX-Token: " + foreignBody + "\r\n\r\n", "", ""},
			{"a trailer that is large", chunked + "Trailer: X\r\n\r\n" + chunk(rawToken, "") + "0\r\nX: " + strings.Repeat("y", 100<<10) + "\r\n\r\n", broken, ""},
			{"a trailer that sets the status", chunked + "\r\n" + chunk(rawToken, "") + "0\r\nContent-Length: 3\r\n\r\n", "", ""},
			{"another transfer encoding", rawHead + "Transfer-Encoding: gzip\r\n\r\n" + zipped(rawToken), broken, "not valid HTTP"},
			{"two transfer encodings", rawHead + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk(zipped(rawToken), "") + "0\r\n\r\n", broken, "not valid HTTP"}}},
		{"X004", []rawCase{ // the status line
			{"000", failed("000 No") + rawToken, broken, "status of the reply is not valid"},
			{"099", failed("099 No") + rawToken, broken, "status of the reply is not valid"},
			{"99", failed("99 No") + rawToken, broken, "not valid HTTP"},
			{"-20", failed("-20 No") + rawToken, broken, "not valid HTTP"},
			{"2000", failed("2000 No") + rawToken, broken, "not valid HTTP"},
			{"600", failed("600 No") + rawToken, jeton.Provider5xx, "600"},
			{"999", failed("999 No") + rawToken, jeton.Provider5xx, "999"},
			{"199 is never the last", "HTTP/1.1 199 No\r\n\r\n", jeton.NetworkError, ""},
			{"the reason is foreign", failed("400 "+foreignBody+hostileToken) + "{}", jeton.Provider4xxOther, "400 Bad Request"},
			{"HTTP/0.9", rawToken, broken, "not valid HTTP"},
			{"HTTP/1.0", strings.Replace(rawHead, "1.1", "1.0", 1) + "\r\n" + rawToken, "", ""},
			{"HTTP/9.9", strings.Replace(rawHead, "1.1", "9.9", 1) + "\r\n" + rawToken, "", ""},
			{"HTTP/2 preface", "\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", broken, ""},
			{"a second reply after the first", rawHead + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(rawToken)) + rawToken + rawHead + "\r\n" + rawToken, "", ""}}},
		{"X005", []rawCase{ // the header
			{"20000 fields", rawHead + strings.Repeat("X-"+foreignBody+": y\r\n", 20000) + "\r\n" + rawToken, broken, "header of the reply is larger"},
			{"one field without end", rawHead + "X: " + strings.Repeat(foreignBody, 100000), broken, "header of the reply is larger"},
			{"a name without end", rawHead + strings.Repeat("x", 1<<20), broken, ""},
			{"folded lines", rawHead + "X: a\r\n " + foreignBody + "\r\n\r\n" + rawToken, "", ""},
			{"NUL", rawHead + "X: a\x00b\r\n\r\n" + rawToken, broken, "not valid HTTP"},
			{"a blank before the colon makes another field", rawHead + "Content-Length : 3\r\n\r\n" + rawToken, "", ""},
			{"bare line feeds", strings.ReplaceAll(rawHead, "\r", "") + "\n" + rawToken, "", ""}}},
	}
}

// X006: nothing that a reply sets is kept, or sent with the next request.
func testHostileCookies(t *testing.T) {
	srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("%v", r.Header)
		}
		status(200, rawToken, "Set-Cookie", "session="+foreignBody+"; Path=/", "Alt-Svc", `h3="evil.example:443"`, "Strict-Transport-Security", "max-age=1",
			"Refresh", "0; url=https://evil.example/", "Location", "https://user:"+hostileToken+"@evil.example/", "Link", "<https://evil.example>; rel=next", "Clear-Site-Data", "*").ServeHTTP(w, r)
	}))
	e := new(jeton.Engine)
	for range 3 {
		for _, g := range hostileGrants(t, srv.URL) {
			if out := exchange(t, e, g, srv); out.err != nil || strings.Contains(asJSON(t, out.recorder.Exchanges()), foreignBody) {
				t.Errorf("%v %s", out.err, asJSON(t, out.recorder.Exchanges()))
			}
		}
	}
}

// X007: the same floods over HTTP/2, whose frames and header lists have limits of their own.
func testHostileHTTP2(t *testing.T) {
	for name, row := range map[string]struct {
		reply    http.HandlerFunc
		category jeton.Category
	}{
		"a token": {granted("").ServeHTTP, ""},
		"a flood of 103": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", strings.Repeat("y", 2000))
			for range 200 {
				w.WriteHeader(http.StatusEarlyHints)
			}
			_, _ = io.WriteString(w, rawToken)
		}, jeton.MalformedResponse},
		"a large header": {func(w http.ResponseWriter, _ *http.Request) {
			for i := range 300 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat(foreignBody, 100))
			}
			_, _ = io.WriteString(w, rawToken)
		}, jeton.MalformedResponse},
		"a body without end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1000)); err != nil {
					return
				}
			}
		}, jeton.MalformedResponse},
		"a reset": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, rawToken[:30])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, jeton.MalformedResponse},
		"a trailer that is large": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, rawToken)
			for i := range 300 {
				w.Header().Set(fmt.Sprintf("%sX-%d", http.TrailerPrefix, i), strings.Repeat(foreignBody, 100))
			}
		}, jeton.MalformedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			srv := &counted{}
			srv.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				srv.requests.Add(1)
				if r.ProtoMajor != 2 {
					t.Errorf("%s", r.Proto)
				}
				row.reply(w, r)
			}))
			srv.EnableHTTP2, srv.Config.ErrorLog = true, quiet()
			srv.StartTLS()
			t.Cleanup(srv.Close)
			g := hostileGrants(t, srv.URL)[2]
			g.connection.TLS.InsecureSkipVerify = true
			out := exchange(t, new(jeton.Engine), g, srv)
			if row.category == "" && out.err != nil || row.category != "" && jeton.CategoryOf(out.err) != row.category {
				t.Errorf("%q, want %q: %v", jeton.CategoryOf(out.err), row.category, out.err)
			}
		})
	}
}

// dripping is a reply that gives a byte in every second, and waits with its
// head as long as it is told.
type dripping struct{ head time.Duration }

func (d dripping) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-time.After(d.head):
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: &drops{r.Context()}, ContentLength: -1}, nil
}

type drops struct{ ctx context.Context }

func (d *drops) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	}
}

func (d *drops) Close() error { return nil }

// H040: a reply that never ends is ended by a deadline, or by the limit.
func testHostileEndless(t *testing.T) {
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
	for name, row := range map[string]struct{ head, client, want time.Duration }{
		"a byte in every second": {0, 0, 30 * time.Second},
		"no head":                {time.Hour, 0, 30 * time.Second},
		"the head late":          {20 * time.Second, 0, 30 * time.Second},
		"a longer timeout of the client is no use": {0, time.Hour, 30 * time.Second},
		"a shorter one is":                         {0, 5 * time.Second, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				e := &jeton.Engine{HTTP: &http.Client{Transport: dripping{row.head}, Timeout: row.client}}
				_, err := e.Exchange(context.Background(), hostileGrants(t, "https://as.example/token")[0].connection, nil)
				if took := time.Since(started); took != row.want || jeton.CategoryOf(err) != jeton.NetworkError || !failure(err).Timeout() {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// H042 and the other ways in which TLS fails: each is named.
func testHostileTLS(t *testing.T) {
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
