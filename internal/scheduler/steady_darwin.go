package scheduler

import (
	"time"

	"golang.org/x/sys/unix"
)

// boot is time since the machine started, suspended or not: the system moves
// that instant along when the clock is set.
func boot() (time.Duration, bool) {
	started, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return 0, false
	}
	return time.Now().Round(0).Sub(time.Unix(started.Unix())), true
}
