package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// invoke runs the program in this process.
func invoke(ctx context.Context, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, args, strings.NewReader(stdin), &out, &errs, func(string) (string, bool) { return "", false })
	return code, out.String(), errs.String()
}

// commands is the tree, flattened; cobra's own hidden ones are left out.
func commands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			list = append(list, commands(sub)...)
		}
	}
	return list
}

func TestHelp(t *testing.T) {
	for _, c := range commands(newRoot(&program{})) {
		t.Run(c.CommandPath(), func(t *testing.T) {
			args := append(strings.Fields(c.CommandPath())[1:], "--help")
			code, stdout, stderr := invoke(context.Background(), "", args...)
			if code != 0 || stderr != "" {
				t.Fatalf("exit code %d, stderr %q", code, stderr)
			}
			if !strings.Contains(stdout, "Examples:\n") || !strings.Contains(c.Example, "jeton ") {
				t.Error("the help has no example")
			}
			if c.Short == "" || c.Long == "" || strings.HasSuffix(c.Short, ".") {
				t.Errorf("short %q, long %q", c.Short, c.Long)
			}
			for line := range strings.Lines(stdout) {
				if len(line) > 150 {
					t.Errorf("a line of %d characters: %s", len(line), line)
				}
			}
		})
	}
}

// The examples are commands that the program takes: their flags exist.
func TestExamples(t *testing.T) {
	for _, c := range commands(newRoot(&program{})) {
		for line := range strings.Lines(c.Example) {
			_, words, found := strings.Cut(line, "jeton ")
			if !found {
				t.Errorf("%s: %q does not call jeton", c.CommandPath(), line)
				continue
			}
			words, _, _ = strings.Cut(words, "  ")
			args := strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune(" \n\")", r) })
			sub, rest, err := newRoot(&program{}).Find(args)
			if err != nil {
				t.Errorf("%q: %v", line, err)
				continue
			}
			for _, arg := range rest {
				if name, ok := strings.CutPrefix(arg, "--"); ok && sub.Flag(name) == nil {
					t.Errorf("%q: %s has no flag --%s", line, sub.CommandPath(), name)
				}
				if slices.Contains([]string{"|", ">", "<", "&&"}, arg) {
					break
				}
			}
		}
	}
}

func TestUsage(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"none":              {nil, "jeton: a command is missing; see 'jeton --help'\n"},
		"mistyped":          {[]string{"tokn"}, "jeton: unknown command \"tokn\", did you mean token?; see 'jeton --help'\n"},
		"not built yet":     {[]string{"serve"}, "jeton: unknown command \"serve\"; see 'jeton --help'\n"},
		"no command at all": {[]string{"S3cret!"}, "jeton: unknown command; see 'jeton --help'\n"},
		"sub":               {[]string{"key", "generat"}, "jeton: unknown command \"generat\", did you mean generate?; see 'jeton key --help'\n"},
		"no document":       {[]string{"token"}, "jeton: a connection is missing: use -f FILE, or -f - for standard input; see 'jeton token --help'\n"},
		"name":              {[]string{"header", "netsuite"}, "jeton: connections by name need a server or the data directory, which come with a later version; for now use -f FILE; see 'jeton header --help'\n"},
		"name and document": {[]string{"test", "-f", "x", "y"}, "jeton: give a connection with -f FILE alone, without further arguments; see 'jeton test --help'\n"},
		"output":            {[]string{"token", "-f", "x", "-o", "yaml"}, "jeton: unknown output \"yaml\"; there are: bare, json, header, env, exec-credential, git, aws; see 'jeton token --help'\n"},
		"flag":              {[]string{"token", "--sekret=hunter2"}, "jeton: unknown flag --sekret; see 'jeton token --help'\n"},
		"shorthand":         {[]string{"token", "-phunter2"}, "jeton: unknown flag -p; see 'jeton token --help'\n"},
		"no value":          {[]string{"token", "-f"}, "jeton: flag -f/--file needs a value; see 'jeton token --help'\n"},
		"duration":          {[]string{"token", "--min-ttl", "soon"}, "jeton: flag --min-ttl: the value is no duration; write for example 30s, 5m or a number of seconds; see 'jeton token --help'\n"},
		"secret in argv":    {[]string{"key", "inspect", "-", "--password", "hunter2"}, "jeton: flag --password takes the source of a secret, never the secret itself, which other users could see: env:NAME, file:PATH, cmd:COMMAND, or - for standard input; see 'jeton key inspect --help'\n"},
		"empty secret":      {[]string{"key", "inspect", "main.go", "--password", ""}, "jeton: flag --password takes the source of a secret, never the secret itself, which other users could see: env:NAME, file:PATH, cmd:COMMAND, or - for standard input; see 'jeton key inspect --help'\n"},
		"stdin twice":       {[]string{"key", "inspect", "-", "--password", "-"}, "jeton: standard input can be read once: the key and --password both ask for it; see 'jeton key inspect --help'\n"},
		"algorithm":         {[]string{"key", "generate", "--algorithm", "HS256"}, "jeton: unknown algorithm; there are: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA; see 'jeton key generate --help'\n"},
		"bits":              {[]string{"key", "generate", "--bits", "1024"}, "jeton: flag --bits: an RSA key has 2048 to 8192 bits; see 'jeton key generate --help'\n"},
		"shell":             {[]string{"completion", "tcsh"}, "jeton: unknown shell; there are: bash, zsh, fish, powershell; see 'jeton completion --help'\n"},
		"jwks":              {[]string{"inspect", "x", "--jwks", "http://as.example/jwks"}, "jeton: flag --jwks: the URL must begin with https:// (http:// only for this machine); see 'jeton inspect --help'\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := invoke(context.Background(), "", tt.args...)
			if code != 2 || stdout != "" || stderr != tt.want {
				t.Errorf("exit code %d, stdout %q, stderr\n%s want\n%s", code, stdout, stderr, tt.want)
			}
			if strings.Contains(stderr, "hunter2") {
				t.Error("the secret shows")
			}
		})
	}
}

