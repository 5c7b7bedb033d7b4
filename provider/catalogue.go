package provider

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton"
)

//go:generate go run ../internal/catalogue ..

// Catalogue is a set of providers, sorted by name and version. [All] is the one
// of this program; one of your own is made with [Decode] and [New].
type Catalogue []Provider

// All are the providers of this program, in all versions. What they point to must
// not be changed.
func All() Catalogue { return slices.Clone(builtIn()) }

// builtIn is All without the copy, for what changes nothing.
func builtIn() Catalogue { return presets }

// New is a catalogue of these providers.
func New(list ...*Provider) Catalogue {
	c := make(Catalogue, 0, len(list))
	for _, p := range list {
		c = append(c, *p)
	}
	slices.SortFunc(c, func(a, b Provider) int {
		if order := strings.Compare(a.Name, b.Name); order != 0 {
			return order
		}
		return a.Version - b.Version
	})
	return c
}

// Parse reads a connection document that may name a preset of this program.
func Parse(document []byte) (*jeton.Connection, error) { return builtIn().Parse(document) }

// Get is [Catalogue.Get] of this program's catalogue.
func Get(ref string) (*Provider, error) { return builtIn().Get(ref) }

// List is [Catalogue.List] of this program's catalogue.
func List() []*Provider { return builtIn().List() }

// Names are the names of the providers that are listed, sorted.
func Names() []string { return builtIn().Names() }

// Parse reads a connection document that may name a preset.
func (c Catalogue) Parse(document []byte) (*jeton.Connection, error) {
	return jeton.Presets(c.preset).Parse(document)
}

func (c Catalogue) preset(ref string) (*jeton.Preset, error) {
	p, err := c.Get(ref)
	if err != nil {
		return nil, err
	}
	return p.Preset(), nil
}

// ParseNewest is [Catalogue.Parse] with the newest version of the preset, whatever
// version the document is pinned to.
func (c Catalogue) ParseNewest(document []byte) (*jeton.Connection, error) {
	return jeton.Presets(func(ref string) (*jeton.Preset, error) {
		name, _, _ := splitRef(ref)
		return c.preset(name)
	}).Parse(document)
}

// Get returns the provider NAME in its newest version, or NAME@VERSION. A name
// alone finds no version that is retired. The error names what to write instead.
func (c Catalogue) Get(ref string) (*Provider, error) {
	name, version, ok := splitRef(ref)
	versions := c.of(name)
	if !ok || len(versions) == 0 {
		return nil, c.unknown(ref, name)
	}
	for i := len(versions) - 1; i >= 0; i-- {
		if p := &versions[i]; version == p.Version || version == 0 && !p.Retired {
			found := *p
			return &found, nil
		}
	}
	newest := versions[len(versions)-1].Ref()
	if version == 0 {
		return nil, refused("the preset "+name+" is retired", "write "+newest+" to go on with it", newest)
	}
	return nil, refused("this program has no version "+strconv.Itoa(version)+" of the preset "+name, "write "+newest+", the newest that it has, or use a newer program", newest)
}

// of are the versions of one name, ascending.
func (c Catalogue) of(name string) Catalogue {
	first, _ := slices.BinarySearchFunc(c, name, func(p Provider, name string) int { return strings.Compare(p.Name, name) })
	last := first
	for last < len(c) && c[last].Name == name {
		last++
	}
	return c[first:last]
}

// List are the newest versions of all providers that are not retired, in the
// order of their names.
func (c Catalogue) List() (list []*Provider) {
	for i := range c {
		p := c[i]
		switch n := len(list); {
		case p.Retired:
		case n > 0 && list[n-1].Name == p.Name:
			list[n-1] = &p
		default:
			list = append(list, &p)
		}
	}
	return list
}

// Names are the names of the providers that are listed, sorted.
func (c Catalogue) Names() (names []string) {
	for i := range c {
		if p := &c[i]; !p.Retired && (len(names) == 0 || names[len(names)-1] != p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// Versions are the versions of a provider, ascending, retired ones included.
func (c Catalogue) Versions(name string) (versions []int) {
	for _, p := range c.of(name) {
		versions = append(versions, p.Version)
	}
	return versions
}

// splitRef splits NAME@VERSION; version is 0 where none is written.
func splitRef(ref string) (name string, version int, ok bool) {
	name, number, found := strings.Cut(ref, "@")
	if !found {
		return name, 0, name != ""
	}
	version, err := strconv.Atoi(number)
	return name, version, err == nil && version > 0 && name != "" && strconv.Itoa(version) == number
}
