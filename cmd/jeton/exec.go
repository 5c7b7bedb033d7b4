package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

// The exit codes of a shell for a program that cannot be run.
const (
	exitCannotRun = 126
	exitNotFound  = 127
)

// commandError is a program that could not be run.
type commandError struct {
	exit    int
	problem string
}

func (e *commandError) Error() string { return e.problem }

// childStatus is the exit status of a program that was run. There is nothing to
// be said about it: the program has done so.
type childStatus int

func (s childStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func newExec(p *program) *cobra.Command {
	keep := &cacheFlags{minTTL: time.Minute}
	way := &handover{}
	cmd := &cobra.Command{
		Use:   "exec -f FILE [flags] -- PROGRAM [ARGUMENT...]",
		Short: "Run a program with an access token",
		Long: `Exec fetches an access token and runs a program with it. The program gets what
'jeton token -o env' prints as environment variables: JETON_ACCESS_TOKEN,
JETON_TOKEN_TYPE, JETON_HEADER_NAME, JETON_HEADER_VALUE and JETON_EXPIRES_AT. Other ways:

  --env NAME     the token alone, in the variable NAME
  --token-file   the token in a file that only you can read, whose path is in
                 JETON_TOKEN_FILE; the file is removed when the program ends
  --fd           the token in a pipe that is inherited, whose path is in
                 JETON_TOKEN_FILE; it can be read once. Not on Windows

The program holds no key: the environment variables in which the document looks
for secrets, and JETON_API_KEY, are not passed on. It runs as you all the same,
and can read the files that you can read. It gets one token, which is not
renewed; 'jeton token --watch' keeps one fresh in a file.

Standard input, output and error are the program's; its standard input is empty
if the document came from there. The signals INT, TERM, HUP, QUIT, USR1 and USR2
are passed on, each time. What the keyboard of a terminal sends (INT, QUIT)
reaches the program without Jeton, and is not sent twice. --timeout is for the
token request, not for the program.

The exit code is that of the program, 128 and the number of the signal that
ended it, 127 if it is not found, and 126 if it cannot be run. A program may end
with a code that Jeton uses itself, and Jeton without the program with one of
its own: then it says why on standard error.`,
		Example: `  jeton exec -f netsuite.yaml -- ./export.sh
  jeton exec -f netsuite.yaml --env GITHUB_TOKEN -- gh api /user
  jeton exec -f netsuite.yaml --token-file -- sh -c 'report --token-file "$JETON_TOKEN_FILE"'
  jeton exec -f netsuite.yaml --fd -- ./upload.py`,
	}
	documentFlag(cmd)
	cmd.Args = programToRun
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := way.check(cmd); err != nil {
			return err
		}
		path, err := findProgram(args[0]) // before a token is fetched in vain
		if err != nil {
			return err
		}
		a, err := p.fetch(cmd, keep)
		if err != nil {
			return err
		}
		p.warnOfShortLife(cmd, keep, a.token)
		return p.runChild(cmd.Context(), a, way, path, args)
	}
	way.register(cmd)
	p.loginFlag(cmd)
	keep.register(cmd)
	keep.registerLife(cmd)
	return cmd
}

// programToRun wants the program behind --, for connections will have names.
func programToRun(cmd *cobra.Command, args []string) error {
	dash := cmd.ArgsLenAtDash()
	if dash < 0 && len(args) > 0 && documentPath(cmd) != "" {
		return usagef(cmd, "write -- before the program: jeton exec -f FILE -- PROGRAM ARGUMENT...")
	}
	if dash < 0 {
		dash = len(args)
	}
	if err := noServerYet(cmd, args[:dash]); err != nil {
		return err
	}
	if dash == len(args) || args[dash] == "" {
		return usagef(cmd, "the program is missing: jeton exec -f FILE -- PROGRAM ARGUMENT...")
	}
	return nil
}

// findProgram looks for a program as a shell does, but never in the current
// folder, unless it is written so.
func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	failed := &commandError{exitCannotRun, fmt.Sprintf("cannot run %s: %v", name, cause(err))}
	switch {
	case errors.Is(err, exec.ErrDot):
		failed.exit, failed.problem = exitNotFound, fmt.Sprintf("cannot run %s: it is in the current folder; write .%c%s", name, os.PathSeparator, name)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		failed.exit, failed.problem = exitNotFound, fmt.Sprintf("cannot run %s: it is not found", name)
	}
	return "", failed
}

// cause is an error without the names that the message around it gives.
func cause(err error) error {
	var path *fs.PathError
	var program *exec.Error
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &program):
		return program.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// runChild runs the program with the token, and clears up after it.
func (p *program) runChild(ctx context.Context, a *attempt, way *handover, path string, args []string) error {
	signals := catchSignals()
	defer signals.stop()
	given, err := way.give(a.token)
	if err != nil {
		return err
	}
	defer func() {
		if err := given.takeBack(); err != nil {
			p.warn("%v", err)
		}
	}()
	child := &exec.Cmd{Path: path, Args: args, Env: append(p.environmentWithout(a.connection), given.variables...),
		Stdin: p.stdin, Stdout: p.stdout, Stderr: p.stderr, ExtraFiles: given.files}
	if p.stdinUsed != "" { // it is at its end, or somebody reads the rest of it
		child.Stdin = nil
	}
	return runToEnd(ctx, signals, child, given.started)
}

// runToEnd runs a program and makes its exit status ours. The signals that are
// caught are the program's: they no longer end Jeton, which waits for it.
func runToEnd(ctx context.Context, signals *signals, child *exec.Cmd, started ...func()) error {
	if ctx.Err() != nil { // one came before
		return errInterrupted
	}
	if err := child.Start(); err != nil {
		return &commandError{exitCannotRun, fmt.Sprintf("cannot run %s: %v", child.Args[0], cause(err))}
	}
	for _, f := range started {
		f()
	}
	signals.passTo(child.Process)
	err := child.Wait()
	if child.ProcessState == nil {
		return fmt.Errorf("cannot wait for %s: %w", child.Args[0], err)
	}
	if status := statusOf(child.ProcessState); status != 0 {
		return childStatus(status)
	}
	return nil
}

// statusOf is the exit status as a shell reports it.
func statusOf(state *os.ProcessState) int {
	if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return 128 + int(s.Signal())
	}
	return state.ExitCode()
}

// environmentWithout is our environment without the secrets that the document
// takes from it, without the key of our own, and without a token of another call.
func (p *program) environmentWithout(c *jeton.Connection) []string {
	kept := append([]string{"JETON_API_KEY", "JETON_API_KEY_FILE", tokenFileVariable}, tokenVariableNames...)
	c.EachSecret(func(_ jeton.Parameter, s *jeton.SecretSource) {
		if s.Env != "" {
			kept = append(kept, s.Env)
		}
	})
	list := []string{}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		value, ok := p.env(name)
		if !ok || slices.ContainsFunc(kept, func(k string) bool { return sameVariable(k, name) }) {
			continue
		}
		list = append(list, name+"="+value)
	}
	return list
}

func sameVariable(a, b string) bool {
	if runtime.GOOS == "windows" {
		return strings.EqualFold(a, b)
	}
	return a == b
}
