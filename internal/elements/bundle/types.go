package bundle

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"

	"speckle-runner/internal/elements/bundle/columns"
)

// Bounds on what is held of types; the rest is read again.
const (
	maxTypeCache = 4 << 20
	noType       = -1
)

// typeTable is the properties that types have, in a scratch file in the order of
// type numbers.
type typeTable struct {
	refs  []typeRef // by number
	known bool      // the bundle says which types there are
	file  *os.File
	end   int64
	has   []bool // by ordinal of path: a type that an object is of has it

	cache  map[int32]ofType
	cached int
}

// typeRef is where a type's record lies.
type typeRef struct {
	number int32
	used   bool
	at     int64
	size   int
}

// ofType is a type's key and its properties, in the order of paths.
type ofType struct {
	key        string
	properties []property
}

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
	} else if files[typesFile] != "" && files[objectTypeFile] != "" {
		b.warn("the bundle has types, but no " + typeCellsFile + ": the properties of types are missing")
	}
	if err := s.seal(); err != nil {
		return err
	}
	return b.types.gather(b, s)
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

// addText adds a record with a text, which has to be one that can be held.
func addText(s *spill, number int32, record []byte, suffix string) error {
	if len(record) > maxText {
		return broken(suffix, "the text of number %d has %d bytes, which is more than can be held", number, len(record))
	}
	return s.add(uint64(number), record) //nolint:gosec // never below zero
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

// find is the place of a type number in refs.
func (t *typeTable) find(number int32) (int32, bool) {
	at, ok := slices.BinarySearchFunc(t.refs, number, func(r typeRef, n int32) int { return cmp.Compare(r.number, n) })
	return int32(at), ok //nolint:gosec // no more than there are int32
}

// get reads a type.
func (t *typeTable) get(ref int32) (ofType, error) {
	if ref == noType {
		return ofType{}, nil
	}
	if of, ok := t.cache[ref]; ok {
		return of, nil
	}
	r := t.refs[ref]
	buf := make([]byte, r.size)
	if _, err := t.file.ReadAt(buf, r.at); err != nil {
		return ofType{}, fmt.Errorf("read again what was read of a bundle: %w", err)
	}
	data := string(buf)
	size, at := uvarint(data, 0)
	of := ofType{key: data[at : at+int(size)]} //nolint:gosec // as it was written
	for at += int(size); at < len(data); {     //nolint:gosec // as it was written
		size, at = uvarint(data, at)
		of.properties = append(of.properties, readProperty(data[at:at+int(size)])) //nolint:gosec // as it was written
		at += int(size)                                                            //nolint:gosec // as it was written
	}
	if t.cached > maxTypeCache || t.cache == nil {
		t.cache, t.cached = map[int32]ofType{}, 0
	}
	t.cache[ref] = of
	t.cached += r.size + 64*len(of.properties)
	return of, nil
}

// use notes that an object is of this type.
func (t *typeTable) use(ref int32) error {
	if ref == noType || t.refs[ref].used {
		return nil
	}
	t.refs[ref].used = true
	of, err := t.get(ref)
	for _, p := range of.properties {
		t.has[p.ordinal] = true
	}
	return err
}

// readObjectTypes adds to each object which type it is of.
func (b *Bundle) readObjectTypes(ctx context.Context, path string, s *spill) error {
	f, err := open(path, objectTypeFile, []string{"object_index", "type_index"})
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	var seen bitmap
	scan := f.Scan(nil)
	objects, types := scan.Ints("object_index"), scan.Ints("type_index")
	for scan.Next(ctx) {
		if err := b.objectTypes(f, objects, types, &seen, s); err != nil {
			return err
		}
	}
	return f.ended(ctx, scan)
}

func (b *Bundle) objectTypes(f *file, objects, types *columns.Column[int32], seen *bitmap, s *spill) error {
	numbers, err := filled(f, objects, "object_index")
	if err != nil {
		return err
	}
	kinds, err := filled(f, types, "type_index")
	if err != nil {
		return err
	}
	for i, object := range numbers {
		ref, known := b.types.find(kinds[i])
		switch {
		case !b.isObject(object):
			return broken(objectTypeFile, "a row has object number %d, which %s lacks", object, objectsFile)
		case seen.set(object):
			return broken(objectTypeFile, "object number %d has two types", object)
		case !known && (b.types.known || kinds[i] < 0):
			return broken(objectTypeFile, "object number %d has type number %d, which %s lacks", object, kinds[i], typesFile)
		case !known:
			continue // a type of which nothing is said
		}
		if err := b.types.use(ref); err != nil {
			return err
		}
		if err := s.add(uint64(object), binary.AppendUvarint([]byte{ofTypeRecord}, uint64(ref))); err != nil { //nolint:gosec // never below zero
			return err
		}
	}
	return nil
}

// fact is the text of a type's property, "" for none.
func (of ofType) fact(ordinal int32) string {
	if ordinal < 0 {
		return ""
	}
	at, ok := slices.BinarySearchFunc(of.properties, ordinal, func(p property, o int32) int { return cmp.Compare(p.ordinal, o) })
	if !ok {
		return ""
	}
	return strings.Clone(of.properties[at].value.String())
}
