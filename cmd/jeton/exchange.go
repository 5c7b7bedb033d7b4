package main

import (
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
	err        error
}

// exchange is the token request behind token, header and test. keep says
// whether the token is kept between runs; nil: it is not.
func (p *program) exchange(cmd *cobra.Command, keep *cacheFlags) *attempt {
	ctx, cancel := p.deadline(cmd)
	defer cancel()
	a := &attempt{recorder: new(jeton.Recorder)}
	if a.connection, a.err = p.connection(ctx, cmd); a.err != nil {
		return a
	}
	a.resolved = true
	ctx = jeton.WithRecorder(ctx, a.recorder)
	if a.kept = keep.on(); a.kept {
		a.token, a.err = keep.exchange(ctx, p.env, a.connection)
	} else {
		a.token, a.err = newEngine().Exchange(ctx, a.connection, nil)
	}
	a.err = ofDocument(cmd, a.err)
	return a
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
	printWarnings(p.stderr, a.warnings())
	return a, checkHeaders(a.token)
}

// warnings are those of the document and those of the reply.
func (a *attempt) warnings() []jeton.Finding {
	list := merge(nil, warningsOf(a.connection)...)
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

// findings say which parameter needs correction, the likeliest first. This is
// the one place that asks package diagnosis.
func (a *attempt) findings() []jeton.Finding {
	if a.err == nil {
		return merge([]jeton.Finding{}, a.warnings()...)
	}
	var e *jeton.Error
	if !a.resolved || !errors.As(a.err, &e) { // values are missing, which is not the document's fault
		return describe(a.err).Findings
	}
	facts := diagnosis.Facts{Err: e, Local: a.connection.Validate()}
	return merge([]jeton.Finding{}, diagnosis.Diagnose(a.connection, facts).Findings...)
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
