package scheduler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		began := time.Now()
		at := func(minute int) time.Time { return began.Add(time.Duration(minute) * time.Minute) }
		keeps := job("keeps", "0 * * * *")
		n := start(t, m, &wallClock{}, file(keeps, job("moves", "0 * * * *"), job("goes", "0 * * * *"), job("rests", "0 * * * *"),
			job("edited", "0 * * * *")))
		sleep(50 * time.Minute)
		running := n.Job("edited")
		changes := n.Apply(file(
			keeps, job("moves", "30 * * * *"), job("comes", "55 * * * *"),
			job("rests", "0 * * * *", func(j *jobs.Job) { j.Disabled = true }),
			job("edited", "0 * * * *", func(j *jobs.Job) { j.Retries = 9 }),
		))
		if got := fmt.Sprint(changes); got != "{[comes] [moves rests edited] [goes]}" {
			t.Errorf("changes %s", got)
		}
		if running.Retries != 2 || n.Job("edited").Retries != 9 {
			t.Error("a run that has begun should keep its job, the next one have the new one")
		}
		sleep(time.Hour) // 1:50
		n.Apply(file(keeps, job("rests", "0 * * * *"), job("goes", "0 * * * *")))
		sleep(time.Hour) // 2:50
		n.stop()
		for name, want := range map[string][]int{
			"keeps": {60, 120}, "moves": {90}, "comes": {55}, "edited": {60},
			// What came due while a job was disabled, or not in the file, was not missed.
			"rests": {120}, "goes": {120},
		} {
			var ticks []time.Time
			for _, r := range m.of(name) {
				if r.trigger != store.Schedule || r.state != store.Scheduled {
					t.Errorf("%s: %+v", name, r)
				}
				ticks = append(ticks, r.tick)
			}
			if !slices.EqualFunc(ticks, want, func(tick time.Time, minute int) bool { return tick.Equal(at(minute)) }) {
				t.Errorf("%s: ticks %v, want at minutes %v", name, ticks, want)
			}
		}
	})
}

func TestARestartWithAnotherScheduleInventsNoTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		n := start(t, m, &wallClock{}, file(job("job", "0 1 * * *")))
		sleep(90 * time.Minute)
		n.stop()
		sleep(5 * time.Hour)
		n = start(t, m, &wallClock{}, file(job("job", "*/10 * * * *")))
		sleep(11 * time.Minute)
		n.stop()
		if due, caughtUp, missed := summary(m.of("job")); due != 2 || caughtUp+missed != 0 {
			t.Errorf("%d due, %d caught up, %d missed: %+v", due, caughtUp, missed, m.of("job"))
		}
	})
}

func TestNoLedgerIsNoSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.down = true
		n := start(t, m, &wallClock{}, file(job("job", "@every 5s")))
		sleep(10 * time.Minute)
		if calls := m.asked(); calls < 55 || calls > 70 {
			t.Errorf("%d calls in ten minutes without a ledger", calls)
		}
		if age := time.Since(n.Looped()); age < 10*time.Minute {
			t.Errorf("the loop claims to have gone round %s ago", age)
		}
		m.set(func(m *memory) { m.down = false })
		sleep(11 * time.Second)
		if age := time.Since(n.Looped()); age > 10*time.Second {
			t.Errorf("the loop went round %s ago", age)
		}
		n.stop()
		if due, caughtUp, missed := summary(m.of("job")); due+caughtUp+missed != 122 || missed < 110 {
			t.Errorf("%d due, %d caught up, %d missed, want 122 in all", due, caughtUp, missed)
		}
	})
}

func TestTwoNodesWriteEachTickOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		f := file(job("a", "* * * * *"), job("b", "@every 10s"))
		for range 3 {
			start(t, m, &wallClock{}, f)
		}
		sleep(time.Hour + time.Second)
		for name, want := range map[string]int{"a": 60, "b": 360} {
			if due, caughtUp, missed := summary(m.of(name)); due != want || caughtUp+missed != 0 {
				t.Errorf("%s: %d due, %d caught up, %d missed, want %d due", name, due, caughtUp, missed, want)
			}
		}
	})
}

