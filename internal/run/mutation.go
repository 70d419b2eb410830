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

// unclearError says that nobody knows whether a mutation was carried out. Another
// attempt wouldn't know it, either.
type unclearError struct{ what string }

func (e *unclearError) Error() string { return e.what }

// mayBeDone reports whether the server may have carried out a mutation that ended with
// this error. False: it refused it, or never saw it.
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

// withhold counts a mutation, and keeps the text of the first ones.
func (w *withheld) withhold(show func() string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	if len(w.shown) < maxWithheld {
		w.shown = append(w.shown, show())
	}
}

// count is how many mutations were withheld; 0 also for nil.
func (w *withheld) count() int {
	if w == nil {
		return 0
	}
	return w.sent
}
