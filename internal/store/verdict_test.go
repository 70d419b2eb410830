package store_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// lockOut keeps every node from beating, as a backup or a DBA's transaction
// does, until the function that it gives is called.
func lockOut(t *testing.T, dsn string) (release func()) {
	t.Helper()
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
		return sync.OnceFunc(func() { _ = db.Close() })
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"BEGIN", "LOCK TABLE node_lease IN EXCLUSIVE MODE"} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return sync.OnceFunc(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
}

func arrives(context.Context, store.Delivery) store.DeliveryResult { return store.Delivered("") }

// A database that was locked for longer than a lease lives says nothing about
// the nodes: whoever comes first when it is free again may be one that just
// started, or one that waited like all of them.
func TestNobodyIsBuriedForALock(t *testing.T) {
	starts := map[string]func(t *testing.T, s *store.Store) error{
		"serve": func(t *testing.T, s *store.Store) error {
			work(t, s, store.WorkOptions{Handler: owing()})
			storetest.Until(t, "it has a lease", 45*time.Second, func() bool {
				n, err := s.Count(t.Context(), "SELECT count(*) FROM node_lease WHERE node = $1", s.Node())
				return err == nil && n == 1
			})
			return nil
		},
		"run": func(t *testing.T, s *store.Store) error {
			_, _, err := s.Begin(t.Context(), store.Begin{Job: "another"})
			return err
		},
		"redeliver": func(t *testing.T, s *store.Store) error {
			_, err := s.Deliver(t.Context(), id("job"), time.Minute, arrives)
			return err
		},
		"one that waited too": func(t *testing.T, s *store.Store) error { return s.Beat(t.Context()) },
	}
	for name, start := range starts {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, dsn string) {
				living := open(t, dsn, store.SlowBeats)
				c, ctx, err := living.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
				if err != nil {
					t.Fatal(err)
				}
				newcomer := open(t, dsn, store.SlowBeats)
				if name == "one that waited too" {
					if err := newcomer.Beat(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				release := lockOut(t, dsn)
				defer release()
				arrived := make(chan error, 1)
				go func() { arrived <- start(t, newcomer) }()
				storetest.Until(t, "the lease expires", 45*time.Second, func() bool {
					return living.LeaseExpired(t.Context(), living.Node())
				})
				release()
				if err := <-arrived; err != nil {
					t.Fatal(err)
				}
				if err := living.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := context.Cause(ctx); err != nil {
					t.Errorf("the living run's context: %v", err)
				}
				if err := living.Finish(t.Context(), c, store.Outcome{State: store.Succeeded}); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A dead node's run doesn't have to be waited for by hand: who begins the job
// again is let in as soon as the node's death is certain.
func TestBeginOutwaitsADeadProcess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		dead := open(t, dsn, store.FastLeases)
		if _, _, err := dead.Begin(t.Context(), store.Begin{Job: "job", Tick: at(0)}); err != nil {
			t.Fatal(err)
		}
		dead.Die() // its lease is good for a while
		s := open(t, dsn, store.FastLeases)
		c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(1)})
		if err != nil {
			t.Fatal(err)
		}
		if run := getRun(t, s, runID("job", 0)); run.State != store.Interrupted {
			t.Errorf("%+v", run)
		}
		// A living one is told from a dead one, in the same process too.
		other := open(t, dsn, store.FastLeases)
		for _, one := range []*store.Store{s, other} {
			if _, _, err := one.Begin(t.Context(), store.Begin{Job: "job", Tick: at(2)}); !errors.Is(err, store.ErrRunning) ||
				!strings.Contains(err.Error(), c.Run) {
				t.Errorf("%v", err)
			}
		}
	})
}

// What a killed process was sending is sent again by the `runner redeliver`
// that follows it.
func TestRedeliverOutwaitsADeadProcess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		dead := open(t, dsn, store.FastLeases)
		c, _, err := dead.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
		if err != nil {
			t.Fatal(err)
		}
		if err := dead.Finish(t.Context(), c, store.Outcome{State: store.Succeeded,
			Deliveries: []store.NewDelivery{{Target: "hook"}}}); err != nil {
			t.Fatal(err)
		}
		sending, release := make(chan bool, 1), make(chan bool)
		gone := make(chan error, 1)
		go func() {
			_, err := dead.Deliver(context.WithoutCancel(t.Context()), c.Run, time.Minute,
				func(context.Context, store.Delivery) store.DeliveryResult {
					sending <- true
					<-release
					return store.Final(errors.New("too late"))
				})
			gone <- err
		}()
		<-sending
		dead.Die()
		s := open(t, dsn, store.FastLeases)
		if n, err := s.Redeliver(t.Context(), c.Run); n != 1 || err != nil {
			t.Errorf("Redeliver = %d, %v", n, err)
		}
		if sent, err := s.Deliver(t.Context(), c.Run, time.Minute, arrives); sent.Left != 0 || err != nil {
			t.Errorf("%+v, %v", sent, err)
		}
		close(release)
		<-gone
		if run := getRun(t, s, c.Run); run.Deliveries[0].State != store.DeliveryDelivered || run.Deliveries[0].Attempts != 2 {
			t.Errorf("%+v", run.Deliveries)
		}
	})
}

// A run of a killed process isn't told as running without a word, and whoever cancels it
// doesn't wait for a process that is gone.
func TestCancelEndsTheRunOfADeadProcess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		dead := open(t, dsn, store.FastLeases)
		c, _, err := dead.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, dsn, store.FastLeases)
		dead.Die()
		expires := func(at time.Time) {
			if err := s.Write(t.Context(), "UPDATE node_lease SET expires_at = $1", at.UnixMicro()); err != nil {
				t.Fatal(err)
			}
		}
		expires(time.Now().Add(time.Hour))
		if run := getRun(t, s, c.Run); run.State != store.Running || run.LostSince != nil {
			t.Errorf("%s, lost since %v", run.State, run.LostSince)
		}
		expires(tick.Add(time.Hour))
		if run := getRun(t, s, c.Run); run.State != store.Running || run.LostSince == nil || !run.LostSince.Equal(tick.Add(time.Hour)) {
			t.Errorf("%s, lost since %v", run.State, run.LostSince)
		}
		if err := s.Cancel(t.Context(), c.Run); err != nil {
			t.Fatal(err)
		}
		if run := getRun(t, s, c.Run); run.State != store.Canceled || run.LostSince != nil {
			t.Errorf("%s, lost since %v", run.State, run.LostSince)
		}
	})
}

// The lock of the SQLite file proves that the serve before is dead, and says
// nothing about a `runner run` beside it.
func TestANewServeLeavesARunByHandAlone(t *testing.T) {
	dsn := storetest.SQLite(t)
	cli := open(t, dsn)
	c, ctx, err := cli.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, dsn, store.FastLeases, locked)
	work(t, s, store.WorkOptions{Handler: owing()})
	enqueue(t, s, due("other", tick))
	awaitState(t, s, id("other"), store.Succeeded)
	if err := cli.Beat(t.Context()); err != nil || ctx.Err() != nil {
		t.Errorf("%v, %v", err, context.Cause(ctx))
	}
	if err := cli.Finish(t.Context(), c, store.Outcome{State: store.Succeeded}); err != nil {
		t.Error(err)
	}
}
