package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// attempt is one token request from the command line and what is known of it.
type attempt struct {
	connection *jeton.Connection // nil if the document could not be parsed
	resolved   bool              // its sources could be read
	token      *jeton.Token
	recorder   *jeton.Recorder
	kept       bool // the token is kept between runs
	engine     *jeton.Engine
	// probes counts the exchanges with the resource; they follow those behind the token.
	probes int
	// undiscovered says why the metadata of the issuer could not be had, if nothing depends on them.
	undiscovered []jeton.Finding
	trials       *trials // of --probe; nil without it
	err          error
}

// exchange is the token request behind token, header and test. keep says
// whether the token is kept between runs; nil: this is a test, which keeps
// nothing and looks at everything.
func (p *program) exchange(cmd *cobra.Command, keep *cacheFlags) *attempt {
	ctx, cancel := p.deadline(cmd)
	defer cancel()
	a := &attempt{recorder: new(jeton.Recorder), engine: p.requests()}
	if a.connection, a.err = p.connection(ctx, cmd); a.err != nil {
		return a
	}
	a.resolved = true
	if p.accept != nil {
		if a.err = ofDocument(cmd, p.accept(a.connection)); a.err != nil {
			return a
		}
	}
	ctx, stop := p.requestDeadline(ctx, cmd, a.connection)
	defer stop()
	if keep == nil {
		a.lookAtMetadata(jeton.WithRecorder(ctx, a.recorder))
	}
	p.request(ctx, cmd, keep, a)
	if keep == nil && a.err == nil {
		before := len(a.recorder.Exchanges())
		a.err = ofDocument(cmd, a.engine.Probe(jeton.WithRecorder(ctx, a.recorder), a.connection, a.token))
		a.probes = len(a.recorder.Exchanges()) - before
	}
	return a
}

// requests are the exchanges that led to the token, or to none; probes are those
// with the resource.
func (a *attempt) requests() (requests, probes []jeton.RedactedExchange) {
	all := a.recorder.Exchanges()
	return all[:len(all)-a.probes], all[len(all)-a.probes:]
}

// request is exchange for a connection that is resolved.
func (p *program) request(ctx context.Context, cmd *cobra.Command, keep *cacheFlags, a *attempt) {
	ctx = jeton.WithRecorder(ctx, a.recorder)
	if a.kept = keep.on(a.connection); a.kept {
		a.token, a.err = p.exchangeKept(ctx, keep, a.connection)
	} else {
		a.token, a.err = p.obtain(ctx, a.connection, keep.previous())
	}
	a.err = ofDocument(cmd, a.err)
}

// fetch is exchange for a command that wants the token: warnings go to stderr.
func (p *program) fetch(cmd *cobra.Command, keep *cacheFlags) (*attempt, error) {
	if keep.keep && keep.dont {
		return nil, usagef(cmd, "--cache and --no-cache exclude each other")
	}
	a := p.exchange(cmd, keep)
	if p.verbose {
		a.trace(p)
	}
	if a.err != nil {
		return nil, &diagnosedError{a.err, withoutWarnings(a.findings())}
	}
	printWarnings(p.stderr, merge(a.warnings(), p.beyondHeader(a.token)...))
	return a, checkHeaders(a.token)
}

// beyondHeader warns of a token that its header alone does not present, unless
// the command makes the request itself.
func (p *program) beyondHeader(t *jeton.Token) []jeton.Finding {
	if t.TokenType != "DPoP" || p.presents {
		return nil
	}
	return []jeton.Finding{{
		Parameter: "client.dpop",
		Problem:   "the token is bound to a key: every request to the API needs a new proof beside it (header DPoP)",
		Fix:       "let Jeton make the request, as jeton curl does, or give the program that makes it the key of client.dpop",
		Certain:   true, Warning: true,
	}}
}

// warnings are those of the document and those of the reply.
func (a *attempt) warnings() []jeton.Finding {
	list := merge(nil, warningsAmong(a.local())...)
	if a.token == nil {
		return list
	}
	list = merge(list, a.token.Warnings...)
	old, issued := a.connection.Grant.RefreshToken, a.token.RefreshToken
	if !a.kept && !old.IsZero() && !issued.IsZero() && !issued.Equal(old.Value) {
		list = merge(list, jeton.Finding{
			Parameter: "grant.refresh_token",
			Problem:   "the server issued a new refresh token; the one in the document may no longer work",
			Fix:       "use --cache, which keeps the newest refresh token, from the first run on",
			Certain:   true, Warning: true,
		})
	}
	return list
}

// local is what can be said of the document, with what discovery has said of the server.
func (a *attempt) local() []jeton.Finding {
	return append(a.engine.Validate(a.connection), a.undiscovered...)
}

// lookAtMetadata reads the metadata of the issuer, so that the document is held
// against them. Where all endpoints are written a failure is only a warning.
func (a *attempt) lookAtMetadata(ctx context.Context) {
	_, err := a.engine.Discover(ctx, a.connection)
	var e *jeton.Error
	if !errors.As(err, &e) || e.Stage != jeton.StageDiscovery || a.connection.TokenURL == "" {
		return
	}
	for _, f := range e.Findings {
		f.Warning = true
		a.undiscovered = append(a.undiscovered, f)
	}
}

// findings say which parameter needs correction, the likeliest first. This is
// the one place that asks package diagnosis.
func (a *attempt) findings() []jeton.Finding {
	if a.err == nil {
		return merge([]jeton.Finding{}, a.warnings()...)
	}
	facts := a.facts()
	if facts.Err == nil { // values are missing, which is not the document's fault
		return describe(a.err).Findings
	}
	return merge([]jeton.Finding{}, diagnosis.Diagnose(a.connection, facts).Findings...)
}

// facts are what package diagnosis looks at; without an error if it has nothing to look at.
func (a *attempt) facts() diagnosis.Facts {
	var e *jeton.Error
	if !a.resolved || !errors.As(a.err, &e) {
		return diagnosis.Facts{}
	}
	facts := diagnosis.Facts{Err: e, Local: a.local(), Exchange: a.lastExchange(), Metadata: a.engine.KnownMetadata(a.connection)}
	if applied := a.connection.Applied; applied != nil {
		facts.Preset = applied.Preset
	}
	return facts
}

// failedStage is where it ended; config for a failure before the first stage.
func (a *attempt) failedStage() jeton.Stage {
	if a.err == nil {
		return ""
	}
	if stage := describe(a.err).Stage; stage != "" {
		return stage
	}
	timeline := a.recorder.Timeline()
	if len(timeline) == 0 {
		return jeton.StageConfig
	}
	return timeline[len(timeline)-1].Stage
}

// checkHeaders refuses a token that would end its header line and begin
// another: the line is handed to curl and to shells.
func checkHeaders(t *jeton.Token) error {
	for _, h := range headersOf(t) {
		if strings.ContainsFunc(h[1], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return jeton.NewError(jeton.MalformedResponse, jeton.StageResponse, "the value of header "+h[0]+" has control characters")
		}
	}
	return nil
}
