package output

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

// Remove takes an export away, with its manifest, and the folders above it
// that are empty then. One that is gone already is no error. It never follows
// a link and never removes a folder with something in it; which files are the
// runner's to remove, the caller's ledger knows.
func (d *Dir) Remove(file string) error {
	export, err := disk.CheckPath(file)
	if err != nil {
		return err
	}
	info, err := d.Root.Lstat(export)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("remove %s: %w", file, disk.Cause(err))
	case info.IsDir():
		return fmt.Errorf("remove %s: it is a folder", file)
	}
	// The manifest goes first: one without its file would be a lie.
	for _, name := range []string{target.ManifestPath(export), export} {
		if err := d.Root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", filepath.ToSlash(name), disk.Cause(err))
		}
	}
	for _, dir := range disk.ParentsOf(export) {
		if dir == "." || !d.RemoveEmpty(dir) {
			break
		}
	}
	return nil
}

// RemoveExport is Remove for a file that is still what was published: one
// that somebody has changed since stays, and that is no error. gone is false for one that
// isn't there: nodes may have disks of their own.
func (d *Dir) RemoveExport(ctx context.Context, _ string, p target.Published) (gone bool, err error) {
	file, err := d.OpenRegular(filepath.FromSlash(p.Path))
	if errors.Is(err, disk.ErrIrregular) {
		return false, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, d.Remove(p.Path) // its manifest may still be there
	}
	if err != nil {
		return false, fmt.Errorf("remove %s: %w", p.Path, disk.Cause(err))
	}
	sum := sha256.New()
	err = record.CopyAll(ctx, sum, file)
	file.Close()
	if err != nil {
		return false, fmt.Errorf("remove %s: %w", p.Path, disk.Cause(err))
	}
	if hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return true, nil
	}
	err = d.Remove(p.Path)
	return err == nil, err
}
