package fake

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Speckle's defaults for POST /graphql.
const (
	perSecond = 50
	perMinute = 200
	// perSecondObjects is that of the routes that give objects.
	perSecondObjects = 3
)

const tooMany = "You have sent too many requests. You are being rate limited. Please try again later."

// limiter counts requests by token, or by address without one: so many each
// second, and a burst of so many each minute on top.
type limiter struct {
	mu      sync.Mutex
	buckets map[string]*buckets
}

type buckets struct{ regular, burst bucket }

type bucket struct {
	until time.Time
	used  int
}

// use takes points, unless they exceed the limit of this period.
func (b *bucket) use(now time.Time, points, limit int, period time.Duration) bool {
	if !now.Before(b.until) {
		b.until, b.used = now.Add(period), 0
	}
	b.used += points
	return b.used <= limit
}

// allow counts a request. It gives what is left of this second, and when the
// second ends.
func (l *limiter) allow(key string, points, each int, now time.Time) (left int, reset time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets == nil {
		l.buckets = map[string]*buckets{}
	}
	b := l.buckets[key]
	if b == nil {
		b = &buckets{}
		l.buckets[key] = b
	}
	ok = b.regular.use(now, points, each, time.Second) || b.burst.use(now, points, perMinute, time.Minute)
	return max(0, each-b.regular.used), b.regular.until, ok
}

// sendRateLimited answers as the middleware does: seconds with a fraction.
func sendRateLimited(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", fmt.Sprint(float64(wait.Milliseconds())/1000))
	w.Header().Set("X-Ratelimit-Reset", iso(time.Now().Add(wait)))
	w.Header().Set("X-Speckle-Meditation", "https://http.cat/429")
	send(w, http.StatusTooManyRequests, jsonType, encode(map[string]any{
		"error": ordered{{"message", tooMany}, {"code", "RATE_LIMIT_ERROR"}},
	}))
}
