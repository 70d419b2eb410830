package output

import (
	"context"
	"fmt"

	"speckle-runner/internal/output/target"
)

// A run's files are in place before its end is in a ledger. A process that is killed in
// between leaves files that no ledger knows, and that nothing would ever count or take
// away: so the journal says what is published until the ledger has it.

// Untold is what a killed process had published of a run.
type Untold struct {
	By    target.Author
	Files []target.Published
}

// Await keeps in the journal what is published until Told is called for the run. It
// comes before Commit or Place.
func (p *Publication) Await() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.awaits = true
}

// announce writes down what is about to be published.
func (p *Publication) announce() error {
	if !p.awaits || p.journal == nil {
		return nil
	}
	if err := p.journal.add(entry{Op: opFiles, Files: p.published()}); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// leaveJournal ends the publication's part of it, now or once the run's end is known.
func (p *Publication) leaveJournal(clean bool) {
	if !clean || !p.awaits || !p.settled || p.journal == nil {
		p.journal.close(clean)
		return
	}
	p.dir.telling.Lock()
	defer p.dir.telling.Unlock()
	if p.dir.untold == nil {
		p.dir.untold = map[string][]*passage{}
	}
	p.dir.untold[p.by.Run] = append(p.dir.untold[p.by.Run], p.journal)
}

// Told says that a ledger has what was published of a run.
func (d *Dir) Told(run string) {
	d.telling.Lock()
	passages := d.untold[run]
	delete(d.untold, run)
	d.telling.Unlock()
	for _, p := range passages {
		p.close(true)
	}
}

// untoldOf gives which files of a killed run lie where they should, nil for none.
func (d *Dir) untoldOf(ctx context.Context, r *journaled) *Untold {
	there := &Untold{By: r.by}
	for _, f := range r.files {
		if holds, err := d.Holds(ctx, f.Path, f); err != nil || !holds {
			continue
		}
		if f.Latest != "" {
			if holds, err := d.Holds(ctx, f.Latest, f); err != nil || !holds {
				f.Latest = ""
			}
		}
		there.Files = append(there.Files, f)
	}
	if len(there.Files) == 0 {
		return nil
	}
	return there
}
