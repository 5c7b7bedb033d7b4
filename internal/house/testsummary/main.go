// Command testsummary is the part of ./test.sh that reads `go test -json`.
//
//	testsummary run -dir DIR -step NAME [-note TEXT] -- go test -json ./...
//	testsummary report -dir DIR [-no-skip]
//
// run starts the command, prints the whole output of every test and package
// that failed, keeps what passed quiet, and adds the results to DIR. report
// prints the table of all steps, what was skipped and why, and as its last
// line "N passed, N failed, N skipped". Both exit with 1 if anything failed.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("testsummary", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("dir", "", "directory that holds the results of this run")
	step := flags.String("step", "", "name of the step")
	note := flags.String("note", "", "tells two runs of one test apart, for example \"fuzzing\"")
	noSkip := flags.Bool("no-skip", false, "a skipped test is a failure")
	if len(args) == 0 || flags.Parse(args[1:]) != nil || *dir == "" {
		fmt.Fprintln(stderr, "usage: testsummary run|report -dir DIR ...")
		return 2
	}
	var ok bool
	var err error
	switch args[0] {
	case "run":
		ok, err = runTests(*dir, *step, *note, flags.Args(), stdout)
	case "report":
		ok, err = report(*dir, *noSkip, stdout)
	default:
		err = fmt.Errorf("unknown verb %q", args[0])
	}
	if err != nil {
		fmt.Fprintln(stderr, "testsummary:", err)
		return 1
	}
	if !ok {
		return 1
	}
	return 0
}

// runTests runs a `go test -json` command and reports whether all went well.
func runTests(dir, step, note string, command []string, stdout io.Writer) (bool, error) {
	if len(command) == 0 {
		return false, fmt.Errorf("step %q: no command", step)
	}
	messages, err := os.CreateTemp(dir, "stderr-")
	if err != nil {
		return false, err
	}
	defer messages.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = messages
	events, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	results, readErr := collect(events, stdout)
	waitErr := cmd.Wait()
	if readErr != nil {
		return false, readErr
	}
	failed := false
	for i := range results {
		results[i].Step = step
		if note != "" && results[i].Test != "" {
			results[i].Test += " (" + note + ")"
		}
		failed = failed || results[i].Action == "fail"
	}
	if waitErr != nil && !failed {
		// go test said no without naming a test: a wrong flag, no such package.
		results = append(results, result{Step: step, Package: "go test", Action: "fail", Message: waitErr.Error()})
	}
	if waitErr != nil {
		text, err := os.ReadFile(messages.Name())
		if err != nil {
			return false, err
		}
		if _, err := stdout.Write(text); err != nil {
			return false, err
		}
	}
	return waitErr == nil && !failed, appendJSON(filepath.Join(dir, "tests.jsonl"), results)
}
