package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"
)

// The sizes at which one stops and talks. They are no gates.
const (
	functionLines    = 60
	fileLines        = 500
	packageLines     = 4000
	exportedNames    = 60
	interfaceMethods = 7
	packages         = 22
)

// TestSizes only prints what has outgrown its size; it never fails for that.
// Generated files do not count.
func TestSizes(t *testing.T) {
	own := ours(t)
	if len(own) > packages {
		t.Logf("%d packages (%d)", len(own), packages)
	}
	for _, p := range own {
		sum, exported := 0, 0
		for _, name := range p.code() {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if generated(source) {
				continue
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			lines := bytes.Count(source, []byte("\n"))
			sum += lines
			if lines > fileLines {
				t.Logf("%s/%s: %d lines (%d)", short(p.ImportPath), filepath.Base(name), lines, fileLines)
			}
			exported += measure(t, fset, f, short(p.ImportPath))
		}
		if sum > packageLines {
			t.Logf("%s: %d lines (%d)", short(p.ImportPath), sum, packageLines)
		}
		if exported > exportedNames && p.Name != "main" {
			t.Logf("%s: %d exported names (%d)", short(p.ImportPath), exported, exportedNames)
		}
	}
}

// measure logs the large functions and interfaces of a file and returns how
// many names it exports; methods and fields are not counted.
func measure(t *testing.T, fset *token.FileSet, f *ast.File, where string) (exported int) {
	t.Helper()
	count := func(id *ast.Ident) {
		if id.IsExported() {
			exported++
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if lines := fset.Position(d.End()).Line - fset.Position(d.Pos()).Line + 1; lines > functionLines {
				t.Logf("%s.%s: %d lines (%d)", where, d.Name.Name, lines, functionLines)
			}
			if d.Recv == nil {
				count(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					count(s.Name)
					if i, ok := s.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > interfaceMethods {
						t.Logf("%s.%s: %d methods (%d)", where, s.Name.Name, i.Methods.NumFields(), interfaceMethods)
					}
				case *ast.ValueSpec:
					for _, id := range s.Names {
						count(id)
					}
				}
			}
		}
	}
	return exported
}
