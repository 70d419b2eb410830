package scheduler

import (
	"time"

	"golang.org/x/sys/unix"
)

// boot is time since the machine started. It goes on while the machine is
// suspended, and nobody can set it.
func boot() (time.Duration, bool) {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &at); err != nil {
		return 0, false
	}
	return time.Duration(at.Nano()), true
}
