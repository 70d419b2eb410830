package speckle

import (
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"speckle-runner/internal/patience"
)

// maxRetryAfter bounds the pause that a header can ask for: a broken header must not use up
// a run's whole time.
const maxRetryAfter = time.Hour

// retryAfter reads when to come back. Speckle sends Retry-After in decimal
// seconds ("0.646"), proxies send whole ones or a date; X-RateLimit-Reset is a
// time in ISO form. 0 means that the server didn't say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if wait, is := patience.RetryAfter(h.Get("Retry-After"), now, maxRetryAfter); is {
		return wait
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(h.Get("X-Ratelimit-Reset")))
	if err != nil {
		return 0
	}
	return patience.Until(at, now, maxRetryAfter)
}

// retryAtError carries the server's time, and its error for the log.
type retryAtError struct {
	failed *Error
	after  *backoff.RetryAfterError
}

func (r *retryAtError) Error() string { return r.failed.Error() }
func (r *retryAtError) Unwrap() error { return r.after }
