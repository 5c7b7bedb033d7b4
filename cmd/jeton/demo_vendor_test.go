package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
	"github.com/jeton-oauth/jeton/provider"
)

// simulated is a simulator with the files of its client.
type simulated struct {
	*oauthtest.Server
	dir, document string
}

func simulateVendor(t *testing.T, vendor string, config oauthtest.Config) *simulated {
	t.Helper()
	config.Vendor = vendor
	s := &simulated{Server: oauthtest.NewTestServer(t, config), dir: t.TempDir()}
	for name, data := range s.Account().Files {
		if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.document = simulatorDocument(s.Account(), vendor)
	return s
}

// attempt makes the exchange of a document, and the probe of the API after it.
func (s *simulated) attempt(t *testing.T, document string) *attempt {
	t.Helper()
	c, err := provider.Parse([]byte(document))
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	from := jeton.LocalSources(s.dir)
	from.Env = func(name string) (string, bool) { return "another-secret-of-32-bytes-or-more", name == "ANOTHER" }
	if err := c.Resolve(t.Context(), from); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	a := &attempt{connection: c, resolved: true, recorder: new(jeton.Recorder), engine: &jeton.Engine{HTTP: jeton.NewHTTPClient(jeton.HTTPOptions{})}}
	ctx := jeton.WithRecorder(t.Context(), a.recorder)
	if a.token, a.err = a.engine.Exchange(ctx, c, nil); a.err == nil {
		a.err = a.engine.Probe(ctx, c, a.token)
	}
	return a
}

// TestVendors: every simulated vendor gives a token to the client of its own
// document, and its API accepts it.
func TestVendors(t *testing.T) {
	for _, vendor := range oauthtest.Vendors() {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			s := simulateVendor(t, vendor, oauthtest.Config{})
			a := s.attempt(t, s.document)
			if a.err != nil {
				t.Fatalf("%v\n%+v\n%s\n%s", a.err, a.findings(), lastOf(s), s.document)
			}
		})
	}
}

// ofPreset are the parameters that a preset gives, if there is one: what remains
// of the document is what only its user knows.
var ofPreset = []string{
	"client.auth", "client.assertion.algorithm", "client.assertion.audience", "client.assertion.lifetime", "client.assertion.certificate_headers",
	"client.assertion.claims", "client.assertion.parameter", "grant.type", "grant.parameter", "grant.assertion.algorithm", "grant.assertion.audience",
	"grant.assertion.lifetime", "grant.assertion.backdate", "grant.assertion.jti", "scope_in", "scope_separator", "request.encoding", "request.method",
	"response", "refresh", "usage.header", "usage.scheme", "usage.raw",
}

// audienceAtHost: the preset makes the audience from the host, or leaves it to the
// user; a host with a port is none.
var audienceAtHost = map[string]bool{"google-self-signed": true, "auth0-private-key-jwt": true, "keycloak-private-key-jwt": true}

// TestVendorsByPreset: with the preset of the vendor the simulator gives a token
// to a document that has only what its user knows.
func TestVendorsByPreset(t *testing.T) {
	for _, vendor := range oauthtest.Vendors() {
		if _, err := provider.Get(vendor); err != nil {
			if vendor != "bloomberg-hapi" { // a JWT for each request: nothing that a preset could fill in yet
				t.Errorf("%s: %v", vendor, err)
			}
			continue
		}
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			s := simulateVendor(t, vendor, oauthtest.Config{})
			var document map[string]any
			if err := yaml.Unmarshal([]byte(s.document), &document); err != nil {
				t.Fatal(err)
			}
			for _, path := range ofPreset {
				if vendor == "slack" && path == "grant.type" {
					continue // it begins with a login, and the document with what that gave
				}
				if audienceAtHost[vendor] && strings.HasSuffix(path, ".audience") {
					continue
				}
				within := document
				names := strings.Split(path, ".")
				for _, name := range names[:len(names)-1] {
					within, _ = within[name].(map[string]any)
				}
				delete(within, names[len(names)-1])
			}
			data, err := json.MarshalIndent(document, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if a := s.attempt(t, string(data)); a.err != nil {
				t.Fatalf("%v\n%+v\n%s\n%s", a.err, a.findings(), lastOf(s), data)
			}
		})
	}
}

