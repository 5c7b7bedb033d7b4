package jeton

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jeton-oauth/jeton/key"
)

// totalTimeout bounds one token request from the first lookup to the last byte.
const totalTimeout = 30 * time.Second

// maxSkew bounds the clock offset that auto_skew signs with: a Date header must
// not make us sign what becomes valid next year.
const maxSkew = 24 * time.Hour

// Engine makes token requests. The zero Engine is ready to use; it is safe for
// concurrent use and keeps parsed keys and TLS transports, so one engine should
// serve a whole program. It must not be copied after its first use.
type Engine struct {
	// HTTP is the client for token requests. Redirects are never followed and
	// cookies never kept, whatever it says. nil: NewHTTPClient(HTTPOptions{}).
	HTTP *http.Client
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Rand is the source of jti values; nil: crypto/rand.
	Rand io.Reader
	// Journal is told before a request is sent and before its reply is parsed; nil: none.
	Journal Journal
	// UserAgent of token requests; empty: "jeton".
	UserAgent string
	// Nonces keeps the DPoP nonces of servers; nil: in memory.
	Nonces NonceStore

	keys        keyring
	transports  transports
	memory      memory
	discoveries discoveries
	dpopKeys    dpopKeys
	nonces      nonces
	// large is held while a large reply is judged.
	large sync.Mutex
}

// largeReply is more than a good reply has; what is larger costs up to fifty
// times its size to judge.
const largeReply = 16 << 10

// judge runs f, which looks at a reply. Large replies are looked at one after
// the other, so that many at once do not need the memory of all of them.
func (e *Engine) judge(reply RawReply, f func()) {
	if len(reply.Body) > largeReply {
		e.large.Lock()
		defer e.large.Unlock()
	}
	f()
}

// memory is what an engine learns from replies: which entry of a list worked
// last, and how far the clock of an authorization server is off.
type memory struct {
	mu      sync.Mutex
	choices map[[sha256.Size]byte]choice
	offsets map[string]time.Duration
}

// memorySize bounds each of the maps; a full one is emptied, which costs no more than one refused attempt.
const memorySize = 4096

