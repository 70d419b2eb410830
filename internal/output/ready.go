package output

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// ready checks everything that can be checked beforehand, and makes the
// decision to publish durable. The latest copies and the manifests come last:
// who sees one sees its file.
func (p *Publication) ready(ctx context.Context, lease *target.Lease, together bool) error {
	if err := p.dir.InPlace(); err != nil {
		return err
	}
	if p.journal != nil && !p.dir.Own(p.journal.in.name) {
		return fmt.Errorf("output directory %s: %w", p.dir.Path(), disk.ErrEmptied)
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
	if err := p.announce(); err != nil {
		return err
	}
	if several {
		return p.decide(together)
	}
	return nil
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

// judge decides for one file of a publication that lives.
func (p *Publication) judge(ctx context.Context, lease *target.Lease, e *entry) (leave bool, err error) {
	newer, err := p.dir.judge(p.by, e)
	if err != nil || newer == nil {
		return false, err
	}
	if newer.Run == p.by.Run {
		// Attempts may be counted anew, in a new ledger: it knows which one lives.
		if lease == nil {
			return false, fmt.Errorf("publish %s: %w", e.path(), target.ErrOvertaken)
		}
		return false, lease.Renew(ctx)
	}
	p.leave(e, newer.Run)
	return true, nil
}

// leave takes a file out of the publication, with what goes with it.
func (p *Publication) leave(e *entry, by string) {
	for _, s := range p.files {
		switch e.Target {
		case s.target:
			p.leftOut[s.target], p.leftOut[s.latest] = true, true
			p.leftOut[s.manifestTarget], p.leftOut[growthPath(s.target)] = true, true
			p.left = append(p.left, target.Left{Path: s.path, By: by})
		case s.latest:
			p.leftOut[s.latest] = true
			p.left = append(p.left, target.Left{Path: filepath.ToSlash(s.latest), Latest: true, By: by})
		}
	}
	delete(p.leftOut, "")
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
