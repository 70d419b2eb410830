package said_test

import (
	"errors"
	"io"
	"testing"

	"speckle-runner/internal/said"
)

// breaks takes so many writes, and fails from then on.
type breaks struct {
	good  int
	first error
	asked int
}

func (b *breaks) Write(text []byte) (int, error) {
	if b.asked++; b.asked <= b.good {
		return len(text), nil
	}
	return 0, b.first
}

func TestResultsRememberWhyTheyEnd(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	to := &breaks{good: 1, first: full}
	results := said.NewResults(to)
	for range 4 {
		if n, err := io.WriteString(results, "word"); n != 4 || err != nil {
			t.Fatalf("a command is told: %d bytes, %v", n, err)
		}
		if to.asked == 1 && results.Err() != nil {
			t.Errorf("what was written is told as %v", results.Err())
		}
	}
	if !errors.Is(results.Err(), full) || to.asked != 2 {
		t.Errorf("it tells %v after %d writes, want %v after 2", results.Err(), to.asked, full)
	}
}
