package service

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestForgettingComesWithTheRuns: at the start, each hour, and before that where many have
// ended, but not all the time.
func TestForgettingComesWithTheRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		over := make(chan struct{})
		var times atomic.Int64
		e := newEnds()
		go func() {
			defer close(over)
			e.hourly(ctx, func(context.Context) { times.Add(1) })
		}()
		ended := func(runs, jobs int) {
			for range runs {
				e.add(jobs)
			}
		}
		after := func(wait time.Duration, want int64) {
			t.Helper()
			time.Sleep(wait)
			synctest.Wait()
			if n := times.Load(); n != want {
				t.Errorf("old runs were forgotten %d times, want %d", n, want)
			}
		}
		after(0, 1)
		after(2*time.Hour+time.Minute, 3)
		ended(forgetAfter-1, 3)
		after(time.Minute, 3)
		ended(1, 3)
		after(0, 4) // the pause was over
		ended(3*forgetAfter, 3)
		after(forgetPause-1, 4)
		after(1, 5)
		after(forgetPause+time.Second, 5) // nothing has ended since
		ended(forgetAfter, forgetAfter)
		after(0, 5) // of so many jobs that isn't much
		end()
		<-over
	})
}
