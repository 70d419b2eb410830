package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Hidden is where the runner keeps what isn't an export: open publications
// and spools. No output may be written there.
const Hidden = ".runner"

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

// CheckPath gives the path of a target as Root takes it, or why it can't be
// one. Targets are written with slashes on every system.
func CheckPath(target string) (string, error) {
	clean := path.Clean(target)
	switch {
	case target == "":
		return "", errors.New("the path of an output is empty")
	case strings.ContainsRune(target, 0):
		return "", fmt.Errorf("path %q: it holds a zero byte", target)
	case strings.HasSuffix(target, "/") || clean == ".":
		return "", fmt.Errorf("path %q: it names a folder", target)
	}
	local, err := filepath.Localize(clean)
	if err != nil || !filepath.IsLocal(local) {
		return "", fmt.Errorf("path %q: it leaves the output directory, or isn't a name this system takes", target)
	}
	if first, _, _ := strings.Cut(clean, "/"); strings.EqualFold(first, Hidden) {
		return "", fmt.Errorf("path %q: %s is the runner's own folder", target, Hidden)
	}
	return local, nil
}

// NameKey gives the same text for two names of one file. Whether case matters
// is asked of the directory, not of the system: a Linux container may see a
// Mac's or a Windows disk.
func (d *Dir) NameKey(name string) (string, error) {
	if _, err := d.own(); err != nil {
		return "", err
	}
	d.caseOnce.Do(func() {
		lower, err := d.Root.Lstat(Hidden)
		upper, upperErr := d.Root.Lstat(strings.ToUpper(Hidden))
		d.foldsCase = err == nil && upperErr == nil && os.SameFile(lower, upper)
	})
	if d.foldsCase {
		return norm.NFC.String(strings.ToLower(name)), nil // such disks mostly don't tell two ways to write an accent apart
	}
	return name, nil
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

// FoldCase makes the directory behave as on a disk where "A" and "a" are one
// file, for tests on others.
func (d *Dir) FoldCase() {
	d.caseOnce.Do(func() {})
	d.foldsCase = true
}

// At tells a test of a step.
func (d *Dir) At(step string) {
	if d.step != nil {
		d.step(step)
	}
}

// Error is what the system said of a file, without the file's name.
type Error struct{ Err error }

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives what the system said.
func (e *Error) Unwrap() error { return e.Err }

// Cause takes the hidden names out of an error: the caller names the target.
func Cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &Error{e.Err}
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return &Error{e.Err}
	}
	return err
}

// Stopped gives the reason a context ended, or nil.
func Stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
