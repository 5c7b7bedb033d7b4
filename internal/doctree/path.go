package doctree

import "strconv"

// FieldPath appends a name to a path. A name that is no sensible name
// is left out: it may be a value in the wrong place.
func FieldPath(path, name string) string {
	if !printableName(name) {
		name = "?"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// IndexPath is the path of element i of n, written with an index only where it is needed to tell.
func IndexPath(path string, i, n int) string {
	if n == 1 {
		return path
	}
	return ElementPath(path, i)
}

// ElementPath is the path of element i.
func ElementPath(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// MaxName is the length up to which a name is shown.
const MaxName = 64

// printableName reports whether a name may be shown.
func printableName(name string) bool {
	if name == "" || len(name) > MaxName {
		return false
	}
	for _, r := range name {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return true
}

func quoteName(name string) string {
	if !printableName(name) {
		return "(name not shown)"
	}
	return strconv.Quote(name)
}
