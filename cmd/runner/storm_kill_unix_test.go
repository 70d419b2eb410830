//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// TestStormKill kills serve at six moments of its work, and starts it again on
// the same folder: nothing is lost, doubled, half done or left lying about.
func TestStormKill(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "")
	s.write(t, "@every 1s", stormJobs)
	said := func(text string, times int) func(*node, int) bool {
		return func(n *node, _ int) bool { return strings.Count(n.said(), text) >= times }
	}
	moments := []func(n *node, messages int) bool{
		said(`"message":"run started"`, 3),
		said(`"message":"run succeeded"`, 4),
		said(`"message":"serving"`, 1), // while it catches up
		func(_ *node, messages int) bool { return len(s.messages()) > messages },
		said(`"message":"run succeeded"`, 1),
		said(`"message":"run started"`, 5),
	}
	for round, moment := range moments {
		if round == 2 {
			outage(t, 11*time.Second) // ticks pass while nothing runs
		}
		before := len(s.messages())
		n := s.serve(t)
		storetest.Until(t, "the moment has come", patient, func() bool { return moment(n, before) })
		n.kill()
		s.noSecrets(t)
	}
	interrupted := len(s.runs(t, store.Filter{States: []store.State{store.Running}}))
	s.drain(t, stormJobs)
	for _, run := range s.runs(t, store.Filter{States: []store.State{store.Succeeded}}) {
		if run.Attempt > 1 {
			interrupted++
		}
	}
	if interrupted == 0 {
		t.Error("no run was in flight when its process was killed")
	}
	s.check(t, stormJobs)
	if len(s.runs(t, store.Filter{States: []store.State{store.Missed}})) == 0 {
		t.Error("no tick was missed while nothing ran")
	}
}

// outage lets ticks pass: more than the 10 seconds that the scheduler takes
// for merely late are missed.
func outage(t *testing.T, length time.Duration) {
	t.Helper()
	until := time.Now().Add(length)
	storetest.Until(t, "ticks have passed", patient, func() bool { return time.Now().After(until) })
}

// drain lets a last serve end what others left, without new ticks.
func (s *storm) drain(t *testing.T, jobs map[string]string) {
	t.Helper()
	s.write(t, "manual", jobs)
	n := s.serve(t)
	s.quiet(t)
	n.stop(t)
}
