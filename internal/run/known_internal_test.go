package run

import "testing"

// TestTooManyToBeKnown: a run that told more than are noted says that it can't
// say, and one at the bound says all.
func TestTooManyToBeKnown(t *testing.T) {
	for _, parts := range []int{1, 2} {
		for _, more := range []int{0, 1} {
			whole := &memory{}
			for i := range parts {
				part := &memory{most: maxKnown + 1}
				for n := range (maxKnown + more) / parts {
					part.note(uint64(i)<<32 + uint64(n))
				}
				if i == 0 && (maxKnown+more)%parts > 0 {
					part.note(1 << 60)
				}
				whole.join(part)
			}
			if whole.over != (more > 0) {
				t.Errorf("%d and %d more, in %d parts: over %v", maxKnown, more, parts, whole.over)
			}
			if k := knownOf(encodeKnown(whole.noted)); more == 0 && (k.count() != maxKnown || !k.has(0) || !k.has(uint64(parts-1)<<32) || k.has(1<<61)) {
				t.Errorf("%d are known", k.count())
			}
		}
	}
}

// TestKnownNothing: that nothing was told isn't the same as not to know.
func TestKnownNothing(t *testing.T) {
	if k := knownOf(encodeKnown(nil)); k == nil || k.count() != 0 || k.has(0) {
		t.Error(k)
	}
	for _, kept := range [][]byte{nil, {}, {2}, {1, 2}} {
		if knownOf(kept) != nil {
			t.Errorf("%v is taken", kept)
		}
	}
}
