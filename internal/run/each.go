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
	// lookAhead is how many parts may wait to be joined for each request that may be
	// under way; with batches it is two batches. A small part waits in memory, a large
	// one in its spool.
	lookAhead = 4
	// mostAhead is how many parts at most wait for the end of the list.
	mostAhead = 512
)

// eachReader reads a list for every item of a for_each, several at the same time, and
// joins what they give in the order of the items.
type eachReader struct {
	*reader
	group *batch.Group   // how many items go into one request; nil: one
	under chan struct{}  // holds one for each request that is under way, the list's too
	queue *itemQueue     // from the list to the readers of its items
	parts chan chan part // from the readers to joinAll, in the items' order; closed behind the last one
	told  itemWarnings
}

func newEachReader(r *reader) *eachReader {
	e := &eachReader{reader: r, group: r.together(), under: make(chan struct{}, r.Job.ForEach.Concurrency)}
	most := lookAhead
	if e.group != nil {
		most = max(most, 2*r.Job.ForEach.Batch)
	}
	e.parts = make(chan chan part, cap(e.under)*most)
	e.queue = newItemQueue(min(cap(e.parts), mostAhead))
	return e
}

// readEach reads the list and, meanwhile, its first items, whose parts wait for the
// list's end. An item that fails the run ends the list, and a list that fails ends the
// items; the first of these errors is the run's.
func (r *eachReader) readEach(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	more, halt := context.WithCancelCause(ctx) // ends when an item fails the run: no other item is begun then
	var workers sync.WaitGroup
	defer workers.Wait()
	defer r.drain()
	defer stop(errOtherItem)

	r.under <- struct{}{} // the list's
	workers.Go(func() {
		defer close(r.parts)
		for r.queue.wait(more, r.group) && r.mayBegin(more) {
			r.begin(ctx, &workers, halt)
		}
	})
	items, err := r.readItems(more, r.queue)
	switch {
	case err == nil:
		r.queue.giveRest(items)
	case !errors.Is(context.Cause(more), errOtherItem):
		return err
	}
	<-r.under
	return cmp.Or(r.joinAll(ctx, items), err)
}

// mayBegin waits until one more request may be under way. False: no more are begun.
func (r *eachReader) mayBegin(more context.Context) bool {
	select {
	case r.under <- struct{}{}:
		return more.Err() == nil
	case <-more.Done():
		return false
	}
}

// begin begins to read the next items, which are asked for together as a lane. A part
// may have to wait for those before it; the channel's size bounds how many do.
func (r *eachReader) begin(ctx context.Context, workers *sync.WaitGroup, halt context.CancelCauseFunc) {
	l := newLane(ctx, r.group, r.queue.take(r.group))
	// All parts of the lane are announced before any of it is read: its request waits
	// for all of its items, and joinAll waits for its first part.
	for _, done := range l.done {
		r.parts <- done // joinAll or drain takes it, whatever happens
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

// errOtherItem is the cause that ends the list, and later items, when one has failed.
var errOtherItem = errors.New("another item failed")

// fails reports whether an item fails the run.
func (r *eachReader) fails(ctx context.Context, p part) bool { return p.err != nil && !r.skips(ctx, p) }

// joinAll joins the parts of the items in their order. A part whose item isn't the next
// one is dropped: it was read before reading again found items in front of it, and comes
// once more. Where the list failed items is empty, and only a failed item counts.
func (r *eachReader) joinAll(ctx context.Context, items []item) error {
	defer func() {
		for _, w := range r.told.all() {
			r.warn(w)
		}
	}()
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

// drain takes the parts that readers still give after a failure.
func (r *eachReader) drain() {
	for done := range r.parts {
		r.discard(<-done)
	}
}

// discard drops a part, and counts it all the same: its mutation may have been carried out.
func (r *eachReader) discard(p part) {
	p.stats.Warnings, p.stats.Short = nil, nil // its records aren't used
	r.countItem(p)
	if p.spool != nil {
		p.spool.Close()
	}
}

// join adds the part of an item to the run.
func (r *eachReader) join(ctx context.Context, p part) error {
	if p.spool != nil {
		defer p.spool.Close()
	}
	for _, w := range p.stats.Warnings {
		if text := r.words().Text(w); !r.told.add(p.item.number, text) {
			r.Log.Warn().Msg(fmt.Sprintf("item %d: %s", p.item.number, text))
		}
	}
	r.countItem(p)
	if p.err != nil {
		return &itemError{p.item, p.err, r.words()}
	}
	r.memory.Join(p.memory)
	if from, is := r.source.(*elementSource); is {
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

// countItem is count for an item. A mutation that is noted as done doesn't forbid
// another attempt, which leaves this item out.
func (r *eachReader) countItem(p part) {
	before := r.mutated
	r.count(p.stats, r.source, p.err)
	if p.err == nil && p.kept {
		r.mutated = before
	}
	if !p.resumed.IsZero() {
		r.kept.countTaken(p.resumed)
	}
}
