package main

import (
	"errors"
	"fmt"
	"net/http"
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
	err        error
}

// exchange is the token request behind token, header and test.
func (p *program) exchange(cmd *cobra.Command) *attempt {
	ctx, cancel := p.deadline(cmd)
	defer cancel()
	a := &attempt{recorder: new(jeton.Recorder)}
	if a.connection, a.err = p.connection(ctx, cmd); a.err != nil {
		return a
	}
	a.resolved = true
	a.token, a.err = newEngine().Exchange(jeton.WithRecorder(ctx, a.recorder), a.connection, nil)
	a.err = ofDocument(cmd, a.err)
	return a
}

// fetch is exchange for a command that wants the token: warnings go to stderr.
func (p *program) fetch(cmd *cobra.Command) (*attempt, error) {
	a := p.exchange(cmd)
	if p.verbose {
		a.trace(p)
	}
	if a.err != nil {
		return nil, &diagnosedError{a.err, a.findings()}
	}
	printWarnings(p.stderr, a.warnings())
	return a, checkHeaders(a.token)
}

// warnings are those of the document and those of the reply.
func (a *attempt) warnings() []jeton.Finding {
	var list []jeton.Finding
	for _, f := range a.connection.Validate() {
		if f.Warning {
			list = merge(list, f)
		}
	}
	if a.token == nil {
		return list
	}
	list = merge(list, a.token.Warnings...)
	old, issued := a.connection.Grant.RefreshToken, a.token.RefreshToken
	if !old.IsZero() && !issued.IsZero() && !issued.Equal(old.Value) {
		list = merge(list, jeton.Finding{
			Parameter: "grant.refresh_token",
			Problem:   "the server issued a new refresh token; the one in the document may no longer work",
			Fix:       "log in again for a new refresh token, or have a grant without rotation",
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

// stages lists every stage of a token request in order, of which the recorder
// knows those that were reached, some of them several times.
func (a *attempt) stages() []jeton.StageResult {
	order := []jeton.Stage{jeton.StageConfig, jeton.StageDiscovery, jeton.StageKey, jeton.StageAssertion,
		jeton.StageDNS, jeton.StageTCP, jeton.StageTLS, jeton.StageHTTP, jeton.StageOAuth, jeton.StageResponse, jeton.StageProbe}
	failed := a.failedStage()
	list := make([]jeton.StageResult, 0, len(order))
	for _, stage := range order {
		s := jeton.StageResult{Stage: stage, Status: "skipped"}
		for _, r := range a.recorder.Timeline() {
			if r.Stage == stage {
				s.Status, s.Detail, s.Millis = r.Status, r.Detail, s.Millis+r.Millis
			}
		}
		switch {
		case stage == failed:
			s.Status = "failed"
			if s.Detail == "" {
				s.Detail = describe(a.err).headline()
			}
		case stage == jeton.StageConfig && s.Status == "skipped" && a.connection != nil:
			s.Status, s.Detail = "ok", "the document could be read" // a secret in it could not
		}
		list = append(list, s)
	}
	return list
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

// lastExchange is the request and reply that decided, or nil.
func (a *attempt) lastExchange() *jeton.RedactedExchange {
	if all := a.recorder.Exchanges(); len(all) > 0 {
		return &all[len(all)-1]
	}
	return nil
}

// trace is -v: what happened on the way, one line each.
func (a *attempt) trace(p *program) {
	var rows [][]string
	for _, s := range a.stages() {
		if s.Status != "skipped" {
			rows = append(rows, []string{string(s.Stage), s.Status, millis(s.Millis), s.Detail})
		}
	}
	table(p.stderr, "jeton: ", rows)
	for _, x := range a.recorder.Exchanges() {
		traceExchange(p, x)
	}
}

func traceExchange(p *program, x jeton.RedactedExchange) {
	fmt.Fprintf(p.stderr, "jeton: > %s\n", safe(x.Request.Method+" "+x.Request.URL))
	for _, h := range x.Request.Headers {
		fmt.Fprintf(p.stderr, "jeton: > %s\n", safe(h.Name+": "+h.Value))
	}
	for _, v := range x.Request.Params {
		fmt.Fprintf(p.stderr, "jeton: >   %s\n", safe(v.Name+" = "+v.Value))
	}
	if x.Response == nil {
		return
	}
	fmt.Fprintf(p.stderr, "jeton: < %d %s\n", x.Response.Status, http.StatusText(x.Response.Status))
	for _, h := range x.Response.Headers {
		fmt.Fprintf(p.stderr, "jeton: < %s\n", safe(h.Name+": "+h.Value))
	}
	for line := range strings.Lines(x.Response.Body) {
		fmt.Fprintf(p.stderr, "jeton: <   %s\n", safe(strings.TrimRight(line, "\r\n")))
	}
}

func millis(ms float64) string { return fmt.Sprintf("%.1f ms", ms) }

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
