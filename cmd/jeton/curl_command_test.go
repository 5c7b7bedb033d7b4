package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// TestReadCurl: a command line is read as curl reads it, and what cannot be
// read, or would show or mislead the token, is refused.
func TestReadCurl(t *testing.T) {
	const api = "https://api.example/v2/me"
	for _, row := range []struct {
		name string
		argv []string
		want string // the arguments of curl; or "error: " and a part of what is said
	}{
		{"a URL", []string{api}, api},
		{"a cluster", []string{"-sSo", "file", api}, "--silent --show-error --output file " + api},
		{"a value in the cluster", []string{"-XPOST", "-dx=y", api}, "--request POST --data x=y " + api},
		{"a value that looks like an option", []string{"-H", "-x: y", api}, "--header -x: y " + api},
		{"a value that looks like a URL", []string{"--referer", "https://other.example/", api}, "--referer https://other.example/ " + api},
		{"long options", []string{"--fail", "--max-time", "5", "--url", api}, "--fail --max-time 5 " + api},
		{"negated", []string{"--no-progress-meter", api}, "--no-progress-meter " + api},
		{"-q", []string{"-q", api}, api},
		{"after --", []string{"-s", "--", api}, "--silent " + api},
		{"a number as an option", []string{"-4", "-#", api}, "--ipv4 --progress-bar " + api},
		{"a fragment is not sent", []string{api + "#x"}, api},
		{"a query", []string{api + "?a=%20b&c=[1]"}, api + "?a=%20b&c=[1]"},
		{"an IPv6 address", []string{"https://[2001:db8::1]:8443/x"}, "https://[2001:db8::1]:8443/x"},

		{"none", nil, "error: a URL is missing"},
		{"no scheme", []string{"api.example/v2"}, "error: has to be whole"},
		{"another scheme", []string{"file:///etc/passwd"}, "error: has to be whole"},
		{"user information", []string{"https://ada:pw@api.example/"}, "error: user information"},
		{"an opaque URL", []string{"https:api.example"}, "error: has to be whole"},
		{"-K", []string{"-K", "file", api}, "error: --config cannot be used"},
		{"-K in a cluster", []string{"-sKfile", api}, "error: --config cannot be used"},
		{"--config", []string{"--config", "file", api}, "error: --config cannot be used"},
		{"-:", []string{api, "-:", api}, "error: --next cannot be used"},
		{"-k", []string{"-k", api}, "error: --insecure cannot be used"},
		{"--trace", []string{"--trace", "-", api}, "error: --trace cannot be used"},
		{"--libcurl", []string{"--libcurl", "x.c", api}, "error: --libcurl cannot be used"},
		{"--stderr", []string{"--stderr", "f", api}, "error: --stderr cannot be used"},
		{"--request-target", []string{"--request-target", "/x", api}, "error: --request-target cannot be used"},
		{"abbreviated", []string{"--loc", api}, "error: option --loc is not known"},
		{"with =", []string{"--url=" + api}, "error: an option after -- is not known"},
		{"unknown", []string{"--frobnicate", api}, "error: option --frobnicate is not known"},
		{"unknown letter", []string{"-s9", api}, "error: option -9 is not known"},
		{"a secret in the wrong place", []string{"--S3cret/with+signs", api}, "error: an option after -- is not known"},
		{"a value is missing", []string{api, "-o"}, "error: -o takes a value"},
		{"a long value is missing", []string{api, "--output"}, "error: --output takes a value"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := readCurl(&cobra.Command{Use: "curl"}, row.argv)
			if want, fails := strings.CutPrefix(row.want, "error: "); fails {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one about %q", err, want)
				}
				if err != nil && (strings.Contains(err.Error(), "S3cret") || strings.Contains(err.Error(), "pw@")) {
					t.Errorf("the error repeats a secret: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := slices.Clone(c.args)
			for _, u := range c.urls {
				got = append(got, u.String())
			}
			if text := strings.Join(got, " "); text != row.want {
				t.Errorf("got  %s\nwant %s", text, row.want)
			}
		})
	}
}

// TestCurlCheck: what may not stand beside the header of the connection.
func TestCurlCheck(t *testing.T) {
	const secure, local = "https://api.example/", "http://127.0.0.1:8080/"
	for _, row := range []struct {
		name  string
		argv  []string
		names []string
		want  string // a part of the refusal; empty: none
	}{
		{"another header", []string{"-H", "Accept: text/plain", secure}, []string{"Authorization"}, ""},
		{"ours", []string{"-H", "Authorization: x", secure}, []string{"Authorization"}, "the one that Jeton writes"},
		{"ours, in other letters", []string{"-H", "aUTHORIZATION:x", secure}, []string{"Authorization"}, "the one that Jeton writes"},
		{"ours, with an underscore", []string{"-H", "X_Api_Key: x", secure}, []string{"Authorization", "X-Api-Key"}, "the one that Jeton writes"},
		{"ours, emptied", []string{"-H", "Authorization;", secure}, []string{"Authorization"}, "the one that Jeton writes"},
		{"ours, removed", []string{"-H", "Authorization:", secure}, []string{"Authorization"}, "the one that Jeton writes"},
		{"a proof", []string{"-H", "dpop: x", secure}, []string{"Authorization", "DPoP"}, "the one that Jeton writes"},
		{"from a file", []string{"-H", "@headers", secure}, []string{"Authorization"}, "@FILE"},
		{"a host", []string{"-H", "HOST: evil.example", secure}, []string{"Authorization"}, "Host header"},
		{"a method that asks for another path", []string{"-X", "GET /other HTTP/1.1\r\nX: ", secure}, []string{"Authorization"}, "--request has a control character"},
		{"a method with a path", []string{"-XGET /other", secure}, []string{"Authorization"}, "takes a method alone"},
		{"the second method", []string{"-X", "GET /other", "-X", "GET", secure}, []string{"Authorization"}, "takes a method alone"},
		{"no method", []string{"-X", "", secure}, []string{"Authorization"}, "takes a method alone"},
		{"an unusual method", []string{"-X", "M-SEARCH", secure}, []string{"Authorization"}, ""},
		{"a host behind a header", []string{"-H", "X-A: b\r\nHost: evil.example", secure}, []string{"Authorization"}, "--header has a control character"},
		{"a host behind a user agent", []string{"-A", "x\nHost: evil.example", secure}, []string{"Authorization"}, "--user-agent has a control character"},
		{"a host behind a referer", []string{"-e", "x\r\nHost: evil.example", secure}, []string{"Authorization"}, "--referer has a control character"},
		{"a host behind a cookie", []string{"-b", "a=b\r\nHost: evil.example", secure}, []string{"Authorization"}, "--cookie has a control character"},
		{"a host behind a range", []string{"-r", "0-1\r\nHost: evil.example", secure}, []string{"Authorization"}, "--range has a control character"},
		{"a tab in a header", []string{"-H", "X-A: b\tc", secure}, []string{"Authorization"}, ""},
		{"lines in a body", []string{"-d", "a\r\nb", secure}, []string{"Authorization"}, ""},
		{"a user", []string{"-u", "a:b", secure}, []string{"Authorization"}, "would replace the token"},
		{"netrc", []string{"-n", secure}, []string{"Authorization"}, "would replace the token"},
		{"a user beside another header", []string{"-u", "a:b", secure}, []string{"X-Token"}, ""},
		{"a proxy", []string{"-x", "http://proxy.example:3128", secure}, []string{"Authorization"}, ""},
		{"a proxy in the clear", []string{"-x", "http://proxy.example:3128", local}, []string{"Authorization"}, "in the clear"},
		{"another address in the clear", []string{"--resolve", "localhost:80:192.0.2.1", "http://localhost/"}, []string{"Authorization"}, "in the clear"},
		{"another address", []string{"--resolve", "api.example:443:192.0.2.1", secure}, []string{"Authorization"}, ""},
		{"two URLs, one in the clear", []string{"--connect-to", "::evil.example:80", secure, local}, []string{"Authorization"}, "in the clear"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := readCurl(&cobra.Command{Use: "curl"}, row.argv)
			if err != nil {
				t.Fatal(err)
			}
			err = c.check(row.names)
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("error %v, want %q", err, row.want)
			}
		})
	}
}

