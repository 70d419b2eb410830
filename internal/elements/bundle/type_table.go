package bundle

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
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
	cells bool      // a type has a property
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
