package run

import (
	"context"
	"sync"
	"time"

	"speckle-runner/internal/speckle/batch"
	"speckle-runner/internal/speckle/query"
)

// quietBatch is how long an answer to several items may pause between two of them.
const quietBatch = time.Minute

// lane is items whose first requests go to the server as one.
type lane struct {
	items []item
	done  []chan part // the part of each item
	seats *batch.Lane // nil: one item, whose request goes alone
}

// together gives what decides how many items go into one request; nil: each item has its
// own. Mutations always have: of several in one request nobody could say which were done.
func (r *reader) together() *batch.Group {
	from, is := r.source.(*querySource)
	if !is || from.Kind != query.OperationQuery || r.Job.ForEach.Batch == 1 {
		return nil
	}
	return batch.NewGroup(batch.Options{Most: r.Job.ForEach.Batch, Quiet: quietBatch})
}

// newLane makes a lane of some items.
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

// read calls one for all of its items side by side, and returns when all are read.
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
