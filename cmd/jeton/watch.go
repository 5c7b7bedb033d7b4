package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

const (
	// longestSleep is how long the watcher trusts one clock: a machine that was
	// suspended, or whose clock was set, is noticed after it.
	longestSleep = time.Minute
	// writeAgain is the pause after a token that could not be written.
	writeAgain = 10 * time.Second
	// shortestRest is the least time between two token requests.
	shortestRest = time.Second
)

// watcher keeps a valid token in a file.
type watcher struct {
	p    *program
	cmd  *cobra.Command
	keep *cacheFlags
	file *tokenFile

	connection *jeton.Connection
	engine     *jeton.Engine
	newest     *life
	inFile     *life           // nil: no file of ours is there
	answer     *attempt        // that brought the newest token
	warned     []jeton.Finding // warnings that have been shown

	next     time.Time // of the next token request; zero: there will be none
	rewrite  time.Time // of the next try to write the newest token; zero: it is written
	failures int
	failed   error // why the last token request failed
}

// life is a token and how much of it is left.
type life struct {
	token *jeton.Token
	// source knows when the token ends, by both clocks, and when its refresh is
	// due. It is never asked for a token, so it makes no request.
	source *jeton.CachingSource
}

func (l *life) over() bool { return l == nil || !l.source.State().Valid }

