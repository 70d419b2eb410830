package database

import (
	"context"
	"database/sql"
	"slices"
	"sync"
)

// statements keeps a pool's statements compiled: SQLite takes longer to parse
// most of ours than to run them. A nil one keeps none.
type statements struct {
	pool *sql.DB

	mu     sync.Mutex
	ready  map[string]*sql.Stmt
	seen   map[string]bool // once, in a transaction
	wanted []string        // seen again: a transaction can't prepare for others
}

// maxStatements bounds what is kept: a filter of many states is a text of its
// own.
const maxStatements = 200

func newStatements(pool *sql.DB) *statements {
	return &statements{pool: pool, ready: map[string]*sql.Stmt{}, seen: map[string]bool{}}
}

// in gives a statement for a transaction, nil the first two times: what a command runs
// once isn't compiled for a second time that never comes.
func (s *statements) in(ctx context.Context, t *sql.Tx, text string) *sql.Stmt {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ready := s.ready[text]; ready != nil {
		return t.StmtContext(ctx, ready)
	}
	switch {
	case len(s.seen) >= maxStatements && !s.seen[text], slices.Contains(s.wanted, text):
	case s.seen[text]:
		s.wanted = append(s.wanted, text)
	default:
		s.seen[text] = true
	}
	return nil
}

// prepare compiles what was wanted. It is called outside of a transaction:
// where the pool has one connection, it would wait for itself.
func (s *statements) prepare(ctx context.Context) {
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = nil
	s.mu.Unlock()
	for _, text := range wanted {
		s.get(ctx, text)
	}
}

// get gives a statement of the pool, nil where it can't be compiled: running
// the text tells why.
func (s *statements) get(ctx context.Context, text string) *sql.Stmt {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	ready, full := s.ready[text], len(s.ready) >= maxStatements
	s.mu.Unlock()
	if ready != nil || full {
		return ready
	}
	made, err := s.pool.PrepareContext(ctx, text)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ready := s.ready[text]; ready != nil {
		_ = made.Close() //nolint:sqlclosecheck // another was faster: this one isn't kept
		return ready
	}
	s.ready[text] = made
	return made
}

func (s *statements) close() {
	if s == nil {
		return
	}
	for _, one := range s.ready {
		_ = one.Close()
	}
}

type sqliteTx struct {
	tx   *sql.Tx
	kept *statements
}

func (t *sqliteTx) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	var result sql.Result
	var err error
	if ready := t.kept.in(ctx, t.tx, statement); ready != nil { //nolint:sqlclosecheck // it is kept
		result, err = ready.ExecContext(ctx, args...)
	} else {
		result, err = t.tx.ExecContext(ctx, statement, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t *sqliteTx) Query(ctx context.Context, statement string, args ...any) (Rows, error) {
	var found *sql.Rows
	var err error
	if ready := t.kept.in(ctx, t.tx, statement); ready != nil { //nolint:sqlclosecheck // it is kept
		found, err = ready.QueryContext(ctx, args...)
	} else {
		found, err = t.tx.QueryContext(ctx, statement, args...)
	}
	if err != nil {
		return nil, err
	}
	return sqliteRows{found}, nil
}

func (t *sqliteTx) Commit(context.Context) error { return t.tx.Commit() }
func (t *sqliteTx) Rollback()                    { _ = t.tx.Rollback() }

type sqliteReader struct {
	db   *sql.DB
	kept *statements
}

func (r sqliteReader) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := r.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (r sqliteReader) Query(ctx context.Context, statement string, args ...any) (Rows, error) {
	var found *sql.Rows
	var err error
	if ready := r.kept.get(ctx, statement); ready != nil { //nolint:sqlclosecheck // it is kept
		found, err = ready.QueryContext(ctx, args...)
	} else {
		found, err = r.db.QueryContext(ctx, statement, args...)
	}
	if err != nil {
		return nil, err
	}
	return sqliteRows{found}, nil
}

type sqliteRows struct{ *sql.Rows }

func (r sqliteRows) Close() { _ = r.Rows.Close() }
