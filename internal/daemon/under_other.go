//go:build !windows

package daemon

import (
	"context"
	"io"
)

// Under runs the process, below Windows' service manager if that has started it.
// Other managers speak by signals.
func Under(ctx context.Context, messages io.Writer, run func(ctx context.Context, messages io.Writer) int) int {
	return run(ctx, messages)
}
