package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// storm kills nodes with runs in flight, again and again, while ticks come due.
func storm(t *testing.T, s *store.Store, dsn string, nodes, rounds int) (runs []string, all []*child) {
	t.Helper()
	alive := make([]*child, nodes)
	more := func() {
		var dues []store.Due
		for i := range 20 {
			due := store.Due{Job: fmt.Sprintf("job-%d", i%10), Tick: at(len(runs)), Trigger: store.CatchUp}
			dues = append(dues, due)
			runs = append(runs, store.RunID(due.Job, due.Tick))
		}
		enqueue(t, s, dues...)
	}
	for round := range rounds {
		for i := range alive {
			if alive[i] == nil {
				alive[i] = startChild(t, dsn, 20*time.Millisecond)
				all = append(all, alive[i])
			}
		}
		more()
		victim := alive[round%nodes]
		storetest.Until(t, "a node has runs in flight", 45*time.Second, func() bool {
			left, err := s.Count(t.Context(), "SELECT count(*) FROM runs WHERE active = 1 OR state = 'scheduled'")
			if err == nil && left < 3 {
				more() // the other node took them all
			}
			return len(victim.said("start")) >= 2+round && len(victim.said("start")) > len(victim.said("publish"))
		})
		victim.kill()
		alive[round%nodes] = nil
	}
	for _, c := range alive {
		if c != nil {
			c.kill()
		}
	}
	return runs, all
}

func TestKilledNodesLoseNothing(t *testing.T) {
	for name, nodes := range map[string]int{"sqlite": 1, "postgres": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.SQLite(t)
			if name == "postgres" {
				dsn = storetest.Postgres(t)
			}
			s := open(t, dsn, store.FastLeases, func(o *store.Options) { o.MaxCrashes = 1000; o.Log = zerolog.Nop() })
			runs, children := storm(t, s, dsn, nodes, 3)
			r := &receiver{answer: delivered}
			var mu sync.Mutex
			successes := map[string]int{}
			work(t, s, store.WorkOptions{
				Overlap: always(store.OverlapQueue), Deliver: r.handle,
				Handler: func(_ context.Context, c store.Claim) store.Outcome {
					return store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{{ID: "msg-" + c.Run, Target: "hook"}}}
				},
				Observe: func(e store.Event) {
					mu.Lock()
					defer mu.Unlock()
					if e.State == store.Succeeded {
						successes[e.Run]++
					}
				},
			})
			interrupted := 0
			for _, id := range runs {
				if run := awaitState(t, s, id, store.Succeeded); run.Attempt > 1 {
					interrupted++
				}
				awaitDelivered(t, s, id)
			}
			if interrupted == 0 {
				t.Error("no run was in flight when its node was killed")
			}
			checkStorm(t, s, children, successes)
			if n, err := s.Count(t.Context(), "SELECT count(*) FROM runs"); n != len(runs) || err != nil {
				t.Errorf("%d runs, want %d (%v)", n, len(runs), err)
			}
			storetest.Until(t, "the queue is empty", 45*time.Second, func() bool {
				n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job")
				return err == nil && n == 0
			})
		})
	}
}

func awaitDelivered(t *testing.T, s *store.Store, id string) {
	t.Helper()
	storetest.Until(t, id+" is delivered", 45*time.Second, func() bool {
		run := getRun(t, s, id)
		return len(run.Deliveries) == 1 && run.Deliveries[0].State == store.DeliveryDelivered
	})
}

// checkStorm looks for a run that succeeded twice, in what the nodes said.
func checkStorm(t *testing.T, s *store.Store, children []*child, successes map[string]int) {
	t.Helper()
	for _, c := range children {
		for _, line := range c.said("succeeded") {
			successes[strings.Fields(line)[0]]++
		}
	}
	for run, n := range successes {
		if n > 1 {
			t.Errorf("%s succeeded %d times", run, n)
		}
	}
}

