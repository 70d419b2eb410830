package memory

import "testing"

// TestTooManyToBeKnown: a run that told more than are noted says that it can't
// say, and one at the bound says all.
func TestTooManyToBeKnown(t *testing.T) {
	t.Parallel()
	for _, parts := range []int{1, 2} {
		for _, more := range []int{0, 1} {
			whole := &Memory{}
			for i := range parts {
				part := New(nil, nil, false)
				for n := range (Most + more) / parts {
					part.Note(uint64(i)<<32 + uint64(n))
				}
				if i == 0 && (Most+more)%parts > 0 {
					part.Note(1 << 60)
				}
				whole.Join(part)
			}
			if whole.Over() != (more > 0) {
				t.Errorf("%d and %d more, in %d parts: over %v", Most, more, parts, whole.Over())
			}
			if k := Of(whole.Encode()); more == 0 && (k.count() != Most || !k.has(0) || !k.has(uint64(parts-1)<<32) || k.has(1<<61)) {
				t.Errorf("%d are known", k.count())
			}
		}
	}
}

// TestKnownNothing: that nothing was told isn't the same as not to know.
func TestKnownNothing(t *testing.T) {
	t.Parallel()
	if k := Of((&Memory{}).Encode()); k == nil || k.count() != 0 || k.has(0) {
		t.Error(k)
	}
	for _, kept := range [][]byte{nil, {}, {2}, {1, 2}} {
		if Of(kept) != nil {
			t.Errorf("%v is taken", kept)
		}
	}
}
