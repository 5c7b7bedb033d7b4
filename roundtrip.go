package jeton

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jeton-oauth/jeton/internal/scrub"
)

// maxReply bounds a token reply, in bytes after decoding.
const maxReply = 64 << 10

// roundTrip sends the request once and reads the reply. It judges nothing but
// the transport. With an error the reply holds what arrived: its Status is 0 if
// that is nothing.
func (e *Engine) roundTrip(ctx context.Context, c *completed, request *TokenRequest, recorder *Recorder) (RawReply, error) {
	client, failed := e.client(c, request)
	if failed != nil {
		return RawReply{}, request.asked.retarget(failed)
	}
	timeout := totalTimeout
	if client.Timeout > 0 {
		timeout = min(timeout, client.Timeout)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	trace := newTrace()
	req, err := request.httpRequest(httptrace.WithClientTrace(ctx, trace.hooks()))
	if own, ok := errors.AsType[*Error](err); ok {
		return RawReply{}, own
	}
	if err != nil {
		return RawReply{}, request.asked.retarget(NewError(DocumentInvalid, StageConfig, "the token request cannot be built",
			Finding{Parameter: "token_url", Problem: "the URL cannot be used for a request", Fix: "check token_url and request", Certain: true}))
	}
	if request.asked != nil && request.asked.resource && req.Body == nil {
		req.Body = http.NoBody // gateways dislike a GET that may have a body
	}
	started := time.Now()
	response, err := roundTripOnce(client, req)
	if err != nil {
		failed := request.asked.retarget(transportError(ctx, err, trace, c))
		recorder.transported(trace, request, started, nil, failed)
		return RawReply{}, failed
	}
	defer response.Body.Close()
	if response.StatusCode < 100 { // net/http lets 000 pass
		failed := request.asked.retarget(notHTTP("the status of the reply is not valid HTTP"))
		recorder.transported(trace, request, started, nil, failed)
		return RawReply{}, failed
	}
	e.keepNonce(request, response)
	body, err := readReply(response)
	reply := RawReply{Status: response.StatusCode, Header: response.Header, Body: body}
	if err != nil && reply.Status >= 300 && ctx.Err() == nil {
		err = nil // the status says enough; what was read of the page may say more
	}
	if err != nil {
		failed := request.asked.retarget(bodyFailure(ctx, err, reply))
		e.judge(reply, func() { recorder.transported(trace, request, started, &reply, failed) })
		reply.Partial = true
		return reply, failed
	}
	e.judge(reply, func() { recorder.transported(trace, request, started, &reply, nil) })
	return reply, nil
}

// keepNonce notes the nonce that a server gives with any reply (RFC 9449
// section 8.2), to a client that makes proofs.
func (e *Engine) keepNonce(request *TokenRequest, response *http.Response) {
	if request.Connection.Client.DPoP == nil {
		return
	}
	u, err := url.Parse(request.URL)
	if nonce := replyNonce(response.Header); nonce != "" && err == nil {
		e.nonceStore().KeepNonce(originOf(u), nonce)
	}
}

// roundTripOnce sends a request once. It is not client.Do, which would want to
// understand a Location that nobody will follow; and a GET request, too, is not
// sent again by the transport when the connection ends before the reply: a body
// that is empty, but no [http.NoBody], tells it so.
func roundTripOnce(client *http.Client, req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = io.NopCloser(strings.NewReader(""))
	}
	transport := client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	return transport.RoundTrip(req)
}

var (
	errTooLarge = errors.New("the reply is larger than 64 KiB")
	errEncoding = errors.New("the reply has a content encoding that was not asked for")
)

// readReply reads the body, decoded, up to the limit.
func readReply(response *http.Response) ([]byte, error) {
	var reader io.Reader = response.Body
	switch encoding := strings.ToLower(response.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unzipped, err := gzip.NewReader(io.LimitReader(response.Body, maxReply+1))
		if err != nil {
			return nil, errEncoding
		}
		reader = unzipped
	default:
		return nil, errEncoding
	}
	room := int64(bytes.MinRead)
	if response.ContentLength > 0 && response.ContentLength <= maxReply {
		room += response.ContentLength
	}
	buffer := bytes.NewBuffer(make([]byte, 0, room))
	_, err := buffer.ReadFrom(io.LimitReader(reader, maxReply+1))
	body := buffer.Bytes()
	if len(body) > maxReply {
		return body[:maxReply], errTooLarge
	}
	return body, err
}

