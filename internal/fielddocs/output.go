package main

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"
)

// code writes schema_descriptions.gen.go: a function, so that a program that
// never asks for the schema does no work for it.
func (s structTypes) code() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// %s\n\npackage jeton\n\n", header)
	b.WriteString("// fieldDescription returns the description of a type (\"Client\") or a field (\"Client.ID\").\n")
	b.WriteString("func fieldDescription(name string) string {\nswitch name {\n")
	for _, t := range s {
		fmt.Fprintf(&b, "case %q:\nreturn %q\n", t.name, describe(t.name, "", t.doc))
		for _, f := range t.fields {
			if f.name != "" && f.doc != "" {
				fmt.Fprintf(&b, "case %q:\nreturn %q\n", t.name+"."+f.goName, describe(f.goName, f.name, f.doc))
			}
		}
	}
	b.WriteString("}\nreturn \"\"\n}\n")
	return format.Source(b.Bytes())
}

// page writes docs/connection.md.
func (s structTypes) page() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- %s -->\n\n", header)
	b.WriteString(`# The connection document

Every field, in YAML or JSON. Nothing is required by the format itself; what a
grant needs is said by its findings. The same table is printed as JSON Schema by
"jeton schema".

| written as | means |
|---|---|
| text | any scalar, taken literally: 0123 stays 0123 |
| duration | a Go duration (5m, 1h30m), or a number of seconds |
| secret | text, or one of {env: NAME}, {file: PATH}, {base64: ...}, {command: [...]} |
| key | a mapping with one of file, value, base64, env, command; see [key](#key) |
| scopes | a list as it is, or one string split at spaces and commas |
| X or list | one X without brackets, or a list |
| null | as if the field were not written |
`)
	connection, _ := s.find("Connection")
	top, rest := s.rows(connection, "")
	table(&b, "Connection", "", top)
	for len(rest) > 0 {
		next := rest[0]
		rows, more := s.rows(next.typ, next.path)
		table(&b, next.path, describe(next.typ.name, "", next.typ.doc), rows)
		rest = append(more, rest[1:]...)
	}
	key, _ := s.find("KeySource")
	rows, _ := s.rows(key, "")
	table(&b, "key", describe("KeySource", "", key.doc), rows)
	return b.Bytes()
}

// section is a struct and the path where it stands.
type section struct {
	path string
	typ  structType
}

// rows returns the table of a struct, and the sections below it.
func (s structTypes) rows(t structType, path string) (rows []string, below []section) {
	for _, f := range t.fields {
		if f.embedded {
			if inner, ok := s.find(f.typ); ok {
				more, _ := s.rows(inner, path)
				rows = append(rows, more...)
			}
			continue
		}
		if f.name == "" {
			continue
		}
		at := f.name
		if path != "" {
			at = path + "." + f.name
		}
		kind, values := s.kind(f.typ), ""
		if f.enum != "" {
			values = strings.ReplaceAll(f.enum, ",", ", ")
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", at, kind, cell(values), cell(describe(f.goName, f.name, f.doc))))
		if inner, ok := s.structOf(f.typ); ok {
			if strings.HasPrefix(f.typ, "[]") {
				at += "[]"
			}
			below = append(below, section{at, inner})
		}
	}
	return rows, below
}

// structOf returns the struct of a field that has a table of its own.
func (s structTypes) structOf(typ string) (structType, bool) {
	switch typ {
	case "SecretSource", "KeySource":
		return structType{}, false
	case "Conditions":
		typ = "Condition"
	}
	return s.find(strings.TrimPrefix(strings.TrimPrefix(typ, "[]"), "*"))
}

// kind is a Go type in the words of the document.
func (s structTypes) kind(typ string) string {
	switch typ {
	case "string", "Secret":
		return "text"
	case "bool", "*bool":
		return "true or false"
	case "int":
		return "whole number"
	case "SecretSource":
		return "secret"
	case "SecretList":
		return "secret or list"
	case "KeySource":
		return "[key](#key)"
	case "KeyList":
		return "[key](#key) or list"
	case "Scopes":
		return "scopes"
	case "StringList":
		return "text or list"
	case "Duration":
		return "duration"
	case "ParamValues":
		return "secret or list"
	case "Conditions":
		return "condition or list"
	case "Members", "map[string]any":
		return "mapping of JSON"
	case "any":
		return "JSON"
	}
	if inner, ok := strings.CutPrefix(typ, "map[string]"); ok {
		return "mapping of " + s.kind(inner)
	}
	if inner, ok := strings.CutPrefix(typ, "[]"); ok {
		return "list of " + s.kind(inner)
	}
	if _, ok := s.find(strings.TrimPrefix(typ, "*")); ok {
		return "mapping"
	}
	return typ
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func table(b *bytes.Buffer, title, text string, rows []string) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	if text != "" {
		fmt.Fprintf(b, "%s\n\n", text)
	}
	b.WriteString("| field | type | values | description |\n|---|---|---|---|\n")
	for _, row := range rows {
		b.WriteString(row + "\n")
	}
}
