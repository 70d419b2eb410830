package slots_test

import (
	"testing"
	"testing/synctest"

	"speckle-runner/internal/store/slots"
)

// TestAFetchWaitsUntilFewAreLeft: each run that ends asks for more only while a
// slot is free, or when few of those that were fetched ahead are left.
func TestAFetchWaitsUntilFewAreLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := slots.New()
		s.Configure(4, 0)
		if n := s.Reserve("q"); n != 4 {
			t.Fatalf("reserved %d of 4 slots", n)
		}
		s.Settle("q", 4, 4, 4)
		enter := func(count int) {
			for range count {
				go s.Enter("q", t.Context().Done())
			}
			synctest.Wait()
		}
		enter(4)
		if hungry := s.Leave("q", true); len(hungry) != 1 {
			t.Errorf("a slot is free, and nothing is fetched for it: %q", hungry)
		}
		for range 3 {
			s.Leave("q", true)
		}
		// Four have ended lately: so many more are fetched ahead.
		n := s.Reserve("q")
		if n != 8 {
			t.Fatalf("reserved %d, want 4 to run and 4 ahead", n)
		}
		s.Settle("q", n, n, n)
		enter(n)
		if hungry := s.Hungry(); len(hungry) != 0 {
			t.Errorf("4 wait here for a slot, and more are asked for: %q", hungry)
		}
		asked := 0
		for left := n - 1; left > 0; left-- {
			if len(s.Leave("q", true)) > 0 {
				asked = left
				break
			}
			synctest.Wait()
		}
		if asked < 5 || asked > 7 {
			t.Errorf("more was asked for when %d were left, want 1 to 3 that wait for the 4 slots", asked)
		}
		for range asked {
			s.Leave("q", true)
		}
	})
}
