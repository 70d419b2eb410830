package speckle

import "testing"

// TestFirstOf has three records that were recovered behind the second of the
// first reading, and one behind the fourth: a b X X X c d X e.
func TestFirstOf(t *testing.T) {
	rd := &reading{}
	for _, f := range []found{{after: 4, n: 1}, {after: 2, n: 2}, {after: 2, n: 1}} {
		rd.recovered = regain(rd.recovered, f)
	}
	w := &walkthrough{earlier: rd.arranged()}
	if len(w.earlier) != 2 {
		t.Errorf("%+v", w.earlier)
	}
	for n, want := range []int64{0, 1, 2, 2, 2, 2, 3, 4, 4, 5, 6} {
		if got := w.firstOf(int64(n)); got != want {
			t.Errorf("%d of the first %d are of the first reading, want %d", got, n, want)
		}
	}
	if got := (&walkthrough{}).firstOf(7); got != 7 {
		t.Errorf("%d of 7 where nothing was recovered", got)
	}
}
