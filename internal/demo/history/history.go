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
	"math/rand/v2"
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

// life is a job's character: how much it reads, how long that takes, how it grows.
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
	var ticks []time.Time
	for tick := range job.Schedule.Between(now.Add(-past), now.Add(-time.Minute)) {
		ticks = append(ticks, tick)
	}
	ticks = ticks[max(0, len(ticks)-most):]
	runs := make([]store.Invented, 0, len(ticks))
	for i, tick := range ticks {
		runs = append(runs, l.run(tick, i, len(ticks)))
	}
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
	l.records *= 1 + l.growth*(l.Float64()-.3)
	run.Records = int64(l.records)
	run.Pages = 1 + run.Records/100
	for i, out := range l.job.Outputs {
		if !out.IsFile() {
			run.Deliveries = append(run.Deliveries, store.RunDelivery{
				ID: fmt.Sprintf("%s.1.%d", store.RunID(run.Job, run.Tick), i+1), Target: "webhook " + out.Hook.AddressEnv,
				State: store.DeliveryDelivered, Attempts: 1,
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
