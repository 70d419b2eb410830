package run

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
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

// owe makes the messages of all webhooks; files are those that the run is about
// to publish.
func (e *publisher) owe(ctx context.Context, files []target.Published) error {
	changes, since, err := (&differ{e}).find(ctx)
	if err != nil {
		return err
	}
	e.since = since
	size := 0
	for i := range e.Job.Outputs {
		out := &e.Job.Outputs[i]
		if out.IsFile() || e.unchanged[i] || out.OnlyIfAny && e.in.spool.Count() == 0 {
			continue
		}
		hook, err := message.NewHook(&out.Hook, e.values(nil))
		if err != nil {
			return fmt.Errorf("output %d: %w", i+1, err)
		}
		number := 0
		for body, err := range e.bodies(ctx, out, told{files, changes[i]}) {
			if err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
			number++
			if size += len(body); size > maxOwedBytes {
				return &owedError{fmt.Errorf("output %d: the messages of a run are more than %d MiB; send a summary, or write a file", i+1,
					maxOwedBytes>>20)}
			}
			m, err := message.Seal(owed.Message{
				ID: fmt.Sprintf("%s.%d.%d.%d", e.Run, e.Attempt, i+1, number), Kind: owed.KindOutput, Output: e.keys[i], Target: hook.Target(),
			}, hook, body)
			if err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
			e.result.Owed = append(e.result.Owed, m)
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
	case out.Send == jobs.SendSummary && out.OnlyIfChanged:
		return one(webhook.SummaryOfChanges(info, also.changes), nil)
	case out.Send == jobs.SendSummary:
		return one(webhook.Summary(info), nil)
	default:
		return webhook.Batches(e.in.spool.Records(), info, out.Batch)
	}
}

func one(body []byte, err error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { yield(body, err) }
}

// preset shows the first records, unless it is sent for what changed, and says
// what that is.
func (e *publisher) preset(ctx context.Context, out *jobs.Output, also told) ([]byte, error) {
	size := presetSample
	if out.OnlyIfChanged && also.changes != nil {
		size = 0
	}
	var sample []jsontext.Value
	for record, err := range e.in.spool.Records().Lines(ctx) {
		if err != nil {
			return nil, err
		}
		if len(sample) == size {
			break
		}
		sample = append(sample, slices.Clone(record))
	}
	return webhook.Preset(out.Hook.Preset, note.Input{
		Job: e.Job.Name, Description: e.Job.Description, Run: e.Run, Tick: e.Tick, Zone: e.Job.Zone,
		State: string(Succeeded), Count: e.in.spool.Count(), Files: also.files, Sample: sample,
		Changes: also.changes, Noun: e.in.origin.noun(),
	})
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
