package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton/provider"
)

// The generated files are committed; this fails when a preset changed and
// "go generate ./provider" was not run.
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
			t.Errorf("%s is stale: run go generate ./provider", name)
		}
		if !strings.Contains(string(want), header) {
			t.Errorf("%s does not say that it is generated", name)
		}
	}
	old, err := filepath.Glob(filepath.Join(root, pages, "*"))
	if err != nil || len(old) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, path := range old {
		if _, found := files[pages+"/"+filepath.Base(path)]; !found {
			t.Errorf("%s belongs to no preset: run go generate ./provider", path)
		}
	}
}

// TestShippedAsWritten: what the program links says what the files say.
func TestShippedAsWritten(t *testing.T) {
	written, err := read(filepath.Join("..", "..", "provider", "presets"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := goCode(written)
	b, err2 := goCode(provider.All())
	if err != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("%v %v: package provider does not hold what presets say: run go generate ./provider", err, err2)
	}
}

var pageLink = regexp.MustCompile(`\]\(([^)]*)\)`)

// TestPages: links lead somewhere, and what opens a block closes it.
func TestPages(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range files {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		for _, m := range pageLink.FindAllStringSubmatch(string(page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, pages, filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: %s does not exist", name, m[1])
			}
		}
		if strings.Count(string(page), "\n```")%2 != 0 {
			t.Errorf("%s: a block is not closed", name)
		}
		for line := range strings.Lines(string(page)) {
			if strings.HasSuffix(strings.TrimRight(line, "\n"), " ") {
				t.Errorf("%s: white space at the end of %q", name, line)
			}
		}
	}
}

// TestRetiredPages: what is not listed has no page.
func TestRetiredPages(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "provider", "presets")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, version, more string) {
		data := "name: " + name + "\nversion: " + version + "\ndate: 2026-01-02\ntitle: T\nvendor: V\nsummary: s\nconnection: {token_url: https://as.example/token, grant: {type: client_credentials}}\nexample: {client: {id: a}}\n" + more
		if err := os.WriteFile(filepath.Join(folder, name+"@"+version+".yaml"), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old", "1", "retired: true\n")
	write("both", "1", "")
	write("both", "2", "")
	if err := run(root); err != nil {
		t.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(root, pages, "*.md"))
	if err != nil || len(made) != 2 || filepath.Base(made[1]) != "both.md" {
		t.Errorf("%v %q", err, made)
	}
	if err := os.Rename(filepath.Join(folder, "both@2.yaml"), filepath.Join(folder, "other@2.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := generate(root); err == nil || !strings.Contains(err.Error(), "other@2.yaml: it is both@2") {
		t.Errorf("a file of another name: %v", err)
	}
}
