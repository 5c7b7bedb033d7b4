package jeton_test

import (
	"context"
	"encoding/json"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

// page is one Markdown file, in lines.
type page struct {
	path  string
	lines []string
}

// block is a fenced block of a page; first and last are the lines inside it.
type block struct {
	page        *page
	language    string
	first, last int
}

func (b block) lines() []string { return b.page.lines[b.first:b.last] }
func (b block) text() string    { return strings.Join(b.lines(), "\n") + "\n" }
func (b block) at() string      { return b.page.path + ":" + strconv.Itoa(b.first+1) }

// pages are the documents for people.
func pages(t *testing.T) []*page {
	t.Helper()
	names, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var list []*page
	for _, name := range append([]string{"README.md", "CONTRIBUTING.md", "SECURITY.md"}, names...) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, &page{name, strings.Split(string(data), "\n")})
	}
	return list
}

// blocks are the fenced blocks of a page in the languages that are asked for.
func (p *page) blocks(languages ...string) []block {
	var list []block
	open := -1
	for i, line := range p.lines {
		fence, found := strings.CutPrefix(line, "```")
		switch {
		case !found:
		case open < 0:
			open = i
		default:
			language := strings.TrimPrefix(p.lines[open], "```")
			for _, wanted := range languages {
				if language == wanted && fence == "" {
					list = append(list, block{p, language, open + 1, i})
				}
			}
			open = -1
		}
	}
	return list
}

// documentField is a field by which a connection document is told from other YAML.
var documentField = regexp.MustCompile(`(?m)^(grant|client|token_url|type|usage|response|request|tls):`)

