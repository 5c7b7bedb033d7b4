package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

func document(t *testing.T, srv *oauthtest.Server, secret string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "connection.yaml")
	text := "token_url: " + srv.TokenURL() + "\nclient: {id: bot, secret: " + secret + "}\ngrant: {type: client_credentials}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{})
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})

	var out bytes.Buffer
	if err := run(context.Background(), &out, document(t, srv, "s3cret"), srv.ResourceURL()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"client_id":"bot"`) {
		t.Errorf("the API answered %s", &out)
	}
}

func TestRunRefused(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{})
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})

	err := run(context.Background(), new(bytes.Buffer), document(t, srv, "guess"), srv.ResourceURL())
	var failed *jeton.Error
	if !errors.As(err, &failed) || failed.Category() != jeton.InvalidClient {
		t.Errorf("error %v, want invalid_client", err)
	}
}