// bodyFailure is a reply that could not be read to its end.
func bodyFailure(ctx context.Context, err error, reply RawReply) *Error {
	var failed *Error
	var netError net.Error
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errEncoding):
		failed = NewError(MalformedResponse, StageResponse, err.Error(), tokenURLFinding("the reply is no token reply", true))
		failed.err = err
	case ctx.Err() != nil, errors.As(err, &netError) && netError.Timeout():
		failed = NewError(NetworkError, StageHTTP, "the reply did not end in time")
		failed.timeout = true
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, new(flate.CorruptInputError)):
		failed = NewError(MalformedResponse, StageResponse, "the reply is damaged: its gzip encoding cannot be read")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &netError):
		failed = NewError(MalformedResponse, StageResponse, "the connection was closed before the reply was complete")
	default: // net/http has no types for what is wrong with a chunk or a frame
		failed = NewError(MalformedResponse, StageResponse, "the reply cannot be read to its end")
	}
	return failed.withReply(reply)
}

func tokenURLFinding(problem string, suspect bool) Finding {
	return Finding{Parameter: "token_url", Problem: problem, Fix: "check that token_url is the token endpoint", Certain: !suspect}
}

// trace notes how far a request came.
type trace struct {
	mu    sync.Mutex
	start map[Stage]time.Time
	took  map[Stage]time.Duration
	// detail of a stage that went well.
	detail map[Stage]string
	// reached is the last stage that was begun.
	reached Stage
	reused  bool
	wrote   bool
}

func newTrace() *trace {
	return &trace{reached: StageDNS}
}

func (t *trace) begin(s Stage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reached = s
	if s == StageHTTP { // ends with the exchange; a connection that was open needs no map
		return
	}
	if t.start == nil {
		t.start, t.took, t.detail = map[Stage]time.Time{}, map[Stage]time.Duration{}, map[Stage]string{}
	}
	if _, again := t.start[s]; !again { // several addresses may be dialled at once
		t.start[s] = time.Now()
	}
}

func (t *trace) end(s Stage, detail string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.took[s], t.detail[s] = time.Since(t.start[s]), detail
	}
}

func (t *trace) at() (reached Stage, wrote bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.reached, t.wrote
}

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { t.begin(StageDNS) },
		DNSDone: func(i httptrace.DNSDoneInfo) {
			addresses := make([]string, 0, len(i.Addrs))
			for _, a := range i.Addrs {
				addresses = append(addresses, a.String())
			}
			t.end(StageDNS, joinLimited(addresses), i.Err)
		},
		ConnectStart:      func(string, string) { t.begin(StageTCP) },
		ConnectDone:       func(_, address string, err error) { t.end(StageTCP, address, err) },
		TLSHandshakeStart: func() { t.begin(StageTLS) },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			t.end(StageTLS, tls.VersionName(s.Version)+", "+tls.CipherSuiteName(s.CipherSuite), err)
		},
		GotConn: func(i httptrace.GotConnInfo) {
			t.begin(StageHTTP)
			t.mu.Lock()
			t.reused = i.Reused
			t.mu.Unlock()
		},
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			t.mu.Lock()
			t.wrote = i.Err == nil
			t.mu.Unlock()
		},
	}
}

// transportError says in words which part of the way failed. The text of
// url.Error is left out: it prints the query, which may hold credentials.
func transportError(ctx context.Context, err error, t *trace, c *completed) *Error {
	reached, _ := t.at()
	var egress *egressError
	var dns *net.DNSError
	var netError net.Error
	switch {
	case errors.As(err, &egress):
		return egressFailure(egress)
	case errors.As(err, &dns) && ctx.Err() == nil:
		return networkError(StageDNS, "the host name "+scrub.Escape(scrub.Cut(dns.Name, 100))+" "+dnsProblem(dns), "token_url", "check the host in token_url", err)
	case ctx.Err() != nil, errors.As(err, &netError) && netError.Timeout():
		failed := networkError(reached, "no answer in time ("+stageWords[reached]+")", "", "", nil)
		failed.timeout = true
		failed.err = context.DeadlineExceeded
		if errors.Is(ctx.Err(), context.Canceled) {
			failed.Problem, failed.timeout, failed.err = "the request was cancelled", false, context.Canceled
		}
		return failed
	}
	if failed := tlsFailure(err, reached, c); failed != nil {
		return failed
	}
	if problem := noHTTP(err); problem != "" {
		return notHTTP(problem)
	}
	switch reached {
	case StageDNS, StageTCP:
		return networkError(StageTCP, "the connection failed: "+connectProblem(err), "token_url", "check host and port in token_url, and that nothing between blocks them", err)
	case StageTLS:
		return networkError(StageTLS, "the server closed the connection during the TLS handshake", "tls.client", "check whether the server wants a client certificate, or admits only known addresses", nil)
	}
	return networkError(StageHTTP, "the server closed the connection without an answer", "token_url", "check that token_url speaks HTTP(S) and what stands between", nil)
}

func notHTTP(problem string) *Error {
	return NewError(MalformedResponse, StageHTTP, problem, tokenURLFinding(problem, true))
}

