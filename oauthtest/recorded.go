package oauthtest

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Recorded is a request that arrived, and what the server decided.
type Recorded struct {
	Time     time.Time // by the server's clock
	Endpoint string    // the path: "/token", "/resource"
	Method   string
	URL      string // as in the request line, with the query
	Host     string // tells the two listeners of a TLS server apart
	Header   http.Header
	Body     []byte
	Form     url.Values // the parameters, wherever they were

	GrantType       string
	ClientAssertion *JWT // nil: there was none
	Assertion       *JWT
	Proof           *JWT // the DPoP proof; nil: there was none
	Certificate     *x509.Certificate

	// Client is the client that authenticated, else the one the request claims to be.
	Client     string
	AuthMethod string // how it authenticated, or tried to
	Subject    string // whom the token speaks for

	// Granted says that the server accepted the request. While a fault keeps
	// the server from looking at it, Granted is false and Error is empty.
	Granted bool
	Error   string // the code: "invalid_client"
	Check   string // the check that failed, in one word: "exp", "signature", "jti", "secret"
	Reason  string // the whole sentence, also when Config.Errors hides it from the client

	// Refusal is the name of the refusal in Dialect.Refusals. Empty without Config.Vendor.
	Refusal string

	Faulted bool // a fault was applied
	Status  int  // of the answer; 0 while there is none, and after a hang-up before the header
}

func newRecorded(r *request) *Recorded {
	rec := &Recorded{
		Time:            r.now,
		Endpoint:        r.path,
		Method:          r.http.Method,
		URL:             r.http.URL.RequestURI(),
		Host:            r.http.Host,
		Header:          r.http.Header.Clone(),
		Body:            r.body,
		Form:            r.params,
		GrantType:       r.param("grant_type"),
		ClientAssertion: r.clientAssertion,
		Assertion:       r.assertion,
		Proof:           r.proof,
		Client:          r.param("client_id"),
	}
	if len(r.chain) > 0 {
		rec.Certificate = r.chain[0]
	}
	return rec
}

// arrive records the request and returns the fault that is meant for it.
func (s *Server) arrive(req *request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.takeFault(req.path)
	req.recorded.Faulted = ok
	if over := len(s.requests) - s.cfg.keepRequests() + 1; over > 0 {
		s.requests = slices.Delete(s.requests, 0, over)
	}
	s.requests = append(s.requests, req.recorded)
	s.arrivals[req.path]++
	close(s.arrived)
	s.arrived = make(chan struct{})
	return f
}

// Requests returns what arrived since the start or the last Reset, oldest
// first, at all endpoints. The maps and slices inside are shared: do not change them.
func (s *Server) Requests() []Recorded {
	return s.recorded(func(*Recorded) bool { return true })
}

// TokenRequests returns what arrived at the token endpoint.
func (s *Server) TokenRequests() []Recorded {
	return s.recorded(func(r *Recorded) bool { return r.Endpoint == pathToken })
}

func (s *Server) recorded(want func(*Recorded) bool) []Recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Recorded
	for _, r := range s.requests {
		if want(r) {
			list = append(list, *r)
		}
	}
	return list
}

// Await returns when n requests have arrived at the token endpoint since the
// start or the last Reset, answered or not. With [Fault.Hold] a test sees a
// request in flight without sleeping.
func (s *Server) Await(ctx context.Context, n int) error { return s.AwaitAt(ctx, pathToken, n) }

// AwaitAt is Await for another endpoint, such as "/device_authorization".
func (s *Server) AwaitAt(ctx context.Context, endpoint string, n int) error {
	for {
		s.mu.Lock()
		enough, arrived := s.arrivals[endpoint] >= n, s.arrived
		s.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ctx.Done():
			return http.ErrServerClosed
		}
	}
}
