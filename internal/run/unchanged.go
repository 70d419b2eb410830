package run

import (
	"context"
	"fmt"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/record"
)

// Compared names the outputs of a job with only_if_changed, as their Marks do.
func Compared(job *jobs.Job) []string {
	var compared []string
	for i, key := range outputKeys(job.Outputs) {
		if job.Outputs[i].OnlyIfChanged {
			compared = append(compared, key)
		}
	}
	return compared
}

// ComparesFiles reports whether one of the outputs with only_if_changed is a
// file: then the marks have to say what their runs wrote.
func ComparesFiles(job *jobs.Job) bool {
	return slices.ContainsFunc(job.Outputs, func(o jobs.Output) bool { return o.OnlyIfChanged && o.IsFile() })
}

// compare finds the outputs with only_if_changed whose records are those of
// the last time, where these still are where they should be, and notes for the
// next run what each holds now. A change of the job is a change, too.
func (e *publisher) compare(ctx context.Context) error {
	e.unchanged, e.contents = map[int]bool{}, map[int]string{}
	if e.in.same {
		e.sameVersion()
		return nil
	}
	known := map[string]string{}
	for i := range e.Job.Outputs {
		out := &e.Job.Outputs[i]
		if !out.OnlyIfChanged {
			continue
		}
		ignored := fmt.Sprintf("%q", out.Ignore) // quoted: a name may have a space in it
		if known[ignored] == "" {
			content, err := record.Content(ctx, e.in.spool.Records(), out.Ignore)
			if err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
			known[ignored] = content
		}
		e.contents[i] = known[ignored] + " " + e.Job.Hash + e.ofVersion()
		if e.same(ctx, i) {
			e.unchanged[i] = true
			e.result.Unchanged = append(e.result.Unchanged, i+1)
		}
	}
	if len(e.result.Unchanged) > 0 {
		e.Log.Info().Ints("outputs", e.result.Unchanged).Msg("unchanged since the last time: not published")
	}
	return nil
}

// same reports whether an output has what this run would publish. A receiver has
// what its mark names: the ledger gives none whose message was given up. A file
// is looked at: it may have been removed or replaced since, and on another
// machine it may never have been.
func (e *publisher) same(ctx context.Context, i int) bool {
	mark, is := e.Last.Marks[e.keys[i]]
	if !is || recordsOf(mark.Content) != recordsOf(e.contents[i]) {
		return false
	}
	return e.stands(ctx, i, mark)
}
