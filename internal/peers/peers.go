// Package peers starts real OAuth 2.0 authorization servers that Jeton's tests
// talk to: oidc-provider (certified, Node.js) and Authlib (an independent
// implementation, Python). Nothing in it speaks for Jeton; it only configures,
// starts and stops the servers.
//
//	server := peers.OIDCProvider(t, peers.Config{
//		Clients: []peers.Client{{ID: "app", Secret: "app-secret", AuthMethod: "client_secret_basic"}},
//	})
//	http.PostForm(server.TokenURL, ...)
//
// Each server is a child process on ports of its own choice. It ends with the
// test, and also when the test process dies: its standard input is a pipe that
// only the test process holds.
//
// Where a server is not installed, tests are skipped, or fail if
// JETON_REQUIRE_PEERS=1. install.sh in this folder installs both.
package peers

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Server is a running authorization server. URLs it does not have are empty.
type Server struct {
	// Issuer is the issuer identifier. Metadata is at
	// Issuer + "/.well-known/oauth-authorization-server".
	Issuer   string `json:"issuer"`
	TokenURL string `json:"token_url"`
	// MTLSTokenURL is the token endpoint on the https listener that asks for a
	// client certificate.
	MTLSTokenURL     string `json:"mtls_token_url"`
	IntrospectionURL string `json:"introspection_url"`
	RevocationURL    string `json:"revocation_url"`
	AuthorizationURL string `json:"authorization_url"`
	PARURL           string `json:"par_url"`
	DeviceURL        string `json:"device_url"`
	UserinfoURL      string `json:"userinfo_url"`

	// CA is the PEM certificate that signed the certificate of the https
	// listener.
	CA []byte `json:"-"`

	process *process
}

// Log returns what the server wrote so far. It holds the reasons that the
// server does not tell its clients. A failed test prints its end by itself.
func (s *Server) Log() string { return s.process.log.String() }

// AwaitLog returns when the log holds the text, and fails the test if it does
// not come. An answer can overtake the line about it.
func (s *Server) AwaitLog(tb testing.TB, text string) {
	tb.Helper()
	timeout := time.NewTimer(logLimit)
	defer timeout.Stop()
	for {
		log, more := s.process.log.read()
		if strings.Contains(log, text) {
			return
		}
		select {
		case <-more:
		case <-timeout.C:
			tb.Fatalf("the log does not tell %q", text)
		}
	}
}

// required is the variable that turns a skipped test into a failed one.
const required = "JETON_REQUIRE_PEERS"

// unavailable skips or fails the test because a server can not be started.
func unavailable(tb testing.TB, server, reason string) {
	tb.Helper()
	message := fmt.Sprintf("%s is not installed (%s): run ./test.sh, or internal/peers/install.sh", server, reason)
	if os.Getenv(required) == "1" {
		tb.Fatal(message)
	} else {
		tb.Skip(message)
	}
}

// directory is this folder in the checkout. Tests run somewhere inside the
// module, so it is found from its root; the path that the compiler knows is
// gone in a -trimpath build.
func directory() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		module, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(module, []byte("module github.com/jeton-oauth/jeton\n")) {
			return filepath.Join(dir, "internal", "peers"), nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("the test does not run inside Jeton's checkout")
		}
		dir = parent
	}
}
