package main

import (
	"fmt"
	"time"
)

// dueParallel is what somebody with that many jobs would set.
const dueParallel = 64

func measureDue(l *lab) ([]line, error) {
	var lines []line
	for _, c := range []struct {
		jobs            int
		seconds, memory float64
		elsewhere       string
	}{
		{1000, 0.7, 100, "supercronic and curl 8.0 s, 169 MB; dagu 8.3 s for 100 jobs, 3 GB"},
		{10_000, 5, 120, "supercronic and curl 77 s, 454 MB"},
	} {
		count := l.scaled(c.jobs)
		d, err := l.due(count)
		if err != nil {
			return lines, fmt.Errorf("%d jobs: %w", count, err)
		}
		what := fmt.Sprintf("%d jobs due at once", count)
		floor := []sample{d.floor}
		wire := compare(what+", last request", d.figure(d.wire), "", figure{}).valueAtMost(c.seconds)
		wire.Note = fmt.Sprintf("--parallel %d; elsewhere: %s", dueParallel, c.elsewhere)
		cpu := compare(what+", processor", figure{Value: d.cpu, Unit: "s"}, "the floor",
			median(floor, "s", func(s sample) float64 { return s.CPU })).ratioAtMost(2, "≤ 2 × the floor")
		cpu.Note = "the floor: a loop that makes the same requests and the same durable files"
		lines = append(lines, wire, compare(what+", last run ended", d.figure(d.ended), "the floor", seconds(floor)), cpu,
			compare(what+", peak memory", figure{Value: d.memory, Unit: "MB"}, "the floor", megabytes(floor)).valueAtMost(c.memory))
	}
	return lines, nil
}

// duty is what it took to do all jobs of a tick.
type duty struct {
	wire, ended, cpu, memory float64
	floor                    sample
}

func (d duty) figure(value float64) figure {
	return figure{Value: value, Unit: "s", Samples: []sample{{Seconds: value, CPU: d.cpu, MB: d.memory}}}
}

func (l *lab) due(count int) (d duty, err error) {
	s, err := l.server(serverSpec{Ticks: true, Name: fmt.Sprintf("due %d", count)})
	if err != nil {
		return d, err
	}
	tick, schedule, err := l.appointment(15 * time.Second)
	if err != nil {
		return d, err
	}
	e, err := l.estate(s, count, schedule)
	if err != nil {
		return d, err
	}
	defer e.remove()
	v, err := e.serve("serve", dueParallel)
	if err != nil {
		return d, err
	}
	defer v.kill()
	if !rest(l.ctx, time.Until(tick.Add(-500*time.Millisecond))) {
		return d, l.ctx.Err()
	}
	if err := v.alive(); err != nil {
		return d, err
	}
	_, _, before, err := v.usage()
	if err != nil {
		return d, err
	}
	runs, err := e.ended(tick, count)
	if err != nil {
		return d, err
	}
	peak, _, after, err := v.usage()
	if err != nil {
		return d, err
	}
	seen, err := e.arrivals(tick)
	if err != nil {
		return d, err
	}
	for _, at := range seen {
		d.wire = max(d.wire, at.Sub(tick).Seconds())
	}
	for _, r := range runs {
		if r.FinishedAt != nil {
			d.ended = max(d.ended, r.FinishedAt.Sub(tick).Seconds())
		}
	}
	d.cpu, d.memory = after-before, peak
	v.kill()
	d.floor, err = l.floor(s, count, dueParallel)
	return d, err
}

// ended waits for all requests, then for the ledger.
func (e *estate) ended(tick time.Time, count int) ([]ledgerRun, error) {
	if !rest(e.lab.ctx, time.Until(tick)) {
		return nil, e.lab.ctx.Err()
	}
	err := e.lab.until(2*time.Minute, 500*time.Millisecond, func() (bool, error) {
		seen, err := e.arrivals(tick)
		return len(seen) >= count, err
	})
	if err != nil {
		return nil, fmt.Errorf("requests of all jobs: %w", err)
	}
	return e.succeeded(count, time.Minute)
}
