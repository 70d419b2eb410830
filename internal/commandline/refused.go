package commandline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// wanted is what a kind of flag takes, in words.
var wanted = map[string]string{
	"duration": "want a time such as 30s, 10m or 36h",
	"int":      "want a whole number",
	"bool":     "want true or false",
}

// Refused says in plain words why a command doesn't take a flag, and what it takes.
func Refused(command *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		hint := "; '" + command.CommandPath() + " --help' lists those that it takes"
		if near := nearFlag(command.Flags(), unknown.GetSpecifiedName()); near != "" {
			hint = ": did you mean --" + near + "?"
		}
		return fmt.Errorf("%w%s", err, hint)
	}
	if value, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return misfit("--"+value.GetFlag().Name, err)
	}
	return err
}

// misfit is what a flag, or its variable, is told whose value can't be read.
func misfit(name string, err error) error {
	value, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return fmt.Errorf("%s: %w", name, err)
	}
	if want := wanted[value.GetFlag().Value.Type()]; want != "" {
		return fmt.Errorf("%s %q: %s", name, value.GetValue(), want)
	}
	return fmt.Errorf("%s %q: %w", name, value.GetValue(), value.Unwrap())
}

// nearFlag gives the flag that is spelt nearly so, "" for none.
func nearFlag(flags *pflag.FlagSet, name string) (near string) {
	plain := func(name string) string { return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name)) }
	least := 1 + min(2, len(name)/3) // letters that may differ, and one
	flags.VisitAll(func(f *pflag.Flag) {
		if apart := levenshtein.ComputeDistance(plain(name), plain(f.Name)); apart < least && !f.Hidden {
			near, least = f.Name, apart
		}
	})
	return near
}
