package elements

// filter is the conditions, each with where its value is found.
type filter struct {
	conditions []condition
	paths      map[string]bool
}

type condition struct {
	any   []Value
	field *field
	path  string
	met   bool
}

// compile finds the paths of conditions. A record's field comes before a path.
func compile(names []string, where []Condition) (*filter, error) {
	f := &filter{paths: map[string]bool{}}
	for _, c := range where {
		out := condition{any: c.Any, field: fieldNamed(c.Name)}
		if out.field == nil {
			path, err := resolve(names, c.Name)
			if err != nil {
				return nil, err
			}
			out.path = path
			f.paths[path] = true
		}
		f.conditions = append(f.conditions, out)
	}
	return f, nil
}

// match says whether all conditions hold.
func (f *filter) match(e *Element) bool {
	for i := range f.conditions {
		c := &f.conditions[i]
		c.met = c.field != nil && c.holds(textOrAbsent(c.field.of(e)))
		if c.field != nil && !c.met {
			return false
		}
	}
	if len(f.paths) == 0 {
		return true
	}
	for _, p := range e.Properties {
		if !f.paths[p.Path] {
			continue
		}
		for i := range f.conditions {
			if c := &f.conditions[i]; c.field == nil && c.path == p.Path {
				c.met = c.holds(p.Value)
			}
		}
	}
	for _, c := range f.conditions {
		if !c.met {
			return false
		}
	}
	return true
}

func (c *condition) holds(v Value) bool {
	if v.Kind == Absent {
		return false
	}
	for _, want := range c.any {
		if want.Equal(v) {
			return true
		}
	}
	return false
}

func textOrAbsent(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{Kind: Text, Text: s}
}
