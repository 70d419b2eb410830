package queue

import (
	"context"
	"errors"

	"github.com/riverqueue/river/riverdriver"
)

// localListener replaces River's polling of an outbox table on SQLite: one
// serve owns the file, so all that must be fast happens in this process. What
// another process queues is found by the next poll.
type localListener struct{ wakes *wakes }

// Close, Connect, Listen, Ping, Schema, SetAfterConnectExec and Unlisten have
// nothing to do without a connection.
func (l *localListener) Close(context.Context) error            { return nil }
func (l *localListener) Connect(context.Context) error          { return nil }
func (l *localListener) Listen(context.Context, string) error   { return nil }
func (l *localListener) Ping(context.Context) error             { return nil }
func (l *localListener) Schema() string                         { return "" }
func (l *localListener) SetAfterConnectExec(string)             {}
func (l *localListener) Unlisten(context.Context, string) error { return nil }

// WaitForNotification waits for an event of this process.
func (l *localListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		if n := l.wakes.take(); n != nil {
			return n, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.wakes.signal:
		}
	}
}

// mergedListener hears PostgreSQL's notifications and those of this process.
type mergedListener struct {
	riverdriver.Listener
	wakes   *wakes
	pending *riverdriver.Notification // of PostgreSQL, arrived together with a local one
}

type heard struct {
	n   *riverdriver.Notification
	err error
}

// WaitForNotification waits for an event of this process or of the database.
func (l *mergedListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	if n := l.pending; n != nil {
		l.pending = nil
		return n, nil
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	remote := make(chan heard, 1)
	go func() {
		n, err := l.Listener.WaitForNotification(inner)
		remote <- heard{n, err}
	}()
	for {
		select {
		case h := <-remote:
			return h.n, h.err
		case <-l.wakes.signal:
		}
		n := l.wakes.take()
		if n == nil {
			continue
		}
		// The inner wait must have ended before River may use the connection.
		cancel()
		h := <-remote
		if h.err == nil {
			l.pending = h.n
		} else if !errors.Is(h.err, context.Canceled) && !errors.Is(h.err, context.DeadlineExceeded) {
			return nil, h.err
		}
		return n, nil
	}
}
