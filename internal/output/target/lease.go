package target

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Lease is asked before each thing that a publication puts in place: a process
// that was stopped for a while, or whose machine slept, may have lost its run
// to another one in between. It is safe for use by several goroutines; a nil
// one lets everything pass.
type Lease struct {
	ask func(context.Context) (time.Time, error)

	mu    sync.Mutex
	until time.Time     // surely held so long
	sure  time.Duration // what was left when it was asked
}

// NewLease makes a lease of a question: until when is the run surely this
// attempt's? An error forbids to go on.
func NewLease(ask func(context.Context) (until time.Time, err error)) *Lease {
	if ask == nil {
		return nil
	}
	return &Lease{ask: ask}
}

// Check gives an error when the run isn't surely this attempt's. It asks anew
// when the last answer is about to pass, and is cheap else.
func (l *Lease) Check(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if left := leftUntil(l.until); left > l.sure/4 {
		return nil
	}
	return l.question(ctx)
}

// Renew asks anew. A nil lease knows nothing, and lets nothing pass that depends
// on it.
func (l *Lease) Renew(ctx context.Context) error {
	if l == nil {
		return ErrOvertaken
	}
	return l.renew(ctx)
}

// renew asks, whatever the last answer was.
func (l *Lease) renew(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.question(ctx)
}

// question asks until an answer comes in time: one that was longer on its way
// than it holds says nothing, and the next may be quicker.
func (l *Lease) question(ctx context.Context) error {
	for range maxLate {
		until, err := l.ask(ctx)
		if err != nil {
			return err
		}
		l.until, l.sure = until, leftUntil(until)
		if l.sure > 0 {
			return nil
		}
	}
	return errLate
}

// maxLate is how many answers in a row may come too late: each was longer on
// its way than a lease, some seconds.
const maxLate = 20

var errLate = errors.New("the word that the run still belongs to this attempt came too late")

// leftUntil goes by the clock on the wall, too: the other one stands still
// while a machine sleeps, and the one on the wall may be put back.
func leftUntil(until time.Time) time.Duration {
	now := time.Now()
	return min(until.Sub(now), until.Round(0).Sub(now.Round(0)))
}

// ErrOvertaken says that another attempt of the run has published.
var ErrOvertaken = errors.New("a later attempt of this run has written it")
