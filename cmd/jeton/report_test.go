package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

var updateReports = flag.Bool("update", false, "write what the reports are today into testdata/report")

// situation is a connection as somebody may have it, and what jeton test is run with.
type situation struct {
	name, document string
	transport      http.RoundTripper // nil: the real one
	probe          bool
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// situations are made in the current folder.
func situations(t *testing.T) []situation {
	ec, public := testKey(t, "ec-256.pem")
	data, err := os.ReadFile(ec)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, "warehouse.pem", data)
	expiredCertificate(t, "old")
	add := func(s *oauthtest.Server) *oauthtest.Server {
		s.AddClient(oauthtest.Client{ID: "reports", Secret: clientSecret, Scopes: []string{"reports.read", "reports.write"}})
		s.AddClient(oauthtest.Client{ID: "poster", Secret: clientSecret, AuthMethods: []string{"client_secret_post"}})
		s.AddClient(oauthtest.Client{ID: "warehouse", Keys: []oauthtest.Key{{Public: public}}, Audiences: []string{s.Issuer()}})
		return s
	}
	plain := add(oauthtest.NewTestServer(t, oauthtest.Config{}))
	terse := add(oauthtest.NewTestServer(t, oauthtest.Config{Errors: oauthtest.ErrorsTerse}))
	https := add(oauthtest.NewTestServer(t, oauthtest.Config{TLS: true}))
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><html><head><title>Sign in to Contoso</title></head><body><form></form></body></html>")
	}))
	t.Cleanup(pages.Close)
	client := func(s *oauthtest.Server, id, secret, more string) string {
		return "token_url: " + s.TokenURL() + "\nclient: {id: " + id + ", secret: " + secret + "}\n" + clientGrant + more
	}
	unknownHost := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "login.contoso.invalid", IsNotFound: true}
	})
	return []situation{
		{name: "wrong_secret", document: client(plain, "reports", "{env: WRONG}", "")},
		{name: "wrong_audience", document: "issuer: " + plain.Issuer() + "\ntoken_url: " + plain.TokenURL() + "\nclient: {id: warehouse, assertion: {key: {file: warehouse.pem}}}\n" + clientGrant},
		{name: "expired_certificate", document: "token_url: https://as.example/token\nclient: {id: reports, auth: tls_client_auth}\ntls: {client: {certificate: {file: old.crt}, key: {file: old.key}}}\n" + clientGrant},
		{name: "unknown_host", document: "token_url: https://login.contoso.invalid/oauth2/token\nclient: {id: reports, secret: {env: CLIENT_SECRET}}\n" + clientGrant, transport: unknownHost},
		{name: "refused_connection", document: "token_url: https://127.0.0.1:1/oauth2/token\nclient: {id: reports, secret: {env: CLIENT_SECRET}}\n" + clientGrant},
		{name: "unknown_authority", document: client(https, "reports", "{env: CLIENT_SECRET}", "")},
		{name: "web_page", document: "token_url: " + pages.URL + "/token\nclient: {id: reports, secret: {env: CLIENT_SECRET}}\n" + clientGrant},
		{name: "wrong_scope", document: client(plain, "reports", "{env: CLIENT_SECRET}", "scopes: [reports.read, reports.delete]\n")},
		{name: "success", document: client(plain, "reports", "{env: CLIENT_SECRET}", "scopes: [reports.read]\n")},
		{name: "refused_by_the_resource", document: client(plain, "reports", "{env: CLIENT_SECRET}", "usage: {scheme: Token}\nresource: {urls: ["+plain.ResourceURL()+"], probe: GET "+plain.ResourceURL()+"}\n")},
		{name: "two_attempts", document: client(plain, "reports", "[{env: WRONG}, {env: CLIENT_SECRET}]", "")},
		{name: "missing_variable", document: client(plain, "reports", "{env: NOT_SET}", "")},
		{name: "five_mistakes", document: "name: reports\ntoken_uri: " + plain.TokenURL() + "\nclient:\n  id: reports\n  auth: basic\n  secret: {env: CLIENT_SECRET, file: secret.txt}\ngrant: {type: client_credential}\nscope: [a]\n"},
		{name: "probe_finds", document: "issuer: " + terse.Issuer() + "\ntoken_url: " + terse.TokenURL() + "\nclient: {id: warehouse, assertion: {key: {file: warehouse.pem}, audience: host}}\n" + clientGrant, probe: true},
		{name: "probe_finds_nothing", document: client(terse, "reports", "{env: WRONG}", ""), probe: true},
	}
}

