package run

import (
	"context"

	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/summary"
)

// summarize puts groups in the place of the records that they are of. Whether
// those were all was judged before, by what was read.
func (r *reader) summarize(ctx context.Context) error {
	spec := r.Job.Summarize
	if spec == nil {
		return nil
	}
	spool, groups := r.in.spool, summary.New(*spec)
	for record, err := range spool.Records().Lines(ctx) {
		if err != nil {
			return err
		}
		if err := groups.Add(record); err != nil {
			return err
		}
	}
	if err := spool.Truncate(kept.Mark{}); err != nil {
		return err
	}
	if err := groups.Each(spool.Append); err != nil {
		return err
	}
	r.in.items = nil // groups are of all items
	r.result.Records = spool.Count()
	return sink.RoomFor(spool, r.Job.MaxBytes)
}

// summaryColumns are those of groups: figures have types of their own.
func summaryColumns(spec *summary.Spec) []record.Column {
	var columns []record.Column
	for _, by := range spec.By {
		columns = append(columns, record.Column{Path: []string{by.Name}, Free: true})
	}
	for _, f := range spec.Figures {
		one := record.Column{Path: []string{f.Name}, Type: "double", Why: "as summarize makes it"}
		if f.Kind == summary.Count {
			one.Type = "int"
		}
		columns = append(columns, one)
		if unit := spec.UnitOf(f); unit != "" {
			columns = append(columns, record.Column{Path: []string{unit}, Type: "string", Why: "as summarize makes it"})
		}
	}
	return columns
}
