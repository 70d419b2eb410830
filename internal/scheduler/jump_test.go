package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/store"
)

// absent is how ticks can pass without a scheduler that could see to them.
var absent = map[string]func(t *testing.T, m *memory, c *wallClock, n *node, f *jobs.File, d time.Duration){
	"stopped": func(t *testing.T, m *memory, c *wallClock, n *node, f *jobs.File, d time.Duration) {
		n.stop()
		sleep(d)
		*n = start(t, m, c, f)
	},
	"suspend": func(_ *testing.T, _ *memory, c *wallClock, _ *node, _ *jobs.File, d time.Duration) {
		c.suspend(d)
	},
	"jump": func(_ *testing.T, _ *memory, c *wallClock, _ *node, _ *jobs.File, d time.Duration) {
		c.jump(d)
		sleep(time.Minute) // it is believed when it has stayed so
	},
	"no ledger": func(_ *testing.T, m *memory, _ *wallClock, _ *node, _ *jobs.File, d time.Duration) {
		m.set(func(m *memory) { m.down = true })
		sleep(d)
		m.set(func(m *memory) { m.down = false })
	},
}

func TestTicksThatPassedAreMissed(t *testing.T) {
	cases := []struct {
		name                  string
		policy                func(*jobs.Job)
		spec                  string
		away                  time.Duration
		due, caughtUp, missed int
	}{
		{"skip", missed("skip", 24*time.Hour), "0 * * * *", 5*time.Hour + 10*time.Minute, 1, 0, 5},
		{"last", missed("last", 24*time.Hour), "0 * * * *", 5*time.Hour + 10*time.Minute, 1, 1, 4},
		{"all", missed("all", 24*time.Hour), "0 * * * *", 5*time.Hour + 10*time.Minute, 1, 5, 0},
		{"all in the window", missed("all", 2*time.Hour), "0 * * * *", 5*time.Hour + 10*time.Minute, 1, 2, 3},
		{"the last is too old", missed("last", 20*time.Minute), "0 * * * *", 5*time.Hour + 10*time.Minute, 1, 0, 5},
		{"nothing came due", missed("all", 24*time.Hour), "0 * * * *", 20 * time.Minute, 1, 0, 0},
		{"one tick", missed("last", 24*time.Hour), "0 * * * *", 40 * time.Minute, 1, 1, 0},
		{"too many to list", missed("last", 1000*time.Hour), "* * * * *", 200*time.Hour + 20*time.Second, 90, 1, 10_000},
	}
	for how, leave := range absent {
		for _, c := range cases {
			t.Run(how+"/"+c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, clock := newMemory(), &wallClock{}
					f := file(job("job", c.spec, c.policy))
					n := start(t, m, clock, f)
					sleep(time.Hour + 30*time.Minute)
					leave(t, m, clock, &n, f, c.away)
					sleep(40 * time.Second)
					n.stop()
					rows := m.of("job")
					due, caughtUp, missed := summary(rows)
					if how == "jump" && c.spec == "* * * * *" {
						c.caughtUp = 0 // by the time that it is believed, a newer one is due
					}
					if caughtUp != c.caughtUp || missed != c.missed || due < c.due || due > c.due+2 {
						t.Errorf("%d due, %d caught up, %d missed; want %d, %d, %d", due, caughtUp, missed, c.due, c.caughtUp, c.missed)
					}
					notices := 0
					for _, r := range rows {
						if r.state == store.Missed && r.reason == "" {
							t.Errorf("%s was missed for no reason", r.tick)
						}
						notices += r.owed
					}
					if want := min(1, missed); notices != want {
						t.Errorf("%d notices of missed ticks, want %d", notices, want)
					}
				})
			})
		}
	}
}

// A tick that was just due when the scheduler came back is due, and the last of
// those that passed.
func TestTheNewestTickIsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, f := newMemory(), file(job("job", "0 * * * *"))
		n := start(t, m, &wallClock{}, f)
		synctest.Wait() // a job that the ledger never heard of has missed nothing
		n.stop()
		sleep(3*time.Hour + 5*time.Second)
		start(t, m, &wallClock{}, f)
		sleep(time.Second)
		if due, caughtUp, missed := summary(m.of("job")); due != 1 || caughtUp != 0 || missed != 2 {
			t.Errorf("%d due, %d caught up, %d missed", due, caughtUp, missed)
		}
	})
}

func TestAClockThatIsSetBackRunsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, clock := newMemory(), &wallClock{}
		began := time.Now()
		n := start(t, m, clock, file(job("job", "*/10 * * * *")))
		sleep(2*time.Hour + time.Minute)
		clock.jump(-time.Hour)
		sleep(2 * time.Hour)
		n.stop()
		rows := m.of("job")
		for i, r := range rows {
			if want := began.Add(time.Duration(i+1) * 10 * time.Minute); !r.tick.Equal(want) || r.trigger != store.Schedule {
				t.Errorf("tick %d is %+v, want %s", i, r, want)
			}
		}
		if len(rows) != 18 { // three hours of wall time
			t.Errorf("%d ticks, want 18", len(rows))
		}
	})
}

// A clock that was wrong for a while, and mended, must not silence a job until
// the wrong time comes.
func TestAClockThatWasAheadSilencesNothing(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart=", restart), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, clock := newMemory(), &wallClock{}
				f := file(job("job", "0 * * * *", missed("skip", time.Hour)))
				n := start(t, m, clock, f)
				sleep(90 * time.Minute)
				clock.jump(365 * 24 * time.Hour)
				sleep(3 * time.Hour)
				clock.jump(-365 * 24 * time.Hour)
				if restart {
					n.stop()
					n = start(t, m, clock, f)
				}
				// The ticks of a year are recorded as missed. Those have a row; what
				// comes after them runs.
				sleep(3 * time.Minute)
				if next := n.Next("job"); time.Until(next) > time.Hour {
					t.Errorf("the next tick is %s, now is %s", next, time.Now())
				}
				n.stop()
			})
		})
	}
}

// Whatever happens to nodes, clock and ledger: each due time has one row.
func TestEveryDueTimeHasARow(t *testing.T) {
	for seed := range uint64(12) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			m, clock := newMemory(), &wallClock{}
			began := time.Now()
			var all []*jobs.Job
			for i, policy := range []choices.Missed{choices.MissedSkip, choices.MissedLast, choices.MissedAll} {
				all = append(all, job(fmt.Sprint("minutely-", policy), "* * * * *", missed(policy, time.Hour)))
				all = append(all, job(fmt.Sprint("odd-", policy), fmt.Sprintf("%d */2 * * *", i*7), missed(policy, 5*time.Hour)))
			}
			f := file(all...)
			n := start(t, m, clock, f)
			second := start(t, m, clock, f)
			sleep(2*time.Hour + 15*time.Minute) // both are armed, and each job has had a tick
			for range 12 {
				d := time.Duration(random.Int64N(int64(3 * time.Hour)))
				switch random.IntN(7) {
				case 0:
					n.stop()
					sleep(d)
					n = start(t, m, clock, f)
				case 1:
					n.stop()
					second.stop()
					sleep(d)
					n, second = start(t, m, clock, f), start(t, m, clock, f)
				case 2:
					clock.suspend(d)
				case 6:
					clock.jump(d)
					sleep(2 * time.Minute)
				case 3:
					m.set(func(m *memory) { m.down = true })
					sleep(d)
					m.set(func(m *memory) { m.down = false })
				case 4: // dies between the two writes
					m.set(func(m *memory) { m.broken = true })
					sleep(d / 10)
					n.stop()
					m.set(func(m *memory) { m.broken = false })
					n = start(t, m, clock, f)
				case 5:
					n.Apply(f)
					sleep(d)
				}
				sleep(time.Duration(random.Int64N(int64(time.Hour))))
			}
			sleep(time.Minute)
			n.stop()
			second.stop()
			for _, j := range all {
				rows := m.of(j.Name)
				i := 0
				for tick := range j.Schedule.Between(began, clock.now()) {
					if i == len(rows) || !rows[i].tick.Equal(tick) {
						t.Fatalf("seed %d: %s has no row for %s", seed, j.Name, tick)
					}
					i++
				}
				if i != len(rows) {
					t.Fatalf("seed %d: %s has %d rows for %d ticks", seed, j.Name, len(rows), i)
				}
			}
		})
	}
}
