package jeton_test

import (
	"context"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/key"
	"github.com/jeton-oauth/jeton/oauthtest"
)

var updateDocs = flag.Bool("update-docs", false, "write what the commands in docs print today into the pages")

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

// labServers are the pages whose server is not the one of all others.
var labServers = map[string]func(*oauthtest.Config){
	"dpop.md": func(c *oauthtest.Config) { c.DPoP = oauthtest.DPoPNonce },
	"test.md": func(c *oauthtest.Config) { c.Errors = oauthtest.ErrorsTerse },
}

func newLab(t *testing.T, command, page string) *lab {
	config := oauthtest.Config{RotateRefreshTokens: true, DeviceInterval: time.Second}
	if change := labServers[page]; change != nil {
		change(&config)
	}
	l := &lab{t, command, t.TempDir(), oauthtest.NewTestServer(t, config)}
	l.server.AddClient(oauthtest.Client{ID: "reports", Secret: "s3cr%t-of-reports"})
	l.server.AddClient(oauthtest.Client{ID: "warehouse", Keys: publicKey(t, "ec-256.pem")})
	l.server.AddClient(oauthtest.Client{ID: "cleaner", Secret: "s3cr%t-of-reports", Grants: []string{"client_credentials"}, Scopes: []string{"rooms.read"}})
	l.server.AddClient(oauthtest.Client{ID: "planner", RedirectURIs: []string{"http://127.0.0.1:7481/callback", "https://planner.example/callback"}})
	l.server.AddClient(oauthtest.Client{ID: "gateway", Secret: "s3cr%t-of-reports", Resources: []string{"https://api.example/orders", "https://api.example/stock", "warehouse"}})
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
	ctx, cancel := context.WithTimeout(context.Background(), personTimeout) // a line that forgets its person must not wait for ever
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", strings.ReplaceAll(line, shownServer, l.address()))
	cmd.WaitDelay = time.Second
	cmd.Dir = l.dir
	path := filepath.Dir(l.command) + string(filepath.ListSeparator) + os.Getenv("PATH")
	cmd.Env = append([]string{"PATH=" + path, "HOME=" + l.dir}, labEnvironment...)
	var out string
	if takesPerson.MatchString(line) {
		out = l.follow(ctx, cmd, line)
	} else {
		octets, _ := cmd.CombinedOutput() // its exit code is part of the page where it matters
		out = string(octets)
	}
	text := strings.TrimRight(strings.ReplaceAll(out, l.address(), shownServer), "\n")
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
	{regexp.MustCompile(`\b[B-Z]{4}-[B-Z]{4}\b`), "USER-CODE"},
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
	if !found("bash") {
		t.Skip("there is no bash")
	}
	built := command(t)
	for _, p := range pages(t) {
		if filepath.Dir(p.path) != "docs" {
			continue
		}
		t.Run(filepath.Base(p.path), func(t *testing.T) { p.check(newLab(t, built, filepath.Base(p.path))) })
	}
}

func found(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
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
		shown, printed := lines[i+1:end], l.run(strings.TrimPrefix(lines[i], "$ "))
		body = append(body, lines[i])
		if same(shown, printed) || strings.Contains(lines[i], "curl ") && !found("curl") {
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
