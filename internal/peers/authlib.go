package peers

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// systemPython is Debian's: Authlib is its package, and another python3 on the
// PATH would not see it.
const systemPython = "/usr/bin/python3"

// Authlib starts Authlib on Flask and returns when it answers. The head of
// authlib/server.py tells how it behaves. The server ends with the test.
func Authlib(tb testing.TB, c Config) *Server {
	tb.Helper()
	peers, err := directory()
	if err != nil {
		unavailable(tb, "Authlib", err.Error())
	}
	config, err := c.startup()
	if err != nil {
		tb.Fatalf("Authlib: %v", err)
	}
	// -I: nothing from the environment or the working folder; -B: no __pycache__.
	cmd := exec.Command(systemPython, "-I", "-B", filepath.Join(peers, "authlib", "server.py"))
	return start(tb, "Authlib", cmd, config)
}
