package database

import (
	"context"
	"encoding/json"
	"fmt"
)

// Queryer runs statements.
type Queryer interface {
	Exec(ctx context.Context, statement string, args ...any) (int64, error)
	Query(ctx context.Context, statement string, args ...any) (Rows, error)
}

// Rows are what a query finds.
type Rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close()
}

// Tx is a transaction.
type Tx interface {
	Queryer
	Commit(ctx context.Context) error
	Rollback()
}

// Backend is one of the two databases.
type Backend interface {
	Begin(ctx context.Context) (Tx, error)
	BeginUnflushed(ctx context.Context) (Tx, error)
	Reader() Queryer
}

// dialectTx lets statements be written in the dialect's words.
type dialectTx struct {
	Tx
	d *dialect
}

func (t dialectTx) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return t.Tx.Exec(ctx, t.d.sql(statement), args...)
}

func (t dialectTx) Query(ctx context.Context, statement string, args ...any) (Rows, error) {
	return t.Tx.Query(ctx, t.d.sql(statement), args...)
}

// Unwrap gives the transaction without the dialect.
func (t dialectTx) Unwrap() Tx { return t.Tx }

// Raw gives a transaction without the dialect's words: a statement is sent as
// it is written.
func Raw(t Tx) Tx {
	if d, ok := t.(dialectTx); ok {
		return d.Tx
	}
	return t
}

// LocksRows says whether a transaction meets others that write: SQLite has one writer.
func LocksRows(t Tx) bool {
	d, ok := t.(dialectTx)
	return ok && d.d.words["for update"] != ""
}

type dialectReader struct {
	Queryer
	d *dialect
}

func (r dialectReader) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return r.Queryer.Exec(ctx, r.d.sql(statement), args...)
}

func (r dialectReader) Query(ctx context.Context, statement string, args ...any) (Rows, error) {
	return r.Queryer.Query(ctx, r.d.sql(statement), args...)
}

// Collect reads all rows of a query.
func Collect[T any](ctx context.Context, q Queryer, scan func(Rows) (T, error), statement string, args ...any) ([]T, error) {
	found, err := q.Query(ctx, statement, args...)
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

// Int scans one number.
func Int(r Rows) (n int64, err error) {
	err = r.Scan(&n)
	return n, err
}

// String scans one text.
func String(r Rows) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}

// List encodes the rows of a {list …}.
func List(rows any) string {
	text, err := json.Marshal(rows)
	if err != nil {
		panic(fmt.Sprintf("database: rows that don't encode: %v", err)) // structs of strings and numbers only
	}
	if string(text) == "null" {
		return "[]"
	}
	return string(text)
}
