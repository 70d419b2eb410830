package store

import "time"

// goroutines are where handlers run, one after the other: a run goes deep
// into its stack, and a new goroutine for each would grow one each time.
type goroutines struct{ work chan func() }

// idleTime is how long one waits for the next run before it goes.
const idleTime = 5 * time.Second

func newGoroutines() *goroutines { return &goroutines{work: make(chan func())} }

// do runs something in one of them, and waits for it.
func (g *goroutines) do(what func()) {
	done := make(chan struct{})
	work := func() {
		defer close(done)
		what()
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
