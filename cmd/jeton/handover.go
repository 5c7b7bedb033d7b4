package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jeton-oauth/jeton"
)

// tokenFileVariable tells a program where its token is, if it is not in the environment.
const tokenFileVariable = "JETON_TOKEN_FILE"

// handover says how a program gets the token; the zero value is by the five
// variables of -o env.
type handover struct {
	variable         string
	file, descriptor bool
}

func (h *handover) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&h.variable, "env", "", "pass the token alone, in the environment variable `NAME`")
	cmd.Flags().BoolVar(&h.file, "token-file", false, "pass the token in a temporary file, whose path is in JETON_TOKEN_FILE")
	cmd.Flags().BoolVar(&h.descriptor, "fd", false, "pass the token in a pipe, whose path is in JETON_TOKEN_FILE")
	before := cmd.Flags().GetNormalizeFunc()
	cmd.Flags().SetNormalizeFunc(func(f *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "descriptor" {
			name = "fd"
		}
		return before(f, name)
	})
}

func (h *handover) check(cmd *cobra.Command) error {
	named := cmd.Flags().Changed("env")
	ways := 0
	for _, chosen := range []bool{named, h.file, h.descriptor} {
		if chosen {
			ways++
		}
	}
	switch {
	case ways > 1:
		return usagef(cmd, "--env, --token-file and --fd exclude each other")
	case named && !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(h.variable): // it is not repeated: it may be a secret
		return usagef(cmd, "flag --env: the name of an environment variable has letters, digits and _, and begins with no digit")
	case strings.HasPrefix(h.variable, "LD_"), strings.HasPrefix(h.variable, "DYLD_"):
		return usagef(cmd, "flag --env: this variable belongs to the dynamic linker, which would print the token when it takes it for a file")
	case h.descriptor && !inheritsDescriptors:
		return usagef(cmd, "flag --fd: this system passes no descriptors on; use --token-file")
	}
	return nil
}

// given is a token in the hands of a program.
type given struct {
	variables []string
	files     []*os.File // the program inherits them, the first as descriptor 3
	started   func()     // to be called when it has
	takeBack  func() error
}

func (h *handover) give(t *jeton.Token) (*given, error) {
	g := &given{started: func() {}, takeBack: func() error { return nil }}
	switch {
	case h.variable != "":
		g.variables = []string{h.variable + "=" + t.AccessToken.Reveal()}
	case h.file:
		return giveFile(g, t)
	case h.descriptor:
		return givePipe(g, t)
	default:
		for _, v := range tokenVariables(t) {
			g.variables = append(g.variables, v[0]+"="+v[1])
		}
	}
	return g, nil
}

// giveFile puts the token in a folder of its own, so that nobody else can put
// another file in its place.
func giveFile(g *given, t *jeton.Token) (*given, error) {
	dir, err := os.MkdirTemp("", "jeton-") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("cannot make a folder for --token-file: %w", err)
	}
	path := filepath.Join(dir, "token")
	if err := os.WriteFile(path, []byte(t.AccessToken.Reveal()), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write the file of --token-file: %w", err), os.RemoveAll(dir))
	}
	g.variables = []string{tokenFileVariable + "=" + path}
	g.takeBack = func() error {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("the file of --token-file could not be removed: %w", err)
		}
		return nil
	}
	return g, nil
}

// givePipe writes the token into a pipe. A goroutine does so, for a pipe may
// hold less than a token; it ends when the program has read, or has ended.
func givePipe(g *given, t *jeton.Token) (*given, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot make the pipe of --fd: %w", err)
	}
	g.variables, g.files = []string{tokenFileVariable + "=/dev/fd/3"}, []*os.File{r}
	g.started = func() {
		_ = r.Close() // it is the program's
		go func() {
			_, _ = io.WriteString(w, t.AccessToken.Reveal()) // fails if the program reads no more
			_ = w.Close()
		}()
	}
	g.takeBack = func() error {
		_, _ = r.Close(), w.Close()
		return nil
	}
	return g, nil
}
