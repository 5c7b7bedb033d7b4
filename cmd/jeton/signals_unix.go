//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// inheritsDescriptors: a program gets descriptors beyond the first three, and
// can open them by a path.
const inheritsDescriptors = true

// signals are those that come for a program that was started here.
type signals struct {
	came chan os.Signal
	done chan struct{}
}

// catchSignals begins to keep the signals. One that is ignored stays so, for
// the program too: nohup does that.
func catchSignals() *signals {
	s := &signals{came: make(chan os.Signal, 16), done: make(chan struct{})}
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2} {
		if !signal.Ignored(sig) {
			signal.Notify(s.came, sig)
		}
	}
	return s
}

// passTo sends the process every signal that came and comes.
func (s *signals) passTo(process *os.Process) {
	go func() {
		for {
			select {
			case sig := <-s.came:
				if !fromKeyboard(sig) {
					_ = process.Signal(sig) // which may have ended
				}
			case <-s.done:
				return
			}
		}
	}()
}

func (s *signals) stop() {
	signal.Stop(s.came)
	close(s.done)
}

// fromKeyboard: Ctrl-C and Ctrl-\ reach every process in the foreground of a
// terminal, the program included. Sent again they would count as a second one,
// which many programs take for impatience.
func fromKeyboard(sig os.Signal) bool {
	if sig != syscall.SIGINT && sig != syscall.SIGQUIT {
		return false
	}
	terminal, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return false // there is none
	}
	defer terminal.Close()
	foreground, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == syscall.Getpgrp()
}
