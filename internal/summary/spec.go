package summary

// Spec says what becomes of records.
type Spec struct {
	By      []Key    // none: all records are one group
	Figures []Figure // in the order of a group's keys, after By
	// Units says that a value's unit may lie beside it, as NAME_unit: then the
	// values of one figure of a group have one.
	Units bool
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
