//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// openTerminal is a terminal: what is written to the first file is typed at the second.
func openTerminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	return keyboard, screen
}

// countInterrupts ends with USR1 and says how many interrupts came before.
const countInterrupts = `n=0; trap 'n=$((n+1)); echo interrupt' INT; trap 'echo $n in all; kill $p; exit 0' USR1
sleep 20 & p=$!; echo ready; while kill -0 $p; do wait $p; done`

// TestExecInterrupt: however an interrupt is sent, the program gets it once.
func TestExecInterrupt(t *testing.T) {
	server := oauthtest.NewTestServer(t, oauthtest.Config{})
	server.AddClient(oauthtest.Client{ID: "bot", Secret: clientSecret})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, onTerminal := range []bool{true, false} {
		t.Run(fmt.Sprintf("terminal %t", onTerminal), func(t *testing.T) {
			dir := t.TempDir()
			document := filepath.Join(dir, "c.yaml")
			writeFile(t, document, []byte("token_url: "+server.TokenURL()+"\nclient: {id: bot, secret: {env: CLIENT_SECRET}}\ngrant: {type: client_credentials}\n"))
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			cmd := &exec.Cmd{Path: self, Args: []string{"jeton", "exec", "-f", document, "--", "sh", "-c", countInterrupts}, Stdout: w,
				Env:         append(os.Environ(), "CLIENT_SECRET="+clientSecret, "JETON_TEST_OUTPUTS="+dir),
				SysProcAttr: &syscall.SysProcAttr{Setsid: true}} // without a terminal, whoever runs the test
			interrupt := func() error { return cmd.Process.Signal(syscall.SIGINT) }
			if onTerminal {
				keyboard, screen := openTerminal(t)
				cmd.Stdin, cmd.SysProcAttr.Setctty = screen, true
				interrupt = func() error { _, err := keyboard.Write([]byte{3}); return err }
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = w.Close()
			watchdog := time.AfterFunc(personTimeout, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
			defer watchdog.Stop()
			lines := bufio.NewReader(r)
			expect := func(want string, then func() error) {
				if line, err := lines.ReadString('\n'); strings.TrimSpace(line) != want {
					t.Fatalf("the program says %q, not %q (%v)", line, want, err)
				}
				if err := then(); err != nil {
					t.Fatal(err)
				}
			}
			expect("ready", interrupt)
			expect("interrupt", interrupt)
			expect("interrupt", func() error { return cmd.Process.Signal(syscall.SIGUSR1) })
			expect("2 in all", func() error { return nil })
			_, _ = io.Copy(io.Discard, lines)
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}
