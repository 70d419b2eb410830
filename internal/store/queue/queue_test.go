package queue_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
	"speckle-runner/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func open(t *testing.T, dsn string) (*database.DB, *queue.Queue) {
	t.Helper()
	db, err := database.Open(t.Context(), dsn, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	q, err := queue.New(db, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	isNew := func(context.Context, database.Queryer) (bool, error) { return false, nil }
	if err := db.Migrate(t.Context(), isNew, q.Migrate); err != nil {
		t.Fatal(err)
	}
	return db, q
}

// TestARowsWay: what is added is fetched once; it is fetched again only when it
// is put back or released; what is dropped is gone.
func TestARowsWay(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		db, q := open(t, dsn)
		write := func(do func(ctx context.Context, tx database.Tx) error) {
			t.Helper()
			if err := db.Write(t.Context(), do); err != nil {
				t.Fatal(err)
			}
		}
		var ids []int64
		write(func(ctx context.Context, tx database.Tx) (err error) {
			ids, err = q.AddNumbered(ctx, tx, []queue.Row{{Queue: queue.Runs, Job: "a", Tick: 7}, {Queue: queue.Runs, Job: "b", Tick: 7}})
			return err
		})
		fetched := func() (jobs string) {
			t.Helper()
			f := q.NewFetch("node", queue.Runs, 10)
			write(func(ctx context.Context, tx database.Tx) error {
				rows, err := f.Take(ctx, tx, 10)
				for _, row := range rows {
					jobs += row.Job
				}
				return err
			})
			return jobs
		}
		if due, err := q.NewFetch("node", queue.Runs, 10).Jobs(t.Context(), 10); err != nil ||
			strings.Join(slices.Sorted(slices.Values(due)), "") != "ab" {
			t.Errorf("due are %q, %v", due, err)
		}
		if got := fetched(); got != "ab" {
			t.Errorf("fetched %q", got)
		}
		if got := fetched(); got != "" {
			t.Errorf("fetched again: %q", got)
		}
		write(func(ctx context.Context, tx database.Tx) error {
			there, err := q.Again(ctx, tx, []queue.Return{{ID: ids[0], DueAt: 1, Failure: queue.Failure(time.Unix(1, 0), 1, "lost")},
				{ID: ids[1] + 99}})
			if !there[ids[0]] || there[ids[1]+99] {
				t.Errorf("put back: %v", there)
			}
			return errors.Join(err, q.Hold(ctx, tx, ids[1:]))
		})
		if got := fetched(); got != "a" {
			t.Errorf("fetched %q, want the one that was put back", got)
		}
		write(func(ctx context.Context, tx database.Tx) error {
			_, err := q.Release(ctx, tx, ids[1:])
			return errors.Join(err, q.Drop(ctx, tx, ids[:1]))
		})
		if got := fetched(); got != "b" {
			t.Errorf("fetched %q, want the one that was released", got)
		}
	})
}

// Who fetches a row locks it, and then its job; who ends a run has locked the job, and drops its row: neither
// waits for the other. What is left alone so is dropped by who fetched it.
func TestARowThatIsBeingFetchedIsLeftAlone(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		db, q := open(t, dsn)
		var ids []int64
		err := db.Write(t.Context(), func(ctx context.Context, tx database.Tx) (err error) {
			ids, err = q.AddNumbered(ctx, tx, []queue.Row{{Queue: queue.Runs, Job: "a", Tick: 7}, {Queue: queue.Runs, Job: "b", Tick: 7}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
			if !database.LocksRows(tx) {
				return nil // one writer: nobody else is at it
			}
			rows, err := q.NewFetch("node", queue.Runs, 1).Take(ctx, tx, 1)
			if err != nil || len(rows) != 1 {
				t.Errorf("fetched %v, %v", rows, err)
				return err
			}
			other, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := db.Write(other, func(ctx context.Context, tx database.Tx) error { return q.Drop(ctx, tx, ids) }); err != nil {
				t.Errorf("drop both while one is fetched: %v", err)
			}
			return q.Drop(ctx, tx, []int64{rows[0].ID})
		})
		if err != nil {
			t.Fatal(err)
		}
		left, err := q.NewFetch("node", queue.Runs, 10).Jobs(t.Context(), 10)
		if err != nil || strings.HasPrefix(dsn, "postgres") && len(left) > 0 {
			t.Errorf("left are %q, %v", left, err)
		}
	})
}

// TestNames: a server's queue is readable, and another server's is another one.
func TestNames(t *testing.T) {
	t.Parallel()
	a, b := queue.Name("https://one.example.com"), queue.Name("https://one.example-com")
	if a == b || !strings.HasPrefix(a, "runs_one_example_com_") || queue.Name("") != queue.Runs {
		t.Errorf("%q and %q", a, b)
	}
}
