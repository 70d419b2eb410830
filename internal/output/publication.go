package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"unicode/utf8"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// Publication is the set of files of one run: a target.Publication. They are staged beside their
// targets under hidden names and published together by Commit; until then
// nothing is seen of them. It is safe for use by several goroutines.
type Publication struct {
	dir *Dir
	by  target.Author

	mu      sync.Mutex
	journal *passage
	files   []*Staged
	targets map[string]bool
	made    []string // folders that weren't there before
	ended   bool

	puts     []*entry        // what Place renames, in order
	links    []string        // targets where a symbolic link lies
	leftOut  map[string]bool // targets where newer files lie
	left     []target.Left
	together bool
	decided  bool // the journal knows what is replaced
	moved    int
	placed   bool
	kept     bool     // something couldn't be put back
	stuck    []string // hidden files that couldn't be removed
	noted    bool     // the journal has notes, and stays until Conclude
	awaits   bool     // and says what was published until Told
	settled  bool
	release  func() // of what is held from Place on
}

// Begin opens a publication. It takes nothing on disk before the first Create.
func (d *Dir) Begin(by target.Author) (*Publication, error) {
	if by.Run == "" {
		return nil, errors.New("publish: the run has no id")
	}
	if err := d.InPlace(); err != nil {
		return nil, err
	}
	d.clearStuck()
	return &Publication{dir: d, by: by, targets: map[string]bool{}}, nil
}

// Await keeps in the journal what is published until Told is called for the run. It
// comes before Commit or Place.
func (p *Publication) Await() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.awaits = true
}

// Create stages a file for the path, which is relative to the directory and
// written with slashes. Close the file when it is complete.
func (p *Publication) Create(_ context.Context, path string, o target.CreateOptions) (target.Staged, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil, fmt.Errorf("publish %s: the publication has ended", path)
	}
	name, err := p.claim(path)
	if err != nil {
		return nil, err
	}
	s := &Staged{dir: p.dir, by: p.by, beside: p.stageBeside, reserve: p.reserve, path: filepath.ToSlash(name), output: o.Output, target: name,
		noReplace: !o.Overwrite}
	if o.Latest != "" {
		if s.latest, err = p.claim(o.Latest); err != nil {
			return nil, err
		}
	}
	if o.Manifest != nil {
		s.manifest = o.Manifest
		if s.manifestTarget, err = p.claim(target.ManifestPath(path)); err != nil {
			return nil, err
		}
	}
	s.resumed, s.shared = o.Resumed, o.Shared
	if s.noReplace {
		if _, err := p.dir.judge(p.by, &entry{Target: name, NoReplace: true, Resumed: o.Resumed}); err != nil {
			return nil, err
		}
	}
	if err := p.open(s); err != nil {
		return nil, fmt.Errorf("publish %s: %w", path, err)
	}
	p.files = append(p.files, s)
	return s, nil
}

// reserve is claim for a path that is found later to be written.
func (p *Publication) reserve(path string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.claim(filepath.ToSlash(path))
	return err
}

