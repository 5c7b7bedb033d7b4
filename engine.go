package jeton

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
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
			return token, nil
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

// attempt is one try of an exchange.
type attempt struct {
	engine   *Engine
	c        *completed
	previous *Token
	recorder *Recorder
	choice   choice
	// offset of the server's clock that assertions are signed with.
	offset time.Duration
	// resigned is true once auto_skew has used its one retry, renonced once the DPoP nonce has.
	resigned, renonced bool
	// login is what a person's login has yielded; nil for none.
	login *login
	// dpop is the key of the proof; nil for none.
	dpop *key.Key
	// url that the newest request goes to, and the nonce in its proof.
	url, nonce string
	// asked is the endpoint beside the token endpoint that is asked; nil for the token endpoint.
	asked *asked
}

// sent notes what the next attempt is compared with.
func (a *attempt) sent(r *TokenRequest) { a.url, a.nonce = r.URL, r.nonce }

func (a *attempt) newRequest() *TokenRequest {
	r := a.c.request(a.engine.now().Add(a.offset), a.previous)
	r.choice, r.rand, r.login, r.dpop = a.choice, a.engine.Rand, a.login, a.dpop
	r.nonce = a.engine.nonceOf(r)
	a.engine.writeOwnHeaders(r)
	return r
}

// writeOwnHeaders writes what every request of the engine carries.
func (e *Engine) writeOwnHeaders(r *TokenRequest) {
	userAgent := e.UserAgent
	if userAgent == "" {
		userAgent = "jeton"
	}
	values := []string{userAgent, "application/json", "identity"}
	r.Header["User-Agent"], r.Header["Accept"] = values[0:1:1], values[1:2:2]
	r.Header["Accept-Encoding"] = values[2:3:3] // a limit after decoding is only a limit if we decode
}

func (e *Engine) nonceStore() NonceStore {
	if e.Nonces != nil {
		return e.Nonces
	}
	return &e.nonces
}

// nonceOf is the nonce that the server of a request wants in proofs, as far as
// it is known; empty for a request without a proof.
func (e *Engine) nonceOf(r *TokenRequest) string {
	if r.dpop == nil {
		return ""
	}
	return e.nonceAt(r.URL)
}

func (e *Engine) nonceAt(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return e.nonceStore().Nonce(originOf(u))
}

func boundKey(prev *Token) *key.Key {
	if prev == nil {
		return nil
	}
	return prev.DPoPKey
}

// apply fills the request: grant, client authentication, scope, and the
// document's own headers and parameters last.
func (r *TokenRequest) apply() error {
	if err := grantOf(r.Connection).Apply(r); err != nil {
		return err
	}
	if err := clientAuths[r.Connection.Client.Auth].Apply(r); err != nil {
		return err
	}
	if r.Connection.ScopeIn == "body" {
		r.set("scope", r.scopeParam())
	}
	r.applyExtras()
	return r.prove()
}

// scopeParam is the scope parameter. The request that presents a code has none:
// the scope was asked for where the login began (RFC 6749 section 4.1.3, RFC
// 8628 section 3.4).
func (r *TokenRequest) scopeParam() string {
	switch {
	case r.renews && !r.narrows(), r.login != nil:
		return ""
	}
	return r.scope()
}

// issue asks the grant for a token that needs no request; nil if it needs one.
func (r *TokenRequest) issue() (*Token, error) {
	if maker, ok := grantOf(r.Connection).(SelfIssued); ok {
		return maker.Issue(r)
	}
	return nil, nil
}

// run makes one attempt: build, tell the journal, send, tell the journal, parse.
func (a *attempt) run(ctx context.Context) (*Token, error) {
	started := time.Now()
	request := a.newRequest()
	a.sent(request)
	token, err := request.issue()
	if err == nil && token == nil {
		err = request.apply()
	}
	if err != nil {
		a.recorder.failedBefore(err, time.Since(started))
		return nil, err
	}
	a.recorder.signed(request, time.Since(started))
	if token != nil {
		return token, nil
	}
	reply, err := a.send(ctx, request)
	if err != nil {
		return nil, err
	}
	a.engine.judge(reply, func() {
		if token, err = a.c.parse(reply); err != nil {
			err = request.blameRenewal(finishError(err, request, reply))
		}
	})
	a.recorder.parsed(token, err)
	if err != nil {
		return nil, err
	}
	token.keep(a.previous, presentedRefreshToken(&a.c.Connection, a.previous))
	a.bind(token)
	return token, nil
}

// send makes the HTTP exchange, between the two calls of the journal.
func (a *attempt) send(ctx context.Context, request *TokenRequest) (RawReply, error) {
	id := ""
	if a.engine.Journal != nil || a.engine.Rand != nil { // a journal alone reads it; numbers that are injected come in their order
		var err error
		if id, err = newUUID(a.engine.Rand); err != nil {
			return RawReply{}, NewError(InternalError, StageConfig, "no random numbers")
		}
	}
	sent := a.engine.now()
	if journal := a.engine.Journal; journal != nil {
		if err := journal.Sending(ctx, request.attempt(id, sent)); err != nil {
			return RawReply{}, journalError("the intent to send could not be recorded, so nothing was sent", err)
		}
	}
	reply, failed := a.engine.roundTrip(ctx, a.c, request, a.recorder)
	if reply.Status == 0 {
		return RawReply{}, failed
	}
	reply.Attempt, reply.Sent, reply.Received, reply.Scope, reply.renewed = id, sent, a.engine.now(), request.askedScope(), request.renews
	if offset, ok := reply.clockOffset(); ok && offset.Abs() <= maxSkew {
		a.engine.memory.rememberOffset(a.c.TokenURL, offset)
	}
	// A reply that broke off is handed over too: it may hold a refresh token.
	if journal := a.engine.Journal; journal != nil {
		if err := journal.Answered(ctx, reply); err != nil {
			return RawReply{}, journalError("the reply could not be recorded", err)
		}
	}
	return reply, failed
}

