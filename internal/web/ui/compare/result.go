package compare

import "speckle-runner/internal/web/ui/preview"

const (
	// maxShown is how many records of each kind are shown, and maxFields how
	// many fields of a changed one.
	maxShown  = 50
	maxFields = 12
)

// Result is what is other in the newer file.
type Result struct {
	By        string // the column that records are told apart by; "": by all that they hold
	Then, Now int    // records
	Came      []string
	Went      []string // columns
	Wide      bool     // there are more columns than are compared

	Added, Removed, Changed int
	Fields                  []Count // of changed records, those that changed most often first

	AddedRows, RemovedRows preview.Table
	ChangedRows            []Change
}

// Same reports whether no difference was found: files that aren't the same may still
// differ in what isn't compared.
func (r *Result) Same() bool {
	return r.Added == 0 && r.Removed == 0 && r.Changed == 0 && len(r.Came) == 0 && len(r.Went) == 0
}

// Count is how many records have another value in a field.
type Count struct {
	Field   string
	Records int
}

// Change is one record that both files have, with other values.
type Change struct {
	Key, Name string // Name is "" where it has none
	Fields    []Field
	More      int // fields beyond these
}

// Field is a value then and now.
type Field struct {
	Name    string
	Was, Is preview.Cell
}
