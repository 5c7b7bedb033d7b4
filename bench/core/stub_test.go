package core

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// stubVariable makes this test binary the token endpoint instead of the tests.
const stubVariable = "BENCH_TOKEN_ENDPOINT"

func TestMain(m *testing.M) {
	if os.Getenv(stubVariable) != "" {
		serveStub()
		return
	}
	code := m.Run()
	stopStub()
	os.Exit(code)
}

// stubReply is what a token endpoint commonly says; the token has the length
// of a JWT with a dozen claims.
var stubReply = `{"access_token":"` + strings.Repeat("eyJhbGciOi", 80) + `","token_type":"Bearer","expires_in":3600,"scope":"read write"}`

// serveStub is the least that a token endpoint can be. It runs in a process of
// its own, so that its CPU time is not counted with the client's, and ends with
// its standard input: with the process that started it.
func serveStub() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, stubReply)
	})}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Printf("http://%s/token\n", listener.Addr())
	_ = server.Serve(listener)
}

var stub struct {
	once sync.Once
	url  string
	err  error
	stop func()
}

// stubURL starts the token endpoint the first time that it is asked for.
func stubURL(b *testing.B) string {
	b.Helper()
	stub.once.Do(func() { stub.url, stub.stop, stub.err = startStub() })
	if stub.err != nil {
		b.Fatal(stub.err)
	}
	return stub.url
}

func startStub() (url string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), stubVariable+"=1")
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = input.Close()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("the token endpoint did not start: %w", err)
	}
	return strings.TrimSpace(line), stop, nil
}

func stopStub() {
	if stub.stop != nil {
		stub.stop()
	}
}
