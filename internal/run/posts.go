package run

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/message"
	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/webhook"
)

// maxBodyRecords bounds what a body program is given: all records at once, in memory.
const maxBodyRecords = 100_000

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
