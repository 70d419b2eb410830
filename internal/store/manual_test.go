package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// Attach makes the store a node that fetches when the test says so.
func (s *Store) Attach(o WorkOptions) {
	w := &working{s: s, o: o, ctx: context.Background(), hard: context.Background()}
	s.mu.Lock()
	s.work = w
	s.mu.Unlock()
	s.slots.Configure(1<<20, 0)
}

// Fetch claims up to n runs that are due, as River does for its workers.
func (s *Store) Fetch(ctx context.Context, n int) ([]Claim, error) {
	ids, err := s.fetchRuns(ctx, s.working(), s.queue.NewFetch(s.node, queue.Runs, n))
	if err != nil {
		return nil, err
	}
	var claims []Claim
	for _, id := range ids {
		for _, run := range s.running.all() {
			if run.claim.queueID == id {
				claims = append(claims, run.claim)
			}
		}
	}
	return claims, nil
}

// EnqueueAtOnce is Enqueue where up to n runs are claimed at once.
func (s *Store) EnqueueAtOnce(ctx context.Context, due []Due, n int) (fresh []bool, claims []Claim, err error) {
	before := map[claimed]bool{} // by the claim: a run that was given back keeps its row in the queue
	for _, run := range s.running.all() {
		before[claimed{run.claim.key(), run.claim.number}] = true
	}
	fresh, err = s.enqueue(ctx, due, func(name string) *queue.Fetch { return s.queue.NewFetch(s.node, name, n) })
	for _, run := range s.running.all() {
		if !before[claimed{run.claim.key(), run.claim.number}] {
			claims = append(claims, run.claim)
		}
	}
	return fresh, claims, err
}

// Number is the number of a claim of its run.
func (c Claim) Number() int64 { return c.number }

// PreparedEnd is an end that may be written several times, as one is whose
// answer was lost.
type PreparedEnd struct{ end *runEnd }

// Ending prepares how an attempt ends, by the retry policy in force.
func (s *Store) Ending(c Claim, o Outcome) PreparedEnd {
	return PreparedEnd{s.working().settle(c, o, nil)}
}

// GivingBack prepares the end of a claim that found no slot.
func GivingBack(c Claim) PreparedEnd { return PreparedEnd{giveBack(c, nil)} }

// Write writes an end once.
func (e PreparedEnd) Write(s *Store) error {
	err := s.put(context.Background(), &ending{run: e.end})
	if err != nil {
		e.end.tried = true
	}
	if err == nil || errors.Is(err, ErrFenced) { // the worker is through with it
		if run := s.running.get(e.end.key); run != nil && run.claim.number == e.end.Claim {
			s.running.remove(run)
		}
	}
	return err
}

// WriteTogether writes ends in one transaction.
func (s *Store) WriteTogether(ends ...PreparedEnd) []error {
	batch := make([]*ending, len(ends))
	for i, e := range ends {
		batch[i] = &ending{run: e.end}
	}
	s.writeBatch(context.Background(), batch)
	told := make([]error, len(ends))
	for i, e := range batch {
		told[i] = e.err
	}
	return told
}

// errAnswerLost is what a commit gives that was done all the same.
var errAnswerLost = errors.New("the connection broke before the answer came")

// Watched lets a test see what a store does with its database.
type Watched struct {
	Lose atomic.Int64 // the answers of so many commits get lost
	Rows atomic.Int64 // how many rows were read, and written

	Commits atomic.Int64
	Flushed atomic.Int64 // of those, the ones that a file's power cut can't take back
}

// Watch wraps the store's database. Call it before the store is used.
func (s *Store) Watch() *Watched {
	w := &Watched{}
	s.db.Wrap(func(b database.Backend) database.Backend { return &watchedDB{b, w} })
	s.queue.Counted = func(rows int) { w.Rows.Add(int64(rows)) }
	return w
}

type watchedDB struct {
	database.Backend
	w *Watched
}

// Begin gives a transaction that is watched.
func (db *watchedDB) Begin(ctx context.Context) (database.Tx, error) {
	t, err := db.Backend.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return &watchedTx{t, db.w, true}, nil
}

// BeginUnflushed gives a transaction that is watched.
func (db *watchedDB) BeginUnflushed(ctx context.Context) (database.Tx, error) {
	t, err := db.Backend.BeginUnflushed(ctx)
	if err != nil {
		return nil, err
	}
	return &watchedTx{t, db.w, false}, nil
}

// Reader gives a connection that is watched.
func (db *watchedDB) Reader() database.Queryer { return watchedReader{db.Backend.Reader(), db.w} }

type watchedTx struct {
	database.Tx
	w       *Watched
	flushed bool
}

func (t *watchedTx) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	n, err := t.Tx.Exec(ctx, statement, args...)
	t.w.Rows.Add(n)
	return n, err
}

func (t *watchedTx) Query(ctx context.Context, statement string, args ...any) (database.Rows, error) {
	return counted(t.w)(t.Tx.Query(ctx, statement, args...))
}

func (t *watchedTx) Commit(ctx context.Context) error {
	if err := t.Tx.Commit(ctx); err != nil {
		return err
	}
	t.w.Commits.Add(1)
	if t.flushed {
		t.w.Flushed.Add(1)
	}
	if left := t.w.Lose.Load(); left > 0 && t.w.Lose.CompareAndSwap(left, left-1) {
		return errAnswerLost
	}
	return nil
}

type watchedReader struct {
	database.Queryer
	w *Watched
}

func (r watchedReader) Query(ctx context.Context, statement string, args ...any) (database.Rows, error) {
	return counted(r.w)(r.Queryer.Query(ctx, statement, args...))
}

func counted(w *Watched) func(database.Rows, error) (database.Rows, error) {
	return func(r database.Rows, err error) (database.Rows, error) {
		if err != nil {
			return nil, err
		}
		return watchedRows{r, w}, nil
	}
}

type watchedRows struct {
	database.Rows
	w *Watched
}

func (r watchedRows) Next() bool {
	there := r.Rows.Next()
	if there {
		r.w.Rows.Add(1)
	}
	return there
}

// Unwrap gives the transaction that is watched.
func (t *watchedTx) Unwrap() database.Tx { return t.Tx }

// Rest lets nothing of the store run by itself: no beat but the test's.
func Rest(o *Options) {
	o.times = leaseTimes{beat: time.Hour, expiry: time.Hour, giveBack: time.Hour, poll: time.Hour}
}