func (m *memory) choice(c *completed) choice {
	if !c.hasLists() {
		return choice{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.choices[c.listsID()]
}

func (m *memory) remember(c *completed, worked choice) {
	if !c.hasLists() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.choices == nil || len(m.choices) >= memorySize {
		m.choices = make(map[[sha256.Size]byte]choice)
	}
	m.choices[c.listsID()] = worked
}

func (m *memory) offset(tokenURL string) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.offsets[hostOf(tokenURL)]
}

func (m *memory) rememberOffset(tokenURL string, offset time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.offsets == nil || len(m.offsets) >= memorySize {
		m.offsets = make(map[string]time.Duration)
	}
	m.offsets[hostOf(tokenURL)] = offset
}

// hostOf is host and port of a URL that was checked.
func hostOf(raw string) string {
	_, rest, _ := strings.Cut(raw, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[:end]
	}
	return rest
}

func (e *Engine) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

// prepare completes and checks c, and reads the metadata of its issuer where
// they are needed.
func (e *Engine) prepare(ctx context.Context, c *Connection) (*completed, error) {
	recorder, started := recorderFrom(ctx), time.Now()
	c, failed := c.fresh(ctx)
	if failed != nil {
		recorder.failedBefore(failed, time.Since(started))
		return nil, failed
	}
	completed, err := e.completeWith(c, nil, false)
	if err != nil {
		recorder.failedBefore(err, time.Since(started))
		return nil, err
	}
	recorder.stage(StageConfig, "ok", time.Since(started), "the document is valid")
	if completed.Issuer == "" {
		return completed, nil
	}
	metadata := e.knownMetadata(completed)
	if completed.needsDiscovery() {
		var failed *Error
		if metadata, failed = e.discover(ctx, completed); failed != nil && completed.TokenURL == "" {
			return nil, failed
		}
	}
	if metadata == nil {
		return completed, nil
	}
	if completed, err = e.completeWith(c, metadata, false); err != nil {
		failed := err.(*Error)
		failed.Stage = StageDiscovery // without the metadata it was valid
		recorder.failedBefore(failed, 0)
		return nil, failed
	}
	return completed, nil
}

// completeWith completes c with metadata that may be nil, and checks it.
func (e *Engine) completeWith(c *Connection, metadata *Metadata, wantSettings bool) (*completed, error) {
	completed := complete(c, &e.keys, metadata, wantSettings)
	completed.check(e.now())
	if err := completed.report.err(); err != nil {
		return completed, err
	}
	switch c.Type {
	case "digest", "certificate":
		return completed, NewError(NoToken, StageConfig, "a connection of type "+c.Type+" has no token", Finding{Parameter: "type", Certain: true,
			Problem: "there is no token with " + c.Type + " authentication", Fix: "let Jeton make the request: jeton curl, jeton run or the proxy"})
	}
	return completed, nil
}

// Exchange makes THE token request of c: there is no second one. prev is the
// token before, whose refresh token the refresh_token grant uses; nil if there
// is none; so do authorization_code, device_code and token_exchange after their
// first token. Every failure is an *Error.
//
// One call sends one request, but for three cases in which the next one differs:
// the next entry of a list of secrets or keys after invalid_client; auto_skew,
// which signs again when the server's Date header shows that our clock is off;
// and the nonce that a server demands in a DPoP proof.
//
// A connection with steps makes the request of each step after that, once, and
// its token is the one that the last of them brings.
//
// A connection whose token endpoint is not written reads the metadata of its
// issuer first, once an hour.
func (e *Engine) Exchange(ctx context.Context, c *Connection, prev *Token) (*Token, error) {
	return e.exchange(ctx, c, prev, nil, nil)
}

// exchange is Exchange, also with what a login has yielded. bound is the key
// that the login was begun with.
func (e *Engine) exchange(ctx context.Context, c *Connection, prev *Token, from *login, bound *key.Key) (*Token, error) {
	recorder := recorderFrom(ctx)
	prepared, err := e.prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	attempt := attempt{engine: e, c: prepared, previous: prev, login: from, choice: e.memory.choice(prepared), recorder: recorder}
	if prev != nil && bound == nil {
		bound = prev.DPoPKey
	}
	if attempt.dpop, err = e.dpopKey(prepared, bound); err != nil {
		recorder.failedBefore(err, 0)
		return nil, err
	}
	if prepared.autoSkew() {
		attempt.offset = e.memory.offset(prepared.TokenURL)
	}
	for {
		token, err := attempt.run(ctx)
		if err == nil {
			e.memory.remember(prepared, attempt.choice)
			return attempt.steps(ctx, token)
		}
		if ctx.Err() != nil || !attempt.next(err) {
			return nil, err
		}
	}
}

// autoSkew reports whether an assertion asks for the measured clock offset.
func (c *completed) autoSkew() bool {
	for _, a := range []*Assertion{c.Client.Assertion, c.Grant.Assertion} {
		if a != nil && a.AutoSkew {
			return true
		}
	}
	return false
}

func (c *completed) hasLists() bool {
	return len(c.Client.Secret) > 1 || c.Client.Assertion != nil && len(c.Client.Assertion.Key) > 1 ||
		c.Grant.Assertion != nil && len(c.Grant.Assertion.Key) > 1
}

// listsID identifies the lists of secrets and keys by their contents.
func (c *completed) listsID() [sha256.Size]byte {
	parts := []string{c.TokenURL, c.Client.ID}
	for _, s := range c.Client.Secret {
		parts = append(parts, s.Value.Reveal())
	}
	for _, a := range []*Assertion{c.Client.Assertion, c.Grant.Assertion} {
		parts = append(parts, "|")
		if a == nil {
			continue
		}
		for i := range a.Key {
			parts = append(parts, a.Key[i].Value.Reveal(), a.Key[i].Alias)
		}
	}
	return hashParts(parts...)
}
