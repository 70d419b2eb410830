package run

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/batch"
)

// guardedItem makes an error of a panic: the attempt's own guard doesn't reach into
// this goroutine.
func (r *reader) guardedItem(ctx context.Context, it item) (p part) {
	defer func() {
		if broken := recover(); broken != nil {
			r.Log.Error().Str("stack", string(debug.Stack())).Msgf("panic: %v", broken)
			p.item, p.err = it, said.Broke(broken)
		}
	}()
	return r.readItem(ctx, it)
}

func (r *reader) readItem(ctx context.Context, it item) part {
	p := part{item: it}
	variables, err := r.source.fill(it)
	if err != nil {
		p.err = &itemValueError{err}
		return p
	}
	key := r.partKey(it, variables)
	p.memory = r.memoryOfMain(r.listOf(variables))
	if r.kept.takeOver(&p, key) {
		return p
	}
	p.err = r.kept.noteSent(key)
	if p.err != nil {
		return p
	}
	p.spool, p.err = r.runner.Dir.NewSpool(fmt.Sprintf("%s-%d", r.Run, it.number))
	if p.err != nil {
		return p
	}
	r.ask(ctx, &p, variables)
	if batch.Doubtful(ctx) { // the answer may be another item's: ask again, alone
		before := p.stats
		p.err = p.spool.Truncate(kept.Mark{})
		if p.err != nil {
			return p
		}
		p.memory = r.memoryOfMain(r.listOf(variables))
		r.ask(ctx, &p, variables)
		p.stats.Requests += before.Requests
		p.stats.Bytes += before.Bytes
	}
	if p.err == nil {
		var warning string
		warning, p.err = r.judgeShort(p.stats)
		if warning != "" {
			p.stats.Warnings = append(p.stats.Warnings, warning)
		}
	}
	switch {
	case p.err == nil:
		r.kept.keep(&p, key)
	case r.mutates() && (p.stats.Requests == 0 || !mayBeDone(p.err)):
		r.kept.noteNotDone(key)
	}
	return p
}

// ask reads what the server lists for an item.
func (r *reader) ask(ctx context.Context, p *part, variables map[string]jsontext.Value) {
	list := reading{
		from: r.source, program: r.Job.Select, ends: r.Job.Until, variables: variables, spool: p.spool, each: p.item.text, item: true,
		memory: p.memory, chooses: !r.Job.ReadsSince(),
	}
	p.stats, p.err = r.readList(ctx, &list)
	p.records, p.version, p.columns = p.spool.Records(), list.version, list.columns
}
