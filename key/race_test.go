//go:build race

package key

// slowdown is what the race detector costs.
const slowdown = 12
