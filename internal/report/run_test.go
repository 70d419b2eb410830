package report_test

import (
	"errors"
	"strings"
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

// TestOnlyWhatIsKnownIsCounted: what a run read is written down with its end. Of one whose
// process was killed it isn't known, though its files are.
func TestOnlyWhatIsKnownIsCounted(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)
	files := []store.File{{Path: "one.json", Records: 7}}
	for _, c := range []struct {
		run      store.Run
		read, of string
	}{
		{store.Run{State: store.Succeeded, Pages: 1}, "1 page, 0 records", "0"},
		{store.Run{State: store.Failed}, "0 pages, 0 records", "0"},
		{store.Run{State: store.Failed, Pages: 3, Records: 120}, "3 pages, 120 records", "120"},
		{store.Run{State: store.Interrupted, Pages: 3, Records: 120}, "3 pages, 120 records", "120"},
		{store.Run{State: store.Running}, "not known before it ends", "-"},
		{store.Run{State: store.Interrupted}, "not known: its process ended before it could write that down", "-"},
		{store.Run{State: store.Interrupted, Files: files},
			"not known: its process ended before it could write that down; what it had published is below", "-"},
		{store.Run{State: store.Failed, Files: files},
			"not known: its process ended before it could write that down; what it had published is below", "-"},
	} {
		c.run.Run, c.run.StartedAt = "one-1", &began
		var whole, list strings.Builder
		if err := errors.Join(report.Run(&whole, store.Whole{Run: c.run}), report.Runs(&list, []store.Run{c.run}, "")); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(whole.String(), "\nread        "+c.read+"\n") {
			t.Errorf("%s, want %q of what was read:\n%s", c.run.State, c.read, &whole)
		}
		if row := strings.Fields(strings.Split(list.String(), "\n")[1]); row[len(row)-1] != c.of {
			t.Errorf("%s: %q records, want %q", c.run.State, row, c.of)
		}
	}
}
