package queue

import (
	"sync"
	"time"
)

// timers wake a queue when something in it becomes due that waited: a spread
// tick, the next attempt of a run or of a delivery. The poll would find it too,
// a second later.
type timers struct {
	wake func(queue string)

	mu      sync.Mutex
	pending map[timerKey]*time.Timer
	stopped bool
}

type timerKey struct {
	queue string
	slice int64 // of 10 ms: many runs due together need one timer
}

// farAhead is left to the poll: no timer needs to live for hours.
const farAhead = 10 * time.Minute

func newTimers(wake func(string)) *timers {
	return &timers{wake: wake, pending: map[timerKey]*time.Timer{}}
}

func (t *timers) at(queue string, due time.Time) {
	wait := time.Until(due)
	if wait > farAhead {
		return
	}
	k := timerKey{queue, due.UnixMilli()/10 + 1}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped || t.pending[k] != nil {
		return
	}
	t.pending[k] = time.AfterFunc(max(0, wait)+10*time.Millisecond, func() {
		t.mu.Lock()
		delete(t.pending, k)
		t.mu.Unlock()
		t.wake(queue)
	})
}

func (t *timers) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	for _, one := range t.pending {
		one.Stop()
	}
}
