package store

import "time"

// hands are goroutines that handlers run in, one after the other: a run goes deep
// into its stack, and a new goroutine for each would grow one each time.
type hands struct{ work chan func() }

// handTime is how long one waits for the next run before it goes.
const handTime = 5 * time.Second

func newHands() *hands { return &hands{work: make(chan func())} }

// do runs something in one of them, and waits for it.
func (h *hands) do(what func()) {
	done := make(chan struct{})
	work := func() {
		defer close(done)
		what()
	}
	select {
	case h.work <- work:
	default:
		go h.serve(work)
	}
	<-done
}

func (h *hands) serve(work func()) {
	idle := time.NewTimer(handTime)
	defer idle.Stop()
	for {
		work()
		idle.Reset(handTime)
		select {
		case work = <-h.work:
		case <-idle.C:
			return
		}
	}
}
