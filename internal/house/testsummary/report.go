package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// step is a line of steps.tsv, which ./test.sh writes: name, seconds, how it
// ended (ok, failed or not run), and why.
type step struct{ name, seconds, ending, why string }

func readSteps(dir string) ([]step, error) {
	data, err := os.ReadFile(filepath.Join(dir, "steps.tsv"))
	if err != nil {
		return nil, err
	}
	var steps []step
	for text := range strings.Lines(string(data)) {
		f := strings.SplitN(strings.TrimSuffix(text, "\n"), "\t", 4)
		if len(f) != 4 {
			return nil, fmt.Errorf("steps.tsv: %q has not four fields", text)
		}
		steps = append(steps, step{f[0], f[1], f[2], f[3]})
	}
	return steps, nil
}

// counts of tests, or of the checks that are no tests.
type counts struct{ passed, failed, skipped int }

func (c *counts) add(action string) {
	switch action {
	case "pass":
		c.passed++
	case "fail":
		c.failed++
	case "skip":
		c.skipped++
	}
}

func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

// report prints the table and the closing line, and reports whether the run is good.
func report(dir string, noSkip bool, stdout io.Writer) (bool, error) {
	steps, err := readSteps(dir)
	if err != nil {
		return false, err
	}
	results, err := readJSON(filepath.Join(dir, "tests.jsonl"))
	if err != nil {
		return false, err
	}
	byStep := map[string]*counts{}
	for _, r := range results {
		if byStep[r.Step] == nil {
			byStep[r.Step] = new(counts)
		}
		byStep[r.Step].add(r.Action)
	}
	distinct := worst(results)
	var total counts
	for _, r := range distinct {
		total.add(r.Action)
	}

	fmt.Fprintf(stdout, "\n%-22s %8s  %s\n", "step", "seconds", "result")
	for _, s := range steps {
		text := s.ending
		if c := byStep[s.name]; c != nil {
			text += ": " + c.String()
		}
		if s.why != "" {
			text += " (" + s.why + ")"
		}
		fmt.Fprintf(stdout, "%-22s %8s  %s\n", s.name, s.seconds, text)
		// A check that is no test has nothing in the counts but its own failure.
		if s.ending == "failed" && (byStep[s.name] == nil || byStep[s.name].failed == 0) {
			total.failed++
		}
		if s.ending == "not run" {
			total.skipped++
		}
	}
	list(stdout, "failed", distinct, "fail")
	list(stdout, "skipped", distinct, "skip")
	fmt.Fprintln(stdout, "\nA test that ran in two steps counts once below; so does a step that failed or could not run.")
	if noSkip && total.skipped > 0 {
		fmt.Fprintln(stdout, "Something was skipped, and that is a failure here.")
	}
	fmt.Fprintln(stdout, total)
	return total.failed == 0 && (!noSkip || total.skipped == 0), nil
}

func list(stdout io.Writer, title string, results []result, action string) {
	printed := false
	for _, r := range results {
		if r.Action != action {
			continue
		}
		if !printed {
			fmt.Fprintf(stdout, "\n%s:\n", title)
			printed = true
		}
		fmt.Fprint(stdout, "  ", strings.TrimSpace(r.Package+" "+r.Test))
		if r.Message != "" {
			fmt.Fprintf(stdout, ": %s", r.Message)
		}
		fmt.Fprintln(stdout)
	}
}

// worst keeps one result per test: failed before skipped before passed, for a
// test that ran both with and without the race detector.
func worst(results []result) []result {
	rank := []string{"pass", "skip", "fail"}
	type key struct{ pkg, test string }
	at := map[key]int{}
	var kept []result
	for _, r := range results {
		k := key{r.Package, r.Test}
		i, seen := at[k]
		switch {
		case !seen:
			at[k] = len(kept)
			kept = append(kept, r)
		case slices.Index(rank, r.Action) > slices.Index(rank, kept[i].Action):
			kept[i] = r
		}
	}
	return kept
}

// appendJSON adds the results in one write, so that two runs at once do not mix.
func appendJSON(name string, results []result) error {
	var b bytes.Buffer
	for _, r := range results {
		if err := json.NewEncoder(&b).Encode(r); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Close())
}

func readJSON(name string) ([]result, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the run ended before its first test
	}
	if err != nil {
		return nil, err
	}
	var results []result
	for text := range bytes.Lines(data) {
		var r result
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}
