package run

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle"
)

// maxSkippedNamed is how many of the skipped items a run's warnings name.
const maxSkippedNamed = 20

// allFailedError says that every item failed. It wraps the error of the first, which
// decides on the exit code.
type allFailedError struct {
	items int
	first *itemError
}

func (e *allFailedError) Error() string {
	return fmt.Sprintf("for_each: all %d items failed, the first: %s", e.items, e.first.text())
}
func (e *allFailedError) Unwrap() error { return e.first }

// skips reports whether a failed item is left out and the run goes on. It isn't where
// other items would fail the same way, where the run itself is ending, and where a
// person has to look at what was done.
func (r *reader) skips(ctx context.Context, p part) bool {
	if r.Job.ForEach.OnError != choices.ErrorSkip || ctx.Err() != nil || r.mutates() && p.stats.Requests > 0 && mayBeDone(p.err) {
		return false
	}
	var (
		short   *speckle.ShortError
		program *sink.ProgramError
		value   *itemValueError
	)
	if failed, ok := errors.AsType[*speckle.Error](p.err); ok {
		switch failed.Kind {
		case speckle.TokenRefused, speckle.ScopeMissing, speckle.RateLimited, speckle.Redirected, speckle.Canceled,
			speckle.Untrusted, speckle.WrongProtocol, speckle.ProxyRefused, speckle.OverBudget:
			return false
		}
		return true
	}
	return ofElements(p.err) || errors.As(p.err, &short) || errors.As(p.err, &program) || errors.As(p.err, &value)
}

// skips are the items of a run that were left out.
type skips struct {
	count int
	named []string
	first *itemError
}

// leaveOut notes an item that is left out.
func (r *reader) leaveOut(left *skips, p part) {
	err := &itemError{p.item, p.err, r.words()}
	left.count++
	if left.first == nil {
		left.first = err
	}
	r.in.holes, r.result.LeftOut = true, true
	text := r.words().Text("skipped " + err.text())
	if left.count <= maxSkippedNamed {
		left.named = append(left.named, text)
	}
	r.Log.Warn().Msg(text)
}

// concludeSkips warns of the items that were left out. It does so in front of all other
// warnings, because a long list of those is cut.
func (r *reader) concludeSkips(left skips, items int) error {
	switch {
	case left.count == 0:
		return nil
	case left.count == items && items == 1:
		return left.first
	case left.count == items:
		return &allFailedError{items, left.first}
	}
	warnings := append([]string{fmt.Sprintf("skipped %d of %d items", left.count, items)}, left.named...)
	if more := left.count - len(left.named); more > 0 {
		warnings = append(warnings, fmt.Sprintf("and skipped %s: the run's log names them", said.Count(more, "more item")))
	}
	r.Log.Warn().Msg(warnings[0])
	r.result.Warnings = slices.Concat(warnings, r.result.Warnings)
	return nil
}
