// Command jeton obtains OAuth 2.0 access tokens: it fetches one, runs a
// program with it, tests a connection, explains the request it would send, and
// reads keys and tokens.
//
//	jeton token -f connection.yaml
//	jeton exec -f connection.yaml -- program
//	jeton test -f connection.yaml
//	jeton explain -f connection.yaml
//
// Data goes to stdout and everything else to stderr. The exit codes are those
// of [jeton.Category], 2 for usage and 10 for a deadline.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	// net/http writes what a server sends beyond its reply, a piece of a token for
	// one, to the log of the program. Nothing else here uses that log.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.LookupEnv)
	stop()
	os.Exit(code)
}

// run is the whole program: it never exits and touches nothing but its
// parameters, the files it is told to read or write, and the network.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) (string, bool)) int {
	return (&program{stdin: stdin, stdout: stdout, stderr: stderr, env: env, openBrowser: openURL}).run(ctx, args)
}

func (p *program) run(ctx context.Context, args []string) (code int) {
	defer func() {
		if v := recover(); v != nil {
			code = 1
			reportPanic(p.stderr, v)
		}
	}()
	p.jsonErrors = asksForJSON(args)
	root := newRoot(p)
	root.SetArgs(args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = p.helpError
	}
	if err == nil {
		return 0
	}
	var child childStatus
	if errors.As(err, &child) {
		return int(child)
	}
	if errors.Is(err, errDiffers) { // what differs has been printed
		return 12
	}
	if ctx.Err() != nil { // whatever failed, it failed because of the signal
		err = errInterrupted
	}
	f := describe(err)
	if !p.reported {
		f.print(p.stderr, p.jsonErrors)
	}
	return f.Exit
}

// reportPanic names the place and the type of the panic. Its value and the
// arguments of the functions may hold a secret, so they are not printed.
func reportPanic(w io.Writer, v any) {
	fmt.Fprintf(w, "jeton: internal error (%T); please report the lines below\n", v)
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		fmt.Fprintf(w, "  %s %s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return
		}
	}
}

// asksForJSON finds -o json before the flags are parsed, so that a mistake in
// them is reported in the form that was asked for.
func asksForJSON(args []string) bool {
	for i, a := range args {
		switch {
		case a == "--":
			return false
		case a == "-ojson", a == "-o=json", a == "--output=json":
			return true
		case a == "-o" || a == "--output":
			return i+1 < len(args) && args[i+1] == "json"
		}
	}
	return false
}
