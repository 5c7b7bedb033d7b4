package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// maxTrialRequests bounds the requests of --probe, all entries of lists counted.
const maxTrialRequests = 6

// trial is one request with another value of one parameter, and what came of it.
type trial struct {
	Parameter jeton.Parameter `json:"parameter"`
	// Value as it stands in a document.
	Value string `json:"value"`
	// OK: the server issued a token, which was thrown away.
	OK bool `json:"ok"`
	// Status, Error and Description of the refusal.
	Status      int    `json:"status"`
	Error       string `json:"error"`
	Description string `json:"description"`
	// Differs: it is another refusal than the first.
	Differs bool `json:"differs"`

	further bool // the server has looked at what comes after the first refusal
}

// trials are what --probe has tried.
type trials struct {
	list []trial
	why  string // nothing, or no more, was tried
}

func probeFlag(cmd *cobra.Command, probe *bool) {
	cmd.Flags().BoolVar(probe, "probe", false, "after a refusal, try other values of the parameters in question: up to 6 requests more")
}

// probe tries what package diagnosis holds for possible, until something works.
func (p *program) probe(ctx context.Context, a *attempt) {
	a.trials = &trials{list: []trial{}}
	if a.err == nil {
		return
	}
	facts := a.facts()
	if facts.Err == nil {
		a.trials.why = "no request could be made"
		return
	}
	found := diagnosis.Diagnose(a.connection, facts)
	if a.trials.why = diagnosis.Untried(a.connection, found, facts); a.trials.why != "" {
		return
	}
	each := max(len(a.recorder.Exchanges()), 1) // a list of secrets is tried to its end every time
	alternatives := diagnosis.Alternatives(a.connection, found, facts)
	if len(alternatives) == 0 {
		a.trials.why = "there is no other value that is worth a request"
	}
	for i, other := range alternatives {
		if (i+1)*each > maxTrialRequests {
			a.trials.why = fmt.Sprintf("each trial takes %s, and %d are the most", count(each, "request"), maxTrialRequests)
			return
		}
		if isTerminal(p.stderr) {
			p.note("trying %s: %s (%d of %d)", other.Parameter, other.Value, i+1, len(alternatives))
		}
		t, why := p.try(ctx, a.engine, other, facts.Err)
		a.trials.list = append(a.trials.list, t)
		if a.trials.why = why; t.OK || why != "" {
			return
		}
	}
}

// try makes one request. The token goes no further than here. why says that no
// other request should follow.
func (p *program) try(ctx context.Context, engine *jeton.Engine, other diagnosis.Alternative, first *jeton.Error) (t trial, why string) {
	t = trial{Parameter: other.Parameter, Value: other.Value}
	recorder := new(jeton.Recorder)
	_, err := engine.Exchange(jeton.WithRecorder(ctx, recorder), other.Connection, nil)
	for _, x := range recorder.Exchanges() {
		if p.verbose {
			fmt.Fprintf(p.stderr, "jeton: trial with %s\n", safe(t.line()))
			traceExchange(p, x)
		}
		if x.Response != nil {
			t.Status = x.Response.Status
		}
	}
	if err == nil {
		t.OK = true
		return t, ""
	}
	var e *jeton.Error
	if !errors.As(err, &e) {
		return t, "the trial came to no end"
	}
	t.Status, t.Error, t.Description = e.Status, e.Code, e.Description
	t.Differs = e.Status != first.Status || e.Code != first.Code || first.Description == "" && e.Description != ""
	t.further = later(first.Category(), e)
	switch {
	case ctx.Err() != nil:
		return t, "the time given by --timeout is over"
	case e.Status == 0:
		return t, "there was no answer any more"
	case e.Category() == jeton.RateLimited:
		return t, "the server wants fewer requests"
	case e.Category() == jeton.Provider5xx || e.Status >= 500:
		return t, "the server itself is in trouble"
	case e.Stage == jeton.StageResponse:
		return t, "the server has accepted the request, but its reply cannot be used"
	}
	return t, ""
}

