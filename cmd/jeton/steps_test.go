package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeptLoginOutlivesAStep: the token request has rotated the refresh token
// when the step fails; the next run begins with the new one.
func TestKeptLoginOutlivesAStep(t *testing.T) {
	var presented []string
	fails := true
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/token":
			presented = append(presented, r.PostFormValue("refresh_token"))
			fmt.Fprintf(w, `{"access_token":"core-%d","token_type":"Bearer","refresh_token":"refresh-%d"}`, len(presented), len(presented))
		case fails:
			w.WriteHeader(http.StatusForbidden)
		default:
			fmt.Fprint(w, `{"access_token":"session","token_type":"Bearer","expires_in":3600}`)
		}
	}))
	defer srv.Close()
	dir := t.TempDir()
	document := filepath.Join(dir, "flow.yaml")
	text := fmt.Sprintf("name: flow\ntoken_url: %s/token\nclient: {id: a}\ngrant: {type: refresh_token, refresh_token: refresh-0}\nsteps: [{url: %s/session}]\n", srv.URL, srv.URL)
	if err := os.WriteFile(document, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	environment := func(name string) (string, bool) {
		value, ok := map[string]string{"XDG_CACHE_HOME": dir, "HOME": dir}[name]
		return value, ok
	}
	token := func() (int, string, string) {
		var out, errs bytes.Buffer
		code := run(context.Background(), []string{"token", "-f", document, "--cache"}, strings.NewReader(""), &out, &errs, environment)
		return code, out.String(), errs.String()
	}
	if code, out, errs := token(); code != 6 || out != "" || !strings.Contains(errs, "steps[0].request") || strings.Contains(errs, "refresh-1") || strings.Contains(errs, "core-1") {
		t.Fatalf("%d %q %q", code, out, errs)
	}
	fails = false
	for range 2 { // the second time from what is kept
		if code, out, errs := token(); code != 0 || out != "session" {
			t.Fatalf("%d %q %q", code, out, errs)
		}
	}
	if got := strings.Join(presented, " "); got != "refresh-0 refresh-1" {
		t.Errorf("presented %s", got)
	}
}

// TestExplainSteps: the requests stand one below the other, as they will be sent.
func TestExplainSteps(t *testing.T) {
	document := `{name: a, token_url: "https://as.example/token", client: {id: a}, grant: {type: client_credentials}, response: {keep: [url]}, steps: [{url: "{reply.url}/s"}, {url: "GET https://api.example/me"}], resource: {hosts: ["*.example"]}}`
	code, out, errs := invoke(context.Background(), document, "explain", "-f", "-")
	first, second := strings.Index(out, "\nThen step 1:\n\nPOST {reply.url}/s\n"), strings.Index(out, "\nThen step 2:\n\nGET https://api.example/me\n")
	if code != 0 || first < 0 || second < first || strings.Count(out, "Authorization: Bearer {reply.access_token}\n") != 2 {
		t.Errorf("%d %s %s", code, out, errs)
	}
}
