package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/patience"
	"speckle-runner/internal/store"
)

const (
	// firstLook and lastLook are the shortest and the longest pause between two looks.
	firstLook = 200 * time.Millisecond
	lastLook  = 2 * time.Second
	// awayFor is how long a server may not answer while a run is followed: it may be
	// started again meanwhile, and goes on with the run.
	awayFor = 2 * time.Minute
)

// Seen is how a run stands.
type Seen struct {
	store.Whole

	Progress *Progress // nil: nobody knows, or it isn't running
}

// Follow looks at a run until it has ended, and tells of each look. It gives what it
// saw last, also with an error.
func (c *Client) Follow(ctx context.Context, id string, tell func(Seen)) (Seen, error) {
	return c.watch(ctx, id, func(seen Seen) bool {
		tell(seen)
		return seen.State.Ended()
	})
}

// watch looks at a run until somebody has seen enough.
func (c *Client) watch(ctx context.Context, id string, enough func(Seen) bool) (last Seen, err error) {
	pause, away := firstLook, time.Time{}
	for {
		w, err := c.whole(ctx, "follow "+id, id)
		switch failed, is := errors.AsType[*Error](err); {
		case err == nil:
			last, away = Seen(w), time.Time{}
			if enough(last) {
				return last, nil
			}
		case !is || !failed.Passing():
			return last, err
		case away.IsZero():
			away = time.Now()
		case time.Since(away) > awayFor:
			failed.What = fmt.Sprintf("nothing for %s: %s", awayFor, failed.What)
			return last, failed
		}
		if err := patience.Wait(ctx, pause); err != nil {
			return last, context.Canceled
		}
		pause = min(pause*3/2, lastLook)
	}
}

// Arrive looks at a run's messages until none waits any more. A receiver that has taken
// nothing for so long isn't waited for; Stopped names those.
func (c *Client) Arrive(ctx context.Context, id string, within time.Duration, tell func(Seen)) (last Seen, stopped []string, err error) {
	r := receivers{within: within, since: map[string]time.Time{}, taken: map[string]int{}, before: map[string]int{}}
	last, err = c.watch(ctx, id, func(seen Seen) bool {
		tell(seen)
		stopped = r.look(seen.Deliveries, time.Now())
		return !slices.ContainsFunc(seen.Deliveries, func(d store.RunDelivery) bool {
			return waits(d) && !slices.Contains(stopped, d.Target)
		})
	})
	return last, stopped, err
}

func waits(d store.RunDelivery) bool {
	return d.State == store.DeliveryQueued || d.State == store.DeliverySending
}

// receivers watches how long each receiver has taken nothing.
type receivers struct {
	within time.Duration
	since  map[string]time.Time // its last message, or the first look
	taken  map[string]int
	before map[string]int // tries of each message at the first look
}

// oneTry is how long a message is waited for that hasn't been tried yet, however short within is:
// 0 means one try of each, here as where this process sends. A serve may have much to send.
const oneTry = time.Minute

// tried reports whether a message was tried since it was asked for: before the first look
// too, which then finds it due later.
func (r *receivers) tried(d store.RunDelivery, now time.Time) bool {
	return d.Attempts > r.before[d.ID] || d.Attempts > 0 && d.NextTry != nil && d.NextTry.After(now.Add(time.Second))
}

// look gives the receivers that have taken nothing for too long, sorted.
func (r *receivers) look(all []store.RunDelivery, now time.Time) (stopped []string) {
	taken := map[string]int{}
	for _, d := range all {
		if d.State == store.DeliveryDelivered {
			taken[d.Target]++
		}
	}
	for _, d := range all {
		if _, seen := r.before[d.ID]; !seen {
			r.before[d.ID] = d.Attempts
		}
		if r.since[d.Target].IsZero() || taken[d.Target] > r.taken[d.Target] {
			r.since[d.Target], r.taken[d.Target] = now, taken[d.Target]
		}
		idle := now.Sub(r.since[d.Target])
		if waits(d) && idle >= r.within && (idle >= oneTry || r.tried(d, now)) {
			stopped = append(stopped, d.Target)
		}
	}
	slices.Sort(stopped)
	return slices.Compact(stopped)
}
