package main

import (
	"fmt"
	"slices"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"speckle-runner/internal/commandline"
	"speckle-runner/internal/secret"
)

// prepare completes the flags by the environment, which --env-file completes
// before, and refuses values that no command takes.
func (s *settings) prepare(command *cobra.Command, words []string) error {
	if command.DisableFlagParsing { // a shell completes a line: its words are another command's
		words = nil
	}
	given := command.Flags()
	if err := commandline.Check(given, words); err != nil {
		return usageError{err}
	}
	given.Visit(func(f *pflag.Flag) { s.typed = append(s.typed, f.Name) })
	if err := commandline.FromEnvironment(given, "env-file"); err != nil {
		return usageError{err}
	}
	if s.readsVariables(command) {
		if err := s.readEnvFiles(); err != nil {
			return err
		}
	}
	if err := commandline.FromEnvironment(given); err != nil {
		return usageError{err}
	}
	if err := commandline.CheckNumbers(given); err != nil {
		return usageError{err}
	}
	if err := s.ledgerName().Check(); err != nil && s.opensLedger(command) {
		return fmt.Errorf("--database %s: %w", s.ledgerName().Shown(), err)
	}
	if !s.logs(command) {
		return nil
	}
	_, err := s.newLogging(s.err, false, zerolog.InfoLevel)
	return err
}

// logs reports whether a command writes a log, or was told how to: others go on whatever
// the variables say of it.
func (s *settings) logs(command *cobra.Command) bool {
	write := []string{"run", "backfill", "serve", "paths", "redeliver", "install"}
	return slices.Contains(write, command.Name()) || slices.Contains(s.typed, "log-format") || slices.Contains(s.typed, "log-level")
}

// readsVariables reports whether a command needs the variables of --env-file, or was given it.
func (s *settings) readsVariables(command *cobra.Command) bool {
	none := []string{"version", "help", "schema", "init", "completion"}
	shell := command.HasParent() && command.Parent().Name() == "completion" // completion bash and its like
	return slices.Contains(s.typed, "env-file") || !slices.Contains(none, command.Name()) && !shell && !command.DisableFlagParsing
}

// opensLedger reports whether a command asks the ledger: others go on whatever its name is.
func (s *settings) opensLedger(command *cobra.Command) bool {
	ask := []string{"run", "backfill", "serve", "runs", "show", "cancel", "redeliver", "install"}
	return s.server == "" && slices.Contains(ask, command.Name())
}

// readEnvFiles sets the variables of --env-file.
func (s *settings) readEnvFiles() error {
	err := secret.SetFromFiles(s.envFiles, func(exposed string) { fmt.Fprintf(s.err, "--env-file: warning: %s\n", exposed) })
	if err != nil {
		return usageError{err}
	}
	return nil
}
