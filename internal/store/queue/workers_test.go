package queue_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
	"speckle-runner/internal/store/storetest"
)

// taker claims whatever a fetch finds.
type taker struct {
	t  *testing.T
	db *database.DB
}

func (c taker) Claim(ctx context.Context, f *queue.Fetch) (ours []int64) {
	err := c.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		rows, err := f.Take(ctx, tx, f.Most)
		ours = nil
		for _, row := range rows {
			if row.Job != "not ours" {
				ours = append(ours, row.ID)
			}
		}
		return err
	})
	if err != nil {
		c.t.Error(err)
	}
	return ours
}

// crew is a queue that is worked on; each row that begins is told, and ends when it is let go.
type crew struct {
	t      *testing.T
	db     *database.DB
	q      *queue.Queue
	begun  chan string
	letGo  chan struct{}
	mu     sync.Mutex
	atOnce int
	most   int
}

func startCrew(t *testing.T, dsn string, poll time.Duration) *crew {
	t.Helper()
	db, q := open(t, dsn)
	c := &crew{t: t, db: db, q: q, begun: make(chan string, 100), letGo: make(chan struct{}, 100)}
	q.Prepare(queue.Work{Node: "node", Poll: poll, Claimer: taker{t, db}, DeliverParallel: 3,
		Run:     func(_ int64, job string, _ int64) { c.do(job) },
		Deliver: func(_ int64, delivery string) { c.do(delivery) }})
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *crew) do(name string) {
	c.mu.Lock()
	c.atOnce++
	c.most = max(c.most, c.atOnce)
	c.mu.Unlock()
	c.begun <- name
	<-c.letGo
	c.mu.Lock()
	c.atOnce--
	c.mu.Unlock()
	if name == "panics" {
		panic("as asked")
	}
}

func (c *crew) add(rows ...queue.Row) {
	c.t.Helper()
	if err := c.db.Write(c.t.Context(), func(ctx context.Context, tx database.Tx) error { return c.q.Add(ctx, tx, rows) }); err != nil {
		c.t.Fatal(err)
	}
}

// begins waits for so many rows to begin.
func (c *crew) begins(n int) (names map[string]bool) {
	c.t.Helper()
	names = map[string]bool{}
	for range n {
		select {
		case name := <-c.begun:
			names[name] = true
		case <-time.After(45 * time.Second):
			c.t.Fatalf("%d of %d began: %v", len(names), n, names)
		}
	}
	return names
}

func (c *crew) end(n int) {
	for range n {
		c.letGo <- struct{}{}
	}
}

func (c *crew) stop(ctx context.Context) error {
	defer c.q.Done()
	return c.q.Stop(ctx)
}

func deliveries(n int) (rows []queue.Row) {
	for i := range n {
		rows = append(rows, queue.Row{Queue: queue.Deliveries, Delivery: fmt.Sprint("d", i)})
	}
	return rows
}

// TestWorkersAtOnce: no more are worked on at once than there may be, and each that ends lets
// the next one begin, without a poll.
func TestWorkersAtOnce(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		c := startCrew(t, dsn, time.Hour)
		c.add(deliveries(10)...)
		c.q.Wake(queue.Deliveries)
		began := len(c.begins(3))
		for range 7 {
			c.end(1)
			began += len(c.begins(1))
		}
		if began != 10 || c.most != 3 {
			t.Errorf("%d began, %d at once; want 10, 3 at once", began, c.most)
		}
		c.end(3)
		if err := c.stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestWorkers: what is added and told, and what another process added, is worked on, in the
// queues of new servers too; a panic ends only the row that it came from.
func TestWorkers(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		c := startCrew(t, dsn, 50*time.Millisecond)
		c.add(queue.Row{Queue: queue.Runs, Job: "panics", Tick: 1}, queue.Row{Queue: queue.Runs, Job: "not ours", Tick: 1})
		c.begins(1) // nobody told
		c.end(1)
		other := queue.Name("https://one.example.com")
		c.add(queue.Row{Queue: other, Job: "elsewhere", Tick: 1})
		c.q.Wake(other)
		c.add(queue.Row{Queue: queue.Runs, Job: "after", Tick: 2})
		if names := c.begins(2); !names["elsewhere"] || !names["after"] {
			t.Errorf("began: %v", names)
		}
		c.end(2)
		if err := c.stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestWorkersStop: a stop waits for what is under way, as long as it may, and nothing begins
// after it.
func TestWorkersStop(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		c := startCrew(t, dsn, 10*time.Millisecond)
		c.add(queue.Row{Queue: queue.Runs, Job: "long", Tick: 1})
		c.q.Wake(queue.Runs)
		c.begins(1)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.q.Stop(over); !errors.Is(err, context.Canceled) {
			t.Errorf("a stop that may not wait gave %v", err)
		}
		c.end(1)
		if err := c.q.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		c.add(queue.Row{Queue: queue.Runs, Job: "late", Tick: 2})
		c.q.Wake(queue.Runs)
		c.q.Done()
		c.q.Wake(queue.Runs)
		next := startCrew(t, dsn, 10*time.Millisecond)
		if names := next.begins(1); !names["late"] {
			t.Errorf("began: %v", names)
		}
		next.end(1)
		if err := next.stop(t.Context()); err != nil {
			t.Error(err)
		}
		if len(c.begun) > 0 {
			t.Errorf("%s began after the stop", <-c.begun)
		}
	})
}

// TestAtOnce: who fills a queue of a file may take from it in the same transaction; nobody else
// fetches from it meanwhile, and a stop waits for what begins.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	c := startCrew(t, storetest.SQLite(t), time.Hour)
	var f *queue.Fetch
	storetest.Until(t, "nobody fetches", 45*time.Second, func() bool {
		f = c.q.FetchAtOnce(queue.Runs)
		return f != nil
	})
	if c.q.FetchAtOnce(queue.Runs) != nil || c.q.FetchAtOnce(queue.Name("https://new.example.com")) != nil {
		t.Error("a second one fetches, or from a queue that nobody works off")
	}
	added := []queue.Row{{Queue: queue.Runs, Job: "not ours", Tick: 1}, {Queue: queue.Runs, Job: "ours", Tick: 1}}
	var rows []queue.Row
	err := c.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) (err error) {
		if err = c.q.Add(ctx, tx, added); err == nil {
			rows, err = f.Take(ctx, tx, f.Most)
		}
		return err
	})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.q.Stop(over); !errors.Is(err, context.Canceled) {
		t.Errorf("a stop that may not wait gave %v", err)
	}
	f.Begin([]int64{rows[1].ID})
	if names := c.begins(1); !names["ours"] {
		t.Errorf("began: %v", names)
	}
	if c.q.FetchAtOnce(queue.Runs) != nil {
		t.Error("a fetch after the stop")
	}
	c.end(1)
	if err := c.stop(t.Context()); err != nil || len(c.begun) > 0 {
		t.Errorf("%v; %d more began", err, len(c.begun))
	}
}
