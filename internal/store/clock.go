package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// Clock is what the database says of the time. It is the one clock that all
// nodes agree on: PostgreSQL's is its server's, SQLite's this machine's.
type Clock struct {
	Now time.Time
	// Newest is the newest tick in the ledger, zero for none: a clock that is
	// behind it is, or was, wrong.
	Newest time.Time
}

// AheadError says that a tick lies in the future of the database's clock.
// Nothing is written about it, nor about those that came with it.
type AheadError struct {
	Run       string
	Tick, Now time.Time
}

// Error says by how much.
func (e *AheadError) Error() string {
	return fmt.Sprintf("run %s: its tick is %s ahead of the database's clock, which says %s",
		e.Run, e.Tick.Sub(e.Now).Round(time.Millisecond), e.Now.Format(time.RFC3339))
}

// grain is how exactly SQLite tells the time: a tick of this very moment may
// seem to lie that far ahead.
const grain = time.Millisecond

// Clock asks the database for the time.
func (s *Store) Clock(ctx context.Context) (Clock, error) {
	found, err := database.Collect(ctx, s.db.Read(), scanClock, "SELECT {now}, coalesce((SELECT max(tick) FROM runs), 0)")
	if err != nil {
		return Clock{}, fmt.Errorf("the database's clock: %w", s.db.Explain(err))
	}
	return found[0], nil
}

// Moment gives the tick of a run that is asked for now. A clock of ours that
// is ahead of the database's doesn't count.
func (s *Store) Moment(ctx context.Context) (time.Time, error) {
	c, err := s.Clock(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if own := time.Now(); own.Before(c.Now.Add(grain)) {
		return database.Canonical(own), nil
	}
	return c.Now, nil
}

func scanClock(r database.Rows) (Clock, error) {
	var now, newest int64
	err := r.Scan(&now, &newest)
	c := Clock{Now: database.FromMicros(now)}
	if newest != 0 {
		c.Newest = database.FromMicros(newest)
	}
	return c, err
}

// databaseNow reads the clock within a transaction.
func databaseNow(ctx context.Context, t database.Tx) (int64, error) {
	found, err := database.Collect(ctx, t, database.Int, "SELECT {now}")
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

// notAhead refuses ticks that the database's clock has not reached.
func notAhead(rows []runRow, now int64) error {
	for _, row := range rows {
		if row.Tick > now+grain.Microseconds() {
			return &AheadError{row.id(), database.FromMicros(row.Tick), database.FromMicros(now)}
		}
	}
	return nil
}
