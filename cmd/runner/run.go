package main

import (
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs"
)

func runCommand(s *settings) *cobra.Command {
	flags := runFlags{logLevel: zerolog.InfoLevel}
	command := &cobra.Command{
		Use:   "run JOB...",
		Short: "Run jobs now and wait for them",
		Long: `Run the named jobs now, whatever their schedules say, and wait for them.

The tick of the run, which {date} and the like in paths go by, is this moment;
with --tick it is the time given: the run writes the files of that tick again,
with the data as it is now. A time that is still to come is refused: its
scheduled run would find that it had run already. A --dry-run, which leaves no
trace, takes one.

With --version it is a run of that version of a model, as on_version makes them:
it reads that one, and the tick is when the version was made. It has one run for
each job: a second time it is another attempt of the same.

A run that fails is tried again as often as its retries say; where the job file
has retry_for, it is for that time, which may be an hour. Ctrl-C ends the wait.

With --server URL the runner serve there runs them, with its own job file, tokens
and output directory, and this command shows how far they are. Ctrl-C ends the
wait alone: the run goes on there, and runner cancel ends it.

Exit codes: 0 all good; 1 a run failed; 2 wrong usage; 3 the job file is invalid;
4 no token, token refused or scope missing; 5 a delivery failed; 130 interrupted.`,
		ValidArgsFunction: s.completeJobs,
		RunE: func(command *cobra.Command, names []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if s.server != "" {
				return s.runThere(command.Context(), names, flags, asJSON)
			}
			file, err := s.load()
			if err != nil {
				return err
			}
			chosen, err := s.chooseRuns(file, names, flags)
			if err != nil {
				return err
			}
			if err := flags.checkShrink(chosen); err != nil {
				return err
			}
			if err := flags.checkVersion(chosen); err != nil {
				return err
			}
			tick, err := flags.wantedTick(chosen, time.Now())
			if err != nil {
				return err
			}
			m, err := s.openManual(command.Context(), file, flags)
			if err != nil {
				return err
			}
			defer m.close()
			all := m.runAll(command.Context(), chosen, tick)
			m.prune(command.Context(), &flags.keep)
			m.close()
			return s.printAll(all, asJSON)
		},
	}
	s.formatFlag(command)
	s.serverFlags(command)
	command.Flags().BoolVar(&flags.all, "all", false, "run every job that is not disabled")
	command.Flags().StringVar(&flags.tick, "tick", "", "write the files of this tick, such as 2026-03-02T02:30:00Z")
	command.Flags().StringVar(&flags.version, "version", "", "run for the version with this `ID`, of the job's project")
	command.Flags().BoolVar(&flags.dryRun, "dry-run", false, "fetch and check, publish nothing, show the first records; no mutation is sent")
	command.Flags().BoolVar(&flags.force, "force", false, "run also while the job is running")
	command.Flags().BoolVar(&flags.acceptShrink, "accept-shrink", false,
		"publish although shrink_limit says that the records have become too few; the next runs are held against these")
	command.Flags().IntVar(&flags.parallel, "parallel", 8, "how many jobs run at the same time")
	deliverForFlag(command, &flags.deliverFor)
	flags.keep.add(command)
	return command
}

func (s *settings) chooseRuns(file *jobs.File, names []string, f runFlags) ([]*jobs.Job, error) {
	switch {
	case f.all && len(names) > 0:
		return nil, usagef("--all and job names (%s): want one of the two", strings.Join(names, ", "))
	case f.all:
		chosen := file.Enabled()
		if len(chosen) == 0 {
			return nil, usagef("every job of %s is disabled", file.Name)
		}
		return chosen, nil
	case len(names) == 0:
		return nil, usagef("which jobs? Name some, or give --all; %s has %s", file.Name, file.JobNames())
	default:
		return s.choose(file, names)
	}
}
