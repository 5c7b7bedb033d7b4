package oauthtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a running authorization server. All its methods are safe for
// concurrent use.
type Server struct {
	URL string // http://127.0.0.1:port, without a slash at the end

	cfg         Config
	dialect     *Dialect // of Config.Vendor; nil: none
	account     Account
	mtlsURL     string // empty without TLS
	resourceURL string // URL, but for Config.SeparateResource
	authority   Certificate
	key         *ecdsa.PrivateKey // signs JWT access tokens

	ctx     context.Context // ends when the server is closed
	stop    context.CancelFunc
	servers []*http.Server
	serving sync.WaitGroup

	mu         sync.Mutex // guards what is below
	closed     bool
	handlers   sync.WaitGroup // Add only while holding mu and not closed
	transports []*http.Transport
	clients    map[string]Client
	users      map[string]User
	issuers    map[string]AssertionIssuer
	foreign    map[string]subjectToken // of AddSubjectToken
	state
}

// state is what Reset throws away.
type state struct {
	access      map[string]*accessToken
	refresh     map[string]*refreshToken
	others      map[string]subjectToken // what was issued beside access and refresh tokens
	codes       map[string]*code
	pushed      map[string]*pushed   // by request_uri
	devices     map[string]*device   // by device_code
	nonces      map[string]*jar      // by role: authorization server, resource server
	replays     map[string]time.Time // issuer and jti -> when it may be forgotten
	replaysLeft int                  // of the last time that old ones were thrown away
	sweep       int                  // access tokens issued since expired ones were last thrown away
	decided     *Decision            // nil: Config.ApproveAs approves
	deciding    []Decision           // before decided
	sticky      *Fault
	next        []Fault
	requests    []*Recorded
	arrivals    map[string]int // requests that arrived, by endpoint
	started     int            // devices
	arrived     chan struct{}
}

func newState() state {
	return state{
		access:   map[string]*accessToken{},
		refresh:  map[string]*refreshToken{},
		others:   map[string]subjectToken{},
		codes:    map[string]*code{},
		pushed:   map[string]*pushed{},
		devices:  map[string]*device{},
		nonces:   map[string]*jar{},
		replays:  map[string]time.Time{},
		arrivals: map[string]int{},
		arrived:  make(chan struct{}),
	}
}

// TB is the part of testing.TB that [NewTestServer] needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// NewTestServer starts a server that is closed when the test ends.
func NewTestServer(t TB, cfg Config) *Server {
	t.Helper()
	s, err := Start(cfg)
	if err != nil {
		t.Fatalf("start authorization server: %v", err)
		return nil
	}
	t.Cleanup(s.Close)
	return s
}

// NewServer starts a server and panics if it cannot, which happens when
// Config.Addr is taken. Close it when done.
func NewServer(cfg Config) *Server {
	s, err := Start(cfg)
	if err != nil {
		panic("oauthtest: " + err.Error())
	}
	return s
}

// NewTLSServer is NewServer with Config.TLS.
func NewTLSServer(cfg Config) *Server {
	cfg.TLS = true
	return NewServer(cfg)
}

// Start starts a server. Close it when done.
func Start(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.ErrorLog == nil {
		cfg.ErrorLog = log.New(io.Discard, "", 0)
	}
	dialect, err := cfg.useVendor()
	if err != nil {
		return nil, err
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:       cfg,
		dialect:   dialect,
		authority: newAuthority(),
		key:       newSigningKey(),
		clients:   map[string]Client{},
		users:     map[string]User{},
		issuers:   map[string]AssertionIssuer{},
		foreign:   map[string]subjectToken{},
		state:     newState(),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.listen(); err != nil {
		s.Close()
		return nil, err
	}
	s.open()
	return s, nil
}

// listen opens one listener, or two with TLS: asking everybody for a client
// certificate would disturb clients that have none, so real servers use a second one.
func (s *Server) listen() error {
	l, err := net.Listen("tcp", orDefault(s.cfg.Addr, "127.0.0.1:0"))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	host, _, _ := net.SplitHostPort(l.Addr().String())
	extra, err := s.listenExtra(host)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	listeners := append([]net.Listener{l}, extra...)
	scheme := "http://"
	if s.cfg.TLS {
		scheme = "https://"
		cert, err := serverCertificate(&s.authority, host, s.cfg.BrokenCertificate)
		if err != nil {
			return errors.Join(err, closeAll(listeners))
		}
		// HTTP/1.1 only: several faults need the connection itself.
		config := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
		asking := config.Clone()
		asking.ClientAuth = tls.RequestClientCert
		s.mtlsURL = scheme + extra[0].Addr().String()
		for i, l := range listeners {
			listeners[i] = tls.NewListener(l, config)
		}
		listeners[1] = tls.NewListener(extra[0], asking)
	}
	s.URL = scheme + l.Addr().String()
	s.resourceURL = s.URL
	if s.cfg.SeparateResource {
		s.resourceURL = scheme + listeners[len(listeners)-1].Addr().String()
	}
	for _, l := range listeners {
		s.serveOn(l)
	}
	return nil
}

// listenExtra opens the listener that asks for client certificates and that of
// the resource, as far as they are wanted.
func (s *Server) listenExtra(host string) ([]net.Listener, error) {
	var list []net.Listener
	for _, wanted := range []bool{s.cfg.TLS, s.cfg.SeparateResource} {
		if !wanted {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listen on a second port: %w", err), closeAll(list))
		}
		list = append(list, l)
	}
	return list, nil
}

func closeAll(list []net.Listener) error {
	var failed []error
	for _, l := range list {
		failed = append(failed, l.Close())
	}
	return errors.Join(failed...)
}

func (s *Server) serveOn(l net.Listener) {
	h := &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          s.cfg.ErrorLog,
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
	}
	s.servers = append(s.servers, h)
	s.serving.Go(func() { _ = h.Serve(l) }) // always http.ErrServerClosed, or the listener broke and clients will see it
}

