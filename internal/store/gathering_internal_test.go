package store

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestHoldsGather holds that a run alone asks at once, and that behind a question
// of several the next one waits for more, not for longer than a moment.
func TestHoldsGather(t *testing.T) {
	t.Parallel()
	come := func(h *holds, runs int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for range runs {
			h.pending = append(h.pending, &holding{})
		}
		h.more.came(len(h.pending))
	}
	for name, c := range map[string]struct {
		last, first, later int
		want               int
		waits              time.Duration
	}{
		"alone":                      {last: 0, first: 1, later: 3, want: 1},
		"behind one":                 {last: 1, first: 1, later: 3, want: 1},
		"behind several":             {last: 2, first: 1, later: 3, want: 4, waits: askTogether},
		"enough come":                {last: 2, first: 1, later: enoughHolds - 1, want: enoughHolds, waits: askTogether / 2},
		"enough were there":          {last: 2, first: enoughHolds, later: 1, want: enoughHolds},
		"nobody comes":               {last: 2, first: 0, later: 0, want: 0, waits: askTogether},
		"more than one question has": {last: 2, first: chunk + 1, later: 1, want: chunk},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := &holds{busy: true}
				come(h, c.first)
				go func() {
					time.Sleep(askTogether / 2)
					come(h, c.later)
				}()
				began := time.Now()
				got := h.take(c.last)
				if len(got) != c.want || time.Since(began) != c.waits {
					t.Errorf("%d were taken after %v, want %d after %v", len(got), time.Since(began), c.want, c.waits)
				}
				if h.busy != (c.want > 0) {
					t.Errorf("busy is %v with %d taken", h.busy, len(got))
				}
				time.Sleep(askTogether)
			})
		})
	}
}
