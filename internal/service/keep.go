package service

import (
	"context"
	"slices"
	"sync"

	"speckle-runner/internal/jobs"
)

// keeper removes old exports beside the runs, one job at a time: no run waits
// for a slow disk.
type keeper struct {
	all  sync.WaitGroup
	busy sync.Mutex
}

// ask has the old exports of a job removed after a run, if it has any to
// remove.
func (k *keeper) ask(job *jobs.Job, run string, tidy func(context.Context, *jobs.Job, string)) {
	if !slices.ContainsFunc(job.Outputs, func(o jobs.Output) bool { return o.IsFile() && o.Keep > 0 }) {
		return
	}
	k.all.Go(func() {
		k.busy.Lock()
		defer k.busy.Unlock()
		tidy(context.Background(), job, run)
	})
}

func (k *keeper) wait() { k.all.Wait() }
