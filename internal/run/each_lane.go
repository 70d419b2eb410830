package run

import (
	"context"
	"sync"
	"time"

	"speckle-runner/internal/speckle/batch"
	"speckle-runner/internal/speckle/query"
)

// quietBatch is how long an answer to several items may stop between two of them.
const quietBatch = time.Minute

// lane is items whose first requests go to the server as one.
type lane struct {
	items []item
	done  []chan part
	seats *batch.Lane // nil: there is one item, which asks by itself
}

// together gives what decides how many items are asked for at once; nil where
// each is to be asked for by itself. A mutation always is: of one that is sent
// with others nobody could say what was carried out.
func (r *reader) together() *batch.Group {
	from, is := r.source.(*asked)
	if !is || from.Kind != query.OperationQuery || r.Job.ForEach.Batch == 1 {
		return nil
	}
	return batch.NewGroup(batch.Options{Most: r.Job.ForEach.Batch, Quiet: quietBatch})
}

// newLane makes one of some items; several are asked for together.
func newLane(ctx context.Context, group *batch.Group, items []item) *lane {
	l := &lane{items: items}
	for range l.items {
		l.done = append(l.done, make(chan part, 1))
	}
	if len(items) > 1 {
		l.seats = group.Lane(ctx, len(items))
	}
	return l
}

// read reads all of its items, and returns when that is done.
func (l *lane) read(one func(item, *batch.Seat, chan part)) {
	if l.seats == nil {
		one(l.items[0], nil, l.done[0])
		return
	}
	var all sync.WaitGroup
	for i, it := range l.items {
		all.Go(func() { one(it, l.seats.Seat(i), l.done[i]) })
	}
	all.Wait()
}

// seatedItem reads an item whose first request goes with those of its lane.
func (r *reader) seatedItem(ctx context.Context, it item, seat *batch.Seat) part {
	if seat == nil {
		return r.guardedItem(ctx, it)
	}
	defer seat.Leave()
	return r.guardedItem(seat.In(ctx), it)
}
