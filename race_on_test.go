//go:build race

package jeton_test

// With the race detector each reply costs ten times as much, and nothing that
// was pooled is used again.
const (
	// floodSize is how many requests are in flight at once.
	floodSize = 40
	// mostAllocated is what one exchange may allocate in all, server included.
	mostAllocated = 256 << 20
)
