package run

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/message"
	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/webhook"
)

// Bounds on the records of a body program, which gets them all at once: in memory they take
// up to nine times what they take as text.
const (
	maxBodyRecords = 100_000
	maxBodyBytes   = 32 << 20
)

// makePosts makes the messages of a webhook.
func (e *publisher) makePosts(ctx context.Context, output int, with beside, box *outbox) error {
	out := &e.Job.Outputs[output]
	hook, err := message.NewHook(&out.Hook, e.values(nil))
	if err != nil {
		return err
	}
	number := 0
	for body, err := range e.bodies(ctx, out, with) {
		if err != nil {
			return err
		}
		number++
		m, err := message.Seal(e.message(output, number, hook.Target()), hook, body)
		if err != nil {
			return err
		}
		if err := box.add(m); err != nil {
			return err
		}
	}
	return nil
}

// bodies gives the bodies of an output's messages: batches of records, one summary, or
// one that a preset or a program makes.
func (e *publisher) bodies(ctx context.Context, out *jobs.Output, with beside) iter.Seq2[[]byte, error] {
	info := webhook.Info{Job: e.Job.Name, Run: e.Run, Tick: e.Tick, Count: e.in.spool.Count()}
	switch {
	case out.Hook.Body != nil:
		return single(e.bodyOfProgram(ctx, out.Hook.Body, info, with.changes))
	case out.Hook.Preset != "":
		return single(e.bodyOfPreset(ctx, out, with))
	case out.Send == choices.SendSummary && out.OnlyIfChanged:
		return single(webhook.SummaryOfChanges(info, with.changes), nil)
	case out.Send == choices.SendSummary:
		return single(webhook.Summary(info), nil)
	default:
		return webhook.Batches(ctx, e.in.spool.Records(), info, out.Batch)
	}
}

// single gives the one body of an output.
func single(body []byte, err error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { yield(body, err) }
}

func (e *publisher) bodyOfPreset(ctx context.Context, out *jobs.Output, with beside) ([]byte, error) {
	in, err := e.noteInput(ctx, out, with)
	if err != nil {
		return nil, err
	}
	return webhook.Preset(out.Hook.Preset, in)
}

// bodyOfProgram runs an output's body program over the whole export.
func (e *publisher) bodyOfProgram(ctx context.Context, program *jq.Program, info webhook.Info, changes *diff.Changes) ([]byte, error) {
	if info.Count > maxBodyRecords {
		return nil, &owedError{fmt.Errorf("body: %d records are more than a body program is given (%d); send batches instead", info.Count,
			maxBodyRecords)}
	}
	if size := e.in.spool.Bytes(); size > maxBodyBytes {
		return nil, &owedError{fmt.Errorf("body: %s of records are more than a body program is given (%d MiB); send batches or a summary "+
			"instead, or let select make smaller ones", figures.Size(size), maxBodyBytes>>20)}
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
	var made []any
	for value, err := range program.Run(ctx, input, e.vars()) {
		switch made = append(made, value); {
		case err != nil:
			return nil, &owedError{fmt.Errorf("body: %w", err)}
		case len(made) > 1: // a message has one: all others would be lost
			return nil, &owedError{errors.New("body: the program gave more than one value: make a list of them, as in [.records[]]")}
		}
	}
	if len(made) == 0 {
		return nil, &owedError{errors.New("body: the program gave nothing")}
	}
	return jq.Append(nil, made[0])
}
