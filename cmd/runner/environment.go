package main

import (
	"fmt"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"speckle-runner/internal/commandline"
	"speckle-runner/internal/secret"
)

// prepare fills in flags from the environment, after --env-file has added to that, and
// refuses values that no command takes.
func (s *settings) prepare(command *cobra.Command, words []string) error {
	if command.DisableFlagParsing { // completion for a shell: the words are those of another command
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
	if commandline.ReadsVariables(command, s.typed) {
		if err := s.readEnvFiles(); err != nil {
			return err
		}
		for _, warning := range commandline.Misspelt(command) {
			fmt.Fprintf(s.err, "warning: %s\n", warning)
		}
	}
	if err := commandline.FromEnvironment(given); err != nil {
		return usageError{err}
	}
	if err := commandline.CheckNumbers(given); err != nil {
		return usageError{err}
	}
	if err := s.ledgerName().Check(); err != nil && s.server == "" && commandline.OpensLedger(command) {
		return fmt.Errorf("--database %s: %w", s.ledgerName().Shown(), err)
	}
	if !commandline.WritesLog(command, s.typed) {
		return nil
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
