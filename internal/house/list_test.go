package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is the path of the root module.
const module = "github.com/jeton-oauth/jeton"

// pkg is what the rules need of one package, in the words of `go list -json`.
type pkg struct {
	ImportPath   string
	Name         string
	Dir          string
	Standard     bool
	Module       *struct{ Path string }
	GoFiles      []string
	CgoFiles     []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	Deps         []string
}

// root is the directory of the go.mod above this package.
var root = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
})

// list runs the one `go list` that all rules share: every package of the
// repository and everything that they reach, by import path.
var list = sync.OnceValues(func() (map[string]*pkg, error) {
	dir, err := root()
	if err != nil {
		return nil, err
	}
	if err := touch(dir); err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Name,Dir,Standard,Module,"+
		"GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Imports,Deps", "./...")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.New("go list: " + err.Error() + "\n" + stderr.String())
	}
	packages := map[string]*pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(pkg)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages[p.ImportPath] = p
	}
})

// touch opens every directory of the repository. go test keeps the result of a
// test until a file changes that it opened; it knows nothing of what go list
// and git read, and without this a rule broken in a new file would pass.
func touch(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && notOurs(d.Name()) {
			return filepath.SkipDir
		}
		return err
	})
}

// notOurs reports whether a directory holds what tools put there.
func notOurs(name string) bool {
	return name == ".git" || name == "node_modules" || name == "jeton-data"
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// everything returns all packages by import path, the standard library included.
func everything(t *testing.T) map[string]*pkg {
	t.Helper()
	packages, err := list()
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

// ours returns the packages of this module in the order of their paths.
func ours(t *testing.T) []*pkg {
	t.Helper()
	var own []*pkg
	for _, p := range everything(t) {
		if p.Module != nil && p.Module.Path == module {
			own = append(own, p)
		}
	}
	slices.SortFunc(own, func(a, b *pkg) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	if len(own) == 0 {
		t.Fatal("go list found no package of " + module)
	}
	return own
}

// short is the path below the module, as docs/DESIGN.md writes it: "jeton" for
// the root package, "store/sqlstore"; "" for a package of somebody else.
func short(importPath string) string {
	if importPath == module {
		return "jeton"
	}
	rest, found := strings.CutPrefix(importPath, module+"/")
	if !found {
		return ""
	}
	return rest
}

// sources returns the absolute paths of the package's files.
func (p *pkg) sources(names ...[]string) []string {
	var paths []string
	for _, name := range slices.Concat(names...) {
		paths = append(paths, filepath.Join(p.Dir, name))
	}
	return paths
}

func (p *pkg) code() []string  { return p.sources(p.GoFiles, p.CgoFiles) }
func (p *pkg) tests() []string { return p.sources(p.TestGoFiles, p.XTestGoFiles) }

// generated reports whether a file says so in its header (https://go.dev/s/generatedcode).
func generated(source []byte) bool {
	for line := range bytes.Lines(source) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("package ")) {
			return false
		}
		if bytes.HasPrefix(line, []byte("// Code generated ")) && bytes.HasSuffix(line, []byte(" DO NOT EDIT.")) {
			return true
		}
	}
	return false
}
