package service

import (
	"context"
	"regexp"
	"slices"
	"strings"
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
		for _, f := range superseded(runs, job, out, ended) {
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
// as keep says, nor the run that has just ended. runs come newest first. A run that left
// items of the for_each out counts only for those that it has.
func superseded(runs []store.Run, job *jobs.Job, out *jobs.Output, ended string) []store.File {
	var old []store.File
	kept := map[string]bool{}
	whole, holed := 0, map[string]int{} // newer exports: of all items, and by item
	one := func(string) string { return "" }
	holes := out.File.Uses("each") && slices.ContainsFunc(runs, func(r store.Run) bool { return r.LeftOut })
	for _, r := range runs {
		wrote := map[string]bool{} // items
		item := one
		if holes {
			item = items(&r, job, out)
		}
		for _, f := range r.Files {
			if f.Output != out.File.Text() {
				continue
			}
			of := item(f.Path)
			wrote[of] = true
			if whole+holed[of] < out.Keep || r.Run == ended {
				kept[f.Path] = true
			} else {
				old = append(old, f)
			}
		}
		switch {
		case r.LeftOut:
			for of := range wrote {
				holed[of]++
			}
		case len(wrote) > 0:
			whole++
		}
	}
	return slices.DeleteFunc(old, func(f store.File) bool { return kept[f.Path] })
}

// items tells which item a path of a run's export belongs to: what its name holds of the
// for_each.
func items(r *store.Run, job *jobs.Job, out *jobs.Output) func(path string) string {
	const mark = "\x00" // which no path has
	name := out.File.Marked(placeholder.Values{Job: r.Job, Run: r.Run, Tick: r.Tick, Zone: job.Zone}, mark)
	name, _ = address.Split(name)
	form, err := regexp.Compile("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(name), mark, "(.*)") + ")$")
	return func(file string) string {
		if err == nil {
			if values := form.FindStringSubmatch(file); values != nil {
				return strings.Join(values[1:], mark)
			}
		}
		return file // written in another time zone: an item of its own
	}
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
