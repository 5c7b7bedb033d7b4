//go:build race

package jeton_test

// floodSize is smaller with the race detector, which makes each reply cost ten
// times as much.
const floodSize = 40
