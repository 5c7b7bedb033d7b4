package peers

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// OIDCProvider starts oidc-provider and returns when it answers. The head of
// oidcprovider/server.mjs tells how it behaves. The server ends with the test.
func OIDCProvider(tb testing.TB, c Config) *Server {
	tb.Helper()
	dir, node, err := findOIDCProvider()
	if err != nil {
		unavailable(tb, "oidc-provider", err.Error())
	}
	config, err := c.startup()
	if err != nil {
		tb.Fatalf("oidc-provider: %v", err)
	}
	authority := NewAuthority(tb)
	config.ServerCertificate, config.ServerKey = authority.listener(tb)

	cmd := exec.Command(node, "server.mjs")
	cmd.Dir = dir
	server := start(tb, "oidc-provider", cmd, config)
	server.CA = authority.PEM
	return server
}

func findOIDCProvider() (dir, node string, err error) {
	peers, err := directory()
	if err != nil {
		return "", "", err
	}
	node, err = exec.LookPath("node")
	if err != nil {
		return "", "", errors.New("there is no node")
	}
	dir = filepath.Join(peers, "oidcprovider")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider", "package.json")); err != nil {
		return "", "", errors.New("its npm packages are missing")
	}
	return dir, node, nil
}
