package store

import (
	"context"
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
	// Reads opens for reading only: a SQLite file without the right to write is enough.
	Reads bool
	// MaxCrashes is how often a run may be lost with its process before it
	// ends as failed; 0 means 3.
	MaxCrashes int

	times leaseTimes    // tests make them shorter
	wait  time.Duration // for a locked file; tests make it shorter, too
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
	running activeRuns
	sending sending
	health  health
	ended   atomic.Pointer[func(End) []NewDelivery] // see Ended

	mu       sync.Mutex
	work     *working        // set while Work runs
	seenJobs map[string]bool // jobs that have a row, as far as this process has seen
}

// Node is this process's name in the ledger.
func (s *Store) Node() string { return s.node }

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

// working is one call of Work.
type working struct {
	s    *Store
	o    WorkOptions
	ctx  context.Context         // ends when runs shall no longer wait for a slot
	hard context.Context         // ends when nothing is waited for any more
	lose context.CancelCauseFunc // ends Work because the database was taken away

	goroutines *goroutines
}

// lease is this process's sign of life in node_lease. The database's clock decides when it
// has expired, so that nodes needn't agree on the time.
type lease struct {
	mu     sync.Mutex
	serve  bool
	cancel context.CancelFunc
	done   chan struct{}

	beats  int
	rested bool      // the beat before the next one was left out
	last   time.Time // of the last beat that was written
	clock  int64     // the database's clock at that beat
	// trustUntil is until when an expired lease doesn't prove that its node is dead.
	trustUntil time.Time
	// strays counts, for each claim of a run or a delivery, for how many beats it has been
	// this node's while nothing here works on it.
	strays map[any]int
}

// leaseTimes says how often things around leases happen. missed is for how long a notice
// about missed ticks waits where nodes may share the ledger: one of them may still be in
// time with a tick that another took for missed.
type leaseTimes struct {
	beat, expiry, giveBack, poll, missed time.Duration
	late, aside                          time.Duration // a receiver's answer; how long its next messages wait then
}

func (t leaseTimes) orDefault() leaseTimes {
	if t.beat == 0 {
		t = leaseTimes{beat: time.Second, expiry: 5 * time.Second, giveBack: time.Second, poll: time.Second, missed: 30 * time.Second}
	}
	if t.late == 0 {
		t.late, t.aside = 5*time.Second, 15*time.Second
	}
	return t
}

// keyOf finds the run that an id names. A run of a version is found only by the id that
// ends with the version's.
func (s *Store) keyOf(ctx context.Context, id string) (key, error) {
	job, tick, err := ParseRunID(id)
	if err != nil {
		return key{}, err
	}
	k := key{job, database.Micros(tick)}
	version, err := versionOf(ctx, s.db.Read(), k)
	if err != nil {
		return key{}, s.db.Explain(err)
	}
	if VersionRunID(job, tick, version) != id {
		return key{}, ErrNotFound
	}
	return k, nil
}

func (s *Store) working() *working {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.work
}