func TestCurlMethod(t *testing.T) {
	for want, argv := range map[string][]string{
		"GET": nil, "POST": {"-d", "x"}, "PUT": {"-T", "f"}, "HEAD": {"-I"}, "PATCH": {"-d", "x", "-X", "POST", "-XPATCH"},
	} {
		c, err := readCurl(&cobra.Command{Use: "curl"}, append(argv, "https://api.example/"))
		if err != nil || c.method() != want {
			t.Errorf("%v: %v, %v, want %s", argv, c, err, want)
		}
	}
	c, err := readCurl(&cobra.Command{Use: "curl"}, []string{"-G", "-d", "x", "https://api.example/"})
	if err != nil || c.method() != http.MethodGet {
		t.Error("-G is a GET")
	}
}

// TestMask: the token is struck out of what curl says, however it is cut into pieces.
func TestMask(t *testing.T) {
	const token = "canary-token-0123456789"
	for size := 1; size < 40; size++ {
		var out bytes.Buffer
		m := newMask(&out, http.Header{"Authorization": {"Bearer " + token}, "X-Key": {"canary-key"}})
		text := "> Authorization: Bearer " + token + "\r\n> X-Key: canary-key\n[authorization: Bearer " + token + "]"
		for piece := range slices.Chunk([]byte(text), size) {
			if n, err := m.Write(piece); err != nil || n != len(piece) {
				t.Fatal(n, err)
			}
		}
		m.flush()
		if strings.Contains(out.String(), "canary") || strings.Count(out.String(), "[redacted]") != 3 {
			t.Fatalf("pieces of %d: %q", size, out.String())
		}
	}
}

