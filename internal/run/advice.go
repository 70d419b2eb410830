package run

import (
	"errors"
	"fmt"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// withAdvice adds what to do on a full disk, and to a refusal what the server doesn't say: that the token has
// expired, or which command lists all scopes that the job needs.
func (t *task) withAdvice(err error) error {
	failed, is := errors.AsType[*speckle.Error](err)
	switch {
	case is && failed.Kind == speckle.ScopeMissing:
		return fmt.Errorf("%w; runner scopes %s lists all that the job needs", err, t.Job.Name)
	case is && failed.Kind == speckle.TokenRefused:
		if ends := t.tokenEnds(); !ends.IsZero() && ends.Before(time.Now()) {
			return fmt.Errorf("%w; it expired on %s", err, ends.In(t.Job.Zone).Format("2006-01-02 15:04 MST"))
		}
	}
	return t.runner.Dir.Full(err)
}

// tokenEnds gives when the job's token ends, zero where nobody knows.
func (t *task) tokenEnds() time.Time {
	if t.TokenEnds == nil || t.result.Token.IsZero() {
		return time.Time{}
	}
	return t.TokenEnds(secret.TokenID(t.result.Token))
}
