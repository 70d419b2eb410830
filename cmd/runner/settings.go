package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"speckle-runner/internal/secret"
)

// settings are the flags that several commands share.
type settings struct {
	streams
	files     []string // job files, or folders of them
	partly    bool     // some of them are refused, and nobody asked for a job of the others by its name
	outputDir string
	database  string
	logFormat string
	logLevel  string
	envFiles  []string
	output    string
	server    string   // of a serve that is asked instead of the ledger
	allowHTTP bool     // also by plain http
	typed     []string // flags of the command line, those of the environment not

	known *secret.Redactor // use redactor
}

// commonFlags are taken by every command, before its name or behind it, so that
// one line of flags goes for all of them; a command uses those that concern it.
func (s *settings) commonFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringArrayVarP(&s.files, "file", "f", []string{"jobs.yaml"}, "the job file, or a folder of them; may be given several times")
	flags.StringVar(&s.outputDir, "output-dir", ".", "folder that file outputs are below")
	flags.StringVar(&s.database, "database", "sqlite:.runner/runner.db", "the ledger: sqlite:FILE or postgres://…")
	flags.StringArrayVar(&s.envFiles, "env-file", nil, "read variables from the NAME=VALUE lines of `FILE`; those that are set already win")
	flags.StringVar(&s.logFormat, "log-format", "", "console or json (default: console on a terminal, else json)")
	flags.StringVar(&s.logLevel, "log-level", "", "trace, debug, info, warn or error (default: info, or warn where progress is shown)")
}

// formatFlag is for commands that print data.
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
	_, err := s.newLogging(s.err, false, zerolog.InfoLevel)
	return err
}

// readEnvFiles sets the variables of --env-file.
func (s *settings) readEnvFiles() error {
	err := secret.SetFromFiles(s.envFiles, func(exposed string) { fmt.Fprintf(s.err, "--env-file: warning: %s\n", exposed) })
	if err != nil {
		return usageError{err}
	}
	return nil
}
