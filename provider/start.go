package provider

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// StartingDocument is a document to start from: Example, pinned to this version,
// with comments that say what the variables stand for.
func (p *Provider) StartingDocument() ([]byte, error) {
	example, err := p.Example.node()
	if err != nil || example.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("the example of %s is no mapping", p.Ref())
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s. What to do there: jeton provider guide %s -f FILE\n", oneLine(p.Title), p.Name)
	if member(example, "name") == nil {
		fmt.Fprintf(&b, "name: %s\n", p.Name)
	}
	fmt.Fprintf(&b, "provider: %s\n", p.Ref())
	b.WriteString(p.describeVariables(member(example, "vars")))
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if len(example.Content) > 0 {
		if err := encoder.Encode(example); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// Filled is what the preset fills in, in YAML; what no good source confirms has a
// comment.
func (p *Provider) Filled() ([]byte, error) {
	root, err := p.Connection.node()
	if err != nil {
		return nil, fmt.Errorf("the connection of %s cannot be written: %w", p.Ref(), err)
	}
	for _, u := range p.Unverified {
		n, name := root, (*yaml.Node)(nil)
		for _, part := range strings.Split(strings.TrimPrefix(u.What, "connection."), ".") {
			name, n = memberOf(n, part)
			if n == nil {
				break
			}
			n.Style &^= yaml.FlowStyle // a line of its own, for the comment
		}
		if n != nil && n.Kind == yaml.ScalarNode {
			n.LineComment = "# not confirmed"
		} else if n != nil {
			name.HeadComment = "# not confirmed:"
		}
	}
	return yaml.Dump(root, yaml.WithIndent(2))
}

// describeVariables says what the variables stand for: above those that the example
// has; the others, which have a default, are comments below them, or are returned.
func (p *Provider) describeVariables(vars *yaml.Node) string {
	var others strings.Builder
	before := "# "
	if vars == nil {
		before = "#   " // below a vars: of its own
	}
	for _, v := range p.Variables {
		if key, _ := memberOf(vars, v.Name); key != nil {
			key.HeadComment = "# " + oneLine(v.Description)
			continue
		}
		fmt.Fprintf(&others, "%s%s: %s  # %s\n", before, v.Name, v.shown(), oneLine(v.Description))
	}
	switch text := others.String(); {
	case vars == nil && text != "":
		return "# vars:\n" + text
	case vars != nil && len(vars.Content) > 1:
		vars.Style = 0
		vars.Content[len(vars.Content)-2].FootComment = strings.TrimRight(text, "\n")
	}
	return ""
}

// shown is a value to begin with.
func (v Variable) shown() string {
	switch {
	case v.Example != "":
		return v.Example
	case len(v.Choices) > 0:
		return v.Choices[len(v.Choices)-1]
	}
	return "..."
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func member(n *yaml.Node, name string) *yaml.Node {
	_, value := memberOf(n, name)
	return value
}

func memberOf(n *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}
