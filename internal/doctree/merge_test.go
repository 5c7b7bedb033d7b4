package doctree

import (
	"slices"
	"testing"
)

func TestMerge(t *testing.T) {
	for name, test := range map[string]struct {
		own, defaults, want string
		filled              []string
	}{
		"a scalar":            {"a: 1", "b: 2", `{"a":1,"b":2}`, []string{"b"}},
		"what is written":     {"a: 1", "a: 2", `{"a":1}`, nil},
		"null is not written": {"a:", "a: 2", `{"a":2}`, []string{"a"}},
		"a mapping":           {"m: {x: 1}", "m: {x: 2, y: {z: 3}}", `{"m":{"x":1,"y":{"z":3}}}`, []string{"m.y.z"}},
		"a list stays whole":  {"l: [1]", "l: [2, 3]", `{"l":[1]}`, nil},
		"a list is filled":    {"a: 1", "l: [2, 3]", `{"a":1,"l":[2,3]}`, []string{"l"}},
		"a scalar for a list": {"l: x", "l: [2]", `{"l":"x"}`, nil},
		"false is written":    {"b: false", "b: true", `{"b":false}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var problems Problems
			own, defaults := Parse([]byte(test.own), &problems), Parse([]byte(test.defaults), &problems)
			filled := Merge(own, defaults)
			if got := string(own.AppendJSON(nil, "", &problems)); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			if !slices.Equal(filled, test.filled) {
				t.Errorf("filled %v, want %v", filled, test.filled)
			}
			if len(problems.List()) > 0 {
				t.Error(problems.List())
			}
		})
	}
}
