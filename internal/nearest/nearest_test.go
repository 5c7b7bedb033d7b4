package nearest

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDistance(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"docusign", "docusign", 0}, {"docusgin", "docusign", 1}, {"docsign", "docusign", 1}, {"docusing", "docusign", 1},
		{"googel", "google", 1}, {"okto", "okta", 1}, {"abc", "cab", 2}, {"kitten", "sitting", 3}, {"ab", "ba", 1},
	} {
		if got := Distance(row.a, row.b); got != row.want {
			t.Errorf("%q, %q: %d, want %d", row.a, row.b, got, row.want)
		}
	}
}

// The distance is the same both ways, 0 for equal words alone, and at most the
// length of the longer one.
func TestDistanceProperties(t *testing.T) {
	words := rapid.StringMatching(`[a-c]{0,8}`)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := words.Draw(rt, "a"), words.Draw(rt, "b")
		d := Distance(a, b)
		if d != Distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) {
			rt.Fatalf("%q, %q: %d, and %d the other way", a, b, d, Distance(b, a))
		}
	})
}

func TestSlips(t *testing.T) {
	for word, want := range map[string]int{"": 0, "a": 0, "ab": 1, "abcd": 1, "abcde": 2, "abcdefg": 2, "abcdefgh": 3} {
		if got := Slips(word); got != want {
			t.Errorf("%q: %d, want %d", word, got, want)
		}
	}
}