// noHTTP says in our words what net/http found wrong with the head of a reply;
// empty if that is not the reason. Its own text may quote the reply.
func noHTTP(err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "1xx informational"):
		return "the server sends interim replies (1xx) without end"
	case strings.Contains(text, "headers exceeded"), strings.Contains(text, "header list larger"), strings.Contains(text, "header list too large"):
		return "the header of the reply is larger than 64 KiB"
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, "malformed MIME"), strings.Contains(text, "bad Content-Length"),
		strings.Contains(text, "Transfer-Encoding"), strings.Contains(text, "transfer encoding"), strings.Contains(text, "Content-Length"):
		return "the head of the reply is not valid HTTP"
	case strings.Contains(text, "PROTOCOL_ERROR"), strings.Contains(text, "COMPRESSION_ERROR"), strings.Contains(text, "FRAME_SIZE_ERROR"):
		return "the reply is not valid HTTP/2"
	}
	return ""
}

var stageWords = map[Stage]string{
	StageDNS: "looking up the host", StageTCP: "connecting", StageTLS: "TLS handshake", StageHTTP: "waiting for the reply",
}

func egressFailure(e *egressError) *Error {
	line := e.key + ": " + e.address.String() + "/32"
	if e.address.Is6() {
		line = e.key + ": " + e.address.String() + "/128"
	}
	return NewError(EgressDenied, StageTCP, "the egress rule does not allow the address of the authorization server", Finding{Parameter: "egress", Certain: true,
		Problem: "connections to " + e.address.String() + " are not allowed", Fix: "add the line to the server's configuration, if this address is meant", Proposed: line})
}

func networkError(stage Stage, problem string, p Parameter, fix string, cause error) *Error {
	failed := NewError(NetworkError, stage, problem)
	if p != "" {
		failed.Findings = []Finding{{Parameter: p, Problem: problem, Fix: fix}}
	}
	var op *net.OpError
	if errors.As(cause, &op) {
		failed.err = op.Err
	}
	return failed
}

func dnsProblem(e *net.DNSError) string {
	if e.IsNotFound {
		return "does not exist"
	}
	return "cannot be looked up"
}

func connectProblem(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the network or host is unreachable"
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy did not make it"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	}
	return "the address cannot be reached"
}

// tlsFailure says which check of the server's certificate failed, or what the
// server said of ours; nil if TLS is not the reason.
func tlsFailure(err error, reached Stage, c *completed) *Error {
	var (
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		verifies *tls.CertificateVerificationError
		op       *net.OpError
	)
	switch {
	case errors.Is(err, errPin):
		return verification("the server's public key is not the pinned one", "tls.pin", "compare the pin with the server's certificate")
	case errors.As(err, &name):
		return verification("the server's certificate is for another name", "token_url", "check the host in token_url")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return verification("the server's certificate is not valid at this time (until "+invalid.Cert.NotAfter.UTC().Format(time.DateOnly)+")", "clock", "check this machine's clock, then ask the provider")
	case errors.As(err, &unknown):
		return verification("the server's certificate is signed by an authority that is not trusted here", "tls.ca", "write the authority's certificate in tls.ca")
	case errors.As(err, &verifies), errors.As(err, &invalid):
		return verification("the server's certificate cannot be verified", "tls.ca", "write the authority's certificate in tls.ca")
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return networkError(StageTLS, "the server does not speak TLS on this port", "token_url", "check scheme and port of token_url", nil)
	case errors.As(err, &op) && op.Op == "remote error":
		return alertFailure(op.Err, c)
	case reached == StageTLS && !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET):
		return networkError(StageTLS, "the TLS handshake failed: "+tlsReason(err), "token_url", "ask the provider which TLS versions it offers; 1.2 is the floor", nil)
	}
	return nil
}

func verification(problem string, p Parameter, fix string) *Error {
	return NewError(TLSVerification, StageTLS, problem, Finding{Parameter: p, Problem: problem, Fix: fix, Certain: true})
}

// alertFailure is a TLS alert from the server: usually about our certificate.
func alertFailure(err error, c *completed) *Error {
	if strings.Contains(err.Error(), "protocol version") {
		return networkError(StageTLS, "the server offers no TLS version that is accepted here: 1.2 is the floor", "token_url", "ask the provider for TLS 1.2 or later", nil)
	}
	fix := "write the client certificate and its key in tls.client"
	if !c.TLS.Client.isZero() {
		fix = "check that the certificate in tls.client is the one that the provider knows"
	}
	return networkError(StageTLS, "the server refused the TLS connection: "+tlsReason(err), "tls.client", fix, nil)
}

// tlsReason is the short reason of crypto/tls, such as "bad certificate".
func tlsReason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, "tls: "); i >= 0 {
		text = text[i+len("tls: "):]
	}
	return scrub.Cut(scrub.Escape(text), 80)
}
