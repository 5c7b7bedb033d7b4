package provider

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v4"

	"github.com/jeton-oauth/jeton"
)

// Decode reads a file of the catalogue: one document in YAML, in which unknown
// members are errors.
func Decode(data []byte) (*Provider, error) {
	p := new(Provider)
	if err := decodeStrict(data, p); err != nil {
		return nil, fmt.Errorf("read preset: %w", err)
	}
	if name, version, ok := splitRef(fmt.Sprintf("%s@%d", p.Name, p.Version)); !ok || name != p.Name || version != p.Version || !isName(p.Name) {
		return nil, fmt.Errorf("read preset: %q, version %d: a name is lower case letters, digits and hyphens, and a version is 1 or more", p.Name, p.Version)
	}
	flow, err := p.flow()
	if err != nil {
		return nil, fmt.Errorf("read preset %s: %w", p.Name, err)
	}
	p.Flow = flow
	return p, nil
}

func decodeStrict(data []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("a second document begins")
	}
	return nil
}

// isName reports the form of a name: words of lower case letters and digits,
// with single hyphens between them.
func isName(name string) bool {
	before := '-'
	for _, r := range name {
		if word := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'; !word && (r != '-' || before == '-') {
			return false
		}
		before = r
	}
	return before != '-' && len(name) <= 40
}

// UnmarshalYAML reads the mapping of names.
func (v *Variables) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: want a mapping of names", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		text, err := yaml.Marshal(n.Content[i+1])
		if err != nil {
			return err
		}
		one := Variable{}
		if err := decodeStrict(text, &one); err != nil {
			return fmt.Errorf("line %d: %w", n.Content[i].Line, err)
		}
		one.Name = n.Content[i].Value
		*v = append(*v, one)
	}
	return nil
}

// MarshalYAML writes the mapping of names.
func (v Variables) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, one := range v {
		value := new(yaml.Node)
		if err := value.Encode(one); err != nil {
			return nil, err
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: one.Name}, value)
	}
	return n, nil
}

// flow is what kind of connection this is, in the words of a document.
func (p *Provider) flow() (string, error) {
	c, err := p.StartingConnection()
	if err != nil {
		return "", err
	}
	flow := c.Grant.Type
	if flow == "" {
		flow = c.Type
	}
	switch auth := c.ClientAuthMethod(); {
	case c.TokenURL == "none" || c.TokenURL == "" && c.Issuer == "" && c.Grant.Type == "jwt_bearer" && !fromKeyFile(c):
		flow = "signed JWT as token"
	case auth != "none":
		flow += ", " + auth
	}
	if n := len(c.Steps); n > 0 {
		flow += fmt.Sprintf(", then %d more", n)
	}
	return flow, nil
}

// fromKeyFile reports a JSON file of a vendor, which names the token endpoint.
func fromKeyFile(c *jeton.Connection) bool {
	return c.Grant.Assertion != nil && len(c.Grant.Assertion.Key) > 0 && bytes.HasSuffix([]byte(c.Grant.Assertion.Key[0].File), []byte(".json"))
}

// StartingConnection is Example with the defaults filled in.
func (p *Provider) StartingConnection() (*jeton.Connection, error) {
	start, err := p.StartingDocument()
	if err != nil {
		return nil, err
	}
	return Catalogue{*p}.Parse(start)
}
