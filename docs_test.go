package jeton_test

import (
	"context"
	"encoding/json"
	"flag"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
	"github.com/jeton-oauth/jeton/oauthtest"
)

var updateDocs = flag.Bool("update-docs", false, "write what the commands in docs print today into the pages")

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
	c, err := jeton.Parse([]byte(text))
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
	if c.TokenURL == "" && c.Grant.Type != "jwt_bearer" {
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

var qualified = regexp.MustCompile(`\b(jeton|key|oauthtest|diagnosis)\.([A-Z]\w*)`)

// TestDocsGo: the Go in docs is formatted, and the names of our packages exist.
func TestDocsGo(t *testing.T) {
	names := map[string]map[string]bool{"jeton": exported(t, "."), "key": exported(t, "key"),
		"oauthtest": exported(t, "oauthtest"), "diagnosis": exported(t, "diagnosis")}
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
		for _, word := range strings.Fields(m[1]) {
			flag, _, _ := strings.Cut(word, "=")
			next := strings.TrimSpace(name + " " + word)
			switch {
			case strings.HasPrefix(word, "-"):
				if word != "-" && !known[name][flag] {
					t.Errorf("%s: jeton %s has no flag %s", b.at(), name, flag)
				}
			case !arguments && known[next] != nil:
				name = next
			case name == "":
				t.Errorf("%s: jeton has no command %s", b.at(), word)
			default:
				arguments = true
			}
		}
	}
}

// publicKey is what the server knows of a key of key/testdata.
func publicKey(t *testing.T, name string) []oauthtest.Key {
	private, err := key.Parse(fixture(t, name), key.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return []oauthtest.Key{{Public: private.Public()}}
}

// lab is the folder and the server that the commands of one page see.
type lab struct {
	t            *testing.T
	command, dir string
	server       *oauthtest.Server
}

// shownServer stands in the pages for the address of the lab's server.
const shownServer = "127.0.0.1:45678"

// labEnvironment is all that a command in the pages sees.
var labEnvironment = []string{
	"REPORTS_SECRET=s3cr%t-of-reports", "OLD_SECRET=s3cr%t-of-last-year", "ADA_PASSWORD=correct horse", "STORE_PASSWORD=changeit",
	"P12_PASSWORD=changeit", "KEY_PASSWORD=keypass", "WRONG_SECRET=guess", "HMAC_SECRET=0123456789abcdef0123456789abcdef",
	"LC_ALL=C.UTF-8", "TZ=UTC",
}

func newLab(t *testing.T, command string) *lab {
	l := &lab{t, command, t.TempDir(), oauthtest.NewTestServer(t, oauthtest.Config{RotateRefreshTokens: true})}
	l.server.AddClient(oauthtest.Client{ID: "reports", Secret: "s3cr%t-of-reports"})
	l.server.AddClient(oauthtest.Client{ID: "warehouse", Keys: publicKey(t, "ec-256.pem")})
	l.server.AddClient(oauthtest.Client{ID: "cleaner", Secret: "s3cr%t-of-reports", Grants: []string{"client_credentials"}, Scopes: []string{"rooms.read"}})
	l.server.AddUser(oauthtest.User{Name: "ada", Password: "correct horse"})
	l.server.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "hr-sync", Keys: publicKey(t, "rsa.pem"), Subjects: []string{"ada@example.com"}})
	for name, from := range map[string]string{"warehouse.pem": "ec-256.pem", "hr-sync.pem": "rsa.pem", "docusign.pem": "rsa.pem",
		"other.pem": "rsa-b.pem", "signer.p12": "modern.p12", "store.jks": "two.jks", "own.jks": "own.jks", "locked.pem": "p8-aes-256-cbc.pem",
		"client.pem": "rsa.pem", "client.crt": "rsa.crt", "weak.pem": "rsa-1024.pem", "curve.pem": "ec-secp256k1.pem"} {
		l.write(name, fixture(t, from))
	}
	l.write("service-account.json", serviceAccount(t))
	l.write("box.json", boxSettings(t))
	l.write("refresh-token", []byte(l.server.IssueRefreshToken("reports", "ada", "calendar.read")+"\n"))
	return l
}

