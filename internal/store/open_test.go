package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
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
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
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

// An update of River may bring migrations: then queue.Version must follow.
func TestRiverVersionIsTheNewest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		newest, err := s.Count(t.Context(), "SELECT max(version) FROM river_migration")
		if err != nil || newest != queue.Version {
			t.Errorf("River is at %d, the package says %d (%v)", newest, queue.Version, err)
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
	awaitTrouble(t, s, "has no room left")
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

// One file has one lock, whatever path leads to it, and before it is there.
func TestALockIsOnTheFileNotOnItsName(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"folder": "real", "short.db": filepath.Join("real", "runner.db"),
		"absolute.db": filepath.Join(dir, "short.db")} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	open(t, "sqlite:"+filepath.Join(dir, "absolute.db"), locked) // makes real/runner.db
	for _, name := range []string{"real/runner.db", "folder/runner.db", "short.db"} {
		if _, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, name), store.Options{Lock: true}); !errors.Is(err, store.ErrLocked) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A database whose file is taken away ends the work: runs under way may not
// publish, and nothing is written into a file that nobody finds.
func TestAFileThatIsTakenAwayEndsTheWork(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // an open file can't be taken away there
	}
	for what, take := range map[string]func(file string) error{
		"removed": os.Remove,
		"replaced": func(file string) error {
			if err := os.WriteFile(file+".new", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(file+".new", file)
		},
		"its log":    func(file string) error { return os.Remove(file + "-wal") },
		"its lock":   func(file string) error { return os.Remove(file + ".lock") },
		"its folder": func(file string) error { return os.Rename(filepath.Dir(file), filepath.Dir(file)+"-moved") },
	} {
		t.Run(what, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "state", "runner.db")
			s := open(t, "sqlite:"+file, locked, store.FastLeases)
			held := make(chan error, 1)
			begun := make(chan bool)
			worked := make(chan error, 1)
			go func() {
				worked <- s.Work(t.Context(), store.WorkOptions{Drain: time.Hour, Handler: func(ctx context.Context, c store.Claim) store.Outcome {
					close(begun)
					<-ctx.Done()
					_, err := s.Hold(context.WithoutCancel(ctx), c)
					held <- err
					return store.Outcome{State: store.Succeeded}
				}})
			}()
			enqueue(t, s, due("job", tick))
			<-begun
			if err := take(file); err != nil {
				t.Fatal(err)
			}
			if err := <-held; !errors.Is(err, store.ErrDisplaced) {
				t.Errorf("may the run publish? %v", err)
			}
			if err := <-worked; !errors.Is(err, store.ErrDisplaced) {
				t.Errorf("work ended with %v", err)
			}
			if _, err := s.Enqueue(t.Context(), []store.Due{due("other", tick)}); !errors.Is(err, store.ErrDisplaced) {
				t.Errorf("enqueue: %v", err)
			}
			if err := s.Ping(t.Context()); !errors.Is(err, store.ErrDisplaced) {
				t.Errorf("ping: %v", err)
			}
		})
	}
}

// TestSomebodyHoldsTheFile: SQLite says that it is locked, and no more.
func TestSomebodyHoldsTheFile(t *testing.T) {
	dsn := storetest.SQLite(t)
	s := open(t, dsn, store.Impatient)
	_, path, _ := strings.Cut(dsn, ":")
	holder, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	holder.SetMaxOpenConns(1)
	if _, err := holder.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Forget(t.Context(), id("job"))
	if !errors.Is(err, database.ErrBusy) || !database.Busy(err) || !strings.Contains(err.Error(), path) ||
		!strings.Contains(err.Error(), "another process holds it: another runner, a backup") {
		t.Error(err)
	}
	if _, err := holder.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forget(t.Context(), id("job")); errors.Is(err, database.ErrBusy) {
		t.Error(err)
	}
}
