package arrivals

import (
	"context"
	"sync"
	"time"

	"speckle-runner/internal/jobs"
)

const (
	// atOnce is how many looks go on at the same time: a server that is slow holds
	// up few others.
	atOnce = 4
	// longestSleep bounds a sleep without anything to do.
	longestSleep = time.Hour
	// leastPause is before a look is tried again that another node had.
	leastPause = 250 * time.Millisecond
)

// Arrivals looks for new versions. It is safe for use by several goroutines.
type Arrivals struct {
	o       Options
	changed chan struct{} // Apply was called, or a look has ended
	slots   chan struct{}

	mu     sync.Mutex
	groups map[groupKey]*group
}

// New gives one without jobs.
func New(o Options) *Arrivals {
	return &Arrivals{o: o, changed: make(chan struct{}, 1), slots: make(chan struct{}, atOnce), groups: map[groupKey]*group{}}
}

// Apply puts a job file in force. What the file before it looked for, too, is
// looked for when it would have been.
func (a *Arrivals) Apply(file *jobs.File) {
	groups := groupsOf(file)
	a.mu.Lock()
	for key, g := range groups {
		if old := a.groups[key]; old != nil {
			g.next, g.busy, g.trouble = old.next, old.busy, old.trouble
			if latest := time.Now().Add(g.every); g.next.After(latest) {
				g.next = latest
			}
		}
	}
	a.groups = groups
	a.mu.Unlock()
	a.wake()
}

func (a *Arrivals) wake() {
	select {
	case a.changed <- struct{}{}:
	default: // it is awake
	}
}

// Run looks until ctx ends. A look that goes on then is cut off, and repeated at
// the next start.
func (a *Arrivals) Run(ctx context.Context) {
	var looks sync.WaitGroup
	defer looks.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.changed:
		case <-timer.C:
		}
		due, pause := a.due(time.Now())
		timer.Reset(pause)
		for _, g := range due {
			looks.Go(func() { a.once(ctx, g) })
		}
	}
}

// due takes the groups whose look has come, and says when the next one's comes.
func (a *Arrivals) due(now time.Time) (due []*group, pause time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	pause = longestSleep
	for _, g := range a.groups {
		switch wait := g.next.Sub(now); {
		case g.busy:
		case wait <= 0:
			g.busy = true
			due = append(due, g)
		default:
			pause = min(pause, wait)
		}
	}
	return due, pause
}

// once makes one look, and notes when the next one comes.
func (a *Arrivals) once(ctx context.Context, g *group) {
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	began := time.Now()
	taken, err := (&look{o: a.o, group: g}).do(ctx)
	<-a.slots
	pause, trouble := g.every, ""
	if !taken {
		pause = max(g.every/4, leastPause)
	}
	if err != nil {
		trouble = err.Error()
	}
	a.mu.Lock()
	if now := a.groups[g.key]; now != nil { // a reload may have made another of it
		now.busy, now.next = false, began.Add(pause)
		if taken && ctx.Err() == nil {
			now.report(a.o.Log, trouble)
		}
	}
	a.mu.Unlock()
	a.wake()
}
