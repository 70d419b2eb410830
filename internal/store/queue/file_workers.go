package queue

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"speckle-runner/internal/store/database"
)

// fileWorkers work off the queues of an SQLite file. One process owns it, so what must be
// fast is heard of within the process; River's client would look after others all the time,
// and wakes an idle process 25 times a second.
type fileWorkers struct {
	queue *Queue
	work  *Work

	fetching, running sync.WaitGroup

	mu       sync.Mutex
	stopping chan struct{}
	lines    map[string]*fileLine
}

// fileLine is one queue and those who work on it.
type fileLine struct {
	name  string
	most  int           // that work at once
	woken chan struct{} // there may be something to fetch

	fetching sync.Mutex // one at a time

	mu   sync.Mutex
	busy int
	full bool // there was no room for a fetch
}

func newFileWorkers(q *Queue, w *Work) *fileWorkers {
	return &fileWorkers{queue: q, work: w, lines: map[string]*fileLine{}, stopping: make(chan struct{})}
}

func (f *fileWorkers) start(ctx context.Context) error {
	f.add(ctx, Runs, maxWorkers)
	if f.work.Deliver != nil {
		f.add(ctx, Deliveries, f.work.DeliverParallel)
	}
	f.fetching.Go(func() { f.listen(ctx) })
	return nil
}

func (f *fileWorkers) addQueue(name string) error {
	f.add(context.Background(), name, maxWorkers)
	return nil
}

func (f *fileWorkers) stop(ctx context.Context) error {
	f.mu.Lock()
	if !f.stopped() {
		close(f.stopping)
	}
	f.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.fetching.Wait()
		f.running.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fileWorkers) stopped() bool {
	select {
	case <-f.stopping:
		return true
	default:
		return false
	}
}

func (f *fileWorkers) add(ctx context.Context, name string, most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lines[name] != nil || f.stopped() {
		return
	}
	l := &fileLine{name: name, most: most, woken: make(chan struct{}, 1)}
	f.lines[name] = l
	l.wake()
	f.fetching.Go(func() { f.serve(ctx, l) })
}

// listen passes on what this process is woken for, and what the poll finds.
func (f *fileWorkers) listen(ctx context.Context) {
	poll := time.NewTicker(f.work.Poll)
	defer poll.Stop()
	for {
		select {
		case <-f.stopping:
			return
		case <-f.queue.waking.signal:
			f.wake(f.queue.waking.take())
		case <-poll.C:
			f.wake(f.due(ctx)...)
		}
	}
}

func (f *fileWorkers) wake(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		if l := f.lines[name]; l != nil {
			l.wake()
		}
	}
}

// due names the queues that hold something that is due: what another process queued, or what
// is due for so long that no timer was set. Where the ledger can't be read, its beat says so.
func (f *fileWorkers) due(ctx context.Context) []string {
	type named struct {
		Name string `json:"name"`
	}
	var names []named
	f.mu.Lock()
	for name := range f.lines {
		names = append(names, named{name})
	}
	f.mu.Unlock()
	due, _ := database.Collect(ctx, f.queue.db.Read(), database.String, `SELECT v.name FROM {list name text} WHERE EXISTS (
		SELECT 1 FROM river_job WHERE state = 'available' AND queue = v.name AND scheduled_at <= {timestamp})`, database.List(names))
	return due
}

func (l *fileLine) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// serve fetches from one queue, and lets each row be worked on by itself.
func (f *fileWorkers) serve(ctx context.Context, l *fileLine) {
	for {
		select {
		case <-f.stopping:
			return
		case <-l.woken:
		}
		l.fetching.Lock()
		if fetch := f.fetch(l); fetch != nil {
			fetch.begin(f.work.Claim(ctx, fetch))
		}
		l.fetching.Unlock()
	}
}

// fetch gives a look into a queue, nil where there is no room for what it would bring.
func (f *fileWorkers) fetch(l *fileLine) *Fetch {
	room := l.room()
	if f.stopped() || room == 0 {
		return nil
	}
	fetch := &Fetch{Queue: l.name, Most: room, q: f.queue, node: f.work.Node}
	fetch.begin = func(ours []int64) { f.begin(l, fetch, setOf(ours)) }
	return fetch
}

// begin lets each row be worked on by itself.
func (f *fileWorkers) begin(l *fileLine, fetch *Fetch, ours map[int64]bool) {
	l.begins(len(ours))
	if len(fetch.rows) == fetch.Most {
		l.wake() // there may be more
	}
	for _, row := range fetch.rows {
		if ours[row.ID] {
			f.running.Go(func() {
				defer l.done()
				f.do(row)
			})
		}
	}
}

// atOnce keeps the line, and a stop, waiting until the fetch's Begin.
func (f *fileWorkers) atOnce(name string) *Fetch {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.lines[name]
	if l == nil || f.stopped() || !l.fetching.TryLock() {
		return nil
	}
	fetch := f.fetch(l)
	if fetch == nil {
		l.fetching.Unlock()
		return nil
	}
	f.fetching.Add(1)
	begin := fetch.begin
	fetch.begin = func(ours []int64) {
		defer f.fetching.Done()
		defer l.fetching.Unlock()
		begin(ours)
	}
	return fetch
}

// do works on one row. A panic is noted, and ends only that.
func (f *fileWorkers) do(row Row) {
	defer func() {
		if p := recover(); p != nil {
			f.queue.log.Error(fmt.Sprintf("a panic at work: %v", p), "trace", string(debug.Stack()))
		}
	}()
	if row.Delivery != "" {
		f.work.Deliver(row.ID, row.Delivery)
	} else {
		f.work.Run(row.ID, row.Job, row.Tick)
	}
}

// room says how many may be fetched. Without any, who is done next wakes the line.
func (l *fileLine) room() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := l.most - l.busy
	l.full = room == 0
	return room
}

func (l *fileLine) begins(count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy += count
}

func (l *fileLine) done() {
	l.mu.Lock()
	l.busy--
	full := l.full
	l.full = false
	l.mu.Unlock()
	if full {
		l.wake()
	}
}
