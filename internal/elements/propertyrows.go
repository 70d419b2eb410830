package elements

// propertyRows makes a record a property, as Speckle's own export has it.
type propertyRows struct {
	only   map[string]bool // nil for all
	odd    column
	record []byte
}

func newPropertyRows(named []Named, paths []string) *propertyRows {
	r := &propertyRows{odd: column{name: "number"}}
	if len(named) > 0 {
		r.only = map[string]bool{}
		for _, path := range paths {
			r.only[path] = path != ""
		}
	}
	return r
}

func (r *propertyRows) want() func(string) bool {
	if r.only == nil {
		return nil
	}
	return func(path string) bool { return r.only[path] }
}

func (r *propertyRows) write(e *Element, add func([]byte) error) error {
	for _, p := range e.Properties {
		if r.only != nil && !r.only[p.Path] {
			continue
		}
		if !p.Value.finite() {
			r.odd.odd++
		}
		r.record = r.property(r.record[:0], e.ID, p)
		if err := add(r.record); err != nil {
			return err
		}
	}
	return nil
}

func (r *propertyRows) property(b []byte, id string, p Property) []byte {
	b = append(b, `{"id":`...)
	b = appendTextOrNull(b, id)
	b = append(b, `,"path":`...)
	b = appendText(b, p.Path)
	for _, one := range [...]struct {
		key  string
		kind Kind
	}{{`,"text":`, Text}, {`,"number":`, Number}, {`,"boolean":`, Boolean}} {
		b = append(b, one.key...)
		if p.Value.Kind == one.kind {
			b = appendValue(b, p.Value)
		} else {
			b = append(b, "null"...)
		}
	}
	b = append(b, `,"unit":`...)
	b = appendTextOrNull(b, p.Unit)
	b = append(b, `,"scope":`...)
	b = appendText(b, string(p.Scope))
	return append(b, '}')
}

func (r *propertyRows) columns() []*column {
	number, boolean := r.odd, column{name: "boolean"}
	number.kinds[Number], boolean.kinds[Boolean] = true, true
	return []*column{
		textColumn("id"), textColumn("path"), textColumn("text"), &number, &boolean, textColumn("unit"), textColumn("scope"),
	}
}
