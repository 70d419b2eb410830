package jobs

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/jobs/shape"
)

// ScheduleWarnings tells what may surprise in the job's schedules, each at its
// line. Clock changes are looked for in the five years after around, which a
// caller sets to the present.
func (j *Job) ScheduleWarnings(around time.Time) document.Problems {
	if j.Manual || len(j.Schedules) == 0 || j.written.src == nil {
		return nil
	}
	problems := document.NewCollector(j.written.src.Name)
	specs := j.Schedule.Specs()
	for _, warning := range j.Schedule.Warnings(around) {
		place := j.written.schedules[0]
		for i, spec := range specs {
			if rest, found := strings.CutPrefix(warning, spec.String()+": "); found && i < len(j.written.schedules) {
				place, warning = j.written.schedules[i], rest
				break
			}
		}
		problems.Add(j.written.src, place.Node.Line, place.Node.Col, document.Problem{Path: place.Path, Message: warning, Warning: true})
	}
	j.warnTwice(problems, around)
	return problems.Sorted()
}

// warnTwice tells of paths that two ticks write, because clocks show their time
// twice.
func (j *Job) warnTwice(problems *document.Collector, around time.Time) {
	if len(j.written.timed) == 0 {
		return
	}
	at := j.Schedule.Twice(around)
	if at.IsZero() {
		return
	}
	local := at.In(j.Zone).Format("15:04 on 2006-01-02")
	for _, place := range j.written.timed {
		problems.Add(j.written.src, place.Node.Line, place.Node.Col, document.Problem{
			Path: place.Path, Warning: true,
			Message: fmt.Sprintf("two ticks write this file: %s comes twice in %s, when clocks go back, and the job runs both times", local, j.Zone),
			Hint:    "add {offset}, which is another one the second time, as in {date}-{time}{offset}",
		})
	}
}

// timedPaths gives the paths of files that only {time} tells two ticks of one
// day apart in.
func timedPaths(j *shape.Job) []shape.Text {
	var timed []shape.Text
	for _, o := range j.Outputs.Items {
		if !o.File.Given() {
			continue
		}
		names := map[string]bool{}
		plainPath(o.File.Value, func(name string) string { names[name] = true; return "" })
		if names["time"] && !names["offset"] && !names["tick"] && !names["run"] {
			timed = append(timed, o.File)
		}
	}
	return timed
}

func (l *loader) schedule(j *shape.Job, out *Job) {
	zone := j.Timezone
	if !zone.Given() {
		zone = l.top.Timezone
	}
	out.Zone = l.zone(zone)
	var specs []schedule.Spec
	var written []string
	var places []shape.Text
	for _, one := range j.Schedule.List {
		if one.Value == "manual" {
			out.Manual = true
			if len(j.Schedule.List) > 1 {
				l.Problem(one.At, document.Problem{Message: "manual can't be combined with a schedule: any job can be run by hand",
					Hint: "remove it"})
			}
			continue
		}
		parsed := l.shared.schedule(one.Value)
		if parsed.err != nil {
			l.badSchedule(one, parsed.err)
			continue
		}
		specs = append(specs, parsed.spec)
		written, places = append(written, one.Value), append(places, l.kept.place(one))
	}
	out.Schedules, out.written.schedules = l.kept.strings.list(written...), l.kept.places.list(places...)
	if out.Manual {
		out.Schedules = []string{"manual"}
	}
	if j.Schedule.Given() && len(j.Schedule.List) == 0 && len(j.Schedule.Node.Items) == 0 {
		l.Problem(j.Schedule.At, document.Problem{Message: "there is no schedule in the list",
			Hint: "write schedule: manual for a job that is run by hand only"})
	}
	out.written.timed = timedPaths(j)
	out.Schedule = l.shared.set(out.Zone, specs, out.Schedules)
	if j.Spread.Given() && j.Spread.Value > 0 && len(specs) > 0 {
		l.spread(j, out)
	}
}

// badSchedule points at the field that is wrong.
func (l *loader) badSchedule(one shape.Text, err error) {
	var wrong *schedule.Error
	if !errors.As(err, &wrong) {
		l.Problem(one.At, document.Problem{Message: err.Error()})
		return
	}
	col := 1 + utf8.RuneCountInString(one.Value[:min(wrong.Offset, len(one.Value))])
	l.inside(one.At, 1, col, document.Problem{Message: wrong.Message, Hint: wrong.Hint})
}

// spread warns of a delay so long that ticks overtake each other. How close
// ticks come is tried on some of any year's.
func (l *loader) spread(j *shape.Job, out *Job) {
	if j.Spread.Value < time.Minute && !strings.Contains(out.Schedule.String(), "@every") {
		return // two cron ticks are a minute apart
	}
	between := once(l.shared.shortest, out.Schedule.String(), func() time.Duration { return shortest(out.Schedule) })
	if between > 0 && j.Spread.Value >= between {
		l.Warning(j.Spread.At, document.Problem{Message: fmt.Sprintf("a spread of %s is as long as the time between two ticks, %s",
			PlainDuration(j.Spread.Value), PlainDuration(between)),
			Hint: "make it shorter, so that a tick starts before the next one is due"})
	}
}

// shortest gives the least time between some ticks that follow each other.
func shortest(set schedule.Set) (least time.Duration) {
	const tried = 30
	last := set.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	for range tried {
		tick := set.Next(last)
		if last.IsZero() || tick.IsZero() {
			break
		}
		if d := tick.Sub(last); least == 0 || d < least {
			least = d
		}
		last = tick
	}
	return least
}
