package bundle

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
)

// Records of types: the key, or a property.
const (
	typeKey  = 'k'
	typeCell = 'c'
)

// readTypes brings what the bundle says of each type together.
func (b *Bundle) readTypes(ctx context.Context, files map[string]string) error {
	b.types.has = make([]bool, len(b.paths.names))
	s, err := newSpill(b.room, 0, 1<<31, 0)
	if err != nil {
		return err
	}
	defer s.close() //nolint:errcheck // scratch
	if path := files[typesFile]; path != "" {
		b.types.known = true
		if err := readTypeKeys(ctx, path, s); err != nil {
			return err
		}
	}
	if path := files[typeCellsFile]; path != "" {
		if err := b.readTypeCells(ctx, path, s); err != nil {
			return err
		}
	} else if files[objectTypeFile] != "" {
		b.warn("the bundle has types, but no " + typeCellsFile + ": the properties of types are missing")
	}
	if err := s.seal(); err != nil {
		return err
	}
	if err := b.types.gather(b, s); err != nil {
		return err
	}
	return b.types.reached(b, files[objectTypeFile] != "")
}

// reached refuses properties of types where no file says which elements are of them:
// all these would lack them.
func (t *typeTable) reached(b *Bundle, byFile bool) error {
	switch {
	case byFile || len(t.refs) == 0:
		return nil
	case t.cells:
		return &MissingError{File: objectTypeFile}
	}
	b.warn("the bundle has types, but no " + objectTypeFile + ": which elements are of them isn't known")
	return nil
}

func readTypeKeys(ctx context.Context, path string, s *spill) error {
	f, err := open(path, typesFile, []string{"type_index"}, "type_key")
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	scan := f.Scan(nil)
	indexes, keys := scan.Ints("type_index"), scan.Texts("type_key")
	for scan.Next(ctx) {
		numbers, err := filled(f, indexes, "type_index")
		if err != nil {
			return err
		}
		texts, present, err := keys.Get()
		if err != nil {
			return f.wrong(err)
		}
		for i, number := range numbers {
			if number < 0 {
				return broken(typesFile, "type number %d is below zero", number)
			}
			record := []byte{typeKey}
			if present[i] {
				record = append(record, texts[i]...)
			}
			if err := addText(s, number, record, typesFile); err != nil {
				return err
			}
		}
	}
	return f.ended(ctx, scan)
}

func (b *Bundle) readTypeCells(ctx context.Context, path string, s *spill) error {
	f, err := open(path, typeCellsFile, []string{"type_index", "path_index"}, valueColumnNames...)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	scan := f.Scan(nil)
	r := newValueReader(f, scan, "type_index", &b.units)
	for scan.Next(ctx) {
		if err := b.typeCells(r, s); err != nil {
			return err
		}
	}
	return f.ended(ctx, scan)
}

// typeCells adds the batch.
func (b *Bundle) typeCells(r *valueReader, s *spill) error {
	owners, err := filled(r.f, r.owners, "type_index")
	if err != nil {
		return err
	}
	paths, err := filled(r.f, r.paths, "path_index")
	if err != nil {
		return err
	}
	if err := r.load(); err != nil {
		return err
	}
	record := []byte{typeCell}
	for i, owner := range owners {
		ordinal := b.paths.ordinal(paths[i])
		switch {
		case ordinal < 0:
			return broken(r.f.suffix, "a row has path number %d, which %s lacks", paths[i], pathsFile)
		case owner < 0:
			return broken(r.f.suffix, "type number %d is below zero", owner)
		}
		cell, err := r.cell(i, ordinal)
		if err != nil {
			return err
		}
		record = append(record[:1], cell...)
		if err := s.add(uint64(owner), record); err != nil {
			return err
		}
	}
	return nil
}

// gather writes what belongs to a type side by side.
func (t *typeTable) gather(b *Bundle, s *spill) (err error) {
	if t.file, err = b.room.create(); err != nil {
		return err
	}
	g := s.read()
	defer g.close() //nolint:errcheck // scratch
	for {
		number, records, ok, err := g.next()
		if err != nil || !ok {
			return err
		}
		if err := t.write(b, int32(number), records); err != nil { //nolint:gosec // keys are below 1<<31
			return err
		}
	}
}

func (t *typeTable) write(b *Bundle, number int32, records []string) error {
	keys, key := 0, ""
	var cells []string
	for _, record := range records {
		if record[0] == typeKey {
			keys++
			key = record[1:]
		} else {
			cells = append(cells, record[1:])
		}
	}
	switch {
	case keys > 1:
		return broken(typesFile, "type number %d is there twice", number)
	case keys == 0 && t.known:
		return broken(typeCellsFile, "a row has type number %d, which %s lacks", number, typesFile)
	}
	slices.SortFunc(cells, func(a, b string) int { return cmp.Compare(readProperty(a).ordinal, readProperty(b).ordinal) })
	data := binary.AppendUvarint(nil, uint64(len(key)))
	data = append(data, key...)
	last := int32(-1)
	t.cells = t.cells || len(cells) > 0
	for _, cell := range cells {
		if ordinal := readProperty(cell).ordinal; ordinal == last {
			return broken(typeCellsFile, "type number %d has %q twice", number, b.paths.names[ordinal])
		} else {
			last = ordinal
		}
		data = binary.AppendUvarint(data, uint64(len(cell)))
		data = append(data, cell...)
	}
	if err := b.room.take(len(data)); err != nil {
		return err
	}
	if _, err := t.file.WriteAt(data, t.end); err != nil {
		return fmt.Errorf("write what was read of a bundle: %w", err)
	}
	t.refs = append(t.refs, typeRef{number: number, at: t.end, size: len(data)})
	t.end += int64(len(data))
	return nil
}
