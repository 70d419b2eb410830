package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// tokenEndsKept is how long it is known that a token has ended.
const tokenEndsKept = 366 * 24 * time.Hour

// NoteTokenEnds writes down when a token of a server ends. It is named by its
// public id, the first digits: the ledger never holds a token.
func (s *Store) NoteTokenEnds(ctx context.Context, server, id string, ends time.Time) error {
	if known, err := s.TokenEnds(ctx, server, id); err == nil && known.Equal(database.Canonical(ends)) {
		return nil
	}
	err := s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		if _, err := t.Exec(ctx, `DELETE FROM token_ends WHERE ends < $1`, database.Micros(time.Now().Add(-tokenEndsKept))); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `INSERT INTO token_ends (server, token, ends) VALUES ($1, $2, $3)
			ON CONFLICT (server, token) DO UPDATE SET ends = excluded.ends`, server, id, database.Micros(database.Canonical(ends)))
		return err
	})
	if err != nil {
		return fmt.Errorf("note when a token ends: %w", err)
	}
	return nil
}

// TokenEnds gives when a token of a server ends; zero when nobody knows.
func (s *Store) TokenEnds(ctx context.Context, server, id string) (time.Time, error) {
	found, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (ends int64, err error) { return ends, r.Scan(&ends) },
		`SELECT ends FROM token_ends WHERE server = $1 AND token = $2`, server, id)
	if err != nil {
		return time.Time{}, fmt.Errorf("look when a token ends: %w", err)
	}
	if len(found) == 0 {
		return time.Time{}, nil
	}
	return database.FromMicros(found[0]), nil
}
