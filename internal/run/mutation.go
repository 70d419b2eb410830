package run

import (
	"errors"

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