// TestDocsDocuments: every connection document in the pages is one that the strict
// parser takes, and a whole one has nothing that stops a request. A part of a
// document is completed with what it leaves out.
func TestDocsDocuments(t *testing.T) {
	found := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks("yaml") {
			if !documentField.MatchString(b.text()) {
				continue
			}
			found++
			problems := documentProblems(t, b.text())
			switch wrong := strings.HasPrefix(b.text(), wrongOnPurpose); {
			case wrong && len(problems) == 0:
				t.Errorf("%s: there is nothing wrong with this document", b.at())
			case !wrong && len(problems) > 0:
				t.Errorf("%s: %s", b.at(), strings.Join(problems, "\n"))
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d connection documents, want at least 20", found)
	}
}

// wrongOnPurpose begins a document that shows a mistake.
const wrongOnPurpose = "# Wrong on purpose.\n"

// documentProblems is what stops a request, but for keys that only the reader has.
func documentProblems(t *testing.T, text string) (problems []string) {
	c, err := provider.Parse([]byte(text))
	if err != nil {
		return []string{err.Error()}
	}
	whole(c)
	if err := c.Resolve(context.Background(), fakeSources(t)); err != nil {
		return []string{err.Error()}
	}
	for _, f := range c.Validate() {
		if !f.Warning && !aboutKey(f.Parameter) {
			problems = append(problems, string(f.Parameter)+": "+f.Problem)
		}
	}
	return problems
}

// whole fills the fields without which a fragment is no connection.
func whole(c *jeton.Connection) {
	if c.Type != "" && c.Type != "oauth2" {
		return
	}
	if c.Grant.Type == "" {
		c.Grant.Type = "client_credentials"
	}
	if c.TokenURL == "" && c.Issuer == "" && c.Grant.Type != "jwt_bearer" {
		c.TokenURL = "https://as.example/oauth2/token"
	}
	if c.Client.ID == "" && c.Grant.Type != "jwt_bearer" {
		c.Client.ID = "a-client"
	}
}

// keyParameter is a parameter whose finding depends on the key file, which the
// test does not have.
var keyParameter = regexp.MustCompile(`(\.|^)(key|certificate|ca|certificate_headers)(\[\d+\])?(\.(password|key_password|alias))?$`)

func aboutKey(p jeton.Parameter) bool { return keyParameter.MatchString(string(p)) }

// fakeSecret is long enough for every HMAC.
const fakeSecret = "a-fake-secret-of-more-than-64-bytes-for-every-hmac-that-there-may-be-here"

// fakeSources answers every source of a document with something of the right kind.
func fakeSources(t *testing.T) jeton.Sources {
	return jeton.Sources{
		Dir: "/documents",
		Env: func(name string) (string, bool) {
			switch {
			case strings.HasSuffix(name, "_PEM"):
				return string(fixture(t, "ec-256.pem")), true
			case strings.HasSuffix(name, "_HEX"):
				return "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", true
			case strings.HasSuffix(name, "PASSWORD"):
				return "changeit", true
			}
			return fakeSecret, true
		},
		ReadFile: func(path string) ([]byte, error) { return keyFile(t, filepath.Base(path)), nil },
		Run: func(context.Context, []string) ([]byte, error) {
			return []byte(fakeSecret), nil
		},
	}
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("key", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// keyFile makes up the contents of a key file by its name.
func keyFile(t *testing.T, name string) []byte {
	switch {
	case strings.HasPrefix(name, "warehouse"):
		return fixture(t, "ec-256.pem")
	case strings.HasSuffix(name, ".p12"):
		return fixture(t, "modern.p12")
	case strings.HasSuffix(name, ".jks"):
		return fixture(t, "two.jks")
	case strings.HasSuffix(name, ".crt"):
		return fixture(t, "rsa.crt")
	case name == "service-account.json":
		return serviceAccount(t)
	case name == "box.json":
		return boxSettings(t)
	}
	return fixture(t, "rsa.pem")
}

// serviceAccount is a key file as Google gives it.
func serviceAccount(t *testing.T) []byte {
	data, err := json.MarshalIndent(map[string]string{
		"type": "service_account", "project_id": "example", "private_key_id": "0f1e2d3c", "client_id": "1234567890",
		"private_key": string(fixture(t, "rsa.pem")), "client_email": "robot@example.iam.gserviceaccount.com",
		"token_uri": "https://oauth2.googleapis.com/token",
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// boxSettings is a key file as Box gives it.
func boxSettings(t *testing.T) []byte {
	data, err := json.MarshalIndent(map[string]any{"enterpriseID": "801234567", "boxAppSettings": map[string]any{
		"clientID": "b0x", "clientSecret": "b0x-s3cret", "appAuth": map[string]string{
			"publicKeyID": "h5tq9f2c", "privateKey": string(fixture(t, "p8-aes-256-cbc.pem")), "passphrase": "changeit"},
	}}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var link = regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)

// TestDocsLinks: what a page points to exists, the heading included.
func TestDocsLinks(t *testing.T) {
	for _, p := range pages(t) {
		for i, line := range p.lines {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
					continue
				}
				target := p.path
				if m[1] != "" {
					target = filepath.Join(filepath.Dir(p.path), m[1])
				}
				data, err := os.ReadFile(target)
				if info, statErr := os.Stat(target); statErr != nil {
					t.Errorf("%s:%d: %s does not exist", p.path, i+1, m[1])
				} else if m[2] != "" && !info.IsDir() && (err != nil || !hasAnchor(string(data), m[2][1:])) {
					t.Errorf("%s:%d: %s has no heading %s", p.path, i+1, target, m[2])
				}
			}
		}
	}
}

var (
	heading     = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// hasAnchor reports whether a page has a heading with this anchor, as GitHub makes them.
func hasAnchor(text, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		if strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-") == anchor {
			return true
		}
	}
	return false
}

var qualified = regexp.MustCompile(`\b(jeton|key|oauthtest|diagnosis|inject|oauth2source|provider)\.([A-Z]\w*)`)

// TestDocsGo: the Go in docs is formatted, and the names of our packages exist.
func TestDocsGo(t *testing.T) {
	names := map[string]map[string]bool{"jeton": exported(t, "."), "key": exported(t, "key"),
		"oauthtest": exported(t, "oauthtest"), "diagnosis": exported(t, "diagnosis"),
		"inject": exported(t, "inject"), "oauth2source": exported(t, "inject/oauth2source"), "provider": exported(t, "provider")}
	for _, p := range pages(t) {
		if filepath.Dir(p.path) != "docs" || strings.HasSuffix(p.path, "DESIGN.md") {
			continue
		}
		for _, b := range p.blocks("go") {
			if formatted, err := format.Source([]byte(b.text())); err != nil || string(formatted) != b.text() {
				t.Errorf("%s: not as gofmt writes it (%v)", b.at(), err)
			}
		}
		for i, line := range p.lines {
			for _, m := range qualified.FindAllStringSubmatch(line, -1) {
				if !names[m[1]][m[2]] {
					t.Errorf("%s:%d: there is no %s", p.path, i+1, m[0])
				}
			}
		}
	}
}

// exported are the exported names at the top of a package.
func exported(t *testing.T, dir string) map[string]bool {
	out, err := exec.Command("go", "doc", "-all", "-short", "./"+dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:func|type|const|var)?\s*([A-Z]\w*)\b`).FindAllStringSubmatch(string(out), -1) {
		names[m[1]] = true
	}
	return names
}

// command builds the command and returns its path.
func command(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jeton")
	if out, err := exec.Command("go", "build", "-o", path, "./cmd/jeton").CombinedOutput(); err != nil {
		t.Fatalf("the command cannot be built: %v\n%s", err, out)
	}
	return path
}

var (
	subcommand = regexp.MustCompile(`(?m)^  ([a-z]+) +[A-Z]`)
	helpFlag   = regexp.MustCompile(`(?m)^ +(?:(-\w), )?(--[a-z-]+)`)
	invocation = regexp.MustCompile(`\bjeton( [^|;&"#>)]*)`)
)

// help collects the commands and flags that --help names, all levels down.
func help(t *testing.T, command, path string, into map[string]map[string]bool) {
	out, err := exec.Command(command, append(strings.Fields(path), "--help")...).Output()
	if err != nil {
		t.Fatal(path, err)
	}
	text := string(out)
	flags := map[string]bool{}
	if _, part, found := strings.Cut(text, "\nFlags:\n"); found {
		for _, m := range helpFlag.FindAllStringSubmatch(part, -1) {
			flags[m[1]], flags[m[2]] = true, true
		}
	}
	into[path] = flags
	if _, part, found := strings.Cut(text, "Available Commands:\n"); found {
		part, _, _ = strings.Cut(part, "\n\n")
		for _, m := range subcommand.FindAllStringSubmatch(part, -1) {
			if m[1] != "help" {
				help(t, command, strings.TrimSpace(path+" "+m[1]), into)
			}
		}
	}
}

// TestDocsCommands: every command and flag in a console block exists.
func TestDocsCommands(t *testing.T) {
	known := map[string]map[string]bool{}
	help(t, command(t), "", known)
	for _, p := range pages(t) {
		for _, b := range p.blocks("console") {
			for _, line := range b.lines() {
				if line, found := strings.CutPrefix(line, "$ "); found {
					checkInvocations(t, b, line, known)
				}
			}
		}
	}
}

func checkInvocations(t *testing.T, b block, line string, known map[string]map[string]bool) {
	line = strings.NewReplacer("go run ./cmd/jeton", "jeton", "go build ./cmd/jeton", "", "go install ./cmd/jeton", "").Replace(line)
	for _, m := range invocation.FindAllStringSubmatch(line, -1) {
		name, arguments := "", false
		own, _, _ := strings.Cut(m[1], " -- ") // what follows is another program's
		for _, word := range strings.Fields(own) {
			flag, _, _ := strings.Cut(word, "=")
			next := strings.TrimSpace(name + " " + word)
			switch {
			case strings.HasPrefix(word, "-"):
				if word != "-" && !known[name][flag] {
					t.Errorf("%s: jeton %s has no flag %s", b.at(), name, flag)
				}
			case !arguments && known[next] != nil:
				name = next
			case !arguments && hasCommands(known, name):
				t.Errorf("%s: there is no command %q", b.at(), "jeton "+next)
			default:
				arguments = true
			}
		}
	}
}

// hasCommands reports whether a command is a group of others.
func hasCommands(known map[string]map[string]bool, name string) bool {
	for other := range known {
		if name == "" || strings.HasPrefix(other, name+" ") {
			return true
		}
	}
	return false
}
