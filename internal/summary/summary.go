package summary

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Summary is the groups of records.
type Summary struct {
	spec    Spec
	groups  map[string]*group
	order   []*group
	records int64
	bytes   int // of keys
	key     []byte
	by      []bool // some record has the path, be it null
	figures []bool // likewise
}

// group is what is known of the records of one.
type group struct {
	key     string // its values, as JSON, each behind a comma
	count   int64
	figures []figure
}

// figure is what is known of the values of one.
type figure struct {
	count int64
	value decimal // sum, least or greatest so far
	unit  string
}

// New makes a summary without a record.
func New(spec Spec) *Summary {
	return &Summary{
		spec: spec, groups: map[string]*group{}, by: make([]bool, len(spec.By)), figures: make([]bool, len(spec.Figures)),
	}
}

// Absent gives the paths of which no record had anything, not even null. Without a
// record nothing is known of them.
func (s *Summary) Absent() [][]string {
	if s.records == 0 {
		return nil
	}
	var paths [][]string
	add := func(path []string) {
		if !slices.ContainsFunc(paths, func(p []string) bool { return slices.Equal(p, path) }) {
			paths = append(paths, path)
		}
	}
	for i, by := range s.spec.By {
		if !s.by[i] {
			add(by.Path)
		}
	}
	for i, f := range s.spec.Figures {
		if !s.figures[i] && f.Kind != Count {
			add(f.Path)
		}
	}
	return paths
}

// Add takes one record, a JSON object. After an error the summary is worth
// nothing.
func (s *Summary) Add(record []byte) error {
	s.records++
	var top members
	if err := json.Unmarshal(record, &top); err != nil || top == nil {
		return &ValueError{s.records, nil, kindOf(record), "an object"}
	}
	s.key = s.key[:0]
	for i, by := range s.spec.By {
		raw, found := at(top, by.Path)
		s.by[i] = s.by[i] || found
		value, ok := plain(raw)
		if !ok {
			return &ValueError{s.records, by.Path, kindOf(raw), "text, a number, true, false or null"}
		}
		s.key = append(append(s.key, ','), value...)
	}
	g, err := s.group()
	if err != nil {
		return err
	}
	g.count++
	for i, f := range s.spec.Figures {
		if f.Kind == Count {
			continue
		}
		if err := s.take(g, i, top); err != nil {
			return err
		}
	}
	return nil
}

func (s *Summary) group() (*group, error) {
	if g := s.groups[string(s.key)]; g != nil {
		return g, nil
	}
	s.bytes += len(s.key)
	if len(s.order) == MaxGroups || s.bytes > maxKeyBytes {
		return nil, &GroupsError{s.records}
	}
	g := &group{key: string(s.key), figures: make([]figure, len(s.spec.Figures))}
	s.groups[g.key] = g
	s.order = append(s.order, g)
	return g, nil
}

// take counts a record's value into a figure of its group.
func (s *Summary) take(g *group, i int, top members) error {
	f, known := s.spec.Figures[i], &g.figures[i]
	raw, found := at(top, f.Path)
	s.figures[i] = s.figures[i] || found
	if raw == nil || string(raw) == "null" {
		return nil
	}
	number, ok := parse(string(raw))
	if !ok {
		return &ValueError{s.records, f.Path, kindOf(raw), "a number"}
	}
	if s.spec.Units {
		if err := s.sameUnit(g, i, unitAt(top, f.Path)); err != nil {
			return err
		}
	}
	known.count++
	switch {
	case known.count == 1:
		known.value = number
	case f.Kind == Sum || f.Kind == Avg:
		known.value.add(&number)
	case f.Kind == Min && number.compare(&known.value) < 0, f.Kind == Max && number.compare(&known.value) > 0:
		known.value = number
	}
	return nil
}

func (s *Summary) sameUnit(g *group, i int, unit string) error {
	known := &g.figures[i]
	if known.count == 0 {
		known.unit = unit
	}
	if sameUnits(known.unit, unit) {
		return nil
	}
	return &UnitsError{s.records, s.spec.Figures[i].Name, g.named(), [2]string{known.unit, unit}}
}

