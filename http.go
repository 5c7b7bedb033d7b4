package jeton

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// HTTPOptions says how token requests reach the network.
type HTTPOptions struct {
	// ProxyFromEnvironment honours HTTPS_PROXY and NO_PROXY: for the command line, never for a server.
	ProxyFromEnvironment bool
	// Egress, if not nil, limits the addresses that may be dialled (for servers).
	Egress *Egress
}

// Egress is the rule of a server for its outgoing connections: public
// addresses, and what Allow adds. It is checked on the resolved address of every
// dial, so that neither a name nor a rebinding DNS server gets round it.
type Egress struct {
	// Allow adds private or loopback networks.
	Allow []netip.Prefix
	// Metadata adds cloud metadata addresses, which Allow alone does not.
	Metadata []netip.Prefix
}

// NewHTTPClient returns a client with a timeout on every phase, TLS 1.2 or
// later, a limit on header size, and no redirects.
func NewHTTPClient(o HTTPOptions) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if o.Egress != nil {
		dialer.Control = o.Egress.control()
	}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  totalTimeout,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    10,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}
	if o.ProxyFromEnvironment {
		transport.Proxy = http.ProxyFromEnvironment
	}
	return &http.Client{Transport: transport, CheckRedirect: refuseRedirect}
}

// refuseRedirect hands the 3xx reply to the caller: nothing is sent on.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// metadataServices are addresses at which clouds hand out credentials: they
// need a line of their own, a network in Allow is not enough.
var metadataServices = []netip.Prefix{
	netip.MustParsePrefix("169.254.169.254/32"), netip.MustParsePrefix("169.254.170.0/24"),
	netip.MustParsePrefix("fd00:ec2::254/128"), netip.MustParsePrefix("100.100.100.200/32"),
	netip.MustParsePrefix("168.63.129.16/32"),
}

// control returns the check that the dialer runs on each resolved address.
func (e *Egress) control() func(network, address string, conn syscall.RawConn) error {
	var v4, v6 []netip.Prefix
	for _, prefix := range append(append([]netip.Prefix(nil), e.Allow...), e.Metadata...) {
		if a := prefix.Addr(); a.Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(a.Unmap(), prefix.Bits()-96)
		}
		if prefix.Addr().Is4() {
			v4 = append(v4, prefix)
		} else {
			v6 = append(v6, prefix)
		}
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithNetworks("tcp4", "tcp6"), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return func(network, address string, conn syscall.RawConn) error {
		host, err := netip.ParseAddrPort(address)
		if err != nil {
			return &egressError{}
		}
		target := host.Addr().Unmap().WithZone("") // a prefix contains no address with a zone
		for _, a := range []netip.Addr{target, embedded(target)} {
			if within(metadataServices, a) && !within(e.Metadata, a) && !within(e.Metadata, target) {
				return &egressError{address: target, key: "egress.metadata"}
			}
		}
		if host.Addr() != target { // judge what will really be dialled
			address = netip.AddrPortFrom(target, host.Port()).String()
			if target.Is4() && network == "tcp6" {
				network = "tcp4"
			}
		}
		if err := guard.Safe(network, address, conn); err != nil {
			return &egressError{address: target, key: "egress.allow"}
		}
		return nil
	}
}

