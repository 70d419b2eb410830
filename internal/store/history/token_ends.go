package history

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// TokenEnds gives when a token of a server ends; zero when nobody knows.
func (r Reader) TokenEnds(ctx context.Context, server, id string) (time.Time, error) {
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (ends int64, err error) { return ends, row.Scan(&ends) },
		`SELECT ends FROM token_ends WHERE server = $1 AND token = $2`, server, id)
	if err != nil {
		return time.Time{}, fmt.Errorf("look when a token ends: %w", err)
	}
	if len(found) == 0 {
		return time.Time{}, nil
	}
	return database.FromMicros(found[0]), nil
}
