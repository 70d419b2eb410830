package disk

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// CheckPath gives the path of a target as Root takes it, or why it can't be
// one. Targets are written with slashes on every system.
func CheckPath(target string) (string, error) {
	clean := path.Clean(target)
	switch {
	case target == "":
		return "", &RefusedError{errors.New("the path of an output is empty")}
	case strings.ContainsRune(target, 0):
		return "", &RefusedError{fmt.Errorf("path %q: it holds a zero byte", target)}
	case strings.HasSuffix(target, "/") || clean == ".":
		return "", &RefusedError{fmt.Errorf("path %q: it names a folder", target)}
	}
	if name := tooLong(clean); name != "" {
		return "", &RefusedError{fmt.Errorf("path %q: the name %q is too long: a file's may have %d bytes, on Windows and macOS letters",
			target, name, maxName)}
	}
	local, err := filepath.Localize(clean)
	if err != nil || !filepath.IsLocal(local) {
		return "", &RefusedError{fmt.Errorf("path %q: it leaves the output directory, or isn't a name this system takes", target)}
	}
	if first, _, _ := strings.Cut(clean, "/"); strings.EqualFold(first, Hidden) {
		return "", &RefusedError{fmt.Errorf("path %q: %s is the runner's own folder", target, Hidden)}
	}
	return local, nil
}

// maxName is what a name may have on the disks that people use: in bytes (NAME_MAX) on Linux, in
// UTF-16 on Windows and macOS. A disk says so itself only where the folder is there.
const maxName = 255

// tooLong gives the first name of a path that no disk takes; "" for none.
func tooLong(clean string) string {
	for name := range strings.SplitSeq(clean, "/") {
		size := len(name)
		if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
			size = len(utf16.Encode([]rune(name)))
		}
		if size > maxName {
			return name
		}
	}
	return ""
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

// FoldCase makes the directory behave as on a disk where "A" and "a" are one
// file, for tests on others.
func (d *Dir) FoldCase() {
	d.caseOnce.Do(func() {})
	d.foldsCase = true
}

// Guard names the files that no output may take the place of, by whatever path
// or link it would: the runner's own. It replaces those named before.
func (d *Dir) Guard(files []Guarded) {
	d.guard.mu.Lock()
	defer d.guard.mu.Unlock()
	d.guard.files, d.guard.paths, d.guard.seen = files, map[string]string{}, nil
	for _, f := range files {
		if absolute, err := filepath.Abs(f.Path); err == nil {
			d.guard.paths[absolute] = f.What
		}
	}
}

// Guarded refuses a target that is one of the runner's own files; info is what
// lies there, nil for nothing. A link is looked at as itself and as what it leads to.
func (d *Dir) Guarded(target string, info os.FileInfo) error {
	what := d.guard.named(filepath.Join(d.path, target))
	if what == "" && info != nil {
		what = d.guard.same(info)
	}
	if what == "" && info != nil && info.Mode()&os.ModeSymlink != 0 {
		if beyond, err := d.Root.Stat(target); err == nil {
			what = d.guard.same(beyond)
		}
	}
	if what == "" {
		return nil
	}
	return &RefusedError{fmt.Errorf("publish %s: that is %s, and no output may take its place: give it another path, or another --output-dir",
		filepath.ToSlash(target), what)}
}