// expiredCertificate writes a certificate of 2020 and its key.
func expiredCertificate(t *testing.T, name string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	old := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "old"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, old, old, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, name+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	writeKey(t, name+".key", private)
}

// run is the attempt of a situation, as jeton test makes it.
func (s situation) run(t *testing.T) *attempt {
	t.Helper()
	path := s.name + ".yaml"
	writeFile(t, path, []byte(s.document))
	p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, env: trialEnv, timeout: defaultTimeout}
	if s.transport != nil {
		p.engine = &jeton.Engine{HTTP: &http.Client{Transport: s.transport}}
	}
	cmd := newTest(p)
	cmd.SetContext(t.Context())
	if err := cmd.ParseFlags([]string{"-f", path}); err != nil {
		t.Fatal(err)
	}
	a := p.exchange(cmd, nil)
	if s.probe {
		p.probe(t.Context(), a)
	}
	return a
}

// TestReports holds what the reports look like against testdata/report, at
// three widths. With -update the files get what they look like today.
func TestReports(t *testing.T) {
	golden, err := filepath.Abs(filepath.Join("testdata", "report"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	port := regexp.MustCompile(`127\.0\.0\.1:\d{5}\b`)
	for _, s := range situations(t) {
		t.Run(s.name, func(t *testing.T) {
			a := s.run(t)
			sheet := a.sheet(newTestReport(a).Findings)
			for _, stages := range sheet.attempts {
				for i := range stages {
					if stages[i].Millis > 0 {
						stages[i].Millis = 1.5 // no two runs take the same time
					}
				}
			}
			var all strings.Builder
			for _, width := range []int{80, 40, 120} {
				l := &layout{width: min(width, widest), signs: true}
				l.sheet(sheet)
				checkWidth(t, l.String(), l.width)
				fmt.Fprintf(&all, "--- %d columns ---\n%s\n", width, port.ReplaceAllString(l.String(), "127.0.0.1:45678"))
			}
			path := filepath.Join(golden, s.name+".golden")
			if *updateReports {
				writeFile(t, path, []byte(all.String()))
			}
			want, err := os.ReadFile(path)
			if err != nil || string(want) != all.String() {
				t.Errorf("the report is\n%s\nwant (%v)\n%s", all.String(), err, want)
			}
		})
	}
}

// checkWidth demands that no line is wider than the page, but where one word is,
// which may stand behind a sign.
func checkWidth(t *testing.T, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if columns(line) > width && strings.Contains(strings.TrimLeft(line, " ✓✗→·"), " ") {
			t.Errorf("wider than %d: %q", width, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("spaces at the end of %q", line)
		}
	}
}

// TestReportIsComplete: JSON has the whole of what the text has in short.
func TestReportIsComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, s := range situations(t) {
		t.Run(s.name, func(t *testing.T) {
			a := s.run(t)
			text, err := encodeJSON(newTestReport(a))
			if err != nil {
				t.Fatal(err)
			}
			var r map[string]json.RawMessage
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				t.Fatal(err)
			}
			for _, member := range []string{"ok", "stage", "timeline", "findings", "exchange"} {
				if _, there := r[member]; !there {
					t.Errorf("no member %s", member)
				}
			}
			if _, there := r["probes"]; there != s.probe || len(r) > 6 {
				t.Errorf("members %v", r)
			}
			var timeline []jeton.StageResult
			if err := json.Unmarshal(r["timeline"], &timeline); err != nil || len(timeline) != len(allStages) {
				t.Errorf("%d stages, %v", len(timeline), err)
			}
		})
	}
}

