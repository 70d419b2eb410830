package speckle

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what a header can ask for: a run has a timeout, and a
// broken header must not outlast it unseen.
const maxRetryAfter = time.Hour

// retryAfter reads when to come back. Speckle sends Retry-After in decimal
// seconds ("0.646"), proxies send whole ones or a date; X-RateLimit-Reset is a
// time in ISO form. 0 means that the server didn't say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) { // also not a number
			return 0
		}
		return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, strings.TrimSpace(h.Get("X-Ratelimit-Reset")))
	}
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
