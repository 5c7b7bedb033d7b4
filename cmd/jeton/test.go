package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

func newTest(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test -f FILE",
		Short: "Try a connection and say what is wrong with it",
		Long: `Test makes the token request of a connection and reports every stage of it: the
document, the key, the assertion, the network, TLS, and the answer of the
authorization server. When the request fails, the findings name the parameters
to correct. The token itself is never shown.

The exit code is that of 'jeton token'. With -o json the report goes to standard
output also when the test fails.`,
		Example: `  jeton test -f netsuite.yaml
  jeton test -f netsuite.yaml -o json | jq -r .stage`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a := p.exchange(cmd, nil) // a test never reads the cache
		if p.verbose {
			a.trace(p)
		}
		return p.report(cmd, a)
	}
	documentFlag(cmd)
	p.loginFlag(cmd)
	p.formats(cmd, "text", "json")
	return cmd
}

// testReport is what a test says, as JSON.
type testReport struct {
	OK       bool                    `json:"ok"`
	Stage    jeton.Stage             `json:"stage"`
	Timeline []jeton.StageResult     `json:"timeline"`
	Findings []jeton.Finding         `json:"findings"`
	Exchange *jeton.RedactedExchange `json:"exchange"`

	attempts [][]jeton.StageResult // the timeline of each request that was made
}

func newTestReport(a *attempt) testReport {
	return testReport{a.err == nil, a.failedStage(), a.stages(), a.findings(), a.lastExchange(), a.attempts()}
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
	if p.output == "json" {
		text, err := encodeJSON(r)
		if err == nil {
			err = p.write(text)
		}
		if err != nil {
			return err
		}
	} else if err := p.write(r.text(a.verdict(), p.colour())); err != nil {
		return err
	}
	p.reported = true
	return a.err
}

// verdict is the outcome in one line, without the token.
func (a *attempt) verdict() string {
	if a.err == nil {
		if a.token.Expiry.IsZero() {
			return fmt.Sprintf("ok: token of type %s, without an expiry", a.token.TokenType)
		}
		return fmt.Sprintf("ok: token of type %s, expires in %.0f s", a.token.TokenType, time.Until(a.token.Expiry).Seconds())
	}
	f := describe(a.err)
	detail := f.headline()
	var e *jeton.Error
	if errors.As(a.err, &e) && e.Code == f.Code { // once is enough
		detail = strings.TrimSuffix(e.Problem+": "+e.Description, ": ")
	}
	if f.RetryAfter > 0 {
		detail += fmt.Sprintf(" (the server asks to wait %d s)", f.RetryAfter)
	}
	return fmt.Sprintf("failed at %s: %s: %s", a.failedStage(), f.Code, detail)
}

// text is the report for a person: the stages, the verdict, the findings.
func (r testReport) text(verdict string, colour bool) string {
	var b strings.Builder
	for i, stages := range r.attempts {
		switch {
		case i > 0:
			fmt.Fprintf(&b, "\nattempt %d\n", i+1)
		case len(r.attempts) > 1:
			b.WriteString("attempt 1\n")
		}
		stagesText(&b, stages, colour)
	}
	outcome := "failed"
	if r.OK {
		outcome = "ok"
	}
	fmt.Fprintf(&b, "\n%s\n", paint(safe(verdict), outcome, colour))
	if first := lookFirst(r.Findings); first != "" {
		fmt.Fprintf(&b, "%s\n", safe(first))
	}
	printSection(&b, "findings", r.Findings)
	return b.String()
}

func stagesText(b *strings.Builder, stages []jeton.StageResult, colour bool) {
	var rows [][]string
	for _, s := range stages {
		took := ""
		if s.Status != "skipped" {
			took = millis(s.Millis)
		}
		rows = append(rows, []string{string(s.Stage), s.Status, took, s.Detail})
	}
	var lines strings.Builder
	table(&lines, "", rows)
	i := 0
	for line := range strings.Lines(lines.String()) {
		b.WriteString(paint(line, stages[i].Status, colour))
		i++
	}
}

// lookFirst is the one sentence that a person needs: which parameter.
func lookFirst(findings []jeton.Finding) string {
	for _, f := range findings {
		switch {
		case f.Warning, f.Parameter == "":
		case f.Certain:
			return "the parameter to correct: " + string(f.Parameter)
		default:
			return "the parameter to look at first: " + string(f.Parameter)
		}
	}
	return ""
}

// paint colours the status word of a line: no stage has one in its name.
func paint(line, status string, colour bool) string {
	code := map[string]string{"ok": "32", "failed": "31", "skipped": "2"}[status]
	if !colour || code == "" {
		return line
	}
	return strings.Replace(line, status, "\x1b["+code+"m"+status+"\x1b[0m", 1)
}

func printSection(w io.Writer, title string, findings []jeton.Finding) {
	if len(findings) > 0 {
		fmt.Fprintf(w, "\n%s:\n", title)
		printFindings(w, "  ", findings)
	}
}
