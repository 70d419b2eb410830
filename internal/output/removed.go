package output

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"speckle-runner/internal/output/target"
)

// writeManifest stages the manifest of a complete file.
func (s *Staged) writeManifest() error {
	text, err := s.manifest.Text(s.pub.by.Run, target.Published{
		Path: s.path, Records: s.records, Bytes: s.bytes, SHA256: hex.EncodeToString(s.hash().Sum(nil)),
	})
	if err != nil {
		return err
	}
	name, file, err := s.pub.stageBeside(entry{Target: s.manifestTarget, Of: s.target})
	if err != nil {
		return err
	}
	s.manifestStaged = name
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// Remove takes an export away, with its manifest, and the folders above it
// that are empty then. One that is gone already is no error. It never follows
// a link and never removes a folder with something in it; which files are the
// runner's to remove, the caller's ledger knows.
func (d *Dir) Remove(file string) error {
	export, err := checkPath(file)
	if err != nil {
		return err
	}
	info, err := d.root.Lstat(export)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("remove %s: %w", file, cause(err))
	case info.IsDir():
		return fmt.Errorf("remove %s: it is a folder", file)
	}
	// The manifest goes first: one without its file would be a lie.
	for _, name := range []string{target.ManifestPath(export), export} {
		if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", filepath.ToSlash(name), cause(err))
		}
	}
	for _, dir := range parentsOf(export) {
		if dir == "." || !d.removeEmpty(dir) {
			break
		}
	}
	return nil
}

// removeEmpty removes a folder and reports whether it was empty. A link to one
// is somebody's own.
func (d *Dir) removeEmpty(dir string) bool {
	d.syncs.setNamed(dir, false)
	info, err := d.root.Lstat(dir)
	return err == nil && info.IsDir() && d.root.Remove(dir) == nil
}

// RemoveExport is Remove for a file that is still what was published: one
// that somebody has changed since stays, and that is no error.
func (d *Dir) RemoveExport(p target.Published) error {
	file, err := d.root.Open(filepath.FromSlash(p.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return d.Remove(p.Path) // its manifest may still be there
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", p.Path, cause(err))
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	file.Close()
	if err != nil {
		return fmt.Errorf("remove %s: %w", p.Path, cause(err))
	}
	if hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return nil
	}
	return d.Remove(p.Path)
}
