package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle"
)

// item is one record of the job's for_each: its values become variables of
// the main query.
type item struct {
	number int
	again  int // how many items before it have the same text
	text   []byte
	values map[string]any // what {each.NAME} and $each see, numbers as written
}

// lookAhead is how many parts may wait to be joined, for each reader. A small
// part waits in memory, a large one in its spool.
const lookAhead = 4

// maxItems bounds how often one run asks its main query.
const maxItems = 100_000

// itemError says which item of a for_each an error is about.
type itemError struct {
	item  item
	err   error
	words said.Words
}

// maxItemText is how many characters of an item a message shows.
const maxItemText = 80

func (e *itemError) Error() string { return "for_each, " + e.text() }

// text names the item and says what went wrong.
func (e *itemError) text() string {
	return fmt.Sprintf("item %d %s: %s", e.item.number, e.words.Line(string(e.item.text), maxItemText), e.err)
}
func (e *itemError) Unwrap() error { return e.err }

// readItems runs the for_each query and gives its records.
func (e *attempt) readItems(ctx context.Context, client *speckle.Client) ([]item, error) {
	each := e.Job.ForEach
	variables, err := jobs.Expand(each.Variables, e.values(nil))
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	spool, err := e.runner.Dir.NewSpool(e.Run + "-items")
	if err != nil {
		return nil, err
	}
	defer spool.Close()
	memory := e.rememberItems()
	stats, err := e.readInto(ctx, client, reading{
		query: each.Query, program: each.Select, until: each.Until, variables: variables, spool: spool, memory: memory, since: true,
	})
	for i, w := range stats.Warnings {
		stats.Warnings[i] = "for_each: " + w
	}
	e.count(stats, each.Query, err)
	if err == nil {
		e.told.join(memory)
		err = e.whole(stats, "for_each: ")
	}
	if nothing := noItems(each, stats, spool.Count()); err == nil && nothing != "" {
		e.warn(nothing)
	}
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	if spool.Count() > maxItems {
		return nil, &unsupportedError{fmt.Sprintf("for_each: %d items are more than one run takes (%d)", spool.Count(), maxItems)}
	}
	return e.parseItems(ctx, spool)
}

func (e *attempt) parseItems(ctx context.Context, spool *output.Spool) ([]item, error) {
	items := make([]item, 0, spool.Count())
	same := map[string]int{}
	for line, err := range spool.Records().Lines(ctx) {
		if err != nil {
			return nil, err
		}
		it := item{number: len(items) + 1, again: same[string(line)], text: append([]byte(nil), line...)}
		same[string(line)]++
		if it.values, err = objectOf(line); err != nil {
			return nil, &itemError{it, err, e.words()}
		}
		items = append(items, it)
	}
	return items, nil
}

// readEach runs the main query for every item, some at the same time, and
// joins what they give in the order of the items.
func (e *attempt) readEach(ctx context.Context, client *speckle.Client) error {
	items, err := e.readItems(ctx, client)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer stop(errOtherItem)

	parts := e.readers(ctx, &workers, client, items)
	joined := 0
	for done := range parts {
		p := <-done
		err := e.join(ctx, p)
		if err != nil && p.err != nil && e.skips(ctx, p) {
			e.skip(p)
			err = nil
		}
		if err != nil {
			stop(errOtherItem)
			e.drain(parts)
			return err
		}
		joined++
		e.report(Progress{Stage: Reading, Pages: e.result.Pages, Records: e.spool.Count(), Total: -1, Bytes: e.bytes, Items: joined, AllItems: len(items)})
	}
	if joined < len(items) {
		return context.Cause(ctx)
	}
	if e.resumed > 0 {
		e.Log.Info().Int("items", e.resumed).Int("all_items", len(items)).Time("oldest", e.oldest).Msg("taken over from an earlier attempt")
	}
	return e.concludeSkips(len(items))
}

// readers reads the items, some at the same time. Parts are joined in the order
// of the items, so one may wait for those before it: the queue that is given
// bounds how many do. It is closed when no more come.
func (e *attempt) readers(ctx context.Context, workers *sync.WaitGroup, client *speckle.Client, items []item) chan chan part {
	parts := make(chan chan part, lookAhead*e.Job.ForEach.Concurrency)
	free := make(chan struct{}, e.Job.ForEach.Concurrency)
	halted := make(chan struct{}) // by an item that fails the run: none is begun any more
	halt := sync.OnceFunc(func() { close(halted) })
	read := func(it item, done chan part) {
		defer func() { <-free }()
		p := e.guardedItem(ctx, client, it)
		if p.err != nil && !e.skips(ctx, p) {
			halt()
		}
		done <- p
	}
	workers.Go(func() {
		defer close(parts)
		for _, it := range items {
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
			done := make(chan part, 1)
			select {
			case parts <- done: // from here on somebody takes the part, whatever happens
			case <-ctx.Done():
				return
			}
			workers.Go(func() { read(it, done) })
		}
	})
	return parts
}

// errOtherItem ends the readers of items behind one that failed.
var errOtherItem = errors.New("another item failed")