func (l *lab) write(name string, data []byte) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), data, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) address() string { return strings.TrimPrefix(l.server.URL, "http://") }

// run runs one line in a shell, as a reader would type it.
func (l *lab) run(line string) []string {
	cmd := exec.Command("bash", "-c", strings.ReplaceAll(line, shownServer, l.address()))
	cmd.Dir = l.dir
	path := filepath.Dir(l.command) + string(filepath.ListSeparator) + os.Getenv("PATH")
	cmd.Env = append([]string{"PATH=" + path, "HOME=" + l.dir}, labEnvironment...)
	out, _ := cmd.CombinedOutput() // its exit code is part of the page where it matters
	text := strings.TrimRight(strings.ReplaceAll(string(out), l.address(), shownServer), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// changing are the parts of an output that differ from run to run.
var changing = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?`), "DATE"},
	{regexp.MustCompile(`\bat-[\w-]{43}`), "TOKEN"},
	{regexp.MustCompile(`[\w-]{43}\b`), "THUMBPRINT"},
	{regexp.MustCompile(`[0-9A-F]{40,64}|[0-9a-f]{32}\b|\b1\d{9}\b`), "NUMBER"},
	{regexp.MustCompile(`\d+\.\d ms`), "0.0 ms"},
	{regexp.MustCompile(`expires in \d+ s`), "expires in SECONDS"},
	{regexp.MustCompile(`"expires_in": \d+`), `"expires_in": SECONDS`},
	{regexp.MustCompile(`"ms": [\d.]+`), `"ms": 0`},
	{regexp.MustCompile(` +`), " "},
}

func same(shown, printed []string) bool {
	normal := func(lines []string) string {
		text := strings.TrimSpace(strings.Join(lines, "\n"))
		for _, c := range changing {
			text = c.pattern.ReplaceAllString(text, c.by)
		}
		return text
	}
	// "..." in the page stands for any lines.
	parts := strings.Split(normal(shown), "\n...")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(parts, `.*`) + `$`).MatchString(normal(printed))
}

// TestDocsOutputs runs the console blocks of docs that show output and compares
// what they print. The documents of a page are files of their name beside it.
// With -update-docs the pages get what is printed today.
func TestDocsOutputs(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every command of docs")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	built := command(t)
	for _, p := range pages(t) {
		if filepath.Dir(p.path) != "docs" {
			continue
		}
		t.Run(filepath.Base(p.path), func(t *testing.T) { p.check(newLab(t, built)) })
	}
}

func (p *page) check(l *lab) {
	var rewritten []string
	done, changed := 0, false
	for _, b := range p.blocks("yaml", "console") {
		if b.language == "yaml" {
			if name := regexp.MustCompile(`(?m)^name: (\S+)$`).FindStringSubmatch(b.text()); name != nil {
				l.write(name[1]+".yaml", []byte(strings.ReplaceAll(b.text(), shownServer, l.address())))
			}
			continue
		}
		body, differs := l.replay(b)
		rewritten = append(append(rewritten, p.lines[done:b.first]...), body...)
		done, changed = b.last, changed || differs
	}
	rewritten = append(rewritten, p.lines[done:]...)
	if changed && *updateDocs {
		if err := os.WriteFile(p.path, []byte(strings.Join(rewritten, "\n")), fs.FileMode(0o644)); err != nil {
			l.t.Fatal(err)
		}
	}
}

// replay runs the commands of a block with output and returns the block as it should be.
func (l *lab) replay(b block) (body []string, differs bool) {
	lines := b.lines()
	shows := false
	for _, line := range lines {
		shows = shows || !strings.HasPrefix(line, "$ ")
	}
	if !shows {
		return lines, false
	}
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && !strings.HasPrefix(lines[end], "$ ") {
			end++
		}
		printed := l.run(strings.TrimPrefix(lines[i], "$ "))
		body = append(body, lines[i])
		if shown := lines[i+1 : end]; same(shown, printed) {
			body = append(body, shown...)
		} else {
			differs = true
			body = append(body, printed...)
			if !*updateDocs {
				l.t.Errorf("%s: %s prints\n%s\nthe page says\n%s", b.at(), lines[i], strings.Join(printed, "\n"), strings.Join(shown, "\n"))
			}
		}
		i = end
	}
	return body, differs
}
