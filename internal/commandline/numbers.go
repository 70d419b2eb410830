package commandline

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"
)

// neverZero are flags of which 0 would do nothing, or be taken for their default.
var neverZero = []string{"parallel", "keep-runs", "keep-runs-for", "limit", "count"}

// CheckNumbers refuses numbers and durations that mean nothing: below 0, or 0.
func CheckNumbers(flags *pflag.FlagSet) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		text, kind := f.Value.String(), f.Value.Type()
		switch never := slices.Contains(neverZero, f.Name); {
		case kind != "int" && kind != "duration":
		case never && kind == "int" && (text == "0" || text[0] == '-'):
			problems = append(problems, fmt.Errorf("--%s %s: want 1 or more", f.Name, text))
		case never && (text == "0s" || text[0] == '-'):
			problems = append(problems, fmt.Errorf("--%s %s: want more than 0", f.Name, text))
		case text[0] == '-':
			problems = append(problems, fmt.Errorf("--%s %s: want 0 or more", f.Name, text))
		}
	})
	return errors.Join(problems...)
}
