package doctree

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// jsonTree builds the tree of a JSON document. JSON is not read by the YAML
// parser, which knows neither surrogate pairs in escapes nor tabs between tokens.
type jsonTree struct {
	builder
	data []byte
	dec  *json.Decoder
	// offset and line of the token read last; start is where it may begin.
	start, offset, line int
}

// parseJSON returns nil when there is no usable tree; the problems say why.
func parseJSON(data []byte, problems *Problems) *Node {
	t := &jsonTree{builder: builder{problems: problems}, data: data, line: 1}
	// The token reader alone accepts some documents that are not JSON.
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		t.syntax(err)
		return nil
	}
	t.dec = json.NewDecoder(bytes.NewReader(data))
	t.dec.UseNumber()
	root := t.node(1)
	if t.stopped {
		return nil
	}
	return root
}

// syntax reports where JSON ends to be JSON, without the character found there.
func (t *jsonTree) syntax(err error) {
	line, problem := 0, "the document is not valid JSON"
	var e *json.SyntaxError
	if errors.As(err, &e) {
		offset := min(int(e.Offset), len(t.data))
		line = 1 + bytes.Count(t.data[:max(offset-1, 0)], []byte("\n"))
		text := e.Error()
		if _, after, ok := strings.Cut(text, "' "); ok && strings.HasPrefix(text, "invalid character") {
			text = "an invalid character " + after
		}
		problem += ": " + text
	}
	t.problems.Add("", line, problem, "correct the JSON there", "")
}

// token returns the next token; the document is known to be valid JSON.
func (t *jsonTree) token() json.Token {
	token, err := t.dec.Token()
	t.start = t.offset
	if end := int(t.dec.InputOffset()); end > t.offset {
		t.line += bytes.Count(t.data[t.offset:end], []byte("\n"))
		t.offset = end
	}
	if err != nil {
		t.stop(t.line, "the document is not valid JSON", "correct the JSON there")
	}
	if s, ok := token.(string); ok && t.brokenEscape(s) {
		t.problems.Add(t.where(), t.line, "a \\u escape that is no character (half of a surrogate pair)", "write both halves", "")
	}
	return token
}

// brokenEscape reports a lone surrogate, which encoding/json silently replaces.
func (t *jsonTree) brokenEscape(s string) bool {
	if !strings.ContainsRune(s, '\ufffd') {
		return false
	}
	raw := strings.ToLower(string(t.data[t.start:t.offset]))
	return !strings.Contains(raw, "\ufffd") && !strings.Contains(raw, `\ufffd`)
}

func (t *jsonTree) node(depth int) *Node {
	token := t.token()
	n := &Node{Line: t.line}
	if !t.enter(depth, t.line) {
		return &Node{Plain: true}
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			n.Kind = Mapping
			t.members(n, depth)
		} else {
			n.Kind = List
			t.items(n, depth)
		}
		t.token()
	case string:
		n.Text = v
	case json.Number:
		n.Text, n.Plain = v.String(), true
	case bool:
		n.Text, n.Plain = strconv.FormatBool(v), true
	default:
		n.Text, n.Plain = "null", true
	}
	return n
}

func (t *jsonTree) items(n *Node, depth int) {
	for i := 0; !t.stopped && t.dec.More(); i++ {
		t.pushIndex(i)
		n.Items = append(n.Items, t.node(depth+1))
		t.pop()
	}
}

func (t *jsonTree) members(n *Node, depth int) {
	lines := map[string]int{}
	for !t.stopped && t.dec.More() {
		name, _ := t.token().(string)
		line := t.line
		t.pushName(name)
		value := t.node(depth + 1)
		t.pop()
		if first, ok := lines[name]; ok {
			t.duplicate(name, first, line)
			continue
		}
		lines[name] = line
		n.Members = append(n.Members, Member{Name: name, Line: line, Value: value})
	}
}
