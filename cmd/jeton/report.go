package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

// testReport is what a test says, as JSON.
type testReport struct {
	OK       bool                    `json:"ok"`
	Stage    jeton.Stage             `json:"stage"`
	Timeline []jeton.StageResult     `json:"timeline"`
	Findings []jeton.Finding         `json:"findings"`
	Exchange *jeton.RedactedExchange `json:"exchange"`
	Probes   []trial                 `json:"probes,omitzero"` // with --probe
}

func newTestReport(a *attempt) testReport {
	r := testReport{OK: a.err == nil, Stage: a.failedStage(), Timeline: a.stages(), Findings: a.trials.judged(a.findings()), Exchange: a.lastExchange()}
	if a.trials != nil {
		r.Probes = a.trials.list
	}
	return r
}

// report prints the outcome and returns the error, which decides the exit code.
func (p *program) report(cmd *cobra.Command, a *attempt) error {
	if cmd.Context().Err() != nil {
		return errInterrupted
	}
	var usage *usageError
	if errors.As(a.err, &usage) { // nothing was tested
		return usage
	}
	r := newTestReport(a)
	text, err := "", error(nil)
	if p.output == "json" {
		if text, err = encodeJSON(r); a.trials != nil && a.trials.why != "" {
			p.note("no more was tried: %s", a.trials.why)
		}
	} else {
		l := p.layout()
		l.sheet(a.sheet(r.Findings))
		text = l.String()
	}
	if err == nil {
		err = p.write(text)
	}
	if err != nil {
		return err
	}
	p.reported = true
	return a.err
}

// sheet is a report for a person.
type sheet struct {
	ok       bool
	verdict  string
	attempts [][]jeton.StageResult // the timeline of each request
	findings []jeton.Finding
	answered string // what the server answered; empty if it did not
	sight    *sight
	trials   *trials // of --probe; nil without it
}

func (a *attempt) sheet(findings []jeton.Finding) sheet {
	s := sheet{a.err == nil, a.verdict(findings), a.attempts(), findings, a.answered(), a.sight(), a.trials}
	var e *jeton.Error
	if last := s.attempts[len(s.attempts)-1]; errors.As(a.err, &e) && e.Code != "" {
		for i := range last {
			if said := last[i].Stage == jeton.StageOAuth || last[i].Stage == jeton.StageProbe; said && last[i].Status == "failed" {
				last[i].Detail = e.Code // the sentence is the verdict's
			}
		}
	}
	return s
}

// sheet writes the verdict, the way there, and the findings in the order in which
// to look at them.
func (l *layout) sheet(p sheet) {
	lead, colour := l.sign("✗ ", "[failed] "), red
	if p.ok {
		lead, colour = l.sign("✓ ", "[ok] "), green
	}
	l.add(paragraph{hang: 2, sign: lead, signInk: colour, text: p.verdict, textInk: []ink{bold, colour}})
	for i, stages := range p.attempts {
		l.blank()
		if len(p.attempts) > 1 {
			l.add(paragraph{text: fmt.Sprintf("attempt %d", i+1), textInk: []ink{bold}})
		}
		l.timeline(stages, p.verdict)
	}
	main, others := leading(withoutWarnings(p.findings))
	if len(main) == 0 && !p.ok {
		l.unexplained(p)
	}
	shown := ""
	for i, f := range main {
		if i == 0 && strings.HasPrefix(p.answered, f.Evidence) { // then the answer says more
			f.Evidence = p.answered
		}
		if f.Evidence == shown { // once is enough
			f.Evidence = ""
		} else {
			shown = f.Evidence
		}
		l.blank()
		l.finding(f, p)
	}
	l.suspects(others)
	l.trials(p.trials, p.ok)
	l.warnings(warningsAmong(p.findings))
}

// unexplained is a failure without a finding: what there is to see of it.
func (l *layout) unexplained(p sheet) {
	var rows []row
	if label, value := p.sight.of("token_url"); value != "" {
		rows = append(rows, row{label, value, nil})
	}
	if p.answered != "" {
		rows = append(rows, row{"server says", p.answered, nil})
	}
	if rows != nil {
		l.blank()
		l.rows(rows)
	}
}

// ofAnswer: the evidence is what the server said, and not what was sent to it, or
// what its metadata say.
func ofAnswer(evidence string) bool {
	for _, beginning := range []string{"status ", "answer of ", "the reply is ", "redirects to ", "title ", "the Date header "} {
		if strings.HasPrefix(evidence, beginning) {
			return true
		}
	}
	return false
}

// leading are the findings that are shown in full: what is certain, else the
// first suspect.
func leading(failing []jeton.Finding) (main, others []jeton.Finding) {
	for _, f := range failing {
		if f.Certain {
			main = append(main, f)
		} else {
			others = append(others, f)
		}
	}
	if len(main) == 0 && len(others) > 0 {
		return others[:1], others[1:]
	}
	return main, others
}