// hostileTexts are what a server may say to a terminal.
var hostileTexts = map[string]string{
	"ansi":    "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b1m",
	"bidi":    "user \u202etxt.exe\u202c \u2066x\u2069 \u061c",
	"lines":   "one\r\ntwo\u2028three\u0085four\ttab",
	"zalgo":   "z" + strings.Repeat("\u0301", 3000),
	"wide":    strings.Repeat("東京", 400),
	"a word":  strings.Repeat("A", 60_000),
	"words":   strings.Repeat("word ", 12_000),
	"spaces":  strings.Repeat(" ", 60_000),
	"tags":    "\U000e0041\U000e0042",
	"no utf8": "\xff\xfe\x80",
	"a page":  "<html><title>\x1b[31m" + strings.Repeat("t", 2000) + "</title></html>",
}

// hostileReplies put a text wherever a server writes one.
func hostileReplies(text string) map[string]string {
	quoted, _ := json.Marshal(text)
	return map[string]string{
		"description": `{"error":"invalid_client","error_description":` + string(quoted) + `}`,
		"code":        `{"error":` + string(quoted) + `}`,
		"token_type":  `{"access_token":"at","token_type":` + string(quoted) + `}`,
		"scope":       `{"access_token":"at","token_type":"Bearer","expires_in":60,"scope":` + string(quoted) + `}`,
		"member":      `{` + string(quoted) + `:` + string(quoted) + `}`,
		"body":        text,
		"1 MB":        strings.Repeat(text, 1<<20/len(text)),
	}
}

// TestReportIsHarmless: whatever a server says is text, and not much of it.
func TestReportIsHarmless(t *testing.T) {
	answer := ""
	status := 200
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	t.Chdir(t.TempDir())
	document := "token_url: " + s.URL + "/token\nclient: {id: reports, secret: {env: CLIENT_SECRET}}\n" + clientGrant
	own := regexp.MustCompile("\x1b\\[[0-9;]+m")
	for kind, text := range hostileTexts {
		for place, body := range hostileReplies(text) {
			for _, status = range []int{200, 401} {
				answer = body
				a := situation{name: "hostile", document: document, probe: true}.run(t)
				for _, colour := range []bool{false, true} {
					l := &layout{width: narrowest, colour: colour, signs: true}
					l.sheet(a.sheet(newTestReport(a).Findings))
					shown := l.String()
					if colour {
						shown = own.ReplaceAllString(shown, "")
					} else {
						checkWidth(t, shown, narrowest)
					}
					if i := strings.IndexFunc(shown, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
						t.Errorf("%s in %s: %q reaches the terminal", kind, place, shown[i:min(i+20, len(shown))])
					}
					if len(shown) > 40_000 {
						t.Errorf("%s in %s: %d bytes", kind, place, len(shown))
					}
				}
			}
		}
	}
}

// A value of the document is never cut without a word.
func TestShorten(t *testing.T) {
	for in, want := range map[string]string{
		strings.Repeat("x", 100):   strings.Repeat("x", 100),
		strings.Repeat("x", 125):   strings.Repeat("x", 125),
		strings.Repeat("ü", 126):   strings.Repeat("ü", 100) + " [... 26 more characters]",
		strings.Repeat("x", 1<<20): strings.Repeat("x", 100) + fmt.Sprintf(" [... %d more characters]", 1<<20-100),
	} {
		if got := shorten(in, 100); got != want {
			t.Errorf("%d characters: got %q", len(in), got)
		}
	}
}

