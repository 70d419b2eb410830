package bundle

import (
	"context"
	"errors"

	"speckle-runner/internal/elements"
)

// Options are how a bundle is read.
type Options struct {
	Scratch    string       // the folder below which scratch files are made; "" for the system's
	MaxScratch int64        // bytes that they may have; 0 for 64 GiB
	Warn       func(string) // told of what is odd and yet can be read; nil for nobody
}

// Bundle is a bundle that is open, a Source of elements.
type Bundle struct {
	room  *scratch
	warn  func(string)
	cells *file

	count int64 // of objects
	paths dictionary
	units units
	types typeTable
	nodes map[int32]string // the names of levels and systems
	base  *spill           // by object: its id, its type, its levels and systems
	links *spill           // by object: what it lies in, hangs on and is a part of
	names []string         // the paths that an element has, once they were asked for
}

var _ elements.Source = (*Bundle)(nil)

// Open reads all of a bundle but its properties, and judges it. The files are
// named by their suffix; others than those of Suffix are left alone. The caller
// closes the bundle.
func Open(ctx context.Context, files map[string]string, o Options) (*Bundle, error) {
	for _, suffix := range required {
		if files[suffix] == "" {
			return nil, &MissingError{File: suffix}
		}
	}
	room, err := newScratch(o.Scratch, o.MaxScratch)
	if err != nil {
		return nil, err
	}
	b := &Bundle{room: room, warn: o.Warn}
	if b.warn == nil {
		b.warn = func(string) {}
	}
	if err := b.open(ctx, files); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Bundle) open(ctx context.Context, files map[string]string) (err error) {
	if b.cells, err = open(files[cellsFile], cellsFile, []string{"object_index", "path_index"}, valueColumnNames...); err != nil {
		return err
	}
	if err := b.readObjects(ctx, files[objectsFile]); err != nil {
		return err
	}
	if err := b.readPaths(ctx, files[pathsFile]); err != nil {
		return err
	}
	if err := b.readTypes(ctx, files); err != nil {
		return err
	}
	if path := files[objectTypeFile]; path != "" {
		if err := b.readObjectTypes(ctx, path, b.base); err != nil {
			return err
		}
	}
	return b.readRelations(ctx, files)
}

// Count is how many elements there are.
func (b *Bundle) Count() int64 { return b.count }

// Close removes the scratch files. The bundle's own files stay.
func (b *Bundle) Close() error {
	var all []error
	if b.cells != nil {
		all = append(all, b.cells.Close())
	}
	for _, s := range []*spill{b.base, b.links} {
		if s != nil {
			all = append(all, s.close())
		}
	}
	if b.types.file != nil {
		all = append(all, b.types.file.Close())
	}
	return errors.Join(append(all, b.room.remove())...)
}
