package jeton_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// A line of the pages that ends with one of these comments waits for a person,
// and gets one.
var (
	takesPerson = regexp.MustCompile(`# somebody (logs in|refuses|enters the code|pastes the address)`)
	toOpen      = regexp.MustCompile(`(?m)^  (http://\S+/authorize\?\S+)$`)
)

// personTimeout is for one line of a page, with all that a person does for it,
// on a loaded machine.
const personTimeout = 30 * time.Second

// person does at the browser, at the device or at the terminal what a line of a
// page says. It reads what the command prints.
type person struct {
	lab     *lab
	refuses bool
	ctx     context.Context

	mu      sync.Mutex
	printed bytes.Buffer
	opened  bool
	typed   io.WriteCloser // what the command reads
	work    sync.WaitGroup
}

// follow runs a command that waits for a person, and returns what it prints.
func (l *lab) follow(ctx context.Context, cmd *exec.Cmd, line string) string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &person{lab: l, refuses: strings.Contains(line, "refuses"), ctx: ctx}
	l.awaitPort(ctx)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	p.typed, cmd.Stdout, cmd.Stderr = stdin, p, p
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	if strings.Contains(line, "enters the code") {
		p.work.Go(p.enterCode)
	}
	_ = cmd.Wait() // its exit code is part of the page where it matters
	cancel()
	p.work.Wait()
	return p.printed.String()
}

// awaitPort waits for the port of the default redirect URL: another test of
// this machine may listen there for a moment.
func (l *lab) awaitPort(ctx context.Context) {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		socket, err := net.Listen("tcp", "127.0.0.1:7481")
		if err == nil {
			_ = socket.Close()
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			l.t.Fatalf("the port of the default redirect URL stays in use: %v", err)
		}
	}
}

// Write takes what the command prints; the first address in it is opened.
func (p *person) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.printed.Write(b)
	if m := toOpen.FindSubmatch(p.printed.Bytes()); m != nil && !p.opened {
		p.opened = true
		p.work.Go(func() { p.browse(string(m[1])) })
	}
	return len(b), nil
}

// browse opens the address in a browser. The browser follows to the redirect
// URL if that is this machine; else the person pastes where it ended.
func (p *person) browse(address string) {
	decision := oauthtest.ApproveAs("ada")
	if p.refuses {
		decision = oauthtest.Deny()
	}
	p.lab.server.DecideNext(decision)
	end, err := p.lab.server.Approve(p.ctx, address)
	if err != nil {
		p.lab.t.Logf("browser: %v", err) // the page of the server; the command learns nothing
		return
	}
	if u, err := url.Parse(end); err != nil || u.Hostname() != "127.0.0.1" {
		_, _ = io.WriteString(p.typed, end+"\n")
		return
	}
	r, err := http.NewRequestWithContext(p.ctx, http.MethodGet, end, nil)
	if err != nil {
		p.lab.t.Error(err)
		return
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		p.lab.t.Logf("browser: %v", err)
		return
	}
	_ = reply.Body.Close()
}

// enterCode enters the user code that the server has given out.
func (p *person) enterCode() {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		if codes := p.lab.server.UserCodes(); len(codes) > 0 {
			decide := func(code string) error { return p.lab.server.ApproveDevice(code, "ada") }
			if p.refuses {
				decide = p.lab.server.DenyDevice
			}
			if err := decide(codes[len(codes)-1]); err != nil {
				p.lab.t.Error(err)
			}
			return
		}
		select {
		case <-again.C:
		case <-p.ctx.Done():
			return
		}
	}
}
