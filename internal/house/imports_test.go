package house

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// allowed is the table of the house: which of our packages a package may
// import. Arrows point down only.
//
//	floor 5                              cmd/jeton
//	floor 4                                server
//	floor 3    api   inject   importer   provider   diagnosis        broker
//	floor 2        oauthtest         jeton (core)              access
//	floor 1        key                seal            store <- sqlstore, storetest
//	floor 0    secret   internal/scrub   internal/jsonbody   internal/doctree   internal/place   internal/nearest
//
// On floor 0 only internal/scrub imports another: secret, for the word that a
// secret prints as.
//
// A package that does not exist yet is in the table and simply absent. A path
// that ends in /... stands for the packages below it. "*" is every package
// but those that only tests may import (see forTests).
var allowed = map[string][]string{
	"secret": {},

	// Mechanisms of the core that know nothing of connections, nor of each other.
	"internal/scrub":      {"secret"},
	"internal/scrub/echo": {}, // what scrub undoes, for tests
	"internal/jsonbody":   {},
	"internal/doctree":    {},
	"internal/place":      {}, // where a token may go: one rule for the core and inject
	"internal/nearest":    {}, // which word was meant: for the core and provider

	"key":            {"secret"},
	"seal":           {"secret"},
	"store":          {}, // never sees plaintext, hence no secret either
	"store/sqlstore": {"store"},
	"store/storetest": {
		"store",
	},

	"jeton":     {"key", "internal/scrub", "internal/jsonbody", "internal/doctree", "internal/place", "internal/nearest", "secret"},
	"access":    {"store", "secret"},
	"oauthtest": {"key", "secret"}, // not jeton: it is the other side of the wire

	"api":       {"jeton", "secret"}, // never broker: a client links no broker
	"inject":    {"jeton", "internal/place", "secret"},
	"importer":  {"jeton", "secret"},
	"provider":  {"jeton", "key", "internal/nearest", "secret"}, // key: what a guide says of the key to upload
	"diagnosis": {"jeton", "secret"},
	"broker":    {"jeton", "access", "seal", "store", "secret"},

	// A package of its own, so that only who asks for it links golang.org/x/oauth2.
	"inject/oauth2source": {"inject", "jeton"},

	"console": {}, // the embedded pages, and nothing else
	"server": {
		"api", "inject", "importer", "provider", "diagnosis", "broker",
		"access", "console", "jeton", "secret",
	},

	"cmd/jeton":    {"*", "oauthtest"}, // oauthtest serves `jeton demo`
	"examples/...": {"*", "oauthtest"},
	"bench/...":    {"*", "oauthtest"},

	"internal/peers":              {},
	"internal/peers/...":          {},
	"internal/fielddocs":          {},                    // makes a file of package jeton: go generate
	"internal/catalogue":          {"jeton", "provider"}, // makes a file of package provider: go generate
	"internal/house":              {},
	"internal/house/smallprogram": {"jeton", "inject"},
	"internal/house/testsummary":  {},
}

// forTests are the packages that code outside of tests imports only where the
// table names them one by one.
var forTests = []string{"oauthtest", "store/storetest", "internal/scrub/echo", "internal/peers", "internal/house"}

// mayImport looks p up in the table; false if it has no line there.
func mayImport(p string) ([]string, bool) {
	if to, found := allowed[p]; found {
		return to, true
	}
	for _, key := range slices.Sorted(maps.Keys(allowed)) {
		if parent, found := strings.CutSuffix(key, "/..."); found && strings.HasPrefix(p, parent+"/") {
			return allowed[key], true
		}
	}
	return nil, false
}

// onlyForTests reports whether p is in forTests or below one of them.
func onlyForTests(p string) bool {
	return slices.ContainsFunc(forTests, func(f string) bool {
		return p == f || strings.HasPrefix(p, f+"/")
	})
}

// permits reports whether a line of the table lets its package import "to".
func permits(line []string, to string) bool {
	return slices.Contains(line, to) || slices.Contains(line, "*") && !onlyForTests(to)
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range ours(t) {
		from := short(p.ImportPath)
		line, found := mayImport(from)
		if !found {
			t.Errorf("package %s has no line in the table of allowed imports: give it a floor in docs/DESIGN.md and in internal/house/imports_test.go", from)
			continue
		}
		for _, i := range p.Imports {
			if to := short(i); to != "" && !permits(line, to) {
				t.Errorf("%s imports %s: the table allows %q only (if you need an arrow up, the type is on the wrong floor)", from, to, line)
			}
		}
	}
}

