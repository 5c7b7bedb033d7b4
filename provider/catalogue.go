package provider

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/jeton-oauth/jeton"
)

//go:embed presets/*.yaml
var files embed.FS

// entry is a file of the catalogue, read at its first use.
type entry struct {
	name    string
	version int
	read    func() (*Provider, error)
}

// catalogue are all files by name, versions ascending.
var catalogue = sync.OnceValue(func() map[string][]entry {
	names, err := fs.Glob(files, "presets/*.yaml")
	if err != nil {
		panic(err) // the pattern is ours
	}
	all := make(map[string][]entry, len(names))
	for _, file := range names {
		name, version, ok := splitRef(strings.TrimSuffix(strings.TrimPrefix(file, "presets/"), ".yaml"))
		if !ok || version == 0 {
			panic("provider: a file of another name: " + file) // see TestCatalogue
		}
		all[name] = append(all[name], entry{name, version, sync.OnceValues(func() (*Provider, error) { return readFile(file) })})
	}
	for _, versions := range all {
		slices.SortFunc(versions, func(a, b entry) int { return cmp.Compare(a.version, b.version) })
	}
	return all
})

// splitRef splits NAME@VERSION; version is 0 where none is written.
func splitRef(ref string) (name string, version int, ok bool) {
	name, number, found := strings.Cut(ref, "@")
	if !found {
		return name, 0, name != ""
	}
	version, err := strconv.Atoi(number)
	return name, version, err == nil && version > 0 && name != "" && strconv.Itoa(version) == number
}

func readFile(file string) (*Provider, error) {
	data, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return decode(data)
}

// decode reads a file of the catalogue; unknown members are errors.
func decode(data []byte) (*Provider, error) {
	p := new(Provider)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(p); err != nil {
		return nil, fmt.Errorf("read preset: %w", err)
	}
	var written struct {
		Connection yaml.Node `yaml:"connection"`
	}
	err := yaml.Unmarshal(data, &written)
	if err == nil {
		p.document, err = yaml.Marshal(&written.Connection) // as it is written: 0123 stays 0123, claims keep their order
	}
	if err != nil {
		return nil, fmt.Errorf("read preset %s: %w", p.Name, err)
	}
	return p, nil
}

// Get returns the provider NAME in its newest version, or NAME@VERSION.
func Get(ref string) (*Provider, error) {
	name, version, ok := splitRef(ref)
	versions := catalogue()[name]
	if !ok || len(versions) == 0 {
		return nil, unknown(ref, name)
	}
	if version == 0 {
		return versions[len(versions)-1].read()
	}
	for _, e := range versions {
		if e.version == version {
			return e.read()
		}
	}
	newest := versions[len(versions)-1]
	return nil, refused("there is no version "+strconv.Itoa(version)+" of the preset "+name, "write "+name+" for the newest one", newest.name+"@"+strconv.Itoa(newest.version))
}

func refused(problem, fix, proposed string) *jeton.Error {
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, problem, jeton.Finding{Parameter: "provider", Problem: problem, Fix: fix, Proposed: proposed, Certain: true})
}

// unknown names the nearest presets.
func unknown(ref, name string) *jeton.Error {
	near := Search(name)
	if len(near) == 0 {
		return refused("there is no preset "+strconv.Quote(ref), "see the names with 'jeton provider list', or leave provider out", "")
	}
	proposed := ""
	if len(near) == 1 {
		proposed = near[0]
	}
	return refused("there is no preset "+strconv.Quote(ref), "write one of "+strings.Join(near[:min(len(near), 6)], ", ")+"; 'jeton provider list' has them all", proposed)
}

// Names are the names of the providers that are listed, sorted.
func Names() []string {
	names := make([]string, 0, len(catalogue()))
	for name := range catalogue() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Search are the names that contain the words of a text, or share its beginning.
func Search(text string) (found []string) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil
	}
	for _, name := range Names() {
		head, _, _ := strings.Cut(name, "-")
		if strings.Contains(name, text) || strings.Contains(text, head) || len(text) > 3 && strings.HasPrefix(name, text[:4]) {
			found = append(found, name)
		}
	}
	return found
}

// List returns all providers that are not retired, in the order of their names.
func List() ([]*Provider, error) {
	var list []*Provider
	for _, name := range Names() {
		p, err := Get(name)
		if err != nil {
			return nil, err
		}
		if !p.Retired {
			list = append(list, p)
		}
	}
	return list, nil
}

// Versions are the versions of a provider, ascending.
func Versions(name string) (versions []int) {
	for _, e := range catalogue()[name] {
		versions = append(versions, e.version)
	}
	return versions
}
