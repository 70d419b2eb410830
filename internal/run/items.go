package run

import (
	"context"
	"errors"
	"fmt"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output/kept"
)

// maxItems bounds how often one run asks its main query.
const maxItems = 100_000

// readItems runs the for_each query and gives its records as items. It gives the first
// ones to the queue before the list has ended, but not for a mutation: of a list that
// fails, nothing may have been carried out.
func (r *reader) readItems(ctx context.Context, queue *itemQueue) ([]item, error) {
	each := r.Job.ForEach
	from := &querySource{Query: each.Query, reader: r, given: each.Variables}
	variables, err := from.fill(item{})
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	spool, err := r.runner.Dir.NewSpool(r.Run + "-items")
	if err != nil {
		return nil, err
	}
	defer spool.Close()
	ids := r.memoryOfItems(from)
	list := &reading{from: from, program: each.Select, ends: each.Until, variables: variables, spool: spool, memory: ids}
	if !r.mutates() {
		list.goesOn = func() { queue.giveFirst(func(most int) ([]item, error) { return r.parseItems(ctx, spool, most) }) }
	}
	stats, err := r.readList(ctx, list)
	r.countList(stats, from, err, "for_each: ")
	r.result.LeftOut = r.in.holes || each.GivesSome() // the holes are the list's: no item has been counted yet
	if err == nil {
		r.memory.Join(ids)
		err = r.checkComplete(stats, "for_each: ")
	}
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	if nothing := noItems(each, stats, spool.Count()); nothing != "" {
		r.warn(nothing)
	}
	if spool.Count() > maxItems {
		return nil, &unsupportedError{fmt.Sprintf("for_each: %d items are more than one run takes (%d)", spool.Count(), maxItems)}
	}
	return r.parseItems(ctx, spool, maxItems)
}

// parseItems gives the first items of a spool.
func (r *reader) parseItems(ctx context.Context, spool *kept.Spool, most int) ([]item, error) {
	items := make([]item, 0, min(spool.Count(), int64(most)))
	same := map[string]int{}
	for line, err := range spool.Records().Lines(ctx) {
		if err != nil {
			return nil, err
		}
		it := item{number: len(items) + 1, again: same[string(line)], text: append([]byte(nil), line...)}
		same[string(line)]++
		if it.values, err = objectOf(line); err != nil {
			return nil, &itemError{it, err, r.words()}
		}
		items = append(items, it)
		if len(items) == most {
			break
		}
	}
	return items, nil
}

// objectOf reads a record that has to be an object.
func objectOf(record []byte) (map[string]any, error) {
	value, err := jq.Decode(record)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("it has to be an object whose keys are variables, such as {projectId: .id}")
	}
	return object, nil
}
