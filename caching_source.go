package jeton

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// defaultMinTTL is how long a token must still live for a caller who does not say.
	defaultMinTTL = 60 * time.Second
	// wallCheck is how often, at most, the wall clock is asked beside the monotonic one.
	wallCheck = 100 * time.Millisecond
	// evictionPause is the least time between two tokens that are given up because
	// the resource refused them.
	evictionPause = 30 * time.Second
)

// ErrSourceClosed is what errors of a closed [CachingSource] wrap.
var ErrSourceClosed = errors.New("the source is closed")

// CachingSource keeps the token of one connection and hands it to any number
// of callers. What it does depends on the token:
//
//	fresh    before its refresh point    it is handed out; nothing else happens
//	stale    valid, past that point      it is handed out, and one refresh runs in the background
//	invalid  expired, refused, or none   callers wait for one shared token request, each for as long as its own context allows
//
// There is at most one token request at a time. It runs on a context of its own,
// so that a caller who leaves ends nobody's request. Its failure is the answer
// for all who wait, and for those who come during the pause that follows (see
// [CachingSource.State]). A token that is still valid is handed out whether or
// not its refresh failed; an expired one never is.
//
// The life of a token is measured by the monotonic and by the wall clock, and
// the earlier end counts, so that neither a suspended machine nor a clock that
// is set back stretches it. The wall clock is asked once in 100 ms of use: for
// that long after the end of a suspension an expired token may be handed out.
//
// A CachingSource is safe for concurrent use and must not be copied.
type CachingSource struct {
	// view is all that the usual call reads; nil sends callers the long way.
	view atomic.Pointer[view]
	// base is where the monotonic clock starts. elapsed and wall are set where
	// the engine's clock is injected.
	base    time.Time
	elapsed func() time.Duration
	wall    func() time.Time

	engine     *Engine
	connection *Connection
	ahead      ahead
	onToken    func(ctx context.Context, previous, next *Token) error
	values     context.Context // what requests inherit; it never ends
	requests   context.Context // values, until requests have to end
	cancel     context.CancelFunc
	closed     chan struct{}
	detach     func() bool
	running    sync.WaitGroup // flights, and the repeated calls of onToken

	mu       sync.Mutex
	isClosed bool
	current  *held
	// last is the newest token, also when it is dead: its refresh token is not.
	last       *Token
	flight     *flight
	pause      pause
	evictedAt  time.Duration
	hasEvicted bool
	saved      *Token // the newest that onToken took
	unsaved    *Token // the newest that it did not take; nil: none
	saveErr    error
	retrying   bool

	saving sync.Mutex // held during a call of onToken
}

// CachingSourceOptions are the options of [NewCachingSource]; the zero value is
// a source that keeps its token in memory only.
type CachingSourceOptions struct {
	// Initial is a token to start from, as a program kept it: what OnToken was
	// given last. It may have expired: its refresh token counts. Where it does
	// not say how it is presented, the connection does.
	Initial *Token

	// OnToken is called with every new token before anybody gets it, so that the
	// program can keep it, the rotated refresh token included. previous is what
	// OnToken last took, or Initial, or nil. There is one call at a time; ctx
	// has the values of Context and ends after 30 seconds.
	//
	// If it returns an error, the token is handed out all the same, for a refresh
	// token that nobody has is worse than one that is only in memory. The call
	// is repeated after 100 ms, and then after twice as long each time up to 5 s,
	// until it succeeds or a newer token takes its place. A refresh that would
	// spend a refresh token waits for it as long as the access token is valid.
	// State shows the error.
	//
	// Where a step fails after the refresh token was rotated, it is called with a
	// token that has expired, for the sake of that refresh token.
	OnToken func(ctx context.Context, previous, next *Token) error

	// Ahead is used in place of the connection's refresh.ahead, if it is not empty.
	Ahead string

	// Context gives token requests its values, and closes the source when it
	// ends; nil: context.Background(). The contexts of callers decide only how
	// long they wait.
	Context context.Context
}

// view is a token and the time until which it can be handed out unseen, on the
// monotonic clock.
type view struct {
	token *Token
	until time.Duration
	// expireAt and life answer callers who ask for a longer rest.
	expireAt, life time.Duration
}

