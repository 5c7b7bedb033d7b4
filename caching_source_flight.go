package jeton

import (
	"context"
	"errors"
	"time"
)

const (
	// firstResave and longestResave bound the time between two calls of OnToken
	// for the same token.
	firstResave   = 100 * time.Millisecond
	longestResave = 5 * time.Second
)

// held is a token with its place on the two clocks.
type held struct {
	token *Token
	// life is all of it; lead is how long before its end the refresh begins.
	life, lead time.Duration
	// expireAt and expiry are its end on the monotonic and on the wall clock.
	expireAt time.Duration
	expiry   time.Time
	// sameToken: the server has no other token before this one dies.
	sameToken bool
	// tried: a refresh failed since; callers no longer wait for one.
	tried bool
	// rejected by the resource.
	rejected bool
}

// left is how long the token can still be used; nothing if there is none.
func (h *held) left(now time.Duration, wall time.Time) time.Duration {
	if h == nil || h.rejected || h.token.AccessToken.IsZero() {
		return 0
	}
	return min(h.expireAt-now, h.expiry.Sub(wall))
}

// wanted is the rest of life that a caller may insist on.
func (h *held) wanted(minTTL time.Duration) time.Duration {
	if h.sameToken {
		return 0
	}
	return min(minTTL, h.life/2)
}

// hold places a token that came between two readings of the monotonic clock.
// Where the clock is not injected, Issued has a monotonic reading too, and
// setting the wall clock in between changes nothing.
func (s *CachingSource) hold(token *Token, started, ended time.Duration) *held {
	issued := min(max(token.Issued.Sub(s.base), started), ended)
	h := &held{token: token, life: token.Expiry.Round(0).Sub(token.Issued.Round(0)), expiry: token.Expiry.Round(0)}
	h.expireAt = issued + h.life
	return s.schedule(h)
}

// holdInitial places a token that was kept somewhere: only the wall clock knows
// how old it is. A clock that has been set back makes it no younger than new.
func (s *CachingSource) holdInitial(token *Token) *held {
	now, wall := s.now()
	h := &held{token: token, expiry: token.Expiry.Round(0)}
	left := h.expiry.Sub(wall)
	h.life = left
	if !token.Issued.IsZero() {
		h.life = h.expiry.Sub(token.Issued.Round(0))
	}
	h.expireAt = now + min(left, h.life)
	return s.schedule(h)
}

// schedule draws the refresh point.
func (s *CachingSource) schedule(h *held) *held {
	h.sameToken = s.connection.Refresh.SameToken
	if !h.sameToken {
		h.lead = s.ahead.lead(h.life, s.fraction())
	}
	return h
}

// flight is one token request that callers share. token and err are set before
// done is closed.
type flight struct {
	done  chan struct{}
	token *Token
	err   error
	// spared: nothing was sent, to spare a refresh token while there is a valid token.
	spared bool
}

// start returns the flight under way, or begins one. valid says that callers
// have a token meanwhile.
func (s *CachingSource) start(valid bool) *flight {
	if s.flight == nil {
		s.flight = &flight{done: make(chan struct{})}
		s.running.Add(1)
		go s.fly(s.flight, s.last, valid)
	}
	return s.flight
}

// fly makes the token request: the token before is kept first, the new one
// before anybody gets it.
func (s *CachingSource) fly(f *flight, previous *Token, valid bool) {
	defer s.running.Done()
	if err := s.save(); err != nil && valid && s.connection.consumes(previous) {
		f.spared = true
		s.finish(f, nil, notKept(err))
		return
	}
	started := s.monotonic()
	ctx, cancel := context.WithTimeout(s.requests, totalTimeout)
	token, err := s.fetch(ctx, previous)
	cancel()
	if err != nil {
		s.keepRenewed(err, previous)
		s.finish(f, nil, err)
		return
	}
	token.Generation = 1
	if previous != nil {
		token.Generation += previous.Generation
	}
	h := s.hold(token, started, s.monotonic())
	s.mu.Lock()
	s.last = token
	if s.onToken != nil {
		s.unsaved = token
	}
	s.mu.Unlock()
	if s.save() != nil {
		s.saveAgain()
	}
	s.finish(f, h, nil)
}

// keepRenewed keeps the refresh token that came before a step failed.
func (s *CachingSource) keepRenewed(err error, previous *Token) {
	var failed *Error
	if !errors.As(err, &failed) || failed.renewed == nil {
		return
	}
	renewed := *failed.renewed
	if previous != nil {
		renewed.Generation = previous.Generation
	}
	s.mu.Lock()
	s.last = &renewed
	if s.onToken != nil {
		s.unsaved = &renewed
	}
	s.mu.Unlock()
	if s.save() != nil {
		s.saveAgain()
	}
}

// notKept is why a refresh token is not spent: its successor could not be kept either.
func notKept(cause error) *Error {
	failed := NewError(StoreUnavailable, StageConfig, "the token was not refreshed: OnToken has not kept the one before")
	failed.err = cause
	return failed
}

// finish gives the outcome to those who wait and to those who come.
func (s *CachingSource) finish(f *flight, h *held, err error) {
	fraction := s.fraction()
	s.mu.Lock()
	defer s.mu.Unlock()
	now, wall := s.now()
	if err == nil && h.left(now, wall) <= 0 {
		err = NewError(BadExpiresIn, StageResponse, "the new token had expired before it could be handed out", Finding{Parameter: "response.expires_in",
			Problem: "the token lives no longer than it takes to fetch and keep it", Fix: "check response.expires_in and response.expires_format, and this machine's clock"})
	}
	s.flight = nil
	if err != nil {
		f.err = err
		s.pause.fail(err, now, fraction)
		s.pause.whileValid = f.spared
		if s.current != nil {
			s.current.tried = true
		}
	} else {
		f.token = h.token
		s.current, s.pause = h, pause{}
	}
	if left := s.current.left(now, wall); left > 0 && !s.isClosed {
		s.publish(s.current, now, left)
	}
	close(f.done)
}

// save calls OnToken for the newest token that it has not taken; nil if there is none.
func (s *CachingSource) save() error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	previous, next := s.saved, s.unsaved
	s.mu.Unlock()
	if next == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.values, totalTimeout)
	defer cancel()
	err := s.onToken(ctx, previous, next)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saveErr = err
	if err == nil {
		s.saved = next
		if s.unsaved == next {
			s.unsaved = nil
		}
	}
	return err
}

// saveAgain repeats the call of OnToken until it has taken the newest token.
func (s *CachingSource) saveAgain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retrying || s.isClosed {
		return
	}
	s.retrying = true
	s.running.Go(func() {
		for wait := firstResave; ; wait = min(2*wait, longestResave) {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-s.closed:
				timer.Stop()
				return
			}
			if s.save() == nil && s.allSaved() {
				return
			}
		}
	})
}

// allSaved ends the repetition if there is nothing left to be kept.
func (s *CachingSource) allSaved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retrying = s.unsaved != nil
	return !s.retrying
}
