package patience

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)
	for header, want := range map[string]struct {
		wait time.Duration
		is   bool
	}{
		"":      {0, false},
		"later": {0, false},
		" 7 ":   {7 * time.Second, true},
		"0.646": {646 * time.Millisecond, true},
		"0":     {0, true}, "-5": {0, true}, "NaN": {0, true},
		"1e300": {time.Hour, true}, "+Inf": {time.Hour, true},
		"Mon, 02 Mar 2026 02:31:00 GMT": {time.Minute, true},
		"Mon, 02 Mar 2026 02:29:00 GMT": {0, true},
		"Mon, 02 Mar 2099 02:29:00 GMT": {time.Hour, true},
	} {
		if wait, is := RetryAfter(header, now, time.Hour); wait != want.wait || is != want.is {
			t.Errorf("%q: %s, %t, want %s, %t", header, wait, is, want.wait, want.is)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "0.5", "-1", "1e999", "Mon, 02 Mar 2026 02:31:00 GMT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if wait, is := RetryAfter(header, time.Unix(0, 0), time.Hour); wait < 0 || wait > time.Hour || !is && wait != 0 {
			t.Errorf("%q: %s, %t", header, wait, is)
		}
	})
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if err := Wait(t.Context(), time.Hour); err != nil || time.Since(begun) != time.Hour {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		stop := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		if err := Wait(ctx, time.Hour); !errors.Is(err, stop) {
			t.Errorf("%v, want the cause", err)
		}
	})
}
