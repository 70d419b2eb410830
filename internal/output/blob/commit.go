package blob

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"speckle-runner/internal/output/target"
)

// Commit is Place and Settle, for objects that no files have to go with. One
// that is killed in between leaves some old and some new ones.
func (p *Publication) Commit(ctx context.Context, lease *target.Lease) ([]target.Published, error) {
	if err := p.place(ctx, lease, nil); err != nil {
		return nil, err
	}
	return p.Settle(ctx)
}

// Place puts every object, one after the other, and keeps what they replace,
// until Settle. All are complete before the first. An error says what
// became of them: mostly that nothing was published.
func (p *Publication) Place(ctx context.Context, lease *target.Lease) error {
	return p.place(ctx, lease, p.notes)
}

// place does it. Without a journal, and with one object, there is nothing to go
// back from.
func (p *Publication) place(ctx context.Context, lease *target.Lease, notes target.Journal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return errors.New("publish: the publication has ended")
	}
	puts, err := p.ready(ctx)
	if err != nil {
		p.end()
		return fmt.Errorf("%w (nothing was published)", err)
	}
	for i := range puts {
		if err := p.turn(ctx, lease, &puts[i], notes, notes != nil || len(puts) > 1); err != nil {
			return p.takeBack(ctx, err)
		}
	}
	return nil
}

// Settle ends a publication that is in place: what it replaced is gone then,
// but for what Unfinished gives.
func (p *Publication) Settle(ctx context.Context) ([]target.Published, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackFor)
	defer cancel()
	p.changes = slices.DeleteFunc(p.changes, func(c *change) bool { return c.settle(ctx, p.buckets[c.at.Storage()]) == nil })
	files := make([]target.Published, 0, len(p.files))
	for _, s := range p.files {
		if !p.leftOut[s] {
			files = append(files, s.published())
		}
	}
	p.end()
	return files, nil
}
