package blob

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/output/target"
)

// Undo takes back what Place has put. The error names what couldn't be.
func (p *Publication) Undo(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil
	}
	return p.undo(ctx)
}

// takeBack says what became of a publication that couldn't be finished.
func (p *Publication) takeBack(ctx context.Context, why error) error {
	if err := p.undo(ctx); err != nil {
		return fmt.Errorf("%w; %w", why, err)
	}
	return fmt.Errorf("%w (nothing was published)", why)
}

// undo takes back what was put. The error names what couldn't be.
func (p *Publication) undo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackFor)
	defer cancel()
	var problems []error
	var left []*change
	for _, c := range slices.Backward(p.changes) {
		err := c.undo(ctx, p.buckets[c.at.Storage()])
		if c.pending || err != nil && !errors.Is(err, errNotKept) {
			left = append(left, c)
		}
		problems = append(problems, err)
	}
	slices.Reverse(left)
	p.changes = left
	p.end()
	return errors.Join(problems...)
}

// Unfinished gives what is still to be done after Settle or Undo, for the
// journal: the storage didn't answer, and may yet do what it was asked for.
func (p *Publication) Unfinished() []any {
	p.mu.Lock()
	defer p.mu.Unlock()
	notes := make([]any, len(p.changes))
	for i, c := range p.changes {
		notes[i] = c
	}
	return notes
}

// finishFor bounds how long one run's leftovers may take.
const finishFor = 30 * time.Second

// Finish puts right what publications of a job, of all when it is "", left
// unfinished in storage: their process was killed, or the storage was away. What
// can't be put right now stays for the next call.
func Finish(ctx context.Context, left target.Pending, job string, told func(run, what string)) error {
	return left.EachUnfinished(job, func(u target.Unfinished) error {
		ctx, cancel := context.WithTimeout(ctx, finishFor)
		defer cancel()
		if err := finish(ctx, u); err != nil {
			return fmt.Errorf("what run %s left in storage: %w", u.Run, err)
		}
		told(u.Run, "what a killed or cut off run left in storage is put right")
		return nil
	})
}

func finish(ctx context.Context, u target.Unfinished) error {
	changes, err := changesOf(u)
	if err != nil {
		return err
	}
	buckets := map[string]bucket{}
	defer func() {
		for _, b := range buckets {
			b.close()
		}
	}()
	var problems []error
	for _, c := range slices.Backward(changes) {
		b := buckets[c.at.Storage()]
		if b == nil {
			if b, err = open(ctx, c.at); err != nil {
				return err
			}
			buckets[c.at.Storage()] = b
		}
		if u.Settled {
			err = c.settle(ctx, b)
		} else {
			err = c.undo(ctx, b)
		}
		if errors.Is(err, errNotKept) {
			err = nil // it never will be: the run's error or its warning has told
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
