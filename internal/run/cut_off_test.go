package run_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// errStop is why somebody ends a run from outside.
var errStop = errors.New("the runner is shutting down")

// TestARunThatIsCanceled: what it was doing then is no fault of anybody, and
// the reason is that of who canceled it, wherever the attempt stood.
func TestARunThatIsCanceled(t *testing.T) {
	for name, c := range map[string]struct {
		fault fake.Fault
		keys  string
		when  func(run.Progress) bool // nil: while the server hangs
	}{
		"before it began":    {keys: tower, when: func(run.Progress) bool { return true }},
		"while it waits":     {keys: tower, fault: fake.Fault{Kind: fake.Hang, Page: 2}},
		"between tries":      {keys: tower, fault: fake.Fault{Kind: fake.RateLimited, Wait: time.Hour}},
		"between pages":      {keys: tower, when: func(p run.Progress) bool { return p.Pages == 2 }},
		"while it writes":    {keys: tower, when: func(p run.Progress) bool { return p.Stage == run.Writing }},
		"among items":        {keys: eachOf, when: func(p run.Progress) bool { return p.Items == 3 }},
		"an item that waits": {keys: eachOf, fault: fake.Fault{Kind: fake.Hang, Operation: "One", After: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *rig) {
				b.put("out.ndjson", "yesterday's")
				if c.fault.Kind != "" {
					b.server.SetFaults(c.fault)
				}
				keys := c.keys
				if keys == tower {
					keys += toFile
				}
				ctx, cancel := context.WithCancelCause(b.t.Context())
				defer cancel(nil)
				b.ctx = ctx
				if c.when == nil {
					time.AfterFunc(10*time.Minute, func() { cancel(errStop) })
				} else if name == "before it began" {
					cancel(errStop)
				}
				result := b.attempt(b.job(keys+"    timeout: 2h\n"), 1, func(r *run.Request) {
					r.Progress = func(p run.Progress) {
						if c.when != nil && c.when(p) {
							cancel(errStop)
						}
					}
				})
				if result.State != run.Interrupted || !errors.Is(result.Err, errStop) || result.Error != errStop.Error() || result.Final ||
					result.Passing {
					t.Errorf("%s %t %t: %s", result.State, result.Final, result.Passing, result.Error)
				}
				if got := b.read("out.ndjson"); got != "yesterday's" {
					t.Errorf("the file is now %.80q", got)
				}
			})
		})
	}
}

// TestATimeoutIsToldBesideWhatTheRunDid: how far it came, in every stage.
func TestATimeoutIsToldBesideWhatTheRunDid(t *testing.T) {
	for name, c := range map[string]struct {
		keys  string
		fault fake.Fault
		hold  bool // the question for the lease takes longer than the timeout
		says  string
	}{
		"among pages": {keys: tower + toFile, fault: fake.Fault{Kind: fake.Hang, Page: 3},
			says: "100 of 140 records were read, with 2 pages; it was at: reach "},
		"among items": {keys: eachOf, fault: fake.Fault{Kind: fake.Hang, Operation: "One", After: 5},
			says: "5 of 8 items were read, with 5 records; it was at: "},
		"while it publishes": {keys: tower + toFile, hold: true, says: "all 140 records were read, and they were being published"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *rig) {
				if c.fault.Kind != "" {
					b.server.SetFaults(c.fault)
				}
				result := b.attempt(b.job(c.keys+"    timeout: 45s\n"), 1, func(r *run.Request) {
					if c.hold {
						r.Hold = func(ctx context.Context) (time.Time, error) { <-ctx.Done(); return time.Time{}, context.Cause(ctx) }
					}
				})
				b.ended(result, end{run.Failed, false, false, 0, "timeout", "the job's timeout of 45s is over: " + c.says})
				if n := strings.Count(result.Error, "timeout"); n != 1 {
					t.Errorf("it says so %d times: %s", n, result.Error)
				}
			})
		})
	}
}

