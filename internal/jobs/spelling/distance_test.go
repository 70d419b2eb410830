package spelling_test

import (
	"testing"

	"speckle-runner/internal/jobs/spelling"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"tick", "tick", 0}, {"", "tick", 4}, {"tickk", "tick", 1}, {"tokn_env", "token_env", 1}, {"date", "data", 1},
		{"fiel", "file", 1}, {"cvs", "csv", 1}, {"shcedlue", "schedule", 2}, {"job", "run", 3}} {
		if got := spelling.Distance(c.a, c.b); got != c.want || spelling.Distance(c.b, c.a) != got {
			t.Errorf("%q and %q: %d, want %d both ways", c.a, c.b, got, c.want)
		}
	}
}
