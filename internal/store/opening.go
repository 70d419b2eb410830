package store

import "context"

// Opening is a ledger that is being opened while something else is done. nil is none.
type Opening struct {
	stop   context.CancelFunc
	done   chan struct{}
	ledger *Store
	err    error
}

// Meanwhile begins to open a ledger, as open does, and returns at once. Close has to
// follow, whether or not the ledger was ever needed.
func Meanwhile(ctx context.Context, open func(context.Context) (*Store, error)) *Opening {
	ctx, stop := context.WithCancel(ctx)
	o := &Opening{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(o.done)
		o.ledger, o.err = open(ctx)
	}()
	return o
}

// Wait gives the ledger once it is open, or why it can't be opened; nil and nil of none.
func (o *Opening) Wait() (*Store, error) {
	if o == nil {
		return nil, nil
	}
	<-o.done
	return o.ledger, o.err
}

// Close closes the ledger. One that isn't open yet is given up.
func (o *Opening) Close() {
	if o == nil {
		return
	}
	o.stop()
	<-o.done
	if o.ledger != nil {
		o.ledger.Close()
	}
}
