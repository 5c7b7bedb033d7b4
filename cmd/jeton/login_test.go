package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// The person of the scripts. They have 20 seconds, which a loaded machine may need.
const personTimeout = 20 * time.Second

var addressToOpen = regexp.MustCompile(`(?m)^  (http://\S+/authorize\S+)$`)

// browse is "browse [approve | deny | never | later | state=X | iss=X]": a person opens the
// address that a running command prints, and the browser comes back with that.
func browse(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	ctx, cancel := context.WithTimeout(context.Background(), personTimeout)
	defer cancel()
	address := w.awaitAddress(ctx, ts)
	switch answer := append(args, "approve")[0]; answer {
	case "never":
		return
	case "later":
		delete(w.opened, address)
		return
	case "approve":
		w.server.DecideNext(oauthtest.ApproveAs("ada"))
	case "deny":
		w.server.DecideNext(oauthtest.Deny())
	default:
		name, value, _ := strings.Cut(answer, "=")
		w.server.DecideNext(oauthtest.SetResponse(name, value))
	}
	status, page, err := w.server.Browse(ctx, address)
	ts.Check(err)
	ts.Logf("browser: status %d: %s", status, regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " "))
}

// awaitAddress is the address that the newest command asks a person to open.
func (w *world) awaitAddress(ctx context.Context, ts *testscript.TestScript) string {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		files, _ := filepath.Glob(filepath.Join(ts.Getenv("JETON_TEST_OUTPUTS"), "*.stderr"))
		slices.Reverse(files) // named after the time: the newest first
		for _, name := range files {
			text, _ := os.ReadFile(name)
			if m := addressToOpen.FindSubmatch(text); m != nil && !w.opened[string(m[1])] {
				if w.opened == nil {
					w.opened = map[string]bool{}
				}
				w.opened[string(m[1])] = true
				return string(m[1])
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			ts.Fatalf("no command asks to open an address")
		}
	}
}

// enter is "enter [approve | deny]": a person enters the user code that the
// server has given out.
func enter(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	timeout := time.After(personTimeout)
	for {
		if codes := w.server.UserCodes(); len(codes) > 0 {
			code := codes[len(codes)-1]
			if append(args, "approve")[0] == "deny" {
				ts.Check(w.server.DenyDevice(code))
			} else {
				ts.Check(w.server.ApproveDevice(code, "ada"))
			}
			return
		}
		select {
		case <-again.C:
		case <-timeout:
			ts.Fatalf("the server gave out no user code")
		}
	}
}