// drain takes what readers still give after a failure: a mutation among them
// may have been carried out.
func (e *attempt) drain(parts chan chan part) {
	for done := range parts {
		p := <-done
		e.countItem(p)
		if p.spool != nil {
			p.spool.Close()
		}
	}
}

// part is what one item gave.
type part struct {
	item    item
	spool   *output.Spool  // nil: nothing was read
	records record.Records // of the spool, or of an earlier attempt
	stats   speckle.Stats
	memory  *memory   // nil: the main query isn't read by the mark
	kept    bool      // a later attempt needn't ask again
	resumed time.Time // when an earlier attempt has read it; zero: it is this one's
	err     error
}

// guardedItem makes an error of a panic, as guarded does: this goroutine has
// no other net.
func (e *attempt) guardedItem(ctx context.Context, client *speckle.Client, it item) (p part) {
	defer func() {
		if broken := recover(); broken != nil {
			e.Log.Error().Str("stack", string(debug.Stack())).Msgf("panic: %v", broken)
			p.item, p.err = it, fmt.Errorf("the program broke: %v (please report this, with the log)", broken)
		}
	}()
	return e.readItem(ctx, client, it)
}

func (e *attempt) readItem(ctx context.Context, client *speckle.Client, it item) part {
	p := part{item: it}
	variables, err := e.itemVariables(it)
	if err != nil {
		p.err = &itemValueError{err}
		return p
	}
	key := e.partKey(it, variables)
	p.memory = e.rememberOf(e.listOf(variables))
	if e.takeOver(&p, key) {
		return p
	}
	if p.err = e.sending(key); p.err != nil {
		return p
	}
	if p.spool, p.err = e.runner.Dir.NewSpool(fmt.Sprintf("%s-%d", e.Run, it.number)); p.err != nil {
		return p
	}
	p.stats, p.err = e.readInto(ctx, client, reading{
		query: e.Job.Query, program: e.Job.Select, until: e.Job.Until, variables: variables, spool: p.spool, each: it.text, quiet: true,
		memory: p.memory, since: e.Job.ReadsSince(),
	})
	p.records = p.spool.Records()
	if p.err == nil {
		var warning string
		if warning, p.err = e.judged(p.stats); warning != "" {
			p.stats.Warnings = append(p.stats.Warnings, warning)
		}
	}
	switch {
	case p.err == nil:
		e.keep(&p, key)
	case e.mutates() && (p.stats.Requests == 0 || !mayBeDone(p.err)):
		e.turnedAway(key)
	}
	return p
}

// itemVariables gives the main query's variables for an item.
func (e *attempt) itemVariables(it item) (map[string]jsontext.Value, error) {
	variables, err := jobs.Expand(e.Job.Variables, e.values(it.values))
	if err != nil {
		return nil, err
	}
	if variables == nil {
		variables = map[string]jsontext.Value{}
	}
	return variables, e.merge(variables, it)
}

// merge adds an item's values as variables: those that the query declares.
func (e *attempt) merge(variables map[string]jsontext.Value, it item) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(it.text, &given); err != nil {
		return err
	}
	for _, v := range e.Job.Query.Variables {
		if value, ok := given[v.Name]; ok {
			variables[v.Name] = jsontext.Value(value)
		}
		paging := e.Job.Query.Paging
		if paging != nil && (v.Name == paging.CursorVar || v.Name == paging.LimitVar) {
			continue
		}
		if _, set := variables[v.Name]; !set && v.NonNull && !v.HasDefault {
			return fmt.Errorf("the query needs $%s, which neither variables nor the item has", v.Name)
		}
	}
	return nil
}

// join adds what an item gave to the run.
func (e *attempt) join(ctx context.Context, p part) error {
	if p.spool != nil {
		defer p.spool.Close()
	}
	for i, w := range p.stats.Warnings {
		p.stats.Warnings[i] = fmt.Sprintf("item %d: %s", p.item.number, w)
	}
	e.countItem(p)
	if p.err != nil {
		return &itemError{p.item, p.err, e.words()}
	}
	e.told.join(p.memory)
	from := e.spool.Mark()
	for record, err := range p.records.Lines(ctx) {
		if err != nil {
			return err
		}
		if err := e.spool.Append(record); err != nil {
			return err
		}
		if err := roomFor(e.spool, e.Job.MaxBytes); err != nil {
			return err
		}
	}
	e.items = append(e.items, span{values: p.item.values, from: from, to: e.spool.Mark()})
	return nil
}

// countItem is count for an item. A mutation that is noted as done doesn't keep
// the run from being tried again: this item won't be.
func (e *attempt) countItem(p part) {
	done := e.done
	e.count(p.stats, e.Job.Query, p.err)
	if p.err == nil && p.kept {
		e.done = done
	}
	if !p.resumed.IsZero() {
		if e.resumed++; e.oldest.IsZero() || p.resumed.Before(e.oldest) {
			e.oldest = p.resumed
		}
	}
}

// span is where the records of one item are in the spool.
type span struct {
	values   map[string]any
	from, to output.Mark
}
