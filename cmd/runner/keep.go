package main

import (
	"context"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// keepBehind is how many runs beyond those that are kept are looked at: more
// than one run's exports fall behind only when keep was lowered.
const keepBehind = 200

// tidy removes the exports that fall behind an output's keep. It removes only
// what the ledger says that this output wrote; what can't be removed is told,
// and tried again after the next run.
func (x *executor) tidy(ctx context.Context, job *jobs.Job) {
	for i := range job.Outputs {
		keep := job.Outputs[i].Keep
		if keep <= 0 || !job.Outputs[i].IsFile() {
			continue
		}
		runs, err := x.ledger.Runs(ctx, store.Filter{Job: job.Name, States: []store.State{store.Succeeded}, Limit: keep + keepBehind})
		if err != nil {
			x.log.Warn().Str("job", job.Name).Str("error", secret.Mask(err.Error())).Msg("look for exports to remove")
			return
		}
		for _, path := range behind(runs, i+1, keep) {
			if err := x.runner.Dir.Remove(path); err != nil {
				x.log.Warn().Str("job", job.Name).Str("error", err.Error()).Msg("remove an old export")
			}
		}
	}
}

// behind gives the paths of an output that only runs beyond the newest ones
// wrote. runs are the newest first.
func behind(runs []store.Run, number, keep int) []string {
	kept, old := map[string]bool{}, []string{}
	exports := 0
	for _, r := range runs {
		wrote := false
		for _, f := range r.Files {
			switch {
			case f.Output != number:
			case exports < keep:
				kept[f.Path], wrote = true, true
			case !kept[f.Path] && !slices.Contains(old, f.Path):
				old = append(old, f.Path)
			}
		}
		if wrote {
			exports++
		}
	}
	return old
}
