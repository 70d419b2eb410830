package queue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
	"speckle-runner/internal/store/storetest"
)

// TestRowsAreAsRiversOwn: what is added by our own statement is what River
// itself would have written, up to the moment and to the nonce of an insert that
// gives ids; also for what is due later.
func TestRowsAreAsRiversOwn(t *testing.T) {
	t.Parallel()
	db, q := open(t, storetest.SQLite(t))
	later := time.Now().Add(time.Hour)
	rows := []queue.Row{
		{Queue: queue.Runs, Job: `a "b" – c`, Tick: 1_790_000_000_000_001},
		{Queue: queue.Runs, Job: "later", Tick: 7, Priority: 9, Due: later},
		{Queue: queue.Deliveries, Priority: 2, Delivery: "d1"},
	}
	if err := db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		_, err := q.AddNumbered(ctx, tx, rows)
		return errors.Join(err, q.Add(ctx, tx, rows))
	}); err != nil {
		t.Fatal(err)
	}
	found, err := database.Collect(t.Context(), db.Read(), database.String, `
		SELECT json_array(json(args), attempt, attempted_at, attempted_by, errors, finalized_at, kind, max_attempts,
		  json_remove(metadata, '$."river:unique_nonce"'), priority,
		  queue, state, json(tags), unique_key, unique_states, typeof(args), typeof(metadata), typeof(tags), typeof(created_at),
		  CASE WHEN scheduled_at > datetime('now', '+10 minutes') THEN scheduled_at ELSE typeof(scheduled_at) END) FROM river_job ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2*len(rows) {
		t.Fatalf("%d rows, want each twice", len(found))
	}
	for i := range rows {
		if river, ours := found[i], found[i+len(rows)]; river != ours {
			t.Errorf("River wrote\n%s\nwe wrote\n%s", river, ours)
		}
	}
}

// TestASpoiltRowStopsNoFetch: arguments that somebody made unreadable by hand are
// nobody's, and the rows beside them are fetched.
func TestASpoiltRowStopsNoFetch(t *testing.T) {
	t.Parallel()
	db, q := open(t, storetest.SQLite(t))
	var rows []queue.Row
	if err := db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		err := q.Add(ctx, tx, []queue.Row{{Queue: queue.Runs, Job: "a", Tick: 7}, {Queue: queue.Runs, Job: "b", Tick: 7}})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE river_job SET args = 'not json' WHERE args->>'job' = 'a'`); err != nil {
			return err
		}
		rows, err = q.NewFetch("node", queue.Runs, 10).Take(ctx, tx, 10)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Job != "" || rows[1].Job != "b" || rows[1].Tick != 7 {
		t.Errorf("fetched %+v, want one of no job, and b", rows)
	}
}
