package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

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

// databaseNow reads the clock within a transaction.
func databaseNow(ctx context.Context, t database.Tx) (int64, error) {
	found, err := database.Collect(ctx, t, database.Int, "SELECT {now}")
	if err != nil {
		return 0, err
	}
	return found[0], nil
}
