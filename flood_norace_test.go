//go:build !race

package jeton_test

// floodSize is how many requests are in flight at once.
const floodSize = 200
