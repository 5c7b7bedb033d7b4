package jeton

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton/internal/doctree"
)

// Sources says where [Connection.Resolve] may read secrets from. A nil func
// refuses that kind of source; base64 is always decoded.
type Sources struct {
	// Dir is the folder where relative file paths start.
	Dir string
	// Env looks up an environment variable, as os.LookupEnv does.
	Env func(name string) (value string, ok bool)
	// ReadFile reads a file; the path is relative only if Dir is. It must bound what it reads.
	ReadFile func(path string) ([]byte, error)
	// Run runs a program without a shell and returns its output. It must bound time and output.
	Run func(ctx context.Context, argv []string) ([]byte, error)
}

// Resolve reads the source of every secret and key of c, and fills its Value.
// The places stay as they are, so that Explain can say where a value came from;
// a source that has a Value is left alone, so that resolving twice changes nothing.
//
// All problems are findings of one *Error: of category source_not_allowed if a
// source of a kind that from refuses is among them, else key_unusable. Neither
// values nor the output of commands are quoted.
//
// One newline at the end of a secret's file or command output is not part of
// the secret. The bytes of a key are kept as they are; it may be binary.
func (c *Connection) Resolve(ctx context.Context, from Sources) error {
	r := resolver{ctx: ctx, from: from}
	walkSources(reflect.ValueOf(c).Elem(), "", func(path string, s *SecretSource, isKey bool) {
		r.source(path, s, isKey)
	})
	c.keepReading(from)
	if failed := r.err(); failed != nil {
		return failed
	}
	return nil
}

// err is the error that the findings make; nil if there are none.
func (r *resolver) err() *Error {
	if len(r.findings) == 0 {
		return nil
	}
	category, stage := KeyUnusable, StageKey
	if r.refused {
		category, stage = SourceNotAllowed, StageConfig
	}
	return NewError(category, stage, summary("read secrets", r.findings), r.findings...)
}

// EachSecret calls f for every secret and key of c that is written: for a key
// its own source and its passwords, and for a request parameter the secret ones.
// The order is that of the fields; names of a map are sorted. A list of several
// has paths like client.secret[1]. f may change what s points to.
func (c *Connection) EachSecret(f func(p Parameter, s *SecretSource)) {
	walkSources(reflect.ValueOf(c).Elem(), "", func(path string, s *SecretSource, _ bool) { f(Parameter(path), s) })
}

// walkSources finds the sources below v, which is addressable.
func walkSources(v reflect.Value, path string, f func(path string, s *SecretSource, isKey bool)) {
	switch p := v.Addr().Interface().(type) {
	case *SecretSource:
		if !p.IsZero() {
			f(path, p, false)
		}
		return
	case *KeySource:
		if !p.SecretSource.IsZero() {
			f(path, &p.SecretSource, true)
		}
		walkSources(reflect.ValueOf(&p.Password).Elem(), path+".password", f)
		walkSources(reflect.ValueOf(&p.KeyPassword).Elem(), path+".key_password", f)
		return
	case *ParamValue:
		walkSources(reflect.ValueOf(&p.Secret).Elem(), path, f)
		return
	case *Secret, *any, *Members, *map[string]any, *map[string]string:
		return // nothing below these is a source
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Type().Elem().Kind() == reflect.Struct {
			walkSources(v.Elem(), path, f)
		}
	case reflect.Struct:
		for _, field := range documentFields(v.Type()) {
			walkSources(v.FieldByIndex(field.index), doctree.FieldPath(path, field.name), f)
		}
	case reflect.Slice:
		walkList(v, path, f)
	case reflect.Map:
		walkMap(v, path, f)
	}
}

func walkList(v reflect.Value, path string, f func(string, *SecretSource, bool)) {
	if v.Type().Elem().Kind() != reflect.Struct {
		return
	}
	for i := range v.Len() {
		at := doctree.IndexPath(path, i, v.Len())
		if v.Type() == reflect.TypeFor[[]Step]() {
			at = doctree.ElementPath(path, i)
		}
		walkSources(v.Index(i), at, f)
	}
}

// walkMap gives f a copy of each value, and writes it back only if f changed
// it: a connection that nobody changes may be shared between goroutines.
func walkMap(v reflect.Value, path string, f func(string, *SecretSource, bool)) {
	names := make([]string, 0, v.Len())
	for _, name := range v.MapKeys() {
		names = append(names, name.String())
	}
	slices.Sort(names)
	for _, name := range names {
		key := reflect.ValueOf(name)
		element := reflect.New(v.Type().Elem()).Elem()
		element.Set(v.MapIndex(key))
		if element.Kind() == reflect.Slice { // its elements are shared with the map and change in place
			walkSources(element, doctree.FieldPath(path, name), f)
			continue
		}
		walkSources(element, doctree.FieldPath(path, name), f)
		if !reflect.DeepEqual(element.Interface(), v.MapIndex(key).Interface()) {
			v.SetMapIndex(key, element)
		}
	}
}

// resolver reads sources and collects what does not work.
type resolver struct {
	ctx      context.Context
	from     Sources
	findings []Finding
	refused  bool
}