func TestLifetimeWords(t *testing.T) {
	for seconds, want := range map[int]string{0: "0 s", -5: "-5 s", 1: "1 s", 59: "59 s", 60: "1 min", 90: "1 min 30 s", 3599: "59 min 59 s", 3600: "1 h", 3605: "about 1 h",
		5400: "1 h 30 min", 86399: "about 23 h 59 min", 86400: "1 day", 90000: "1 day 1 h", 172800: "2 days", 176461: "about 2 days 1 h"} {
		if got := lifetimeWords(time.Duration(seconds) * time.Second); got != want {
			t.Errorf("%d: got %q, want %q", seconds, got, want)
		}
	}
}

// A correction is shown as a line only if the document takes it.
func TestCorrectedLine(t *testing.T) {
	for name, test := range map[string]struct {
		parameter jeton.Parameter
		proposed  string
		want      string
	}{
		"a word":                 {"client.assertion.audience", "issuer", "client.assertion.audience: issuer"},
		"a URL":                  {"client.assertion.audience", "https://as.example/a?b=c", "client.assertion.audience: https://as.example/a?b=c"},
		"a number in text":       {"client.assertion.headers.kid", "12345", `client.assertion.headers.kid: "12345"`},
		"yes":                    {"client.assertion.headers.kid", "yes", `client.assertion.headers.kid: "yes"`},
		"nothing":                {"client.assertion.headers.typ", `""`, `client.assertion.headers.typ: ""`},
		"a list":                 {"client.assertion.certificate_headers", "[x5t#S256]", "client.assertion.certificate_headers: [x5t#S256]"},
		"quotes and a comment":   {"client.assertion.subject", `a "b" # c`, `client.assertion.subject: "a \"b\" # c"`},
		"another line":           {"client.assertion.subject", "a\nb: c", `client.assertion.subject: "a\nb: c"`},
		"an unknown field":       {"token_uri", "token_url", ""},
		"a word that is no enum": {"client.auth", "basic", ""},
		"beside the document":    {"egress", "egress.allow: 10.0.0.1/32", ""},
		"an entry of a list":     {"client.secret[0]", "x", ""},
		"a parameter":            {"request.params.resource", "urn:a", "request.params.resource: urn:a"},
		"nothing proposed":       {"client.auth", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := correctedLine(jeton.Finding{Parameter: test.parameter, Proposed: test.proposed}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Signs and colours are for those who can see them.
func TestReportSigns(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"UTF-8":            {map[string]string{"LANG": "de_DE.UTF-8"}, true},
		"utf8":             {map[string]string{"LC_CTYPE": "C.utf8"}, true},
		"LC_ALL wins":      {map[string]string{"LC_ALL": "C", "LANG": "en_US.UTF-8"}, false},
		"an empty LC_ALL":  {map[string]string{"LC_ALL": "", "LANG": "en_US.UTF-8"}, true},
		"Latin-1":          {map[string]string{"LANG": "de_DE.ISO-8859-1"}, false},
		"nothing is known": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := &program{stdout: new(bytes.Buffer), env: func(name string) (string, bool) { v, ok := test.env[name]; return v, ok }}
			l := p.layout()
			if l.signs != test.want || l.colour {
				t.Errorf("signs %t, colour %t", l.signs, l.colour)
			}
			l.sheet(sheet{ok: true, verdict: "it works", attempts: [][]jeton.StageResult{{{Stage: "tcp", Status: "ok", Millis: 1}}}})
			if ascii := !strings.ContainsFunc(l.String(), func(r rune) bool { return r > 0x7e }); ascii == test.want {
				t.Errorf("%q", l.String())
			}
		})
	}
}

func TestReportWidth(t *testing.T) {
	for columns, want := range map[string]int{"": 80, "x": 80, "0": 80, "-3": 80, "20": 40, "40": 40, "72": 72, "100": 100, "250": 100} {
		p := &program{stdout: new(bytes.Buffer), env: func(name string) (string, bool) { return map[string]string{"COLUMNS": columns}[name], true }}
		if got := p.width(); got != want {
			t.Errorf("COLUMNS=%q: got %d, want %d", columns, got, want)
		}
	}
}
