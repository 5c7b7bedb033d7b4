package jeton

import "strconv"

// A document is read in two steps. node_yaml.go and node_json.go turn the bytes
// into one tree of nodes that knows lines and literal texts; document_decode.go
// turns the tree into a Connection. So there is one set of rules for both syntaxes.

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	listNode
	mappingNode
)

// node is one value of a document.
type node struct {
	kind nodeKind
	// text of a scalar as it is written: 0123 stays 0123.
	text string
	// plain scalars have no quotes and may be a number, a boolean or null.
	plain   bool
	line    int
	items   []*node
	members []nodeMember
}

// nodeMember is one member of a mapping, in the order of the document.
type nodeMember struct {
	name  string
	line  int
	value *node
	// merge marks <<: *base of YAML, until it is replaced by what it brings.
	merge bool
}

// isNull reports a value that counts as not written.
func (n *node) isNull() bool {
	return n.kind == scalarNode && n.plain && resolvePlain(n.text) == plainNull
}

// member returns the value of a member of a mapping, nil if there is none.
func (n *node) member(name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// found names what a node is, for messages; it never tells the value.
func (n *node) found() string {
	switch n.kind {
	case listNode:
		return "a list"
	case mappingNode:
		return "a mapping"
	}
	if !n.plain {
		return "text"
	}
	switch resolvePlain(n.text) {
	case plainBool:
		return "true or false"
	case plainInt, plainFloat, plainNonFinite:
		return "a number"
	case plainNull:
		return "nothing"
	}
	return "text"
}

// documentProblem is a finding and where it is, for sorting.
type documentProblem struct {
	line int
	Finding
}

// documentProblems collects what is wrong with one document.
type documentProblems struct{ list []documentProblem }

// maxProblems bounds the report (and the work) for a document that is no connection at all.
const maxProblems = 100

// add takes the problem without its line; line 0 is the document as a whole.
// Nothing given here may hold a value of the document.
func (p *documentProblems) add(path string, line int, problem, fix, proposed string) {
	if p.full() {
		return
	}
	if line > 0 {
		problem = "line " + strconv.Itoa(line) + ": " + problem
	}
	p.list = append(p.list, documentProblem{line, Finding{
		Parameter: Parameter(path), Problem: problem, Fix: fix, Proposed: proposed, Certain: true,
	}})
}

func (p *documentProblems) full() bool { return len(p.list) >= maxProblems }

// maxNodeDepth of mappings and lists within each other.
const maxNodeDepth = 32

// pathPart is one step down the tree: a name (index -1), or an index.
type pathPart struct {
	name  string
	index int
}

// treeBuilder is what the two syntaxes have in common while a tree is built.
type treeBuilder struct {
	problems *documentProblems
	path     []pathPart
	// stopped: a limit was hit, the tree is not to be used.
	stopped bool
}

// stop reports a limit once and ends the building.
func (b *treeBuilder) stop(line int, problem, fix string) {
	if !b.stopped {
		b.problems.add(b.where(), line, problem, fix, "")
	}
	b.stopped = true
}

// enter goes one level down; it reports false when that is too deep.
func (b *treeBuilder) enter(depth, line int) bool {
	if depth > maxNodeDepth {
		b.stop(line, "nested deeper than "+strconv.Itoa(maxNodeDepth)+" levels", "write it with fewer levels")
	}
	return !b.stopped
}

func (b *treeBuilder) pushName(name string) { b.path = append(b.path, pathPart{name, -1}) }
func (b *treeBuilder) pushIndex(i int)      { b.path = append(b.path, pathPart{"", i}) }
func (b *treeBuilder) pop()                 { b.path = b.path[:len(b.path)-1] }

func (b *treeBuilder) where() string {
	path := ""
	for _, part := range b.path {
		if part.index >= 0 {
			path = elementPath(path, part.index)
		} else {
			path = fieldPath(path, part.name)
		}
	}
	return path
}

// duplicate reports a name that stands twice in one mapping.
func (b *treeBuilder) duplicate(name string, first, second int) {
	b.problems.add(fieldPath(b.where(), name), second,
		"the field "+quoteName(name)+" is already written in line "+strconv.Itoa(first),
		"remove one of the two", "")
}

// fieldPath appends a name to a parameter path. A name that is no sensible name
// is left out: it may be a value in the wrong place.
func fieldPath(path, name string) string {
	if !printableName(name) {
		name = "?"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// indexPath is the path of element i of n, written with an index only where it is needed to tell.
func indexPath(path string, i, n int) string {
	if n == 1 {
		return path
	}
	return elementPath(path, i)
}

func elementPath(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// maxName is the length up to which a field's name is shown.
const maxName = 64

// printableName reports whether the name of a header, a claim or a parameter may be shown.
func printableName(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for _, r := range name {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return true
}

func quoteName(name string) string {
	if !printableName(name) {
		return "(name not shown)"
	}
	return strconv.Quote(name)
}
