package store

import (
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store/database"
)

// health knows whether the database answers. While it doesn't, nothing is fetched; the
// beat of the lease finds out when it is back.
type health struct {
	log  zerolog.Logger
	back func() // is called once it answers again
	db   *database.DB

	mu     sync.Mutex
	since  time.Time // zero: it answers
	last   error     // the newest since then
	logged time.Time
}

// logPause is the least time between two log lines about a database that is down.
const logPause = 10 * time.Second

func (h *health) down() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.since.IsZero()
}

func (h *health) failed(err error) {
	err = h.db.Explain(err)
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	h.last = err
	if h.since.IsZero() {
		h.since = now
	}
	if now.Sub(h.logged) > logPause {
		h.logged = now
		is, hint := h.db.Trouble(err)
		h.log.Error().Str("database", is).Str("error", database.Clean(err.Error())).Str("hint", hint).
			Msg("the database doesn't answer, or refuses; runs wait for it")
	}
}

func (h *health) worked() {
	h.mu.Lock()
	since := h.since
	h.since, h.last = time.Time{}, nil
	h.mu.Unlock()
	if since.IsZero() {
		return
	}
	h.log.Info().Dur("after_ms", time.Since(since)).Msg("the database answers again")
	h.back()
}
