//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// newCluster starts a PostgreSQL of the test's own with an empty database.
func newCluster(t *testing.T) (cluster *storetest.Cluster, dsn string) {
	t.Helper()
	cluster, err := storetest.NewCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	if dsn, err = cluster.Create(t.Context(), "storm"); err != nil {
		t.Fatal(err)
	}
	return cluster, dsn
}

// nodesJobs are stormJobs and one whose server can be held up.
func nodesJobs() map[string]string {
	jobs := map[string]string{"held": `outputs: [{ file: "{job}/{tick}.ndjson" }, { webhook: "$HOOK/held" }]`}
	maps.Copy(jobs, stormJobs)
	return jobs
}

// lastPage is the last one of stormQuery's.
const lastPage = 4

// hold makes the last answer to the job `held` take so long; 0 lets it go.
func (s *storm) hold(wait time.Duration) {
	if wait == 0 {
		s.slow(80 * time.Millisecond)
		return
	}
	s.slow(80*time.Millisecond, fake.Fault{Kind: fake.Slow, Operation: "Qheld", Page: lastPage, Wait: wait})
}

// TestStormNodes lets two nodes share a database: one is killed, later one is
// stopped and wakes up, each with a run in flight.
func TestStormNodes(t *testing.T) {
	t.Parallel()
	_, dsn := newCluster(t)
	s := newStorm(t, dsn)
	s.write(t, "@every 1s", nodesJobs())
	nodes := []*node{s.serve(t), s.serve(t)}

	s.hold(time.Hour)
	run, victim, other := s.killOne(t, nodes)
	killed := time.Now()
	s.hold(0)
	s.awaitTaken(t, run, victim, other)
	t.Logf("%s went on elsewhere and ended %s after its node was killed", run.Run, time.Since(killed).Round(100*time.Millisecond))

	nodes = []*node{other, s.serve(t)}
	s.sleeper(t, nodes)
	for _, n := range nodes {
		n.stop(t)
	}
	s.drain(t, nodesJobs())
	s.check(t, nodesJobs())
}

// owner gives the node that a run is on, and the other one.
func (s *storm) owner(t *testing.T, nodes []*node, run store.Run) (owner, other *node) {
	t.Helper()
	switch run.Node {
	case nodes[0].name():
		return nodes[0], nodes[1]
	case nodes[1].name():
		return nodes[1], nodes[0]
	}
	t.Fatalf("%s runs on %q: neither %q nor %q", run.Run, run.Node, nodes[0].name(), nodes[1].name())
	return nil, nil
}

// killOne kills a node that has a run of `held` in flight. One that had its last page
// before that was held up may end just before: then another node is killed.
func (s *storm) killOne(t *testing.T, nodes []*node) (run store.Run, victim, other *node) {
	t.Helper()
	for range 5 {
		run = s.awaitRunning(t, "held")
		victim, other = s.owner(t, nodes, run)
		victim.kill()
		if now, _ := s.run(t, run.Run); run.Attempt == 1 && now.State == store.Running {
			return run, victim, other
		}
		nodes = []*node{other, s.serve(t)}
	}
	t.Fatal("no run stayed in flight")
	return run, victim, other
}

// awaitTaken waits until a run has succeeded on another node than it began on.
func (s *storm) awaitTaken(t *testing.T, run store.Run, from, to *node) {
	t.Helper()
	var attempts []store.Attempt
	storetest.Until(t, run.Run+" has succeeded elsewhere", patient, func() bool {
		run, attempts = s.run(t, run.Run)
		return run.State == store.Succeeded
	})
	first, last := attempts[0], attempts[len(attempts)-1]
	if first.State != store.Interrupted || first.Node != from.name() || last.State != store.Succeeded || last.Node != to.name() ||
		len(attempts) != 2 {
		t.Errorf("%s went from %s to %s like this: %+v", run.Run, from.name(), to.name(), attempts)
	}
}

// sleeper stops a node whose answer is on its way, until the other node has
// done its run. Woken, it finds the answer before it finds that it was given
// up, and must not publish.
func (s *storm) sleeper(t *testing.T, nodes []*node) {
	t.Helper()
	s.hold(4 * time.Second)
	run, asleep, other := s.putToSleep(t, nodes)
	s.awaitTaken(t, run, asleep, other)
	path := filepath.Join(s.dir, "out", "held", run.Tick.UTC().Format("20060102T150405Z")+".ndjson")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s.hold(0)
	asleep.signal(t, syscall.SIGCONT)
	mine := fmt.Sprintf(`"run":"%s","attempt":1,`, run.Run)
	storetest.Until(t, "the woken node says that the run isn't its own any more", patient, func() bool {
		for line := range strings.Lines(asleep.said()) {
			if strings.Contains(line, mine) && strings.Contains(line, store.ErrFenced.Error()) {
				return true
			}
		}
		return false
	})
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("%s was published again: %v, before %+v, after %+v", path, err, before, after)
	}
}

// putToSleep stops a node that has a run of `held` in flight. A run that
// ended just before is left alone, and the next one is taken.
func (s *storm) putToSleep(t *testing.T, nodes []*node) (run store.Run, asleep, other *node) {
	t.Helper()
	for range 5 {
		before := s.lastPages()
		storetest.Until(t, "a run waits for its last page", patient, func() bool { return s.lastPages() > before })
		run = s.awaitRunning(t, "held")
		asleep, other = s.owner(t, nodes, run)
		asleep.signal(t, syscall.SIGSTOP)
		if now, _ := s.run(t, run.Run); run.Attempt == 1 && now.State == store.Running && now.Node == asleep.name() {
			return run, asleep, other
		}
		asleep.signal(t, syscall.SIGCONT)
	}
	t.Fatal("no run stayed in flight")
	return run, asleep, other
}

// lastPages is how often the server was asked for the last page of `held`.
func (s *storm) lastPages() (n int) {
	for _, request := range s.server.Requests() {
		if request.Operation == "Qheld" && request.Page == lastPage {
			n++
		}
	}
	return n
}

// TestStormDatabase kills the database under a serve that works, twice.
func TestStormDatabase(t *testing.T) {
	t.Parallel()
	cluster, dsn := newCluster(t)
	s := newStorm(t, dsn)
	s.write(t, "@every 1s", stormJobs)
	n := s.serve(t)
	for range 2 {
		s.awaitRunning(t, "queues")
		lines := strings.Count(n.said(), "\n")
		if err := cluster.Kill(); err != nil {
			t.Fatal(err)
		}
		outage(t, 3*time.Second)
		// A handful of runs that were in flight, and what the parts say once.
		if grown := strings.Count(n.said(), "\n") - lines; grown > 60 {
			t.Errorf("%d lines of log in 3 seconds without a database", grown)
		}
		if err := cluster.Start(); err != nil {
			t.Fatal(err)
		}
		back := time.Now()
		storetest.Until(t, "runs succeed again", patient, func() bool {
			done := s.runs(t, store.Filter{States: []store.State{store.Succeeded}, Since: back})
			return len(done) > 0
		})
	}
	n.stop(t)
	s.drain(t, stormJobs)
	s.check(t, stormJobs)
}