func (r *resolver) source(path string, s *SecretSource, isKey bool) {
	if !s.Value.IsZero() {
		return
	}
	places := 0
	for _, given := range []bool{s.Env != "", s.File != "", !s.Base64.IsZero(), len(s.Command) > 0} {
		if given {
			places++
		}
	}
	if places > 1 {
		r.problem(path, "more than one source is given", "give one of "+sourceNames)
		return
	}
	var value []byte
	var ok bool
	switch {
	case s.Env != "":
		value, ok = r.env(path, s.Env)
	case s.File != "":
		value, ok = r.file(path, s.File, isKey)
	case !s.Base64.IsZero():
		value, ok = r.base64(path, s.Base64)
	default:
		value, ok = r.command(path, s.Command, isKey)
	}
	if ok {
		s.Value = NewSecret(string(value))
	}
}

func (r *resolver) problem(path, problem, fix string) {
	r.findings = append(r.findings, Finding{Parameter: Parameter(path), Problem: problem, Fix: fix, Certain: true})
}

func (r *resolver) refuse(path, kind string) ([]byte, bool) {
	r.refused = true
	r.problem(path, "a secret from "+kind+" is not allowed here", "give the value itself; jeton apply reads it where it runs and sends it")
	return nil, false
}

func (r *resolver) env(path, name string) ([]byte, bool) {
	if r.from.Env == nil {
		return r.refuse(path, "the environment")
	}
	variable := "the environment variable"
	if environmentName(name) {
		variable += " " + name
	}
	value, ok := r.from.Env(name)
	switch {
	case !ok:
		r.problem(path, variable+" is not set", "set it, or correct the name in env")
	case value == "":
		r.problem(path, variable+" is set, but empty", "give it a value")
		ok = false
	}
	return []byte(value), ok
}

// environmentName reports whether a name has the usual form; another one may be
// a secret in the wrong place and is not shown.
func environmentName(name string) bool {
	return name != "" && len(name) <= doctree.MaxName && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
}

func (r *resolver) file(path, name string, isKey bool) ([]byte, bool) {
	if r.from.ReadFile == nil {
		return r.refuse(path, "a file")
	}
	shown := "the file"
	switch {
	case strings.Contains(name, "-----BEGIN") || strings.ContainsAny(name, "\n\x00"):
		r.problem(path, "file holds a text, not a path", "write value instead of file")
		return nil, false
	case showablePath(name):
		shown += " " + name
	}
	at := name
	if !filepath.IsAbs(at) {
		at = filepath.Join(r.from.Dir, at)
	}
	value, err := r.from.ReadFile(at)
	if err != nil {
		fix := "correct the path (a relative one starts at the folder of the document) or the permissions"
		if strings.HasPrefix(name, "~") {
			fix = "write the whole path: ~ is not expanded"
		}
		r.problem(path, shown+": "+readFailure(err), fix)
		return nil, false
	}
	return r.content(path, shown, value, isKey)
}

// showablePath reports whether a file name looks like a path, and not like a
// secret in the wrong place.
func showablePath(name string) bool {
	if len(name) > 256 || strings.HasPrefix(name, "eyJ") || !strings.ContainsAny(name, `/\.`) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) })
}

// content cuts the newline of a secret and refuses nothing as a value.
func (r *resolver) content(path, shown string, value []byte, isKey bool) ([]byte, bool) {
	if !isKey {
		value = cutNewline(value)
	}
	if len(value) == 0 {
		r.problem(path, shown+" gave nothing", "make it hold the value")
		return nil, false
	}
	return value, true
}

func cutNewline(value []byte) []byte {
	text := strings.TrimSuffix(string(value), "\n")
	if len(text) < len(value) {
		text = strings.TrimSuffix(text, "\r")
	}
	return []byte(text)
}

func (r *resolver) base64(path string, text Secret) ([]byte, bool) {
	compact := strings.Map(func(c rune) rune {
		switch c {
		case ' ', '\t', '\r', '\n':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return c
	}, text.Reveal())
	value, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(compact, "="))
	switch {
	case err != nil:
		r.problem(path, "the text is not base64", "write standard or URL-safe base64 (RFC 4648), or value for plain text")
		return nil, false
	case len(value) == 0:
		r.problem(path, "base64 of nothing", "write the value in base64")
		return nil, false
	}
	return value, true
}

func (r *resolver) command(path string, argv []string, isKey bool) ([]byte, bool) {
	if r.from.Run == nil {
		return r.refuse(path, "a command")
	}
	value, err := r.from.Run(r.ctx, argv)
	if err != nil {
		r.problem(path, "the command: "+runFailure(err), "run it by hand (there is no shell); its output is to be the secret")
		return nil, false
	}
	return r.content(path, "the command", value, isKey)
}

// sourceError is a failure whose text is ours and can be shown.
type sourceError string

func (e sourceError) Error() string { return string(e) }

// readFailure says why a file cannot be read, in words that hold nothing foreign.
func readFailure(err error) string {
	var own sourceError
	switch {
	case errors.As(err, &own):
		return string(own)
	case errors.Is(err, fs.ErrNotExist):
		return "no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the file ended early"
	}
	return "cannot be read"
}

// runFailure is readFailure for commands.
func runFailure(err error) string {
	var own sourceError
	var exited interface{ ExitCode() int }
	switch {
	case errors.As(err, &own):
		return string(own)
	case errors.Is(err, context.DeadlineExceeded):
		return "took too long"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &exited):
		if code := exited.ExitCode(); code >= 0 {
			return "exit status " + strconv.Itoa(code)
		}
		return "ended by a signal"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	return "cannot be run"
}
