package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// teller ends runs of one job as a test wants, and asks what is known of them.
type teller struct {
	t *testing.T
	s *store.Store
}

// good ends a good run, which owes a message for each mark of an output.
func (x teller) good(at time.Time, marks ...store.Mark) string {
	x.t.Helper()
	c, _, err := x.s.Begin(x.t.Context(), store.Begin{Job: "job", Tick: at})
	if err != nil {
		x.t.Fatal(err)
	}
	o := store.Outcome{State: store.Succeeded, Marks: marks, Snapshots: []store.Snapshot{{State: []byte(c.Run)}}}
	for _, m := range marks {
		if m.Output != "" {
			o.Deliveries = append(o.Deliveries, store.NewDelivery{Kind: "output", Output: m.Output, Target: m.Output})
		}
	}
	if err := x.s.Finish(x.t.Context(), c, o); err != nil {
		x.t.Fatal(err)
	}
	return c.Run
}

// send tries what a run owes, once each: answers are by output.
func (x teller) send(run string, answers map[string]store.DeliveryResult) {
	x.t.Helper()
	if _, err := x.s.Deliver(x.t.Context(), run, time.Minute,
		func(_ context.Context, d store.Delivery) store.DeliveryResult { return answers[d.Target] }); err != nil {
		x.t.Fatal(err)
	}
}

var (
	refused = store.Final(errors.New("404 Not Found"))
	taken   = store.Delivered("")
)

func (x teller) lose(run string) {
	x.t.Helper()
	x.send(run, map[string]store.DeliveryResult{"hook": refused})
}
func (x teller) deliver(run string) {
	x.t.Helper()
	x.send(run, map[string]store.DeliveryResult{"hook": taken})
}

func (x teller) again(run string) {
	x.t.Helper()
	if n, err := x.s.Redeliver(x.t.Context(), run); n != 1 || err != nil {
		x.t.Fatalf("redeliver %s: %d, %v", run, n, err)
	}
}

// holds expects what an output has, as a run at a tick sees it: "CONTENT@HH:MM".
func (x teller) holds(what, output string, before time.Time, want string) {
	x.t.Helper()
	marks, err := x.s.Marks(x.t.Context(), "job", []string{"hook", "file", "other"}, before)
	if err != nil {
		x.t.Fatal(err)
	}
	got := ""
	if m, is := marks[output]; is {
		got = m.Content + "@" + m.Tick.Format("15:04")
	}
	if got != want {
		x.t.Errorf("%s: %s has %q, want %q", what, output, got, want)
	}
}

// since expects the ticks that a run at a tick goes on from: of the hook's
// snapshot, and of the last success.
func (x teller) since(what string, before time.Time, snapshot, success string) {
	x.t.Helper()
	if got := last(x.t, x.s, "", before); !strings.HasPrefix(got, snapshot+" ") && got != snapshot {
		x.t.Errorf("%s: compared with %s, want %s", what, got, snapshot)
	}
	told, err := x.s.LastTold(x.t.Context(), "job", before)
	if err != nil {
		x.t.Fatal(err)
	}
	got := "none"
	if told != nil {
		got = told.Tick.Format("15:04")
	}
	if got != success {
		x.t.Errorf("%s: the last success is %s, want %s", what, got, success)
	}
}

func eachTeller(t *testing.T, test func(t *testing.T, x teller)) {
	storetest.Each(t, func(t *testing.T, dsn string) { test(t, teller{t, open(t, dsn)}) })
}

// hook is the mark of an output that is sent whole.
func hook(content string) store.Mark { return store.Mark{Output: "hook", Content: content} }

// from is a mark of a hook that goes on from another, and of a run that read
// what was new since then.
func from(base time.Time) []store.Mark {
	return []store.Mark{{Output: "hook", Content: "x", Since: base}, {Since: base}}
}