// claim checks a path and keeps it from being written twice.
func (p *Publication) claim(path string) (string, error) {
	target, err := disk.CheckPath(path)
	if err != nil {
		return "", err
	}
	info, err := p.dir.Root.Lstat(target)
	if err != nil {
		info = nil
	}
	if guarded := p.dir.Guarded(target, info); guarded != nil {
		return "", guarded
	}
	switch {
	case err == nil && info.IsDir():
		return "", fmt.Errorf("publish %s: a folder has that name: move it away, or give the output another path", path)
	case errors.Is(err, syscall.ENOTDIR):
		return "", fmt.Errorf("publish %s: a file has the name of one of its folders: move it away, or give the output another path", path)
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		p.links = append(p.links, path)
	case err == nil && !info.Mode().IsRegular():
		return "", &disk.RefusedError{
			Err: fmt.Errorf("publish %s: what lies there %w: take it away, or give the output another path", path, errIrregular),
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("publish %s: %w", path, disk.Cause(err))
	}
	key, err := p.dir.NameKey(target)
	if err != nil {
		return "", fmt.Errorf("publish %s: %w", path, err)
	}
	if p.targets[key] {
		return "", &disk.RefusedError{Err: fmt.Errorf("publish %s: two outputs of the run write this path", path)}
	}
	p.targets[key] = true
	return target, nil
}

// open makes the staged file. The journal knows its name before it exists.
func (p *Publication) open(s *Staged) error {
	if p.journal == nil {
		j, err := p.dir.openPassage(p.by)
		if err != nil {
			return err
		}
		p.journal = j
	}
	var err error
	s.name, s.file, err = p.stage(entry{Target: s.target, NoReplace: s.noReplace})
	return err
}

// stage opens a new hidden file beside an entry's target.
func (p *Publication) stage(e entry) (string, *os.File, error) {
	name := hiddenName(e.Target, ".tmp")
	e.Op, e.Staged = opStage, name
	if err := p.journal.add(e); err != nil {
		return "", nil, err
	}
	// An aborted publication may remove a folder that was empty a moment ago.
	var file *os.File
	var err error
	for range 3 {
		if err = p.dir.MakeParents(e.Target, p.noteFolder); err != nil {
			continue
		}
		file, err = p.dir.Root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|disk.Unpolled, 0o644)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return "", nil, disk.Cause(err)
	}
	return name, file, nil
}

// stageBeside opens a hidden file for a second target of a file.
func (p *Publication) stageBeside(e entry) (string, *os.File, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return "", nil, errors.New("the publication has ended")
	}
	return p.stage(e)
}

func (p *Publication) noteFolder(dir string) error {
	p.made = append(p.made, dir)
	return p.journal.add(entry{Op: opFolder, Target: dir})
}

// maxStagedBase leaves room, in the 255 bytes that file systems give a name,
// for what hiddenName adds.
const maxStagedBase = 200

// hiddenName gives a new name beside a target.
func hiddenName(target, suffix string) string {
	base := filepath.Base(target)
	if len(base) > maxStagedBase {
		base = base[:maxStagedBase]
		for !utf8.ValidString(base) && len(base) > maxStagedBase-utf8.UTFMax {
			base = base[:len(base)-1]
		}
	}
	return filepath.Join(filepath.Dir(target), "."+base+"."+disk.RandomName()+suffix)
}

// discard removes what is still staged and ends the publication. What can't
// be removed stays in the journal, for the next start.
func (p *Publication) discard() {
	clean := !p.kept
	for _, s := range p.files {
		s.closeFiles()
		for _, m := range s.moves() {
			clean = p.dir.RemoveFile(m.Staged) && clean
		}
	}
	p.dir.RemoveFolders(p.made)
	p.end(clean)
}

func (p *Publication) end(clean bool) {
	p.ended = true
	if clean && !p.noted && len(p.stuck) > 0 {
		p.leaveStuck()
	} else {
		p.leaveJournal(clean && !p.noted)
	}
	if p.release != nil {
		p.release()
		p.release = nil
	}
}

// leaveJournal ends the publication's part of it, now or once the run's end is known.
func (p *Publication) leaveJournal(clean bool) {
	if clean && p.awaits && p.settled && p.journal != nil {
		p.dir.await(p.by, p.journal)
		return
	}
	p.journal.close(clean)
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

// remove takes away a hidden file; where that can't be done now, it is done later.
func (p *Publication) remove(hidden string) {
	if hidden != "" && !p.dir.RemoveFile(hidden) {
		p.stuck = append(p.stuck, hidden)
	}
}

// leaveStuck leaves to later what couldn't be removed. Nothing of it is put back then,
// whatever somebody has done to the exports meanwhile.
func (p *Publication) leaveStuck() {
	_ = p.journal.add(entry{Op: opSettle}) // without it the next start looks whether there is something to put back
	p.dir.removing.Lock()
	defer p.dir.removing.Unlock()
	p.dir.stuck = append(p.dir.stuck, stuck{names: p.stuck, passage: p.journal})
}
