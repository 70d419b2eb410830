package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// writeTimeout bounds one transaction, waiting for the database's lock included.
const writeTimeout = 15 * time.Second

// backend is one of the two databases with River on it.
type backend interface {
	words() *dialect
	begin(ctx context.Context) (tx, error)
	reader() queryer
	migrate(ctx context.Context) error
	// explain turns the driver's error into one that says what to do.
	explain(err error) error
	close()

	insertFast(ctx context.Context, t tx, jobs []river.InsertManyParams) error
	insert(ctx context.Context, t tx, jobs []river.InsertManyParams) ([]int64, error)
	fetch(ctx context.Context, t tx, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error)
	newWorkers(config *river.Config) (workers, error)
}

// workers is a started River client, whatever its transactions are.
type workers interface {
	start(ctx context.Context) error
	stop(ctx context.Context) error
	addQueue(name string, config river.QueueConfig) error
}

type queryer interface {
	exec(ctx context.Context, statement string, args ...any) (int64, error)
	query(ctx context.Context, statement string, args ...any) (rows, error)
}

type rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close()
}

type tx interface {
	queryer
	commit(ctx context.Context) error
	rollback()
}

// write runs one transaction. Its statements are those of the dialect.
func (s *Store) write(ctx context.Context, do func(ctx context.Context, t tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	t, err := s.db.begin(ctx)
	if err != nil {
		return s.db.explain(err)
	}
	defer t.rollback()
	if err := do(ctx, dialectTx{t, s.db.words()}); err != nil {
		return s.db.explain(err)
	}
	return s.db.explain(t.commit(ctx))
}

// dialectTx lets statements be written in the dialect's words.
type dialectTx struct {
	tx
	d *dialect
}

func (t dialectTx) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return t.tx.exec(ctx, t.d.sql(statement), args...)
}

func (t dialectTx) query(ctx context.Context, statement string, args ...any) (rows, error) {
	return t.tx.query(ctx, t.d.sql(statement), args...)
}

// raw gives the backend its own transaction back.
func raw(t tx) tx {
	if d, ok := t.(dialectTx); ok {
		return d.tx
	}
	return t
}

// read gives the connection for reading, in the dialect's words.
func (s *Store) read() queryer { return dialectReader{s.db.reader(), s.db.words()} }

type dialectReader struct {
	queryer
	d *dialect
}

func (r dialectReader) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return r.queryer.exec(ctx, r.d.sql(statement), args...)
}

func (r dialectReader) query(ctx context.Context, statement string, args ...any) (rows, error) {
	return r.queryer.query(ctx, r.d.sql(statement), args...)
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, q queryer, scan func(rows) (T, error), statement string, args ...any) ([]T, error) {
	found, err := q.query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []T
	for found.Next() {
		one, err := scan(found)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, found.Err()
}

// list encodes the rows of a {list …}.
func list(rows any) string {
	text, err := json.Marshal(rows)
	if err != nil {
		panic(fmt.Sprintf("store: rows that don't encode: %v", err)) // structs of strings and numbers only
	}
	if string(text) == "null" {
		return "[]"
	}
	return string(text)
}

// key names a run in statements that take many.
type key struct {
	Job  string `json:"job"`
	Tick int64  `json:"tick"`
}

func scanKey(r rows) (key, error) {
	var k key
	err := r.Scan(&k.Job, &k.Tick)
	return k, err
}

func scanString(r rows) (string, error) {
	var s string
	err := r.Scan(&s)
	return s, err
}

func (k key) id() string { return RunID(k.Job, fromMicros(k.Tick)) }

func compareKeys(a, b key) int {
	switch {
	case a.Job < b.Job, a.Job == b.Job && a.Tick < b.Tick:
		return -1
	case a == b:
		return 0
	}
	return 1
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