// answered is what the server answered, in its own words as far as it had any;
// empty if it did not.
func (a *attempt) answered() string {
	var e *jeton.Error
	if !errors.As(a.err, &e) || e.Status == 0 {
		return ""
	}
	status := fmt.Sprintf("status %d", e.Status)
	x := a.lastExchange()
	switch {
	case e.Code != "" && e.Description != "":
		return status + ": " + e.Code + ": " + e.Description
	case e.Code != "" || e.Description != "":
		return status + ": " + e.Code + e.Description
	case x == nil || x.Response == nil || x.Response.Status != e.Status:
		return status
	case strings.TrimSpace(x.Response.Body) == "":
		return status + " with an empty body"
	}
	return status + ": " + shorten(strings.Join(strings.Fields(x.Response.Body), " "), 300)
}

// row is one line of a finding: a label and a text.
type row struct {
	label, text string
	ink         []ink
}

// rows writes texts beside their labels.
func (l *layout) rows(rows []row) {
	column := 0
	for _, r := range rows {
		column = max(column, columns(r.label)+2)
	}
	for _, r := range rows {
		lead := r.label + strings.Repeat(" ", column-columns(r.label))
		l.add(paragraph{indent: 2, lead: lead, leadInk: faint, text: r.text, textInk: r.ink})
	}
}

// finding is one of those that are shown in full: what is wrong, what was sent,
// what the server says of it, what to change.
func (l *layout) finding(f jeton.Finding, p sheet) {
	name, sure := string(f.Parameter), "suspected"
	if name == "" {
		name = "the document"
	}
	if f.Certain {
		sure = "certain"
	}
	l.add(paragraph{hang: 2, lead: name + ", ", leadInk: bold, text: sure})
	if !strings.Contains(p.verdict, f.Problem) {
		l.add(paragraph{indent: 2, text: f.Problem})
	}
	var rows []row
	if label, value := p.sight.of(f.Parameter); value != "" {
		rows = append(rows, row{label, value, nil})
	}
	switch {
	case f.Evidence == "":
	case p.trials.worked() != nil:
		rows = append(rows, row{"server says", p.answered, nil}, row{"probe", f.Evidence, nil})
	case p.answered != "" && ofAnswer(f.Evidence):
		rows = append(rows, row{"server says", f.Evidence, nil})
	case p.answered != "": // which says less than what was seen beside it
		rows = append(rows, row{"server says", p.answered, nil}, row{"seen", f.Evidence, nil})
	default:
		rows = append(rows, row{"seen", f.Evidence, nil})
	}
	l.rows(append(rows, change(f)...))
}

// change is what to do, and the line that does it; the bare proposal where no
// line can be written, unless the fix says it already.
func change(f jeton.Finding) (rows []row) {
	line := correctedLine(f)
	if line == "" && !strings.Contains(f.Fix, f.Proposed) {
		line = f.Proposed
	}
	if f.Fix != "" && !saysOnly(f.Fix, f.Proposed, line) {
		rows = append(rows, row{"change", f.Fix, nil})
	}
	if line != "" {
		rows = append(rows, row{"change", line, []ink{bold, cyan}})
	}
	if len(rows) == 2 {
		rows[1].label = ""
	}
	return rows
}

// saysOnly reports whether a fix is no more than the line below it.
func saysOnly(fix, proposed, line string) bool {
	return line != "" && (fix == "write "+proposed || fix == "write "+line)
}

// suspects are what else it may be: a problem and the way out for each.
func (l *layout) suspects(findings []jeton.Finding) {
	if len(findings) == 0 {
		return
	}
	l.blank()
	l.add(paragraph{text: "also possible", textInk: []ink{bold}})
	for _, f := range findings {
		l.add(paragraph{indent: 2, hang: 4, lead: string(f.Parameter) + ": ", leadInk: bold, text: f.Problem})
		way := paragraph{indent: 4, sign: l.sign("→ ", "-> "), signInk: faint, text: correctedLine(f), textInk: []ink{cyan}}
		if way.text == "" {
			way.text, way.textInk = f.Fix, nil
		}
		if way.text != "" {
			l.add(way)
		}
	}
}

// warnings stop nothing, and are short.
func (l *layout) warnings(findings []jeton.Finding) {
	for i, f := range findings {
		if i == 0 {
			l.blank()
		}
		text := ofParameter(f, f.Problem)
		if line := correctedLine(f); line != "" {
			text += l.sign(" → ", " -> ") + line
		} else if f.Fix != "" {
			text += " (" + f.Fix + ")"
		}
		l.add(paragraph{hang: 2, lead: "warning: ", leadInk: yellow, text: text})
	}
}
