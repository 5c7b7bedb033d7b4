//go:build unix

package main

import (
	"os"
	"syscall"
)

// signalNumber is the signal that ended a process.
func signalNumber(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return int(status.Signal())
	}
	return 0
}
