package doctree

import "strconv"

// maxDepth of mappings and lists within each other.
const maxDepth = 32

// pathPart is one step down the tree: a name (index -1), or an index.
type pathPart struct {
	name  string
	index int
}

// builder is what the two syntaxes have in common while a tree is built.
type builder struct {
	problems *Problems
	path     []pathPart
	// stopped: a limit was hit, the tree is not to be used.
	stopped bool
}

// stop reports a limit once and ends the building.
func (b *builder) stop(line int, problem, fix string) {
	if !b.stopped {
		b.problems.Add(b.where(), line, problem, fix, "")
	}
	b.stopped = true
}

// enter goes one level down; it reports false when that is too deep.
func (b *builder) enter(depth, line int) bool {
	if depth > maxDepth {
		b.stop(line, "nested deeper than "+strconv.Itoa(maxDepth)+" levels", "write it with fewer levels")
	}
	return !b.stopped
}

func (b *builder) pushName(name string) { b.path = append(b.path, pathPart{name, -1}) }
func (b *builder) pushIndex(i int)      { b.path = append(b.path, pathPart{"", i}) }
func (b *builder) pop()                 { b.path = b.path[:len(b.path)-1] }

func (b *builder) where() string {
	path := ""
	for _, part := range b.path {
		if part.index >= 0 {
			path = ElementPath(path, part.index)
		} else {
			path = FieldPath(path, part.name)
		}
	}
	return path
}

// duplicate reports a name that stands twice in one mapping.
func (b *builder) duplicate(name string, first, second int) {
	b.problems.Add(FieldPath(b.where(), name), second,
		"the field "+quoteName(name)+" is already written in line "+strconv.Itoa(first),
		"remove one of the two", "")
}
