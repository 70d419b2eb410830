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

// ComparesFiles reports whether one of the outputs with only_if_changed is a file: marks
// have to say then which files their runs wrote.
func ComparesFiles(job *jobs.Job) bool {
	return slices.ContainsFunc(job.Outputs, func(o jobs.Output) bool { return o.OnlyIfChanged && o.IsFile() })
}

// compare finds the outputs with only_if_changed that hold these records already, and
// notes for the next run what each output holds. A changed job counts as changed records.
func (e *publisher) compare(ctx context.Context) error {
	e.unchanged, e.contents = map[int]bool{}, map[int]string{}
	if e.in.alreadyPublished {
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
		content, err := e.byItems(ctx, out, known[ignored])
		if err != nil {
			return fmt.Errorf("output %d: %w", i+1, err)
		}
		e.contents[i] = content + " " + e.Job.Hash + e.ofVersion()
		if e.isUnchanged(ctx, i) {
			e.unchanged[i] = true
			e.result.Unchanged = append(e.result.Unchanged, i+1)
		}
	}
	if len(e.result.Unchanged) > 0 {
		e.Log.Info().Ints("outputs", e.result.Unchanged).Strs("paths", e.stayed()).Msg("unchanged since the last time: not published")
	}
	return nil
}

// isUnchanged reports whether an output holds what this run would publish. For a receiver
// its mark decides: the ledger has none for a message that was given up. A file is looked
// at, too: it may have been removed or replaced, or lie on another machine.
func (e *publisher) isUnchanged(ctx context.Context, i int) bool {
	mark, is := e.Last.Marks[e.keys[i]]
	if !is || recordsOf(mark.Content) != recordsOf(e.contents[i]) {
		return false
	}
	return e.inPlace(ctx, i, mark)
}
