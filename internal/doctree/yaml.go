package doctree

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
	builder
	data []byte
	// aliases are the aliases being expanded; aliased counts the nodes they gave.
	aliases, aliased int
}

// parseYAML returns nil when there is no usable tree; the problems say why.
func parseYAML(data []byte, problems *Problems) *Node {
	t := &yamlTree{builder: builder{problems: problems}, data: data}
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
		problems.Add("", more.Line, "a second document begins", "write one document per file", "")
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
		t.problems.Add("", 0, "the document is not valid YAML", "", "")
		return
	}
	line, problem, fix := e.Mark.Line, e.Message, "correct the YAML there"
	switch {
	case t.tabIn(line):
		t.problems.Add("", line, "a tab in the indentation; YAML wants spaces", "indent with spaces", "")
		return
	case strings.HasPrefix(problem, "unknown anchor"):
		problem, fix = "an alias (*name) without its anchor (&name)", "put a value that begins with * in quotes"
	case strings.Contains(problem, "in a YAML tag"), strings.Contains(e.ContextMsg, "tag"):
		problem, fix = "a YAML tag that cannot be read", "put a value that begins with ! in quotes"
	case strings.Contains(problem, "max depth"):
		problem, fix = "nested deeper than "+strconv.Itoa(maxDepth)+" levels", "write it with fewer levels"
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
	t.problems.Add("", line, problem, fix, "")
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

func (t *yamlTree) node(y *yaml.Node, depth int) *Node {
	if !t.enter(depth, y.Line) {
		return &Node{Plain: true}
	}
	if t.aliases > 0 {
		if t.aliased++; t.aliased > maxAliased {
			t.stop(y.Line, "aliases (*name) make the document too large", "write the values out")
			return &Node{Plain: true}
		}
	}
	t.tag(y)
	switch y.Kind {
	case yaml.AliasNode:
		return t.alias(y, depth)
	case yaml.SequenceNode:
		n := &Node{Kind: List, Line: y.Line}
		for i, item := range y.Content {
			t.pushIndex(i)
			n.Items = append(n.Items, t.node(item, depth+1))
			t.pop()
		}
		return n
	case yaml.MappingNode:
		return t.mapping(y, depth)
	}
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	plain := y.Style&quoted == 0 && (y.Style&yaml.TaggedStyle == 0 || y.ShortTag() != "!!str") && y.Tag != "!"
	return &Node{Text: y.Value, Plain: plain, Line: y.Line}
}

// tag refuses tags that change what a value means; only the harmless ones are left.
func (t *yamlTree) tag(y *yaml.Node) {
	if y.Style&yaml.TaggedStyle == 0 {
		return
	}
	switch y.ShortTag() {
	case "!!str", "!!map", "!!seq":
	default:
		t.problems.Add(t.where(), y.Line, "a YAML tag (!name) is not understood here",
			"remove the tag; put a value that begins with ! in quotes", "")
	}
}

// alias expands *name. A cycle ends at the depth limit, a bomb at maxAliased.
func (t *yamlTree) alias(y *yaml.Node, depth int) *Node {
	t.aliases++
	defer func() { t.aliases-- }()
	n := *t.node(y.Alias, depth+1)
	n.Line = y.Line
	return &n
}

func (t *yamlTree) mapping(y *yaml.Node, depth int) *Node {
	n := &Node{Kind: Mapping, Line: y.Line}
	lines := make(map[string]int, len(y.Content)/2)
	merges := false
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		if key.Kind != yaml.ScalarNode {
			t.problems.Add(t.where(), key.Line, "the name of a field is not text", "write \"name: value\"", "")
			continue
		}
		if first, ok := lines[key.Value]; ok {
			t.duplicate(key.Value, first, key.Line)
			continue
		}
		lines[key.Value] = key.Line
		if key.Tag == "!!merge" {
			n.Members = append(n.Members, Member{Name: "<<", Line: key.Line, Value: t.node(y.Content[i+1], depth+1), merge: true})
			merges = true
			continue
		}
		t.pushName(key.Value)
		n.Members = append(n.Members, Member{Name: key.Value, Line: key.Line, Value: t.node(y.Content[i+1], depth+1)})
		t.pop()
	}
	if merges {
		t.merge(n, lines)
	}
	return n
}

// merge puts the members of <<: *base where << stands; those written out win.
func (t *yamlTree) merge(n *Node, written map[string]int) {
	var members []Member
	for _, m := range n.Members {
		if !m.merge {
			members = append(members, m)
			continue
		}
		sources := []*Node{m.Value}
		if m.Value.Kind == List {
			sources = m.Value.Items
		}
		for _, source := range sources {
			if source.Kind != Mapping && !t.stopped {
				t.problems.Add(t.where(), m.Line, "<< wants a mapping, or a list of mappings", "write \"<<: *name\"", "")
			}
			for _, inherited := range source.Members {
				if _, ok := written[inherited.Name]; !ok {
					written[inherited.Name] = inherited.Line
					members = append(members, inherited)
				}
			}
		}
	}
	n.Members = members
}
