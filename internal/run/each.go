package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/speckle/batch"
)

const (
	// lookAhead is how many parts may wait to be joined, for each request that may be
	// under way; of batches it is two. A small part waits in memory, a large one in
	// its spool.
	lookAhead = 4
	// mostAhead is how many wait for the end of the list.
	mostAhead = 512
)

// eachReader reads a list for every item of a for_each, some at the same time,
// and joins what they give in the order of the items.
type eachReader struct {
	*reader
	group *batch.Group   // nil: each item is asked for by itself
	under chan struct{}  // has one for each request that is under way, the list's too
	way   *itemsWay      // from the list to the readers of its items
	parts chan chan part // from those to who joins, in the items' order; closed behind the last one
}

func newEachReader(r *reader) *eachReader {
	e := &eachReader{reader: r, group: r.together(), under: make(chan struct{}, r.Job.ForEach.Concurrency)}
	most := lookAhead
	if e.group != nil {
		most = max(most, 2*r.Job.ForEach.Batch)
	}
	e.parts = make(chan chan part, cap(e.under)*most)
	e.way = newItemsWay(min(cap(e.parts), mostAhead))
	return e
}

// readEach reads the list and, meanwhile, its first items: what they give waits for
// its end. Where an item fails the run the list is read no further, and where the list
// fails no item is; whichever comes first is the run's error.
func (r *eachReader) readEach(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	more, halt := context.WithCancelCause(ctx) // until an item fails the run: nothing is begun behind it
	var workers sync.WaitGroup
	defer workers.Wait()
	defer r.drain()
	defer stop(errOtherItem)

	r.under <- struct{}{} // the list's
	workers.Go(func() {
		defer close(r.parts)
		for r.way.wait(more, r.group) && r.mayBegin(more) {
			r.begin(ctx, &workers, halt)
		}
	})
	items, err := r.readItems(more, r.way)
	switch {
	case err == nil:
		r.way.end(items)
	case !errors.Is(context.Cause(more), errOtherItem):
		return err
	}
	<-r.under
	return cmp.Or(r.joinAll(ctx, items), err)
}

// mayBegin waits until one more request may be under way. False: nothing is begun
// any more.
func (r *eachReader) mayBegin(more context.Context) bool {
	select {
	case r.under <- struct{}{}:
		return more.Err() == nil
	case <-more.Done():
		return false
	}
}

// begin begins to read the next items, in a lane: they are asked for together.
// Parts are joined in the order of the items, so one may wait for those before it:
// the queue bounds how many do.
func (r *eachReader) begin(ctx context.Context, workers *sync.WaitGroup, halt context.CancelCauseFunc) {
	l := newLane(ctx, r.group, r.way.take(r.group))
	// The whole lane is in the queue before any of it is read: its first
	// request waits for all, and whoever joins waits for its first part.
	for _, done := range l.done {
		r.parts <- done // from here on somebody takes the part, whatever happens
	}
	workers.Go(func() {
		defer func() { <-r.under }()
		l.read(func(it item, seat *batch.Seat, done chan part) {
			p := r.seatedItem(ctx, it, seat)
			if ctx.Err() == nil && r.fails(ctx, p) {
				halt(errOtherItem)
			}
			done <- p
		})
	})
}

// errOtherItem ends the list, and the readers of items behind one that failed.
var errOtherItem = errors.New("another item failed")

// fails reports whether an item fails the run.
func (r *eachReader) fails(ctx context.Context, p part) bool { return p.err != nil && !r.skips(ctx, p) }

// joinAll joins what the items gave, in their order. One whose turn it isn't was begun
// before the list got others in front of it: it comes again. So is each of a list
// that isn't known, but for the one that failed.
func (r *eachReader) joinAll(ctx context.Context, items []item) error {
	var left skips
	joined := 0
	for done := range r.parts {
		p := <-done
		fails, due := r.fails(ctx, p), joined < len(items) && p.item.is(items[joined])
		if !fails && !due {
			r.discard(p)
			continue
		}
		err := r.join(ctx, p)
		if p.err != nil && !fails {
			r.leaveOut(&left, p)
			err = nil
		}
		if err != nil {
			return err
		}
		joined++
		r.report(Progress{Stage: Reading, Pages: r.result.Pages, Records: r.in.spool.Count(), Total: -1, Bytes: r.bytes, Items: joined,
			AllItems: len(items)})
	}
	if joined < len(items) {
		return context.Cause(ctx)
	}
	if r.group != nil && r.group.Refused() {
		r.Log.Info().Msg("the server takes no batches: items are asked for one by one")
	}
	if r.kept.items > 0 {
		r.Log.Info().Int("items", r.kept.items).Int("all_items", len(items)).Time("oldest",
			r.kept.oldest).Msg("taken over from an earlier attempt")
	}
	return r.concludeSkips(left, len(items))
}

// drain takes what readers still give after a failure.
func (r *eachReader) drain() {
	for done := range r.parts {
		r.discard(<-done)
	}
}

// discard counts an item that isn't joined: a mutation may have been carried out.
func (r *eachReader) discard(p part) {
	p.stats.Warnings, p.stats.Short = nil, nil // of records that nobody gets
	r.countItem(p)
	if p.spool != nil {
		p.spool.Close()
	}
}

// join adds what an item gave to the run.
func (r *eachReader) join(ctx context.Context, p part) error {
	if p.spool != nil {
		defer p.spool.Close()
	}
	for i, w := range p.stats.Warnings {
		p.stats.Warnings[i] = fmt.Sprintf("item %d: %s", p.item.number, w)
	}
	r.countItem(p)
	if p.err != nil {
		return &itemError{p.item, p.err, r.words()}
	}
	r.told.Join(p.memory)
	if from, is := r.source.(*built); is {
		from.join(p.columns)
	}
	from := r.in.spool.Mark()
	for record, err := range p.records.Lines(ctx) {
		if err != nil {
			return err
		}
		if err := r.in.spool.Append(record); err != nil {
			return err
		}
		if err := sink.RoomFor(r.in.spool, r.Job.MaxBytes); err != nil {
			return err
		}
	}
	r.in.items = append(r.in.items, span{values: p.item.values, version: p.version, from: from, to: r.in.spool.Mark()})
	return nil
}

// countItem is count for an item. A mutation that is noted as done doesn't keep
// the run from being tried again: this item won't be.
func (r *eachReader) countItem(p part) {
	done := r.done
	r.count(p.stats, r.source, p.err)
	if p.err == nil && p.kept {
		r.done = done
	}
	if !p.resumed.IsZero() {
		r.kept.took(p.resumed)
	}
}
