package jeton

import (
	"context"
	"errors"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/scrub"
	"github.com/jeton-oauth/jeton/key"
)

// DeviceAuthorization is a login at another device that has begun (RFC 8628
// section 3.2): a person opens VerificationURI and enters UserCode.
type DeviceAuthorization struct {
	// DeviceCode is what the token endpoint is polled with.
	DeviceCode Secret
	// UserCode to enter.
	UserCode string
	// VerificationURI to open.
	VerificationURI string
	// VerificationURIComplete holds the user code already; may be empty.
	VerificationURIComplete string
	// Interval to wait between two polls.
	Interval time.Duration
	// Expiry of both codes.
	Expiry time.Time
	// DPoPKey that the token will be bound to; nil for none.
	DPoPKey *key.Key
}

// The numbers of RFC 8628 sections 3.2 and 3.5, and bounds for what a server says.
const (
	defaultPollInterval = 5 * time.Second
	slowDown            = 5 * time.Second
	maxPollInterval     = 5 * time.Minute
	maxDeviceLife       = time.Hour
)

// AuthorizeDevice begins a login of the device_code grant.
func (e *Engine) AuthorizeDevice(ctx context.Context, c *Connection) (*DeviceAuthorization, error) {
	prepared, err := e.prepareLogin(ctx, c, "device_code")
	if err != nil {
		return nil, err
	}
	dpop, err := e.dpopKey(prepared, nil)
	if err != nil {
		return nil, err
	}
	endpoint := deviceAuthorization
	endpoint.url = prepared.DeviceAuthorizationURL
	sent := e.now()
	object, err := e.ask(ctx, prepared, endpoint, prepared.deviceParams())
	if err != nil {
		return nil, err
	}
	d, err := readDevice(object, sent)
	if err != nil {
		recorderFrom(ctx).parsed(nil, err)
		return nil, err
	}
	d.DPoPKey = dpop
	return d, nil
}

// deviceParams are the parameters of RFC 8628 section 3.1.
func (c *completed) deviceParams() url.Values {
	form := url.Values{"client_id": {c.Client.ID}}
	if scope := strings.Join(c.Scopes, c.ScopeSeparator); scope != "" && c.ScopeIn == "body" {
		form.Set("scope", scope)
	}
	for _, name := range []string{"resource", "audience"} { // where a server binds the code to them
		for _, value := range c.Request.Params[name] {
			form.Add(name, value.Reveal())
		}
	}
	return form
}

// readDevice reads the reply of RFC 8628 section 3.2. Its texts are shown to a
// person, so they are held to what a code and a URL are.
func readDevice(object map[string]any, sent time.Time) (*DeviceAuthorization, error) {
	text := func(names ...string) string {
		for _, name := range names {
			if value, ok := object[name].(string); ok && value != "" {
				return value
			}
		}
		return ""
	}
	refuse := func(problem string) error {
		return NewError(MalformedResponse, StageResponse, "the reply of the device authorization endpoint cannot be used: "+problem, Finding{Parameter: "device_authorization_url",
			Problem: problem, Fix: "check that device_authorization_url is the device authorization endpoint"})
	}
	d := &DeviceAuthorization{DeviceCode: NewSecret(text("device_code")), UserCode: text("user_code"),
		VerificationURI: text("verification_uri", "verification_url"), VerificationURIComplete: text("verification_uri_complete"), Interval: defaultPollInterval}
	switch {
	case d.DeviceCode.IsZero() || len(d.DeviceCode.Reveal()) > maxToken:
		return nil, refuse("it has no usable device_code")
	case strings.TrimSpace(d.UserCode) == "" || len(d.UserCode) > 100 || scrub.Escape(d.UserCode) != d.UserCode || strings.ContainsFunc(d.UserCode, func(r rune) bool { return r < ' ' || r > 0x7e }):
		return nil, refuse("it has no usable user_code")
	case strings.Contains(d.UserCode+" "+d.VerificationURI, d.DeviceCode.Reveal()): // which nobody may see
		return nil, refuse("it shows the device_code to the person")
	case !canBeOpened(d.VerificationURI):
		return nil, refuse("it has no usable verification_uri")
	}
	if !canBeOpened(d.VerificationURIComplete) || strings.Contains(d.VerificationURIComplete, d.DeviceCode.Reveal()) {
		d.VerificationURIComplete = ""
	}
	if number, ok := numberOf(object["interval"]); ok {
		d.Interval = min(max(seconds(math.Ceil(max(number, 0))), time.Second), maxPollInterval)
	}
	life := 10 * time.Minute // REQUIRED by section 3.2, and forgotten by some
	if number, ok := numberOf(object["expires_in"]); ok {
		life = min(seconds(max(number, 0)), maxDeviceLife)
	}
	d.Expiry = sent.Add(life)
	return d, nil
}

