package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// allStages are the stages of a token request, in order.
var allStages = []jeton.Stage{jeton.StageConfig, jeton.StageDiscovery, jeton.StageKey, jeton.StageAssertion,
	jeton.StageDNS, jeton.StageTCP, jeton.StageTLS, jeton.StageHTTP, jeton.StageOAuth, jeton.StageResponse, jeton.StageProbe}

// tries are the recorded stages, one list for each request that was made: with
// a list of secrets or keys there may be several. Every request begins with its
// key; what comes before the first one is done once.
func (a *attempt) tries() [][]jeton.StageResult {
	list := [][]jeton.StageResult{nil}
	hasKey := false
	for _, r := range a.recorder.Timeline() {
		if hasKey && (r.Stage == jeton.StageKey || r.Stage == jeton.StageConfig) {
			list = append(list, nil)
			hasKey = false
		}
		hasKey = hasKey || r.Stage == jeton.StageKey
		list[len(list)-1] = append(list[len(list)-1], r)
	}
	return list
}

// stageOf is what the records of one request say of a stage, which may be
// recorded twice: a client assertion and the assertion of the grant.
func stageOf(records []jeton.StageResult, stage jeton.Stage) jeton.StageResult {
	s := jeton.StageResult{Stage: stage, Status: "skipped"}
	var details []string
	for _, r := range records {
		if r.Stage == stage {
			s.Status, s.Millis = r.Status, r.Millis
			if r.Detail != "" && !slices.Contains(details, r.Detail) {
				details = append(details, r.Detail)
			}
		}
	}
	s.Detail = strings.Join(details, ", ")
	return s
}

// stages lists every stage once, as the last request went through it.
func (a *attempt) stages() []jeton.StageResult {
	tries := a.tries()
	last := tries[len(tries)-1]
	failed := a.failedStage()
	list := make([]jeton.StageResult, 0, len(allStages))
	for _, stage := range allStages {
		s := stageOf(last, stage)
		if beforeRequests(stage) {
			s = stageOf(tries[0], stage)
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
		if requests, _ := a.requests(); stage == jeton.StageHTTP && len(requests) > 1 && s.Status != "skipped" {
			s.Detail += fmt.Sprintf("; the last of %d requests", len(requests))
		}
		list = append(list, s)
	}
	return list
}

func beforeRequests(stage jeton.Stage) bool {
	return stage == jeton.StageConfig || stage == jeton.StageDiscovery
}

// attempts is stages for a person: all stages of each request. What is done
// once stands with the first one, and what a good reply is needed for with the last.
func (a *attempt) attempts() [][]jeton.StageResult {
	tries, last := a.tries(), a.stages()
	list := make([][]jeton.StageResult, len(tries))
	for i, records := range tries {
		for j, stage := range allStages {
			switch {
			case beforeRequests(stage):
				if i == 0 {
					list[i] = append(list[i], last[j])
				}
			case i == len(tries)-1:
				list[i] = append(list[i], last[j])
			case stage != jeton.StageProbe:
				list[i] = append(list[i], stageOf(records, stage))
			}
		}
	}
	return list
}

// timeline shows what was reached, with its duration, and in one line each what
// there was no need for and what was not reached any more. What the verdict says
// is not said again.
func (l *layout) timeline(stages []jeton.StageResult, verdict string) {
	var shown []jeton.StageResult
	var before, after []string
	name, took, failed := 0, 0, false
	for _, s := range stages {
		switch {
		case s.Status != "skipped":
			shown = append(shown, s)
			name, took = max(name, len(s.Stage)), max(took, len(shortMillis(s.Millis)))
			failed = s.Status == "failed" && s.Stage != jeton.StageDiscovery
		case failed:
			after = append(after, string(s.Stage))
		default:
			before = append(before, string(s.Stage))
		}
	}
	unsent := slices.Contains(after, string(jeton.StageHTTP))
	if len(after) > 3 { // they follow each other
		after = []string{after[0] + " to " + after[len(after)-1]}
	}
	if unsent {
		after[len(after)-1] += "; nothing was sent"
	}
	ok, cross, dot := l.sign("✓ ", "ok "), l.sign("✗ ", "X  "), l.sign("· ", "-  ")
	for _, s := range shown {
		p := paragraph{indent: 2, sign: ok, signInk: green, text: s.Detail}
		if s.Status == "failed" {
			p.sign, p.signInk = cross, red
			p.text = strings.Join(slices.DeleteFunc(strings.Split(s.Detail, ", "), func(part string) bool { return strings.Contains(verdict, part) }), ", ")
		}
		p.lead = fmt.Sprintf("%-*s  ", name, s.Stage)
		if took > 0 {
			p.lead += fmt.Sprintf("%*s  ", took, shortMillis(s.Millis))
		}
		l.add(p)
	}
	for _, folded := range []struct {
		words string
		list  []string
	}{{"not needed: ", before}, {"not reached: ", after}} {
		if folded.list != nil {
			l.add(paragraph{indent: 2, sign: dot, signInk: faint, text: folded.words + strings.Join(folded.list, ", "), textInk: []ink{faint}})
		}
	}
}

// shortMillis is a duration as the timeline shows it; what took no time that
// was measured has none.
func shortMillis(ms float64) string {
	switch {
	case ms == 0:
		return ""
	case ms >= 10_000:
		return fmt.Sprintf("%.1f s ", ms/1000)
	}
	return millis(ms)
}

// lastExchange is the request and reply that decided, or nil.
func (a *attempt) lastExchange() *jeton.RedactedExchange {
	all, probes := a.requests()
	if a.err != nil && len(probes) > 0 {
		all = probes
	}
	if len(all) > 0 {
		return &all[len(all)-1]
	}
	return nil
}

// trace is -v: what happened on the way, one line each.
func (a *attempt) trace(p *program) {
	attempts := a.attempts()
	exchanges, probes := a.requests()
	for i, stages := range attempts {
		if len(attempts) > 1 {
			fmt.Fprintf(p.stderr, "jeton: attempt %d\n", i+1)
		}
		var rows [][]string
		for _, s := range stages {
			if s.Status != "skipped" {
				rows = append(rows, []string{string(s.Stage), s.Status, millis(s.Millis), s.Detail})
			}
		}
		table(p.stderr, "jeton: ", rows)
		if i < len(exchanges) { // the last attempt may have failed before its request
			traceExchange(p, exchanges[i])
		}
	}
	for _, x := range exchanges[min(len(attempts), len(exchanges)):] { // those of steps
		traceExchange(p, x)
	}
	for _, x := range probes {
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
