package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Dir is a directory that exports are published in. Nothing outside it can be
// reached through it. It is safe for use by several goroutines, and several
// processes may have the same directory open.
type Dir struct {
	Root *os.Root
	path string      // absolute
	open os.FileInfo // the folder itself, whatever its path leads to later

	mu      sync.Mutex
	session *session // of this process, opened when first needed

	caseOnce  sync.Once
	foldsCase bool // "A" and "a" are one file

	syncs syncs
	guard guard

	step func(string) // tests stop here; nil elsewhere

	refuse func(to string) error  // a test says what a rename gives; nil elsewhere
	hold   func(name string) bool // a test says which file can't be removed; nil elsewhere
}

// Open opens a directory, making it when it is missing.
func Open(dir string) (*Dir, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("output directory %s: %w", dir, err)
	}
	if err := os.MkdirAll(absolute, 0o755); err != nil {
		return nil, fmt.Errorf("output directory %s: %w", dir, Cause(err))
	}
	root, err := os.OpenRoot(absolute)
	if err != nil {
		return nil, fmt.Errorf("output directory %s: %w", dir, Cause(err))
	}
	folder, err := root.Stat(".")
	if err != nil {
		_ = root.Close() // of no use
		return nil, fmt.Errorf("output directory %s: %w", dir, Cause(err))
	}
	return &Dir{Root: root, path: absolute, open: folder}, nil
}

// Path gives the directory's absolute path, for messages.
func (d *Dir) Path() string { return d.path }

// Close lets the directory go. Publications and spools must be closed before.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != nil {
		d.session.close()
		d.session = nil
	}
	return d.Root.Close()
}

// ErrDisplaced says that the folder isn't the one that this process has open:
// what it would publish, nobody would find.
var ErrDisplaced = errors.New("the folder was removed or replaced while it was open (nothing was published); start again")

// ErrEmptied says that the runner's own room is gone, and with it what a run that is about
// to publish had noted there: after a kill nobody would put its files right.
var ErrEmptied = errors.New("the folder " + Hidden + " in it was removed or replaced while a run was under way (nothing was published); " +
	"it is made again for the next run")

// Full adds to an error that the directory's disk is full what to do; any other stays as it is.
func (d *Dir) Full(err error) error {
	if !IsFull(err) {
		return err
	}
	return &fullError{err, d.path}
}

// InPlace says whether the directory's path still leads to the folder that is
// open.
func (d *Dir) InPlace() error {
	seen, err := os.Stat(d.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("output directory %s: %w", d.path, Cause(err))
	}
	if err != nil || !os.SameFile(d.open, seen) {
		return fmt.Errorf("output directory %s: %w", d.path, ErrDisplaced)
	}
	return nil
}

// MakeParents makes the folders above a file. note is called for each that was
// really made.
func (d *Dir) MakeParents(name string, note func(dir string) error) error {
	dir := filepath.Dir(name)
	if dir == "." {
		return nil
	}
	if info, err := d.Root.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := d.MakeParents(dir, note); err != nil {
		return err
	}
	err := d.Root.Mkdir(dir, 0o755)
	switch {
	case err == nil:
		d.syncs.setNamed(dir, false)
		return note(dir)
	case errors.Is(err, fs.ErrExist):
		return nil // by somebody else, or it is no folder: opening the file tells
	default:
		return fmt.Errorf("make folder %s: %w", filepath.ToSlash(dir), Cause(err))
	}
}

// OnStep has a test called between the steps of what is done here.
func (d *Dir) OnStep(f func(step string)) { d.step = f }

// At tells a test of a step.
func (d *Dir) At(step string) {
	if d.step != nil {
		d.step(step)
	}
}