// canBeOpened reports whether a person may be sent to a URL. Unlike an endpoint
// it may have a fragment: many login pages are found by one.
func canBeOpened(target string) bool {
	bare, _, _ := strings.Cut(target, "#")
	return len(target) <= maxURL && len(urlProblems(bare)) == 0 && !strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r > 0x7e })
}

// PollDevice asks once whether the person has finished. An *Error with Code
// authorization_pending or slow_down means: not yet.
func (e *Engine) PollDevice(ctx context.Context, c *Connection, d *DeviceAuthorization) (*Token, error) {
	if err := wantGrant(c, "device_code"); err != nil {
		return nil, err
	}
	return e.exchange(ctx, c, nil, &login{deviceCode: d.DeviceCode}, d.DPoPKey)
}

// AwaitDevice polls until the person has finished, refused, or the code has
// expired. waiting, if not nil, is told before each wait how long it is and how
// long the code still lives. The interval grows by five seconds when the server
// says slow_down, and doubles when it cannot be reached (RFC 8628 section 3.5).
func (e *Engine) AwaitDevice(ctx context.Context, c *Connection, d *DeviceAuthorization, waiting func(wait, left time.Duration)) (*Token, error) {
	interval := d.Interval
	if interval <= 0 { // a login that was kept without it
		interval = defaultPollInterval
	}
	for wait := interval; ; {
		left := d.Expiry.Sub(e.now())
		if left <= 0 {
			return nil, deviceExpired()
		}
		if waiting != nil {
			waiting(min(wait, left), left)
		}
		if err := waitFor(ctx, min(wait, left)); err != nil {
			return nil, waitEnded(err)
		}
		if left < wait { // the next poll would be too early, or too late
			return nil, deviceExpired()
		}
		token, err := e.PollDevice(ctx, c, d)
		var failed *Error
		switch {
		case !errors.As(err, &failed):
			return token, err
		case ctx.Err() != nil:
			return nil, waitEnded(ctx.Err())
		case failed.Code == "expired_token":
			return nil, deviceExpired()
		}
		if interval = failed.nextInterval(interval); interval == 0 {
			return nil, failed
		}
		wait = max(interval, failed.RetryAfter)
	}
}

// nextInterval is how long to wait between two polls after this answer; 0 if
// there is no sense in another one.
func (e *Error) nextInterval(interval time.Duration) time.Duration {
	switch {
	case e.Code == "authorization_pending":
		return interval
	case e.Code == "slow_down":
		return min(interval+slowDown, maxPollInterval)
	case e.category == NetworkError, e.category == Provider5xx, e.category == RateLimited:
		return min(2*interval, maxPollInterval)
	}
	return 0
}

func waitFor(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitEnded is a wait for a person that the caller ended.
func waitEnded(err error) *Error {
	failed := NewError(ConsentRequired, StageOAuth, "nobody finished the login in time", Finding{Parameter: "consent", Certain: true,
		Problem: "the wait ended before somebody had logged in", Fix: "begin the login again, and give it more time"})
	failed.err = err
	if errors.Is(err, context.Canceled) {
		failed.Problem = "the wait for the login was cancelled"
	}
	return failed
}

func deviceExpired() *Error {
	failed := NewError(ConsentRequired, StageOAuth, "the code expired before somebody had entered it", Finding{Parameter: "consent", Certain: true,
		Problem: "nobody entered the code in time", Fix: "begin the login again"})
	failed.Code = "expired_token"
	return failed
}