func TestAMarkStandsAtWhatArrived(t *testing.T) {
	eachTeller(t, func(_ *testing.T, x teller) {
		x.holds("before anything", "hook", at(0), "")
		x.deliver(x.good(at(0), hook("A")))
		x.holds("its own tick", "hook", at(0), "")
		x.holds("delivered", "hook", at(1), "A@02:30")
		second := x.good(at(1), hook("B"))
		x.holds("on its way", "hook", at(2), "B@02:31")
		x.holds("the same tick again", "hook", at(1), "A@02:30")
		x.lose(second)
		x.holds("given up", "hook", at(2), "A@02:30")
		x.again(second)
		x.holds("on its way again", "hook", at(2), "B@02:31")
		x.lose(second)
		x.again(second)
		x.deliver(second)
		x.holds("delivered in the end", "hook", at(2), "B@02:31")

		// What was sent whole after a lost one is what the receiver has.
		third := x.good(at(2), hook("C"))
		x.deliver(x.good(at(3), hook("D")))
		x.lose(third)
		x.holds("a later one arrived", "hook", at(4), "D@02:33")
		x.holds("before it", "hook", at(3), "B@02:31")

		// Given up by a person is given up.
		if err := x.s.Write(x.t.Context(), `UPDATE deliveries SET state = 'forgotten' WHERE state = 'failed'`); err != nil {
			x.t.Fatal(err)
		}
		x.holds("forgotten", "hook", at(3), "B@02:31")
	})
}

// TestMarksOfSeveralOutputs: each receiver is believed by its own messages, and
// by all of them; a file needs none.
func TestMarksOfSeveralOutputs(t *testing.T) {
	eachTeller(t, func(t *testing.T, x teller) {
		other := func(content string) store.Mark { return store.Mark{Output: "other", Content: content} }
		answers := map[string]store.DeliveryResult{"hook": refused, "other": taken}
		c, _, err := x.s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(0)})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.s.Finish(t.Context(), c, store.Outcome{State: store.Succeeded,
			Marks: []store.Mark{{Output: "file", Content: "F"}}}); err != nil {
			t.Fatal(err)
		}
		x.send(x.good(at(1), hook("A"), other("A")), map[string]store.DeliveryResult{"hook": taken, "other": taken})
		lost := x.good(at(2), hook("B"), other("B"))
		x.send(lost, answers)
		x.holds("the refused one", "hook", at(3), "A@02:31")
		x.holds("the other", "other", at(3), "B@02:32")
		x.holds("the file", "file", at(3), "F@02:30")
		x.since("a job isn't told as long as one of its receivers lacks something", at(3), "02:31", "02:31")

		// A batch of which a part arrived: nobody knows what the receiver has.
		batch := x.good(at(3), hook("B"), hook("B"), other("C"))
		n := 0
		if _, err := x.s.Deliver(t.Context(), batch, time.Minute, func(_ context.Context, d store.Delivery) store.DeliveryResult {
			if n++; n == 1 {
				return taken
			}
			return answers[d.Target]
		}); err != nil {
			t.Fatal(err)
		}
		x.holds("a part", "hook", at(4), "")
		x.holds("the other's whole", "other", at(4), "C@02:33")

		// Done again, the run has new messages in place of the lost ones.
		x.send(x.good(at(2), hook("B2"), other("B2")), map[string]store.DeliveryResult{"hook": taken, "other": taken})
		x.holds("done again", "hook", at(3), "B2@02:32")
		// One that isn't sent the second time, and never arrived, is no mark.
		x.send(x.good(at(5), hook("D"), other("D")), answers)
		x.send(x.good(at(5), other("E")), answers)
		x.holds("taken back", "hook", at(6), "")
		x.send(x.good(at(6), hook("F")), map[string]store.DeliveryResult{"hook": taken})
		x.send(x.good(at(7), hook("G"), other("G")), answers)
		x.send(x.good(at(7), other("H")), answers)
		x.holds("taken back", "hook", at(8), "F@02:36")
		x.holds("sent in its place", "other", at(8), "H@02:37")
	})
}

