package store

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// Attach makes the store a node that fetches when the test says so.
func (s *Store) Attach(o WorkOptions) {
	w := &working{s: s, o: o, ctx: context.Background(), hard: context.Background(), queues: map[string]bool{}}
	s.mu.Lock()
	s.work = w
	s.mu.Unlock()
	s.slots.configure(1<<20, 0)
}

// Fetch claims up to n runs that are due, as River does for its workers.
func (s *Store) Fetch(ctx context.Context, n int) ([]Claim, error) {
	got, err := s.fetchRuns(ctx, &riverdriver.JobGetAvailableParams{ClientID: s.node, MaxToLock: n, MaxAttemptedBy: 10, Queue: runsQueue})
	if err != nil {
		return nil, err
	}
	var claims []Claim
	for _, job := range got.Jobs {
		var args runArgs
		if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
			return nil, err
		}
		claims = append(claims, s.running.get(key(args)).claim)
	}
	return claims, nil
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
}

// Watch wraps the store's database. Call it before the store is used.
func (s *Store) Watch() *Watched {
	w := &Watched{}
	s.db = &watchedDB{s.db, w}
	return w
}

type watchedDB struct {
	backend
	w *Watched
}

func (db *watchedDB) begin(ctx context.Context) (tx, error) {
	t, err := db.backend.begin(ctx)
	if err != nil {
		return nil, err
	}
	return &watchedTx{t, db.w}, nil
}

func (db *watchedDB) reader() queryer { return watchedReader{db.backend.reader(), db.w} }

func (db *watchedDB) insertFast(ctx context.Context, t tx, jobs []river.InsertManyParams) error {
	db.w.Rows.Add(int64(len(jobs)))
	return db.backend.insertFast(ctx, raw(t).(*watchedTx).tx, jobs)
}

func (db *watchedDB) insert(ctx context.Context, t tx, jobs []river.InsertManyParams) ([]int64, error) {
	db.w.Rows.Add(int64(len(jobs)))
	return db.backend.insert(ctx, raw(t).(*watchedTx).tx, jobs)
}

func (db *watchedDB) fetch(ctx context.Context, t tx, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	got, err := db.backend.fetch(ctx, raw(t).(*watchedTx).tx, params)
	if err == nil {
		db.w.Rows.Add(int64(len(got.Jobs)))
	}
	return got, err
}

type watchedTx struct {
	tx
	w *Watched
}

func (t *watchedTx) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	n, err := t.tx.exec(ctx, statement, args...)
	t.w.Rows.Add(n)
	return n, err
}

func (t *watchedTx) query(ctx context.Context, statement string, args ...any) (rows, error) {
	return counted(t.w)(t.tx.query(ctx, statement, args...))
}

func (t *watchedTx) commit(ctx context.Context) error {
	if err := t.tx.commit(ctx); err != nil {
		return err
	}
	if left := t.w.Lose.Load(); left > 0 && t.w.Lose.CompareAndSwap(left, left-1) {
		return errAnswerLost
	}
	return nil
}

type watchedReader struct {
	queryer
	w *Watched
}

func (r watchedReader) query(ctx context.Context, statement string, args ...any) (rows, error) {
	return counted(r.w)(r.queryer.query(ctx, statement, args...))
}

func counted(w *Watched) func(rows, error) (rows, error) {
	return func(r rows, err error) (rows, error) {
		if err != nil {
			return nil, err
		}
		return watchedRows{r, w}, nil
	}
}

type watchedRows struct {
	rows
	w *Watched
}

func (r watchedRows) Next() bool {
	there := r.rows.Next()
	if there {
		r.w.Rows.Add(1)
	}
	return there
}

// Rest lets nothing of the store run by itself: no beat but the test's.
func Rest(o *Options) {
	o.times = leaseTimes{beat: time.Hour, expiry: time.Hour, giveBack: time.Hour, poll: time.Hour}
}
