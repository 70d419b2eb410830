// Package commandline checks a command's flags and words, and completes the flags from
// the environment: what goes for every command alike.
package commandline

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Check refuses flags and words that are given, and empty: they come of a variable of
// the shell that isn't set, and would go for ones that are left out. It is for what the
// command line gives: FromEnvironment comes later.
func Check(flags *pflag.FlagSet, words []string) error {
	var problems []error
	flags.Visit(func(f *pflag.Flag) {
		if empty(f.Value) && !mayBeEmpty(f.Name) {
			problems = append(problems, fmt.Errorf("--%s is empty: give it a value, or leave it out (a variable of the shell that isn't set?)",
				f.Name))
		}
	})
	for i, word := range words {
		if word == "" {
			problems = append(problems, fmt.Errorf("argument %d is empty (a variable of the shell that isn't set?)", i+1))
		}
	}
	return errors.Join(problems...)
}

// mayBeEmpty reports whether nothing is a value of a flag: no address to listen at, no
// path of a proxy's, and the ledger here where RUNNER_SERVER names a server.
func mayBeEmpty(name string) bool {
	switch name {
	case "listen", "base-path":
		return true
	case "server":
		return os.Getenv(VariableOf(name)) != ""
	}
	return false
}

// empty reports whether a flag holds nothing: of a list, that some of it is nothing.
func empty(value pflag.Value) bool {
	list, is := value.(pflag.SliceValue)
	if !is {
		return value.String() == ""
	}
	all := list.GetSlice()
	return len(all) == 0 || slices.Contains(all, "")
}

// VariableOf names the variable of a flag.
func VariableOf(flag string) string {
	return "RUNNER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// FromEnvironment gives every flag that the command line leaves out (or only
// the one that is named) the value of its variable, RUNNER_OUTPUT_DIR for
// --output-dir. An empty one is none: compose files make such.
func FromEnvironment(flags *pflag.FlagSet, only ...string) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		if len(only) > 0 && !slices.Contains(only, f.Name) {
			return
		}
		name := VariableOf(f.Name)
		value, set := os.LookupEnv(name)
		if !set || value == "" || f.Changed || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			problems = append(problems, misfit(name, err))
		}
	})
	return errors.Join(problems...)
}