// A node that has the older job file for longer than another says nothing of the ticks
// of the new one.
func TestATickOfAnOlderFileHidesNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, clock := newMemory(), &wallClock{}
		first := start(t, m, clock, file(job("a", "*/7 * * * *")))
		second := start(t, m, clock, file(job("a", "*/7 * * * *")))
		sleep(time.Minute)
		first.Apply(file(job("a", "*/10 * * * *")))
		sleep(8 * time.Minute)
		first.stop()
		sleep(6 * time.Minute) // it is 0:15: the second node has run 0:07 and 0:14
		second.Apply(file(job("a", "*/10 * * * *")))
		sleep(6 * time.Minute)
		var ticks []string
		for _, r := range m.of("a") {
			ticks = append(ticks, fmt.Sprint(r.tick.Format("04 "), r.trigger))
		}
		want := []string{"07 schedule", "10 catch-up", "14 schedule", "20 schedule"}
		if !slices.Equal(ticks, want) {
			t.Errorf("ticks: %q, want %q", ticks, want)
		}
	})
}

// A node that starts with a new job file doesn't take from another, which still has the one
// before, a tick that has just come.
func TestAStartWithANewFileMissesNoTickOfTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, clock := newMemory(), &wallClock{}
		start(t, m, clock, file(job("a", "*/7 * * * *")))
		sleep(7*time.Minute - time.Millisecond)
		m.set(func(m *memory) { m.broken = true }) // the old one's write takes a while
		sleep(time.Second)
		start(t, m, clock, file(job("a", "*/10 * * * *")))
		sleep(time.Second)
		if rows := m.of("a"); len(rows) != 1 || rows[0].state != store.Missed {
			t.Fatalf("the new one took nothing for missed: %+v", rows)
		}
		m.set(func(m *memory) { m.broken = false })
		sleep(5 * time.Second)
		if rows := m.of("a"); len(rows) != 1 || rows[0].state != store.Scheduled {
			t.Errorf("0:07 isn't due: %+v", rows)
		}
	})
}

// TestTheLogCountsWhatWasWritten: of nodes that were all away, those that find the ticks
// written by another say nothing of them.
func TestTheLogCountsWhatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		f := file(job("hourly", "0 * * * *", missed("last", 24*time.Hour)), job("often", "* * * * *", missed("skip", time.Hour)))
		var log lines
		for range 3 {
			start(t, m, &wallClock{}, f, func(o *scheduler.Options) { o.Log = zerolog.New(&log) })
		}
		sleep(30 * time.Minute)
		m.set(func(m *memory) { m.down = true })
		sleep(10 * time.Hour)
		m.set(func(m *memory) { m.down = false })
		sleep(5 * time.Minute)
		told := map[string][2]int{}
		for _, line := range log.all() {
			var said struct {
				Job, Message string
				Missed, Run  int
			}
			if err := json.Unmarshal([]byte(line), &said); err != nil {
				t.Fatal(err)
			}
			if said.Message != "ticks passed while nothing ran them" {
				continue
			}
			if said.Missed+said.Run == 0 {
				t.Errorf("nothing is told: %s", line)
			}
			told[said.Job] = [2]int{told[said.Job][0] + said.Missed, told[said.Job][1] + said.Run}
		}
		for _, job := range f.Jobs {
			if _, caughtUp, missed := summary(m.of(job.Name)); told[job.Name] != [2]int{missed, caughtUp} || missed == 0 {
				t.Errorf("%s: %v were told, and %d were missed, %d caught up", job.Name, told[job.Name], missed, caughtUp)
			}
		}
	})
}

// lines is a log of several nodes.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, string(line))
	return len(line), nil
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.text)
}

func TestIdleJobsCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, nightly := newMemory(), job("", "0 3 * * *")
		all := make([]*jobs.Job, 10_000)
		for i := range all {
			one := *nightly
			one.Name = fmt.Sprintf("job-%d", i)
			all[i] = &one
		}
		start(t, m, &wallClock{}, file(all...))
		sleep(time.Hour)
		if calls := m.called(); calls != 1 { // they are armed, together
			t.Errorf("%d calls of the ledger while nothing was due", calls)
		}
		sleep(2 * time.Hour)
		if len(m.rows) != len(all) {
			t.Errorf("%d rows when all came due, want %d", len(m.rows), len(all))
		}
		if calls := m.called(); calls > 12 {
			t.Errorf("%d calls of the ledger for %d ticks at once", calls, len(all))
		}
	})
}

