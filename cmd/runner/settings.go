package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"speckle-runner/internal/secret"
)

// settings are the flags that several commands share. A command adds those
// that it uses, so that none is accepted and ignored.
type settings struct {
	streams
	file      string
	outputDir string
	database  string
	logFormat string
	logLevel  string
	output    string

	known *secret.Redactor // use redactor
}

func (s *settings) fileFlag(command *cobra.Command) {
	command.Flags().StringVarP(&s.file, "file", "f", "jobs.yaml", "the job file")
}

func (s *settings) outputDirFlag(command *cobra.Command) {
	command.Flags().StringVar(&s.outputDir, "output-dir", ".", "folder that file outputs are below")
}

func (s *settings) databaseFlag(command *cobra.Command) {
	command.Flags().StringVar(&s.database, "database", "sqlite:.runner/runner.db", "the ledger: sqlite:FILE or postgres://…")
}

func (s *settings) logFlags(command *cobra.Command) {
	command.Flags().StringVar(&s.logFormat, "log-format", "", "console or json (default: console on a terminal, else json)")
	command.Flags().StringVar(&s.logLevel, "log-level", "", "trace, debug, info, warn or error (default: info, or warn where progress is shown)")
}

func (s *settings) formatFlag(command *cobra.Command) {
	command.Flags().StringVarP(&s.output, "output", "o", "table", "table or json")
}

// json reports whether results are printed as JSON.
func (s *settings) json() (bool, error) {
	switch s.output {
	case "json":
		return true, nil
	case "table":
		return false, nil
	default:
		return false, usagef("--output %q: want table or json", s.output)
	}
}

// fromEnvironment gives every flag that the command line leaves out the value
// of its variable, RUNNER_OUTPUT_DIR for --output-dir. An empty one is none:
// compose files make such.
func fromEnvironment(flags *pflag.FlagSet) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "RUNNER_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
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
