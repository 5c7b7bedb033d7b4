package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

// maxFile bounds every file that is read here.
const maxFile = 1 << 20

// documentFlag adds -f, the connection that a command is about. --file is
// another word for it where it does not name a file that is written.
func documentFlag(cmd *cobra.Command) {
	documentFlagAlone(cmd)
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "file" {
			name = "document"
		}
		return pflag.NormalizedName(name)
	})
}

func documentFlagAlone(cmd *cobra.Command) {
	cmd.Flags().StringP("document", "f", "", "`FILE` with the connection document, YAML or JSON; - is standard input")
	cmd.Args = noServerYet
	_ = cmd.MarkFlagFilename("document", "yaml", "yml", "json")
}

// documentPath is what -f says.
func documentPath(cmd *cobra.Command) string {
	path, _ := cmd.Flags().GetString("document")
	return path
}

// noServerYet answers who names a connection, as a later version will allow.
func noServerYet(cmd *cobra.Command, args []string) error {
	file := documentPath(cmd)
	switch {
	case len(args) > 0 && file != "":
		return usagef(cmd, "give a connection with -f FILE alone, without further arguments")
	case len(args) > 0:
		return usagef(cmd, "connections by name need a server or the data directory, which come with a later version; for now use -f FILE")
	case file == "":
		return usagef(cmd, "a connection is missing: use -f FILE, or -f - for standard input")
	}
	return nil
}

// document reads and parses the document of -f, whose secrets start at from.
func (p *program) document(ctx context.Context, cmd *cobra.Command) (c *jeton.Connection, from jeton.Sources, err error) {
	path := documentPath(cmd)
	data, err := p.readInput(ctx, cmd, path, "-f", maxFile)
	if err != nil {
		return nil, from, err
	}
	if c, err = provider.Parse(data); err != nil {
		return nil, from, &fileError{path, err}
	}
	dir := "."
	if path != "-" {
		dir = filepath.Dir(path)
	}
	return c, p.sources(dir), nil
}

// connection reads, parses and resolves the document of -f. The connection is
// returned also with an error if it could be parsed, for what can be said of it.
func (p *program) connection(ctx context.Context, cmd *cobra.Command) (*jeton.Connection, error) {
	c, from, err := p.document(ctx, cmd)
	if err != nil {
		return nil, err
	}
	if err := c.Resolve(ctx, from); err != nil {
		return c, ofDocument(cmd, err)
	}
	return c, nil
}

// ofDocument says which document it is when the document is to blame.
func ofDocument(cmd *cobra.Command, err error) error {
	var e *jeton.Error
	if errors.As(err, &e) && (e.Category().ExitCode() == jeton.DocumentInvalid.ExitCode() || e.Category().ExitCode() == jeton.KeyUnusable.ExitCode()) {
		return &fileError{documentPath(cmd), err}
	}
	return err
}

// sources are those of the library, with the environment of this program.
func (p *program) sources(dir string) jeton.Sources {
	s := jeton.LocalSources(dir)
	s.Env = p.env
	return s
}

// readInput reads a file or, for "-", standard input. A file that cannot be
// read is a mistake in the configuration: exit code 3.
func (p *program) readInput(ctx context.Context, cmd *cobra.Command, path, flag string, limit int64) ([]byte, error) {
	open := func() (io.Reader, error) { return os.Open(path) }
	if path == "-" {
		in, err := p.takeStdin(cmd, flag)
		if err != nil {
			return nil, err
		}
		open = func() (io.Reader, error) { return in, nil }
	}
	type result struct {
		data []byte
		err  error
	}
	// A terminal or a pipe that nobody writes to would wait past every signal.
	done := make(chan result, 1)
	go func() {
		data, err := readAll(open, limit)
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, cannotRead(path, r.err)
		}
		return r.data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func readAll(open func() (io.Reader, error), limit int64) ([]byte, error) {
	in, err := open()
	if err != nil {
		return nil, err
	}
	if f, ok := in.(*os.File); ok && f != os.Stdin {
		defer f.Close()
	}
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return data, err
}

func cannotRead(path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) { // whose text would repeat the path
		err = pathErr.Err
	}
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, fmt.Sprintf("cannot read %s: %v", nameOf(path), err))
}

// requests is the engine of this run. It makes token requests as a person at
// this machine would, and remembers what it has learnt of a server.
func (p *program) requests() *jeton.Engine {
	if p.engine == nil {
		p.engine = &jeton.Engine{
			HTTP:      jeton.NewHTTPClient(jeton.HTTPOptions{ProxyFromEnvironment: true}),
			UserAgent: "jeton/" + strings.Trim(readBuild().Version, "()"),
		}
	}
	return p.engine
}
