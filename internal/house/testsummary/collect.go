package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output and build-fail
	Test        string
	Output      string
	FailedBuild string
}

// result is how one test ended, subtests included, or one package that failed
// without a failed test (it did not build, or its process died).
type result struct {
	Step    string `json:"step"`
	Package string `json:"package"`
	Test    string `json:"test,omitempty"`
	Action  string `json:"action"` // pass, fail or skip
	Message string `json:"message,omitempty"`
}

// line is one line of output and the test it belongs to ("" is the package).
type line struct{ test, text string }

// progress is what is known of one package while it runs.
type progress struct {
	output  []line
	ended   map[string]string // test -> pass, fail or skip
	started []string          // in order
}

// collect reads the events of a run. When a package has failed it prints all
// that the failed tests and the package itself said, in the order of arrival.
func collect(events io.Reader, stdout io.Writer) ([]result, error) {
	var results []result
	running := map[string]*progress{}
	builds := map[string]string{} // output of the compiler, by import path
	scanner := bufio.NewScanner(events)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var e event
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil || e.Action == "" {
			fmt.Fprintln(stdout, scanner.Text()) // not an event: go itself is speaking
			continue
		}
		if e.Action == "build-output" {
			builds[e.ImportPath] += e.Output
			continue
		}
		p := running[e.Package]
		if p == nil {
			p = &progress{ended: map[string]string{}}
			running[e.Package] = p
		}
		switch {
		case e.Action == "output":
			p.output = append(p.output, line{e.Test, e.Output})
		case e.Action == "run":
			p.started = append(p.started, e.Test)
		case e.Test != "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip"):
			p.ended[e.Test] = e.Action
		case e.Test == "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip"):
			results = append(results, p.results(e.Package, e.Action, e.FailedBuild != "")...)
			if e.Action == "fail" {
				fmt.Fprint(stdout, builds[e.FailedBuild])
				p.print(stdout)
			}
			delete(running, e.Package)
		}
	}
	for name, p := range running { // the go command died before the package ended
		if name != "" {
			results = append(results, p.results(name, "fail", false)...)
			p.print(stdout)
		}
	}
	return results, scanner.Err()
}

// results turns a package that ended into one result for each of its tests.
// A test that began and never ended counts as failed when its package failed.
func (p *progress) results(name, ending string, unbuilt bool) []result {
	var results []result
	failed := false
	for _, test := range p.started {
		action := p.ended[test]
		if action == "" {
			action = ending
			p.ended[test] = ending
		}
		r := result{Package: name, Test: test, Action: action}
		if action == "skip" {
			r.Message = p.said(test)
		}
		failed = failed || action == "fail"
		results = append(results, r)
	}
	if ending == "fail" && !failed {
		why := "the package failed without a failed test"
		if unbuilt {
			why = "does not build"
		}
		results = append(results, result{Package: name, Action: "fail", Message: why})
	}
	return results
}

// said is what a test printed, without the marks of the testing package.
func (p *progress) said(test string) string {
	var words []string
	for _, l := range p.output {
		text := strings.TrimSpace(l.text)
		if l.test == test && !strings.HasPrefix(text, "=== ") && !strings.HasPrefix(text, "--- ") {
			words = append(words, strings.Fields(text)...)
		}
	}
	return strings.Join(words, " ")
}

func (p *progress) print(stdout io.Writer) {
	for _, l := range p.output {
		if strings.HasPrefix(l.text, "=== ") {
			continue
		}
		if l.test == "" || p.ended[l.test] == "fail" {
			fmt.Fprint(stdout, l.text)
		}
	}
}
