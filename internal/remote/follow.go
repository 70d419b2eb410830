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
	// firstPause and lastPause are the shortest and the longest pause between two questions.
	firstPause = 200 * time.Millisecond
	lastPause  = 2 * time.Second
	// awayFor is how long a server may give no answer while a run is followed: it may be
	// restarting, and goes on with the run then.
	awayFor = 2 * time.Minute
)

// Seen is a run as the server gave it last.
type Seen struct {
	store.Whole

	Progress *Progress // nil: not known, or the run isn't running
}

// Follow asks for a run until it has ended, and calls show with each answer. It gives the
// last answer, also with an error.
func (c *Client) Follow(ctx context.Context, id string, show func(Seen)) (Seen, error) {
	return c.watch(ctx, id, func(seen Seen) bool {
		show(seen)
		return seen.State.Ended()
	})
}

// watch asks for a run until enough says that an answer was the last one needed.
func (c *Client) watch(ctx context.Context, id string, enough func(Seen) bool) (last Seen, err error) {
	pause, away := firstPause, time.Time{}
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
		pause = min(pause*3/2, lastPause)
	}
}

// Arrive asks for a run until none of its messages waits any more. It doesn't wait for
// receivers that have taken nothing within a time; stopped names those.
func (c *Client) Arrive(ctx context.Context, id string, within time.Duration, show func(Seen)) (last Seen, stopped []string, err error) {
	r := receivers{within: within, since: map[string]time.Time{}, taken: map[string]int{}, before: map[string]int{}}
	last, err = c.watch(ctx, id, func(seen Seen) bool {
		show(seen)
		stopped = r.idle(seen.Deliveries, time.Now())
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
	since  map[string]time.Time // by receiver: when it took its last message, else the first answer
	taken  map[string]int       // by receiver: messages that it has taken
	before map[string]int       // by message: its tries that had ended at the first answer
}

// oneTry is how long to wait for the first try of a message, however short within is: with 0
// each message is tried once, as by this process itself. A serve may have many to send first.
const oneTry = time.Minute

// tried reports whether a message was tried since the command asked for it. It may have been
// before the first answer: its next try is due later then.
func (r *receivers) tried(d store.RunDelivery, now time.Time) bool {
	return ended(d) > r.before[d.ID] || ended(d) > 0 && d.NextTry != nil && d.NextTry.After(now.Add(time.Second))
}

// ended counts the tries of a message that have ended: one counts from its beginning.
func ended(d store.RunDelivery) int {
	if d.State == store.DeliverySending {
		return max(0, d.Attempts-1)
	}
	return d.Attempts
}

// idle gives the receivers that have taken nothing for too long, sorted.
func (r *receivers) idle(deliveries []store.RunDelivery, now time.Time) (stopped []string) {
	taken := map[string]int{}
	for _, d := range deliveries {
		if d.State == store.DeliveryDelivered {
			taken[d.Target]++
		}
	}
	for _, d := range deliveries {
		if _, seen := r.before[d.ID]; !seen {
			r.before[d.ID] = ended(d)
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