// watch writes the token to the file and renews it until ctx ends.
func (p *program) watch(ctx context.Context, cmd *cobra.Command, keep *cacheFlags, file *tokenFile) error {
	a, err := p.fetch(cmd, keep)
	if err != nil {
		return err
	}
	w := &watcher{p: p, cmd: cmd, keep: keep, file: file, connection: a.connection, engine: a.engine}
	w.warned = a.warnings()
	warning := p.warnOfShortLife(cmd, keep, a.token)
	if err := w.take(a); err != nil {
		return err
	}
	if err := w.write(warning); err != nil {
		return err
	}
	p.unattended = true
	keep.force = false
	for ctx.Err() == nil {
		if err := w.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// step does what is due, and then waits for what comes next.
func (w *watcher) step(ctx context.Context) error {
	if err := w.removeIfDead(); err != nil {
		return err
	}
	switch {
	case isDue(w.next):
		w.renew(ctx)
		return nil
	case isDue(w.rewrite):
		w.writeOrSay()
		return nil
	}
	rest := longestSleep
	for _, t := range []time.Time{w.next, w.rewrite, w.ends()} {
		if !t.IsZero() {
			rest = min(rest, time.Until(t))
		}
	}
	sleep(ctx, rest)
	return nil
}

// isDue asks both clocks: the one of a suspended machine stands still, the other
// may be set back.
func isDue(t time.Time) bool {
	now := time.Now()
	return !t.IsZero() && (!now.Before(t) || !now.Round(0).Before(t.Round(0)))
}

// ends is when the token in the file dies.
func (w *watcher) ends() time.Time {
	if w.inFile == nil {
		return time.Time{}
	}
	return w.inFile.token.Expiry.Round(0)
}

func sleep(ctx context.Context, rest time.Duration) {
	timer := time.NewTimer(max(rest, time.Millisecond)) // clocks differ by less
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// removeIfDead takes the file away when its token has expired: a reader must not
// present a dead token. Where nothing but a login would help, that is the end.
func (w *watcher) removeIfDead() error {
	if w.inFile != nil && w.inFile.over() {
		w.inFile = nil
		if err := w.file.remove(); err != nil {
			w.p.warn("%v", err)
		} else {
			w.p.note("the token has expired: removed %s", w.file.path)
		}
	}
	if w.next.IsZero() && w.newest.over() {
		return w.failed
	}
	return nil
}

// renew makes the token request. The file is watched meanwhile: a server may
// take longer to answer than the token lives.
func (w *watcher) renew(ctx context.Context) {
	done := make(chan *attempt, 1)
	go func() { done <- w.request(ctx) }()
	a := w.await(done)
	if w.p.verbose {
		a.trace(w.p)
	}
	if a.err == nil {
		a.err = checkHeaders(a.token)
	}
	if a.err == nil {
		a.err = w.take(a)
	}
	if a.err != nil {
		w.fail(ctx, a)
		return
	}
	shown := len(w.warned)
	w.warned = merge(w.warned, a.warnings()...)
	printWarnings(w.p.stderr, w.warned[shown:])
	w.writeOrSay()
}

func (w *watcher) await(done chan *attempt) *attempt {
	for {
		rest := longestSleep
		if ends := w.ends(); !ends.IsZero() {
			rest = min(rest, max(time.Until(ends), time.Millisecond))
		}
		timer := time.NewTimer(rest)
		select {
		case a := <-done:
			timer.Stop()
			return a
		case <-timer.C:
			_ = w.removeIfDead() // what to do without a token is for the answer to say
		}
	}
}

// request is one token request for the connection as it was read at first. A
// signal ends it, unless it may have spent a refresh token: then the answer is
// waited for, and kept.
func (w *watcher) request(ctx context.Context) *attempt {
	if !w.newest.token.RefreshToken.IsZero() {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, w.p.timeout)
	defer cancel()
	w.keep.replaced = w.newest.token
	a := &attempt{connection: w.connection, resolved: true, engine: w.engine, recorder: new(jeton.Recorder)}
	w.p.request(ctx, w.cmd, w.keep, a)
	if a.err == nil && !a.kept {
		a.token.Generation = w.newest.token.Generation + 1
	}
	return a
}

// take makes a token the newest and decides when it is renewed.
func (w *watcher) take(a *attempt) error {
	source, err := jeton.NewCachingSource(a.engine, w.connection, jeton.CachingSourceOptions{Initial: a.token})
	if err != nil {
		return err
	}
	state, now := source.State(), time.Now()
	if !state.Valid {
		return jeton.NewError(jeton.BadExpiresIn, jeton.StageResponse, "the new token has expired already", jeton.Finding{Parameter: "response.expires_in",
			Problem: "the token has expired before it could be written", Fix: "check response.expires_in and response.expires_format, and this machine's clock"})
	}
	// A token that came near its end, as from a server that has no other before
	// it dies, must not make a request of every moment.
	rest := max(shortestRest, state.Expiry.Sub(now)/3)
	w.next = now.Add(max(rest, state.RefreshAt.Sub(now)))
	w.newest, w.answer, w.failures, w.failed = &life{a.token, source}, a, 0, nil
	return nil
}

// fail says in one line what failed and when it is tried again.
func (w *watcher) fail(ctx context.Context, a *attempt) {
	if ctx.Err() != nil { // the signal ended the request
		return
	}
	w.failures++
	w.failed = &diagnosedError{a.err, withoutWarnings(a.findings())}
	wait, byItself := w.engine.RetryPause(a.err, w.failures)
	w.next = time.Time{}
	then := "only a login or another credential helps"
	if byItself {
		w.next = time.Now().Add(wait)
		then = "next attempt in " + wait.Round(time.Second).String()
	}
	left := "there is no valid token"
	if !w.newest.over() {
		left = "the token is good until " + expiresAt(w.newest.token)
	}
	w.p.note("cannot renew the token: %s; %s; %s", describe(a.err).Detail, left, then)
}

// write puts the newest token into the file.
func (w *watcher) write(warning string) error {
	text, err := w.p.tokenText(w.answer, warning)
	if err == nil {
		err = w.file.write(text)
	}
	if err != nil {
		return err
	}
	w.inFile, w.rewrite = w.newest, time.Time{}
	w.p.wrote(w.file, w.newest.token)
	return nil
}

// writeOrSay is write for a watcher that goes on.
func (w *watcher) writeOrSay() {
	if w.rewrite = (time.Time{}); w.newest.over() {
		return
	}
	if err := w.write(""); err != nil {
		w.rewrite = time.Now().Add(writeAgain)
		w.p.note("%s; next attempt in %s", describe(err).Detail, writeAgain)
	}
}

func (p *program) wrote(f *tokenFile, t *jeton.Token) {
	p.note("wrote %s, good until %s", f.path, expiresAt(t))
}

// writeToken is token with --file.
func (p *program) writeToken(cmd *cobra.Command, keep *cacheFlags, path string, watch bool) error {
	file, err := openTokenFile(cmd, path)
	if err != nil {
		return err
	}
	accept := p.accept
	p.accept = func(c *jeton.Connection) error {
		if err := file.spares(c, filepath.Dir(documentPath(cmd))); err != nil || accept == nil {
			return err
		}
		return accept(c)
	}
	if watch {
		return p.watch(cmd.Context(), cmd, keep, file)
	}
	a, err := p.fetch(cmd, keep)
	if err != nil {
		return err
	}
	text, err := p.tokenText(a, p.warnOfShortLife(cmd, keep, a.token))
	if err != nil {
		return err
	}
	if err := file.write(text); err != nil {
		return err
	}
	p.wrote(file, a.token)
	return nil
}