func lastOf(s *simulated) string {
	all := s.Requests()
	if len(all) == 0 {
		return "nothing was sent"
	}
	last := all[len(all)-1]
	return strings.Join([]string{last.URL, last.Error, last.Check, last.Reason, last.Refusal}, " | ")
}

// vendorRow is a refusal of vendors.yaml, and a request that is refused so.
type vendorRow struct {
	vendor, row, refusal string
	// edit is pairs of a text in the document and what stands there instead; nil: by name.
	edit   []string
	config oauthtest.Config
	files  func(*simulated)
	twice  bool // the second of two requests is refused
}

func TestVendorRefusals(t *testing.T) {
	right := rightParameters(t)
	rows := vendorRows()
	for _, r := range rows {
		t.Run(r.row+" "+r.refusal, func(t *testing.T) {
			t.Parallel()
			want, known := right[r.row]
			if !known {
				t.Fatalf("there is no row %s", r.row)
			}
			config := r.config
			if r.edit == nil && r.files == nil && config.ClockOffset == 0 && !r.twice {
				config.VendorFault = r.refusal
			}
			s := simulateVendor(t, r.vendor, config)
			if r.files != nil {
				r.files(s)
			}
			document := s.document
			for i := 0; i < len(r.edit); i += 2 {
				if !strings.Contains(document, r.edit[i]) {
					t.Fatalf("the document has no %q:\n%s", r.edit[i], document)
				}
				document = strings.Replace(document, r.edit[i], r.edit[i+1], 1)
			}
			if r.twice {
				if a := s.attempt(t, document); a.err != nil {
					t.Fatalf("the first request: %v %s", a.err, lastOf(s))
				}
			}
			a := s.attempt(t, document)
			var failed *jeton.Error
			if !errors.As(a.err, &failed) {
				t.Fatalf("want a refusal, got %v; %s", a.err, lastOf(s))
			}
			all := s.Requests()
			if len(all) == 0 {
				t.Fatalf("nothing was sent: %v %+v", a.err, a.findings())
			}
			if got := all[len(all)-1].Refusal; config.VendorFault == "" && got != r.refusal {
				t.Errorf("refused with %q, want %q; %s", got, r.refusal, lastOf(s))
			}
			found := a.findings()
			if len(found) == 0 || !slices.ContainsFunc(want, func(p string) bool { return sameParameter(string(found[0].Parameter), p) }) {
				t.Errorf("want %v first, found %+v\nerror %v", want, found, a.err)
			}
		})
	}
	// Every row of the simulated vendors is provoked.
	for row := range right {
		if vendor := strings.TrimPrefix(row[:strings.LastIndexByte(row, '-')], "catalogue-"); simulatedRows[vendor] && !slices.ContainsFunc(rows, func(r vendorRow) bool { return r.row == row }) {
			t.Errorf("no request is refused as in %s", row)
		}
	}
}

// sameParameter: a parameter or one below it; words that stand for several.
func sameParameter(found, right string) bool {
	if strings.HasPrefix(found, "usage") && strings.HasPrefix(right, "usage") {
		return true
	}
	for _, word := range [][]string{{"grant.type", "grant.parameter"}, {"scopes", "scope_in", "scope_separator"}, {"token_url", "issuer"}} {
		if slices.Contains(word, found) && slices.Contains(word, right) {
			return true
		}
	}
	return found == right || strings.HasPrefix(found, right+".")
}

// rightParameters are those of the catalogue's rows.
func rightParameters(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "diagnosis", "testdata", "refusals", "catalogue.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		ID    string   `yaml:"id"`
		Right []string `yaml:"right"`
	}
	if err := yaml.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	right := map[string][]string{}
	for _, r := range list {
		right[r.ID] = r.Right
	}
	return right
}

func (s *simulated) write(name, text string) {
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		panic(err)
	}
}

