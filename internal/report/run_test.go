package report_test

import (
	"testing"
	"time"

	"speckle-runner/internal/report"
	"speckle-runner/internal/store"
)

// TestDelivery: a message that is still owed says why, and when it is tried
// next.
func TestDelivery(t *testing.T) {
	t.Parallel()
	next := time.Date(2026, 3, 2, 2, 45, 0, 0, time.UTC)
	for want, d := range map[string]store.RunDelivery{
		"delivered after 1 try": {State: store.DeliveryDelivered, Attempts: 1},
		"queued after 2 tries: hooks.example.com: answered 503; the next try is due at 2026-03-02T02:45:00Z": {
			State: store.DeliveryQueued, Attempts: 2, Error: "hooks.example.com: answered 503", NextTry: &next,
		},
		"queued after 0 tries":                  {State: store.DeliveryQueued, NextTry: &next},
		"failed after 1 try: answered 410 Gone": {State: store.DeliveryFailed, Attempts: 1, Error: "answered 410 Gone"},
	} {
		if got := report.Delivery(d); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
