package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// Document is a part of a connection document as JSON, whose members are in the
// order of the file. Scalars are as they were written: 0123 is "0123".
type Document string

// MarshalJSON is the document itself.
func (d Document) MarshalJSON() ([]byte, error) {
	if d == "" {
		return []byte("{}"), nil
	}
	return []byte(d), nil
}

// UnmarshalJSON takes the JSON as it is.
func (d *Document) UnmarshalJSON(data []byte) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return err
	}
	*d = Document(compact.String())
	return nil
}

// UnmarshalYAML reads a mapping.
func (d *Document) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: want a mapping", n.Line)
	}
	text, err := appendNode(nil, n)
	*d = Document(text)
	return err
}

// MarshalYAML writes the members in their order.
func (d Document) MarshalYAML() (any, error) { return d.node() }

// appendNode writes a node as JSON.
func appendNode(b []byte, n *yaml.Node) ([]byte, error) {
	switch n.Kind {
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, item := range n.Content {
			var err error
			if b, err = appendNode(separated(b, i), item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case yaml.MappingNode:
		b = append(b, '{')
		for i := 0; i < len(n.Content); i += 2 {
			b = append(appendText(separated(b, i), n.Content[i].Value), ':')
			var err error
			if b, err = appendNode(b, n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case yaml.ScalarNode:
		return appendScalar(b, n)
	}
	return nil, fmt.Errorf("line %d: an alias or another thing that JSON has not", n.Line)
}

func separated(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

// appendText writes a string without the escapes for HTML: & stays &.
func appendText(b []byte, text string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string can always be encoded
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// appendScalar keeps the literals that JSON has too. What YAML would read as
// something else than text, and JSON cannot write, has to stand in quotes.
func appendScalar(b []byte, n *yaml.Node) ([]byte, error) {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted != 0 {
		return appendText(b, n.Value), nil
	}
	if json.Valid([]byte(n.Value)) {
		return append(b, n.Value...), nil
	}
	if tag := n.ShortTag(); tag == "!!bool" || tag == "!!float" || tag == "!!null" || tag == "!!int" && !allDigits(n.Value) {
		return nil, fmt.Errorf("line %d: write %s in quotes, or as JSON does", n.Line, strconv.Quote(n.Value))
	}
	return appendText(b, n.Value), nil
}

// allDigits: 0123 is a text that looks like a number, an account for example.
func allDigits(text string) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// node is the document as YAML, in block style, with short lists in one line.
func (d Document) node() (*yaml.Node, error) {
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(d), &root); err != nil {
		return nil, err
	}
	if len(root.Content) != 1 {
		return nil, errors.New("no document")
	}
	style(root.Content[0])
	return root.Content[0], nil
}

func style(n *yaml.Node) {
	n.Style = 0
	short := n.Kind == yaml.SequenceNode
	for _, below := range n.Content {
		style(below)
		short = short && below.Kind == yaml.ScalarNode
	}
	if short || n.Kind == yaml.MappingNode && source(n) {
		n.Style = yaml.FlowStyle
	}
}

// source reports a mapping of one place, which is written {file: name}.
func source(n *yaml.Node) bool {
	return len(n.Content) == 2 && (n.Content[0].Value == "file" || n.Content[0].Value == "env" || n.Content[0].Value == "command")
}
