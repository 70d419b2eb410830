// Package storetest gives tests real databases: a SQLite file of their own, and
// a PostgreSQL database in a private cluster that is started from the installed
// binaries. It is used by tests only, and never touches a cluster that it did
// not start.
package storetest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
)

var shared struct {
	mu       sync.Mutex
	cluster  *Cluster
	template string // the database that Postgres copies, once there is one
	last     int
}

// Main runs a package's tests and stops what they started. Call it from TestMain.
func Main(m *testing.M) int {
	defer func() {
		shared.mu.Lock()
		defer shared.mu.Unlock()
		if shared.cluster != nil {
			shared.cluster.Stop()
		}
	}()
	return m.Run()
}

// Each runs a test over both databases, side by side, each with a ledger of its
// own in which nothing has happened.
func Each(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	each(t, Postgres, test)
}

// EachEmpty is Each with databases that nobody has opened as a ledger.
func EachEmpty(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	each(t, Empty, test)
}

func each(t *testing.T, postgres func(testing.TB) string, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, postgres(t))
	})
}

// SQLite gives the address of a new file.
func SQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "runner.db")
}

// Postgres gives the address of a new database in a cluster that all tests of
// the process share, with the tables of a ledger. They are made once and copied:
// all migrations were two thirds of what a database cost. Without PostgreSQL's
// binaries the test fails.
func Postgres(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.template == "" {
		dsn := empty(t)
		ledger, err := store.Open(t.Context(), dsn, store.Options{Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.Close(); err != nil {
			t.Fatal(err)
		}
		if err := shared.cluster.left(t.Context(), nameOf(shared.last)); err != nil {
			t.Fatal(err)
		}
		shared.template = nameOf(shared.last)
	}
	return create(t, shared.template)
}

// Empty gives the address of a new database of that cluster, without a table.
func Empty(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	return empty(t)
}

func empty(t testing.TB) string {
	t.Helper()
	return create(t, "template1")
}

// create copies a database of the shared cluster, which it starts when it is the first.
func create(t testing.TB, template string) string {
	t.Helper()
	if shared.cluster == nil {
		// A test's databases are new: autovacuum would start a process at each of them every few seconds.
		cluster, err := NewCluster("autovacuum=off")
		if err != nil {
			t.Fatal(err)
		}
		shared.cluster = cluster
	}
	shared.last++
	dsn, err := shared.cluster.copyOf(t.Context(), template, nameOf(shared.last))
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func nameOf(n int) string { return fmt.Sprintf("test%d", n) }

// Exec runs a statement from outside, as a DBA would.
func Exec(t testing.TB, dsn, statement string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// Until waits for a condition, and fails the test when it doesn't come true in time.
// It asks after milliseconds, then less and less often: what is asked is a database,
// and asking all the time took more of the machine than what was waited for.
func Until(t testing.TB, what string, within time.Duration, holds func() bool) {
	t.Helper()
	const longest = 50 * time.Millisecond
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for pause := 5 * time.Millisecond; !holds(); pause = min(2*pause, longest) {
		select {
		case <-t.Context().Done():
			t.Fatalf("the test ended before %s", what)
		case <-deadline.C:
			t.Fatalf("not within %s: %s", within, what)
		case <-time.After(pause):
		}
	}
}
