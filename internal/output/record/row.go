package record

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// CellKind tells what a cell of a table holds.
type CellKind byte

// What a cell holds.
const (
	CellNull   CellKind = iota // null, or not in the record
	CellText                   // a string, unquoted
	CellNumber                 // a number as it was written
	CellBool                   // true or false
	cellJSON                   // a list or an object, as JSON text
)

// RowReader lays a record out in cells, one for each column. It is what every
// table format reads from. Nothing is copied but texts with escapes.
type RowReader struct {
	root    *rowKey
	Cells   []CellKind
	texts   [][]byte // of each cell, in the record or in text
	text    []byte   // what isn't in a record as it is: texts with escapes
	held    bool     // it grows until Release
	occurs  []bool   // columns that some record had
	asText  []bool   // columns whose numbers and truths are text: the job says string
	visit   int64    // number of objects opened, to know a repeated name
	scratch []byte
}

// rowKey is a node of the tree of the columns' paths.
type rowKey struct {
	below   map[string]*rowKey
	columns []int // that end here
	all     []int // that end here or below
	visit   int64 // of the object in which it was last seen
	members members[rowKey]
}

// NewRowReader makes one for a table of these columns.
func NewRowReader(columns []Column) *RowReader {
	r := &RowReader{
		root:   &rowKey{},
		Cells:  make([]CellKind, len(columns)),
		texts:  make([][]byte, len(columns)),
		occurs: make([]bool, len(columns)),
		asText: make([]bool, len(columns)),
	}
	for i, c := range columns {
		if c.Blank {
			continue
		}
		r.asText[i] = c.Said && c.Type == "string"
		at := r.root
		at.all = append(at.all, i)
		for _, key := range c.Path {
			if at.below == nil {
				at.below = map[string]*rowKey{}
			}
			if at.below[key] == nil {
				at.below[key] = &rowKey{}
			}
			at = at.below[key]
			at.all = append(at.all, i)
		}
		at.columns = append(at.columns, i)
	}
	return r
}

// Read takes the record at s. The cells are valid until the next read.
func (r *RowReader) Read(s *Scanner) error {
	clear(r.Cells)
	if !r.held {
		r.text = r.text[:0]
	}
	return r.value(s, r.root)
}

// Hold keeps the texts of cells for as long as those of the records stay: up to
// Release.
func (r *RowReader) Hold() { r.held = true }

// Release lets them go.
func (r *RowReader) Release() { r.text = r.text[:0] }

// Cell gives the kind and the text of column i.
func (r *RowReader) Cell(i int) (CellKind, []byte) {
	if r.Cells[i] == CellNull {
		return CellNull, nil // its text is an older record's
	}
	kind := r.Cells[i]
	if r.asText[i] && kind != CellText {
		kind = cellJSON // its JSON text
	}
	return kind, r.texts[i]
}

func (r *RowReader) value(s *Scanner, at *rowKey) error {
	kind := s.Peek()
	inside := kind == '{' && at.below != nil
	if inside && len(at.columns) == 0 {
		return r.object(s, at)
	}
	raw, err := s.Value()
	if err != nil || len(at.columns) == 0 {
		return err
	}
	r.fill(at, kind, raw)
	if inside { // a column for the object, and others for what is in it
		return r.object(&Scanner{Text: raw}, at)
	}
	return nil
}

func (r *RowReader) object(s *Scanner, at *rowKey) error {
	s.At++
	r.visit++
	visit := r.visit
	var last *member[rowKey]
	for n := 0; ; n++ {
		known, name, err := at.members.next(s, last, n == 0)
		if err != nil || known == nil && name == nil {
			return err
		}
		var next *rowKey
		if known == nil {
			next = at.below[string(Unquote(&r.scratch, name))]
			known = at.members.learn(last, name, next)
		} else {
			next = known.key
		}
		last = known
		if next == nil {
			if _, err := s.Value(); err != nil {
				return err
			}
			continue
		}
		if next.visit == visit {
			r.forget(next) // a repeated name: the last one counts, whole
		}
		next.visit = visit
		if err := r.value(s, next); err != nil {
			return err
		}
	}
}

func (r *RowReader) forget(at *rowKey) {
	for _, i := range at.all {
		r.Cells[i] = CellNull
	}
}

// fill puts one value into the columns that end at a key.
func (r *RowReader) fill(at *rowKey, kind byte, raw []byte) {
	into := kindOfValue(kind)
	if into == CellText {
		raw = r.unquoted(raw)
	}
	for _, i := range at.columns {
		r.Cells[i], r.texts[i], r.occurs[i] = into, raw, true
	}
}

// unquoted gives the text of a JSON string, which stays as the other texts do.
func (r *RowReader) unquoted(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	start := len(r.text)
	r.text, _ = jsontext.AppendUnquote(r.text, raw) // its error tells of half surrogates, which it has replaced
	return r.text[start:len(r.text):len(r.text)]
}

// kindOfValue tells by a value's first byte what a cell makes of it.
func kindOfValue(first byte) CellKind {
	switch first {
	case 'n':
		return CellNull
	case 't', 'f':
		return CellBool
	case '"':
		return CellText
	case '{', '[':
		return cellJSON
	default:
		return CellNumber
	}
}

// Absent names the columns that no record had, which these have read.
func Absent(names []string, rows []*RowReader) []string {
	var absent []string
	for i, name := range names {
		if !slices.ContainsFunc(rows, func(r *RowReader) bool { return r.occurs[i] }) {
			absent = append(absent, name)
		}
	}
	return absent
}