// TestAHoldThatIsLost: a run that may be another's by now changes no file.
func TestAHoldThatIsLost(t *testing.T) {
	lost := errors.New("the run is held by node b")
	for name, c := range map[string]struct {
		hold  func(asked int) (time.Duration, error)
		state run.State
	}{
		"held":          {func(int) (time.Duration, error) { return time.Hour, nil }, run.Succeeded},
		"held long ago": {func(int) (time.Duration, error) { return -time.Second, nil }, run.Failed},
		"lost":          {func(int) (time.Duration, error) { return 0, lost }, run.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			b, asked := newRig(t), 0
			b.put("a.ndjson", "yesterday's")
			b.put("b.ndjson", "yesterday's")
			result := b.attempt(b.job(tower+"    outputs: [{ file: a.ndjson }, { file: b.ndjson }]\n"), 1, func(r *run.Request) {
				r.Hold = func(context.Context) (time.Time, error) {
					asked++
					left, err := c.hold(asked)
					return time.Now().Add(left), err
				}
			})
			changed := b.read("a.ndjson") != "yesterday's" || b.read("b.ndjson") != "yesterday's"
			if result.State != c.state || changed != (c.state == run.Succeeded) || asked == 0 {
				t.Errorf("%s, changed %t, asked %d times: %s", result.State, changed, asked, result.Error)
			}
			if strings.HasPrefix(name, "lost") && !errors.Is(result.Err, lost) {
				t.Errorf("it says %s", result.Error)
			}
		})
	}
}

// panics is a log's hook that breaks at a message.
type panics struct{ at string }

func (p panics) Run(_ *zerolog.Event, _ zerolog.Level, message string) {
	if p.at != "" && strings.HasPrefix(message, p.at) {
		panic("out of luck")
	}
}

// TestAPanicEndsTheAttemptOnly: the process goes on, in all goroutines of it,
// and nothing is published.
func TestAPanicEndsTheAttemptOnly(t *testing.T) {
	const each = `    for_each: { query: "query Items { activeUser { id } }", select: '{id: "$TOWER", n: (1, 2, 3)}', on_error: skip }
    query: "query One($id: String!, $limit: Int!, $cursor: String) { project(id: $id) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } } }"
` + toFile
	for name, c := range map[string]struct {
		keys   string
		change func(*run.Request)
	}{
		"while it reads": {tower + toFile, func(r *run.Request) { r.Progress = func(run.Progress) { panic("out of luck") } }},
		"while it writes": {tower + toFile, func(r *run.Request) {
			r.Progress = func(p run.Progress) {
				if p.Stage == run.Writing {
					panic("out of luck")
				}
			}
		}},
		"in an item's own goroutine": {each, func(r *run.Request) { r.Log = r.Log.Hook(panics{"records are missing"}) }},
		"in the ledger": {tower + "    outputs: [{ file: out.parquet }]\n", func(r *run.Request) {
			r.Tables = func(context.Context, []string) (map[string]run.Table, error) { panic("out of luck") }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			if c.keys == each {
				b.server.SetFaults(fake.Fault{Kind: fake.WrongTotal, Rows: 200, Operation: "One"})
			}
			result := b.attempt(b.job(c.keys), 1, c.change)
			if result.State != run.Failed || result.Final || !strings.Contains(result.Error,
				"the program broke: out of luck (please report this, with the log)") {
				t.Errorf("%s %t: %s", result.State, result.Final, result.Error)
			}
			if log := b.log.String(); !strings.Contains(log, "panic: out of luck") || !strings.Contains(log, `"stack":`) {
				t.Errorf("the log has not where: %s", log)
			}
			if files, _ := filepath.Glob(filepath.Join(b.dir, "out.*")); len(files) > 0 {
				t.Errorf("there are files: %v", files)
			}
			if left := b.underWay(); len(left) > 0 {
				t.Errorf("this is left: %v", left)
			}
		})
	}
}

// TestAFailedAttemptHasItsNumbers: they are how people see what it came to.
func TestAFailedAttemptHasItsNumbers(t *testing.T) {
	b := newRig(t)
	b.server.SetFaults(fake.Fault{Kind: fake.WrongTotal, Rows: 200})
	result := b.attempt(b.job(tower+toFile), 1)
	if result.State != run.Failed || result.Pages < 3 || result.Records != fake.TowerModels {
		t.Errorf("%s, %d records of %d pages", result.State, result.Records, result.Pages)
	}
}
