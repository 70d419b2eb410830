package store_test

import (
	"regexp"
	"testing"

	"speckle-runner/internal/store/storetest"
)

// TestNoQuestionReadsTheWholeLedger: what a node asks every few seconds, or while
// it holds the one place to write, costs what it finds, not what the ledger has.
func TestNoQuestionReadsTheWholeLedger(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	whole := regexp.MustCompile(`(?m)^SCAN (r|runs|d|deliveries|o|t|tries)( USING (COVERING )?INDEX (sqlite_autoindex|runs_tick|deliveries_run).*)?$`)
	for what, plan := range map[string]string{
		"sweep": s.PlanOfSweep(t.Context()), "arm": s.PlanOfArm(t.Context()), "next": s.PlanOfNext(t.Context()),
		"behind": s.PlanOfBehind(t.Context()), "tries": s.PlanOfTries(t.Context()),
	} {
		if found := whole.FindString(plan); found != "" || plan == "" {
			t.Errorf("%s: %q\n%s", what, found, plan)
		}
	}
}
