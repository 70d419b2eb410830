package queue

import (
	"context"
	"errors"

	"github.com/riverqueue/river/riverdriver"
)

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
		name := l.wakes.take()
		if name == "" {
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
		return &riverdriver.Notification{Topic: insertTopic, Payload: `{"queue":"` + name + `"}`}, nil
	}
}

// insertTopic is River's topic for new jobs.
const insertTopic = "river_insert"
