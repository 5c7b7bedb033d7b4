package provider_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

// A golden pair is one file of testdata/golden for each preset of the catalogue,
// retired ones included: the document to start from, a line of five hyphens, and the
// requests that follow from it. The whole file is written by
//
//	go test ./provider -run Golden -update
//
// for a person to hold against what the vendor says. Keys and secrets are those of
// [newWorkshop]; the vendor answers what the preset expects.
var update = flag.Bool("update", false, "write testdata/golden, and testdata/vendors.txt without what is settled")

const (
	goldenFolder = "testdata/golden"
	goldenLine   = "-----\n"
)

var goldenNow = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

func TestGolden(t *testing.T) {
	w := newWorkshop(t)
	kept := map[string]bool{}
	for _, p := range fromFiles(t) {
		path := filepath.Join(goldenFolder, p.Ref()+".txt")
		kept[path] = true
		t.Run(p.Ref(), func(t *testing.T) {
			start, err := p.StartingDocument()
			if err != nil {
				t.Fatal(err)
			}
			outcome := w.outcome(t, &p, start)
			if strings.HasPrefix(outcome, "error ") || strings.Contains(outcome, "\nerror ") {
				t.Errorf("the example makes no request:\n%s", outcome)
			}
			got := "# " + p.Title + "\n" + withoutComments(string(start)) + goldenLine + outcome
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v: write it with -update, and read it", err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
	removeOthers(t, filepath.Join(goldenFolder, "*.txt"), kept)
}

// removeOthers finds files of what is gone; with -update they go too.
func removeOthers(t *testing.T, pattern string, kept map[string]bool) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		switch {
		case kept[path]:
		case !*update:
			t.Errorf("%s belongs to no preset", path)
		default:
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
	}
}

func withoutComments(document string) string {
	var b strings.Builder
	for line := range strings.Lines(document) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// outcome is what becomes of a document: requests and token, or the findings.
func (w *workshop) outcome(t *testing.T, p *provider.Provider, document []byte) string {
	t.Helper()
	c, err := provider.New(p).Parse(document)
	if err == nil {
		err = c.Resolve(context.Background(), w.sources())
	}
	if err != nil {
		return errorText(err)
	}
	wire := &wire{t: t, w: w, c: c}
	token, err := wire.exchange()
	if err != nil {
		return wire.text.String() + errorText(err)
	}
	return wire.text.String() + wire.tokenText(token) + warningText(c)
}

// errorText shows a refusal: the category, and each finding that is no warning.
func errorText(err error) string {
	text := fmt.Sprintf("error %s: %v\n", jeton.CategoryOf(err), err)
	for _, f := range findingsOf(err) {
		if !f.Warning {
			text += fmt.Sprintf("%s: %s\n", f.Parameter, f.Problem)
		}
	}
	return text
}

func warningText(c *jeton.Connection) (text string) {
	engine := jeton.Engine{Now: func() time.Time { return goldenNow }}
	x, _ := engine.Explain(c, nil)
	for _, f := range x.Findings {
		text += fmt.Sprintf("warning %s: %s\n", f.Parameter, f.Problem)
	}
	return text
}

// TestGoldenIsTheWholeExample: the document to start from, with its comments, says
// what example says, and is pinned.
func TestGoldenIsTheWholeExample(t *testing.T) {
	w := newWorkshop(t)
	for _, p := range fromFiles(t) {
		t.Run(p.Ref(), func(t *testing.T) {
			start, err := p.StartingDocument()
			if err != nil {
				t.Fatal(err)
			}
			plain, err := p.Example.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			asJSON := strings.Replace(string(plain), "{", `{"provider":"`+p.Ref()+`",`, 1)
			asJSON = strings.Replace(asJSON, ",}", "}", 1)
			if a, b := w.outcome(t, &p, start), w.outcome(t, &p, []byte(asJSON)); a != b {
				t.Errorf("the document to start from:\n%s\ngives\n%s\nthe example gives\n%s", start, a, b)
			}
			for line := range strings.Lines(string(start)) {
				if len(line) > 400 {
					t.Errorf("a line of %d characters: %s", len(line), line)
				}
			}
			c, err := provider.New(&p).Parse(start)
			if err != nil || c.Provider != p.Ref() {
				t.Errorf("%v: provider is not pinned to %s", err, p.Ref())
			}
		})
	}
}
