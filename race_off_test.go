//go:build !race

package jeton_test

const (
	floodSize     = 200
	mostAllocated = 64 << 20
)
