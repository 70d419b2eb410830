package scheduler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
)

// onTime fails unless exactly these ticks have a row, each due, and written no
// later than the time that a clock is in doubt.
func onTime(t *testing.T, m *memory, job string, want ...time.Time) {
	t.Helper()
	var got []time.Time
	for _, r := range m.of(job) {
		if r.state != store.Scheduled || r.trigger != store.Schedule {
			t.Errorf("%s: %+v", job, r)
		}
		got = append(got, r.tick)
	}
	if !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("%s: ticks %v, want %v", job, got, want)
	}
}

// A clock that is wrong for a while, wherever in the loop's round that begins.
func TestAClockThatIsWrongForAWhile(t *testing.T) {
	for _, by := range []time.Duration{5 * time.Hour, -5 * time.Hour, 365 * 24 * time.Hour, -29 * 365 * 24 * time.Hour} {
		for _, at := range []time.Duration{30 * time.Minute, 30*time.Minute + 17*time.Second, 59*time.Minute + 30*time.Second,
			60*time.Minute - time.Second} {
			t.Run(fmt.Sprint(by, "/", at), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, clock, began := newMemory(), &wallClock{}, time.Now()
					start(t, m, clock, file(job("job", "0 * * * *", missed("skip", 0))))
					sleep(at)
					clock.jump(by)
					sleep(40 * time.Second)
					clock.jump(-by)
					sleep(5 * time.Hour)
					j := job("job", "0 * * * *")
					onTime(t, m, "job", slices.Collect(j.Schedule.Between(began, time.Now()))...)
				})
			})
		}
	}
}

// Two nodes on one database: the one with the wrong clock does no harm, however
// long it is wrong, and does its part.
func TestANodeWithAWrongClock(t *testing.T) {
	for _, by := range []time.Duration{5 * time.Hour, -5 * time.Hour} {
		for _, alone := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				m, right, wrong, began := newMemory(), &wallClock{}, &wallClock{}, time.Now()
				m.clock = time.Now
				f := file(job("job", "0 * * * *"))
				if !alone {
					start(t, m, right, f)
				}
				start(t, m, wrong, f)
				sleep(30 * time.Minute)
				wrong.jump(by)
				sleep(2 * time.Hour)
				onTime(t, m, "job", began.Add(time.Hour), began.Add(2*time.Hour))
			})
		}
	}
}

// A database whose clock is set back between the look and the write refuses;
// nothing is lost.
func TestADatabaseThatIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, clock, began := newMemory(), &wallClock{}, time.Now()
		start(t, m, clock, file(job("job", "0 * * * *")))
		sleep(time.Hour - time.Second)
		clock.jump(-1500 * time.Millisecond)
		sleep(3 * time.Second)
		onTime(t, m, "job", began.Add(time.Hour))
	})
}

// A machine without a clock of its own starts long ago, and is set some time
// after that. No ticks are invented for the years in between.
func TestAStartInAnotherYear(t *testing.T) {
	made := time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC)
	ago := -29 * 365 * 24 * time.Hour
	cases := map[string]struct {
		known     bool // the ledger, of a process that ran until a while before
		notBefore time.Time
		wrong     time.Duration // for how long
	}{
		"a new ledger":                    {false, made, 10 * time.Minute},
		"a known ledger":                  {true, made, 10 * time.Minute},
		"a known ledger tells by itself":  {true, time.Time{}, 90 * time.Second},
		"a new ledger, and nothing tells": {false, time.Time{}, 10 * time.Minute},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, clock := newMemory(), &wallClock{}
				f := file(job("job", "30 3 * * *", missed("skip", 0)))
				notBefore := func(o *scheduler.Options) { o.NotBefore = c.notBefore }
				sleep(time.Hour)
				if c.known {
					n := start(t, m, clock, f, notBefore)
					sleep(24 * time.Hour)
					n.stop()
					sleep(48 * time.Hour)
				}
				began := len(m.of("job"))
				clock.jump(ago)
				n := start(t, m, clock, f, notBefore)
				sleep(c.wrong)
				if rows := m.of("job"); len(rows) != began {
					t.Errorf("rows were written by a wrong clock: %+v", rows[began:])
				}
				clock.jump(-ago)
				sleep(24 * time.Hour)
				n.stop()
				start(t, m, clock, f, notBefore) // what it left in the ledger is right, too
				sleep(time.Minute)
				due, _, missed := summary(m.of("job"))
				if want := map[bool][2]int{true: {2, 2}, false: {1, 0}}[c.known]; due != want[0] || missed != want[1] {
					t.Errorf("%d due, %d missed, want %v: %+v", due, missed, want, m.of("job"))
				}
			})
		})
	}
}

