package jeton

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// jsonParams are the parameters as the members of a JSON object: one value is a
// text, several are an array. A name that begins with / is a JSON Pointer
// (RFC 6901), for servers that want their parameters nested.
func jsonParams(form url.Values) (map[string]any, error) {
	params := make(map[string]any, len(form))
	for _, name := range slices.Sorted(maps.Keys(form)) { // every place comes before those below it
		var value any = form[name]
		if len(form[name]) == 1 {
			value = form[name][0]
		}
		if !placeParam(params, placeOf(name), value) {
			return nil, NewError(DocumentInvalid, StageConfig, "two parameters want the same place in the JSON body", Finding{Parameter: "request.params." + Parameter(name),
				Problem: "another parameter stands at this place, or above it", Fix: "write each place once", Certain: true})
		}
	}
	return params, nil
}

// placeOf are the members that lead to a parameter.
func placeOf(name string) []string {
	pointer, isPointer := strings.CutPrefix(name, "/")
	if !isPointer {
		return []string{name}
	}
	steps := strings.Split(pointer, "/")
	for i := range steps {
		steps[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(steps[i])
	}
	return steps
}

// placeParam reports whether the place was free.
func placeParam(params map[string]any, path []string, value any) bool {
	for _, member := range path[:len(path)-1] {
		below, there := params[member]
		if !there {
			below = map[string]any{}
			params[member] = below
		}
		object, isObject := below.(map[string]any)
		if !isObject {
			return false
		}
		params = object
	}
	last := path[len(path)-1]
	if _, taken := params[last]; taken {
		return false
	}
	params[last] = value
	return true
}

// checkPointer: a parameter with a place in the JSON body may not stand where
// the ones of the protocol do.
func (c *completed) checkPointer(p Parameter, name string) {
	if c.Request.Encoding != "json" || !strings.HasPrefix(name, "/") {
		return
	}
	path := placeOf(name)
	if len(path) < 2 || slices.Contains(path, "") || slices.Contains(proofParams, path[0]) || slices.Contains(overridden, path[0]) {
		c.report.fail(p, "this is no place for a further parameter", "write a JSON Pointer with two steps or more, as /credentials/name, or a name without /")
	}
}
