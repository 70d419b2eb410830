package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Commit publishes every file. Before its first rename all of them are
// complete and durable, and a journal says so: a process that is killed in
// between is finished by the next Recover. An error before that point says
// that nothing was published; a later one names what was.
func (p *Publication) Commit(ctx context.Context) ([]Published, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil, errors.New("publish: the publication has ended")
	}
	if slices.ContainsFunc(p.files, func(s *Staged) bool { return s.grows }) {
		// Two runs may continue one file, and only one of them can.
		p.dir.growing.Lock()
		defer p.dir.growing.Unlock()
	}
	moves, err := p.ready(ctx)
	if err == nil {
		err = p.move(moves)
	}
	if err != nil {
		p.discard()
		return nil, err
	}
	p.ended = true
	p.journal.close(true)
	files := make([]Published, len(p.files))
	for i, s := range p.files {
		files[i] = s.published()
	}
	return files, nil
}

// ready checks everything that can be checked beforehand, and makes the
// decision to publish durable. The files that may not replace anything come
// first, because only they can be taken back; the latest copies and the
// manifests come last.
func (p *Publication) ready(ctx context.Context) ([]entry, error) {
	if err := p.dir.InPlace(); err != nil {
		return nil, err
	}
	var moves, latest []entry
	for _, s := range p.files {
		if s.err != nil {
			return nil, s.err
		}
		if s.file != nil {
			return nil, fmt.Errorf("publish %s: the file isn't closed (nothing was published)", s.path)
		}
		if s.grows {
			if err := s.unchangedSince(); err != nil {
				return nil, err
			}
		}
		if s.noReplace {
			if err := p.dir.mustBeFree(s.target); err != nil {
				return nil, fmt.Errorf("%w (nothing was published)", err)
			}
		}
		m := s.moves()
		moves, latest = append(moves, m[0]), append(latest, m[1:]...)
	}
	slices.SortStableFunc(moves, func(a, b entry) int { return order(a) - order(b) })
	moves = append(moves, latest...)
	if err := stopped(ctx); err != nil {
		return nil, fmt.Errorf("publish: %w (nothing was published)", err)
	}
	// One rename has no middle: no journal is needed to finish it.
	if len(moves) > 1 {
		if err := p.decide(moves); err != nil {
			return nil, fmt.Errorf("publish: %w (nothing was published)", err)
		}
	}
	return moves, nil
}

func order(e entry) int {
	if e.NoReplace {
		return 0
	}
	return 1
}

func (p *Publication) decide(moves []entry) error {
	if err := p.dir.syncFolders(moves); err != nil {
		return err
	}
	if err := p.journal.commit(); err != nil {
		return err
	}
	p.dir.at("committed")
	return nil
}

// move renames every file into place.
func (p *Publication) move(moves []entry) error {
	for i, m := range moves {
		if err := p.dir.put(m); err != nil {
			return p.stopAt(moves, i, err)
		}
		p.dir.at("moved " + filepath.ToSlash(m.Target))
	}
	if err := p.dir.syncFolders(moves); err != nil {
		return fmt.Errorf("publish: %w (every file is in place, but a power cut may take it back)", err)
	}
	return nil
}

// stopAt says what became of a publication that couldn't be finished. New
// files that replaced nothing are taken back when nothing else was touched.
func (p *Publication) stopAt(moves []entry, at int, err error) error {
	target := filepath.ToSlash(moves[at].Target)
	done := moves[:at]
	if !slices.ContainsFunc(done, func(m entry) bool { return !m.NoReplace }) {
		for _, m := range done {
			p.dir.removeFile(m.Target)
		}
		return fmt.Errorf("publish %s: %w (nothing was published)", target, err)
	}
	names := make([]string, len(done))
	for i, m := range done {
		names[i] = filepath.ToSlash(m.Target)
	}
	return fmt.Errorf("publish %s: %w (published before it: %s)", target, err, strings.Join(names, ", "))
}

// put moves one staged file to its target.
func (d *Dir) put(m entry) error {
	if !m.NoReplace {
		return d.rename(m)
	}
	// A link never replaces, whoever made the target a moment ago.
	err := d.root.Link(m.Staged, m.Target)
	switch {
	case err == nil:
		d.removeFile(m.Staged)
		return nil
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	}
	// A file system without links: look, then rename.
	if _, err := d.root.Lstat(m.Target); err == nil {
		return ErrExists
	}
	return d.rename(m)
}

// Windows refuses to replace a file that another program has open: for a
// moment when that is a virus scanner, for long when it is Excel.
const (
	busyTries = 10
	busyWait  = 100 * time.Millisecond
)

func (d *Dir) rename(m entry) error {
	var err error
	for range busyTries {
		if err = d.root.Rename(m.Staged, m.Target); err == nil || !busy(err) {
			break
		}
		time.Sleep(busyWait)
	}
	if err == nil {
		return nil
	}
	if busy(err) {
		return fmt.Errorf("another program has the file open; close it there and run again: %w", cause(err))
	}
	return cause(err)
}

// busy reports Windows' sharing violation, lock violation and access denied.
func busy(err error) bool {
	if runtime.GOOS != "windows" {
		return false
	}
	return errors.Is(err, syscall.Errno(32)) || errors.Is(err, syscall.Errno(33)) || errors.Is(err, os.ErrPermission)
}
