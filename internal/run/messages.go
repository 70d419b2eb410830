package run

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/note"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/owed"
)

const (
	// maxOwedBytes bounds what a run owes: the ledger keeps it until it is delivered.
	maxOwedBytes = 64 << 20
	presetSample = 10 // records that people are shown
)

// outbox is the messages that a run owes so far.
type outbox struct {
	owed []owed.Message
	size int
}

func (b *outbox) add(m owed.Message) error {
	b.size += len(m.Body)
	if b.size > maxOwedBytes {
		return &owedError{fmt.Errorf("the messages of a run are more than %d MiB; send a summary, or write a file", maxOwedBytes>>20)}
	}
	b.owed = append(b.owed, m)
	return nil
}

// message makes the head of an output's message; its number counts from 1.
func (e *publisher) message(output, number int, target string) owed.Message {
	return owed.Message{
		ID: fmt.Sprintf("%s.%d.%d.%d", e.Run, e.Attempt, output+1, number), Kind: owed.KindOutput, Output: e.keys[output], Target: target,
	}
}

// beside is what a message can say beside the records.
type beside struct {
	files   []target.Published
	changes *diff.Changes // nil: not known
}

// noteInput is what a message to people is made of. It has the first records, or, where
// the message is sent because something changed, what that is.
func (e *publisher) noteInput(ctx context.Context, out *jobs.Output, with beside) (note.Input, error) {
	size := presetSample
	if out.OnlyIfChanged && with.changes != nil {
		size = 0
	}
	var sample []jsontext.Value
	for record, err := range e.in.spool.Records().Lines(ctx) {
		if err != nil {
			return note.Input{}, err
		}
		if len(sample) == size {
			break
		}
		sample = append(sample, slices.Clone(record))
	}
	return note.Input{
		Job: e.Job.Name, Description: e.Job.Description, Run: e.Run, Tick: e.Tick, Zone: e.Job.Zone,
		State: string(Succeeded), Count: e.in.spool.Count(), Files: with.files, Sample: sample,
		Changes: with.changes, Noun: e.in.origin.noun(),
	}, nil
}
