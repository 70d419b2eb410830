package output

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

var _ target.Place = (*Dir)(nil)

// Shown gives a path as the ledger has it.
func (d *Dir) Shown(at string) string { return path.Clean(at) }

// Where gives a path below the output directory as a whole one, in the system's words.
func (d *Dir) Where(shown string) string { return filepath.Join(d.Path(), filepath.FromSlash(shown)) }

// Holds reports whether a path holds exactly what was published: the same bytes,
// whoever put them there. One that holds nothing is no error.
func (d *Dir) Holds(ctx context.Context, at string, p target.Published) (bool, error) {
	found, err := d.measure(ctx, at, p.Bytes)
	return found.SHA256 == p.SHA256 && found.SHA256 != "", err
}

// HoldsManifest reports whether the manifest of what was published lies beside
// it.
func (d *Dir) HoldsManifest(_ context.Context, _ string, p target.Published) (bool, error) {
	name, err := disk.CheckPath(target.ManifestPath(p.Path))
	if err != nil {
		return false, err
	}
	file, err := d.OpenRegular(name)
	if err != nil {
		return false, unlessGone(target.ManifestPath(p.Path), err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxManifest))
	if err != nil {
		return false, fmt.Errorf("look at %s: %w", target.ManifestPath(p.Path), disk.Cause(err))
	}
	return target.IsManifest(text, p), nil
}

// HoldsPart reports whether a file that grows has the part of a run in it, and
// gives the file's measures. Only the index of exactly this file knows.
func (d *Dir) HoldsPart(ctx context.Context, at, run string) (target.Published, bool, error) {
	found, err := d.measure(ctx, at, anySize)
	if err != nil || found.SHA256 == "" {
		return found, false, err
	}
	name, err := disk.CheckPath(at)
	if err != nil {
		return found, false, err
	}
	g := d.readGrowth(name).of(found.SHA256)
	return found, g != nil && g.has(run), nil
}

const (
	anySize     = -1
	maxManifest = 1 << 20
)

// measure gives size and sha256 of the file at a path. It reads none of another
// size, and gives no sha256 then.
func (d *Dir) measure(ctx context.Context, at string, size int64) (target.Published, error) {
	found := target.Published{Path: path.Clean(at)}
	name, err := disk.CheckPath(at)
	if err != nil {
		return found, err
	}
	file, err := d.OpenRegular(name)
	if err != nil {
		return found, unlessGone(at, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return found, fmt.Errorf("look at %s: %w", at, disk.Cause(err))
	}
	found.Bytes = info.Size()
	if !info.Mode().IsRegular() || size != anySize && size != found.Bytes {
		return found, nil
	}
	sum := sha256.New()
	if err := record.CopyAll(ctx, sum, file); err != nil {
		return found, fmt.Errorf("look at %s: %w", at, disk.Cause(err))
	}
	found.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return found, nil
}

func unlessGone(at string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, disk.ErrIrregular) {
		return nil
	}
	return fmt.Errorf("look at %s: %w", at, disk.Cause(err))
}
