package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/marks"
	"speckle-runner/internal/store/queue"
	"speckle-runner/internal/store/retention"
	"speckle-runner/internal/store/slots"
)

// Open opens the database that dsn names, "sqlite:FILE" or "postgres://…", and
// brings its tables up to date.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	if o.MaxCrashes == 0 {
		o.MaxCrashes = 3
	}
	o.times = o.times.orDefault()
	s := &Store{o: o, log: o.Log, node: nodeName(o.Node), slots: slots.New(), seenJobs: map[string]bool{}}
	s.running.runs, s.sending.tries = map[key]*activeRun{}, map[string]try{}
	s.sending.answered = map[string]bool{}
	var err error
	if s.db, err = database.Open(ctx, dsn, database.Options{Lock: o.Lock, Wait: o.wait, Reads: o.Reads}); err != nil {
		return nil, err
	}
	s.Reader, s.Kept, s.Old = history.NewReader(s.db), marks.NewKept(s.db), retention.NewOld(s.db)
	s.queue, err = queue.New(s.db, o.Log)
	if err == nil {
		s.health.log, s.health.back, s.health.db = s.log, s.queue.WakeAll, s.db
		err = s.migrate(ctx)
	}
	if err == nil && o.Lock { // else a serve that may not write would wait for ever
		err = s.db.Writable(ctx, tables)
	}
	if err != nil {
		s.db.Close()
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	return s, nil
}

// Close gives up the lease and closes the database. Work must have returned.
func (s *Store) Close() error {
	s.queue.Close()
	s.lease.stop(s)
	s.db.Close()
	return nil
}

func nodeName(name string) string {
	if name == "" {
		name, _ = os.Hostname()
	}
	name = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, name)
	if len(name) > 60 {
		name = name[:60]
	}
	var random [3]byte
	_, _ = rand.Read(random[:]) // never fails
	return strings.TrimPrefix(name+"-", "-") + hex.EncodeToString(random[:])
}
