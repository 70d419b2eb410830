package scheduler

import (
	"container/heap"
	"time"

	"speckle-runner/internal/jobs"
)

// entry is one job of the file in force, or one that a reload removed and that still
// has ticks to be written.
type entry struct {
	job     *jobs.Job
	follows string    // its schedule and zone; "" for a job without ticks
	next    time.Time // the next tick; zero: not armed yet, or none to come
	at      int       // its place in the heap; -1: it isn't in it

	armed bool // the ledger knows its schedule
	// entered is when a job file brought it, and left when one took it away, by
	// the steady clock.
	entered, left time.Duration
	leaving       bool // a reload took it away
	// floor is the time up to which the ledger has its ticks. A tick before it can be
	// due again, after a clock was set back, but was never missed.
	floor time.Time
	// settled: all ticks of the schedule that the job had before are written.
	settled bool
	// fresh: no tick of it has come yet. moved: the clock was wrong when it entered.
	fresh, moved bool
	// inherited: an earlier process followed this schedule. Its job is not known.
	inherited bool
	backlog   *backlog // ticks that were found too late, while they are being written
}

// followed names the schedule and zone that give a job its ticks; "": it has none.
func followed(job *jobs.Job) string {
	if job.Manual || job.Disabled || len(job.Schedules) == 0 {
		return ""
	}
	return job.Schedule.String()
}

// dueHeap has the entry with the earliest next tick first; of one instant, by
// name, so that the order is the same each time.
type dueHeap []*entry

// Len is the number of entries.
func (h dueHeap) Len() int { return len(h) }

// Less orders by next tick.
func (h dueHeap) Less(i, j int) bool {
	if !h[i].next.Equal(h[j].next) {
		return h[i].next.Before(h[j].next)
	}
	return h[i].job.Name < h[j].job.Name
}

// Swap keeps the entries' places right.
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push is for container/heap only.
func (h *dueHeap) Push(x any) {
	e := x.(*entry)
	e.at = len(*h)
	*h = append(*h, e)
}

// Pop is for container/heap only.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	e.at = -1
	return e
}

// put sets an entry's next tick and its place; zero takes it out.
func (h *dueHeap) put(e *entry, next time.Time) {
	e.next = next
	switch {
	case next.IsZero() && e.at >= 0:
		heap.Remove(h, e.at)
	case next.IsZero():
	case e.at >= 0:
		heap.Fix(h, e.at)
	default:
		heap.Push(h, e)
	}
}
