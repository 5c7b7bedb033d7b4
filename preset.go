package jeton

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/jeton-oauth/jeton/internal/doctree"
)

// Preset is what is known of the authorization servers of one vendor: values that
// a document may leave out, limits, and what refusals mean. Package provider has a
// catalogue of them.
type Preset struct {
	// Name and Version, as in netsuite@3.
	Name    string
	Version int
	// Document holds the defaults, in YAML or JSON, in the form of a connection.
	Document []byte
	// ClientAuth are the client authentication methods that are accepted; nil: not known.
	ClientAuth []string
	// Audience are the forms of the audience of an assertion that are accepted, the
	// usual one first, as in the document: token_url, issuer, host or a fixed text; nil: not known.
	Audience []string
	// Algorithms of an assertion that are accepted; nil: not known.
	Algorithms []string
	// MaxLifetime of an assertion; 0: not known.
	MaxLifetime time.Duration
	// ScopeSeparator and ScopeIn, as in the document; empty: not known.
	ScopeSeparator string
	ScopeIn        string
	// Variables say what a variable of the document stands for, for whoever has not
	// written it.
	Variables map[string]string
	// Rules on its refusals.
	Rules []Rule
}

// Ref is the name with the version, which pins a document to it.
func (p *Preset) Ref() string { return p.Name + "@" + strconv.Itoa(p.Version) }

// Presets finds the preset that a document names: NAME is the newest version,
// NAME@2 that one. An error that is an *Error may name what to write instead.
type Presets func(ref string) (*Preset, error)

// Parse is [Parse] for a document that may name a preset in provider: what the
// document does not write is taken from there, mapping by mapping. Provider of the
// connection is then pinned to the version that was used.
func (find Presets) Parse(data []byte) (*Connection, error) {
	var problems doctree.Problems
	c := new(Connection)
	if root := parseTree(data, &problems); root != nil {
		d := documentDecoder{problems: &problems, root: root}
		preset, filled := d.usePreset(find)
		d.document(c)
		c.usePreset(preset, filled)
	}
	if list := problems.List(); len(list) > 0 {
		return nil, refusedDocument(list)
	}
	return c, nil
}

// AppliedPreset is a preset that was filled into a document.
type AppliedPreset struct {
	*Preset
	// Filled are the values that come from it.
	Filled map[Parameter]bool
}

func (c *Connection) usePreset(preset *Preset, filled []string) {
	if preset == nil {
		return
	}
	c.Provider, c.Applied = preset.Ref(), &AppliedPreset{preset, make(map[Parameter]bool, len(filled))}
	for _, path := range filled {
		c.Applied.Filled[Parameter(path)] = true
	}
}

// usePreset fills the tree of the document from the preset that it names.
func (d *documentDecoder) usePreset(find Presets) (*Preset, []string) {
	named := d.root.Member("provider")
	if named == nil || named.IsNull() || named.Kind != doctree.Scalar || find == nil {
		return nil, nil
	}
	preset, err := find(named.Text)
	if err != nil {
		problem, fix, proposed := err.Error(), "write the name of a preset (jeton provider list), or leave provider out", ""
		if e, ok := errors.AsType[*Error](err); ok && len(e.Findings) > 0 {
			problem, fix, proposed = e.Findings[0].Problem, e.Findings[0].Fix, e.Findings[0].Proposed
		}
		d.problems.Add("provider", named.Line, problem, fix, proposed)
		return nil, nil
	}
	var problems doctree.Problems
	defaults := doctree.Parse(preset.Document, &problems)
	if defaults == nil || defaults.Kind != doctree.Mapping {
		d.problems.Add("provider", named.Line, "the preset "+preset.Ref()+" cannot be read", "use another version of it, or leave provider out", "")
		return nil, nil
	}
	d.leaveMethodOut(defaults)
	return preset, doctree.Merge(d.root, defaults)
}

// leaveMethodOut drops the preset's method where the token_url of the document
// says one itself.
func (d *documentDecoder) leaveMethodOut(defaults *doctree.Node) {
	written, request := d.root.Member("token_url"), defaults.Member("request")
	if written == nil || written.IsNull() || request == nil {
		return
	}
	if method, _ := splitMethod(written.Text); method != "" {
		request.Members = slices.DeleteFunc(request.Members, func(m doctree.Member) bool { return m.Name == "method" })
	}
}
