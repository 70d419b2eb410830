package door

import (
	"context"
	"errors"
	"fmt"
	"time"

	"speckle-runner/internal/patience"
	"speckle-runner/internal/store"
)

const (
	// EndsWithin is how long a run that was told to stop is waited for: its node looks
	// every second, and may have to let go of a file.
	EndsWithin = 30 * time.Second
	lookEvery  = 200 * time.Millisecond
)

// Cancel ends a run and waits until it has ended. It gives the run as it is then, and whether
// it was over before.
func Cancel(ctx context.Context, d Door, id string) (run store.Run, over bool, err error) {
	err = d.Cancel(ctx, id)
	if err != nil && !errors.Is(err, store.ErrEnded) {
		return run, false, err
	}
	over = err != nil
	for until := time.Now().Add(EndsWithin); ; {
		run, err = d.Run(ctx, id)
		if err == nil {
			if run.State.Ended() || time.Now().After(until) {
				return run, over, nil
			}
			err = patience.Wait(ctx, lookEvery)
		}
		if err != nil && !over {
			err = fmt.Errorf("%s was told to stop, and may not have ended yet: %w", id, err)
		}
		if err != nil {
			return run, over, err
		}
	}
}
