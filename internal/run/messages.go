package run

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/message"
	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/note"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/owed"
)

// Bounds on messages. What a run owes is kept in the ledger until it is
// delivered, and a body program is given all records at once, in memory.
const (
	maxOwedBytes   = 64 << 20
	maxBodyRecords = 100_000
	presetSample   = 10 // records that a preset may show
)

// owedError says that a message couldn't be made of good records: it couldn't
// the next time.
type owedError struct{ err error }

func (e *owedError) Error() string { return e.err.Error() }
func (e *owedError) Unwrap() error { return e.err }

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
			if out.IsFile() || (out.Mail != nil) != mail || e.unchanged[i] || out.OnlyIfAny && e.in.spool.Count() == 0 {
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

// bill is what a run owes so far.
type bill struct {
	owed []owed.Message
	size int
}

func (b *bill) add(m owed.Message) error {
	if b.size += len(m.Body); b.size > maxOwedBytes {
		return &owedError{fmt.Errorf("the messages of a run are more than %d MiB; send a summary, or write a file", maxOwedBytes>>20)}
	}
	b.owed = append(b.owed, m)
	return nil
}

// message begins one of an output's messages, which count from 1.
func (e *publisher) message(output, number int, target string) owed.Message {
	return owed.Message{
		ID: fmt.Sprintf("%s.%d.%d.%d", e.Run, e.Attempt, output+1, number), Kind: owed.KindOutput, Output: e.keys[output], Target: target,
	}
}

// post makes the messages of a webhook.
func (e *publisher) post(ctx context.Context, output int, also told, due *bill) error {
	out := &e.Job.Outputs[output]
	hook, err := message.NewHook(&out.Hook, e.values(nil))
	if err != nil {
		return err
	}
	number := 0
	for body, err := range e.bodies(ctx, out, also) {
		if err != nil {
			return err
		}
		number++
		m, err := message.Seal(e.message(output, number, hook.Target()), hook, body)
		if err != nil {
			return err
		}
		if err := due.add(m); err != nil {
			return err
		}
	}
	return nil
}

// told is what a message can say beside the records.
type told struct {
	files   []target.Published
	changes *diff.Changes // nil: not known
}

// bodies gives what an output sends: batches of records, one summary, or one
// body made by a preset or a program.
func (e *publisher) bodies(ctx context.Context, out *jobs.Output, also told) iter.Seq2[[]byte, error] {
	info := webhook.Info{Job: e.Job.Name, Run: e.Run, Tick: e.Tick, Count: e.in.spool.Count()}
	switch {
	case out.Hook.Body != nil:
		return one(e.programmed(ctx, out.Hook.Body, info, also.changes))
	case out.Hook.Preset != "":
		return one(e.preset(ctx, out, also))
	case out.Send == choices.SendSummary && out.OnlyIfChanged:
		return one(webhook.SummaryOfChanges(info, also.changes), nil)
	case out.Send == choices.SendSummary:
		return one(webhook.Summary(info), nil)
	default:
		return webhook.Batches(e.in.spool.Records(), info, out.Batch)
	}
}

func one(body []byte, err error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { yield(body, err) }
}

func (e *publisher) preset(ctx context.Context, out *jobs.Output, also told) ([]byte, error) {
	in, err := e.worded(ctx, out, also)
	if err != nil {
		return nil, err
	}
	return webhook.Preset(out.Hook.Preset, in)
}

// worded is what people are told. It shows the first records, unless it is sent for
// what changed, and says what that is.
func (e *publisher) worded(ctx context.Context, out *jobs.Output, also told) (note.Input, error) {
	size := presetSample
	if out.OnlyIfChanged && also.changes != nil {
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
		State: string(Succeeded), Count: e.in.spool.Count(), Files: also.files, Sample: sample,
		Changes: also.changes, Noun: e.in.origin.noun(),
	}, nil
}

// programmed runs an output's body program over the whole export.
func (e *publisher) programmed(ctx context.Context, program *jq.Program, info webhook.Info, changes *diff.Changes) ([]byte, error) {
	if info.Count > maxBodyRecords {
		return nil, &owedError{fmt.Errorf("body: %d records are more than a body program is given (%d); send batches instead", info.Count,
			maxBodyRecords)}
	}
	records := make([]any, 0, info.Count)
	for line, err := range e.in.spool.Records().Lines(ctx) {
		if err != nil {
			return nil, err
		}
		record, err := jq.Decode(line)
		if err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		records = append(records, record)
	}
	input := map[string]any{
		"job": info.Job, "run": info.Run, "tick": rfc3339(info.Tick), "count": int(info.Count),
		"records": records,
	}
	var err error
	if input["changes"], err = changesValue(changes); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	for value, err := range program.Run(ctx, input, e.vars()) {
		if err != nil {
			return nil, &owedError{fmt.Errorf("body: %w", err)}
		}
		return jq.Append(nil, value)
	}
	return nil, &owedError{errors.New("body: the program gave nothing")}
}
