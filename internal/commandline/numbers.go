package commandline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// zero begins what the help of a flag says of 0. Of one that says nothing, 0 would do
// nothing, or be taken for its default.
const zero = "(0: "

// CheckNumbers refuses numbers and durations that mean nothing: below 0, and 0 where the
// flag's own help doesn't say what it means.
func CheckNumbers(flags *pflag.FlagSet) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		text, kind := f.Value.String(), f.Value.Type()
		switch never := !strings.Contains(f.Usage, zero); {
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
