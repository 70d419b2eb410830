package store

import (
	"context"
	"fmt"
	"time"
)

// tokenEndsKept is how long it is known that a token has ended.
const tokenEndsKept = 366 * 24 * time.Hour

// NoteTokenEnds writes down when a token of a server ends. It is named by its
// public id, the first digits: the ledger never holds a token.
func (s *Store) NoteTokenEnds(ctx context.Context, server, id string, ends time.Time) error {
	if known, err := s.TokenEnds(ctx, server, id); err == nil && known.Equal(canonical(ends)) {
		return nil
	}
	err := s.write(ctx, func(ctx context.Context, t tx) error {
		if _, err := t.exec(ctx, `DELETE FROM token_ends WHERE ends < $1`, micros(time.Now().Add(-tokenEndsKept))); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO token_ends (server, token, ends) VALUES ($1, $2, $3)
			ON CONFLICT (server, token) DO UPDATE SET ends = excluded.ends`, server, id, micros(canonical(ends)))
		return err
	})
	if err != nil {
		return fmt.Errorf("note when a token ends: %w", err)
	}
	return nil
}

// TokenEnds gives when a token of a server ends; zero when nobody knows.
func (s *Store) TokenEnds(ctx context.Context, server, id string) (time.Time, error) {
	found, err := collect(ctx, s.read(), func(r rows) (ends int64, err error) { return ends, r.Scan(&ends) },
		`SELECT ends FROM token_ends WHERE server = $1 AND token = $2`, server, id)
	if err != nil {
		return time.Time{}, fmt.Errorf("look when a token ends: %w", err)
	}
	if len(found) == 0 {
		return time.Time{}, nil
	}
	return fromMicros(found[0]), nil
}
