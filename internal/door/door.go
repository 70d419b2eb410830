// Package door lets commands find runs and end them in the same way, whether they work
// on the ledger or ask a serve over its API: both are a Door. It opens neither of the
// two, and prints nothing.
package door

import (
	"context"

	"speckle-runner/internal/store"
)

// Door is the ledger, or the API of a serve that has it.
type Door interface {
	Runs(ctx context.Context, f store.Filter) ([]store.Run, error)
	Run(ctx context.Context, id string) (store.Run, error)
	Whole(ctx context.Context, id string) (store.Whole, error)
	Cancel(ctx context.Context, id string) error
	Redeliver(ctx context.Context, id string) (int, error)
	Forget(ctx context.Context, id string) (store.Forgotten, error)
}
