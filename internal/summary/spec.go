package summary

import "slices"

// Spec says what becomes of records.
type Spec struct {
	By      []Key    // none: all records are one group
	Figures []Figure // in the order of a group's keys, after By
	// Units says that a value's unit may lie beside it, as NAME_unit: then the
	// values of one figure of a group have one, which lies beside the figure.
	Units bool
}

// UnitOf names what a group has a figure's unit as; "" where it has none, or has
// it as one of the keys that it goes by.
func (s *Spec) UnitOf(f Figure) string {
	name := f.Name + unitSuffix
	if !s.Units || f.Kind == Count || slices.ContainsFunc(s.By, func(by Key) bool { return by.Name == name }) {
		return ""
	}
	return name
}

// Key is what the records of a group have in common.
type Key struct {
	Name string
	Path []string
}

// Figure is one value of a group.
type Figure struct {
	Name string
	Kind Kind
	Path []string // of the values; a Count has none
}

// Kind is what is worked out.
type Kind string

// The kinds of figures, as a job file names them.
const (
	Count Kind = "count"
	Sum   Kind = "sum"
	Min   Kind = "min"
	Max   Kind = "max"
	Avg   Kind = "avg"
)

// unitSuffix is behind the name of a value in the name of its unit.
const unitSuffix = "_unit"

// Limits on what the groups of one summary may take.
const (
	MaxGroups   = 200_000
	maxKeyBytes = 64 << 20 // of all groups' own values
)
