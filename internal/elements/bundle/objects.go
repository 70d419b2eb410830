package bundle

import (
	"context"
	"encoding/binary"

	"speckle-runner/internal/elements/bundle/columns"
)

// Records of an object, beside its properties.
const (
	idRecord     = 'i'
	ofTypeRecord = 't'
	linkRecord   = 'l' // to a node
)

// isObject says whether an object has this number.
func (b *Bundle) isObject(number int32) bool { return number >= 0 && int64(number) < b.count }

// readObjects adds the objects' ids: their numbers are 0…N-1, each once.
func (b *Bundle) readObjects(ctx context.Context, path string) error {
	f, err := open(path, objectsFile, []string{"object_index", "application_id"})
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	b.count = f.Rows()
	if b.count > 1<<31 {
		return broken(objectsFile, "%d objects are more than there are numbers", b.count)
	}
	if b.base, err = newSpill(b.room, 0, uint64(b.count), b.count*objectBytes); err != nil { //nolint:gosec // a count
		return err
	}
	var seen bitmap
	scan := f.Scan(nil)
	indexes, ids := scan.Ints("object_index"), scan.Texts("application_id")
	record := []byte{idRecord}
	for scan.Next(ctx) {
		numbers, err := filled(f, indexes, "object_index")
		if err != nil {
			return err
		}
		texts, present, err := ids.Get()
		if err != nil {
			return f.wrong(err)
		}
		for i, number := range numbers {
			switch {
			case !b.isObject(number):
				return broken(objectsFile, "object number %d isn't one of 0 to %d", number, b.count-1)
			case seen.set(number):
				return broken(objectsFile, "object number %d is there twice", number)
			}
			record = record[:1]
			if present[i] {
				record = append(record, texts[i]...)
			}
			if err := addText(b.base, number, record, objectsFile); err != nil {
				return err
			}
		}
	}
	return f.ended(ctx, scan)
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

// objectBytes is about what an object's records have without its properties.
const objectBytes = 100
