package run

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/speckle/batch"
)

// lookAhead is how many parts may wait to be joined, for each request that may be
// under way. A small part waits in memory, a large one in its spool.
const lookAhead = 4

// eachReader reads a list for every item of a for_each, some at the same time,
// and joins what they give in the order of the items.
type eachReader struct {
	*reader
	group *batch.Group // nil: each item is asked for by itself
}

func (r *eachReader) readEach(ctx context.Context) error {
	items, err := r.readItems(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer stop(errOtherItem)

	r.group = r.together()
	parts := r.readers(ctx, &workers, items)
	var left skips
	joined := 0
	for done := range parts {
		p := <-done
		err := r.join(ctx, p)
		if err != nil && p.err != nil && r.skips(ctx, p) {
			r.leaveOut(&left, p)
			err = nil
		}
		if err != nil {
			stop(errOtherItem)
			r.drain(parts)
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

// readers reads the items, some at the same time, in lanes: those of a lane are
// asked for together. Parts are joined in the order of the items, so one may wait
// for those before it: the queue that is given bounds how many do. It is closed
// when no more come.
func (r *eachReader) readers(ctx context.Context, workers *sync.WaitGroup, items []item) chan chan part {
	lanes, most := r.Job.ForEach.Concurrency, 1
	if r.group != nil {
		most = r.Job.ForEach.Batch
	}
	parts := make(chan chan part, lanes*max(lookAhead, most))
	free := make(chan struct{}, lanes)
	halted := make(chan struct{}) // by an item that fails the run: none is begun any more
	halt := sync.OnceFunc(func() { close(halted) })
	read := func(it item, seat *batch.Seat, done chan part) {
		p := r.seatedItem(ctx, it, seat)
		if p.err != nil && !r.skips(ctx, p) {
			halt()
		}
		done <- p
	}
	workers.Go(func() {
		defer close(parts)
		for len(items) > 0 {
			select {
			case free <- struct{}{}:
			case <-ctx.Done():
				return
			}
			select {
			case <-halted:
				return
			default:
			}
			l := nextLane(ctx, r.group, items)
			items = items[len(l.items):]
			// The whole lane is in the queue before any of it is read: its first
			// request waits for all, and whoever joins waits for its first part.
			for _, done := range l.done {
				parts <- done // from here on somebody takes the part, whatever happens
			}
			workers.Go(func() {
				defer func() { <-free }()
				l.read(read)
			})
		}
	})
	return parts
}

// errOtherItem ends the readers of items behind one that failed.
var errOtherItem = errors.New("another item failed")

// drain takes what readers still give after a failure: a mutation among them
// may have been carried out.
func (r *eachReader) drain(parts chan chan part) {
	for done := range parts {
		p := <-done
		r.countItem(p)
		if p.spool != nil {
			p.spool.Close()
		}
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
