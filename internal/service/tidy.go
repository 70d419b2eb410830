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

// maxSuperseded is how many runs with an export of the output, beyond the newest ones of keep, are looked at
// for exports to remove. After most runs it is one; there are more only when keep was lowered.
const maxSuperseded = 200

// tidy removes the exports that are older than the newest ones of an output's keep. It
// removes only what the ledger says that this output wrote and nobody has changed
// since; what can't be removed is logged, and tried again after the next run.
func (x *Service) tidy(ctx context.Context, job *jobs.Job, ended string) {
	for i := range job.Outputs {
		out := &job.Outputs[i]
		if out.Keep <= 0 || !out.IsFile() {
			continue
		}
		runs, err := x.ledger.Runs(ctx, store.Filter{Job: job.Name, Output: out.File.Text(), Limit: out.Keep + maxSuperseded})
		if err != nil {
			x.log.Warn().Str("job", job.Name).Str("error", secret.Mask(err.Error())).Msg("look for exports to remove")
			return
		}
		if !out.File.PerRun() && leftOut(runs, ended) {
			continue // the files of items that are missing stay what they were; those that are gone go after a later run
		}
		for _, f := range superseded(runs, out, ended) {
			if isLatest(job, f.Path) {
				continue
			}
			if err := x.remove(ctx, out, target.Published{Path: f.Path, SHA256: f.SHA256}); err != nil {
				x.log.Warn().Str("job", job.Name).Str("error", secret.Mask(err.Error())).Msg("remove an old export")
			}
		}
	}
}

// remove removes one export from the output directory or a bucket. The ledger keeps
// addresses without their settings, so those are taken from the output.
func (x *Service) remove(ctx context.Context, out *jobs.Output, file target.Published) error {
	_, settings := address.Split(out.File.Text())
	return x.runner.PlaceOf(file.Path).RemoveExport(ctx, file.Path+settings, file)
}

// superseded gives the files of an output that neither its newest runs wrote, as many
// as keep says, nor the run that has just ended. runs come newest first.
func superseded(runs []store.Run, out *jobs.Output, ended string) []store.File {
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

// leftOut reports whether the newest export, or that of the run that has just ended, lacks items.
func leftOut(runs []store.Run, ended string) bool {
	for i, r := range runs {
		if (i == 0 || r.Run == ended) && r.LeftOut {
			return true
		}
	}
	return false
}

// isLatest reports whether every run of the job writes this path: it is an output's
// latest, or a file whose name holds nothing of the run.
func isLatest(job *jobs.Job, path string) bool {
	values := placeholder.Values{Job: job.Name, Zone: job.Zone, Tick: time.Unix(0, 0)}
	for i := range job.Outputs {
		for _, template := range []placeholder.Template{job.Outputs[i].Latest, job.Outputs[i].File} {
			if template.IsZero() || template.PerRun() || template.Uses("each") {
				continue
			}
			if fixed, err := template.Expand(values, placeholder.Path); err == nil {
				fixed, _ = address.Split(fixed)
				if fixed == path {
					return true
				}
			}
		}
	}
	return false
}