// writeOtherKey is a key that nobody has registered.
func (s *simulated) writeOtherKey() {
	s.write("other.pem", string(otherKey()))
}

// pairOtherKey names the registered certificate by hand, and signs with another key.
func (s *simulated) pairOtherKey() {
	s.writeOtherKey()
	block, rest := pem.Decode(s.Account().Files["rsa.pem"])
	for block.Type != "CERTIFICATE" {
		block, rest = pem.Decode(rest)
	}
	sum := sha256.Sum256(block.Bytes)
	s.document = strings.NewReplacer("{file: rsa.pem}", "{file: other.pem}",
		`certificate_headers: ["x5t#S256"]`, `certificate_headers: []`+"\n    "+`headers: {"x5t#S256": `+base64.RawURLEncoding.EncodeToString(sum[:])+`}`).Replace(s.document)
}

// tamperSAML changes the user of the signed assertion.
func (s *simulated) tamperSAML() {
	s.write("saml.xml", strings.Replace(string(s.Account().Files["saml.xml"]), ">sfadmin<", ">sfroot<", 1))
}

var otherKey = sync.OnceValue(func() []byte {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
})

// TestDemoVendor: the command serves until it is interrupted, its document works,
// and what it prints has no secret.
func TestDemoVendor(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	printed, stdout := io.Pipe()
	ended := make(chan int)
	go func() {
		code := run(ctx, []string{"demo", "--vendor", "box"}, strings.NewReader(""), stdout, io.Discard, os.LookupEnv)
		stdout.Close()
		ended <- code
	}()
	var text strings.Builder
	lines := bufio.NewScanner(printed)
	for lines.Scan() && lines.Text() != "Stop with Ctrl-C." {
		text.WriteString(lines.Text() + "\n")
	}
	m := regexp.MustCompile(`jeton test -f (\S+)`).FindStringSubmatch(text.String())
	if m == nil {
		t.Fatalf("no document is named:\n%s", text.String())
	}
	for _, args := range [][]string{{"test", "--probe", "-f", m[1]}, {"explain", "-f", m[1]}} {
		var out, errors bytes.Buffer
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errors, os.LookupEnv); code != 0 {
			t.Errorf("%v ends with %d:\n%s%s", args, code, out.String(), errors.String())
		}
	}
	dir := filepath.Dir(m[1])
	secret, err := os.ReadFile(filepath.Join(dir, "secret.txt"))
	if err != nil || len(secret) < 20 || strings.Contains(text.String(), string(secret)) {
		t.Errorf("the secret is missing, or printed: %v\n%s", err, text.String())
	}
	interrupt()
	if code := <-ended; code != 0 {
		t.Errorf("ends with %d", code)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestDemoVendorUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--vendor", "list"}, 0, "docusign"},
		{[]string{"--vendor", "docusing"}, 2, "unknown vendor"},
		{[]string{"--vendor", "docusign", "--fault", "nonsense"}, 2, "consent_required"},
		{[]string{"--fault", "consent_required"}, 2, "need --vendor"},
		{[]string{"--vendor", "docusign", "--listen", "127.0.0.1:99999"}, 1, "cannot start"},
	} {
		var out, errors bytes.Buffer
		code := run(t.Context(), append([]string{"demo"}, c.args...), strings.NewReader(""), &out, &errors, os.LookupEnv)
		if code != c.code || !strings.Contains(out.String()+errors.String(), c.says) {
			t.Errorf("%v ends with %d, want %d and %q:\n%s%s", c.args, code, c.code, c.says, out.String(), errors.String())
		}
	}
}

// TestVendorClosesConnection: who has not registered his address is told nothing.
func TestVendorClosesConnection(t *testing.T) {
	s := simulateVendor(t, "bloomberg", oauthtest.Config{VendorFault: "address"})
	a := s.attempt(t, s.document)
	if found := a.findings(); a.err == nil || len(found) == 0 || found[0].Parameter != "egress" {
		t.Errorf("%v %+v", a.err, found)
	}
}
