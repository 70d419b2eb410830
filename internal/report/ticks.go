package report

import (
	"fmt"
	"io"
	"iter"
	"text/tabwriter"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/service"
)

// ticks is a table of due times.
type ticks struct{ *tabwriter.Writer }

func newTicks(w io.Writer) ticks {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "JOB\tLOCAL\tTICK (UTC)\tNOTE")
	return ticks{table}
}

func (t ticks) tick(job *jobs.Job, at schedule.Tick, note string) {
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", job.Name, at.Local.Format("Mon 2006-01-02 15:04:05 MST"), at.At.Format(time.RFC3339), note)
}

// none is the line of a job without a tick to show.
func (t ticks) none(job *jobs.Job, note string) { fmt.Fprintf(t, "%s\t-\t-\t%s\n", job.Name, note) }

// Next lists when jobs are due, as the span says.
func Next(w io.Writer, chosen []*jobs.Job, span func(schedule.Set) iter.Seq[schedule.Tick]) error {
	table := newTicks(w)
	for _, job := range chosen {
		switch {
		case job.Disabled:
			table.none(job, "disabled")
			continue
		case job.Manual:
			table.none(job, "manual: only when it is asked for")
			continue
		}
		shown := job.OnVersion != nil
		if shown {
			table.none(job, job.OnVersion.When())
		}
		for t := range span(job.Schedule) {
			shown = true
			table.tick(job, t, TickNote(job, t))
		}
		if !shown {
			table.none(job, "no tick in this time")
		}
	}
	return table.Flush()
}

// TickNote is what is to be said of a due time: what a clock change does to it, and how much
// later the job begins.
func TickNote(job *jobs.Job, t schedule.Tick) string {
	note, later := t.Note, scheduler.Delay(job).Round(time.Second)
	if later == 0 {
		return note
	}
	if note != "" {
		note += "; "
	}
	return note + "begins " + jobs.PlainDuration(later) + " later (spread)"
}

// Past lists past ticks that would be run, and those that would not.
func Past(w io.Writer, p *service.Past) error {
	table := newTicks(w)
	for _, t := range p.Ticks {
		table.tick(p.Job, t, p.Note(t))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "would run %s\n", figures.Count(len(p.Todo), "tick"))
	PastLeft(w, p, 0)
	return nil
}

// PastLeft says which past ticks were not run, and why: the last ones are left.
func PastLeft(w io.Writer, p *service.Past, left int) {
	if p.Passed > 0 {
		fmt.Fprintf(w, "left out %s that had already succeeded (--force runs them again)\n", figures.Count(p.Passed, "tick"))
	}
	switch {
	case len(p.Todo) == 0 && p.Passed == 0:
		fmt.Fprintf(w, "%s has no tick in this time\n", p.Job.Name)
	case left > 0:
		next := p.Todo[len(p.Todo)-left].At.Format(time.RFC3339)
		fmt.Fprintf(w, "stopped: %s not run, the first is %s; the same command goes on with what has not succeeded\n",
			figures.Count(left, "tick"), next)
	}
}
