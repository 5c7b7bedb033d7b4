package jeton

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jeton-oauth/jeton/internal/scrub"
)

// Metadata are read again once they are metadataLife old; where that fails, they
// serve until they are metadataGrace old. A failure is not repeated for
// discoveryPause.
const (
	metadataLife   = time.Hour
	metadataGrace  = 24 * time.Hour
	discoveryPause = 30 * time.Second
)

// discoveries is what an engine knows of authorization servers.
type discoveries struct {
	mu    sync.Mutex
	found map[[sha256.Size]byte]discovery
	// running holds a channel for each discovery under way; it is closed at the end.
	running map[[sha256.Size]byte]chan struct{}
}

type discovery struct {
	metadata *Metadata
	read     time.Time // when the metadata were read
	failed   *Error    // of the newest attempt; nil if it went well
	tried    time.Time // when that was
}

// discoveryID tells apart what was asked for and how: with another CA the same name may
// be another server.
func (c *completed) discoveryID() [sha256.Size]byte {
	settings := c.tlsID(nil)
	return hashParts(c.Issuer, string(settings[:]))
}

func (d *discoveries) get(id [sha256.Size]byte) discovery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.found[id]
}

func (d *discoveries) keep(id [sha256.Size]byte, entry discovery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.found == nil || len(d.found) >= memorySize {
		d.found = make(map[[sha256.Size]byte]discovery)
	}
	d.found[id] = entry
}

// begin returns nil to the one caller who is to read the metadata, and to all
// others what is closed when that one has finished.
func (d *discoveries) begin(id [sha256.Size]byte) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if running := d.running[id]; running != nil {
		return running
	}
	if d.running == nil {
		d.running = make(map[[sha256.Size]byte]chan struct{})
	}
	d.running[id] = make(chan struct{})
	return nil
}

func (d *discoveries) end(id [sha256.Size]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.running[id])
	delete(d.running, id)
}

// Discover reads the metadata of c's issuer, or returns those that the engine
// has read within the last hour; nil for a connection without issuer. Where they
// cannot be read again, the old ones serve for a day. They are not to be changed.
func (e *Engine) Discover(ctx context.Context, c *Connection) (*Metadata, error) {
	prepared := complete(c, &e.keys, nil, false)
	prepared.check(e.now())
	if err := prepared.report.err(); err != nil {
		return nil, err
	}
	if prepared.Issuer == "" {
		return nil, nil
	}
	metadata, failed := e.discover(ctx, prepared)
	if failed != nil {
		return nil, failed
	}
	return metadata, nil
}

// discover returns the metadata of an issuer whose URL has been checked. Callers
// who want the same at the same time share one request; each may leave.
func (e *Engine) discover(ctx context.Context, c *completed) (*Metadata, *Error) {
	id, started := c.discoveryID(), time.Now()
	for {
		if metadata, failed := e.discoveries.get(id).now(e.now()); metadata != nil || failed != nil {
			return metadata, failed
		}
		running := e.discoveries.begin(id)
		if running == nil {
			defer e.discoveries.end(id)
			if metadata, failed := e.discoveries.get(id).now(e.now()); metadata != nil || failed != nil { // somebody was faster
				return metadata, failed
			}
			return e.discoverNow(ctx, c, id)
		}
		select {
		case <-running:
		case <-ctx.Done():
			failed := discoveryLeft(ctx.Err())
			recorderFrom(ctx).stage(StageDiscovery, "failed", time.Since(started), failed.Error())
			return nil, failed
		}
	}
}

// discoverNow sends the requests, and keeps what they yield.
func (e *Engine) discoverNow(ctx context.Context, c *completed, id [sha256.Size]byte) (*Metadata, *Error) {
	started, recorder := time.Now(), recorderFrom(ctx)
	metadata, failed := e.readWellKnown(ctx, c)
	now, known := e.now(), e.discoveries.get(id)
	if failed == nil {
		recorder.stage(StageDiscovery, "ok", time.Since(started), "read "+metadata.Source)
		e.discoveries.keep(id, discovery{metadata: metadata, read: now})
		return metadata, nil
	}
	if ctx.Err() == nil { // a caller who left says nothing about the server
		e.discoveries.keep(id, discovery{metadata: known.metadata, read: known.read, failed: failed, tried: now})
	}
	old := known.stillGood(now)
	detail := failed.Error()
	if old != nil {
		detail += "; the metadata that were read before are used"
	}
	recorder.stage(StageDiscovery, "failed", time.Since(started), detail)
	if old != nil {
		return old, nil
	}
	return nil, failed.copy()
}

// now is what needs no request: the metadata, or the failure that has just been
// seen; neither if they must be read.
func (d discovery) now(now time.Time) (*Metadata, *Error) {
	switch {
	case d.failed == nil && d.metadata != nil && younger(now.Sub(d.read), metadataLife):
		return d.metadata, nil
	case d.failed != nil && younger(now.Sub(d.tried), discoveryPause):
		if old := d.stillGood(now); old != nil {
			return old, nil
		}
		return nil, d.failed.copy()
	}
	return nil, nil
}

