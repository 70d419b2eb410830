package main

import (
	"encoding/json"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/report"
)

// nextTick is one due time as -o json prints it.
type nextTick struct {
	Job   string    `json:"job"`
	Tick  time.Time `json:"tick"`
	Local string    `json:"local"`
	Note  string    `json:"note"`
}

func nextCommand(s *settings) *cobra.Command {
	var count int
	var from, to string
	command := &cobra.Command{
		Use:   "next [JOB...]",
		Short: "Show when jobs are due",
		Long: `Show the next due times (ticks) of all jobs, or of the named ones, with clock changes
taken into account.

  runner next nightly-models -n 3
  runner next --from 2026-03-28 --to 2026-03-30T00:00:00Z

--from and --to take a time with a zone, or a wall time in the job's own zone.`,
		ValidArgsFunction: s.completeJobs,
		RunE: func(command *cobra.Command, names []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if count > maxNext {
				return usagef("--count %d: want 1 to %d", count, maxNext)
			}
			span := span{n: count, from: time.Now(), bounded: command.Flags().Changed("to")}
			chosen, err := s.loadChosen(names)
			if err != nil {
				return err
			}
			if from != "" {
				if span.from, err = parseTime("--from", from, chosen, schedule.Moment); err != nil {
					return err
				}
			}
			if span.bounded {
				if span.to, err = parseTime("--to", to, chosen, schedule.End); err != nil {
					return err
				}
				if !span.to.After(span.from) {
					return usagef("--to isn't after --from")
				}
			}
			if asJSON {
				return s.nextJSON(chosen, span)
			}
			return report.Next(s.out, chosen, span.ticks)
		},
	}
	s.formatFlag(command)
	command.Flags().IntVarP(&count, "count", "n", 5, "how many ticks of each job; with --to, all up to that time")
	command.Flags().StringVar(&from, "from", "", "show ticks after this time (default: now)")
	command.Flags().StringVar(&to, "to", "", "show all ticks up to this time, or to the end of this day")
	return command
}

// maxNext bounds what is printed for one job.
const maxNext = 100_000

// span says which ticks to show.
type span struct {
	n        int
	from, to time.Time
	bounded  bool // all ticks up to to, not the next n
}

func (s span) ticks(set schedule.Set) iter.Seq[schedule.Tick] {
	return func(yield func(schedule.Tick) bool) {
		if !s.bounded {
			for _, t := range set.Ticks(s.from, s.n) {
				if !yield(t) {
					return
				}
			}
			return
		}
		n := 0
		for t := range set.TicksBetween(s.from, s.to) {
			n++
			if n > maxNext || !yield(t) {
				return
			}
		}
	}
}

func (s *settings) nextJSON(chosen []*jobs.Job, span span) error {
	ticks := []nextTick{}
	for _, job := range chosen {
		if job.Disabled {
			continue
		}
		for t := range span.ticks(job.Schedule) {
			ticks = append(ticks, nextTick{job.Name, t.At, t.Local.Format(time.RFC3339), report.TickNote(job, t)})
		}
	}
	return json.NewEncoder(s.out).Encode(ticks)
}