// Close stops the server: it ends requests that a fault holds up, closes every
// connection, and returns when nothing runs any more. It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	transports := s.transports
	s.mu.Unlock()
	s.stop()
	for _, h := range s.servers {
		_ = h.Close()
	}
	for _, t := range transports {
		t.CloseIdleConnections()
	}
	s.serving.Wait()
	s.handlers.Wait()
}

// Reset forgets requests, faults, decisions, tokens, codes, nonces and the jtis
// it has seen. Clients, users, assertion issuers and the tokens of
// [Server.AddSubjectToken] stay.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.arrived)
	s.state = newState()
}

// Issuer returns the issuer identifier.
func (s *Server) Issuer() string { return orDefault(s.cfg.Issuer, s.URL+s.cfg.IssuerPath) }

// MetadataURL returns where the metadata of RFC 8414 are: the well-known part
// stands between the host and the path of the issuer.
func (s *Server) MetadataURL() string { return s.URL + pathMetadata + s.issuerPath() }

// OpenIDMetadataURL returns where the metadata of OpenID Connect Discovery are:
// the well-known part comes after the issuer.
func (s *Server) OpenIDMetadataURL() string { return s.URL + s.issuerPath() + pathOpenID }

// AuthorizationURL returns the authorization endpoint. See [Server.Approve] and
// [Server.Browse] for what a browser does there.
func (s *Server) AuthorizationURL() string { return s.URL + pathAuthorize }

// PARURL returns the pushed authorization request endpoint (RFC 9126).
func (s *Server) PARURL() string { return s.URL + pathPAR }

// DeviceAuthorizationURL returns the device authorization endpoint (RFC 8628).
func (s *Server) DeviceAuthorizationURL() string { return s.URL + pathDeviceAuthorization }

// TokenURL returns the token endpoint.
func (s *Server) TokenURL() string { return s.URL + s.tokenPath() }

// MTLSTokenURL returns the token endpoint that asks for a client certificate,
// or "" without TLS.
func (s *Server) MTLSTokenURL() string {
	if s.mtlsURL == "" {
		return ""
	}
	return s.mtlsURL + s.tokenPath()
}

// ResourceURL returns a protected resource that shows whom a token speaks for.
func (s *Server) ResourceURL() string { return s.resourceURL + s.resourcePath() }

// MTLSResourceURL returns the protected resource where a client certificate is
// asked for, or "" without TLS: a token of Config.CertificateBound works there.
func (s *Server) MTLSResourceURL() string {
	if s.mtlsURL == "" {
		return ""
	}
	return s.mtlsURL + s.resourcePath()
}

// IntrospectionURL returns the introspection endpoint (RFC 7662).
func (s *Server) IntrospectionURL() string { return s.URL + pathIntrospect }

// CA returns the PEM certificate of the authority that issued the server's
// certificate, and that [Server.IssueClientCertificate] uses.
func (s *Server) CA() []byte { return s.authority.CertificatePEM }

// HTTPClient returns a client that trusts the server, presents the certificate
// if there is one, and follows no redirect.
func (s *Server) HTTPClient(certificate ...tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(s.authority.Leaf)
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certificate, Time: s.cfg.Now}}
	s.mu.Lock()
	s.transports = append(s.transports, t)
	s.mu.Unlock()
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// now is the server's own idea of the time.
func (s *Server) now() time.Time { return s.cfg.Now().Add(s.cfg.ClockOffset) }

// enter reports whether a request may still be worked on; leave it with handlers.Done.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	return true
}
