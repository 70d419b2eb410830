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
	p.end(true)
	return p.published(), nil
}

// published gives what is in place.
func (p *Publication) published() []target.Published {
	files := make([]target.Published, 0, len(p.files))
	for _, s := range p.files {
		if p.leftOut[s.target] {
			continue
		}
		f := s.published()
		if p.leftOut[s.latest] {
			f.Latest = ""
		}
		files = append(files, f)
	}
	return files
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

// Left gives the files that were left out, because newer ones lie there. They
// are known after Place.
func (p *Publication) Left() []target.Left {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.left)
}

// Warnings gives none: every file has a way back.
func (p *Publication) Warnings() []string { return nil }

// ready checks everything that can be checked beforehand, and makes the
// decision to publish durable. The latest copies and the manifests come last:
// who sees one sees its file.
func (p *Publication) ready(ctx context.Context, lease *target.Lease, together bool) error {
	if err := p.dir.InPlace(); err != nil {
		return err
	}
	first, last, err := p.collect()
	if err != nil {
		return err
	}
	p.leftOut = map[string]bool{}
	for _, e := range slices.Concat(first, last) {
		if p.leftOut[e.Target] {
			continue
		}
		leave, err := p.judge(ctx, lease, &e)
		if err != nil {
			return err
		}
		if !leave {
			p.puts = append(p.puts, &e)
		}
	}
	if err := disk.Stopped(ctx); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	// One rename has no middle: no journal is needed to finish it.
	several := len(p.puts) > 1 || together && len(p.puts) > 0
	for _, e := range p.puts {
		if several || e.Stamped {
			e.New, err = p.dir.IDAt(e.Staged)
			if err == nil && e.New == nil {
				err = errors.New("its staged file is gone")
			}
			if err != nil {
				return fmt.Errorf("publish %s: %w", e.path(), err)
			}
		}
	}
	if several {
		return p.decide(together)
	}
	return nil
}

// collect lists what has to be renamed: the files themselves, and what goes
// with them.
func (p *Publication) collect() (first, last []entry, err error) {
	for _, s := range p.files {
		if s.file != nil {
			return nil, nil, fmt.Errorf("publish %s: the file isn't closed", s.path)
		}
		moves := s.puts()
		for _, e := range moves[1:] {
			if e.Target == moves[0].Of { // an index knows its file before it comes
				first = append(first, e)
			} else {
				last = append(last, e)
			}
		}
		first = append(first, moves[0])
	}
	slices.SortStableFunc(first, func(a, b entry) int { return order(a) - order(b) })
	return first, last, nil
}

func order(e entry) int {
	if e.NoReplace && !e.Grows {
		return 0
	}
	return 1
}

// decide keeps what will be replaced, and makes the decision durable.
func (p *Publication) decide(together bool) error {
	p.together = together
	entries := make([]entry, len(p.puts))
	for i, e := range p.puts {
		if e.Old != nil {
			e.Backup = hiddenName(e.Target, ".old")
		}
		e.Op = opPut
		entries[i] = *e
	}
	err := p.journal.add(entries...)
	if err != nil {
		err = fmt.Errorf("publish: %w", err)
	}
	for i := 0; err == nil && i < len(p.puts); i++ {
		err = p.dir.backUp(p.puts[i])
		if err == nil && p.puts[i].Away {
			err = p.journal.add(*p.puts[i])
		}
	}
	if err == nil {
		err = p.seal(together)
	}
	if err != nil {
		_ = p.journal.add(entry{Op: opUndo}) // the decision may have been written, half durable
		p.dropBackups()
		return err
	}
	p.decided = true
	p.dir.At("committed")
	return nil
}

func (p *Publication) seal(together bool) error {
	err := p.dir.syncFolders(p.puts)
	if err == nil {
		p.dir.At("kept")
		err = p.journal.seal(entry{Op: opCommit, Together: together})
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
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
	if p.decided {
		if err := p.journal.seal(entry{Op: opUndo}); err != nil {
			problems = append(problems, err)
		}
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
	if p.kept = len(problems) > 0; !p.kept {
		p.dropBackups() // what is back needs none
	}
	p.discard()
	return errors.Join(problems...)
}

func (p *Publication) dropBackups() {
	for _, e := range p.puts {
		p.remove(e.Backup)
	}
}
