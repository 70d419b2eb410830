package main

import (
	"fmt"
	"time"
)

const (
	idleJobs   = 10_000
	idleSettle = 20 * time.Second
	idleWatch  = 30 * time.Second
)

func measureIdle(l *lab) ([]line, error) {
	s, err := l.server(serverSpec{Ticks: true, Name: "idle"})
	if err != nil {
		return nil, err
	}
	e, err := l.estate(s, l.scaled(idleJobs), "0 3 1 1 *")
	if err != nil {
		return nil, err
	}
	defer e.remove()
	v, err := e.serve("serve", 8)
	if err != nil {
		return nil, err
	}
	defer v.kill()
	if !rest(l.ctx, idleSettle) {
		return nil, l.ctx.Err()
	}
	if err := v.alive(); err != nil {
		return nil, err
	}
	_, _, before, err := v.usage()
	if err != nil {
		return nil, err
	}
	if !rest(l.ctx, idleWatch) {
		return nil, l.ctx.Err()
	}
	peak, now, after, err := v.usage()
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d jobs, none due", l.scaled(idleJobs))
	memory := compare(what+", memory", figure{Value: now, Unit: "MB"}, "", figure{}).valueAtMost(50)
	memory.Note = fmt.Sprintf("peak %.0f MB; elsewhere: supercronic 81 MB; dagu 75 MB with 100 jobs", peak)
	core := (after - before) / idleWatch.Seconds() * 100
	cpu := compare(what+", of a core", figure{Value: core, Unit: "%"}, "", figure{})
	return []line{memory, cpu.judge("≤ 1 %", core, 1, now > 0)}, nil
}
