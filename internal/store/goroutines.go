package store

import "time"

// goroutines runs handlers in goroutines that are used again: a run needs a deep stack,
// which a new goroutine would have to grow each time.
type goroutines struct{ work chan func() }

// idleTime is how long a goroutine waits for the next handler before it ends.
const idleTime = 5 * time.Second

func newGoroutines() *goroutines { return &goroutines{work: make(chan func())} }

// do calls f in one of them, and waits until it returns.
func (g *goroutines) do(f func()) {
	done := make(chan struct{})
	work := func() {
		defer close(done)
		f()
	}
	select {
	case g.work <- work:
	default:
		go g.serve(work)
	}
	<-done
}

func (g *goroutines) serve(work func()) {
	idle := time.NewTimer(idleTime)
	defer idle.Stop()
	for {
		work()
		idle.Reset(idleTime)
		select {
		case work = <-g.work:
		case <-idle.C:
			return
		}
	}
}
