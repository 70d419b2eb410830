package output

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Undo puts back what Place has replaced, and takes away what was new. The
// error names what couldn't be put back.
func (p *Publication) Undo(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.placed || p.ended {
		return nil
	}
	return p.undo()
}

// Abort removes everything that was staged, and undoes what isn't settled.
// After Commit, or a second time, it does nothing.
func (p *Publication) Abort() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	if p.placed || p.decided { // or a panic came in between
		_ = p.undo() // what is left to do stays in the journal
		return
	}
	p.discard()
}

// takeBack says what became of a publication that couldn't be finished.
func (p *Publication) takeBack(why error) error {
	if p.moved > 0 && !p.decided {
		p.discard()
		return fmt.Errorf("%w (the file is in place, but a power cut may take it back)", why)
	}
	if err := p.undo(); err != nil {
		return fmt.Errorf("%w; %w", why, err)
	}
	return fmt.Errorf("%w (nothing was published)", why)
}

// undo puts back, the last one first. What can't be put back stays in the
// journal, for the next start.
func (p *Publication) undo() error {
	var problems []error
	var unsaid error
	if p.decided {
		unsaid = p.journal.seal(entry{Op: opUndo})
		p.dir.At("undoing")
	}
	for _, e := range slices.Backward(p.puts) {
		if e.Op != opPut {
			continue
		}
		if _, err := p.dir.putBack(e); err != nil {
			problems = append(problems, err)
		}
		p.dir.At("put back " + e.path())
	}
	if p.decided {
		if err := p.dir.syncFolders(p.puts); err != nil {
			problems = append(problems, err)
		}
	}
	if p.kept = len(problems) > 0; p.kept {
		problems = slices.Concat([]error{unsaid}, problems)
	} else {
		p.dropBackups() // what is back needs none, nor a journal on a full disk that says so
	}
	p.discard()
	return errors.Join(problems...)
}

func (p *Publication) dropBackups() {
	for _, e := range p.puts {
		p.remove(e.Backup)
	}
}
