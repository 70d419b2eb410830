package speckle

import (
	"context"
	"crypto/sha256"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/endpoint"
)

// objectRate is how many requests a second ask for objects: Speckle allows 3.
const objectRate = 2.5

// Requests per second. Speckle's default is 50 a second and 200 a minute on top, for each
// token, announced in X-RateLimit-Remaining. A server that announces nothing has no limit,
// or a proxy before it answers 429.
const (
	firstRate = 50
	burst     = 25
	freeRate  = 200 // rate and burst for a server whose good answers announce no limit
	leastRate = 1
	mostRate  = 1000 // for a server that announces no limit
	nearLimit = 5    // below this X-RateLimit-Remaining the rate is lowered
	politeMin = 10   // the lowest rate because of a low X-RateLimit-Remaining
)

// Limiters holds one limiter for each server and token, for all jobs of a
// process. The zero value isn't ready: use NewLimiters.
type Limiters struct {
	mu     sync.Mutex
	known  map[limiterKey]*limiter
	looked time.Time // when forget last went through known
}

// limiterKey names a token without holding it.
type limiterKey struct {
	origin string
	token  [sha256.Size]byte
}

// NewLimiters makes an empty set.
func NewLimiters() *Limiters { return &Limiters{known: map[limiterKey]*limiter{}} }

func (l *Limiters) of(s endpoint.Server, token secret.Value) *limiter {
	key := limiterKey{s.Origin(), sha256.Sum256([]byte(token.Reveal()))}
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.known[key]
	if !ok {
		l.forget()
		one = &limiter{rate: rate.NewLimiter(firstRate, burst), objects: rate.NewLimiter(objectRate, 1), ceiling: firstRate}
		l.known[key] = one
	}
	one.used = time.Now()
	return one
}

// forgetAfter is how long a token's limiter is kept after its last use: tokens are rotated,
// and a process runs for months.
const forgetAfter = time.Hour

func (l *Limiters) forget() {
	if time.Since(l.looked) < forgetAfter/10 {
		return
	}
	l.looked = time.Now()
	maps.DeleteFunc(l.known, func(_ limiterKey, one *limiter) bool { return time.Since(one.used) > forgetAfter })
}

// limiter spaces the requests of one token. A 429 halves the rate and holds all requests
// back until the time that the server gives; seconds without a 429 raise it again.
type limiter struct {
	rate    *rate.Limiter // guarded by mu
	objects *rate.Limiter // beside rate, for the routes that give objects
	used    time.Time     // guarded by Limiters.mu

	mu       sync.Mutex
	ceiling  float64   // the rate rises up to this
	slowedAt time.Time // when the rate was last lowered
	raisedAt time.Time // when it was last raised
	until    time.Time // nothing is sent before this
	good     int       // answers in a row that announce no limit
}

// wait returns when the next request may be sent.
func (l *limiter) wait(ctx context.Context) error {
	for {
		if err := l.pace().Wait(ctx); err != nil {
			return err
		}
		l.mu.Lock()
		pause := time.Until(l.until)
		l.mu.Unlock()
		if pause <= 0 {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

func (l *limiter) pace() *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rate
}

// refused notes a 429 for a request that was sent at the given time.
func (l *limiter) refused(sent time.Time, after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if until := now.Add(after); until.After(l.until) {
		l.until = until
	}
	l.good = 0
	if sent.Before(l.slowedAt) {
		return // one of many that were under way when the first was refused
	}
	l.ceiling = min(l.ceiling, firstRate) // there is a limit after all
	l.slow(now, max(min(float64(l.rate.Limit())/2, firstRate), leastRate))
}

// answered notes a good answer, and what its headers say of the limit.
func (l *limiter) answered(sent time.Time, h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	remaining, err := strconv.ParseFloat(h.Get("X-Ratelimit-Remaining"), 64)
	switch {
	case err != nil && l.slowedAt.IsZero():
		l.unlimited()
	case err == nil && remaining < nearLimit && !sent.Before(l.slowedAt):
		l.ceiling = firstRate
		if now.Sub(l.slowedAt) > time.Second && l.rate.Limit() > politeMin {
			l.slow(now, max(float64(l.rate.Limit())*0.8, politeMin))
		}
	case err == nil:
		l.ceiling = firstRate
		l.rate.SetLimit(min(l.rate.Limit(), firstRate))
		l.rate.SetBurst(burst)
	}
	// The rate rises by a quarter for each second without a refusal.
	if !l.slowedAt.IsZero() && float64(l.rate.Limit()) < l.ceiling && now.Sub(l.slowedAt) >= time.Second &&
		now.Sub(l.raisedAt) >= time.Second {
		l.raisedAt = now
		l.rate.SetLimit(rate.Limit(min(float64(l.rate.Limit())*1.25, l.ceiling)))
	}
}

// unlimited raises the rate for a server that neither announces a limit nor refuses, at its
// first answer and after every tenth: 50 a second would hold back a large export, or the
// items of a batch, for nothing.
func (l *limiter) unlimited() {
	l.good++
	if l.good == 1 && l.rate.Limit() < freeRate {
		l.rate = rate.NewLimiter(freeRate, freeRate) // a new one is full
	}
	if l.good%10 == 0 && l.rate.Limit() < mostRate {
		l.rate.SetLimit(min(l.rate.Limit()*2, mostRate))
	}
}

func (l *limiter) slow(now time.Time, to float64) {
	l.slowedAt, l.raisedAt = now, now
	l.rate.SetLimit(rate.Limit(to))
	l.rate.SetBurst(burst)
}