func TestDelayIsAStableShareOfSpread(t *testing.T) {
	spread := func(j *jobs.Job) { j.Spread = time.Hour }
	var tenths [10]int
	for i := range 1000 {
		name := fmt.Sprintf("tenant-%d", i)
		d := scheduler.Delay(job(name, "@daily", spread))
		if d < 0 || d >= time.Hour || d != scheduler.Delay(job(name, "@hourly", spread)) {
			t.Fatalf("%s: %s", name, d)
		}
		tenths[int(d*10/time.Hour)]++
	}
	for i, n := range tenths {
		if n < 60 || n > 140 {
			t.Errorf("%d of 1000 jobs in tenth %d", n, i)
		}
	}
	if d := scheduler.Delay(job("job", "@daily")); d != 0 {
		t.Errorf("%s without a spread", d)
	}
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		j := job("tenant", "0 1 * * *", spread)
		start(t, m, &wallClock{}, file(j))
		sleep(61 * time.Minute)
		if rows := m.of("tenant"); len(rows) != 1 || rows[0].delay != scheduler.Delay(j) {
			t.Errorf("%+v", rows)
		}
	})
}

func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		n := start(t, m, &wallClock{}, file(job("job", "@daily", func(j *jobs.Job) { j.Manual, j.Spread = true, time.Hour })))
		sleep(25 * time.Hour)
		id, err := n.Start(t.Context(), "job", store.API)
		if err != nil || id != store.RunID("job", time.Now()) {
			t.Errorf("%s, %v", id, err)
		}
		if rows := m.of("job"); len(rows) != 1 || rows[0].trigger != store.API || rows[0].delay != 0 {
			t.Errorf("%+v, want the one run", rows)
		}
		if !n.Next("job").IsZero() || !n.Next("none").IsZero() {
			t.Error("a manual or an unknown job has a next tick")
		}
		if _, err := n.Start(t.Context(), "none", store.API); !errors.Is(err, scheduler.ErrUnknown) {
			t.Errorf("an unknown job: %v", err)
		}
		m.set(func(m *memory) { m.down = true })
		if _, err := n.Start(t.Context(), "job", store.API); !errors.Is(err, errDown) {
			t.Errorf("without a ledger: %v", err)
		}
	})
}

func TestFillFollowsTheFileInForce(t *testing.T) {
	s := scheduler.New(scheduler.Options{})
	var o store.WorkOptions
	s.Fill(&o)
	s.Apply(file(job("job", "@daily", func(j *jobs.Job) { j.Overlap = "queue" })))
	if !o.Known("job") || o.Known("none") {
		t.Error("known")
	}
	if o.Overlap("job") != store.OverlapQueue || o.Overlap("none") != store.OverlapSkip {
		t.Error("overlap")
	}
	at := time.Date(2026, 3, 2, 0, 0, 1, 0, time.UTC)
	failing := store.Failing{Job: "job", Tick: at.Add(-time.Second), Since: at, Failures: 1, Trigger: store.Schedule}
	if _, again := o.Retry(failing, at); !again || o.Over(failing, at) || !o.Over(failing, at.Add(24*time.Hour)) {
		t.Error("a retry")
	}
	failing.Job = "none"
	if _, again := o.Retry(failing, at); again || o.Over(failing, at.Add(24*time.Hour)) {
		t.Error("a retry of no job")
	}
	s.Apply(file(job("job", "@daily", func(j *jobs.Job) { j.Overlap = "replace" })))
	if o.Overlap("job") != store.OverlapReplace {
		t.Error("overlap after a reload")
	}
}

// The real ledger behind it: a job that is due each second runs.
func TestWithARealStore(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		st, err := store.Open(t.Context(), dsn, store.Options{Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		sched := scheduler.New(scheduler.Options{Ledger: scheduler.LedgerOf(st), Log: zerolog.Nop()})
		sched.Apply(file(job("job", "@every 1s")))
		claims := make(chan store.Claim, 10)
		work := store.WorkOptions{Handler: func(_ context.Context, c store.Claim) store.Outcome {
			claims <- c
			return store.Outcome{State: store.Succeeded}
		}}
		sched.Fill(&work)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- st.Work(ctx, work) }()
		go sched.Run(ctx)
		first, second := <-claims, <-claims
		if second.Tick.Sub(first.Tick) < time.Second || first.Tick.Nanosecond() != 0 || first.Trigger != store.Schedule {
			t.Errorf("%+v, then %+v", first, second)
		}
		cancel()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
