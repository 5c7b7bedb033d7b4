package jeton

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"unicode/utf8"

	"github.com/jeton-oauth/jeton/internal/doctree"
)

// maxDocument is the size of the largest document that is read.
const maxDocument = 1 << 20

// maxMarks bounds what separates the values of a document, and so their number:
// a list of 500,000 values fits into a mebibyte, and costs a hundred of them.
const maxMarks = 100_000

// Parse reads a connection document in YAML or JSON. It is strict: an unknown
// field is an error that names the nearest known one and the line. All problems
// are reported at once, as findings of an *Error of category document_invalid;
// none of them quotes a value that may be a secret.
// Sources are not read: see [Connection.Resolve].
//
// A text that begins with { is JSON, or else YAML in flow style ({name: x}); one
// that begins with {" is JSON only. A document is
// at most 1 MiB, 32 levels deep and of some 50,000 values; YAML aliases and merge keys are expanded up
// to a limit. A scalar in a text field is taken literally (id: 0123 is "0123")
// and null means not written; the values of claims follow the YAML 1.2 core schema.
func Parse(data []byte) (*Connection, error) { return Presets(nil).Parse(data) }

// Load reads, parses and resolves the document in a file, as the command line does.
// Every failure is an *Error; a file that cannot be read is document_invalid too.
func Load(path string) (*Connection, error) {
	data, err := readBounded(path, maxDocument)
	if err != nil {
		e := NewError(DocumentInvalid, StageConfig, "read connection document "+path+": "+readFailure(err))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			e.err = err
		}
		return nil, e
	}
	c, err := Parse(data)
	if err == nil {
		err = c.Resolve(context.Background(), LocalSources(filepath.Dir(path)))
	}
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.Problem = path + ": " + e.Problem
		}
		return nil, err
	}
	return c, nil
}

// A document is read in two steps. package doctree turns the bytes into a tree of
// nodes; documentDecoder turns the tree into a Connection.

// parseTree is the first step. It returns nil when there is no usable tree;
// then there is a problem.
func parseTree(data []byte, problems *doctree.Problems) *doctree.Node {
	if problem, fix := notText(data); problem != "" {
		problems.Add("", 0, problem, fix, "")
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.HasPrefix(data, []byte("\ufeff")) { // the YAML reader would drop it, too
		problems.Add("", 1, "there are two byte order marks", "save the document as UTF-8 without a mark", "")
		return nil
	}
	root := doctree.Parse(data, problems)
	if root == nil && len(problems.List()) > 0 {
		return nil
	}
	if root == nil || root.IsNull() {
		problems.Add("", 0, "the document is empty", "write a connection: token_url, client.id and grant.type at least", "")
		return nil
	}
	if root.Kind != doctree.Mapping {
		problems.Add("", root.Line, "found "+root.Found()+", want a mapping",
			"write \"name: value\" lines (with a space after the colon), or a JSON object", "")
		return nil
	}
	return root
}

// notText names input that is no UTF-8 text, or too much of it.
func notText(data []byte) (problem, fix string) {
	switch {
	case len(data) > maxDocument:
		return "the document is larger than " + strconv.Itoa(maxDocument>>20) + " MiB", "put keys and certificates in files of their own: {file: PATH}"
	case marks(data) > maxMarks:
		return "the document has too many values", "write one connection, and put keys in files of their own: {file: PATH}"
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")),
		len(data) > 3 && (data[0] == 0) != (data[1] == 0) && (data[2] == 0) != (data[3] == 0):
		return "the document is UTF-16", "save it as UTF-8"
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return "the file is a ZIP archive, not a connection document", "give the document itself"
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		return "the file is compressed with gzip, not a connection document", "decompress it first"
	case bytes.HasPrefix(data, []byte("\x30\x82")), bytes.HasPrefix(data, []byte("\xfe\xed\xfe\xed")), bytes.HasPrefix(data, []byte("\xce\xce\xce\xce")):
		return "the file is a key or a key store, not a connection document", "write a document that names it: key: {file: PATH}"
	case bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("-----BEGIN ")):
		return "the file is a PEM file, not a connection document", "write a document that names it: key: {file: PATH}"
	case bytes.IndexByte(data, 0) >= 0:
		return "the file is binary, not a connection document", "give a document in YAML or JSON"
	case !utf8.Valid(data):
		return "line " + strconv.Itoa(invalidLine(data)) + ": a character that is not UTF-8", "save the document as UTF-8"
	}
	return "", ""
}

// marks counts what separates values, in either syntax.
func marks(data []byte) (n int) {
	for _, mark := range []string{",", ":", "[", "{", "\n"} {
		n += bytes.Count(data, []byte(mark))
	}
	return n
}

// invalidLine is the line of the first byte that is not UTF-8.
func invalidLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[size:]
	}
	return line
}

// refusedDocument makes the one error of a document; its line tells the first problem.
func refusedDocument(problems []doctree.Problem) *Error {
	findings := make([]Finding, len(problems))
	for i, p := range problems {
		problem := p.Problem
		if p.Line > 0 {
			problem = "line " + strconv.Itoa(p.Line) + ": " + problem
		}
		findings[i] = Finding{Parameter: Parameter(p.Path), Problem: problem, Fix: p.Fix, Proposed: p.Proposed, Certain: true}
	}
	return NewError(DocumentInvalid, StageConfig, summary("read connection document", findings), findings...)
}

// summary is one line for a list of findings: what was attempted, the first of
// them, and how many more there are.
func summary(attempt string, findings []Finding) string {
	first := findings[0]
	text := attempt + ": "
	if first.Parameter != "" {
		text += string(first.Parameter) + ": "
	}
	text += first.Problem
	if more := len(findings) - 1; more > 0 {
		text += " (and " + strconv.Itoa(more) + " more)"
	}
	return text
}
