package store

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"speckle-runner/internal/store/database"
)

// Down says since when the database has not answered, or not taken what was written, if
// that is so.
func (s *Store) Down() (since time.Time, down bool) {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.since, !s.health.since.IsZero()
}

// Failing is what the database said last, while it is down; nil while it isn't.
func (s *Store) Failing() error {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.last
}

// Trouble says of an error how the database is, and what to do.
func (s *Store) Trouble(err error) (is, hint string) { return s.db.Trouble(err) }

// Patiently asks again while a database server is away, or somebody else holds
// a file, until ctx ends: that is no failure of the run that met it. What is
// wrong with a file or a full disk doesn't pass by itself, and is told at once.
func (s *Store) Patiently(ctx context.Context, ask func() error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := ask()
		switch {
		case err == nil:
		case ctx.Err() != nil, errors.Is(err, ErrFull), s.db.File() && !database.Busy(err):
			return struct{}{}, backoff.Permanent(err)
		default:
			s.health.failed(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(slowly()), backoff.WithMaxElapsedTime(0))
	return err
}

// slowly is the pace of retries against a database that is away.
func slowly() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 50*time.Millisecond, time.Second
	return b
}