// TestCurlOptions holds the lists to the curl of this machine: an option that
// it has is in one of the lists, or left out because it is for other protocols,
// and takes a value there if it does here.
func TestCurlOptions(t *testing.T) {
	help, err := exec.Command("curl", "--help", "all").Output()
	if err != nil {
		t.Fatalf("curl is needed (test.sh installs it): %v", err)
	}
	known := newCurlOptions()
	for line := range strings.Lines(string(help)) {
		m := regexp.MustCompile(`^ *(?:-., )? *--([\w.-]+) ?([<\[])?`).FindStringSubmatch(line)
		if m == nil {
			continue
		}
		name, takes := m[1], m[2] != ""
		if known.withValue[name] && !takes || known.without[strings.TrimPrefix(name, "no-")] && takes {
			t.Errorf("curl says: %s", line)
		}
	}
	for letter, name := range known.short {
		if line := regexp.MustCompile(`(?m)^ *-` + regexp.QuoteMeta(string(letter)) + `, --([\w.-]+)`).FindSubmatch(help); line != nil && string(line[1]) != name {
			t.Errorf("-%c is %s, curl says %s", letter, name, line[1])
		}
	}
}

// startRedirector is "redirector": a server whose /local redirects to /end of
// its own, and whose /away to /end of another port; /end says whether a token came.
func startRedirector(ts *testscript.TestScript, _ bool, _ []string) {
	end := func(w http.ResponseWriter, r *http.Request) {
		said := "no token"
		if r.Header.Get("Authorization") != "" {
			said = "a token"
		}
		fmt.Fprintf(w, "%s at %s\n", said, r.URL.Path)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(end))
	ts.Defer(elsewhere.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/end", end)
	mux.Handle("/local", http.RedirectHandler("/end", http.StatusFound))
	mux.Handle("/away", http.RedirectHandler(elsewhere.URL+"/end", http.StatusFound))
	here := httptest.NewServer(mux)
	ts.Defer(here.Close)
	ts.Setenv("REDIRECTOR", here.URL)
}

func TestCurlHeader(t *testing.T) {
	got := curlHeader(http.Header{"B": {"x", "y"}, "A": {""}})
	if want := "A;\nB: x\nB: y\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