func (r *TokenRequest) attempt(id string, now time.Time) Attempt {
	a := Attempt{ID: id, Grant: r.Connection.Grant.Type, Endpoint: withoutQuery(r.URL), Time: now}
	if token := r.Form.Get("refresh_token"); token != "" {
		sum := sha256.Sum256([]byte(token))
		a.PresentedHash = hex.EncodeToString(sum[:])
	}
	return a
}

// journalError keeps the category of the journal's own error.
func journalError(problem string, err error) *Error {
	category := StoreUnavailable
	var e *Error
	if errors.As(err, &e) {
		category = e.category
	}
	failed := NewError(category, StageHTTP, problem)
	failed.err = err
	return failed
}

// next prepares another attempt after err, if one can be made that differs.
func (a *attempt) next(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return a.useNonce(e) || a.resign(e) || a.nextCredential(e)
}

// useNonce sends the request once more when the server demands another DPoP
// nonce than the proof had. That refusal comes before the server looks at the
// grant, so also a code or a refresh token may be presented again.
func (a *attempt) useNonce(e *Error) bool {
	if a.renonced || a.dpop == nil || !e.demandsNonce() || a.engine.nonceAt(a.url) == a.nonce {
		return false
	}
	a.renonced = true
	return true
}

// demandsNonce: the server wants a nonce in the DPoP proof (RFC 9449 section 8).
// A server in trouble may have looked at more than the proof.
func (e *Error) demandsNonce() bool { return e.Code == "use_dpop_nonce" && e.Status < 500 }

// bind ties a token to the key of its proof. A server that answers with a
// bearer token has not bound it.
func (a *attempt) bind(t *Token) {
	if a.dpop == nil {
		return
	}
	if t.TokenType != "DPoP" {
		t.Warnings = append(t.Warnings, Finding{Parameter: "client.dpop", Problem: "the server issued a bearer token: it is not bound to the key", Certain: true, Warning: true,
			Fix: "ask the provider to bind the tokens of this client (dpop_bound_access_tokens), or remove client.dpop"})
	}
	t.DPoPKey = a.dpop // the refresh token may be bound all the same
	a.engine.present(&a.c.Connection, t)
}

// present gives a token what its proofs need.
func (e *Engine) present(c *Connection, t *Token) {
	t.dpopAlgorithm, t.nonces, t.now, t.rand = dpopAlgorithm(c, t.DPoPKey), e.nonceStore(), e.Now, e.Rand
}

// Adopt makes a token that was kept elsewhere one of this engine: it is
// presented as c says, with proofs of the key that was kept with it, else of the
// key that c names. No key is made: the token is not bound to it.
func (e *Engine) Adopt(c *Connection, t *Token) error {
	t.Usage = c.Usage
	d := c.Client.DPoP
	if t.DPoPKey == nil && d != nil && !d.Key.IsZero() {
		private, failed := e.keys.private("client.dpop.key", &d.Key, false)
		if failed != nil {
			return failed
		}
		t.DPoPKey = private
	}
	if t.DPoPKey != nil {
		e.present(c, t)
	}
	return nil
}

// resign uses the measured clock offset once, when the refused assertion was
// signed with another one.
func (a *attempt) resign(e *Error) bool {
	refused := e.category == InvalidClient || e.category == InvalidGrant || e.category == InvalidRequest || e.category == UnauthorizedClient
	if a.resigned || !refused || !a.c.autoSkew() || !e.HasClockOffset || e.ClockOffset.Abs() > maxSkew || (e.ClockOffset-a.offset).Abs() < 2*time.Second || a.consumes() {
		return false
	}
	a.resigned, a.offset = true, e.ClockOffset
	return true
}

// consumes reports whether the request presents something that a refusal may
// have used up.
func (a *attempt) consumes() bool {
	if a.asked != nil {
		return false
	}
	switch a.c.Grant.Type {
	case "client_credentials", "password", "jwt_bearer":
		return false
	case "token_exchange":
		return a.previous != nil && !a.previous.RefreshToken.IsZero()
	}
	return true
}

// nextCredential moves to the next entry of the list that was refused: of the
// client's secrets or keys after invalid_client, of the grant's keys after
// invalid_grant. Each entry is tried once, the one that worked last comes first.
func (a *attempt) nextCredential(e *Error) bool {
	if a.consumes() {
		return false
	}
	switch {
	case e.category == InvalidClient && a.usesSecretList():
		return a.c.advance(&a.choice.secret, len(a.c.Client.Secret), a.engine.memory.choice(a.c).secret)
	case e.category == InvalidClient && a.c.Client.Auth == "private_key_jwt":
		return a.c.advance(&a.choice.clientKey, len(a.c.Client.Assertion.Key), a.engine.memory.choice(a.c).clientKey)
	case e.category == InvalidGrant && a.c.Grant.Type == "jwt_bearer":
		return a.c.advance(&a.choice.grantKey, len(a.c.Grant.Assertion.Key), a.engine.memory.choice(a.c).grantKey)
	}
	return false
}

func (a *attempt) usesSecretList() bool {
	return strings.HasPrefix(a.c.Client.Auth, "client_secret_") && len(a.c.Client.Secret) > 1
}

// advance moves an index round the list until it would be back at the first one tried.
func (c *completed) advance(index *int, length, first int) bool {
	if length < 2 {
		return false
	}
	following := (*index + 1) % length
	if following == first {
		return false
	}
	*index = following
	return true
}
