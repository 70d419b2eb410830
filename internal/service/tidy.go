package service

import (
	"context"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// keepBehind is how many runs beyond those that are kept are looked at: more
// than one run's exports fall behind only when keep was lowered.
const keepBehind = 200

// tidy removes the exports that fall behind an output's keep. It removes only
// what the ledger says that this output wrote and nobody has changed since;
// what can't be removed is told, and tried again after the next run.
func (x *Service) tidy(ctx context.Context, job *jobs.Job, ended string) {
	for i := range job.Outputs {
		out := &job.Outputs[i]
		if out.Keep <= 0 || !out.IsFile() {
			continue
		}
		runs, err := x.ledger.Runs(ctx, store.Filter{Job: job.Name, Published: true, Limit: out.Keep + keepBehind})
		if err != nil {
			x.log.Warn().Str("job", job.Name).Str("error", secret.Mask(err.Error())).Msg("look for exports to remove")
			return
		}
		for _, f := range behind(runs, out, ended) {
			if isLatest(job, f.Path) {
				continue
			}
			if err := x.remove(ctx, out, target.Published{Path: f.Path, SHA256: f.SHA256}); err != nil {
				x.log.Warn().Str("job", job.Name).Str("error", secret.Mask(err.Error())).Msg("remove an old export")
			}
		}
	}
}

// remove takes one export away, in the output directory or in storage. The
// ledger has addresses without their settings: those are the output's.
func (x *Service) remove(ctx context.Context, out *jobs.Output, file target.Published) error {
	_, settings := address.Split(out.File.Text())
	return x.runner.PlaceOf(file.Path).RemoveExport(ctx, file.Path+settings, file)
}

// behind gives the files of an output that only runs beyond the newest ones
// wrote, and not the run that has just ended. runs are the newest first.
func behind(runs []store.Run, out *jobs.Output, ended string) []store.File {
	var old []store.File
	kept := map[string]bool{}
	exports := 0
	for _, r := range runs {
		wrote := false
		for _, f := range r.Files {
			switch {
			case f.Output != out.File.Text():
			case exports < out.Keep || r.Run == ended:
				kept[f.Path], wrote = true, true
			default:
				old = append(old, f)
			}
		}
		if wrote {
			exports++
		}
	}
	return slices.DeleteFunc(old, func(f store.File) bool { return kept[f.Path] })
}

// isLatest reports whether a path is one that every run of the job writes: a
// latest, or a file without a date in its name.
func isLatest(job *jobs.Job, path string) bool {
	values := placeholder.Values{Job: job.Name, Zone: job.Zone, Tick: time.Unix(0, 0)}
	for i := range job.Outputs {
		for _, template := range []placeholder.Template{job.Outputs[i].Latest, job.Outputs[i].File} {
			if template.IsZero() || template.PerRun() || template.Uses("each") {
				continue
			}
			if fixed, err := template.Expand(values, placeholder.Path); err == nil {
				if fixed, _ = address.Split(fixed); fixed == path {
					return true
				}
			}
		}
	}
	return false
}
