package store_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// TestTheLedgerKeepsNothingThatActs: a text reaches both databases as it may
// be shown.
func TestTheLedgerKeepsNothingThatActs(t *testing.T) {
	const nasty = "be\x1b[2Jfore\x00 \u009b31m \u202eevil\u200b \xff"
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick, Trigger: store.Manual})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), c, store.Outcome{State: store.Failed, Error: nasty, Warnings: []string{nasty},
			Log: "one\n" + nasty}); err != nil {
			t.Fatal(err)
		}
		run := getRun(t, s, id("job"))
		log := wholeOf(t, s, run.Run).Log
		const want = `be\u001b[2Jfore \u009b31m \u202eevil\u200b ` + "\uFFFD"
		if run.Error != want || strings.Join(run.Warnings, "") != want || log != "one\n"+want+"\n" {
			t.Errorf("%q, %q, %q", run.Error, run.Warnings, log)
		}
	})
}
