package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// TestPulses: a skipped tick says nothing of how a job does, and a good run in the
// past stays when the newest has failed.
func TestPulses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		begin := time.Now().UTC().Add(-time.Hour).Truncate(time.Minute)
		ends := func(job string, minute int, o store.Outcome) {
			t.Helper()
			c, _, err := s.Begin(t.Context(), store.Begin{Job: job, Tick: begin.Add(time.Duration(minute) * time.Minute)})
			if err == nil {
				err = s.Finish(t.Context(), c, o)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		ends("good", 0, store.Outcome{State: store.Failed, Error: "x", Final: true})
		ends("good", 1, store.Outcome{State: store.Succeeded})
		ends("bad", 0, store.Outcome{State: store.Succeeded})
		ends("bad", 1, store.Outcome{State: store.Failed, Error: "x", Final: true})
		for _, job := range []string{"bad", "new"} {
			skipped := store.End{Job: job, Tick: begin.Add(2 * time.Minute), State: store.Skipped}
			if _, err := s.Record(t.Context(), []store.End{skipped}); err != nil {
				t.Fatal(err)
			}
		}
		pulses, err := s.Pulses(t.Context())
		if err != nil || len(pulses) != 3 {
			t.Fatal(pulses, err)
		}
		want := map[string]store.Pulse{"good": {Judged: true}, "bad": {Judged: true, Failed: true}, "new": {}}
		for _, p := range pulses {
			w := want[p.Job]
			if p.Judged != w.Judged || p.Failed != w.Failed || p.Good.IsZero() != (p.Job == "new") {
				t.Errorf("%+v", p)
			}
		}
	})
}

// TestPost counts what is on its way, and not what was delivered or given up.
func TestPost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if post, err := s.Post(t.Context()); err != nil || post != (store.Post{}) {
			t.Errorf("of an empty ledger: %+v, %v", post, err)
		}
		before := time.Now().Add(-time.Minute)
		r := &receiver{answer: func(d store.Delivery) store.DeliveryResult {
			switch d.Target {
			case "takes":
				return store.Delivered("")
			case "is gone":
				return notFound(d)
			}
			return store.Retry(time.Hour, errors.New("503"))
		}}
		run := owes(t, s, "job", "takes", "is gone", "is busy")
		if _, err := s.Deliver(t.Context(), run, time.Nanosecond, r.handle); err != nil {
			t.Fatal(err)
		}
		post, err := s.Post(t.Context())
		if err != nil || post.Messages != 1 || post.Oldest.Before(before) || post.Oldest.After(time.Now().Add(time.Minute)) {
			t.Errorf("%+v, %v", post, err)
		}
	})
}

// TestDue counts what could begin, and not what is under way.
func TestDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		s.Attach(store.WorkOptions{})
		if err := s.Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		enqueue(t, s, due("a", tick), due("b", tick))
		if n, err := s.Due(t.Context()); n != 2 || err != nil {
			t.Errorf("due %d, %v", n, err)
		}
		if _, err := s.Fetch(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Due(t.Context()); n != 1 || err != nil {
			t.Errorf("due with one under way %d, %v", n, err)
		}
	})
}

// TestLeases: a node that serves has one, and one that died is seen.
func TestLeases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if leases, err := s.Leases(t.Context()); err != nil || len(leases) != 0 {
			t.Errorf("of nobody: %v, %v", leases, err)
		}
		work(t, s, store.WorkOptions{Handler: owing()})
		storetest.Until(t, "the node has a lease", time.Minute, func() bool {
			leases, err := s.Leases(t.Context())
			return err == nil && leases[s.Node()] > 0
		})
		s.Die()
		if err := s.Expire(t.Context(), s.Node()); err != nil {
			t.Fatal(err)
		}
		if leases, err := s.Leases(t.Context()); err != nil || leases[s.Node()] >= 0 {
			t.Errorf("of a dead node: %v, %v", leases, err)
		}
	})
}

// TestOtherFiles: nodes whose job files differ for a while are known to each other, and those
// whose files are the same, that have just got one or that have died aren't.
func TestOtherFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if strings.HasPrefix(dsn, "sqlite:") {
			if nodes, err := s.OtherFiles(t.Context()); err != nil || len(nodes) > 0 {
				t.Errorf("a file, which one process serves: %q, %v", nodes, err)
			}
			return
		}
		other, said := open(t, dsn), atomic.Pointer[string]{}
		say := func(text string) { said.Store(&text) }
		say("new")
		work(t, s, store.WorkOptions{Handler: owing(), JobFile: func() string { return "new" }})
		work(t, other, store.WorkOptions{Handler: owing(), JobFile: func() string { return *said.Load() }})
		found := func(when string, want ...string) {
			t.Helper()
			if nodes, err := s.OtherFiles(t.Context()); err != nil || !slices.Equal(nodes, want) {
				t.Errorf("%s: %q, want %q; %v", when, nodes, want, err)
			}
		}
		holds := func(text string) {
			t.Helper()
			storetest.Until(t, "both nodes have told theirs", time.Minute, func() bool {
				n, err := s.Count(t.Context(), `SELECT count(*) FROM node_lease WHERE serve = 1
					AND (node = $1 AND job_file = 'new' OR node = $2 AND job_file = $3)`, s.Node(), other.Node(), text)
				return err == nil && n == 2
			})
		}
		ages := func() {
			t.Helper()
			if err := s.Write(t.Context(), "UPDATE node_lease SET job_file_at = job_file_at - 121000000"); err != nil {
				t.Fatal(err)
			}
		}
		holds("new")
		ages()
		found("the same file")
		say("old")
		holds("old")
		found("just got")
		ages()
		found("another for long", other.Node())
		other.Die()
		if err := s.Expire(t.Context(), other.Node()); err != nil {
			t.Fatal(err)
		}
		found("dead")
	})
}