// NewCachingSource makes a source for a resolved connection, which must not be
// changed afterwards; a corrected one needs a new source. The engine gives
// clock and randomness too; nil is a new engine. Nothing is sent before the
// first call of Token. The error is an *Error, for a document or an option that
// cannot be read.
func NewCachingSource(engine *Engine, connection *Connection, o CachingSourceOptions) (*CachingSource, error) {
	if connection == nil {
		return nil, NewError(DocumentInvalid, StageConfig, "a source needs a connection")
	}
	if engine == nil {
		engine = new(Engine)
	}
	ahead, err := aheadOf(connection, o.Ahead)
	if err != nil {
		return nil, err
	}
	initial, err := adopted(engine, connection, o.Initial)
	if err != nil {
		return nil, err
	}
	s := &CachingSource{engine: engine, connection: connection, ahead: ahead, onToken: o.OnToken, closed: make(chan struct{})}
	s.base = engine.now()
	s.wall = func() time.Time { return time.Now().Round(0) }
	if engine.Now != nil {
		s.elapsed = func() time.Duration { return engine.Now().Sub(s.base) }
		s.wall = func() time.Time { return engine.Now().Round(0) }
	}
	parent := o.Context
	if parent == nil {
		parent = context.Background()
	}
	s.values = context.WithoutCancel(parent)
	s.requests, s.cancel = context.WithCancel(s.values)
	if initial != nil {
		s.last, s.saved = initial, initial
		s.current = s.holdInitial(initial)
	}
	s.detach = context.AfterFunc(parent, s.end)
	return s, nil
}

// adopted is the token that a program kept, with what it need not keep. One that
// is bound to a key gets the engine's nonces: without them the demand of a
// resource for one (RFC 9449 section 9) would go unheard until the token ends.
func adopted(e *Engine, c *Connection, kept *Token) (*Token, error) {
	if kept == nil {
		return nil, nil
	}
	t := *kept
	if t.TokenType == "" {
		t.TokenType = "Bearer"
	}
	usage := t.Usage
	if err := e.Adopt(c, &t); err != nil {
		return nil, err
	}
	if usage.Header != "" || usage.Scheme != "" || usage.Raw || usage.Headers != nil {
		t.Usage = usage
	}
	return &t, nil
}

// Token returns the token, which lives for another minute at least, or for half
// of its life if that is less; see [CachingSource.TokenFor]. The token is
// shared: it must not be changed.
func (s *CachingSource) Token(ctx context.Context) (*Token, error) {
	if v := s.view.Load(); v != nil && s.monotonic() < v.until {
		return v.token, nil
	}
	return s.await(ctx, defaultMinTTL)
}

// TokenFor returns a token that lives for minTTL at least, or for half of its
// life if that is less. For a valid token that does not, one refresh is waited
// for, once in its life; if that fails, or ctx ends before, the token is
// returned with what it has left.
func (s *CachingSource) TokenFor(ctx context.Context, minTTL time.Duration) (*Token, error) {
	if v := s.view.Load(); v != nil {
		if now := s.monotonic(); now < v.until && v.expireAt-now >= min(minTTL, v.life/2) {
			return v.token, nil
		}
	}
	return s.await(ctx, minTTL)
}

// Reject tells the source that the resource refused a token. If it is the one
// that is handed out now, it is given up, and the next caller gets a new one; a
// token of an older generation changes nothing. Within 30 seconds after that,
// the next token is not given up for the same reason: a resource that refuses
// every token must not make every call a token request.
func (s *CachingSource) Reject(_ context.Context, token *Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.current
	if token == nil || h == nil || h.rejected || token.Generation != h.token.Generation || !token.AccessToken.Equal(h.token.AccessToken) {
		return
	}
	now := s.monotonic()
	if s.hasEvicted && now-s.evictedAt < evictionPause {
		return
	}
	h.rejected, s.hasEvicted, s.evictedAt = true, true, now
	s.view.Store(nil)
}

// CachingSourceState is what a source knows of its token and of its last refresh.
type CachingSourceState struct {
	// Valid says that there is a token to hand out.
	Valid bool
	// Generation and Expiry of the newest token; zero if there was none.
	Generation int64
	Expiry     time.Time
	// RefreshAt is when the refresh in the background may begin; zero without a valid token.
	RefreshAt time.Time
	// Err is why the last token request failed; nil after one that succeeded.
	Err error
	// Failures counts the attempts to refresh since the last one that succeeded.
	Failures int
	// RetryAt is the earliest time of the next token request after a failure. It
	// is zero where there was none, and where none will follow by itself: see NeedsReconnect.
	RetryAt time.Time
	// NeedsReconnect: somebody has to log in or consent again, and then make a new source.
	NeedsReconnect bool
	// OnTokenErr is why OnToken did not take the newest token; nil if it did.
	OnTokenErr error
}