// TestTablePermits keeps the reading of the table honest while most of its
// packages do not exist yet.
func TestTablePermits(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"jeton", "key", true},
		{"key", "jeton", false},
		{"api", "broker", false},
		{"broker", "server", false},
		{"cmd/jeton", "oauthtest", true},
		{"cmd/jeton", "broker", true},
		{"cmd/jeton", "store/storetest", false},
		{"cmd/jeton", "internal/peers", false},
		{"cmd/jeton", "internal/peers/oidc", false},
		{"server", "oauthtest", false},
		{"broker", "store/storetest", false},
		{"examples/client", "jeton", true},
		{"store", "secret", false},
		{"jeton", "internal/doctree", true},
		{"jeton", "internal/scrub/echo", false},
		{"cmd/jeton", "internal/scrub/echo", false},
		{"internal/scrub", "jeton", false},
		{"internal/doctree", "secret", false},
	} {
		line, found := mayImport(c.from)
		if !found {
			t.Errorf("%s has no line in the table", c.from)
		}
		if got := permits(line, c.to); got != c.want {
			t.Errorf("%s -> %s: permitted %t, want %t", c.from, c.to, got, c.want)
		}
	}
	if _, found := mayImport("helpers"); found {
		t.Error("a package without a line was found in the table")
	}
}

// unreachable says what a package never links, not even through others.
var unreachable = map[string][]string{
	"secret":                      {"database/sql", "html/template", "embed"},
	"jeton":                       {"database/sql", "html/template", "embed"},
	"key":                         {"database/sql", "html/template", "embed"},
	"inject":                      {"database/sql", "html/template", "embed"},
	"access":                      {"database/sql", "html/template", "embed"},
	"internal/house/smallprogram": {"database/sql", "html/template", "embed"},
	"broker":                      {"database/sql", "html/template"},
	"api":                         {module + "/broker"},
}

func TestForbiddenReach(t *testing.T) {
	all := everything(t)
	for _, p := range ours(t) {
		for _, target := range unreachable[short(p.ImportPath)] {
			if slices.Contains(p.Deps, target) {
				t.Errorf("%s reaches %s: %s", short(p.ImportPath), target, strings.Join(way(all, p.ImportPath, target), " -> "))
			}
		}
	}
}

// way is a shortest chain of imports, to say who brought a package in.
func way(all map[string]*pkg, from, to string) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			var chain []string
			for p := to; p != ""; p = before[p] {
				chain = append(chain, p)
			}
			slices.Reverse(chain)
			return chain
		}
		p := all[queue[0]]
		if p == nil {
			continue
		}
		for _, i := range p.Imports {
			if _, seen := before[i]; !seen {
				before[i] = queue[0]
				queue = append(queue, i)
			}
		}
	}
	return nil
}

// TestT21NoXML: there is no XML parser in the product, hence no XXE.
func TestT21NoXML(t *testing.T) {
	for _, p := range ours(t) {
		if slices.Contains(p.Imports, "encoding/xml") {
			t.Errorf("%s imports encoding/xml", short(p.ImportPath))
		}
	}
}

// TestT38SmallProgramModules pins the modules that a program links which
// imports nothing of Jeton but the library: no SQL, Tink, cobra or console.
func TestT38SmallProgramModules(t *testing.T) {
	const pinned = "testdata/smallprogram.modules"
	all := everything(t)
	program := all[module+"/internal/house/smallprogram"]
	if program == nil {
		t.Fatal("internal/house/smallprogram is gone")
	}
	if all[module+"/inject"] != nil && !slices.Contains(program.Imports, module+"/inject") {
		t.Error("inject exists now: let internal/house/smallprogram import it too")
	}
	got := map[string]bool{}
	for _, d := range program.Deps {
		if p := all[d]; p != nil && p.Module != nil && p.Module.Path != module {
			got[p.Module.Path] = true
		}
	}
	data, err := os.ReadFile(pinned)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			want[line] = true
		}
	}
	for _, m := range slices.Sorted(maps.Keys(got)) {
		if !want[m] {
			t.Errorf("a program that imports only the library now links %s: avoid it, or add the line to internal/house/%s and say why in the commit", m, pinned)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(want)) {
		if !got[m] {
			t.Errorf("a program that imports only the library no longer links %s: remove the line from internal/house/%s", m, pinned)
		}
	}
}
