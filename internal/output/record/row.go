package record

import "bytes"

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
// table format reads from. Only what a column asks for is copied.
type RowReader struct {
	root    *rowKey
	Cells   []CellKind
	spans   [][2]int // of each cell in text
	text    []byte
	occurs  []bool // columns that some record had
	asText  []bool // columns whose numbers and truths are text: the job says string
	visit   int64  // number of objects opened, to know a repeated name
	scratch []byte
}

// rowKey is a node of the tree of the columns' paths.
type rowKey struct {
	below   map[string]*rowKey
	columns []int // that end here
	all     []int // that end here or below
	visit   int64 // of the object in which it was last seen
	order   []namedKey
}

// namedKey is a member as it was seen first: its raw name, and its key, nil
// when no column wants it. Records repeat each other's members in their order,
// so the next name is nearly always the one that came next before.
type namedKey struct {
	raw  []byte
	next *rowKey
}

// maxOrder bounds what is remembered of an object whose keys are ids.
const maxOrder = 256

// member finds the key of the nth member of an object.
func (k *rowKey) member(n int, raw []byte, scratch *[]byte) *rowKey {
	if n < len(k.order) && bytes.Equal(k.order[n].raw, raw) {
		return k.order[n].next
	}
	next := k.below[string(Unquote(scratch, raw))]
	if n == len(k.order) && n < maxOrder {
		k.order = append(k.order, namedKey{bytes.Clone(raw), next})
	}
	return next
}

// NewRowReader makes one for a table of these columns.
func NewRowReader(columns []Column) *RowReader {
	r := &RowReader{
		root:   &rowKey{},
		Cells:  make([]CellKind, len(columns)),
		spans:  make([][2]int, len(columns)),
		occurs: make([]bool, len(columns)),
		asText: make([]bool, len(columns)),
	}
	for i, c := range columns {
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
	r.text = r.text[:0]
	return r.value(s, r.root)
}

// Cell gives the kind and the text of column i.
func (r *RowReader) Cell(i int) (CellKind, []byte) {
	if r.Cells[i] == CellNull {
		return CellNull, nil // its span is an older record's
	}
	kind := r.Cells[i]
	if r.asText[i] && kind != CellText {
		kind = cellJSON // its JSON text
	}
	return kind, r.text[r.spans[i][0]:r.spans[i][1]]
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
	for n := 0; ; n++ {
		name, err := s.Member(n == 0)
		if err != nil || name == nil {
			return err
		}
		next := at.member(n, name, &r.scratch)
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
	start := len(r.text)
	into := kindOfValue(kind)
	if into == CellText {
		raw = Unquote(&r.scratch, raw)
	}
	r.text = append(r.text, raw...)
	for _, i := range at.columns {
		r.Cells[i], r.spans[i], r.occurs[i] = into, [2]int{start, len(r.text)}, true
	}
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

// Absent names the columns that no record had.
func (r *RowReader) Absent(names []string) []string {
	var absent []string
	for i, seen := range r.occurs {
		if !seen {
			absent = append(absent, names[i])
		}
	}
	return absent
}
