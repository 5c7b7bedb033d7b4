// Command catalogue makes what the files of the vendor catalogue are shipped as:
// provider/catalogue.gen.go, which the program links, and docs/providers, a page
// for each vendor.
//
//	go generate ./provider
//
// Reading YAML takes half a millisecond for each file, and JSON a tenth of that; a
// literal in Go takes nothing.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton/provider"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := run(root); err != nil {
		fmt.Fprintln(os.Stderr, "catalogue:", err)
		os.Exit(1)
	}
}

// run writes the generated files below root, and removes pages of what is gone.
func run(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(root, pages, "*.md"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if _, found := files[pages+"/"+filepath.Base(path)]; !found {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(pages)), 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the generated files by name.
func generate(root string) (map[string][]byte, error) {
	catalogue, err := read(filepath.Join(root, "provider", "presets"))
	if err != nil {
		return nil, err
	}
	code, err := goCode(catalogue)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"provider/catalogue.gen.go": code}
	for _, p := range catalogue.List() {
		page, err := page(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Ref(), err)
		}
		files[pages+"/"+p.Name+".md"] = page
	}
	files[pages+"/README.md"] = index(catalogue.List())
	return files, nil
}

// read reads all files of a folder: NAME@VERSION.yaml.
func read(folder string) (provider.Catalogue, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var list []*provider.Provider
	var problems []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p, err := provider.Decode(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
		if err == nil && filepath.Base(path) != p.Ref()+".yaml" {
			err = fmt.Errorf("it is %s, which belongs into %s.yaml", p.Ref(), p.Ref())
		}
		if err != nil {
			problems = append(problems, filepath.Base(path)+": "+err.Error())
			continue
		}
		list = append(list, p)
	}
	if problems != nil {
		return nil, fmt.Errorf("%s", strings.Join(problems, "\n"))
	}
	return provider.New(list...), nil
}
