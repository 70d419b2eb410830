package main

import (
	"errors"
	"fmt"
	"time"

	"speckle-runner/internal/store/storetest"
)

const (
	nodesRuns     = 2000
	nodesParallel = 8
	nodesLatency  = 100 * time.Millisecond
	longLatency   = 8 * time.Second
	longRuns      = 2 * nodesParallel
	failoverTries = 3
)

var errNotCutOff = errors.New("no run was cut off: nothing was measured")

func measureNodes(l *lab) ([]line, error) {
	cluster, err := storetest.NewCluster()
	if err != nil {
		return []line{{What: "two nodes on PostgreSQL", Target: "≥ 1.8 ×", Note: err.Error()}}, nil
	}
	defer cluster.Stop()
	count := max(longRuns, l.scaled(nodesRuns))
	var took [2]duty
	for i := range took {
		if took[i], err = l.nodes(cluster, i+1, count); err != nil {
			return nil, fmt.Errorf("%d nodes: %w", i+1, err)
		}
	}
	two := compare(fmt.Sprintf("%d runs, two nodes", count), figure{Value: took[1].ended, Unit: "s"}, "one node",
		figure{Value: took[0].ended, Unit: "s"}).ratioAtMost(1/1.8, "≤ 1/1.8")
	two.Note = fmt.Sprintf("PostgreSQL, --parallel %d each, server latency %s", nodesParallel, nodesLatency)
	resumed, err := l.failover(cluster)
	// Which node has which runs is luck: one that had none is no measure.
	for try := 1; errors.Is(err, errNotCutOff) && try < failoverTries; try++ {
		resumed, err = l.failover(cluster)
	}
	if err != nil {
		return []line{two}, fmt.Errorf("kill of a node: %w", err)
	}
	gone := compare("kill -9 of a node, its last run goes on", figure{Value: resumed, Unit: "s"}, "", figure{}).valueAtMost(10)
	return []line{two, gone}, nil
}

// gather starts so many nodes with a database of their own before a tick.
func (l *lab) gather(cluster *storetest.Cluster, nodes, count int, latency time.Duration) (e *estate, all []*service, tick time.Time,
	err error) {
	l.clusters++
	name := fmt.Sprintf("bench_%d", l.clusters)
	s, err := l.server(serverSpec{Ticks: true, Name: name, Latency: latency})
	if err != nil {
		return nil, nil, tick, err
	}
	tick, schedule, err := l.appointment(15 * time.Second)
	if err != nil {
		return nil, nil, tick, err
	}
	if e, err = l.estate(s, count, schedule); err != nil {
		return nil, nil, tick, err
	}
	if e.database, err = cluster.Create(l.ctx, name); err != nil {
		return e, nil, tick, err
	}
	for i := range nodes {
		v, err := e.serve(fmt.Sprintf("node%d", i), nodesParallel)
		if err != nil {
			return e, all, tick, err
		}
		all = append(all, v)
	}
	return e, all, tick, nil
}

func (l *lab) nodes(cluster *storetest.Cluster, nodes, count int) (d duty, err error) {
	e, all, tick, err := l.gather(cluster, nodes, count, nodesLatency)
	defer dismiss(e, all)
	if err != nil {
		return d, err
	}
	runs, err := e.ended(tick, count)
	for _, r := range runs {
		if r.FinishedAt != nil {
			d.ended = max(d.ended, r.FinishedAt.Sub(tick).Seconds())
		}
	}
	return d, err
}

func dismiss(e *estate, all []*service) {
	for _, v := range all {
		v.kill()
	}
	if e != nil {
		e.remove()
	}
}

// failover kills a node whose runs are all in flight, and gives the seconds
// until the last of them has begun again elsewhere.
func (l *lab) failover(cluster *storetest.Cluster) (float64, error) {
	e, all, tick, err := l.gather(cluster, 2, longRuns, longLatency)
	defer dismiss(e, all)
	if err != nil {
		return 0, err
	}
	if !rest(l.ctx, time.Until(tick.Add(3*time.Second))) {
		return 0, l.ctx.Err()
	}
	if err := errors.Join(all[0].alive(), all[1].alive()); err != nil {
		return 0, err
	}
	all[0].kill()
	killed := time.Now()
	runs, err := e.succeeded(longRuns, time.Minute)
	if err != nil {
		return 0, err
	}
	var last float64
	for _, r := range runs {
		if r.Attempt > 1 && r.StartedAt != nil {
			last = max(last, r.StartedAt.Sub(killed).Seconds())
		}
	}
	if last == 0 {
		return 0, errNotCutOff
	}
	return last, nil
}
