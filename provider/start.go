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
	vars := member(example, "vars")
	for _, v := range p.Variables {
		if vars != nil && member(vars, v.Name) != nil {
			describe(vars, v)
			continue
		}
		shown := v.Example
		if shown == "" {
			shown = "..."
		}
		fmt.Fprintf(&b, "# vars: {%s: %s}  # %s\n", v.Name, shown, oneLine(v.Description))
	}
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if len(example.Content) > 0 {
		if err := encoder.Encode(example); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// describe puts what a variable stands for above it.
func describe(vars *yaml.Node, v Variable) {
	for i := 0; i < len(vars.Content); i += 2 {
		if vars.Content[i].Value == v.Name {
			vars.Style = 0
			vars.Content[i].HeadComment = "# " + oneLine(v.Description)
		}
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func member(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}
