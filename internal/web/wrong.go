package web

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	// wrongPause is how long the answer to a wrong token waits.
	wrongPause = time.Second
	// wrongWaiting bounds how many of these answers wait at once: whoever sends more
	// is told at once to come back later.
	wrongWaiting = 32
	// wrongEvery is how often wrong tokens are logged at the most.
	wrongEvery = time.Minute
	// wrongOrigins bounds how many addresses are counted between two lines.
	wrongOrigins = 1000
)

// wrongs slows down and counts wrong Bearer tokens. The right one never comes here:
// nobody can lock another out. docs/decisions/0026-wrong-bearer-tokens.md has why.
type wrongs struct {
	log   zerolog.Logger
	pause time.Duration

	mu      sync.Mutex
	waiting int
	quiet   bool // a line was written less than wrongEvery ago
	tries   int  // since that line
	last    string
	origins map[netip.Prefix]bool
}

func newWrongs(log zerolog.Logger) *wrongs {
	return &wrongs{log: log, pause: wrongPause, origins: map[netip.Prefix]bool{}}
}

// hold lets the answer to a wrong token wait; false, at once, where too many do.
func (w *wrongs) hold(ctx context.Context) bool {
	w.mu.Lock()
	full := w.waiting >= wrongWaiting
	if !full {
		w.waiting++
	}
	w.mu.Unlock()
	if full {
		return false
	}
	select {
	case <-time.After(w.pause):
	case <-ctx.Done():
	}
	w.mu.Lock()
	w.waiting--
	w.mu.Unlock()
	return true
}

// count notes a wrong token. The first is logged at once, more of them each minute.
func (w *wrongs) count(from string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tries++
	w.last = from
	if len(w.origins) < wrongOrigins {
		w.origins[origin(from)] = true
	}
	if !w.quiet {
		w.tell()
	}
}

// tell logs what was counted, and sees that what follows is told, too.
func (w *wrongs) tell() {
	w.log.Warn().Int("requests", w.tries).Int("addresses", len(w.origins)).Str("last_from", w.last).
		Msg("requests came with a wrong Bearer token")
	w.tries, w.origins, w.quiet = 0, map[netip.Prefix]bool{}, true
	time.AfterFunc(wrongEvery, w.ended)
}

// ended is what comes after a minute without a line.
func (w *wrongs) ended() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quiet = false
	if w.tries > 0 {
		w.tell()
	}
}
