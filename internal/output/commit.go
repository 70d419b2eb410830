package output

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// Commit publishes every file: it is Place and Settle, for files that nothing
// else has to go with. The lease, which may be nil, is asked before each one.
func (p *Publication) Commit(ctx context.Context, lease *target.Lease) ([]target.Published, error) {
	if err := p.place(ctx, lease, false); err != nil {
		return nil, err
	}
	return p.Settle(ctx)
}

// Place puts every file in place and keeps what they replaced, until Settle or
// Undo. Before its first rename all of them are complete and durable. An error
// says that nothing was published: what had been replaced is put back. A
// process that is killed before Settle is undone by the next Recover.
func (p *Publication) Place(ctx context.Context, lease *target.Lease) error {
	return p.place(ctx, lease, true)
}

// place does it; without anything that has to go together with the files, a
// process that is killed in between is finished by the next Recover.
func (p *Publication) place(ctx context.Context, lease *target.Lease, together bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.placed {
		return errors.New("publish: the publication has ended")
	}
	if slices.ContainsFunc(p.files, func(s *Staged) bool { return s.grows }) {
		// Two runs may continue one file, and only one of them can.
		p.dir.growing.Lock()
		p.release = p.dir.growing.Unlock
	}
	for _, s := range p.files {
		if s.err != nil {
			p.discard()
			return s.err
		}
	}
	if err := p.ready(ctx, lease, together); err != nil {
		p.discard()
		return fmt.Errorf("%w (nothing was published)", err)
	}
	if err := p.move(ctx, lease); err != nil {
		return p.takeBack(err)
	}
	p.placed = true
	return nil
}

// Settle ends a publication that is in place: what it replaced is gone then.
func (p *Publication) Settle(context.Context) ([]target.Published, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.placed || p.ended {
		return nil, errors.New("publish: nothing is in place that could be settled")
	}
	if p.decided && p.together || p.noted {
		// From here on nobody puts back, also after a kill.
		if err := p.journal.seal(entry{Op: opSettle}); err != nil {
			return nil, fmt.Errorf("publish: %w", err)
		}
		p.dir.At("settled")
	}
	p.dropBackups()
	p.dropLeft()
	p.settled = true
	p.end(true)
	return p.published(), nil
}

// dropLeft removes the staged files that were left out.
func (p *Publication) dropLeft() {
	if len(p.left) == 0 {
		return
	}
	for _, s := range p.files {
		for _, e := range s.moves() {
			if p.leftOut[e.Target] {
				p.dir.RemoveFile(e.Staged)
			}
		}
	}
}

// Left gives the files that were left out, because newer ones lie there. They
// are known after Place.
func (p *Publication) Left() []target.Left {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.left)
}

// Warnings tells of links that aren't there any more.
func (p *Publication) Warnings() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var told []string
	for _, path := range p.links {
		if name, err := disk.CheckPath(path); err == nil && !p.leftOut[name] {
			told = append(told, path+" was a symbolic link: the file is in its place, and what it led to is as it was")
		}
	}
	return told
}

// move renames every file into place.
func (p *Publication) move(ctx context.Context, lease *target.Lease) error {
	for _, e := range p.puts {
		if p.leftOut[e.Target] {
			if err := p.drop(e); err != nil {
				return err
			}
			continue
		}
		put, err := p.putOne(ctx, lease, e)
		if err != nil {
			return err
		}
		if put {
			p.moved++
			p.dir.At("moved " + e.path())
		}
	}
	if err := p.dir.syncFolders(p.puts); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// looks is how often a target is looked at again when it isn't the file any
// more that was looked at before.
const looks = 10

// putOne puts a file where it goes, if that is still what was judged.
func (p *Publication) putOne(ctx context.Context, lease *target.Lease, e *entry) (put bool, err error) {
	for range looks {
		if err := lease.Check(ctx); err != nil {
			return false, fmt.Errorf("publish %s: %w", e.path(), err)
		}
		same, err := p.asJudged(e)
		if err != nil {
			return false, fmt.Errorf("publish %s: %w", e.path(), err)
		}
		if same {
			if err := p.dir.put(p.by, e); err != nil {
				return false, fmt.Errorf("publish %s: %w", e.path(), err)
			}
			return true, nil
		}
		if leave, err := p.judgeAgain(ctx, lease, e); leave || err != nil {
			return false, err
		}
	}
	return false, fmt.Errorf("publish %s: %w", e.path(), errRestless)
}

// asJudged looks at a target right before its turn. A single file was judged a
// moment ago.
func (p *Publication) asJudged(e *entry) (bool, error) {
	if !p.decided {
		return true, nil
	}
	now, err := p.dir.IDAt(e.Target)
	return err == nil && now.Is(e.Old), err
}

// judgeAgain is for a target that was replaced since it was judged.
func (p *Publication) judgeAgain(ctx context.Context, lease *target.Lease, e *entry) (leave bool, err error) {
	before := e.Backup
	if leave, err = p.judge(ctx, lease, e); err != nil {
		return false, err
	}
	if leave {
		return true, p.drop(e)
	}
	e.Backup, e.Away = "", false
	if e.Old != nil {
		e.Backup = hiddenName(e.Target, ".old")
	}
	if err := p.journal.add(*e); err != nil {
		return false, fmt.Errorf("publish %s: %w", e.path(), err)
	}
	if err := p.dir.backUp(e); err != nil {
		return false, err
	}
	if e.Away {
		err = p.journal.add(*e)
	}
	p.remove(before)
	return false, err
}

// drop takes a file out of a publication that is decided.
func (p *Publication) drop(e *entry) error {
	e.Op = opLeave
	if err := p.journal.add(*e); err != nil {
		return fmt.Errorf("publish %s: %w", e.path(), err)
	}
	p.dir.RemoveFile(e.Staged)
	p.remove(e.Backup)
	e.Backup = ""
	return nil
}
