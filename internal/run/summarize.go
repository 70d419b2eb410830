package run

import (
	"context"
	"strings"

	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/summary"
)

// summarize replaces the records in the spool by groups of them. Whether the records
// were complete has been checked before.
func (r *reader) summarize(ctx context.Context) error {
	spec := r.Job.Summarize
	if spec == nil || r.in.withheld.count() > 0 { // what wasn't asked for has no total
		return nil
	}
	r.in.total = len(spec.By) == 0 && r.in.spool.Count() == 0
	spool, groups := r.in.spool, summary.New(*spec)
	for record, err := range spool.Records().Lines(ctx) {
		if err != nil {
			return err
		}
		if err := groups.Add(record); err != nil {
			return err
		}
	}
	if absent := groups.Absent(); len(absent) > 0 {
		names := make([]string, len(absent))
		for i, path := range absent {
			names[i] = record.JoinPath(path)
		}
		r.warn("summarize goes by what no record has, so it is null everywhere: " + strings.Join(names, ", "))
	}
	if err := spool.Truncate(kept.Mark{}); err != nil {
		return err
	}
	if err := groups.Each(spool.Append); err != nil {
		return err
	}
	r.in.items = nil // a group may hold records of several items
	r.result.Records = r.in.records()
	return sink.RoomFor(spool, r.Job.MaxBytes)
}
