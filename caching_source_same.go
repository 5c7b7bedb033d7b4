package jeton

import (
	"context"
	"errors"
	"time"
)

const (
	// nearlyDead is the life of a token that is not worth handing out where the
	// server has another one in a moment.
	nearlyDead = 5 * time.Second
	// deadAlready is how long is waited for a token that came without any life left.
	deadAlready = time.Second
	// mostWaits bounds the requests of one flight that brought nothing of use.
	mostWaits = 3
)

// fetch makes the token request of a flight. With refresh.same_token a server
// that is asked shortly before its token dies answers with that token, and with
// the seconds or the nothing that is left of it: this is waited out, and the
// request made again.
func (s *CachingSource) fetch(ctx context.Context, previous *Token) (*Token, error) {
	for waits := 0; ; waits++ {
		token, err := s.engine.Exchange(ctx, s.connection, previous)
		wait, dying := remains(token, err)
		if !dying || waits == mostWaits || !s.connection.Refresh.SameToken || s.connection.consumes(previous) {
			return token, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return token, err
		}
	}
}

// remains is how long to wait for the end of a token that is about to die, or is
// dead already.
func remains(token *Token, err error) (wait time.Duration, dying bool) {
	if err != nil {
		var failed *Error
		return deadAlready, errors.As(err, &failed) && failed.dead
	}
	life := token.Expiry.Round(0).Sub(token.Issued.Round(0))
	return life, life <= nearlyDead
}