// State says whether there is a token, and what became of the last refresh: a
// failure is not seen by callers as long as the token is valid.
func (s *CachingSource) State() CachingSourceState {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, wall := s.now()
	left := s.current.left(now, wall)
	state := CachingSourceState{Valid: left > 0 && !s.isClosed, OnTokenErr: s.saveErr,
		Err: s.pause.err, Failures: s.pause.failures, NeedsReconnect: s.pause.forever}
	if s.last != nil {
		state.Generation, state.Expiry = s.last.Generation, s.last.Expiry.Round(0)
	}
	if state.Valid {
		state.RefreshAt = wall.Add(left - s.current.lead)
	}
	if s.pause.err != nil && !s.pause.forever {
		state.RetryAt = wall.Add(s.pause.until - now)
	}
	return state
}

// Close ends the source: whoever waits or comes later gets an error. It returns
// when nothing of the source runs any more. A token request under way is ended
// where nothing can be lost; where it may have spent a refresh token its reply
// is waited for (30 seconds at most) and given to OnToken. The error is that of
// OnToken, if the newest token could not be kept. Close must not be called from OnToken.
func (s *CachingSource) Close() error {
	s.detach()
	s.end()
	s.running.Wait()
	s.cancel()
	return s.save()
}

// ended reports whether the source is closed.
func (s *CachingSource) ended() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// end is Close without the waiting.
func (s *CachingSource) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed {
		return
	}
	s.isClosed = true
	close(s.closed)
	s.view.Store(nil)
	if !s.connection.consumes(s.last) {
		s.cancel()
	}
}

// monotonic is the time since the source was made.
func (s *CachingSource) monotonic() time.Duration {
	if s.elapsed != nil {
		return s.elapsed()
	}
	return time.Since(s.base)
}

// now asks both clocks.
func (s *CachingSource) now() (monotonic time.Duration, wall time.Time) {
	return s.monotonic(), s.wall()
}

// await is Token where the view does not answer.
func (s *CachingSource) await(ctx context.Context, minTTL time.Duration) (*Token, error) {
	s.mu.Lock()
	h, f, err := s.look(ctx, minTTL)
	s.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case f == nil:
		return h.token, nil
	}
	select {
	case <-f.done:
		if f.err == nil {
			return f.token, nil
		}
		if err = f.err; s.ended() {
			return nil, closedError() // which may be why it failed
		}
	case <-s.closed:
		return nil, closedError()
	case <-ctx.Done():
		err = waitError(ctx)
	}
	if s.serves(h) {
		return h.token, nil
	}
	return nil, err
}

// look decides what a caller gets: a token at once; or a flight to wait for, and
// with it the token that is handed out if the flight fails, if there is one; or
// an error.
func (s *CachingSource) look(ctx context.Context, minTTL time.Duration) (*held, *flight, error) {
	if s.isClosed {
		return nil, nil, closedError()
	}
	now, wall := s.now()
	h := s.current
	left := h.left(now, wall)
	if left <= 0 {
		switch {
		case ctx.Err() != nil:
			return nil, nil, waitError(ctx)
		case s.flight == nil && !s.pause.over(now, false):
			return nil, nil, s.pause.err
		}
		return nil, s.start(false), nil
	}
	enough := left >= h.wanted(minTTL)
	if (left <= h.lead || !enough && !h.tried) && s.pause.over(now, true) {
		s.start(true)
	}
	s.publish(h, now, left)
	if enough || h.tried || s.flight == nil {
		return h, nil, nil
	}
	return h, s.flight, nil
}

// publish lets callers have a token without asking further, until something has
// to be done or the wall clock is to be asked again.
func (s *CachingSource) publish(h *held, now, left time.Duration) {
	rest := min(left, wallCheck)
	wanted := h.wanted(defaultMinTTL)
	switch {
	case left > h.lead:
		rest = min(rest, left-h.lead)
	case s.flight == nil && !s.pause.forever:
		rest = min(rest, s.pause.until-now)
	}
	if !h.tried {
		rest = min(rest, left-wanted)
	}
	if rest <= 0 {
		s.view.Store(nil)
		return
	}
	s.view.Store(&view{token: h.token, until: now + rest, expireAt: now + left, life: h.life})
}

// serves reports whether h can still be handed out.
func (s *CachingSource) serves(h *held) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, wall := s.now()
	return !s.isClosed && h.left(now, wall) > 0
}

func closedError() *Error {
	failed := NewError(NoToken, StageConfig, "the source of tokens is closed")
	failed.err = ErrSourceClosed
	return failed
}

// waitError is what a caller gets whose context ended before there was a token.
func waitError(ctx context.Context) *Error {
	failed := NewError(NetworkError, StageHTTP, "no token in time: the token request has not ended yet")
	failed.timeout, failed.err = true, context.DeadlineExceeded
	if errors.Is(ctx.Err(), context.Canceled) {
		failed.Problem, failed.timeout, failed.err = "waiting for a token was cancelled", false, context.Canceled
	}
	return failed
}
