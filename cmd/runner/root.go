package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/spf13/cobra"

	"speckle-runner/internal/commandline"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// execute runs one command line and gives its exit code.
func execute(ctx context.Context, args []string, to streams) int {
	results := said.NewResults(to.out)
	to = streams{out: said.NewScreen(results), err: said.NewScreen(to.err)}
	log.SetOutput(io.Discard) // net/http logs what servers send there, which may be a token
	s := &settings{streams: to}
	if place := secret.TokenInArguments(args); place > 0 {
		err := errTokenInArguments(place)
		s.printError(err)
		return exitCode(err)
	}
	root := s.root()
	root.SetArgs(args)
	root.SetOut(to.out)
	root.SetErr(to.err)
	err := root.ExecuteContext(ctx)
	if exitCode(err) == exitFailed && !namesCommand(root, args) {
		err = usageError{err} // cobra refused the words before a command began
	}
	s.printError(err)
	if err == nil && s.someRefused {
		return exitInvalid // the good job files were used all the same
	}
	if unread := results.Err(); unread != nil && err == nil {
		s.printError(unread) // the command did its work, but its results couldn't be printed
		return exitFailed
	}
	return exitCode(err)
}

// root makes the root command with all commands below it.
func (s *settings) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "runner",
		Short: "Run Speckle queries on a schedule and publish what comes back",
		Long: `runner runs GraphQL queries against Speckle servers, each with its own token, and
writes the results to files, webhooks and mail. A YAML file, the job file, says
what to read, when to read it, and where the results go.

  runner demo       see it work: no account and no network needed
  runner init       write a first job file
  runner validate   check a job file
  runner run JOB    run a job now`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: s.prepare,
	}
	s.commonFlags(root)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{commandline.Refused(c, err)} })
	root.AddCommand(
		validateCommand(s), runCommand(s), backfillCommand(s), serveCommand(s), nextCommand(s), scopesCommand(s), pathsCommand(s), runsCommand(s),
		showCommand(s), cancelCommand(s), redeliverCommand(s), demoCommand(s),
		initCommand(s), serviceCommand(s), schemaCommand(s), healthCommand(s), versionCommand(s),
	)
	commandline.OtherNames(root)
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = func(_ *cobra.Command, words []string) error { // cobra's own doesn't fail for an unknown command
			found, left, err := root.Find(words)
			switch {
			case err != nil:
				return usageError{err}
			case found.HasSubCommands():
				return knownCommand(found, left)
			}
			return nil
		}
	}
	return root
}

// printError prints an error, unless the command has said everything itself.
func (s *settings) printError(err error) {
	var code codeError
	switch {
	case err == nil, errors.As(err, &code):
	case exitCode(err) == exitUsage && !errors.Is(err, store.ErrNewer):
		fmt.Fprintf(s.err, "runner: %s\nRun 'runner --help' for the commands.\n", secret.MaskAll(s.redactor().Text(err.Error())))
	default:
		fmt.Fprintf(s.err, "runner: %s\n", secret.MaskAll(s.redactor().Text(said.Plain(err))))
	}
}

// namesCommand reports whether the words name a command. If they don't, any error is a
// mistake in the command line.
func namesCommand(root *cobra.Command, args []string) bool {
	command, _, err := root.Find(args)
	return err == nil && command != root
}
