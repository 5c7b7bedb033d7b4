//go:build unix

package core

import (
	"syscall"
	"time"
)

const (
	ownTime   = syscall.RUSAGE_SELF
	childTime = syscall.RUSAGE_CHILDREN // those that have ended
)

// cpuTime is the user and system time that this process, or its children, have used.
func cpuTime(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
