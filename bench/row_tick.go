package main

import (
	"fmt"
	"slices"
	"time"
)

// Of fewer than a hundred ticks p99 is the worst, which is the first one or a hiccup of the machine.
const tickSamples = 200

// measureTick looks at one job that is due every second. Every tick is a whole
// second, so what is past it is how late the request was.
func measureTick(l *lab) ([]line, error) {
	s, err := l.server(serverSpec{Ticks: true, Name: "tick"})
	if err != nil {
		return nil, err
	}
	e, err := l.estate(s, 1, "@every 1s")
	if err != nil {
		return nil, err
	}
	defer e.remove()
	v, err := e.serve("serve", 8)
	if err != nil {
		return nil, err
	}
	defer v.kill()
	count := max(5, l.scaled(tickSamples))
	if !rest(l.ctx, time.Duration(count+3)*time.Second) {
		return nil, l.ctx.Err()
	}
	if err := v.alive(); err != nil {
		return nil, err
	}
	runs, err := e.runs(count+10, "succeeded")
	if err != nil {
		return nil, err
	}
	seen, err := e.allArrivals()
	if err != nil {
		return nil, err
	}
	var late []float64
	for _, a := range seen {
		late = append(late, float64(a.At.Sub(newestTick(runs, a.At)))/1e6)
	}
	if len(late) < count {
		return nil, fmt.Errorf("%d requests, not %d", len(late), count)
	}
	slices.Sort(late)
	p50 := compare("tick to request, p50", figure{Value: late[len(late)/2], Unit: "ms"}, "", figure{}).valueAtMost(4)
	p99 := compare("tick to request, p99", figure{Value: late[len(late)*99/100], Unit: "ms"}, "", figure{}).valueAtMost(12)
	p50.Note = fmt.Sprintf("%d ticks; elsewhere: supercronic and curl 40 to 130 ms", len(late))
	return []line{p50, p99}, nil
}

// newestTick gives the ledger's newest tick that isn't after an instant.
func newestTick(runs []ledgerRun, at time.Time) time.Time {
	var newest time.Time
	for _, r := range runs {
		if !r.Tick.After(at) && r.Tick.After(newest) {
			newest = r.Tick
		}
	}
	if newest.IsZero() {
		return at.Truncate(time.Second)
	}
	return newest
}
