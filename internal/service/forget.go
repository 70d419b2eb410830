package service

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// longestWindow is how far back a missed tick may still be recorded: runs that are
// younger aren't forgotten, or they would be taken for missed ones.
func longestWindow(file *jobs.File) time.Duration {
	window := time.Duration(0)
	for _, job := range file.Jobs {
		window = max(window, job.MissedWindow)
	}
	return window
}

// spareExports are those beyond keep whose runs stay in the ledger, too: some are about to
// be removed, or couldn't be yet.
const spareExports = 10

// keptExports are the exports that the outputs of a job file keep.
func keptExports(file *jobs.File) (kept []store.Exports) {
	for _, job := range file.Jobs {
		for i := range job.Outputs {
			if out := &job.Outputs[i]; out.IsFile() && out.Keep > 0 {
				kept = append(kept, store.Exports{Job: job.Name, Output: out.File.Text(), Count: out.Keep + spareExports})
			}
		}
	}
	return kept
}

// namesOf gives the names of a file's jobs.
func namesOf(file *jobs.File) []string {
	names := make([]string, len(file.Jobs))
	for i, job := range file.Jobs {
		names[i] = job.Name
	}
	return names
}

// Prune removes old runs, once a day, from a ledger that may have no serve. keep says
// how long runs stay; a field that is zero there is taken from otherwise. This
// process's own runs have ended well or badly by now, so an error here is only logged.
func (x *Service) Prune(ctx context.Context, keep, otherwise store.Keep) {
	if x.ledger == nil || x.dry {
		return
	}
	keep.Window, keep.Exports, keep.Jobs = longestWindow(x.file), keptExports(x.file), namesOf(x.file)
	gone, err := x.ledger.Prune(ctx, keep, otherwise)
	x.logForgotten(ctx, gone, err)
}

// forget removes old runs from the ledger while serve runs.
func (v *serving) forget(ctx context.Context) {
	keep, file := v.options.Keep, v.scheduler.File()
	keep.Window, keep.Exports, keep.Jobs = longestWindow(file), keptExports(file), namesOf(file)
	gone, err := v.ledger.Retention(ctx, keep)
	v.logForgotten(ctx, gone, err)
}

func (x *Service) logForgotten(ctx context.Context, gone int, err error) {
	switch {
	case err != nil && ctx.Err() == nil:
		x.log.Warn().Str("error", err.Error()).Msg("forget old runs")
	case gone > 0:
		x.log.Info().Int("runs", gone).Msg("old runs left the ledger")
	}
}
