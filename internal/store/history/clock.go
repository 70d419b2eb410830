package history

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

// Grain is how exactly SQLite tells the time: a tick of this very moment may
// seem to lie that far ahead.
const Grain = time.Millisecond

// Clock asks the database for the time. SQLite's clock is this machine's, and is told here as exactly as
// the machine knows it: what waits for a tick by a clock that lags wakes up late.
func (r Reader) Clock(ctx context.Context) (Clock, error) {
	asked := time.Now()
	found, err := database.Collect(ctx, r.db.Read(), scanClock, "SELECT {now}, coalesce((SELECT max(tick) FROM runs), 0)")
	if err != nil {
		return Clock{}, fmt.Errorf("the database's clock: %w", r.db.Explain(err))
	}
	c := found[0]
	if own := time.Now(); r.db.File() && !own.Before(c.Now) && own.Round(0).Sub(c.Now) < Grain+own.Sub(asked) {
		c.Now = database.Canonical(own)
	}
	return c, nil
}

// Moment gives the tick of a run that is asked for now. A clock of ours that
// is ahead of the database's doesn't count.
func (r Reader) Moment(ctx context.Context) (time.Time, error) {
	c, err := r.Clock(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if own := time.Now(); own.Before(c.Now.Add(Grain)) {
		return database.Canonical(own), nil
	}
	return c.Now, nil
}

func scanClock(row database.Rows) (Clock, error) {
	var now, newest int64
	err := row.Scan(&now, &newest)
	c := Clock{Now: database.FromMicros(now)}
	if newest != 0 {
		c.Newest = database.FromMicros(newest)
	}
	return c, err
}
