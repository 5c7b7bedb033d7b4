package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// startForge is "forge [USERNAME]": a server with one repository of one branch,
// for ls-remote in the protocol versions 0 and 2. It takes what the authorization
// server has issued and not revoked, as the password of this user alone.
func startForge(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	username := append(args, gitUsername)[0]
	w.forge = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		user, token, _ := r.BasicAuth()
		if user != username || !w.admits(r.Context(), token) {
			answer.Header().Set("WWW-Authenticate", `Basic realm="forge"`)
			http.Error(answer, "who are you?", http.StatusUnauthorized)
			return
		}
		serveRepository(answer, r)
	}))
	ts.Setenv("FORGE_URL", w.forge.URL)
	ts.Setenv("FORGE_HOST", strings.TrimPrefix(w.forge.URL, "http://"))
}

// admits asks the resource of the authorization server about a token.
func (w *world) admits(ctx context.Context, token string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.ResourceURL(), http.NoBody)
	if err != nil {
		return false
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := w.server.HTTPClient().Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// serveRepository is what gitprotocol-http(5) and gitprotocol-v2(5) ask of a
// server whose references are listed.
func serveRepository(w http.ResponseWriter, r *http.Request) {
	const ref = "0123456789abcdef0123456789abcdef01234567 refs/heads/main"
	line := func(text string) { fmt.Fprintf(w, "%04x%s", len(text)+4, text) }
	v2 := strings.Contains(r.Header.Get("Git-Protocol"), "version=2")
	switch {
	case strings.HasSuffix(r.URL.Path, "/repo.git/info/refs") && r.URL.Query().Get("service") == "git-upload-pack":
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		line("# service=git-upload-pack\n")
		fmt.Fprint(w, "0000")
		if v2 {
			line("version 2\n")
			line("ls-refs\n")
			line("fetch\n")
		} else {
			line(ref + "\x00symref=HEAD:refs/heads/main\n")
		}
		fmt.Fprint(w, "0000")
	case strings.HasSuffix(r.URL.Path, "/repo.git/git-upload-pack") && v2:
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		line(ref + "\n")
		fmt.Fprint(w, "0000")
	default:
		http.NotFound(w, r)
	}
}

// revoke is "revoke FILE": the token in this file is worth nothing from now on.
func revoke(ts *testscript.TestScript, _ bool, args []string) {
	if !worldOf(ts).server.Revoke(strings.TrimSpace(ts.ReadFile(args[0]))) {
		ts.Fatalf("the server does not know the token in %s", args[0])
	}
}

// gitHelper calls the helper as git would, for a connection of type basic: it
// needs no server.
func gitHelper(t *testing.T, urls, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	document := "name: forge\ntype: basic\ngrant: {username: ada, password: canary-password}\n"
	if urls != "" {
		document += "resource: {urls: [" + urls + "]}\n"
	}
	path := filepath.Join(t.TempDir(), "forge.yaml")
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = invoke(context.Background(), stdin, append([]string{"token", "-f", path, "-o", "git"}, args...)...)
	if strings.Contains(stderr, "canary") {
		t.Errorf("a secret on standard error: %s", stderr)
	}
	return code, stdout, stderr
}

// TestP59GitPlaces: for which of git's questions there is an answer.
func TestP59GitPlaces(t *testing.T) {
	const forge = "https://git.example.com/"
	for _, row := range []struct {
		name, urls, stdin string
		code              int
		answered          bool
		says              string
	}{
		{"the host", forge, "protocol=https\nhost=git.example.com\n\n", 0, true, ""},
		{"without the last empty line", forge, "protocol=https\nhost=git.example.com", 0, true, ""},
		{"the port written out", forge, "protocol=https\nhost=git.example.com:443\n\n", 0, true, ""},
		{"another case", forge, "protocol=https\nhost=GIT.example.com\n\n", 0, true, ""},
		{"a path of it", forge, "protocol=https\nhost=git.example.com\npath=acme/repo.git\n\n", 0, true, ""},
		{"a path that is listed", forge + "acme/", "protocol=https\nhost=git.example.com\npath=acme/repo.git\n\n", 0, true, ""},
		{"the second of the list", "https://api.example.com/, " + forge, "protocol=https\nhost=git.example.com\n\n", 0, true, ""},
		{"what a later git may say", forge, "protocol=https\nhost=git.example.com\nwwwauth[]=Basic realm=\"x\"\nstate[]=a\nmore=1\n\n", 0, true, ""},
		{"this machine", `"http://127.0.0.1:8080/"`, "protocol=http\nhost=127.0.0.1:8080\n\n", 0, true, ""},

		{"another host", forge, "protocol=https\nhost=git.example.org\n\n", 0, false, "https://git.example.org/ is not under resource.urls"},
		{"a host below", forge, "protocol=https\nhost=a.git.example.com\n\n", 0, false, "not under resource.urls"},
		{"another port", forge, "protocol=https\nhost=git.example.com:8443\n\n", 0, false, "not under resource.urls"},
		{"http", forge, "protocol=http\nhost=git.example.com\n\n", 0, false, "not under resource.urls"},
		{"a path that is not listed", forge + "acme/", "protocol=https\nhost=git.example.com\npath=other/repo.git\n\n", 0, false, "not under resource.urls"},
		{"a path out of the list", forge + "acme/", "protocol=https\nhost=git.example.com\npath=acme/../other/repo.git\n\n", 0, false, "not under resource.urls"},
		{"a part of the host is listed", forge + "acme/", "protocol=https\nhost=git.example.com\n\n", 0, false, "credential.useHttpPath true"},
		{"a user in the host", forge, "protocol=https\nhost=git.example.com@git.example.org\n\n", 0, false, "no protocol and host"},
		{"a path in the host", forge, "protocol=https\nhost=git.example.com/x\n\n", 0, false, "no protocol and host"},
		{"a query in the host", forge, "protocol=https\nhost=git.example.com?x\n\n", 0, false, "no protocol and host"},
		{"no host", forge, "protocol=https\n\n", 0, false, "no protocol and host"},
		{"no protocol", forge, "host=git.example.com\n\n", 0, false, "no protocol and host"},
		{"a host after the end", forge, "protocol=https\n\nhost=git.example.com\n", 0, false, "no protocol and host"},
		{"nothing", forge, "", 0, false, "no protocol and host"},

		{"no list", "", "protocol=https\nhost=git.example.com\n\n", 9, false, `write resource: {urls: ["https://git.example.com/"]}`},
		{"a list that is none", `"{reply.instance_url}"`, "protocol=https\nhost=git.example.com\n\n", 9, false, "the reply has no text instance_url"},
		{"no attribute", forge, "protocol=https\nhost\n\n", 2, false, "name=value"},
		{"a carriage return", forge, "protocol=https\r\nhost=git.example.com\r\n\r\n", 2, false, "name=value"},
		{"a NUL", forge, "protocol=https\nhost=git.example.com\x00.evil.example\n\n", 2, false, "name=value"},
		{"too much", forge, strings.Repeat("a=b\n", maxFile/4+1), 3, false, "larger than 1024 KiB"},
	} {
		t.Run(row.name, func(t *testing.T) {
			code, stdout, stderr := gitHelper(t, row.urls, row.stdin, "get")
			if code != row.code || (stdout != "") != row.answered || !strings.Contains(stderr, row.says) {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			if row.code == 0 && !row.answered && strings.Count(stderr, "\n") != 1 {
				t.Errorf("more than one line where git goes on asking: %s", stderr)
			}
			if row.answered && !strings.HasPrefix(stdout, "username=ada\npassword=canary-password\npassword_expiry_utc=") {
				t.Errorf("stdout %q", stdout)
			}
		})
	}
}

func TestGitOperations(t *testing.T) {
	const forge, question = "https://git.example.com/", "protocol=https\nhost=git.example.com\n\n"
	for _, row := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"store", []string{"store"}, 0, ""},
		{"erase without a cache", []string{"erase"}, 0, ""},
		{"what a later git may ask", []string{"capability"}, 0, ""},
		{"none", nil, 2, "get, store or erase"},
		{"two", []string{"get", "store"}, 2, "get, store or erase"},
		{"a name of two lines", []string{"get", "--git-username", "a\npassword=b"}, 2, "control character"},
		{"bearer for an old git", []string{"get", "--git-bearer"}, 2, "git 2.46"},
	} {
		t.Run(row.name, func(t *testing.T) {
			code, stdout, stderr := gitHelper(t, forge, question, row.args...)
			if code != row.code || stdout != "" || !strings.Contains(stderr, row.says) {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
	_, stdout, _ := gitHelper(t, forge, "username=other\n"+question, "get", "--git-username", "bob")
	if !strings.HasPrefix(stdout, "username=bob\n") {
		t.Errorf("--git-username: %q", stdout)
	}
	_, stdout, _ = gitHelper(t, forge, "username=other\n"+question, "get")
	if !strings.HasPrefix(stdout, "username=ada\n") { // the password is that of ada
		t.Errorf("a user name in the URL: %q", stdout)
	}
	code, stdout, stderr := gitHelper(t, forge, "capability[]=authtype\n"+question, "get", "--git-bearer")
	if code != 3 || stdout != "" || !strings.Contains(stderr, "usage.scheme") {
		t.Errorf("a password as a bearer token: exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	for _, args := range [][]string{{"get"}, {"--git-bearer"}, {"--git-username", "x"}} {
		if code, _, _ := invoke(context.Background(), "", append([]string{"token", "-f", "x.yaml"}, args...)...); code != 2 {
			t.Errorf("%v without -o git: exit code %d", args, code)
		}
	}
	if s := base64.StdEncoding.EncodeToString([]byte("ada:canary-password")); strings.Contains(stderr, s) {
		t.Error("the credentials show")
	}
}