// named is a group's values as a person reads them.
func (g *group) named() string {
	if g.key == "" {
		return "of all records"
	}
	return "[" + strings.ReplaceAll(g.key[1:], ",", ", ") + "]"
}

// Each gives the groups, each as a JSON object that is valid until do returns.
// Without By there is one, a total, also of no records.
func (s *Summary) Each(do func(record []byte) error) error {
	if len(s.spec.By) == 0 && len(s.order) == 0 {
		s.key = s.key[:0]
		if _, err := s.group(); err != nil {
			return err
		}
	}
	var b []byte
	for _, g := range s.order {
		b = append(b[:0], '{')
		rest := json.NewDecoder(strings.NewReader("[" + strings.TrimPrefix(g.key, ",") + "]"))
		_, _ = rest.Token() // the bracket
		for _, by := range s.spec.By {
			var value json.RawMessage
			if err := rest.Decode(&value); err != nil {
				return err
			}
			b = append(appendName(b, by.Name), value...)
		}
		for i, f := range s.spec.Figures {
			var ok bool
			b, ok = g.append(appendName(b, f.Name), i, f.Kind)
			if !ok {
				return &ValueError{s.records, []string{f.Name}, "larger than any double", "a number that can be written"}
			}
			if unit := s.spec.UnitOf(f); unit != "" {
				b = g.appendUnit(appendName(b, unit), i)
			}
		}
		if err := do(append(b, '}')); err != nil {
			return err
		}
	}
	return nil
}

// append writes a figure. One of no values is null: 0 would say that there were
// some.
func (g *group) append(b []byte, i int, kind Kind) ([]byte, bool) {
	known := &g.figures[i]
	switch {
	case kind == Count:
		number := decimal{}
		number.mantissa.SetInt64(g.count)
		return appendRational(b, number.rational(1))
	case known.count == 0:
		return append(b, "null"...), true
	case kind == Avg:
		return appendRational(b, known.value.rational(known.count))
	default:
		return appendRational(b, known.value.rational(1))
	}
}

// appendUnit writes the unit of a figure's values, null where they have none.
func (g *group) appendUnit(b []byte, i int) []byte {
	if unit := g.figures[i].unit; unit != "" {
		return appendText(b, unit)
	}
	return append(b, "null"...)
}

func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendText(b, name), ':')
}

// members are those of an object.
type members map[string]json.RawMessage

// at gives the value at a path, nil when there is none. It is found also where it
// is null, or lies in what is null.
func at(top members, path []string) (value json.RawMessage, found bool) {
	value, found = top[path[0]]
	for _, step := range path[1:] {
		var below members
		if len(value) == 0 || value[0] != '{' || json.Unmarshal(value, &below) != nil {
			return nil, string(value) == "null"
		}
		value, found = below[step]
	}
	return value, found
}

// unitAt gives the unit that lies beside a value, "" for none.
func unitAt(top members, path []string) string {
	beside := slices.Clone(path)
	beside[len(beside)-1] += unitSuffix
	var unit string
	if raw, _ := at(top, beside); raw == nil || json.Unmarshal(raw, &unit) != nil {
		return ""
	}
	return unit
}

var raised = strings.NewReplacer("²", "2", "³", "3")

// sameUnits: m2 and m² are one.
func sameUnits(a, b string) bool { return a == b || raised.Replace(a) == raised.Replace(b) }

// plain writes a value that records can have in common in one way.
func plain(raw json.RawMessage) (json.RawMessage, bool) {
	if len(raw) == 0 {
		return json.RawMessage("null"), true
	}
	switch raw[0] {
	case '{', '[':
		return nil, false
	case '"':
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return nil, false
		}
		return appendText(nil, text), true
	case 't', 'f', 'n':
		return raw, true
	}
	number, ok := parse(string(raw))
	if !ok {
		return nil, false
	}
	return appendRational(nil, number.rational(1))
}

func appendText(b []byte, text string) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(text) != nil {
		return append(b, `""`...)
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// kindOf says what a value is, never the value itself.
func kindOf(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "null"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	if _, ok := parse(string(raw)); ok {
		return "a number"
	}
	return "a number larger than any double"
}
