package run

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"speckle-runner/internal/message"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

// sampleSize is how many records a dry run shows where nobody asks for more.
const sampleSize = 5

// rehearsal is a dry run of publishing.
type rehearsal struct{ *publisher }

// run makes everything that a run would publish, and publishes nothing: what can't be
// made fails the dry run as it would fail the run. Mutations are only shown.
func (e *rehearsal) run(ctx context.Context) error {
	if held := e.in.withheld; held.count() > 0 {
		e.result.Unsent, e.result.Mutations = held.shown, held.count()
		e.warn("a dry run sends no mutation: what it would give isn't known")
		return nil // so it isn't known what would be published, either
	}
	if err := e.sample(ctx); err != nil {
		return err
	}
	if err := e.compare(ctx); err != nil {
		return err
	}
	var files []target.Published
	for i := range e.Job.Outputs {
		out := &e.Job.Outputs[i]
		if !out.IsFile() || e.unchanged[i] {
			continue
		}
		for _, x := range e.exports(e.in, out) {
			planned, err := e.planFile(ctx, x)
			if err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
			e.result.Plan = append(e.result.Plan, planned)
			files = append(files, target.Published{Path: planned.Target, Latest: planned.Latest, Records: planned.Records})
		}
	}
	if err := e.owe(ctx, files); err != nil {
		return err
	}
	e.planMessages()
	e.result.Owed = nil
	return nil
}

func (e *rehearsal) planFile(ctx context.Context, x export) (planned Planned, err error) {
	planned.Records = x.records.Count
	if planned.Target, planned.Latest, err = e.paths(x); err != nil {
		return planned, err
	}
	if !x.out.Format.Table() {
		return planned, nil
	}
	shape, err := e.tables.shape(ctx, x)
	if err != nil {
		return planned, err
	}
	// It is encoded to nowhere, so that a value that the file can't take fails here, too.
	if err := e.attached.encode(ctx, io.Discard, planned.Target, x, shape); err != nil {
		return planned, inFile(planned.Target, err)
	}
	planned.Columns = record.Headers(shape.Columns)
	for i, c := range shape.Report.Columns[:min(len(planned.Columns), len(shape.Report.Columns))] {
		planned.Columns[i] += " (" + cmp.Or(c.Type, "no value, so string") + ")"
	}
	return planned, nil
}

// planMessages counts the messages of each webhook, in their order.
func (e *rehearsal) planMessages() {
	output := ""
	for _, m := range e.result.Owed {
		of := m.ID[:strings.LastIndexByte(m.ID, '.')] + m.Target // without the message's number
		if of != output {
			output = of
			text := e.words().Line(message.Shown(m), shownMessage)
			e.result.Plan = append(e.result.Plan, Planned{Target: m.Target, Webhook: true, Message: text})
		}
		e.result.Plan[len(e.result.Plan)-1].Messages++
	}
}

// sample keeps the first records of a dry run.
func (e *rehearsal) sample(ctx context.Context) error {
	for record, err := range e.in.spool.Records().Lines(ctx) {
		if err != nil {
			return err
		}
		if len(e.result.Sample) == cmp.Or(e.Shown, sampleSize) {
			return nil
		}
		e.result.Sample = append(e.result.Sample, e.words().Text(string(record)))
	}
	return nil
}
