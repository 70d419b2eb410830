package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/marks"
	"speckle-runner/internal/store/queue"
	"speckle-runner/internal/store/retention"
	"speckle-runner/internal/store/slots"
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

	times leaseTimes // shortened by tests, as is
	wait  time.Duration
}

// Store is an open ledger and queue. It is safe for use by several goroutines.
type Store struct {
	history.Reader
	marks.Kept
	retention.Old

	db    *database.DB
	queue *queue.Queue
	o     Options
	log   zerolog.Logger
	node  string

	slots   *slots.Slots
	batch   batcher
	holds   holds
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
	if o.MaxCrashes == 0 {
		o.MaxCrashes = 3
	}
	o.times = o.times.orDefault()
	s := &Store{o: o, log: o.Log, node: nodeName(o.Node), slots: slots.New(), seenJobs: map[string]bool{}}
	s.running.runs, s.sending.tries = map[runKey]*activeRun{}, map[string]try{}
	var err error
	if s.db, err = database.Open(ctx, dsn, database.Options{Lock: o.Lock, Wait: o.wait}); err != nil {
		return nil, err
	}
	s.Reader, s.Kept, s.Old = history.NewReader(s.db), marks.NewKept(s.db), retention.NewOld(s.db)
	s.queue, err = queue.New(s.db, o.Log)
	if err == nil {
		err = s.migrate(ctx)
	}
	if err != nil {
		s.db.Close()
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	return s, nil
}

// Node is this process's name in the ledger.
func (s *Store) Node() string { return s.node }

// Close gives up the lease and closes the database. Work must have returned.
func (s *Store) Close() error {
	s.queue.Close()
	s.lease.stop(s)
	s.db.Close()
	return nil
}

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.Displaced(); err != nil {
		return err
	}
	_, err := database.Collect(ctx, s.db.Read(), database.Int, "SELECT 1")
	return s.db.Explain(err)
}

// Displaced says that the database's file was removed or replaced under this
// process, if it was.
func (s *Store) Displaced() error { return s.db.Displaced() }

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
