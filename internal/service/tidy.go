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

// maxNoted is how many runs' files are written at once: each may have thousands.
const maxNoted = 20

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
		x.noteGone(ctx, job, runs, x.removeOld(ctx, job, out, superseded(runs, job, out, ended)))
	}
}

// removeOld removes superseded exports, and gives those that are nowhere any more.
func (x *Service) removeOld(ctx context.Context, job *jobs.Job, out *jobs.Output, all []old) (gone []old) {
	for _, one := range all {
		if !one.rewritten && !isLatest(job, one.file.Path) {
			is, err := x.remove(ctx, out, target.Published{Path: one.file.Path, SHA256: one.file.SHA256})
			if err != nil {
				x.log.Warn().Str("job", job.Name).Str("error", secret.Mask(err.Error())).Msg("remove an old export")
			}
			if !is {
				continue
			}
		}
		gone = append(gone, one)
	}
	return gone
}

// noteGone writes down which exports are gone, so that no later run looks for them again.
func (x *Service) noteGone(ctx context.Context, job *jobs.Job, runs []store.Run, gone []old) {
	var noted []store.GoneFiles
	for _, one := range gone {
		one.file.Gone = true
		run := runs[one.run]
		if last := len(noted) - 1; last < 0 || !noted[last].Tick.Equal(run.Tick) {
			noted = append(noted, store.GoneFiles{Job: run.Job, Tick: run.Tick, Attempt: run.Attempt, Files: run.Files})
		}
	}
	for some := range slices.Chunk(noted, maxNoted) {
		if err := x.ledger.NoteGone(ctx, some); err != nil {
			x.log.Info().Str("job", job.Name).Str("error", secret.Mask(err.Error())).Msg("exports that are gone will be looked for again")
			return
		}
	}
}

// remove removes one export from the output directory or a bucket. The ledger keeps
// addresses without their settings, so those are taken from the output.
func (x *Service) remove(ctx context.Context, out *jobs.Output, file target.Published) (gone bool, err error) {
	_, settings := address.Split(out.File.Text())
	return x.runner.PlaceOf(file.Path).RemoveExport(ctx, file.Path+settings, file)
}

// superseded gives the files of an output that neither its newest runs wrote, as many
// as keep says, nor the run that has just ended. runs come newest first. A run that left
// items of the for_each out counts only for those that it has.
func superseded(runs []store.Run, job *jobs.Job, out *jobs.Output, ended string) (all []old) {
	kept := map[string]bool{}
	whole, holed := 0, map[string]int{} // newer exports: of all items, and by item
	item := func(string) string { return "" }
	holes := out.File.Uses("each") && slices.ContainsFunc(runs, func(r store.Run) bool { return r.LeftOut })
	for number, r := range runs {
		wrote := map[string]bool{} // items
		if holes {
			item = items(&r, job, out)
		}
		for i := range r.Files {
			f := &r.Files[i]
			if f.Output != out.File.Text() || f.Gone {
				continue
			}
			of := item(f.Path)
			wrote[of] = true
			if whole+holed[of] < out.Keep || r.Run == ended {
				kept[f.Path] = true
			} else {
				all = append(all, old{number, f, false})
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
	for i := range all {
		all[i].rewritten = kept[all[i].file.Path]
	}
	return all
}

// old is an export that a run's output no longer keeps.
type old struct {
	run       int // its place among the runs
	file      *store.File
	rewritten bool // a run that is kept has written over it
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
