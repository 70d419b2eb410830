package queue

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store/database"
)

// newLog gives River a logger that writes into ours: its warnings and
// errors, the same one at most every half a minute.
func newLog(log zerolog.Logger) *slog.Logger {
	return slog.New(&riverLog{log: log, last: map[string]time.Time{}})
}

type riverLog struct {
	log   zerolog.Logger
	attrs []slog.Attr

	mu   sync.Mutex
	last map[string]time.Time
}

const sameMessagePause = 30 * time.Second

// Enabled says which levels are worth making a record for.
func (l *riverLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle writes one record.
func (l *riverLog) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	repeated := r.Time.Sub(l.last[r.Message]) < sameMessagePause
	if !repeated {
		l.last[r.Message] = r.Time
	}
	l.mu.Unlock()
	if repeated {
		return nil
	}
	fields := map[string]any{"part": "queue"}
	for _, a := range l.attrs {
		fields[a.Key] = database.Clean(a.Value.String())
	}
	r.Attrs(func(a slog.Attr) bool {
		fields[a.Key] = database.Clean(a.Value.String())
		return true
	})
	l.log.Warn().Fields(fields).Msg(database.Clean(r.Message))
	return nil
}

// WithAttrs gives a logger that adds attributes.
func (l *riverLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &riverLog{log: l.log, attrs: append(append([]slog.Attr{}, l.attrs...), attrs...), last: map[string]time.Time{}}
}

// WithGroup gives the same logger: groups are not worth their nesting here.
func (l *riverLog) WithGroup(string) slog.Handler { return l }
