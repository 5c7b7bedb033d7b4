// Package doctree reads a document in YAML or JSON into one tree, whose nodes
// know their lines and their literal texts: 0123 stays 0123. So there is one set
// of rules for both syntaxes, and every problem has a line and a path.
//
//	var problems doctree.Problems
//	root := doctree.Parse(data, &problems) // nil: there is no usable tree
//	for _, p := range problems.List() { ... }
//
// Reading is strict and bounded: no name twice, no tags, 32 levels, aliases
// and merge keys up to a limit, one document. No problem shows a value.
package doctree

import (
	"bytes"
	"encoding/json"
)

// Parse reads a document. A text that begins with { is JSON, or else YAML in flow
// style ({name: x}); one that begins with {" is JSON only. It returns nil when
// there is no usable tree: the problems say why, but for an empty document, which
// the caller names. Data is UTF-8 without a byte order mark; the caller bounds
// its size.
func Parse(data []byte, problems *Problems) *Node {
	start := bytes.TrimLeft(data, " \t\r\n")
	if !bytes.HasPrefix(start, []byte("{")) {
		return parseYAML(data, problems)
	}
	// {" is how JSON begins; taken as YAML, broken JSON could mean something else.
	inside := bytes.TrimLeft(start[1:], " \t\r\n")
	if json.Valid(data) || bytes.HasPrefix(inside, []byte(`"`)) {
		return parseJSON(data, problems)
	}
	return parseYAML(data, problems)
}

// Kind tells the kinds of nodes.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	List
	Mapping
)

// Node is one value of a document.
type Node struct {
	Kind Kind
	// Text of a scalar as it is written: 0123 stays 0123.
	Text string
	// Plain scalars have no quotes and may be a number, a boolean or null.
	Plain bool
	// Line where the value begins, from 1 on.
	Line int
	// Items of a list.
	Items []*Node
	// Members of a mapping, in the order of the document.
	Members []Member
}

// Member is one member of a mapping.
type Member struct {
	Name  string
	Line  int
	Value *Node
	// merge marks <<: *base of YAML, until it is replaced by what it brings.
	merge bool
}

// IsNull reports a value that counts as not written.
func (n *Node) IsNull() bool { return n.isPlain(plainNull) }

// IsInt reports a whole number without quotes, in any base.
func (n *Node) IsInt() bool { return n.isPlain(plainInt) }

func (n *Node) isPlain(kind plainKind) bool {
	return n.Kind == Scalar && n.Plain && resolvePlain(n.Text) == kind
}

// Member returns the value of a member of a mapping, nil if there is none.
func (n *Node) Member(name string) *Node {
	for _, m := range n.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Found names what a node is, for messages; it never tells the value.
func (n *Node) Found() string {
	switch n.Kind {
	case List:
		return "a list"
	case Mapping:
		return "a mapping"
	}
	if !n.Plain {
		return "text"
	}
	switch resolvePlain(n.Text) {
	case plainBool:
		return "true or false"
	case plainInt, plainFloat, plainNonFinite:
		return "a number"
	case plainNull:
		return "nothing"
	}
	return "text"
}