// A machine that slept is no clock that was set: what is due when it wakes up
// is seen to at the next look.
func TestAWakeUpIsBelievedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, clock, began := newMemory(), &wallClock{}, time.Now()
		start(t, m, clock, file(job("job", "0 * * * *", missed("last", 24*time.Hour))))
		sleep(30 * time.Minute)
		clock.suspend(3 * time.Hour)
		sleep(31 * time.Second)
		if due, caughtUp, missed := summary(m.of("job")); due != 0 || caughtUp != 1 || missed != 2 {
			t.Errorf("%d due, %d caught up, %d missed", due, caughtUp, missed)
		}
		sleep(30 * time.Minute)
		if rows := m.of("job"); !rows[len(rows)-1].tick.Equal(began.Add(4*time.Hour)) || rows[len(rows)-1].trigger != store.Schedule {
			t.Errorf("%+v", rows[len(rows)-1])
		}
	})
}

// leavings are the ways in which a reload takes ticks' job away.
var leavings = map[string]func(*jobs.Job) *jobs.File{
	"removed":  func(*jobs.Job) *jobs.File { return file() },
	"disabled": func(j *jobs.Job) *jobs.File { return file(changed(j, func(j *jobs.Job) { j.Disabled = true })) },
	"rescheduled": func(j *jobs.Job) *jobs.File {
		return file(job(j.Name, "50 23 * * *", missed(j.Missed, j.MissedWindow)))
	},
	"told to skip": func(j *jobs.Job) *jobs.File {
		return file(changed(j, func(j *jobs.Job) { j.Missed = "skip" }))
	},
}

func changed(j *jobs.Job, change func(*jobs.Job)) *jobs.Job {
	other := *j
	change(&other)
	other.Hash += " changed"
	return &other
}

func TestTicksAreJudgedByTheJobThatTheyWereDueFor(t *testing.T) {
	type world struct {
		m     *memory
		clock *wallClock
		n     node
	}
	before := map[string]func(w *world, reload func()){
		"the ledger was away": func(w *world, reload func()) {
			w.m.set(func(m *memory) { m.down = true })
			sleep(3*time.Hour + time.Minute) // 4:31
			reload()
			sleep(10 * time.Minute)
			w.m.set(func(m *memory) { m.down = false })
		},
		"enqueue was not answered": func(w *world, reload func()) {
			w.m.set(func(m *memory) { m.broken = true })
			sleep(3*time.Hour + time.Minute)
			reload()
			w.m.set(func(m *memory) { m.broken = false })
		},
		"it had just woken up": func(w *world, reload func()) {
			w.clock.suspend(3*time.Hour + time.Minute)
			reload()
		},
		"reloaded twice while the ledger was away": func(w *world, reload func()) {
			w.m.set(func(m *memory) { m.down = true })
			sleep(3*time.Hour + time.Minute)
			reload()
			sleep(time.Second)
			w.n.Apply(file())
			sleep(time.Second)
			reload()
			w.m.set(func(m *memory) { m.down = false })
		},
	}
	for what, leave := range leavings {
		for how, pass := range before {
			t.Run(what+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &world{m: newMemory(), clock: &wallClock{}}
					began := time.Now()
					j := job("job", "0 * * * *", missed("all", 24*time.Hour))
					w.n = start(t, w.m, w.clock, file(j))
					sleep(90 * time.Minute)
					pass(w, func() { w.n.Apply(leave(j)) })
					sleep(20 * time.Second)
					rows := w.m.of("job")
					due, caughtUp, missed := summary(rows)
					if how == "enqueue was not answered" { // the first of the three waits to be tried, in time
						due, caughtUp = 1, due+caughtUp-1
					}
					if due != 1 || caughtUp != 3 || missed != 0 {
						t.Errorf("%d due, %d caught up, %d missed: %+v", due, caughtUp, missed, rows)
					}
					for i, r := range rows {
						if !r.tick.Equal(began.Add(time.Duration(i+1) * time.Hour)) {
							t.Errorf("row %d is %+v", i, r)
						}
					}
					// From then on it is the new job that counts.
					sleep(time.Hour)
					more := len(w.m.of("job")) - len(rows)
					if want := map[bool]int{true: 1}[what == "told to skip"]; more != want {
						t.Errorf("%d ticks in the hour after, want %d", more, want)
					}
				})
			})
		}
	}
}

