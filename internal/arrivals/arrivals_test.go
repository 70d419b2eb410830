package arrivals_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const on = "on_version: { project: p, every: 2m }"

// pass lets everything happen that happens within so long.
func pass(d time.Duration) {
	time.Sleep(d) // of a bubble's clock
	synctest.Wait()
}

// bubble runs a test in a time of its own.
func bubble(t *testing.T, do func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { do(t, newWorld(t)) })
}

// TestNewVersions: what is there at the first look isn't exported; each that comes
// is, once and in order, also two of one instant and one that appears late.
func TestNewVersions(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.publish("m", "old-a", "old-b")
		w.node(file(t, "job", on))
		pass(time.Minute)
		w.expect("")
		w.publish("m", "a", "b")
		pass(time.Minute + time.Second)
		w.expect("job a scheduled, job b scheduled")
		w.publish("n", "c")
		pass(time.Second)
		w.publishAt(time.Now().Add(-90*time.Second), "m", "late")
		w.publish("n", "d")
		pass(2 * time.Minute)
		w.expect("job late scheduled, job c scheduled, job d scheduled")
		pass(time.Hour)
		w.expect("")
		if n := w.asks(); n != 33 {
			t.Errorf("the server was asked %d times in 64 minutes", n)
		}
		if n := w.logged(`"message":"new version"`); n != 5 {
			t.Errorf("%d are logged", n)
		}
		if good, bad := w.count("job", true), w.count("job", false); good != 33 || bad != 0 {
			t.Errorf("%d good looks, %d bad", good, bad)
		}
	})
}

// TestAnEmptyProject: its first version is new.
func TestAnEmptyProject(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.node(file(t, "job", on))
		pass(time.Minute)
		w.publish("m", "a")
		pass(2 * time.Minute)
		w.expect("job a scheduled")
	})
}

// TestJobsShareALook: those of one project and token are one question, whatever
// models they follow; a job that comes later begins where it comes.
func TestJobsShareALook(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		f := file(t, "all", on, "some", "on_version: { project: p, models: [m], every: 10m }", "off", on+", disabled: true")
		a, _ := w.node(f)
		pass(time.Minute)
		w.publish("m", "a")
		w.publish("n", "b")
		pass(2 * time.Minute)
		w.expect("all a scheduled, all b scheduled, some a scheduled")
		if n := w.asks(); n != 2 {
			t.Errorf("the server was asked %d times", n)
		}
		a.Apply(file(t, "all", on, "later", on))
		pass(2 * time.Minute)
		w.expect("")
		w.publish("m", "c")
		pass(2 * time.Minute)
		w.expect("all c scheduled, later c scheduled")
		a.Apply(file(t, "all", "schedule: manual"))
		w.asks()
		pass(time.Hour)
		if n := w.asks(); n != 0 {
			t.Errorf("the server was asked %d times for nobody", n)
		}
	})
}

// TestSettle: a model that goes on moving is taken when it is quiet, and what was
// passed over says so.
func TestSettle(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.node(file(t, "job", "on_version: { project: p, every: 1m, settle: 5m }"))
		pass(30 * time.Second)
		w.publish("m", "a")
		pass(3 * time.Minute)
		w.publish("m", "b")
		w.publish("n", "other")
		pass(4 * time.Minute)
		w.expect("job a skipped")
		pass(2 * time.Minute)
		w.expect("job b scheduled, job other scheduled")
		pass(time.Minute)
		w.publish("m", "c")
		pass(time.Hour)
		w.expect("job c scheduled")
		if got := w.row("job a").reason; got != "version b of the same model followed within 5m (settle)" {
			t.Error(got)
		}
		if w.row("job a").owed != 1 {
			t.Error("who wants to know isn't told")
		}
	})
}

// TestReplace: of several that are found the newest runs.
func TestReplace(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.node(file(t, "job", on+", overlap: replace"))
		pass(time.Second)
		w.publish("m", "a")
		pass(time.Second)
		w.publish("m", "b")
		pass(2 * time.Minute)
		w.expect("job a skipped, job b overtaking")
		if got := w.row("job a").reason; got != "version b is newer (overlap: replace)" {
			t.Error(got)
		}
	})
}

// TestDowntime: what was made while nothing looked is for missed to judge; what
// was made just now isn't missed, nor what a short restart finds.
func TestDowntime(t *testing.T) {
	for keys, want := range map[string]string{
		"missed: last": "job early missed, job a missed, job b scheduled, job other scheduled, job c missed, job now scheduled",
		"missed: all":  "job early missed, job a scheduled, job b scheduled, job other scheduled, job c scheduled, job now scheduled",
		"missed: skip": "job early missed, job a missed, job b missed, job other missed, job c missed, job now scheduled",
	} {
		t.Run(keys, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				f := file(t, "job", on+", missed_window: 12h, "+keys)
				_, stop := w.node(f)
				pass(time.Minute)
				stop()
				w.publish("q", "early")
				pass(12 * time.Hour)
				w.publish("m", "a")
				w.publish("k", "b")
				pass(time.Hour)
				w.publish("n", "other")
				w.publish("m", "c")
				pass(time.Hour)
				w.publish("m", "now")
				_, stop = w.node(f)
				pass(time.Second)
				got := sorted(w.rowsOf())
				if got != sorted(want) {
					t.Errorf("%s, want %s", got, sorted(want))
				}
				stop()
				w.publish("m", "short", "restart")
				pass(3 * time.Minute)
				w.node(f)
				pass(3 * time.Minute)
				w.expect("job restart scheduled, job short scheduled")
			})
		})
	}
}

