// Package door is what commands ask of runs and do with them, be it the ledger that
// answers or a serve that has it: a run is found by the words that name it, and ended.
// It opens neither of the two, and prints nothing.
package door

import (
	"context"

	"speckle-runner/internal/store"
)

// Door is the ledger, or a serve that has it.
type Door interface {
	Runs(ctx context.Context, f store.Filter) ([]store.Run, error)
	Run(ctx context.Context, id string) (store.Run, error)
	Whole(ctx context.Context, id string) (store.Whole, error)
	Cancel(ctx context.Context, id string) error
	Redeliver(ctx context.Context, id string) (int, error)
	Forget(ctx context.Context, id string) (store.Forgotten, error)
}
