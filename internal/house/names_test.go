package house

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"testing"
)

// parse reads the package's own files, without its tests.
func parse(t *testing.T, p *pkg) (*token.FileSet, []*ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.code() {
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return fset, files
}

// TestDocumentation: every package says what it is for, every exported name
// what it is. A group of constants or variables may share one comment.
func TestDocumentation(t *testing.T) {
	for _, p := range ours(t) {
		fset, files := parse(t, p)
		d, err := doc.NewFromFiles(fset, files, p.ImportPath)
		if err != nil {
			t.Fatal(err)
		}
		if d.Doc == "" {
			t.Errorf("package %s has no package comment", short(p.ImportPath))
		}
		if p.Name == "main" {
			continue
		}
		missing := func(kind, name string, pos token.Pos) {
			t.Errorf("%s: %s %s has no doc comment", fset.Position(pos), kind, name)
		}
		functions := slices.Clone(d.Funcs)
		values := slices.Concat(d.Consts, d.Vars)
		for _, typ := range d.Types {
			if typ.Doc == "" {
				missing("type", typ.Name, typ.Decl.Pos())
			}
			functions = slices.Concat(functions, typ.Funcs, typ.Methods)
			values = slices.Concat(values, typ.Consts, typ.Vars)
		}
		for _, f := range functions {
			if f.Doc == "" {
				missing("func", f.Name, f.Decl.Pos())
			}
		}
		for _, v := range values {
			for _, spec := range v.Decl.Specs {
				s, ok := spec.(*ast.ValueSpec)
				if !ok || v.Doc != "" || s.Doc != nil || s.Comment != nil {
					continue
				}
				if i := slices.IndexFunc(s.Names, (*ast.Ident).IsExported); i >= 0 {
					missing("value", s.Names[i].Name, s.Pos())
				}
			}
		}
	}
}

// TestNoDrawers: packages are layers, not drawers.
func TestNoDrawers(t *testing.T) {
	drawers := []string{"util", "utils", "common", "misc", "helper", "helpers"}
	for _, p := range ours(t) {
		if slices.Contains(drawers, p.Name) || slices.Contains(drawers, path.Base(p.ImportPath)) {
			t.Errorf("package %s: a small function lives beside its only caller", short(p.ImportPath))
		}
	}
}
