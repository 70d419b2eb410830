package output

import (
	"context"

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

// await keeps an attempt's part of the journal open until its end is known.
func (d *Dir) await(by target.Author, p *passage) {
	d.telling.Lock()
	defer d.telling.Unlock()
	if d.untold == nil {
		d.untold = map[attempt][]*passage{}
	}
	of := attempt{by.Run, by.Attempt}
	d.untold[of] = append(d.untold[of], p)
}

// Told says that a ledger has what an attempt of a run has published.
func (d *Dir) Told(run string, number int) {
	d.telling.Lock()
	passages := d.untold[attempt{run, number}]
	delete(d.untold, attempt{run, number})
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
