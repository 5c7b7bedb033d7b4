package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is what the Go tool wrote into the binary.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersion(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this program",
		Long:    `Version prints the version, the commit it was built from and the Go version.`,
		Example: "  jeton version\n  jeton version -o json",
		Args:    noArguments,
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		b := readBuild()
		if p.output == "json" {
			text, err := encodeJSON(b)
			if err != nil {
				return err
			}
			return p.write(text)
		}
		return p.write(b.String() + "\n")
	}
	p.formats(cmd, "text", "json")
	return cmd
}

func (b build) String() string {
	commit := b.Commit
	switch {
	case commit == "":
		commit = "commit unknown"
	case b.Modified:
		commit += ", modified"
	}
	return fmt.Sprintf("jeton %s (%s, %s)", b.Version, commit, b.Go)
}

func readBuild() build {
	b := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
