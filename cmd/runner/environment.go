package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"speckle-runner/internal/secret"
)

// prepare completes the flags by the environment, which --env-file completes
// before, and refuses values that no command takes.
func (s *settings) prepare(flags *pflag.FlagSet) error {
	flags.Visit(func(f *pflag.Flag) { s.typed = append(s.typed, f.Name) })
	if err := fromEnvironment(flags, "env-file"); err != nil {
		return err
	}
	if err := s.readEnvFiles(); err != nil {
		return err
	}
	if err := fromEnvironment(flags); err != nil {
		return err
	}
	if err := checkNumbers(flags); err != nil {
		return err
	}
	if err := s.ledgerName().Check(); err != nil {
		return fmt.Errorf("--database %s: %w", s.ledgerName().Shown(), err)
	}
	_, err := s.newLogging(s.err, false, zerolog.InfoLevel)
	return err
}

// neverZero are flags of which 0 would do nothing, or be taken for their default.
var neverZero = []string{"parallel", "keep-runs", "keep-runs-for", "limit", "count"}

// checkNumbers refuses numbers and durations that mean nothing: below 0, or 0.
func checkNumbers(flags *pflag.FlagSet) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		text, kind := f.Value.String(), f.Value.Type()
		switch never := slices.Contains(neverZero, f.Name); {
		case kind != "int" && kind != "duration":
		case never && kind == "int" && (text == "0" || text[0] == '-'):
			problems = append(problems, usagef("--%s %s: want 1 or more", f.Name, text))
		case never && (text == "0s" || text[0] == '-'):
			problems = append(problems, usagef("--%s %s: want more than 0", f.Name, text))
		case text[0] == '-':
			problems = append(problems, usagef("--%s %s: want 0 or more", f.Name, text))
		}
	})
	return errors.Join(problems...)
}

// variableOf names the variable of a flag.
func variableOf(flag string) string {
	return "RUNNER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment gives every flag that the command line leaves out (or only
// the one that is named) the value of its variable, RUNNER_OUTPUT_DIR for
// --output-dir. An empty one is none: compose files make such.
func fromEnvironment(flags *pflag.FlagSet, only ...string) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		if len(only) > 0 && !slices.Contains(only, f.Name) {
			return
		}
		name := variableOf(f.Name)
		value, set := os.LookupEnv(name)
		if !set || value == "" || f.Changed || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
	})
	if len(problems) > 0 {
		return usageError{errors.Join(problems...)}
	}
	return nil
}

// readEnvFiles sets the variables of --env-file.
func (s *settings) readEnvFiles() error {
	err := secret.SetFromFiles(s.envFiles, func(exposed string) { fmt.Fprintf(s.err, "--env-file: warning: %s\n", exposed) })
	if err != nil {
		return usageError{err}
	}
	return nil
}
