package doctree

import "slices"

// Problem is what is wrong with a document, and where. It holds no value.
type Problem struct {
	// Path of the value, such as client.secret[1]; empty for the document.
	Path string
	// Line from 1 on; 0 is the document as a whole.
	Line int
	// Problem in words, without the line.
	Problem string
	// Fix says what to do; it may be empty.
	Fix string
	// Proposed is what to write instead, where that is known.
	Proposed string
}

// Problems collects what is wrong with one document.
type Problems struct{ list []Problem }

// MaxProblems bounds the report (and the work) for a document that is something
// else altogether.
const MaxProblems = 100

// Add takes a problem; line 0 is the document as a whole. Nothing given here may
// hold a value of the document.
func (p *Problems) Add(path string, line int, problem, fix, proposed string) {
	if !p.Full() {
		p.list = append(p.list, Problem{path, line, problem, fix, proposed})
	}
}

// Full reports that no more problems are taken, so that looking on is of no use.
func (p *Problems) Full() bool { return len(p.list) >= MaxProblems }

// List returns the problems in the order of their lines.
func (p *Problems) List() []Problem {
	return slices.SortedStableFunc(slices.Values(p.list), func(a, b Problem) int { return a.Line - b.Line })
}