// stillGood is the metadata of an entry while they may stand in for newer ones.
func (d discovery) stillGood(now time.Time) *Metadata {
	if younger(now.Sub(d.read), metadataGrace) {
		return d.metadata
	}
	return nil
}

// younger reports whether an age is below a limit; a clock that was set back
// makes no age.
func younger(age, limit time.Duration) bool { return age >= 0 && age < limit }

// copy is for a caller, who may change what it is given.
func (e *Error) copy() *Error {
	own := *e
	own.Findings = slices.Clone(e.Findings)
	return &own
}

// discoveryLeft is the error of a caller who left before the metadata came.
func discoveryLeft(err error) *Error {
	failed := NewError(NetworkError, StageDiscovery, "discovery failed: no answer in time")
	failed.err, failed.timeout = err, !errors.Is(err, context.Canceled)
	if !failed.timeout {
		failed.Problem = "discovery failed: the request was cancelled"
	}
	return failed
}

// KnownMetadata are the metadata of c's issuer that [Engine.Discover] or an
// exchange has read before; nil if there are none. They are not to be changed.
func (e *Engine) KnownMetadata(c *Connection) *Metadata {
	return e.knownMetadata(complete(c, &e.keys, nil, false))
}

// knownMetadata is what has been discovered already; nil if that is nothing, or too old.
func (e *Engine) knownMetadata(c *completed) *Metadata {
	if c.Issuer == "" {
		return nil
	}
	return e.discoveries.get(c.discoveryID()).stillGood(e.now())
}

// readWellKnown tries the two places: RFC 8414 section 3.1 inserts its path
// between host and path of the issuer, OpenID Connect Discovery appends its own.
func (e *Engine) readWellKnown(ctx context.Context, c *completed) (*Metadata, *Error) {
	var failures []*Error
	for _, target := range wellKnown(c.Issuer) {
		metadata, failed := e.readMetadata(ctx, c, target)
		if failed == nil {
			return metadata, nil
		}
		failures = append(failures, failed)
		if failed.Status == 0 && failed.category != MalformedResponse { // the network, which the other place shares
			return nil, failed
		}
	}
	return nil, mostTelling(failures)
}

// mostTelling prefers a document that was there, and wrong, and then a server in
// trouble, to one that was not there.
func mostTelling(failures []*Error) *Error {
	for _, category := range []Category{MalformedResponse, Provider5xx, RateLimited} {
		for _, failed := range failures {
			if failed.category == category {
				return failed
			}
		}
	}
	last := failures[len(failures)-1]
	if len(failures) > 1 && len(failures[0].Findings) == 1 && len(last.Findings) == 1 {
		last.Findings[0].Evidence = failures[0].Findings[0].Evidence + "; " + last.Findings[0].Evidence
	}
	return last
}

// wellKnown are the places of an issuer's metadata.
func wellKnown(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	origin := u.Scheme + "://" + u.Host
	return []string{origin + "/.well-known/oauth-authorization-server" + path, origin + path + "/.well-known/openid-configuration"}
}

func (e *Engine) readMetadata(ctx context.Context, c *completed, target string) (*Metadata, *Error) {
	r := &TokenRequest{Connection: &c.Connection, Now: e.now(), Method: http.MethodGet, URL: target, Header: http.Header{}, Form: url.Values{},
		Certificate: c.certificate, keys: &c.keys, asked: &wellKnownMetadata}
	e.writeOwnHeaders(r)
	reply, err := e.roundTrip(ctx, c, r, nil)
	var failed *Error
	if errors.As(err, &failed) {
		failed.Stage, failed.Problem = StageDiscovery, "discovery failed: "+failed.Problem
		return nil, failed
	}
	if reply.Status != http.StatusOK {
		return nil, noMetadata(c.Issuer, target, reply)
	}
	return readMetadata(reply.Body, c.Issuer, target)
}

// noMetadata is an answer other than 200 at a place of metadata.
func noMetadata(issuer, target string, reply RawReply) *Error {
	category := Provider4xxOther
	if reply.Status == http.StatusTooManyRequests {
		category = RateLimited
	} else if reply.Status >= 500 {
		category = Provider5xx
	}
	problem, fix := "there are no metadata of this issuer", "check issuer, which is "+issuer+"; or write the endpoints in the document"
	evidence := target + ": status " + statusText(reply.Status)
	switch {
	case reply.Status >= 300 && reply.Status < 400:
		problem = "the issuer redirects, which discovery does not follow"
		evidence += ", redirects to " + locationHost(reply.Header.Get("Location"))
	case category != Provider4xxOther:
		problem, fix = "the server of the issuer is in trouble", "try again later; or write the endpoints in the document"
	case reply.Status != http.StatusNotFound && reply.Status != http.StatusGone:
		problem = "the server of the issuer does not give its metadata"
	}
	failed := NewError(category, StageDiscovery, "discovery failed: "+target+" answered with status "+statusText(reply.Status),
		Finding{Parameter: "issuer", Problem: problem, Evidence: evidence, Fix: fix})
	return failed.withReply(reply)
}