func TestTheDatabaseIsKilledUnderLoad(t *testing.T) {
	cluster, err := storetest.NewCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	dsn, err := cluster.Create(t.Context(), "load")
	if err != nil {
		t.Fatal(err)
	}
	var logged logBuffer
	o := store.WorkOptions{Parallel: 4, Deliver: func(context.Context, store.Delivery) store.DeliveryResult { return store.Delivered("") },
		Handler: func(_ context.Context, c store.Claim) store.Outcome {
			<-time.After(10 * time.Millisecond)
			return store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{{Target: "hook"}}}
		}}
	var s *store.Store
	for range 2 {
		s = open(t, dsn, store.FastLeases, func(o *store.Options) { o.Log = zerolog.New(&logged); o.MaxCrashes = 1000 })
		work(t, s, o)
	}
	enqueue(t, s, due("warm-up", tick))
	awaitState(t, s, id("warm-up"), store.Succeeded)
	storetest.Until(t, "both nodes work", 45*time.Second, func() bool {
		n, err := s.Count(t.Context(), "SELECT count(*) FROM river_queue")
		return err == nil && n >= 2
	})
	var runs []string
	for round := range 3 {
		var dues []store.Due
		for i := range 100 {
			dues = append(dues, store.Due{Job: fmt.Sprintf("job-%d", i), Tick: at(round), Trigger: store.CatchUp})
			runs = append(runs, store.RunID(dues[i].Job, at(round)))
		}
		storetest.Until(t, "ticks are enqueued", 45*time.Second, func() bool {
			_, err := s.Enqueue(t.Context(), dues)
			return err == nil
		})
		if round == 2 {
			break
		}
		if err := cluster.Kill(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Enqueue(t.Context(), []store.Due{due("while-down", at(round))}); err == nil {
			t.Error("a tick is enqueued without a database")
		}
		before := logged.lines()
		wait, cancel := context.WithTimeout(t.Context(), time.Second) // an outage
		<-wait.Done()
		cancel()
		if n := logged.lines() - before; n > 10 {
			t.Errorf("%d lines of log in a second without a database:\n%s", n, logged.String())
		}
		if err := cluster.Start(); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			ctx := context.WithoutCancel(t.Context())
			t.Log(s.Dump(ctx, "SELECT to_json(r)::text FROM runs r WHERE state <> 'succeeded' LIMIT 5"))
			t.Log(s.Dump(ctx, "SELECT to_json(r)::text FROM deliveries r WHERE state <> 'delivered' LIMIT 5"))
			t.Log(s.Dump(ctx, "SELECT to_json(r)::text FROM river_job r LIMIT 5"))
			t.Log(s.Dump(ctx, "SELECT to_json(r)::text FROM node_lease r"), s.Node())
			t.Log(logged.String())
		}
	})
	for _, id := range runs {
		storetest.Until(t, id+" has succeeded", 45*time.Second, func() bool {
			run, err := s.Run(t.Context(), id)
			return err == nil && run.State == store.Succeeded && len(run.Deliveries) == 1 && run.Deliveries[0].State == store.DeliveryDelivered
		})
	}
}

type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *logBuffer) lines() int { return strings.Count(b.String(), "\n") }

// A run that doesn't end when it is told to keeps nobody from stopping; it is said, with how long it was waited for.
func TestStoppingWithoutARun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		began, leave := make(chan struct{}), make(chan struct{})
		defer close(leave)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() {
			stopped <- s.Work(ctx, store.WorkOptions{StopGrace: time.Millisecond, Handler: func(context.Context, store.Claim) store.Outcome {
				close(began)
				<-leave
				return store.Outcome{State: store.Succeeded}
			}})
		}()
		enqueue(t, s, due("job", tick))
		<-began
		cancel()
		err := <-stopped
		unstopped, is := errors.AsType[*store.UnstoppedError](err)
		if !is || unstopped.After != time.Millisecond || !errors.Is(err, context.Canceled) {
			t.Errorf("stopped with %v", err)
		}
	})
}

// A database that is gone for good must not keep a process from stopping.
func TestStoppingWithoutADatabase(t *testing.T) {
	cluster, err := storetest.NewCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	dsn, err := cluster.Create(t.Context(), "gone")
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, dsn, store.FastLeases, func(o *store.Options) { o.Log = zerolog.Nop() })
	g := newGate()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		stopped <- s.Work(ctx, store.WorkOptions{Handler: g.handle, StopGrace: 500 * time.Millisecond})
	}()
	enqueue(t, s, due("job", tick))
	c := <-g.started
	if err := cluster.Kill(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, "the last connection is gone", 45*time.Second, func() bool { return s.Ping(t.Context()) != nil })
	cancel()
	<-stopped // with or without an error: it returns
	waiting, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if _, err := s.Hold(waiting, c); err == nil || errors.Is(err, store.ErrFenced) {
		t.Errorf("Hold without a database: %v", err)
	}
}
