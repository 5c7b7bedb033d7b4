package jeton

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testSources are sources in memory.
func testSources() Sources {
	files := map[string]string{
		"dir/secret": "s\n", "dir/windows": "s\r\n", "dir/two": "s\n\n", "dir/none": "", "dir/newline": "\n", "/abs": "a", "dir/key": "\x00\x01\n",
	}
	environment := map[string]string{"FULL": "e\n", "EMPTY": ""}
	return Sources{
		Dir: "dir",
		Env: func(name string) (string, bool) { v, ok := environment[name]; return v, ok },
		ReadFile: func(path string) ([]byte, error) {
			if data, ok := files[filepath.ToSlash(path)]; ok {
				return []byte(data), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
		Run: func(_ context.Context, argv []string) ([]byte, error) {
			if argv[0] != "echo" {
				return nil, errors.New("foreign text")
			}
			return []byte(strings.Join(argv[1:], " ") + "\n"), nil
		},
	}
}

func TestResolve(t *testing.T) {
	for _, row := range []struct {
		name   string
		source SecretSource
		want   string
	}{
		{"value", SecretValue("v\n"), "v\n"},
		{"environment", SecretSource{Env: "FULL"}, "e\n"},
		{"file", SecretSource{File: "secret"}, "s"},
		{"file of windows", SecretSource{File: "windows"}, "s"},
		{"one newline only", SecretSource{File: "two"}, "s\n"},
		{"absolute file", SecretSource{File: "/abs"}, "a"},
		{"base64", SecretSource{Base64: NewSecret("+/8=")}, "\xfb\xff"},
		{"base64 without padding", SecretSource{Base64: NewSecret("+/8")}, "\xfb\xff"},
		{"base64 for URLs", SecretSource{Base64: NewSecret("-_8=")}, "\xfb\xff"},
		{"base64 in lines", SecretSource{Base64: NewSecret("+/\n8=\n")}, "\xfb\xff"},
		{"command", SecretSource{Command: []string{"echo", "a", "b"}}, "a b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &Connection{Grant: GrantOptions{Password: row.source}}
			for range 2 { // resolving twice changes nothing
				if err := c.Resolve(context.Background(), testSources()); err != nil {
					t.Fatal(documentReport(err))
				}
				want := row.source
				want.Value = NewSecret(row.want)
				if diff := cmp.Diff(want, c.Grant.Password); diff != "" || c.Grant.Password.Value.Reveal() != row.want {
					t.Errorf("%s %q", diff, c.Grant.Password.Value.Reveal())
				}
			}
		})
	}
}

func TestResolveKeepsTheBytesOfKeys(t *testing.T) {
	c := &Connection{TLS: TLS{CA: KeySource{SecretSource: SecretSource{File: "key"}, Password: SecretSource{File: "secret"}}}}
	if err := c.Resolve(context.Background(), testSources()); err != nil {
		t.Fatal(err)
	}
	if c.TLS.CA.Value.Reveal() != "\x00\x01\n" || c.TLS.CA.Password.Value.Reveal() != "s" {
		t.Errorf("%q, %q", c.TLS.CA.Value.Reveal(), c.TLS.CA.Password.Value.Reveal())
	}
}

func TestResolveFindings(t *testing.T) {
	for _, row := range []struct {
		name                    string
		source                  SecretSource
		problem, fix, forbidden string
	}{
		{"variable not set", SecretSource{Env: "NONE"}, "the environment variable NONE is not set", "set it", ""},
		{"variable empty", SecretSource{Env: "EMPTY"}, "the environment variable EMPTY is set, but empty", "give it a value", ""},
		{"secret as variable", SecretSource{Env: "s3cret-x"}, "the environment variable is not set", "", "s3cret-x"},
		{"no file", SecretSource{File: "a/none.txt"}, "the file a/none.txt: no such file", "a relative one starts at the folder of the document", ""},
		{"home", SecretSource{File: "~/x"}, "the file ~/x: no such file", "~ is not expanded", ""},
		{"secret as file", SecretSource{File: "s3cret-x"}, "the file: no such file", "", "s3cret-x"},
		{"token as file", SecretSource{File: "eyJhbGciOiJub25lIn0.e30."}, "the file: no such file", "", "eyJ"},
		{"key as file", SecretSource{File: "-----BEGIN PRIVATE KEY-----"}, "file holds a text, not a path", "write value instead of file", "BEGIN"},
		{"empty file", SecretSource{File: "none"}, "the file gave nothing", "", ""},
		{"file of one newline", SecretSource{File: "newline"}, "the file gave nothing", "", ""},
		{"bad base64", SecretSource{Base64: NewSecret("s3cret!")}, "the text is not base64", "", "s3cret"},
		{"base64 of nothing", SecretSource{Base64: NewSecret("=")}, "base64 of nothing", "", ""},
		{"failing command", SecretSource{Command: []string{"s3cret-x"}}, "the command: cannot be run", "there is no shell", "s3cret-x"},
		{"silent command", SecretSource{Command: []string{"echo"}}, "the command gave nothing", "", ""},
		{"two places", SecretSource{Env: "FULL", File: "secret"}, "more than one source is given", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &Connection{Grant: GrantOptions{Password: row.source}}
			err := c.Resolve(context.Background(), testSources())
			e := documentError(t, err)
			if e.Category() != KeyUnusable || e.Stage != StageKey || e.ExitCode() != 4 || len(e.Findings) != 1 {
				t.Errorf("%s %s %s", e.Category(), e.Stage, documentReport(err))
			}
			f := e.Findings[0]
			if f.Parameter != "grant.password" || f.Problem != row.problem || !strings.Contains(f.Fix, row.fix) || !f.Certain {
				t.Errorf("%+v", f)
			}
			if text := documentReport(err); row.forbidden != "" && strings.Contains(text, row.forbidden) || strings.Contains(text, "foreign") {
				t.Error(text)
			}
		})
	}
}

