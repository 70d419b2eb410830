package service

import (
	"context"
	"slices"
	"sync"

	"speckle-runner/internal/jobs"
)

// keeper removes old exports while other runs go on, for one job at a time: no run
// waits for a slow disk.
type keeper struct {
	asked sync.WaitGroup
	busy  sync.Mutex
}

// ask has tidy remove a job's old exports after a run, if any of its outputs has keep.
func (k *keeper) ask(job *jobs.Job, run string, tidy func(context.Context, *jobs.Job, string)) {
	if !slices.ContainsFunc(job.Outputs, func(o jobs.Output) bool { return o.IsFile() && o.Keep > 0 }) {
		return
	}
	k.asked.Go(func() {
		k.busy.Lock()
		defer k.busy.Unlock()
		tidy(context.Background(), job, run)
	})
}

func (k *keeper) wait() { k.asked.Wait() }
