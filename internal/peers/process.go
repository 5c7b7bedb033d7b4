package peers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// Generous: a start takes under a second, but machines are shared.
	startLimit = time.Minute
	stopLimit  = 10 * time.Second
	logLimit   = 10 * time.Second
)

// process is a child that lives as long as its stdin is open and says on
// stdout when it is ready.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	log   *log
	// answer gets the "ready" or "unavailable" line; closed when stdout ends.
	answer chan string
	// done is closed when the process was waited for.
	done chan struct{}
}

// start runs the command, gives it the configuration and returns when it is
// ready.
func start(tb testing.TB, name string, cmd *exec.Cmd, config startup) *Server {
	tb.Helper()
	p := &process{cmd: cmd, log: &log{}, answer: make(chan string, 1), done: make(chan struct{})}
	if err := p.run(); err != nil {
		unavailable(tb, name, err.Error())
	}
	tb.Cleanup(func() { p.stop(tb, name) })
	if err := p.configure(config); err != nil {
		tb.Fatalf("%s: write the configuration: %v", name, err)
	}
	return p.await(tb, name)
}

func (p *process) run() error {
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.stdin = stdin
	p.cmd.Stderr = p.log
	p.cmd.WaitDelay = stopLimit
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go p.watch(stdout)
	return nil
}

// watch reads stdout to its end, as Wait may not be called before.
func (p *process) watch(stdout io.Reader) {
	defer close(p.done)
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "ready ") || strings.HasPrefix(line, "unavailable ") {
			p.answer <- line
			continue
		}
		fmt.Fprintln(p.log, line)
	}
	close(p.answer)
	if err := p.cmd.Wait(); err != nil {
		fmt.Fprintln(p.log, err)
	}
}

func (p *process) configure(config startup) error {
	line, err := json.Marshal(config)
	if err != nil {
		return err
	}
	_, err = p.stdin.Write(append(line, '\n'))
	return err
}

func (p *process) await(tb testing.TB, name string) *Server {
	tb.Helper()
	timeout := time.NewTimer(startLimit)
	defer timeout.Stop()
	select {
	case <-timeout.C:
		tb.Fatalf("%s was not ready after %v", name, startLimit)
	case line, ok := <-p.answer:
		if !ok {
			tb.Fatalf("%s ended before it was ready", name)
		}
		return p.read(tb, name, line)
	}
	return nil
}

func (p *process) read(tb testing.TB, name, line string) *Server {
	tb.Helper()
	word, text, _ := strings.Cut(line, " ")
	if word == "unavailable" {
		var why struct{ Reason string }
		_ = json.Unmarshal([]byte(text), &why)
		unavailable(tb, name, why.Reason)
	}
	server := &Server{process: p}
	if err := json.Unmarshal([]byte(text), server); err != nil {
		tb.Fatalf("%s: its ready line: %v", name, err)
	}
	return server
}

// stop closes stdin, which ends the server, and checks that it did: were it
// not so, servers would outlive a test process that is killed.
func (p *process) stop(tb testing.TB, name string) {
	_ = p.stdin.Close()
	select {
	case <-p.done:
	case <-time.After(stopLimit):
		tb.Errorf("%s did not end with its stdin", name)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	if tb.Failed() {
		tb.Logf("the end of the log of %s:\n%s", name, tail(p.log.String(), 40))
	}
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// log collects what a server writes, from several goroutines.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
	// written is closed at the next write. Nil while nobody waits for it.
	written chan struct{}
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written != nil {
		close(l.written)
		l.written = nil
	}
	return l.text.Write(p)
}

func (l *log) String() string {
	text, _ := l.read()
	return text
}

// read returns the text, and a channel that is closed when there is more.
func (l *log) read() (text string, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written == nil {
		l.written = make(chan struct{})
	}
	return l.text.String(), l.written
}
