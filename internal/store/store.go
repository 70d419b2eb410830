package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Options say how a database is opened.
type Options struct {
	// Node names this process in the ledger; empty means the host's name. A
	// random part is added: a restarted process is another node.
	Node string
	Log  zerolog.Logger
	// Lock takes the SQLite file for one serve; a second one gets ErrLocked.
	Lock bool
	// MaxCrashes is how often a run may be lost with its process before it
	// ends as failed; 0 means 3.
	MaxCrashes int

	maxPages int        // bounds the SQLite file, for tests of a full disk
	store    *Store     // set by Open, for River's hooks
	times    leaseTimes // shortened by tests
	logger   *slog.Logger
}

type riverOptions struct {
	logger  *slog.Logger
	fetcher fetcher
}

func (o Options) river() riverOptions { return riverOptions{o.logger, o.store} }

// Store is an open ledger and queue. It is safe for use by several goroutines.
type Store struct {
	db   backend
	o    Options
	log  zerolog.Logger
	node string

	slots   *slots
	waking  *wakes
	timers  *timers
	batch   batcher
	lease   lease
	running active
	sending sending
	health  health
	ended   atomic.Pointer[func(End) []NewDelivery] // see Ended

	mu       sync.Mutex
	work     *working        // set while Work runs
	seenJobs map[string]bool // rows of jobs that this process knows to exist
}

// Open opens the database that dsn names, "sqlite:FILE" or "postgres://…", and
// brings its tables up to date.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	s := &Store{
		log: o.Log, slots: newSlots(), waking: newWakes(),
		seenJobs: map[string]bool{},
	}
	if o.MaxCrashes == 0 {
		o.MaxCrashes = 3
	}
	o.store, o.logger, o.times = s, newRiverLog(o.Log), o.times.orDefault()
	s.o, s.node = o, nodeName(o.Node)
	s.timers = newTimers(s.wake)
	s.running.runs, s.sending.tries = map[runKey]*activeRun{}, map[string]try{}
	if err := s.connect(ctx, dsn); err != nil {
		return nil, err
	}
	if err := s.db.migrate(ctx); err != nil {
		err = s.db.explain(err)
		s.db.close()
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	if file, ok := s.db.(*sqliteDB); ok {
		file.settle()
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, dsn string) error {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db, err := openSQLite(strings.TrimPrefix(path, "//"), s.o)
		if err != nil {
			return err
		}
		s.db = db
		return nil
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		db, err := openPostgres(ctx, dsn, s.o)
		if err != nil {
			return err
		}
		s.db = db
		return nil
	}
	return errors.New("--database: give sqlite:FILE or postgres://user@host:5432/name")
}

// Node is this process's name in the ledger.
func (s *Store) Node() string { return s.node }

// Close gives up the lease and closes the database. Work must have returned.
func (s *Store) Close() error {
	s.timers.stop()
	s.lease.stop(s)
	s.db.close()
	return nil
}

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.Displaced(); err != nil {
		return err
	}
	_, err := collect(ctx, s.read(), scanInt, "SELECT 1")
	return s.db.explain(err)
}

// Displaced says that the database's file was removed or replaced under this
// process, if it was.
func (s *Store) Displaced() error {
	if file, ok := s.db.(*sqliteDB); ok {
		return file.place.check()
	}
	return nil
}

func scanInt(r rows) (int64, error) {
	var n int64
	err := r.Scan(&n)
	return n, err
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

// leaseTimes are the clockwork of leases.
type leaseTimes struct{ beat, expiry, giveBack, poll time.Duration }

func (t leaseTimes) orDefault() leaseTimes {
	if t.beat == 0 {
		t = leaseTimes{beat: time.Second, expiry: 5 * time.Second, giveBack: time.Second, poll: time.Second}
	}
	return t
}
