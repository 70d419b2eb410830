package bundle

import "context"

// cellBytes is about what a property has while it is brought to its object.
const cellBytes = 24

// spillCells brings the properties of wanted paths, nil for all, to their objects.
func (b *Bundle) spillCells(ctx context.Context, wanted []bool) (*spill, error) {
	s, err := newSpill(b.room, 0, uint64(b.count), b.cells.Rows()*cellBytes) //nolint:gosec // counts
	if err != nil {
		return nil, err
	}
	scan := b.cells.Scan(b.paths.unwanted(b.cells, wanted))
	r := newValueReader(b.cells, scan, "object_index", &b.units)
	for scan.Next(ctx) {
		if err := b.spillBatch(r, wanted, s); err != nil {
			return nil, err
		}
	}
	if err := b.cells.ended(ctx, scan); err != nil {
		return nil, err
	}
	return s, s.seal()
}

func (b *Bundle) spillBatch(r *valueReader, wanted []bool, s *spill) error {
	objects, err := filled(r.f, r.owners, "object_index")
	if err != nil {
		return err
	}
	paths, err := filled(r.f, r.paths, "path_index")
	if err != nil {
		return err
	}
	loaded := false
	for i, object := range objects {
		ordinal := b.paths.ordinal(paths[i])
		switch {
		case !b.isObject(object):
			return broken(cellsFile, "a row has object number %d, which %s lacks", object, objectsFile)
		case ordinal < 0:
			return broken(cellsFile, "a row has path number %d, which %s lacks", paths[i], pathsFile)
		case wanted != nil && !wanted[ordinal]:
			continue
		}
		if !loaded {
			if err := r.load(); err != nil {
				return err
			}
			loaded = true
		}
		cell, err := r.cell(i, ordinal)
		if err != nil {
			return err
		}
		if err := s.add(uint64(object), cell); err != nil { //nolint:gosec // never below zero
			return err
		}
	}
	return nil
}
