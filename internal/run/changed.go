package run

import (
	"context"
	"fmt"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
)

// outputKey names an output from one run to the next: what it is written as,
// because its number changes when another is added.
func outputKey(out *jobs.Output) string {
	switch {
	case out.IsFile():
		return "file " + out.File.Text()
	case out.Hook.AddressEnv != "":
		return "webhook " + out.Hook.AddressEnv
	default:
		return "webhook " + out.Hook.Address.Text()
	}
}

// compare finds the outputs with only_if_changed whose records are those of
// the last time, and notes for the next run what each holds now. A change of
// the job is a change, too.
func (e *attempt) compare(ctx context.Context) error {
	e.unchanged = map[int]bool{}
	e.result.Contents = map[string]string{}
	known := map[string]string{}
	for i := range e.Job.Outputs {
		out := &e.Job.Outputs[i]
		if !out.OnlyIfChanged {
			continue
		}
		ignored := fmt.Sprint(out.Ignore)
		if known[ignored] == "" {
			content, err := output.Content(ctx, e.spool.Records(), out.Ignore)
			if err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
			known[ignored] = content
		}
		key, content := outputKey(out), known[ignored]+" "+e.Job.Hash
		if e.Last.Contents[key] == content {
			e.unchanged[i] = true
			e.result.Unchanged = append(e.result.Unchanged, i+1)
		}
		e.result.Contents[key] = content
	}
	if len(e.result.Unchanged) > 0 {
		e.Log.Info().Ints("outputs", e.result.Unchanged).Msg("unchanged since the last time: not published")
	}
	return nil
}
