package bundle

import (
	"encoding/binary"
	"math"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle/columns"
)

// Bounds on what a row may have.
const (
	maxText  = 1 << 20 // bytes of a text
	maxUnits = 1 << 16 // units that differ
	maxUnit  = 1 << 10 // bytes of a unit
)

// units numbers the units of a bundle, from 1; 0 is none.
type units struct {
	names   []string
	numbers map[string]uint32
}

func (u *units) number(name string) (uint32, bool) {
	if name == "" {
		return 0, true
	}
	if n, ok := u.numbers[name]; ok {
		return n, true
	}
	if len(u.names) == maxUnits || len(name) > maxUnit {
		return 0, false
	}
	if u.numbers == nil {
		u.numbers = map[string]uint32{}
	}
	name = string([]byte(name)) // not a page's
	u.names = append(u.names, name)
	u.numbers[name] = uint32(len(u.names)) //nolint:gosec // bounded above
	return u.numbers[name], true
}

func (u *units) name(number uint32) string {
	if number == 0 {
		return ""
	}
	return u.names[number-1]
}

// valueReader reads the value columns of a table of properties.
type valueReader struct {
	f       *file
	units   *units
	owners  *columns.Column[int32]
	paths   *columns.Column[int32]
	strings *columns.Column[string]
	doubles *columns.Column[float64]
	bools   *columns.Column[bool]
	unit    *columns.Column[string]

	text, unitText []string
	number         []float64
	boolean        []bool
	has            [4][]bool
	record         []byte
}

// valueColumnNames are the columns beside owner and path.
var valueColumnNames = []string{"value_string", "value_double", "value_boolean", "unit"}

func newValueReader(f *file, scan *columns.Scan, owner string, u *units) *valueReader {
	return &valueReader{
		f: f, units: u, owners: scan.Ints(owner), paths: scan.Ints("path_index"), strings: scan.Texts("value_string"),
		doubles: scan.Numbers("value_double"), bools: scan.Bools("value_boolean"), unit: scan.Texts("unit"),
	}
}

// load decodes the values of the batch.
func (r *valueReader) load() (err error) {
	if r.text, r.has[0], err = r.strings.Get(); err != nil {
		return r.f.wrong(err)
	}
	if r.number, r.has[1], err = r.doubles.Get(); err != nil {
		return r.f.wrong(err)
	}
	if r.boolean, r.has[2], err = r.bools.Get(); err != nil {
		return r.f.wrong(err)
	}
	r.unitText, r.has[3], err = r.unit.Get()
	return r.f.wrong(err)
}

// cell is row i of the batch as a record, which has exactly one value.
func (r *valueReader) cell(i int, ordinal int32) ([]byte, error) {
	kind, n := elements.Absent, 0
	for k, of := range [...]elements.Kind{elements.Text, elements.Number, elements.Boolean} {
		if r.has[k][i] {
			kind = of
			n++
		}
	}
	if n != 1 {
		return nil, r.wrongRow(i, "%d values, not one", n)
	}
	unit := uint32(0)
	if r.has[3][i] {
		var ok bool
		unit, ok = r.units.number(r.unitText[i])
		if !ok {
			return nil, r.wrongRow(i, "a unit that is longer than %d bytes, or the bundle has more than %d units", maxUnit, maxUnits)
		}
	}
	r.record = binary.AppendUvarint(r.record[:0], uint64(ordinal)) //nolint:gosec // never below zero
	r.record = binary.AppendUvarint(r.record, uint64(unit)<<2|uint64(kind))
	switch kind {
	case elements.Text:
		if len(r.text[i]) > maxText {
			return nil, r.wrongRow(i, "a text of %d bytes, which is more than can be held", len(r.text[i]))
		}
		r.record = append(r.record, r.text[i]...)
	case elements.Number:
		r.record = binary.LittleEndian.AppendUint64(r.record, math.Float64bits(r.number[i]))
	default:
		r.record = append(r.record, truth(r.boolean[i]))
	}
	return r.record, nil
}

func (r *valueReader) wrongRow(i int, format string, args ...any) error {
	owners, _, err := r.owners.Get()
	if err != nil {
		return r.f.wrong(err)
	}
	paths, _, err := r.paths.Get()
	if err != nil {
		return r.f.wrong(err)
	}
	return broken(r.f.suffix, "the row of number %d and path number %d has "+format, append([]any{owners[i], paths[i]}, args...)...)
}

func truth(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// property is a cell that was read again.
type property struct {
	ordinal int32
	unit    uint32
	value   elements.Value
}

func readProperty(record string) property {
	ordinal, at := uvarint(record, 0)
	unit, at := uvarint(record, at)
	p := property{ordinal: int32(ordinal), unit: uint32(unit >> 2)} //nolint:gosec // as they were written
	p.value.Kind = elements.Kind(unit & 3)
	switch rest := record[at:]; p.value.Kind {
	case elements.Text:
		p.value.Text = rest
	case elements.Number:
		bits := uint64(0)
		for i := range 8 {
			bits |= uint64(rest[i]) << (8 * i)
		}
		p.value.Number = math.Float64frombits(bits)
	default:
		p.value.Boolean = rest[0] != 0
	}
	return p
}

// addText adds a record with a text, which has to be one that can be held.
func addText(s *spill, number int32, record []byte, suffix string) error {
	if len(record) > maxText {
		return broken(suffix, "the text of number %d has %d bytes, which is more than can be held", number, len(record))
	}
	return s.add(uint64(number), record) //nolint:gosec // never below zero
}
