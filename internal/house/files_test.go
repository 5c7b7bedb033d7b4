package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// repositoryFiles returns the files of the repository below dir: those that
// git tracks or would track; without git, all but installed packages.
func repositoryFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	if out, err := exec.Command("git", "-C", dir, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output(); err == nil {
		for name := range bytes.SplitSeq(out, []byte{0}) {
			if len(name) > 0 {
				files = append(files, filepath.Join(dir, string(name)))
			}
		}
		return files
	}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && notOurs(d.Name()) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// private are strings that tie a file to one machine: its checkout's path, and
// the hosts of the registries that its package clients are set up with. They
// are written in pieces so that this file may be searched too.
var private = []*regexp.Regexp{
	regexp.MustCompile(`(^|[^\w.-])/wo` + `rk/`),
	regexp.MustCompile(`registry\.npm` + `js\.org`),
	regexp.MustCompile(`proxy\.go` + `lang\.org`),
	regexp.MustCompile(`deb\.deb` + `ian\.org`),
}

func TestNothingOfThisMachine(t *testing.T) {
	for _, name := range repositoryFiles(t, moduleRoot(t)) {
		if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
			continue // removed but still in the index, or a link
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(data, 0) >= 0 {
			continue // not a text
		}
		number := 0
		for line := range bytes.Lines(data) {
			number++
			for _, p := range private {
				if found := p.Find(line); found != nil {
					t.Errorf("%s:%d: %q belongs to one machine", name, number, found)
				}
			}
		}
	}
}

// TestNoTestSleeps: time is injected. Inside synctest.Test the clock is a
// false one and time.Sleep costs nothing, so there it is allowed.
func TestNoTestSleeps(t *testing.T) {
	for _, p := range ours(t) {
		for _, name := range p.tests() {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && selects(call.Fun, "synctest", "Test") {
					return false
				}
				if e, ok := n.(ast.Expr); ok && selects(e, "time", "Sleep") {
					t.Errorf("%s: a test sleeps; inject the clock, or use testing/synctest", fset.Position(n.Pos()))
				}
				return true
			})
		}
	}
}

// selects reports whether e is written as x.name.
func selects(e ast.Expr, x, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == x
}

// TestRandomness: whatever is random in the product (jti, state, jitter) is
// nothing that an outsider may guess.
func TestRandomness(t *testing.T) {
	for _, p := range ours(t) {
		for _, i := range p.Imports {
			if i == "math/rand" || i == "math/rand/v2" {
				t.Errorf("%s imports %s: use crypto/rand", short(p.ImportPath), i)
			}
		}
	}
}

// pinned are the versions that docs/DESIGN.md names, each checked to resolve
// and to do what is said there. A module that is not required yet is absent.
var pinned = map[string]string{
	"github.com/go-jose/go-jose/v4":                                 "v4.1.8",
	"software.sslmate.com/src/go-pkcs12":                            "v0.7.4",
	"github.com/pavlo-v-chernykh/keystore-go/v4":                    "v4.5.0",
	"github.com/tink-crypto/tink-go/v2":                             "v2.9.0",
	"modernc.org/sqlite":                                            "v1.60.1",
	"modernc.org/libc":                                              "v1.77.1", // the one that sqlite v1.60.1 was made with
	"github.com/jackc/pgx/v5":                                       "v5.12.0",
	"github.com/pressly/goose/v3":                                   "v3.28.0",
	"github.com/oapi-codegen/oapi-codegen/v2":                       "v2.8.2",
	"github.com/spf13/cobra":                                        "v1.10.2",
	"go.yaml.in/yaml/v4":                                            "v4.0.0",
	"github.com/icholy/digest":                                      "v1.2.0",
	"github.com/coreos/go-oidc/v3":                                  "v3.21.0",
	"github.com/alexedwards/scs/v2":                                 "v2.9.0",
	"github.com/prometheus/client_golang":                           "v1.25.0",
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp": "v0.72.0",
	"code.dny.dev/ssrf":                                             "v0.3.0",
	"golang.org/x/oauth2":                                           "v0.37.0", // types alone, in inject/oauth2source
}

// TestT38PinnedVersions compares the requirements of our modules with pinned.
func TestT38PinnedVersions(t *testing.T) {
	for _, name := range []string{"go.mod", "tools/go.mod"} {
		data, err := os.ReadFile(filepath.Join(moduleRoot(t), name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
			if len(fields) < 2 {
				continue
			}
			if want := pinned[fields[0]]; want != "" && fields[1] != want {
				t.Errorf("%s requires %s %s, docs/DESIGN.md says %s", name, fields[0], fields[1], want)
			}
			if fields[0] == "replace" {
				t.Errorf("%s replaces a module: whoever imports us would not get it", name)
			}
		}
	}
}

// TestT38GoVersion: the parsers of keys and certificates were mended in Go
// 1.25.2 (GO-2025-4007, 4009, 4011, 4013), so no older one may build us.
func TestT38GoVersion(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(moduleRoot(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^go 1\.(\d+)`).FindSubmatch(data)
	if m == nil {
		t.Fatal("go.mod has no go line")
	}
	if minor, err := strconv.Atoi(string(m[1])); err != nil || minor < 26 {
		t.Errorf("go.mod asks for Go 1.%s, want 1.26 or later", m[1])
	}
}
