package store

import (
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store/database"
)

// health knows whether the database answers. While it doesn't, nothing is
// fetched; the beat of the lease finds out when it is back.
type health struct {
	log  zerolog.Logger
	back func() // what is done once it answers again

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

func (h *health) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.since.IsZero() {
		h.since = now
	}
	if now.Sub(h.logged) > logPause {
		h.logged = now
		h.log.Error().Str("error", database.Clean(err.Error())).Msg("the database doesn't answer, or refuses; runs wait for it")
	}
}

func (h *health) worked() {
	h.mu.Lock()
	since := h.since
	h.since = time.Time{}
	h.mu.Unlock()
	if since.IsZero() {
		return
	}
	h.log.Info().Dur("after", time.Since(since)).Msg("the database answers again")
	h.back()
}