// later reports whether a server that answers so has passed the check of which
// the first refusal was: client, grant, then what is asked for.
func later(first jeton.Category, now *jeton.Error) bool {
	if now.Stage == jeton.StageResponse {
		return true
	}
	switch now.Category() {
	case jeton.InvalidScope, jeton.InvalidTarget:
		return first == jeton.InvalidClient || first == jeton.InvalidGrant
	case jeton.InvalidGrant, jeton.UnauthorizedClient, jeton.UnsupportedGrantType:
		return first == jeton.InvalidClient
	}
	return false
}

// line is what the document would say.
func (t trial) line() string { return string(t.Parameter) + ": " + yamlValue(t.Value) }

// answer is how the server answered.
func (t trial) answer() string {
	if t.OK {
		return "the server issued a token"
	}
	if t.Status == 0 {
		return "no answer"
	}
	text := fmt.Sprintf("status %d", t.Status)
	for _, part := range []string{t.Error, t.Description} {
		if part != "" {
			text += ": " + part
		}
	}
	return text
}

// worked is the trial that brought a token; nil for none.
func (t *trials) worked() *trial {
	if t == nil || len(t.list) == 0 || !t.list[len(t.list)-1].OK {
		return nil
	}
	return &t.list[len(t.list)-1]
}

// judged are the findings with what the trials have shown: a value that works is
// certain, and clears the other suspects, for nothing else was changed.
func (t *trials) judged(findings []jeton.Finding) []jeton.Finding {
	if t == nil {
		return findings
	}
	if w := t.worked(); w != nil {
		found := jeton.Finding{Parameter: w.Parameter, Proposed: w.Value, Certain: true, Fix: "write " + w.line(),
			Problem:  "the server refuses this value and accepts another one",
			Evidence: "with " + w.line() + " the server issued a token"}
		return append([]jeton.Finding{found}, warningsAmong(findings)...)
	}
	for _, w := range t.list {
		if !w.further {
			continue
		}
		list := []jeton.Finding{{Parameter: w.Parameter, Proposed: w.Value, Fix: "write " + w.line() + ", then correct what the server says next",
			Problem:  "the server seems to refuse this value: with another one it goes further",
			Evidence: "with " + w.line() + " the answer is " + w.answer()}}
		for _, f := range findings {
			if f.Parameter != w.Parameter || f.Warning {
				list = append(list, f)
			}
		}
		return list
	}
	return t.refuted(findings)
}

// refuted puts the suspects behind the others whose proposal was tried, and
// refused alike. They may still be wrong together with something else.
func (t *trials) refuted(findings []jeton.Finding) []jeton.Finding {
	var before, suspects, behind, after []jeton.Finding
	for _, f := range findings {
		switch {
		case f.Warning:
			after = append(after, f)
		case f.Certain:
			before = append(before, f)
		case slices.ContainsFunc(t.list, func(w trial) bool { return w.Parameter == f.Parameter && w.Value == f.Proposed && !w.Differs }):
			behind = append(behind, f)
		default:
			suspects = append(suspects, f)
		}
	}
	return slices.Concat(before, suspects, behind, after)
}

// trials says what was tried and how each was answered.
func (l *layout) trials(t *trials, ok bool) {
	if t == nil || ok || t.worked() != nil && len(t.list) == 1 { // the finding has said it
		return
	}
	l.blank()
	if len(t.list) == 0 {
		l.add(paragraph{hang: 2, text: "nothing else was tried (--probe): " + t.why})
		return
	}
	l.add(paragraph{text: "what else was tried (--probe)", textInk: []ink{bold}})
	for _, tried := range t.list {
		p, answer := paragraph{indent: 2, hang: 6, sign: l.sign("✗ ", "X  "), signInk: red}, tried.answer()
		switch {
		case tried.OK:
			p.sign, p.signInk = l.sign("✓ ", "ok "), green
		case tried.Differs:
			answer = "another answer: " + answer
		default:
			answer = "the same answer (" + strings.TrimSpace(fmt.Sprintf("%d %s", tried.Status, tried.Error)) + ")"
		}
		p.text = tried.line() + l.sign(" → ", " -> ") + answer
		l.add(p)
	}
	if t.why != "" {
		l.add(paragraph{indent: 2, hang: 4, text: "no more was tried: " + t.why})
	}
}
