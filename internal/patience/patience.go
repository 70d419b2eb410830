// Package patience is how long to wait before something is tried again: it reads what
// a server asks for, and waits; an answer that could be waited for without end it refuses.
// It never tries anything itself.
package patience

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Wait returns after a while, or with the context's error.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// RetryAfter reads that header: seconds, also with decimals, as Speckle sends them, or
// a date. It gives at most most, as a broken header must not outlast a run unseen; 0
// and false where the header is neither.
func RetryAfter(header string, now time.Time, most time.Duration) (wait time.Duration, is bool) {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		if !(seconds > 0) { // also not a number
			return 0, true
		}
		return time.Duration(min(seconds, most.Seconds()) * float64(time.Second)), true
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	return Until(at, now, most), true
}

// Until gives how long it is to a time, at most most; 0 where it has passed.
func Until(at, now time.Time, most time.Duration) time.Duration {
	return min(max(at.Sub(now), 0), most)
}
