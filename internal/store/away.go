package store

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"speckle-runner/internal/store/database"
)

// Down says whether the database is down, which is when it doesn't answer or refuses a
// write, and since when.
func (s *Store) Down() (since time.Time, down bool) {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.since, !s.health.since.IsZero()
}

// DownError is the database's last error while it is down; nil while it isn't.
func (s *Store) DownError() error {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.last
}

// Trouble says what an error means for the database's state, and what to do.
func (s *Store) Trouble(err error) (is, hint string) { return s.db.Trouble(err) }

// Patiently asks again, until ctx ends, while a database server is away or another process
// holds a file: the run that met it isn't to fail for that. Other errors of a file, and a
// full disk, don't go away by themselves, and are given at once.
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
	}, backoff.WithBackOff(reconnectPace()), backoff.WithMaxElapsedTime(0))
	return err
}

// reconnectPace is the pace of retries against a database that is away.
func reconnectPace() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 50*time.Millisecond, time.Second
	return b
}
