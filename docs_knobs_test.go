package jeton_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// TestKnobs: docs/knobs.md has all 34 rows, its fields exist, and so do the golden
// pairs that it names.
func TestKnobs(t *testing.T) {
	page, err := os.ReadFile("docs/knobs.md")
	if err != nil {
		t.Fatal(err)
	}
	schema := string(jeton.Schema())
	quoted := regexp.MustCompile("`([a-z_.]+)`")
	rows := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || strings.Trim(cells[1], " -#") == "" {
			continue
		}
		rows++
		for _, field := range quoted.FindAllStringSubmatch(cells[3], -1) {
			last := field[1][strings.LastIndexByte(field[1], '.')+1:]
			if !strings.Contains(schema, `"`+last+`"`) {
				t.Errorf("row %s: the document has no field %s", cells[1], field[1])
			}
		}
		for _, golden := range strings.Split(strings.TrimSpace(cells[4]), ", ") {
			if golden == "" {
				continue
			}
			if _, err := os.Stat(filepath.Join("testdata", "golden", golden+".txt")); err != nil {
				t.Errorf("row %s: %v", cells[1], err)
			}
		}
	}
	if rows != 34 {
		t.Errorf("%d rows, want 34", rows)
	}
}
