package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

func locked(o *store.Options) { o.Lock = true }

func TestASecondServeIsToldToUsePostgres(t *testing.T) {
	dsn := storetest.SQLite(t)
	s := open(t, dsn, locked)
	_, err := store.Open(t.Context(), dsn, store.Options{Lock: true})
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), "postgres://") {
		t.Fatalf("a second serve: %v", err)
	}
	// `runner run` works beside it.
	cli := open(t, dsn)
	work(t, s, store.WorkOptions{Handler: owing()})
	for range 20 {
		c, _, err := cli.Begin(t.Context(), store.Begin{Job: "by-hand"})
		if err != nil {
			t.Fatal(err)
		}
		enqueue(t, s, due("by-schedule", c.Tick))
		if err := cli.Finish(t.Context(), c, store.Outcome{State: store.Succeeded}); err != nil {
			t.Fatal(err)
		}
		awaitState(t, s, store.RunID("by-schedule", c.Tick), store.Succeeded)
	}
	_ = s.Close()
	next := open(t, dsn, locked)
	_ = next.Close()
}

// The lock tells a new serve that the old one is dead: no lease is waited for.
func TestANewServeTakesOverAtOnce(t *testing.T) {
	dsn := storetest.SQLite(t)
	old := open(t, dsn)
	g := newGate()
	work(t, old, store.WorkOptions{Handler: g.handle})
	enqueue(t, old, due("job", tick))
	<-g.started
	old.Die() // its lease is good for seconds
	s := open(t, dsn, locked)
	work(t, s, store.WorkOptions{Handler: owing()})
	if run := awaitState(t, s, id("job"), store.Succeeded); run.Attempt != 2 {
		t.Errorf("%+v", run)
	}
	g.release <- store.Succeeded
}

func TestManyOpenANewDatabaseAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				s, err := store.Open(t.Context(), dsn, store.Options{Log: zerolog.Nop()})
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Ping(t.Context()); err != nil {
					t.Error(err)
				}
				_ = s.Close()
			})
		}
		all.Wait()
	})
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if err := s.Write(t.Context(), "UPDATE ledger_version SET ledger = 99"); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), dsn, store.Options{}); err == nil || !strings.Contains(err.Error(), "newer runner") {
			t.Errorf("%v", err)
		}
	})
}

// An update of River may bring migrations: then riverVersion must follow.
func TestRiverVersionIsTheNewest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		newest, err := s.Count(t.Context(), "SELECT max(version) FROM river_migration")
		if err != nil || newest != store.RiverVersion {
			t.Errorf("River is at %d, the package says %d (%v)", newest, store.RiverVersion, err)
		}
	})
}

func TestAddressesThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for dsn, want := range map[string]string{
		"":                        "sqlite:FILE",
		"mysql://root@localhost":  "sqlite:FILE",
		"sqlite:":                 "needs a file",
		"sqlite::memory:":         "needs a file",
		"sqlite:" + garbage:       garbage,
		"postgres://u:hunter22@[": "not a PostgreSQL address",
		"postgres://u:hunter22@127.0.0.1:1/nothing?connect_timeout=2": "nothing on 127.0.0.1:1",
	} {
		_, err := store.Open(t.Context(), dsn, store.Options{Log: zerolog.Nop()})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: %v, want %q", dsn, err, want)
		}
	}
}

func TestAFullDiskIsSaidAndSurvived(t *testing.T) {
	s := open(t, storetest.SQLite(t), store.FastLeases)
	g := newGate()
	work(t, s, store.WorkOptions{Handler: func(ctx context.Context, c store.Claim) store.Outcome {
		o := g.handle(ctx, c)
		o.Log = strings.Repeat("a long log ", 5000)
		return o
	}})
	enqueue(t, s, due("before", tick))
	<-g.started
	if err := s.LimitPages(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	dues := make([]store.Due, 1000)
	for i := range dues {
		dues[i] = store.Due{Job: "many", Tick: at(i), Trigger: store.Backfill}
	}
	if _, err := s.Enqueue(t.Context(), dues); !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "runner.db") {
		t.Fatalf("a full disk: %v", err)
	}
	g.release <- store.Succeeded // its end can't be written either
	if err := s.LimitPages(t.Context(), -1); err != nil {
		t.Fatal(err)
	}
	if run := awaitState(t, s, id("before"), store.Succeeded); run.Attempt != 1 {
		t.Errorf("%+v", run)
	}
	enqueue(t, s, due("after", tick))
	<-g.started
	g.release <- store.Succeeded
	awaitState(t, s, id("after"), store.Succeeded)
}
