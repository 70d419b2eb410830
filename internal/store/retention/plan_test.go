package retention_test

import (
	"regexp"
	"strings"
	"testing"

	"speckle-runner/internal/store/retention"
	"speckle-runner/internal/store/storetest"
)

// TestNoTableIsReadWhole: forgetting a few runs of a ledger with a million must not cost
// what the million does, least of all while it holds the one place to write.
func TestNoTableIsReadWhole(t *testing.T) {
	plan := storetest.Plans(t)
	// What was listed or found before is read whole: it is as small as what is wanted.
	small := regexp.MustCompile(`^SCAN (jsonb_each|named|CONSTANT ROW|\d+ )`)
	for statement, values := range retention.Statements() {
		for _, step := range plan(statement, values...) {
			if strings.HasPrefix(step, "SCAN ") && !small.MatchString(step) {
				t.Errorf("%s\nis answered by %q", statement, step)
			}
		}
	}
}
