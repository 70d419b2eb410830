package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"speckle-runner/internal/output/target"
	"speckle-runner/internal/remote"
	"speckle-runner/internal/run"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// There runs jobs on a serve elsewhere, over its API, and shows them as if they ran here.
type There struct {
	Client     *remote.Client
	Observer   Observer
	DeliverFor time.Duration // how long a receiver may take nothing
}

// RunAll begins a run of each job there, and gives their ends in the same order. It
// gives an error instead where not even the first run could begin.
func (t There) RunAll(ctx context.Context, names []string) ([]Ended, error) {
	ends := make([]Ended, len(names))
	var running sync.WaitGroup
	for i, name := range names {
		id, err := t.Client.Start(ctx, name)
		if err != nil {
			if i == 0 {
				return nil, err
			}
			ends[i] = Ended{Record: store.Run{Job: name}}.broken(err)
			continue
		}
		running.Go(func() { ends[i] = t.follow(ctx, name, id) })
	}
	running.Wait()
	return ends, nil
}

// follow waits for the end of a run, and for its messages.
func (t There) follow(ctx context.Context, name, id string) Ended {
	shown := t.Observer.Begun(name)
	defer shown.Done()
	relay := relay{to: shown}
	seen, err := t.Client.Follow(ctx, id, relay.show)
	seen.Run.Run, seen.Job, seen.State = id, name, cmp.Or(seen.State, store.Scheduled)
	if err != nil {
		return t.lostSight(seen.Run, err)
	}
	end := endedThere(seen)
	arrived, stopped, err := t.Client.Arrive(ctx, id, t.DeliverFor, relay.show)
	if arrived.Run.Run != "" {
		end.Record = arrived.Run
	}
	end.Delivered = t.deliveries(end.Record.Deliveries, stopped)
	if err != nil && end.Delivered.Left > 0 {
		return t.lostSight(end.Record, err)
	}
	return end
}

// Deliver waits until the messages of a run that are sent again there have arrived.
func (t There) Deliver(ctx context.Context, id string) (Deliveries, error) {
	seen, stopped, err := t.Client.Arrive(ctx, id, t.DeliverFor, func(remote.Seen) {})
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%w: %s is sent there all the same; runner show %s --server %s tells", err, id, id, t.Client.Address())
	}
	return t.deliveries(seen.Deliveries, stopped), err
}

func (t There) deliveries(ofRun []store.RunDelivery, stopped []string) Deliveries {
	d := Deliveries{Failed: map[string]string{}, Patience: t.DeliverFor, Sent: store.Sent{Stopped: stopped}}
	for _, one := range ofRun {
		if one.State != store.DeliveryDelivered && one.State != store.DeliveryForgotten {
			d.Left++
			d.Failed[one.ID] = one.Error
		}
	}
	return d
}

// whyLost says why a run isn't followed any more, and what a person can do.
func (t There) whyLost(id string, err error) string {
	at := "--server " + t.Client.Address().String()
	if errors.Is(err, context.Canceled) {
		return fmt.Sprintf("no longer waited for: it goes on there; runner cancel %s %s ends it", id, at)
	}
	return fmt.Sprintf("how it ends isn't known: %s; runner show %s %s tells", secret.Mask(err.Error()), id, at)
}

// lostSight gives, in place of a run's end, how the run stood when it was seen last.
func (t There) lostSight(record store.Run, err error) Ended {
	return Ended{Record: record, Result: &run.Result{State: run.State(record.State), Err: err, Error: t.whyLost(record.Run, err)}}
}

// endedThere gives a run's end from what the API said of it last.
func endedThere(seen remote.Seen) Ended {
	r := seen.Run
	result := &run.Result{State: run.State(r.State), Pages: int(r.Pages), Records: r.Records, Bytes: r.Bytes, Warnings: r.Warnings,
		Error: r.Error, Unchanged: r.Unchanged}
	if r.State != store.Succeeded {
		result.Err = run.ErrorOf(r.Cause, r.Error)
	}
	for _, f := range r.Files {
		result.Files = append(result.Files, target.Published{Path: f.Path, Records: f.Records, Bytes: f.Bytes, SHA256: f.SHA256,
			Latest: f.Latest})
	}
	end := Ended{Record: r, Result: result}
	if r.StartedAt == nil || r.FinishedAt == nil {
		return end
	}
	result.StartedAt, result.FinishedAt = *r.StartedAt, *r.FinishedAt
	if len(seen.Attempts) > 0 && seen.Attempts[0].StartedAt != nil {
		end.Began, end.Attempts = *seen.Attempts[0].StartedAt, len(seen.Attempts)
	}
	return end
}

// relay shows an observer what the API says of a run while it goes on there.
type relay struct {
	to     RunObserver
	failed int // the newest attempt whose failure was shown
}

func (l *relay) show(seen remote.Seen) {
	r := &seen.Run
	switch {
	case r.TriesAgainAt != nil:
		if l.failed != r.Attempt {
			l.failed = r.Attempt
			l.to.Waiting(fmt.Sprintf("attempt %d failed", r.Attempt), r.Error, max(0, time.Until(*r.TriesAgainAt)))
		}
	case r.State == store.Scheduled:
		l.to.Doing("waiting for its turn")
	case r.State == store.Running && seen.Progress != nil:
		p := seen.Progress
		l.to.Progress(run.Progress{Stage: run.Stage(said.Line(p.Doing, 40)), Pages: p.Pages, Records: p.Records, Total: p.Total,
			Items: p.Items, AllItems: p.AllItems})
	case r.State.Ended():
		waits := func(d store.RunDelivery) bool { return d.State == store.DeliveryQueued }
		if at := slices.IndexFunc(r.Deliveries, waits); at >= 0 {
			l.to.Doing("delivering to " + r.Deliveries[at].Target)
		}
	}
}
