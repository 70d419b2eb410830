package run

import (
	"context"
	"fmt"

	"speckle-runner/internal/output/target"
)

// owe makes the messages of all webhooks first, and then mail, which gets what room is
// left for attachments. files are those that the run is about to publish.
func (e *publisher) owe(ctx context.Context, files []target.Published) error {
	changes, since, err := (&differ{e}).find(ctx)
	if err != nil {
		return err
	}
	e.since = since
	var box outbox
	for _, mail := range []bool{false, true} {
		for i := range e.Job.Outputs {
			out := &e.Job.Outputs[i]
			if out.IsFile() || (out.Mail != nil) != mail || e.unchanged[i] || out.OnlyIfAny && e.in.records() == 0 {
				continue
			}
			messages := e.makePosts
			if mail {
				messages = e.makeLetters
			}
			if err := messages(ctx, i, beside{files, changes[i]}, &box); err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
		}
	}
	e.result.Owed = box.owed
	return nil
}
