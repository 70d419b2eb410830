package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"speckle-runner/internal/commandline"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
)

// streams are where a command writes: results to out, everything else to err.
type streams struct{ out, err io.Writer }

// settings are the flags that several commands share.
type settings struct {
	streams
	files     []string // job files, or folders of them
	outputDir string
	database  string
	logFormat string
	logLevel  string
	envFiles  []string
	output    string
	server    string   // address of a serve that is asked instead of the ledger
	allowHTTP bool     // --server may be asked by plain http
	typed     []string // flags that were given on the command line, not by the environment

	// someRefused: some of the job files are refused, and the command is for all jobs.
	someRefused bool

	known *secret.Redactor // use redactor
}

// commonFlags declares the flags that every command takes, before its name or behind it. A
// command uses those that concern it.
func (s *settings) commonFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringArrayVarP(&s.files, "file", "f", []string{"jobs.yaml"}, "the job file, or a folder of them; may be given several times")
	flags.StringVar(&s.outputDir, "output-dir", ".", "the folder below which file outputs are written")
	flags.StringVar(&s.database, "database", "sqlite:.runner/runner.db", "the ledger: sqlite:FILE or postgres://…")
	flags.StringArrayVar(&s.envFiles, "env-file", nil, "read variables from the NAME=VALUE lines of `FILE`; those already set win")
	flags.StringVar(&s.logFormat, "log-format", "", "console or json (default: console on a terminal, else json)")
	flags.StringVar(&s.logLevel, "log-level", "", "trace, debug, info, warn or error (default: info, or warn where progress is shown)")
}

// formatFlag declares -o, for commands that print data.
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
		return false, usagef("%s %q: want table or json", s.says("output"), s.output)
	}
}

// noArguments refuses words that a command doesn't take.
func noArguments(command *cobra.Command, args []string) error {
	if len(args) > 0 {
		hint := ""
		if command.Flags().Lookup("file") != nil {
			hint = fmt.Sprintf("; a job file is named with -f %s", args[0])
		}
		return usagef("%s takes no arguments, but got %q%s", command.CommandPath(), args[0], hint)
	}
	return nil
}

// webTokenVariable holds the token that pages and API ask for.
const webTokenVariable = "RUNNER_WEB_TOKEN"

// redactor knows the secrets of this process: those of its environment from the start, and
// those of a run for as long as that lasts. Everything that is logged goes through it.
func (s *settings) redactor() *secret.Redactor {
	if s.known == nil {
		s.known = service.Secrets(webTokenVariable, "PGPASSWORD")
	}
	return s.known
}

// errTokenInArguments says what to do about a token in a command line: others may have read
// it by now.
func errTokenInArguments(place int) error {
	return usagef("argument %d holds what looks like a Speckle token, which is refused: command lines are seen by every user of this "+
		"machine, and kept in the shell's history. Revoke that token, make a new one, and put it into a variable that token_env names", place)
}

// says names a flag as who gave it did: by its variable, where that was it.
func (s *settings) says(flag string) string {
	if slices.Contains(s.typed, flag) {
		return "--" + flag
	}
	return commandline.VariableOf(flag)
}