func TestDurationFlag(t *testing.T) {
	for in, want := range map[string]string{"90": "1m30s", "5m": "5m0s", "0": "", "-1s": "", "x": "", "9999999999999": "", "1e3": ""} {
		var p program
		f := durationFlag{&p.timeout}
		err := f.Set(in)
		if want == "" && err == nil || want != "" && f.String() != want {
			t.Errorf("%s: %s, %v", in, f.String(), err)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	got, err := splitCommand(`pass show  'a b'/"c d" ''`)
	if want := []string{"pass", "show", "a b/c d", ""}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"", "  ", `a "b`} {
		if _, err := splitCommand(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// A panic must not print its value, which may be a secret.
func TestPanic(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(context.Background(), []string{"schema"}, nil, panicWriter{}, &errs, nil)
	if code != 1 || !strings.HasPrefix(errs.String(), "jeton: internal error (*errors.errorString); please report") {
		t.Errorf("exit code %d, stderr %q", code, errs.String())
	}
	if strings.Contains(errs.String()+out.String(), "hunter2") {
		t.Error("the value of the panic shows")
	}
}

type panicWriter struct{}

func (panicWriter) Write([]byte) (int, error) { panic(errors.New("hunter2")) }

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDisk(t *testing.T) {
	var errs bytes.Buffer
	code := run(context.Background(), []string{"version"}, nil, fullDisk{}, &errs, nil)
	if code != 1 || errs.String() != "jeton: cannot write to standard output: no space left on device\n" {
		t.Errorf("exit code %d, stderr %q", code, errs.String())
	}
}

func TestGenerateLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	prefix := filepath.Join(dir, "k")
	if err := os.WriteFile(prefix+".jwks.json", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := invoke(context.Background(), "", "key", "generate", "--algorithm", "ES256", "--out", prefix)
	if code != 3 || stdout != "" || !strings.Contains(stderr, "k.jwks.json: it exists already") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	files, _ := os.ReadDir(dir)
	if data, _ := os.ReadFile(prefix + ".jwks.json"); len(files) != 1 || string(data) != "mine" {
		t.Errorf("files %v, content %q", files, data)
	}
}

// Waiting for standard input ends with the deadline and with a signal.
func TestSilentStdin(t *testing.T) {
	silent, writer := io.Pipe()
	defer writer.Close()
	env := func(string) (string, bool) { return "", false }
	if code := run(context.Background(), []string{"token", "-f", "-", "--timeout", "20ms"}, silent, io.Discard, io.Discard, env); code != 10 {
		t.Errorf("exit code %d at the deadline", code)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var errs bytes.Buffer
	if code := run(ctx, []string{"inspect"}, silent, io.Discard, &errs, env); code != 1 || errs.String() != "jeton: interrupted\n" {
		t.Errorf("exit code %d, stderr %q after a signal", code, errs.String())
	}
}
