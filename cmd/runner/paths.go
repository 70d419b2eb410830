package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/look"
	"speckle-runner/internal/report"
	"speckle-runner/internal/secret"
	versions "speckle-runner/internal/speckle/version"
)

func pathsCommand(s *settings) *cobra.Command {
	var where []string
	var given versions.Ref
	command := &cobra.Command{
		Use:   "paths JOB",
		Short: "Show which properties a job's elements have",
		Long: `Show which properties a job with elements can ask for: each property path that the
elements of its version have, how many have it, its unit, and an example. Write a
path below "properties" in the job. The end of a path is enough if no other path
ends the same way: Fire Rating for properties.Fire Rating.

  runner paths doors
  runner paths doors --where category=Doors
  runner paths doors --where category=Doors --where level="Level 3"

The job's own where is ignored: all elements are read, or those that --where picks.
It takes the same names as where. Several names must all match; of several values for
one name, any may match. A record always has these fields, without a property: id,
name, category, family, type, level, room, system, host, parent.

The version is fetched as in a run, with the job's token, and then removed. Nothing
is written, not even to the ledger. If the job takes its models from for_each, choose
one with --model ID.

Exit codes: 0 all good; 1 the version can't be read, or nothing matches; 2 wrong
usage; 3 the job file is invalid; 4 no token, token refused or scope missing;
130 interrupted.`,
		ValidArgsFunction: s.completeJobs,
		RunE: func(command *cobra.Command, names []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			conditions, err := look.ReadWhere(where)
			if err != nil {
				return usageError{err}
			}
			job, err := s.elementsJob(names)
			if err != nil {
				return err
			}
			if err := checkProxies(); err != nil {
				return err
			}
			return s.paths(command.Context(), job, given, conditions, asJSON)
		},
	}
	s.formatFlag(command)
	command.Flags().StringArrayVar(&where, "where", nil, "only elements with this `NAME=VALUE`, such as category=Doors; may be repeated")
	command.Flags().StringVar(&given.Project, "project", "", "read the project with this `ID` instead of the job's")
	command.Flags().StringVar(&given.Model, "model", "", "read the model with this `ID` instead of the job's")
	command.Flags().StringVar(&given.Version, "version", "", "read the version with this `ID` instead of the job's")
	return command
}

// elementsJob gives the job that is named, which must have elements.
func (s *settings) elementsJob(names []string) (*jobs.Job, error) {
	if len(names) != 1 {
		return nil, usagef("paths takes one job, with elements")
	}
	chosen, err := s.loadChosen(names)
	if err != nil {
		return nil, err
	}
	if chosen[0].Elements == nil {
		return nil, usagef("job %s has a query, and only jobs with elements have paths", chosen[0].Name)
	}
	return chosen[0], nil
}

// paths fetches the version, looks through it, and prints what it has.
func (s *settings) paths(ctx context.Context, job *jobs.Job, given versions.Ref, where []elements.Condition, asJSON bool) error {
	redactor, forget := s.redactor().Lend()
	defer forget()
	seen, err := s.lookAt(ctx, job, given, where, redactor)
	if unmatched, none := errors.AsType[*elements.NoMatchError](err); none {
		err = fmt.Errorf("none of the version's %s is as --where says", figures.Count(unmatched.Elements, "element"))
	}
	if err != nil {
		code := codeOfError(err)
		if code != exitInterrupted {
			fmt.Fprintf(s.err, "runner: paths of %s: %s\n%s", job.Name, redactor.Text(err.Error()), secret.HowToSet(err))
		}
		return codeError(code)
	}
	for _, warning := range seen.Warnings {
		fmt.Fprintf(s.err, "warning: %s\n", redactor.Text(warning))
	}
	if asJSON {
		return seen.WriteJSON(s.out)
	}
	return report.Paths(s.out, seen)
}

// lookAt fetches and reads the version, and shows on a terminal how far it is.
func (s *settings) lookAt(ctx context.Context, job *jobs.Job, given versions.Ref, where []elements.Condition,
	redactor *secret.Redactor) (*look.Paths, error) {
	shown, logs, err := s.newDisplay(zerolog.WarnLevel, false)
	if err != nil {
		return nil, err
	}
	defer shown.Close()
	line := shown.Line(job.Name)
	defer line.Done()
	l := look.Look{
		Job: job, Where: where, OutputDir: s.outputDir, UserAgent: userAgent(), Redactor: redactor, Log: logs.Logger(redactor, nil),
		Doing: line.Doing,
	}
	return l.At(ctx, given)
}
