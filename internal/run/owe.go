package run

import (
	"context"
	"fmt"

	"speckle-runner/internal/output/target"
)

// owe makes the messages of all webhooks, and then mail, which attaches what there
// is room for; files are those that the run is about to publish.
func (e *publisher) owe(ctx context.Context, files []target.Published) error {
	changes, since, err := (&differ{e}).find(ctx)
	if err != nil {
		return err
	}
	e.since = since
	var due bill
	for _, mail := range []bool{false, true} {
		for i := range e.Job.Outputs {
			out := &e.Job.Outputs[i]
			if out.IsFile() || (out.Mail != nil) != mail || e.unchanged[i] || out.OnlyIfAny && e.in.none() {
				continue
			}
			tell := e.post
			if mail {
				tell = e.write
			}
			if err := tell(ctx, i, told{files, changes[i]}, &due); err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
		}
	}
	e.result.Owed = due.owed
	return nil
}
