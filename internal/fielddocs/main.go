// Command fielddocs turns the comments of the connection document's Go types
// into the two texts that must not differ from them: schema_descriptions.gen.go,
// which the JSON Schema is made with, and docs/connection.md, the reference.
//
// It runs in the folder of the root package:
//
//	go generate .
//
// It reads the source and does not import the package: the package does not
// compile without what is written here.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "fielddocs:", err)
		os.Exit(1)
	}
}

// run writes the generated files below dir.
func run(dir string) error {
	files, err := generate(dir)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the generated files by name.
func generate(dir string) (map[string][]byte, error) {
	types, err := read(dir)
	if err != nil {
		return nil, err
	}
	code, err := types.code()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"schema_descriptions.gen.go": code,
		"docs/connection.md":         types.page(),
	}, nil
}
