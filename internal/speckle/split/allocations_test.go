package split_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/split"
)

// TestSplittingAllocatesNothing holds that records cost no memory of their own:
// what an answer takes doesn't grow with them.
func TestSplittingAllocatesNothing(t *testing.T) { //nolint:paralleltest // allocations are counted for all of the process
	const records, most = 10_000, 0.02 // allocations for each; today an answer takes a few dozen
	var text bytes.Buffer
	text.WriteString(`{"data":{"items":[`)
	for i := range records {
		fmt.Fprintf(&text, `{"id":"%032x","name":"Wall","at":[%s1.5]},`, i, strings.Repeat("12.25,", 60))
	}
	text.Truncate(text.Len() - 1)
	text.WriteString(`]}}`)
	windows := split.NewWindows(-1)
	perAnswer := testing.AllocsPerRun(5, func() {
		s := split.New(bytes.NewReader(text.Bytes()), windows, 1<<20)
		s.Plan, s.Most = split.Plan{Path: []string{"data", "items"}, ID: []byte(`"id"`)}, 1<<20
		s.Take = func(_, _ []byte) error { return nil }
		if err := s.Split(); err != nil || s.Items != records {
			t.Errorf("%v, %d records", err, s.Items)
		}
	})
	if each := perAnswer / records; each > most {
		t.Errorf("%.3f allocations a record, more than %v", each, most)
	}
}
