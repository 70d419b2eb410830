package output_test

import (
	"io"
	"testing"

	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/webhook"
)

// TestAGrownSpoolIsTold: one that grows between the two readings of a message's
// records ends in an error.
func TestAGrownSpoolIsTold(t *testing.T) {
	d := openDir(t, t.TempDir())
	s := newSpool(t, d)
	fill(t, s, "1", "2")
	r := s.Records()
	grown := record.Records{Count: r.Count, Open: func() (io.ReadCloser, error) {
		in, err := r.Open()
		fill(t, s, "3")
		return in, err
	}}
	var last error
	for _, err := range webhook.Batches(t.Context(), grown, webhook.Info{Job: "job", Run: "run-1", Count: 2}, 1) {
		last = err
	}
	if last == nil {
		t.Error("a grown spool is sent without a word")
	}
}
