package jeton

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// retry says when a token request may follow one that failed: after the first
// three failures in a row, and after later ones.
type retry struct {
	early, late time.Duration
	// jitter: a late pause is drawn between earliestLate and late.
	jitter bool
	// never: nothing that a program can do by itself will help.
	never bool
}

const (
	// earlyFailures is how many failures in a row count as the first.
	earlyFailures = 3
	// earliestLate is the shortest late pause that is drawn.
	earliestLate = time.Minute
)

// The classes of failures.
var (
	// retryTransient passes by itself.
	retryTransient = retry{early: 30 * time.Second, late: 5 * time.Minute, jitter: true}
	// retryOperator wants a correction, here or at the provider; one made there is noticed.
	retryOperator = retry{early: time.Minute, late: 15 * time.Minute}
	// retryClient is refused as a whole; providers count such attempts.
	retryClient = retry{early: 15 * time.Minute, late: 15 * time.Minute}
	// retryReconnect wants a person.
	retryReconnect = retry{never: true}
)

// retries is the one table of category and class. Whatever the class, a
// Retry-After of the server counts (see pause.fail).
var retries = map[Category]retry{
	NetworkError:         retryTransient,
	IDPUnavailable:       retryTransient,
	RateLimited:          retryTransient,
	Provider5xx:          retryTransient,
	MalformedResponse:    retryTransient,
	AuditUnavailable:     retryTransient,
	StoreUnavailable:     retryTransient,
	InternalError:        retryTransient,
	EgressDenied:         retryOperator,
	TLSVerification:      retryOperator,
	Provider4xxOther:     retryOperator,
	InvalidScope:         retryOperator,
	InvalidTarget:        retryOperator,
	InvalidRequest:       retryOperator,
	UnsupportedGrantType: retryOperator,
	ClockSkew:            retryOperator,
	NoTokenInResponse:    retryOperator,
	UnsupportedTokenType: retryOperator,
	BadExpiresIn:         retryOperator,
	KeyUnusable:          retryOperator,
	KeyExpired:           retryOperator,
	NoToken:              retryOperator,
	DocumentInvalid:      retryOperator,
	SourceNotAllowed:     retryOperator,
	NotFound:             retryOperator,
	DeliveryNotAllowed:   retryOperator,
	InvalidClient:        retryClient,
	UnauthorizedClient:   retryClient,
	InvalidGrant:         retryReconnect,
	ConsentRequired:      retryReconnect,
	NoRefreshToken:       retryReconnect,
	InterruptedRotation:  retryReconnect,
}

// pause is the time after a failure in which no token request is made.
type pause struct {
	err      error
	failures int
	until    time.Duration
	forever  bool
	// whileValid: the pause counts only as long as there is a valid token.
	whileValid bool
}

// over reports whether a token request may be made.
func (p *pause) over(now time.Duration, valid bool) bool {
	return p.err == nil || !p.forever && now >= p.until || p.whileValid && !valid
}

// fail begins the pause after another failure. fraction, from 0 to 1, is the jitter.
func (p *pause) fail(err error, now time.Duration, fraction float64) {
	p.err = err
	p.failures++
	wait, byItself := pauseAfter(err, p.failures, fraction)
	p.until, p.forever = now+wait, !byItself
}

// RetryPause is how long a program that makes its own requests waits before the
// next one, as a [CachingSource] does: err is why the last one failed, failures
// how many in a row have. byItself is false where no request will succeed before
// somebody has logged in or consented.
func (e *Engine) RetryPause(err error, failures int) (wait time.Duration, byItself bool) {
	return pauseAfter(err, failures, e.fraction())
}

// pauseAfter is the pause after so many failures in a row. The first Retry-After
// of a series is taken at its word; after that the longer of the two counts, for
// some servers say 1 second every time.
func pauseAfter(err error, failures int, fraction float64) (wait time.Duration, byItself bool) {
	r, known := retries[CategoryOf(err)]
	if !known {
		r = retryTransient
	}
	wait = r.early
	if failures > earlyFailures {
		wait = r.late
		if r.jitter {
			wait = earliestLate + time.Duration(fraction*float64(r.late-earliestLate))
		}
	}
	var failed *Error
	if errors.As(err, &failed) && failed.RetryAfter > 0 {
		if wait = max(wait, failed.RetryAfter); failures == 1 {
			wait = failed.RetryAfter
		}
	}
	return wait, !r.never
}

// ahead is refresh.ahead: a part of the life in percent, or a duration.
type ahead struct {
	percent  int
	duration time.Duration
}

const (
	defaultAhead = 20 // percent
	aheadJitter  = 10 // percent of the life, to both sides
	// latestRefresh is how long before the end of a token its refresh begins at the
	// latest: the minute that callers may insist on, and ten seconds for the request.
	latestRefresh = defaultMinTTL + 10*time.Second
)

// parseAhead reads 10% to 70%, a Go duration or a number of seconds.
func parseAhead(text string) (a ahead, ok bool) {
	if text == "" {
		return ahead{percent: defaultAhead}, true
	}
	if percent, isPercent := strings.CutSuffix(text, "%"); isPercent {
		n, err := strconv.Atoi(percent)
		return ahead{percent: n}, err == nil && n >= 10 && n <= 70
	}
	if n, err := strconv.Atoi(text); err == nil {
		text = strconv.Itoa(n) + "s"
	}
	d, err := time.ParseDuration(text)
	return ahead{duration: d}, err == nil && d >= 0
}

// aheadOf is the option, or what the connection says.
func aheadOf(c *Connection, option string) (ahead, error) {
	text := option
	if text == "" {
		text = c.Refresh.Ahead
	}
	a, ok := parseAhead(text)
	if !ok {
		return a, NewError(DocumentInvalid, StageConfig, "the time of the refresh cannot be read", aheadFinding())
	}
	return a, nil
}

func aheadFinding() Finding {
	return Finding{Parameter: "refresh.ahead", Problem: "this is neither 10% to 70% nor a duration", Fix: "write for example 20%", Certain: true}
}

// lead is how long before the end of a life the refresh begins. A percentage is
// drawn from ten less to ten more, so that many programs do not ask at once, and
// not later than latestRefresh. Neither that nor a duration takes more than two
// thirds of a short life: what callers may insist on is half of it, so they do
// not wait for the refresh, and not every call is one.
func (a ahead) lead(life time.Duration, fraction float64) time.Duration {
	most := life * 2 / 3
	latest := min(latestRefresh, most)
	if a.percent == 0 {
		return max(latest, min(a.duration, most))
	}
	part := func(percent int) time.Duration { return max(latest, time.Duration(float64(life)*float64(percent)/100)) }
	low, high := part(a.percent-aheadJitter), part(a.percent+aheadJitter)
	return low + time.Duration(fraction*float64(high-low))
}

func (s *CachingSource) fraction() float64 { return s.engine.fraction() }

// fraction is a random number from 0 to 1 from the engine's source.
func (e *Engine) fraction() float64 {
	var b [8]byte
	reader := e.Rand
	if reader == nil {
		reader = rand.Reader
	}
	if _, err := io.ReadFull(reader, b[:]); err != nil {
		return 0.5
	}
	return float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53)
}
