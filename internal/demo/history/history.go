// Package history makes up what a service may have done in the past weeks, so
// that no page of the demo is empty. What it makes has happened nowhere: it is
// for a ledger of its own that nobody else uses.
//
// It is the same for the same jobs and moment, and never later than that moment.
package history

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/store"
)

const (
	// past is how far back it goes.
	past = 21 * 24 * time.Hour
	// most bounds the ticks of one job: one of each few minutes has thousands.
	most = 400
	node = "office-server-4f2a10"
)

// Write makes up the history of some jobs up to a moment, in an empty ledger.
func Write(ctx context.Context, ledger *store.Store, all []*jobs.Job, now time.Time) error {
	names := make([]string, len(all))
	for i, job := range all {
		names[i] = job.Name
	}
	return ledger.Invent(ctx, names, func(yield func(store.Invented) bool) {
		for _, job := range all {
			for _, run := range ofJob(job, now) {
				if !yield(run) {
					return
				}
			}
		}
	})
}

// today is how many records the demo's jobs read: their past grows up to that.
var today = map[string]int64{
	"models-with-latest-version": 140, "federated-history": 250, "level-03-elements": 1500, "door-schedule": 19, "quantities-by-level": 7,
	"project-team": 8, "stale-models": 31, "my-projects": 4, "open-comments": 10, "project-counts": 1,
}

// Today gives how many records a job of the demo reads, 0 for an unknown one.
func Today(job string) int64 { return today[job] }

// life is a job's character: how much it reads, how long that takes, how it grew.
// It is lived backwards: its newest run is known.
type life struct {
	*rand.Rand

	job     *jobs.Job
	records float64
	growth  float64
	seconds float64
}

func ofJob(job *jobs.Job, now time.Time) []store.Invented {
	if job.Disabled || job.Manual {
		return nil
	}
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(job.Name))         // never fails
	r := rand.New(rand.NewPCG(seed.Sum64(), 1)) //nolint:gosec // the same made-up past each time
	l := life{r, job, 40 + 900*r.Float64()*r.Float64(), .002 + .01*r.Float64(), .6 + 6*r.Float64()}
	if n := Today(job.Name); n > 0 {
		l.records = float64(n)
	}
	var ticks []time.Time
	for tick := range job.Schedule.Between(now.Add(-past), now.Add(-time.Minute)) {
		ticks = append(ticks, tick)
	}
	ticks = ticks[max(0, len(ticks)-most):]
	runs := make([]store.Invented, 0, len(ticks))
	for i, tick := range slices.Backward(ticks) {
		runs = append(runs, l.run(tick, i, len(ticks)))
	}
	slices.Reverse(runs)
	return runs
}

// run makes up one run. Few fail, and the newest of each job is good: what is
// wrong in the demo is made wrong on purpose.
func (l *life) run(tick time.Time, i, all int) store.Invented {
	luck := l.Float64()
	newest := i >= all-2
	switch {
	case luck < .008 && !newest:
		return l.ended(tick, store.Missed, 0)
	case luck < .016 && !newest:
		return l.ended(tick, store.Skipped, 0)
	case luck < .045 && !newest:
		return l.ended(tick, store.Failed, 2)
	}
	return l.ended(tick, store.Succeeded, 1)
}

// troubles are what runs fail of.
var troubles = []string{
	"the server answers HTTP 503: it is away for a moment",
	"the job's timeout of 15m0s is over: 1,204 of 3,120 records were read, with 13 pages",
	"project.models: collected 118 of 120 models",
}

func (l *life) ended(tick time.Time, state store.State, attempts int) store.Invented {
	run := store.Invented{Run: store.Run{
		Job: l.job.Name, Tick: tick, State: state, Attempt: attempts, Trigger: store.Schedule, Server: l.job.Server.Origin(),
		Files: []store.File{}, Warnings: []string{},
	}}
	if attempts == 0 {
		end := tick.Add(time.Second)
		run.FinishedAt = &end
		return run
	}
	run.Node = node
	at := tick.Add(time.Duration(20+l.IntN(400)) * time.Millisecond)
	for n := 1; n <= attempts; n++ {
		took := time.Duration(l.seconds * (.8 + .5*l.Float64()) * float64(time.Second))
		begin, end := at, at.Add(took)
		run.StartedAt, run.FinishedAt = &begin, &end
		try := store.Attempt{Attempt: n, State: state, Node: node, StartedAt: &begin, FinishedAt: &end}
		if state == store.Failed {
			try.Error = troubles[int(tick.Unix()/60)%len(troubles)]
			run.Error = try.Error
		}
		try.Log = fmt.Sprintf("%s INF reading page=1\n%s INF %s attempt=%d\n", begin.UTC().Format(time.TimeOnly), end.UTC().Format(time.TimeOnly),
			state, n)
		run.Tries = append(run.Tries, try)
		at = end.Add(30 * time.Second)
	}
	if state == store.Succeeded {
		l.exported(&run)
	}
	return run
}

// exported gives a good run its records, files and messages.
func (l *life) exported(run *store.Invented) {
	run.Records = int64(math.Round(l.records))
	l.records = max(1, l.records/(1+l.growth*(l.Float64()-.3)))
	run.Pages = 1 + run.Records/100
	for i, out := range l.job.Outputs {
		if !out.IsFile() {
			tries := triesFrom(*run.FinishedAt)
			run.Deliveries = append(run.Deliveries, store.RunDelivery{
				ID: fmt.Sprintf("%s.1.%d", store.RunID(run.Job, run.Tick), i+1), Target: "webhook " + out.Hook.AddressEnv,
				State: store.DeliveryDelivered, Attempts: len(tries), Tries: tries,
			})
			continue
		}
		path, err := out.File.Expand(placeholder.Values{Job: run.Job, Tick: run.Tick, Zone: l.job.Zone, Run: store.RunID(run.Job, run.Tick)},
			placeholder.Path)
		if err != nil { // it holds what only a real run knows
			continue
		}
		bytes := run.Records * int64(90+l.IntN(12))
		run.Files = append(run.Files, store.File{Path: path, Records: run.Records, Bytes: bytes, SHA256: fmt.Sprintf("%064x", l.Uint64()),
			Output: out.File.Text()})
		run.Bytes += bytes
	}
}

// triesFrom makes up how a message was delivered from a moment on: on some days its
// receiver was busy.
func triesFrom(at time.Time) []store.Try {
	pauses := []time.Duration{5 * time.Second, 15 * time.Second}
	answers := []string{
		"webhook hooks.example.com: answered 503 Service Unavailable: we are moving house", "webhook hooks.example.com: no answer within 30s",
	}
	lasted := []time.Duration{180 * time.Millisecond, 30 * time.Second}
	var tries []store.Try
	if at.Unix()/(24*60*60)%4 == 1 {
		for i, pause := range pauses {
			begin, end := at, at.Add(lasted[i])
			at = end.Add(pause)
			tries = append(tries, store.Try{Try: i + 1, Outcome: store.TryFailed, StartedAt: &begin, FinishedAt: &end, Error: answers[i],
				NextTry: new(at)})
		}
	}
	end := at.Add(time.Duration(90+at.Unix()%300) * time.Millisecond)
	return append(tries, store.Try{Try: len(tries) + 1, Outcome: store.TryDelivered, StartedAt: &at, FinishedAt: &end})
}
