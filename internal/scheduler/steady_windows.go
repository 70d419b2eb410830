package scheduler

import (
	"time"

	"golang.org/x/sys/windows"
)

// boot is time since the machine started, suspended or not.
func boot() (time.Duration, bool) { return windows.DurationSinceBoot(), true }
