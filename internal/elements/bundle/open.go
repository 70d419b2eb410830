package bundle

import (
	"context"
	"errors"
	"fmt"
)

// Options are how a bundle is read.
type Options struct {
	Scratch    string       // the folder below which scratch files are made; "" for the system's
	MaxScratch int64        // bytes that they may have; 0 for 64 GiB
	Warn       func(string) // told of what is odd and yet can be read; nil for nobody
}

// Open reads all of a bundle but its properties, and judges it. The files are
// named by their suffix; others than a bundle has are left alone. The caller
// closes the bundle.
func Open(ctx context.Context, files map[string]string, o Options) (*Bundle, error) {
	for _, suffix := range Required {
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

// lacking warns of columns of values that a file hasn't got: that of units would
// tell metres from feet.
func (b *Bundle) lacking(f *file) {
	for _, name := range valueColumnNames {
		if !f.Has(name) {
			b.warn(fmt.Sprintf("the bundle's %s has no column %s: it is read as if no value had one", f.suffix, name))
		}
	}
}

func (b *Bundle) open(ctx context.Context, files map[string]string) (err error) {
	if b.cells, err = open(files[cellsFile], cellsFile, []string{"object_index", "path_index"}, valueColumnNames...); err != nil {
		return err
	}
	b.lacking(b.cells)
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
