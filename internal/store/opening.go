package store

import (
	"context"
	"fmt"
	"time"
)

// Opening is a ledger that is being opened while something else is done. nil is none.
type Opening struct {
	ctx    context.Context
	stop   context.CancelFunc
	done   chan struct{}
	ledger *Store
	err    error
}

// Meanwhile begins to open a ledger, as open does, and returns at once. Close has to
// follow, whether or not the ledger was ever needed.
func Meanwhile(ctx context.Context, open func(context.Context) (*Store, error)) *Opening {
	o := &Opening{done: make(chan struct{})}
	o.ctx, o.stop = context.WithCancel(ctx)
	go func() {
		defer close(o.done)
		o.ledger, o.err = open(o.ctx)
	}()
	return o
}

// Wait gives the ledger once it is open, or why it can't be opened; nil and nil of none.
func (o *Opening) Wait() (*Store, error) {
	if o == nil {
		return nil, nil
	}
	select {
	case <-o.done:
		return o.ledger, o.err
	case <-o.ctx.Done():
		return nil, fmt.Errorf("open the ledger: %w", o.ctx.Err())
	}
}

// patience is for how long Close waits for a ledger that isn't open yet: one that another
// program has locked takes ten times as long to fail.
const patience = time.Second

// Close closes the ledger. One that doesn't open is left alone: the process ends.
func (o *Opening) Close() {
	if o == nil {
		return
	}
	if o.ctx.Err() == nil {
		o.stop()
		select {
		case <-o.done:
		case <-time.After(patience):
		}
	}
	select {
	case <-o.done:
		if o.ledger != nil {
			o.ledger.Close()
		}
	default:
	}
}
