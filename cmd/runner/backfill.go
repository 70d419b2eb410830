package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/report"
	"speckle-runner/internal/service"
)

// maxBackfill is how many ticks run without --yes: a typo in a year must not ask a server
// ten thousand times.
const maxBackfill = 1000

// backfillFlags are the flags of one `runner backfill`.
type backfillFlags struct {
	from, to string
	force    bool
	dryRun   bool
	goOn     bool
	yes      bool

	deliverFor time.Duration
	keep       keepFlags
}

func backfillCommand(s *settings) *cobra.Command {
	var flags backfillFlags
	command := &cobra.Command{
		Use:   "backfill JOB --from TIME [--to TIME]",
		Short: "Run a job's past ticks, oldest first",
		Long: `Run the ticks that a job's schedule had between two times, both included, one after
the other, oldest first. Each tick is its own run, which writes the files of that
tick with the data as it is now. {last_success} is the good run before that
tick.

Ticks that have already succeeded are left out. It stops at the first run that
doesn't succeed; type the same command again to go on.

  runner backfill nightly-models --from 2026-03-01T00:00:00Z --to 2026-03-07T23:59:59Z --dry-run
  runner backfill nightly-models --from '2026-03-01 00:00'     in the job's zone, up to now

The exit codes are those of run.`,
		ValidArgsFunction: s.completeJobs,
		RunE: func(command *cobra.Command, names []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if len(names) != 1 {
				return usagef("backfill takes one job, as in: runner backfill nightly-models --from 2026-03-01T00:00:00Z")
			}
			file, err := s.load()
			if err != nil {
				return err
			}
			chosen, err := s.choose(file, names)
			if err != nil {
				return err
			}
			past := service.Past{Job: chosen[0]}
			if past.Ticks, err = flags.ticks(past.Job, time.Now()); err != nil {
				return err
			}
			return s.backfill(command.Context(), file, &past, flags, asJSON)
		},
	}
	s.formatFlag(command)
	command.Flags().StringVar(&flags.from, "from", "", "the first tick, or a time before it, such as 2026-03-02T02:30:00Z")
	command.Flags().StringVar(&flags.to, "to", "", "the last tick, a time after it, or its day, to the end of that day (default: now)")
	command.Flags().BoolVar(&flags.force, "force", false, "also run ticks that have already succeeded")
	command.Flags().BoolVar(&flags.dryRun, "dry-run", false, "list what would run, and run nothing")
	command.Flags().BoolVar(&flags.goOn, "continue", false, "go on after a run that fails")
	command.Flags().BoolVar(&flags.yes, "yes", false, fmt.Sprintf("allow more than %s ticks", figures.Grouped(maxBackfill)))
	deliverForFlag(command, &flags.deliverFor)
	flags.keep.add(command)
	return command
}

// ticks gives the ticks that the flags ask for, the oldest first.
func (f backfillFlags) ticks(job *jobs.Job, now time.Time) ([]schedule.Tick, error) {
	chosen := []*jobs.Job{job}
	switch {
	case job.Manual:
		return nil, usagef("%s has no schedule, so it has no past ticks: it is manual; runner run %s --tick TIME runs it for one", job.Name,
			job.Name)
	case len(job.Schedules) == 0:
		return nil, usagef("%s has no schedule, so it has no past ticks: it runs on a new version; runner run %s --version ID runs it for one",
			job.Name, job.Name)
	case f.from == "":
		return nil, usagef("from when? Give --from, such as --from 2026-03-01T00:00:00Z")
	}
	from, err := parseTime("--from", f.from, chosen, schedule.Moment)
	if err != nil {
		return nil, err
	}
	to := now
	if f.to != "" {
		if to, err = parseTime("--to", f.to, chosen, schedule.EndBy(now)); err != nil {
			return nil, err
		}
	}
	switch {
	case from.After(now):
		return nil, usagef("--from %s is in the future: backfill runs past ticks", f.from)
	case to.After(now):
		return nil, usagef("--to %s is in the future: backfill runs past ticks; without --to it runs those up to now", f.to)
	case to.Before(from):
		return nil, usagef("--to is before --from")
	}
	var ticks []schedule.Tick
	for t := range job.Schedule.TicksBetween(from.Add(-time.Nanosecond), to) {
		ticks = append(ticks, t)
		if len(ticks) > maxNext {
			return nil, usagef("%s has more than %s ticks in this time: give a shorter one", job.Name, figures.Grouped(maxNext))
		}
	}
	return ticks, nil
}

func (s *settings) backfill(ctx context.Context, file *jobs.File, past *service.Past, flags backfillFlags, asJSON bool) error {
	m, err := s.openManual(ctx, file, runFlags{
		dryRun: flags.dryRun, logLevel: zerolog.InfoLevel, parallel: 1, deliverFor: flags.deliverFor,
	})
	if err != nil {
		return err
	}
	defer m.close()
	if err := past.LookUp(ctx, m.ledger, flags.force); err != nil {
		return err
	}
	if flags.dryRun {
		m.close()
		return s.listPast(past, asJSON)
	}
	if n := len(past.Todo); n > maxBackfill && !flags.yes {
		return usagef("this would run %s %s times; add --yes to do so, or --dry-run to list the ticks", past.Job.Name, figures.Grouped(int64(n)))
	}
	var ends []report.Finished
	for i, end := range m.service.Backfill(ctx, m.order(past.Job), past.Todo, flags.goOn) {
		ends = append(ends, report.Finished{Ended: end, Label: past.Job.Name + " " + past.Todo[i].At.Format(time.RFC3339)})
	}
	m.prune(ctx, &flags.keep)
	m.close()
	if err := s.printRuns(ends, asJSON); err != nil {
		return err
	}
	summary := s.out
	if asJSON {
		summary = s.err // standard output holds nothing but the JSON
	}
	left := len(past.Todo) - len(ends)
	report.PastLeft(summary, past, left)
	if left > 0 && ctx.Err() != nil {
		return codeError(exitInterrupted)
	}
	return exitOfRuns(ends)
}

// listPast shows the ticks of a dry run.
func (s *settings) listPast(past *service.Past, asJSON bool) error {
	if !asJSON {
		return report.Past(s.out, past)
	}
	ticks := []nextTick{}
	for _, t := range past.Ticks {
		ticks = append(ticks, nextTick{past.Job.Name, t.At, t.Local.Format(time.RFC3339), past.Note(t)})
	}
	return json.NewEncoder(s.out).Encode(ticks)
}
