//go:build !linux && !darwin && !windows

package scheduler

import "time"

// boot isn't known here: a machine that wakes up looks like one whose clock
// was set.
func boot() (time.Duration, bool) { return 0, false }
