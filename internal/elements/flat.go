package elements

// flat makes records of the fields and the properties that a job names.
type flat struct {
	units  bool
	all    []*flatColumn
	byPath map[string][]*flatColumn
	record []byte
}

// flatColumn is a named property and its value in the record under way.
type flatColumn struct {
	column
	key, unitKey []byte
	cell         *Property
}

func newFlat(spec Spec, paths []string) *flat {
	f := &flat{units: spec.Units, byPath: map[string][]*flatColumn{}}
	for i, p := range spec.Properties {
		c := &flatColumn{column: column{name: p.Name}, key: keyed(p.Name), unitKey: keyed(p.Name + unitSuffix)}
		f.all = append(f.all, c)
		if paths[i] != "" {
			f.byPath[paths[i]] = append(f.byPath[paths[i]], c)
		}
	}
	return f
}

// keyed is a key of a JSON object behind another.
func keyed(name string) []byte { return append(appendText([]byte{','}, name), ':') }

func (f *flat) want() func(string) bool {
	return func(path string) bool { return f.byPath[path] != nil }
}

func (f *flat) write(e *Element, add func([]byte) error) error {
	for _, c := range f.all {
		c.cell = nil
	}
	for i := range e.Properties {
		for _, c := range f.byPath[e.Properties[i].Path] {
			c.cell = &e.Properties[i]
			c.see(*c.cell)
		}
	}
	f.record = appendFields(f.record[:0], e)
	for _, c := range f.all {
		f.record = append(f.record, c.key...)
		var cell Property
		if c.cell != nil {
			cell = *c.cell
		}
		f.record = appendValue(f.record, cell.Value)
		if f.units {
			f.record = append(f.record, c.unitKey...)
			f.record = appendTextOrNull(f.record, cell.Unit)
		}
	}
	f.record = append(f.record, '}')
	return add(f.record)
}

func (f *flat) columns() []*column {
	all := fieldColumns()
	for _, c := range f.all {
		all = append(all, &c.column)
		if f.units {
			all = append(all, textColumn(c.name+unitSuffix))
		}
	}
	return all
}
