package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// tokenEndsKept is for how long after its end a token is remembered.
const tokenEndsKept = 366 * 24 * time.Hour

// NoteTokenEnds writes down when a token of a server ends. The token is named by its public
// id, its first digits: the ledger never holds a token.
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
