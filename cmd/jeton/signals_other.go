//go:build !unix

package main

import (
	"os"
	"os/signal"
)

// inheritsDescriptors: a program gets no descriptors beyond the first three.
const inheritsDescriptors = false

// signals are kept from ending Jeton before the program that was started here.
type signals struct{ came chan os.Signal }

func catchSignals() *signals {
	s := &signals{make(chan os.Signal, 1)}
	signal.Notify(s.came, os.Interrupt)
	return s
}

// passTo does nothing: the console sends Ctrl-C to all of its programs, and
// there are no other signals.
func (s *signals) passTo(*os.Process) {}

func (s *signals) stop() { signal.Stop(s.came) }