// TestMarksFallWithTheirBase: a run that went on from one whose message is
// given up later told too little, and so did those after it.
func TestMarksFallWithTheirBase(t *testing.T) {
	eachTeller(t, func(_ *testing.T, x teller) {
		x.deliver(x.good(at(0), hook("x")))
		second := x.good(at(1), from(at(0))...)
		x.since("on its way", at(2), "02:31", "02:31")
		x.deliver(x.good(at(2), from(at(1))...))
		x.deliver(x.good(at(3), from(at(2))...))
		x.since("gone on from what is on its way", at(4), "02:33", "02:33")
		x.lose(second)
		x.since("given up after later runs have moved on", at(4), "02:30", "02:30")
		x.holds("there is a gap", "hook", at(4), "")
		x.again(second)
		x.since("on its way again", at(4), "02:33", "02:33")
		x.lose(second)
		x.deliver(x.good(at(4), from(at(0))...))
		x.since("told again", at(5), "02:34", "02:34")
		x.holds("no gap", "hook", at(5), "x@02:34")
		x.again(second)
		x.deliver(second)
		x.since("sent again when nobody needs it", at(5), "02:34", "02:34")
		x.since("and before", at(4), "02:33", "02:33")
	})
}

// TestNothingIsRememberedOfWhatArrived: chains are as long as what is on its
// way; the last success of runs that wait for nothing has no rows at all.
func TestNothingIsRememberedOfWhatArrived(t *testing.T) {
	eachTeller(t, func(t *testing.T, x teller) {
		chained := func(want int) {
			t.Helper()
			if n, err := x.s.Count(t.Context(), `SELECT count(*) FROM marks WHERE base <> 0 OR output = ''`); n != want || err != nil {
				t.Errorf("%d marks go on from others, want %d: %v", n, want, err)
			}
		}
		x.deliver(x.good(at(0), hook("x")))
		for i := 1; i < 5; i++ {
			x.deliver(x.good(at(i), from(at(i-1))...))
			chained(0)
		}
		waiting := x.good(at(5), from(at(4))...)
		x.deliver(x.good(at(6), from(at(5))...))
		x.deliver(x.good(at(7), from(at(6))...))
		chained(4)
		x.deliver(waiting)
		x.deliver(x.good(at(8), from(at(7))...))
		chained(0)
	})
}

// TestSnapshotsAreKeptForMarksThatMayGoBack, and not for ever: the newest one
// that arrived for good, and a few after it.
func TestSnapshotsAreKeptForMarksThatMayGoBack(t *testing.T) {
	eachTeller(t, func(t *testing.T, x teller) {
		kept := func(want int) {
			t.Helper()
			if n, err := x.s.Count(t.Context(), `SELECT count(*) FROM snapshots`); n != want || err != nil {
				t.Errorf("%d snapshots are kept, want %d: %v", n, want, err)
			}
		}
		x.deliver(x.good(at(0), hook("x")))
		var waiting []string
		for i := 1; i < 15; i++ {
			waiting = append(waiting, x.good(at(i), from(at(i-1))...))
		}
		kept(9)
		x.lose(waiting[13])
		x.since("the newest is given up", at(15), "02:43", "02:43")
		x.lose(waiting[1])
		x.since("one whose snapshot is gone is given up", at(15), "02:30", "02:31")
		x.lose(waiting[0])
		x.since("the first is given up", at(15), "02:30", "02:30")
		x.deliver(x.good(at(15), from(at(0))...))
		x.deliver(x.good(at(16), from(at(15))...))
		kept(2)
	})
}

