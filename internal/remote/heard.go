package remote

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// heardFor is how long the answer to a change is still waited for after the caller has given
// up: the API answers within milliseconds, and without the answer nobody knows which run began.
const heardFor = 5 * time.Second

// underway is a request that changes something.
type underway struct{ sent atomic.Bool }

// heard gives the context of a change's request. It ends with the caller's as long as nothing
// was sent, and heardFor later once it may have been done.
func (u *underway) heard(caller context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(caller))
	stop := context.AfterFunc(caller, func() {
		if u.sent.Load() {
			select {
			case <-time.After(heardFor):
			case <-ctx.Done():
			}
		}
		cancel(context.Canceled)
	})
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { u.sent.Store(true) }})
	return ctx, func() {
		stop()
		cancel(context.Canceled)
	}
}
