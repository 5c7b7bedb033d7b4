// Package house has no code of its own: its tests hold the rules of the
// repository that a compiler does not. Which package may import which, what
// the library never links, that every exported name is documented, that no
// test sleeps, which versions go.mod pins.
//
//	go test ./internal/house                  # the rules
//	go test -v -run Sizes ./internal/house    # what has grown large: a talk, not a gate
//
// A rule that stands in the way is changed here and in docs/DESIGN.md, in the
// commit that needs it, with the reason.
package house
