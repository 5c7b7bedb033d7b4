package jeton

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxAliased bounds the nodes that aliases and merge keys may add to a document.
const maxAliased = 10_000

// yamlTree builds the tree of a YAML document.
type yamlTree struct {
	treeBuilder
	data []byte
	// aliases are the aliases being expanded; aliased counts the nodes they gave.
	aliases, aliased int
}

// parseYAML returns nil when there is no usable tree; the problems say why.
func parseYAML(data []byte, problems *documentProblems) *node {
	t := &yamlTree{treeBuilder: treeBuilder{problems: problems}, data: data}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithUniqueKeys(false))
	if err != nil {
		t.syntax(err)
		return nil
	}
	var document, more yaml.Node
	if err := loader.Load(&document); err != nil {
		if !errors.Is(err, io.EOF) {
			t.syntax(err)
		} // an empty stream is an empty document, which the caller names
		return nil
	}
	switch err := loader.Load(&more); {
	case err == nil:
		problems.add("", more.Line, "a second document begins", "write one connection per file", "")
	case !errors.Is(err, io.EOF):
		t.syntax(err)
		return nil
	}
	if len(document.Content) != 1 {
		return nil
	}
	root := t.node(document.Content[0], 1)
	if t.stopped {
		return nil
	}
	return root
}

// syntax reports an error of the YAML scanner. Its texts are fixed ones, but for
// two that quote the document.
func (t *yamlTree) syntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		t.problems.add("", 0, "the document is not valid YAML", "", "")
		return
	}
	line, problem, fix := e.Mark.Line, e.Message, "correct the YAML there"
	switch {
	case t.tabIn(line):
		t.problems.add("", line, "a tab in the indentation; YAML wants spaces", "indent with spaces", "")
		return
	case strings.HasPrefix(problem, "unknown anchor"):
		problem, fix = "an alias (*name) without its anchor (&name)", "put a value that begins with * in quotes"
	case strings.Contains(problem, "in a YAML tag"), strings.Contains(e.ContextMsg, "tag"):
		problem, fix = "a YAML tag that cannot be read", "put a value that begins with ! in quotes"
	case strings.Contains(problem, "max depth"):
		problem, fix = "nested deeper than "+strconv.Itoa(maxNodeDepth)+" levels", "write it with fewer levels"
	case strings.Contains(problem, "cannot start any token"):
		fix = "put a value that begins with % @ or ` in quotes"
	case strings.Contains(problem, "mapping values are not allowed"), strings.Contains(problem, "expected ':'"):
		fix = "write \"name: value\", one to a line; put a value with a colon in quotes and a key file after \"|\""
	case e.Stage != yaml.ReaderStage && e.Stage != yaml.ScannerStage && e.Stage != yaml.ParserStage:
		problem = "the YAML cannot be read"
	}
	if e.ContextMsg != "" && e.ContextMark.Line > 0 && e.ContextMark.Line != line {
		problem += " (" + e.ContextMsg + " that begins in line " + strconv.Itoa(e.ContextMark.Line) + ")"
	}
	t.problems.add("", line, problem, fix, "")
}

// tabIn reports whether the indentation of a line holds a tab.
func (t *yamlTree) tabIn(line int) bool {
	rest := t.data
	for ; line > 1; line-- {
		_, after, ok := bytes.Cut(rest, []byte("\n"))
		if !ok {
			return false
		}
		rest = after
	}
	text, _, _ := bytes.Cut(rest, []byte("\n"))
	indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
	return bytes.IndexByte(indent, '\t') >= 0
}

func (t *yamlTree) node(y *yaml.Node, depth int) *node {
	if !t.enter(depth, y.Line) {
		return &node{plain: true}
	}
	if t.aliases > 0 {
		if t.aliased++; t.aliased > maxAliased {
			t.stop(y.Line, "aliases (*name) make the document too large", "write the values out")
			return &node{plain: true}
		}
	}
	t.tag(y)
	switch y.Kind {
	case yaml.AliasNode:
		return t.alias(y, depth)
	case yaml.SequenceNode:
		n := &node{kind: listNode, line: y.Line}
		for i, item := range y.Content {
			t.pushIndex(i)
			n.items = append(n.items, t.node(item, depth+1))
			t.pop()
		}
		return n
	case yaml.MappingNode:
		return t.mapping(y, depth)
	}
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	plain := y.Style&quoted == 0 && (y.Style&yaml.TaggedStyle == 0 || y.ShortTag() != "!!str") && y.Tag != "!"
	return &node{text: y.Value, plain: plain, line: y.Line}
}

// tag refuses tags that change what a value means; only the harmless ones are left.
func (t *yamlTree) tag(y *yaml.Node) {
	if y.Style&yaml.TaggedStyle == 0 {
		return
	}
	switch y.ShortTag() {
	case "!!str", "!!map", "!!seq":
	default:
		t.problems.add(t.where(), y.Line, "a YAML tag (!name) is not understood here",
			"remove the tag; put a value that begins with ! in quotes", "")
	}
}

// alias expands *name. A cycle ends at the depth limit, a bomb at maxAliased.
func (t *yamlTree) alias(y *yaml.Node, depth int) *node {
	t.aliases++
	defer func() { t.aliases-- }()
	n := *t.node(y.Alias, depth+1)
	n.line = y.Line
	return &n
}

func (t *yamlTree) mapping(y *yaml.Node, depth int) *node {
	n := &node{kind: mappingNode, line: y.Line}
	lines := make(map[string]int, len(y.Content)/2)
	merges := false
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		if key.Kind != yaml.ScalarNode {
			t.problems.add(t.where(), key.Line, "the name of a field is not text", "write \"name: value\"", "")
			continue
		}
		if first, ok := lines[key.Value]; ok {
			t.duplicate(key.Value, first, key.Line)
			continue
		}
		lines[key.Value] = key.Line
		if key.Tag == "!!merge" {
			n.members = append(n.members, nodeMember{name: "<<", line: key.Line, value: t.node(y.Content[i+1], depth+1), merge: true})
			merges = true
			continue
		}
		t.pushName(key.Value)
		n.members = append(n.members, nodeMember{name: key.Value, line: key.Line, value: t.node(y.Content[i+1], depth+1)})
		t.pop()
	}
	if merges {
		t.merge(n, lines)
	}
	return n
}

// merge puts the members of <<: *base where << stands; those written out win.
func (t *yamlTree) merge(n *node, written map[string]int) {
	var members []nodeMember
	for _, m := range n.members {
		if !m.merge {
			members = append(members, m)
			continue
		}
		sources := []*node{m.value}
		if m.value.kind == listNode {
			sources = m.value.items
		}
		for _, source := range sources {
			if source.kind != mappingNode && !t.stopped {
				t.problems.add(t.where(), m.line, "<< wants a mapping, or a list of mappings", "write \"<<: *name\"", "")
			}
			for _, inherited := range source.members {
				if _, ok := written[inherited.name]; !ok {
					written[inherited.name] = inherited.line
					members = append(members, inherited)
				}
			}
		}
	}
	n.members = members
}