// needsDiscovery reports whether an endpoint is missing that metadata may name.
func (c *completed) needsDiscovery() bool {
	if c.Issuer == "" || c.metadata != nil || c.Type != "oauth2" || selfIssued(&c.Connection) {
		return false
	}
	return c.TokenURL == "" || c.wantsAlias()
}

// wantsAlias reports whether mtls_endpoint_aliases may change the request.
func (c *completed) wantsAlias() bool { return c.certificate != nil && c.MTLSTokenURL == "" }

// useMetadata fills the endpoints that the document leaves out.
func (c *completed) useMetadata() {
	m := c.metadata
	if m == nil || c.Type != "oauth2" || selfIssued(&c.Connection) {
		return
	}
	for _, e := range c.endpoints() {
		if said := m.endpointOf(e.parameter); *e.url == "" && said != "" {
			c.discovered = append(c.discovered, e.parameter)
			c.fill(e.parameter, e.url, said, "discovery")
		}
	}
	if !c.TLS.Client.isZero() && c.TokenURL == m.TokenURL { // another one is written, and wins
		c.fill("mtls_token_url", &c.MTLSTokenURL, m.MTLS["token_endpoint"], "discovery (mtls_endpoint_aliases)")
	}
}

// checkMetadata holds the document against what the server says of itself.
// These are warnings: metadata are hints, and what is written wins.
func (c *completed) checkMetadata() {
	m := c.metadata
	if m == nil || c.Type != "oauth2" || selfIssued(&c.Connection) {
		return
	}
	for _, e := range c.endpoints() {
		written, said := *e.url, m.endpointOf(e.parameter)
		if written != "" && said != "" && written != said && !m.isAlias(written) {
			c.report.add(Finding{Parameter: e.parameter, Problem: "the issuer's metadata name another endpoint", Fix: "leave it out to follow the metadata, or keep it if the provider told you so",
				Proposed: said, Evidence: "written: " + shownURL(written) + "; discovered: " + shownURL(said), Warning: true})
		}
	}
	methods := m.ClientAuthMethods
	if methods == nil {
		methods = []string{"client_secret_basic"}
	}
	if c.Client.Auth != "none" || c.Grant.Type != "jwt_bearer" { // whose assertion may stand alone (RFC 7521 section 4.1)
		c.notAmong("client.auth", c.wireMethod(), methods, "token_endpoint_auth_methods_supported")
	}
	if c.Grant.Parameter == "" && m.GrantTypes != nil {
		c.notAmong("grant.type", registeredType(&c.Connection), m.GrantTypes, "grant_types_supported")
	}
	if a := c.Client.Assertion; a != nil && a.Algorithm != "" && m.ClientAuthAlgorithms != nil {
		c.notAmong("client.assertion.algorithm", a.Algorithm, m.ClientAuthAlgorithms, "token_endpoint_auth_signing_alg_values_supported")
	}
	if c.Client.DPoP != nil && m.DPoPAlgorithms != nil {
		c.notAmong("client.dpop.algorithm", c.dpopAlgorithm(), m.DPoPAlgorithms, "dpop_signing_alg_values_supported")
	}
	if c.Grant.Type == "authorization_code" && m.CodeChallengeMethods != nil {
		c.notAmong("grant.type", "S256", m.CodeChallengeMethods, "code_challenge_methods_supported")
	}
	c.checkKnownScopes(m)
	if (c.Grant.Type == "authorization_code" || c.Grant.Type == "device_code") && c.loginURL() == "" {
		f := c.noLoginURL()
		f.Warning = true // a refresh token can be used all the same
		c.report.add(f)
	}
}

// checkKnownScopes suspects a scope that the metadata do not list; the list
// need not be complete (RFC 8414 section 2).
func (c *completed) checkKnownScopes(m *Metadata) {
	if len(m.Scopes) == 0 {
		return
	}
	var unknown []string
	for _, scope := range c.Scopes {
		if !slices.Contains(m.Scopes, scope) {
			unknown = append(unknown, scope)
		}
	}
	if len(unknown) > 0 {
		c.report.add(Finding{Parameter: "scopes", Problem: "the issuer's metadata do not list " + joinLimited(unknown), Fix: "check the spelling; the list of a server need not be complete",
			Evidence: scrub.Cut("scopes_supported: "+joinLimited(m.Scopes), maxForeign), Warning: true})
	}
}

// notAmong warns about a value that the metadata do not list.
func (c *completed) notAmong(p Parameter, value string, supported []string, member string) {
	if value == "" || slices.Contains(supported, value) {
		return
	}
	f := Finding{Parameter: p, Problem: "the issuer's metadata do not list " + value, Fix: "use one that is listed, if the server refuses the request",
		Evidence: scrub.Cut(member+": "+joinLimited(supported), maxForeign), Warning: true}
	if len(supported) == 1 && p != "grant.type" && value != "none" {
		f.Proposed = supported[0]
	}
	c.report.add(f)
}

// isAlias reports whether a URL is one of the mtls_endpoint_aliases.
func (m *Metadata) isAlias(target string) bool {
	for _, alias := range m.MTLS {
		if alias == target {
			return true
		}
	}
	return false
}