// A kill after the reload, before the ledger was back: the next process sees
// what the ledger still awaits.
func TestAKillBeforeTheTicksOfTheOldScheduleAreWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, clock, began := newMemory(), &wallClock{}, time.Now()
		n := start(t, m, clock, file(job("job", "0 * * * *")))
		sleep(90 * time.Minute)
		m.set(func(m *memory) { m.down = true })
		sleep(2 * time.Hour)
		later := file(job("job", "*/15 * * * *"))
		n.Apply(later)
		n.stop()
		m.set(func(m *memory) { m.down = false })
		n = start(t, m, clock, later) // 3:30
		sleep(16 * time.Minute)
		n.stop()
		rows := m.of("job")
		if len(rows) != 4 {
			t.Fatalf("%+v", rows)
		}
		for i, want := range []int{60, 120, 180, 225} {
			r := rows[i]
			if !r.tick.Equal(began.Add(time.Duration(want)*time.Minute)) || (r.state == store.Missed) != (i == 1 || i == 2) {
				t.Errorf("%+v, want minute %d", r, want)
			}
		}
		if !strings.Contains(rows[1].reason, "the job file says something else") {
			t.Errorf("reason %q", rows[1].reason)
		}
	})
}

// Too many ticks to list: the ledger tells how many are left out, whatever the
// policy, and another job's tick isn't kept waiting by them.
func TestWhatIsNotListedIsTold(t *testing.T) {
	for _, policy := range []choices.Missed{choices.MissedSkip, choices.MissedLast, choices.MissedAll} {
		for away, told := range map[time.Duration]string{
			200 * time.Hour:  " stands for 2000 ticks, from 2000-01-01T00:01:00Z to 2000-01-02T09:20:00Z: ",
			3000 * time.Hour: " stands for more than 90000 ticks, from 2000-01-01T00:01:00Z to 2000-04-28T01:20:00Z: ",
		} {
			t.Run(fmt.Sprint(policy, "/", away), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, clock := newMemory(), &wallClock{}
					many := job("many", "* * * * *", missed(policy, 10_000*time.Hour))
					hourly := job("other", "0 * * * *")
					f := file(many, hourly)
					n := start(t, m, clock, f)
					sleep(time.Second)
					n.stop()
					m.set(func(m *memory) {
						m.armed["other"] = store.Armed{Job: "other", Schedule: hourly.Schedule.String(), Since: time.Now().Add(away - time.Minute)}
					})
					sleep(away)
					start(t, m, clock, f)
					synctest.Wait()
					first := m.of("many")[0]
					if first.state != store.Missed || !strings.Contains(first.reason, told) {
						t.Errorf("%+v, want %q", first, told)
					}
					if n := len(m.of("many")); n != 10_001 {
						t.Errorf("%d rows, want the newest 10,000 and one for the others", n)
					}
					m.mu.Lock()
					defer m.mu.Unlock()
					if m.order[0] != "other" {
						t.Errorf("written first: %s", m.order[0])
					}
				})
			})
		}
	}
}

// When a tick comes it is written at once: the clock was looked at shortly before, and is so each time.
func TestTheClockIsLookedAtBeforeATickComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		n := start(t, m, &wallClock{}, file(job("job", "* * * * *"), job("other", "*/7 * * * *")))
		sleep(2 * time.Hour)
		n.stop()
		rows := append(m.of("job"), m.of("other")...)
		if len(rows) < 120 {
			t.Fatalf("%d ticks", len(rows))
		}
		for _, r := range rows {
			if ahead := r.tick.Sub(r.looked); !r.at.Equal(r.tick) || ahead <= 0 || ahead > time.Second {
				t.Errorf("%s: written %s, after a look at the clock of %s", r.tick, r.at, r.looked)
			}
		}
	})
}

// A machine that was suspended just before a tick looks at its clock again before it judges.
func TestALookIsNoGoodAfterASuspend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, clock := newMemory(), &wallClock{}
		n := start(t, m, clock, file(job("job", "0 * * * *", missed(choices.MissedSkip, 0))))
		sleep(time.Hour - 10*time.Millisecond)
		clock.suspend(3*time.Hour + time.Minute)
		sleep(time.Minute)
		n.stop()
		if due, caughtUp, missed := summary(m.of("job")); due != 0 || caughtUp != 0 || missed != 4 {
			t.Errorf("%d due, %d caught up, %d missed: %+v", due, caughtUp, missed, m.of("job"))
		}
		if m.looked.Before(time.Date(2000, 1, 1, 4, 0, 0, 0, time.UTC)) {
			t.Errorf("looked at the clock at %s, and not since", m.looked)
		}
	})
}
