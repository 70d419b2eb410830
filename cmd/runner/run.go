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

The tick of the run, which fills {date} and the like in paths, is the present time.
With --tick it is the time you give: the run writes the files of that tick again,
with the data as it is now. A future time is refused, because the scheduled run would
then find that its tick had already run; only --dry-run, which leaves no trace,
accepts one.

With --version, the run is for that version of a model, like the runs of on_version:
it reads that version, and its tick is the time the version was made. Each job has one
run per version; the same version again is another attempt of that run.

A run that fails is tried again as often as the job's retries say. If the job file has
retry_for, it is tried for that long, which may be an hour; Ctrl-C ends the wait.

With --server URL the runner serve at that address runs the jobs, with its own job
file, tokens and output directory, and this command shows the progress. Ctrl-C then
ends only the wait: the run goes on there, and runner cancel ends it.

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
			m, err := s.beginManual(command.Context(), flags)
			if err != nil {
				return err
			}
			defer m.close()
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
			if err := s.open(command.Context(), m, file); err != nil {
				return err
			}
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
	command.Flags().StringVar(&flags.version, "version", "", "run for the version with this `ID`, in the job's project")
	command.Flags().BoolVar(&flags.dryRun, "dry-run", false, "read and check, publish nothing, show the first records; no mutation is sent")
	command.Flags().BoolVar(&flags.force, "force", false, "run even if the job is already running")
	command.Flags().BoolVar(&flags.acceptShrink, "accept-shrink", false,
		"publish even if shrink_limit says that there are too few records now; the next runs are compared with this one")
	command.Flags().IntVar(&flags.parallel, "parallel", 8, "how many jobs run at the same time")
	deliverForFlag(command, &flags.deliverFor)
	flags.keep.add(command)
	return command
}

func (s *settings) chooseRuns(file *jobs.File, names []string, f runFlags) ([]*jobs.Job, error) {
	switch {
	case f.all && len(names) > 0:
		return nil, usagef("--all and job names (%s): give only one of the two", strings.Join(names, ", "))
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
