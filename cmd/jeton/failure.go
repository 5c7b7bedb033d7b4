package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
)

// errInterrupted is a signal that came while something was under way.
var errInterrupted = errors.New("interrupted")

// errDiffers is the outcome of a comparison: exit code 12, and nothing to be said.
var errDiffers = errors.New("it differs")

// failure is an error as it is shown: text, or with -o json this object.
type failure struct {
	Code       string          `json:"code"`
	Error      string          `json:"error"`
	Detail     string          `json:"detail"`
	Stage      jeton.Stage     `json:"stage"`
	Status     int             `json:"status"`
	RetryAfter int             `json:"retry_after"`
	Exit       int             `json:"exit"`
	Findings   []jeton.Finding `json:"findings"`

	see string // the --help that explains it
}

// fileError is a failure of one file; path is "-" for standard input.
type fileError struct {
	path string
	err  error
}

func (e *fileError) Error() string { return nameOf(e.path) + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// diagnosedError is a failure of a token request and which parameters it puts in question.
type diagnosedError struct {
	err      error
	findings []jeton.Finding
}

func (e *diagnosedError) Error() string { return e.err.Error() }
func (e *diagnosedError) Unwrap() error { return e.err }

func nameOf(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// describe turns any error into what is shown and into the exit code.
func describe(err error) failure {
	f := failure{Code: string(jeton.InternalError), Detail: err.Error(), Exit: 1, Findings: []jeton.Finding{}}
	var usage *usageError
	var keyErr *key.Error
	var e *jeton.Error
	var command *commandError
	switch {
	case errors.Is(err, errInterrupted):
	case errors.As(err, &command):
		f.Exit = command.exit
	case errors.As(err, &usage):
		f.Code, f.Exit, f.see = "usage", 2, usage.command
	case errors.As(err, &e):
		f.Code, f.Exit = string(e.Category()), e.ExitCode()
		f.Error, f.Stage, f.Status = e.Code, e.Stage, e.Status
		f.RetryAfter = int(math.Ceil(e.RetryAfter.Seconds()))
		f.Findings = append(f.Findings, e.Findings...)
	case errors.As(err, &keyErr):
		f.Code, f.Exit, f.Stage = string(jeton.KeyUnusable), jeton.KeyUnusable.ExitCode(), jeton.StageKey
	case errors.Is(err, context.DeadlineExceeded):
		f.Code, f.Exit = string(jeton.NetworkError), 10
		if held := (*heldError)(nil); !errors.As(err, &held) {
			f.Detail = "the time given by --timeout is over"
		}
	}
	var diagnosed *diagnosedError
	if errors.As(err, &diagnosed) {
		f.Findings = diagnosed.findings
	}
	return f
}

// print writes the failure to stderr: what is wrong first, then what to do.
func (f failure) print(w io.Writer, asJSON bool) {
	if asJSON {
		if text, err := encodeJSON(f); err == nil {
			_, _ = io.WriteString(w, text)
			return
		}
	}
	detail := f.headline()
	if f.see != "" {
		detail += fmt.Sprintf("; see '%s --help'", f.see)
	}
	fmt.Fprintf(w, "jeton: %s\n", safe(detail))
	if f.RetryAfter > 0 {
		fmt.Fprintf(w, "  the server asks to wait %d s\n", f.RetryAfter)
	}
	printFindings(w, "  ", f.Findings)
}

// headline is the detail without the finding that it repeats: all of them follow.
func (f failure) headline() string {
	failing := withoutWarnings(f.Findings)
	if len(failing) == 0 {
		return f.Detail
	}
	before, _, found := strings.Cut(f.Detail, ": "+ofParameter(failing[0], failing[0].Problem))
	if !found {
		before, found = strings.CutSuffix(f.Detail, ": "+failing[0].Problem)
	}
	if !found {
		return f.Detail
	}
	if len(failing) == 1 {
		return before + ": 1 problem"
	}
	return fmt.Sprintf("%s: %d problems", before, len(failing))
}

// printFindings names each parameter, what is wrong with it, and the way out.
func printFindings(w io.Writer, indent string, findings []jeton.Finding) {
	shown := ""
	for _, f := range findings {
		if f.Evidence == shown { // the same words of the server stand behind several findings
			f.Evidence = ""
		} else {
			shown = f.Evidence
		}
		problem := f.Problem
		if f.Warning {
			problem = "warning: " + problem
		} else if !f.Certain {
			problem = "perhaps: " + problem
		}
		fmt.Fprintf(w, "%s%s\n", indent, safe(ofParameter(f, problem)))
		for _, line := range [][2]string{{"fix", f.Fix}, {"proposed", f.Proposed}, {"evidence", f.Evidence}} {
			if line[1] != "" {
				fmt.Fprintf(w, "%s  %s: %s\n", indent, line[0], safe(line[1]))
			}
		}
	}
}

// ofParameter puts the parameter before the problem; some problems, such as a
// document that is no document, are of none.
func ofParameter(f jeton.Finding, problem string) string {
	if f.Parameter == "" {
		return problem
	}
	return string(f.Parameter) + ": " + problem
}

// printWarnings is the short form for a command that succeeds.
func printWarnings(w io.Writer, findings []jeton.Finding) {
	for _, f := range findings {
		line := ofParameter(f, f.Problem)
		if f.Fix != "" {
			line += " (" + f.Fix + ")"
		}
		if f.Evidence != "" {
			line += ": " + f.Evidence
		}
		fmt.Fprintf(w, "jeton: warning: %s\n", safe(line))
	}
}

// withoutWarnings are the findings that stop a request.
func withoutWarnings(findings []jeton.Finding) []jeton.Finding {
	list := []jeton.Finding{}
	for _, f := range findings {
		if !f.Warning {
			list = append(list, f)
		}
	}
	return list
}

// warningsAmong are the findings that stop nothing.
func warningsAmong(findings []jeton.Finding) (list []jeton.Finding) {
	for _, f := range findings {
		if f.Warning {
			list = append(list, f)
		}
	}
	return list
}

// merge appends the findings that are not there yet.
func merge(findings []jeton.Finding, more ...jeton.Finding) []jeton.Finding {
	for _, m := range more {
		known := false
		for _, f := range findings {
			known = known || f.Parameter == m.Parameter && strings.EqualFold(f.Problem, m.Problem)
		}
		if !known {
			findings = append(findings, m)
		}
	}
	return findings
}
