package run

import (
	"errors"
	"sync"

	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
)

// mutates reports whether the run changes something on the server.
func (t *task) mutates() bool {
	return t.Job.Query != nil && t.Job.Query.Kind == query.OperationMutation
}

// unclearError says that a mutation may have been carried out for an item, and
// that nobody knows. It would say so the next time.
type unclearError struct{ what string }

func (e *unclearError) Error() string { return e.what }

// mayBeDone tells a mutation that the server may have carried out from one
// that it turned away or never saw.
func mayBeDone(err error) bool {
	failed, typed := errors.AsType[*speckle.Error](err)
	if !typed {
		return true
	}
	switch failed.Kind {
	case speckle.TokenRefused, speckle.ScopeMissing, speckle.NoAccess, speckle.NotFound, speckle.RateLimited, speckle.Redirected,
		speckle.NotSpeckle,
		speckle.Untrusted, speckle.WrongProtocol, speckle.ProxyRefused:
		return false
	}
	return true
}

// withheld are the mutations that a dry run doesn't send.
type withheld struct {
	mu    sync.Mutex
	sent  int // what a run would send
	shown []string
}

// maxWithheld is how many of them are shown.
const maxWithheld = 5

// withhold counts one, and has the first ones shown.
func (w *withheld) withhold(show func() string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	if len(w.shown) < maxWithheld {
		w.shown = append(w.shown, show())
	}
}

// count is how many mutations there are; of none at all it is 0, too.
func (w *withheld) count() int {
	if w == nil {
		return 0
	}
	return w.sent
}