// embedded is the IPv4 address that a gateway makes of an IPv6 address: NAT64
// (RFC 6052) and 6to4 (RFC 3056); the address itself for any other.
func embedded(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

func within(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// egressError is a dial that the egress rule refused.
type egressError struct {
	address netip.Addr
	key     string
}

func (e *egressError) Error() string { return "the address is not allowed by the egress rule" }

// transports keeps one transport for each different set of TLS settings.
type transports struct {
	mu     sync.Mutex
	base   *http.Client
	custom map[[sha256.Size]byte]*http.Transport
}

// transportsSize bounds the transports that are kept.
const transportsSize = 256

// client returns the client for this request.
func (e *Engine) client(c *completed, r *TokenRequest) (*http.Client, *Error) {
	base := e.HTTP
	if base == nil {
		base = e.transports.defaultClient()
	}
	client := &http.Client{Transport: base.Transport, Timeout: base.Timeout, CheckRedirect: refuseRedirect}
	if c.TLS.isZero() {
		return client, nil
	}
	transport, failed := e.transports.forTLS(base.Transport, c, r.Certificate)
	client.Transport = transport
	return client, failed
}

func (t *transports) defaultClient() *http.Client {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.base == nil {
		t.base = NewHTTPClient(HTTPOptions{})
		// Every request has a deadline that ends sooner: a second timer would only cost.
		t.base.Transport.(*http.Transport).ResponseHeaderTimeout = 0
	}
	return t.base
}

// forTLS returns a transport with the document's TLS settings.
func (t *transports) forTLS(base http.RoundTripper, c *completed, certificate *tls.Certificate) (*http.Transport, *Error) {
	plain, ok := base.(*http.Transport)
	if base == nil {
		plain, ok = http.DefaultTransport.(*http.Transport)
	}
	if !ok {
		return nil, NewError(DocumentInvalid, StageConfig, "the tls section cannot be applied", Finding{Parameter: "tls", Certain: true,
			Problem: "Engine.HTTP has a transport of its own, so tls has no effect", Fix: "use an *http.Transport, or configure TLS in that transport"})
	}
	id := c.tlsID(plain)
	t.mu.Lock()
	defer t.mu.Unlock()
	if found := t.custom[id]; found != nil {
		return found, nil
	}
	config, failed := c.tlsConfig(plain.TLSClientConfig, certificate)
	if failed != nil {
		return nil, failed
	}
	own := plain.Clone()
	own.TLSClientConfig = config
	if t.custom == nil {
		t.custom = make(map[[sha256.Size]byte]*http.Transport)
	}
	if len(t.custom) >= transportsSize {
		for old, transport := range t.custom { // any one: a full table is rare
			transport.CloseIdleConnections()
			delete(t.custom, old)
			break
		}
	}
	t.custom[id] = own
	return own, nil
}

// tlsID identifies TLS settings by their contents.
func (c *completed) tlsID(base *http.Transport) [sha256.Size]byte {
	flags := "verify"
	if c.TLS.InsecureSkipVerify {
		flags = "skip"
	}
	client := c.TLS.Client
	return hashParts(flags, c.TLS.Pin, c.TLS.CA.Value.Reveal(), client.Certificate.Value.Reveal(), client.Certificate.Password.Value.Reveal(),
		client.Certificate.Alias, client.Key.Value.Reveal(), client.Key.Password.Value.Reveal(), client.Key.Alias, fmt.Sprintf("%p", base))
}

// tlsConfig is base with the document's CA, pin and client certificate.
func (c *completed) tlsConfig(base *tls.Config, certificate *tls.Certificate) (*tls.Config, *Error) {
	config := &tls.Config{}
	if base != nil {
		config = base.Clone()
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	config.InsecureSkipVerify = config.InsecureSkipVerify || c.TLS.InsecureSkipVerify
	if certificate != nil {
		// Certificates would be withheld, without a word, from a server whose
		// list of authorities does not name the issuer: a self-signed one always.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	if !c.TLS.CA.IsZero() {
		chain, failed := c.keys.certificates("tls.ca", &c.TLS.CA)
		if failed != nil {
			return nil, failed
		}
		config.RootCAs = rootsWith(config.RootCAs, chain)
	}
	if c.TLS.Pin != "" {
		config.InsecureSkipVerify, config.VerifyConnection = true, verifyPin(c.TLS.Pin)
	}
	return config, nil
}

// rootsWith adds certificates to the roots there are, or to the system's.
func rootsWith(roots *x509.CertPool, added []*x509.Certificate) *x509.CertPool {
	if roots != nil {
		roots = roots.Clone()
	} else if system, err := x509.SystemCertPool(); err == nil {
		roots = system
	} else {
		roots = x509.NewCertPool()
	}
	for _, certificate := range added {
		roots.AddCert(certificate)
	}
	return roots
}

// errPin is a server whose key is not the pinned one.
var errPin = errors.New("the server's public key is not the pinned one")

// verifyPin compares the leaf's public key. It stands in for the verification
// of the chain: whoever pins a key trusts that key alone, self-signed or not.
func verifyPin(pin string) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		sum := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
		want := pin[len("sha256/"):]
		if base64.StdEncoding.EncodeToString(sum[:]) == want || base64.RawStdEncoding.EncodeToString(sum[:]) == want {
			return nil
		}
		return errPin
	}
}

// proxyOf names the proxy that a request would go through; empty: none.
func (e *Engine) proxyOf(r *TokenRequest) string {
	base := e.HTTP
	if base == nil {
		return ""
	}
	transport, ok := base.Transport.(*http.Transport)
	if !ok || transport.Proxy == nil {
		return ""
	}
	request, err := r.httpRequest(context.Background())
	if err != nil {
		return ""
	}
	proxy, err := transport.Proxy(request)
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Redacted()
}
