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
)

var shared struct {
	mu      sync.Mutex
	cluster *Cluster
	last    int
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

// Each runs a test over both databases, side by side, each with an empty one
// of its own.
func Each(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite gives the address of a new file.
func SQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "runner.db")
}

// Postgres gives the address of a new database in a cluster that all tests of
// the process share. Without PostgreSQL's binaries the test fails.
func Postgres(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.cluster == nil {
		cluster, err := NewCluster()
		if err != nil {
			t.Fatal(err)
		}
		shared.cluster = cluster
	}
	shared.last++
	dsn, err := shared.cluster.Create(t.Context(), fmt.Sprintf("test%d", shared.last))
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

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
