package database_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"

	"speckle-runner/internal/store/database"
)

// Only the transactions that say so do without a flush: whatever becomes of one, the next is on the disk when it ends.
func TestUnflushed(t *testing.T) {
	const normal, full = 1, 2 // https://www.sqlite.org/pragma.html#pragma_synchronous
	errOther := errors.New("refused")
	for name, do := range map[string]func(context.CancelFunc) error{
		"committed": func(context.CancelFunc) error { return nil },
		"refused":   func(context.CancelFunc) error { return errOther },
		"given up": func(cancel context.CancelFunc) error {
			cancel()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := database.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "l.db"), database.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			for range 3 {
				ctx, cancel := context.WithCancel(t.Context())
				err = db.WriteUnflushed(ctx, func(ctx context.Context, tx database.Tx) error {
					if got := synchronous(ctx, t, tx); got != normal {
						t.Errorf("synchronous is %d in a transaction that isn't flushed", got)
					}
					return do(cancel)
				})
				cancel()
				if (err == nil) != (name == "committed") {
					t.Errorf("it gave %v", err)
				}
				if err := db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
					if got := synchronous(ctx, t, tx); got != full {
						t.Errorf("synchronous is %d in the next transaction", got)
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func synchronous(ctx context.Context, t *testing.T, q database.Queryer) int64 {
	t.Helper()
	// A statement that is kept would tell again what it was when it was compiled.
	found, err := database.Collect(ctx, q, database.Int, "PRAGMA synchronous -- "+rand.Text())
	if err != nil || len(found) != 1 {
		t.Fatalf("PRAGMA synchronous gives %d, %v", found, err)
	}
	return found[0]
}
