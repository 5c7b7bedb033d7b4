package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The generated files are committed; this fails when a comment changed and
// "go generate ." was not run.
func TestGeneratedFilesAreFresh(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("%s is stale: run go generate . in the root package", name)
		}
		if !strings.Contains(string(want), header) {
			t.Errorf("%s does not say that it is generated", name)
		}
	}
}

func TestEveryFieldIsDescribed(t *testing.T) {
	types, err := read(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range types {
		if typ.doc == "" {
			t.Errorf("%s has no comment", typ.name)
		}
		for _, f := range typ.fields {
			if !f.embedded && f.name != "" && f.doc == "" {
				t.Errorf("%s.%s has no comment", typ.name, f.goName)
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, row := range []struct{ name, goName, json, doc, want string }{
		{"is", "ID", "id", "ID is the client identifier.", "The client identifier."},
		{"says", "Grant", "grant", "Grant says on whose authority.", "On whose authority."},
		{"names", "PerCall", "per_call", "PerCall names what a caller may choose.", "What a caller may choose."},
		{"colon", "SameToken", "same_token", "SameToken: the server hands out.", "The server hands out."},
		{"go name of several words", "SubjectToken", "subject_token", "SubjectToken of a token exchange.", "Subject token of a token exchange."},
		{"one word", "Type", "type", "Type of grant.", "Type of grant."},
		{"another start", "ID", "id", "The client.", "The client."},
		{"a longer word", "Type", "type", "Types of grants.", "Types of grants."},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := describe(row.goName, row.json, row.doc); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
