package output

import (
	"errors"
	"fmt"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/target"
)

// ErrForm says that an output would write a growing file's rows in another way
// than those that are there: no reader could read both.
var ErrForm = errors.New("its form has changed")

// form is how the rows of a file that grows are written.
type form struct {
	Format    string `json:"format"`
	Separator string `json:"separator,omitempty"` // of fields
	Guard     bool   `json:"formula_guard,omitempty"`
	BOM       bool   `json:"bom,omitempty"`
}

// possible reports whether an output can have written it: an index is a file that anybody may
// have changed.
func (f *form) possible() bool {
	if f == nil {
		return true
	}
	known, err := format.Parse(f.Format)
	return err == nil && known.Grows() && known.Fields() == (f.Separator != "")
}

// formOf gives the form in which a part is to be written.
func formOf(a target.Append) *form {
	f := &form{Format: a.Format.String()}
	if a.Format.Fields() {
		f.Separator, f.Guard, f.BOM = wantedSeparator(a), a.Shape.FormulaGuard, a.Shape.BOM
	}
	return f
}

func wantedSeparator(a target.Append) string {
	if a.Shape.Separator == "" {
		return format.Comma
	}
	return a.Shape.Separator
}

const otherForm = "%w: %s: set it back, or put {month} or another name into its path to begin a new one"

// agree refuses a part in another form than the file's; what readers get over is told.
// It gives the form that the file has then.
func (f *form) agree(a target.Append) (now *form, told []string, err error) {
	if f == nil {
		return nil, nil, nil
	}
	has, wants := *f, formOf(a)
	switch {
	case has.Format != wants.Format:
		return f, nil, fmt.Errorf(otherForm, ErrForm, fmt.Sprintf("the file is %s, and the output writes %s", has.Format, wants.Format))
	case has.Separator != wants.Separator:
		return f, nil, fmt.Errorf(otherForm, ErrForm,
			fmt.Sprintf("the file's cells are separated by %q, and the output's by %q", has.Separator, wants.Separator))
	}
	switch {
	case wants.Guard && !has.Guard:
		told = append(told, "formula_guard counts from here on, and the rows before are without it")
	case has.Guard && !wants.Guard:
		told = append(told, "formula_guard is off from here on, and text in the rows before keeps its '")
	}
	if wants.BOM && !has.BOM {
		told = append(told, "bom counts for a file that is begun, and this one has no byte order mark")
	}
	if a.Records.Count == 0 {
		return f, told, nil
	}
	wants.BOM = has.BOM
	return wants, told, nil
}
