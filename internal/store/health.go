package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"speckle-runner/internal/store/database"
)

// health knows whether the database answers. While it doesn't, nothing is
// fetched; the beat of the lease finds out when it is back.
type health struct {
	mu     sync.Mutex
	since  time.Time // zero: it answers
	logged time.Time
}

// logPause keeps a database that comes and goes from flooding the log.
const logPause = 10 * time.Second

func (h *health) down() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.since.IsZero()
}

func (h *health) failed(s *Store, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.since.IsZero() {
		h.since = now
	}
	if now.Sub(h.logged) > logPause {
		h.logged = now
		s.log.Error().Str("error", database.Clean(err.Error())).Msg("the database doesn't answer, or refuses; runs wait for it")
	}
}

func (h *health) worked(s *Store) {
	h.mu.Lock()
	since := h.since
	h.since = time.Time{}
	h.mu.Unlock()
	if since.IsZero() {
		return
	}
	s.log.Info().Dur("after", time.Since(since)).Msg("the database answers again")
	s.queue.WakeAll()
}

// Down says since when the database has not answered, if it doesn't.
func (s *Store) Down() (since time.Time, down bool) {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.since, !s.health.since.IsZero()
}

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
			s.health.failed(s, err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(slowly()), backoff.WithMaxElapsedTime(0))
	return err
}
