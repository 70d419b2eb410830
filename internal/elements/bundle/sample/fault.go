package sample

// Fault is one way in which a bundle can be broken.
type Fault struct {
	Name   string
	Suffix string // the file that a reader has to name
	table  func(Bundle) Bundle
	file   func(path string) error
}

// Write writes the small bundle with this fault.
func (f Fault) Write(dir, prefix string) (map[string]string, error) {
	b := Small()
	if f.table != nil {
		b = f.table(b)
	}
	files, err := b.Write(dir, prefix, Layout{})
	if err == nil && f.file != nil {
		err = f.file(files[f.Suffix])
	}
	return files, err
}

// then changes one more cell.
func (f Fault) then(suffix string, row, column int, cell any) Fault {
	before := f.table
	f.table = func(b Bundle) Bundle {
		b = before(b)
		t := b.Table(suffix)
		rows := t.all()
		rows[row][column] = cell
		return b.With(table(suffix, t.Columns, rows))
	}
	return f
}

// with adds one more row.
func (f Fault) with(suffix string, row []any) Fault {
	before := f.table
	f.table = func(b Bundle) Bundle {
		b = before(b)
		t := b.Table(suffix)
		return b.With(table(suffix, t.Columns, append(t.all(), row)))
	}
	return f
}
