package compare

import (
	"context"
	"errors"
	"fmt"
	"os"

	"speckle-runner/internal/web/ui/preview"
)

const (
	// MaxRecords is how many records each of the two files may have.
	MaxRecords = 200_000
	// MaxBytes is how large each may be, unpacked.
	MaxBytes = 64 << 20
	// maxCells bounds the hashes of a file in memory: 4 bytes each.
	maxCells = 6_000_000
	// maxColumns is how many columns of a file are compared.
	maxColumns = 500
	// MaxShown is how many records of each kind are shown, and maxFields how
	// many fields of a changed one.
	MaxShown  = 50
	maxFields = 12
)

// ErrLarge says that a file is beyond the bounds.
var ErrLarge = errors.New("more than is compared here")

// File is a file of records.
type File struct {
	*os.File

	Path string // says its format
	Size int64
}

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
type Field struct{ Name, Was, Is string }

// Same reports whether nothing is other.
func (r *Result) Same() bool {
	return r.Added == 0 && r.Removed == 0 && r.Changed == 0 && len(r.Came) == 0 && len(r.Went) == 0
}

// Files compares two files.
func Files(ctx context.Context, then, now File) (*Result, error) {
	was, err := load(ctx, then)
	if err != nil {
		return nil, fmt.Errorf("the earlier file: %w", err)
	}
	is, err := load(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("the newer file: %w", err)
	}
	d := difference{was: was, is: is}
	d.align()
	if by := d.key(); by != "" {
		d.result.By = by
		d.joinByKey(was.column(by), is.column(by))
	} else {
		d.joinWhole()
	}
	d.count()
	if err := d.show(ctx, then, now); err != nil {
		return nil, err
	}
	return &d.result, nil
}
