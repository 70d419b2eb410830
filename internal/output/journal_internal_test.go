package output

import "testing"

// TestAnUndoGoesBeforeASettling that failed before it: the disk may have kept
// what it said that it couldn't.
func TestAnUndoGoesBeforeASettling(t *testing.T) {
	r := &journaled{}
	for _, e := range []entry{{Op: opCommit, Together: true}, {Op: opSettle}, {Op: opUndo}} {
		r.take(e)
	}
	if r.settled || !r.undoing {
		t.Errorf("settled %v, undoing %v", r.settled, r.undoing)
	}
}