// TestRetentionKeepsWhatMarksStandOn: a lost message isn't forgotten before
// what went on from it is, nor is the run that a mark went back to.
func TestRetentionKeepsWhatMarksStandOn(t *testing.T) {
	eachTeller(t, func(t *testing.T, x teller) {
		old := time.Now().Add(-100 * 24 * time.Hour).Truncate(time.Minute)
		at := func(i int) time.Time { return old.Add(time.Duration(i) * time.Minute) }
		clean := func(want int) {
			t.Helper()
			if err := x.s.Write(t.Context(), `UPDATE runs SET created_at = tick`); err != nil {
				t.Fatal(err)
			}
			if _, err := x.s.Retention(t.Context(), store.Keep{Age: 30 * 24 * time.Hour}); err != nil {
				t.Fatal(err)
			}
			if n, err := x.s.Count(t.Context(), `SELECT count(*) FROM runs`); n != want || err != nil {
				t.Errorf("%d runs are kept, want %d: %v", n, want, err)
			}
		}
		if _, err := x.s.Arm(t.Context(), []store.Armed{{Job: "job", Schedule: "@yearly", Since: old}}); err != nil {
			t.Fatal(err)
		}
		x.deliver(x.good(at(-1), hook("w")))
		x.deliver(x.good(at(0), hook("x")))
		lost := x.good(at(1), from(at(0))...)
		x.deliver(x.good(at(2), from(at(1))...))
		x.lose(lost)
		first := at(0).UTC().Format("15:04")
		clean(3)
		x.since("the gap is known", time.Now(), first, first)
		x.deliver(x.good(at(3), from(at(0))...))
		clean(2) // what stood on the lost one goes first
		clean(1)
		x.holds("what is out there", "hook", time.Now(), "x@"+at(3).UTC().Format("15:04"))
		// A year of unchanged runs: who published what is there is still known.
		for i := 4; i < 8; i++ {
			x.good(at(i))
		}
		clean(2)
		x.holds("what is out there still", "hook", time.Now(), "x@"+at(3).UTC().Format("15:04"))
		// Nor do lost ones pile up.
		for i := 8; i < 12; i++ {
			x.lose(x.good(at(i), from(at(3))...))
		}
		clean(3)
	})
}

// TestAnOlderLedgerKeepsItsMarks: what outputs held before there were marks is
// known, until something newer is; what was lost since then isn't believed.
func TestAnOlderLedgerKeepsItsMarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if err := s.Age(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		write := func(statement string, args ...any) {
			t.Helper()
			if err := s.Write(t.Context(), statement, args...); err != nil {
				t.Fatal(err)
			}
		}
		for i, content := range []string{"A", "B"} {
			tick := at(i).UnixMicro()
			write(`INSERT INTO runs (job, tick, state, attempt, via, created_at, due_at, contents) VALUES ('job', $1, 'succeeded', 1, 'manual', $1, $1, $2)`,
				tick, fmt.Sprintf(`{"file":"F","hook":%q}`, content))
			write(`INSERT INTO snapshots (job, tick, ignoring, state) VALUES ('job', $1, '', $2)`, tick, []byte(content))
			write(`INSERT INTO deliveries (id, job, tick, seq, kind, target, body, state, created_at, give_up_at, next_at)
				VALUES ($1, 'job', $2, 1, 'output', 'hook', $3, $4, $2, $2, $2)`, content, tick, []byte{}, []string{"delivered", "sending"}[i])
		}
		write(`INSERT INTO snapshots (job, tick, ignoring, state) VALUES ('job', $1, '', $2)`, at(-1).UnixMicro(), []byte("its run is gone"))
		x := teller{t, open(t, dsn)}
		x.holds("on its way", "hook", at(2), "B@02:31")
		x.holds("the file", "file", at(2), "F@02:31")
		x.since("on its way", at(2), "02:31", "02:31")
		x.since("from before the oldest run", at(0), "02:29", "none")
		x.deliver(x.good(at(2), from(at(1))...))
		if err := x.s.Write(t.Context(), `UPDATE deliveries SET state = 'failed' WHERE id = 'B'`); err != nil {
			t.Fatal(err)
		}
		x.since("given up", at(3), "02:30", "02:30")
		x.holds("before", "hook", at(2), "A@02:30")
		x.deliver(x.good(at(3), hook("C")))
		x.holds("something newer", "hook", at(4), "C@02:33")
		x.holds("something newer", "file", at(4), "F@02:30")
	})
}
