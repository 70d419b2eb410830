package run

import (
	"context"

	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/summary"
)

// summarize puts groups in the place of the records that they are of. Whether
// those were all was judged before, by what was read.
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
