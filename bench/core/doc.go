// Package core holds the benchmarks of package jeton, package key and the
// command. Each shows Jeton beside the least that the same work could cost, so
// that what counts is a ratio within one run; see bench/README.md.
//
// There is nothing in it but benchmarks: bench/run.sh runs them and prints the
// table, and a plain "go test" only compiles them.
package core