// TestMissedSaysWhy: and is told together.
func TestMissedSaysWhy(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		f := file(t, "job", on)
		_, stop := w.node(f)
		pass(time.Minute)
		stop()
		w.publish("m", "a", "b")
		pass(25 * time.Hour)
		w.publish("m", "c")
		pass(time.Hour)
		w.publish("n", "d")
		pass(time.Hour)
		w.node(f)
		pass(time.Second)
		w.expect("job a missed, job b missed, job c scheduled, job d scheduled")
		const want = "it was made while nothing looked for new versions; version c of the same model runs (missed: last)"
		if got := w.row("job a").reason; got != want {
			t.Error(got)
		}
		if w.row("job a").owed+w.row("job b").owed != 1 {
			t.Error("what was missed together isn't told once")
		}
	})
}

// TestAServerAhead: a version waits until the ledger's clock has come to its time.
func TestAServerAhead(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.node(file(t, "job", on))
		pass(time.Minute)
		w.publishAt(time.Now().Add(4*time.Minute), "m", "ahead")
		w.publish("m", "a")
		pass(2 * time.Minute)
		w.expect("job a scheduled")
		pass(4 * time.Minute)
		w.expect("job ahead scheduled")
	})
}

// TestFailingLooks: the log has it when they begin to fail, people have it after an
// hour, and both when it is over. What was made meanwhile isn't lost.
func TestFailingLooks(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.node(file(t, "job", on+", missed: all"))
		pass(time.Minute)
		w.fails(errors.New("HTTP 503"))
		pass(58 * time.Minute)
		w.publish("m", "a")
		if got := w.tellings(); got != "" {
			t.Errorf("told within the hour: %s", got)
		}
		pass(10 * time.Minute)
		got := w.tellings()
		if !strings.HasPrefix(got, "job failed: no look for new versions of project p has come through since ") ||
			!strings.HasSuffix(got, ": HTTP 503 (1)") {
			t.Error(got)
		}
		if n := w.logged("a look for new versions failed"); n != 1 {
			t.Errorf("logged %d times", n)
		}
		w.fails(nil)
		pass(2 * time.Minute)
		w.expect("job a scheduled")
		if got := w.tellings(); got != "job works again: 1" {
			t.Error(got)
		}
		if n := w.logged("come through again"); n != 1 {
			t.Errorf("logged %d times", n)
		}
		pass(time.Hour)
		if got := w.tellings(); got != "" {
			t.Error(got)
		}
	})
}

// TestASlowServerHoldsUpNobody: nor does a stop wait for it.
func TestASlowServerHoldsUpNobody(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.slow = time.Hour
		_, stop := w.node(file(t, "job", on))
		pass(time.Minute)
		stop()
		pass(0)
		if got := w.count("job", false); got != 0 {
			t.Errorf("a stop counts as %d looks that failed", got)
		}
		w.node(file(t, "job", on))
		pass(8 * time.Minute)
		if got := w.count("job", false); got == 0 {
			t.Error("a look goes on for ever")
		}
	})
}

// TestEachVersionRunsOnce: whatever breaks, however many nodes there are, whenever
// they stop and start again.
func TestEachVersionRunsOnce(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				random := rand.New(rand.NewPCG(seed, 1))
				f := file(t, "job", on+", missed: all", "other", "on_version: { project: p, models: [m], every: 7m }, missed: all")
				stops := []func(){nil, nil}
				want := map[string]bool{}
				_, stops[0] = w.node(f)
				pass(time.Minute)
				for i := range 60 {
					switch node := random.IntN(2); random.IntN(5) {
					case 0:
						if stops[node] != nil {
							stops[node]()
							stops[node] = nil
						}
					case 1:
						if stops[node] == nil {
							_, stops[node] = w.node(f)
						}
					case 2:
						w.memory.mu.Lock()
						w.breaks[[]string{"take", "record", "enqueue", "end"}[random.IntN(4)]]++
						w.memory.mu.Unlock()
					default:
						id, model := fmt.Sprint("v", i), []string{"m", "n"}[random.IntN(2)]
						w.publish(model, id)
						if want["job "+id] = true; model == "m" {
							want["other "+id] = true
						}
					}
					pass(time.Duration(random.IntN(300)) * time.Second)
				}
				if stops[0] == nil {
					w.node(f)
				}
				w.memory.mu.Lock()
				clear(w.breaks)
				w.memory.mu.Unlock()
				pass(time.Hour)
				if got := strings.Count(w.rowsOf(), ",") + 1; got != len(want) {
					t.Errorf("%d runs of %d", got, len(want))
				}
				for name := range want {
					if one := w.row(name); one.state != "scheduled" {
						t.Errorf("%s: %+v", name, one)
					}
				}
			})
		})
	}
}

// TestARestoredLedger: what came since the backup is found again, with the same ticks.
func TestARestoredLedger(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		f := file(t, "job", on)
		_, stop := w.node(f)
		pass(time.Minute)
		backup, _ := w.backup("job")
		w.publish("m", "b", "a")
		w.publish("n", "c")
		pass(2 * time.Minute)
		w.expect("job a scheduled, job b scheduled, job c scheduled")
		stop()
		_, before := w.backup("job")
		restored := newMemory()
		restored.marks["job"] = &backup
		w.memory = restored
		w.node(f)
		pass(time.Second)
		w.expect("job a scheduled, job b scheduled, job c scheduled")
		_, after := w.backup("job")
		for name, tick := range before {
			if !after[name].Equal(tick) {
				t.Errorf("%s: %s, was %s", name, after[name], tick)
			}
		}
	})
}

// sorted forgets the order: that of one instant, and of what runs and what doesn't,
// isn't meant.
func sorted(rows string) string {
	return strings.Join(slices.Sorted(slices.Values(strings.Split(rows, ", "))), ", ")
}