// The paths of findings; all problems at once.
func TestResolvePaths(t *testing.T) {
	none := SecretSource{Env: "NONE"}
	c := &Connection{
		Client:  Client{Secret: SecretList{none}, Assertion: &Assertion{Key: KeyList{KeyFile("a.pem"), {SecretSource: SecretValue("x"), Password: none}}}},
		Grant:   GrantOptions{Assertion: &Assertion{Key: KeyList{{SecretSource: none, KeyPassword: none}}}},
		Request: RequestOptions{Headers: map[string]SecretSource{"X-B": none, "X-A": none}, Params: map[string]ParamValues{"p": {{Text: "x"}, {Secret: none}}, "q": {{Secret: none}}}},
		Steps:   []Step{{Request: RequestOptions{Headers: map[string]SecretSource{"X-C": none}}}},
		TLS:     TLS{Client: TLSClient{Key: KeySource{SecretSource: none}}},
	}
	e := documentError(t, c.Resolve(context.Background(), testSources()))
	var got []string
	for _, f := range e.Findings {
		got = append(got, string(f.Parameter))
	}
	want := []string{"client.secret", "client.assertion.key[0]", "client.assertion.key[1].password", "grant.assertion.key", "grant.assertion.key.key_password",
		"request.headers.X-A", "request.headers.X-B", "request.params.p[1]", "request.params.q", "steps[0].request.headers.X-C", "tls.client.key"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if want := "read secrets: client.secret: the environment variable NONE is not set (and 10 more)"; e.Error() != want {
		t.Errorf("got %s, want %s", e.Error(), want)
	}
}

// A kind that the sources refuse is another category, whatever else fails.
func TestResolveRefuses(t *testing.T) {
	for _, row := range []struct {
		name, problem string
		source        SecretSource
	}{
		{"environment", "a secret from the environment is not allowed here", SecretSource{Env: "FULL"}},
		{"file", "a secret from a file is not allowed here", SecretSource{File: "secret"}},
		{"command", "a secret from a command is not allowed here", SecretSource{Command: []string{"echo", "x"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &Connection{Grant: GrantOptions{Password: row.source, RefreshToken: SecretSource{Base64: NewSecret("!")}}}
			err := c.Resolve(context.Background(), Sources{})
			e := documentError(t, err)
			if e.Category() != SourceNotAllowed || e.HTTPStatus() != 422 || len(e.Findings) != 2 || e.Findings[0].Problem != row.problem {
				t.Error(e.Category(), documentReport(err))
			}
			if !c.Grant.Password.Value.IsZero() {
				t.Error("it was read")
			}
		})
	}
	c := &Connection{Grant: GrantOptions{Password: SecretSource{Base64: NewSecret("eA==")}, RefreshToken: SecretValue("y")}}
	if err := c.Resolve(context.Background(), Sources{}); err != nil || c.Grant.Password.Value.Reveal() != "x" {
		t.Error(err, "base64 and values need no source")
	}
}

func TestResolveOfMapsIsWrittenBack(t *testing.T) {
	c, err := Parse([]byte("request: {headers: {A: {env: FULL}}, params: {p: [x, {env: FULL}]}}\nusage: {headers: {B: {file: secret}}}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Resolve(context.Background(), testSources()); err != nil {
		t.Fatal(err)
	}
	got := []string{c.Request.Headers["A"].Value.Reveal(), c.Request.Params["p"][0].Reveal(), c.Request.Params["p"][1].Reveal(), c.Usage.Headers["B"].Value.Reveal()}
	if diff := cmp.Diff([]string{"e\n", "x", "e\n", "s"}, got); diff != "" {
		t.Error(diff)
	}
	// Looking does not write: a connection in use is walked by many.
	done := make(chan bool)
	for range 4 {
		go func() {
			c.EachSecret(func(Parameter, *SecretSource) {})
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
}

func TestLocalSources(t *testing.T) {
	dir := t.TempDir()
	writeDocument(t, filepath.Join(dir, "file"), "in a file\n")
	writeDocument(t, filepath.Join(dir, "large"), strings.Repeat("a", maxSourceFile+1))
	writeDocument(t, filepath.Join(dir, "limit"), strings.Repeat("a", maxSourceFile))
	t.Setenv("JETON_TEST_SECRET", "in the environment")
	one := func(s SecretSource) (string, string) {
		c := &Connection{Grant: GrantOptions{Password: s}}
		err := c.Resolve(context.Background(), LocalSources(dir))
		if err != nil {
			return "", documentReport(err)
		}
		return c.Grant.Password.Value.Reveal(), ""
	}
	rows := []struct {
		name       string
		source     SecretSource
		want, fail string
	}{
		{"environment", SecretSource{Env: "JETON_TEST_SECRET"}, "in the environment", ""},
		{"file", SecretSource{File: "file"}, "in a file", ""},
		{"largest file", SecretSource{File: "limit"}, strings.Repeat("a", maxSourceFile), ""},
		{"too large", SecretSource{File: "./large"}, "", "the file ./large: larger than 1 MiB"},
		{"folder", SecretSource{File: "."}, "", "the file .: is a directory"},
		{"no program", SecretSource{Command: []string{"no-such-program-of-jeton"}}, "", "the command: the program is not found"},
		{"no program in the folder", SecretSource{Command: []string{"./none"}}, "", "the command: the program is not found"},
	}
	if runtime.GOOS != "windows" {
		writeDocument(t, filepath.Join(dir, "run.sh"), "#!/bin/sh\necho \"$1 in $(basename \"$PWD\")\"\n")
		if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o700); err != nil {
			t.Fatal(err)
		}
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		fmt.Fprint(writer, "through a pipe\n")
		writer.Close()
		rows = append(rows, []struct {
			name       string
			source     SecretSource
			want, fail string
		}{
			{"command", SecretSource{Command: []string{"./run.sh", "$HOME *"}}, "$HOME * in " + filepath.Base(dir), ""},
			{"command from the path", SecretSource{Command: []string{"echo", "a"}}, "a", ""},
			{"exit status", SecretSource{Command: []string{"sh", "-c", "echo s3cret; echo s3cret >&2; exit 3"}}, "", "the command: exit status 3"},
			{"signal", SecretSource{Command: []string{"sh", "-c", "kill -9 $$"}}, "", "the command: ended by a signal"},
			{"too much", SecretSource{Command: []string{"sh", "-c", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaa; done"}}, "", "the command: more than 64 KiB of output"},
			{"endless file", SecretSource{File: "/dev/zero"}, "", "the file /dev/zero: larger than 1 MiB"},
			{"pipe", SecretSource{File: fmt.Sprintf("/dev/fd/%d", reader.Fd())}, "through a pipe", ""},
		}...)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, failed := one(row.source)
			if got != row.want || !strings.Contains(failed, row.fail) || (failed == "") != (row.fail == "") || strings.Contains(failed, "s3cret") {
				t.Errorf("got %.100q, %s", got, failed)
			}
		})
	}
}

func TestCommandEndsWithItsContext(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs sleep")
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	c := &Connection{Grant: GrantOptions{Password: SecretSource{Command: []string{"sleep", "60"}}}}
	start := time.Now()
	err := c.Resolve(ctx, LocalSources(t.TempDir()))
	if err == nil || !strings.Contains(err.Error(), "the command: canceled") || time.Since(start) > 20*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}
