package speckle

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 37, 18, 0, time.UTC)
	for _, c := range []struct {
		after, reset string
		want         time.Duration
	}{
		{"0.646", "", 646 * time.Millisecond},
		{" 2 ", "", 2 * time.Second},
		{"", "2026-11-23T08:37:18.992Z", 992 * time.Millisecond},
		{"Mon, 23 Nov 2026 08:37:48 GMT", "", 30 * time.Second},
		{"Mon, 23 Nov 2026 08:00:00 GMT", "", 0},
		{"1e300", "", time.Hour},
		{"Inf", "", time.Hour},
		{"NaN", "", 0},
		{"-1", "", 0},
		{"soon", "later", 0},
		{"", "", 0},
	} {
		h := http.Header{}
		h.Set("Retry-After", c.after)
		h.Set("X-Ratelimit-Reset", c.reset)
		if got := retryAfter(h, now); got != c.want {
			t.Errorf("%q %q: %s, want %s", c.after, c.reset, got, c.want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("0.646", "2026-11-23T08:37:18.992Z")
	f.Add("Mon, 23 Nov 2026 08:37:48 GMT", "")
	f.Fuzz(func(t *testing.T, after, reset string) {
		h := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}
		if got := retryAfter(h, time.Unix(0, 0)); got < 0 || got > maxRetryAfter {
			t.Errorf("%s", got)
		}
	})
}
