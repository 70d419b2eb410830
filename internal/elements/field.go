package elements

import "slices"

// field is one of the fields that every record has, in their order.
type field struct {
	name string
	of   func(*Element) string
}

var fields = []field{
	{"id", func(e *Element) string { return e.ID }},
	{"name", func(e *Element) string { return e.Name }},
	{"category", func(e *Element) string { return e.Category }},
	{"family", func(e *Element) string { return e.Family }},
	{"type", func(e *Element) string { return e.Type }},
	{"level", func(e *Element) string { return e.Level }},
	{"room", func(e *Element) string { return e.Room }},
	{"system", func(e *Element) string { return e.System }},
	{"host", func(e *Element) string { return e.Host }},
	{"parent", func(e *Element) string { return e.Parent }},
}

// Fields are the names of the fields that every record of an element has, in
// their order.
func Fields() []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// fieldNamed is the field of that name, nil for none.
func fieldNamed(name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}

// appendFields opens a record and appends the fields.
func appendFields(b []byte, e *Element) []byte {
	for i, f := range fields {
		if i == 0 {
			b = append(b, '{')
		} else {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, f.name...)
		b = append(b, '"', ':')
		b = appendTextOrNull(b, f.of(e))
	}
	return b
}

// fieldColumns are the columns of the record's own fields.
func fieldColumns() []*column {
	all := make([]*column, len(fields))
	for i, f := range fields {
		all[i] = textColumn(f.name)
	}
	return all
}
