//go:build !unix

package main

import "os"

// signalNumber: there are no signals here.
func signalNumber(*os.ProcessState) int { return 0 }
