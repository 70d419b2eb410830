package store

import (
	"cmp"
	"fmt"
	"slices"

	"speckle-runner/internal/store/database"
)

// A run that waits for its next attempt stands in its job's way for as long as the retry
// policy allows. Where that time is over before the attempt has begun, because this process
// was down or had no slot, the run has failed.

// overdue reports whether a run waits for an attempt that must not begin any more.
func (c *claiming) overdue(a activeRow) bool {
	if a.state != Scheduled || a.failures == 0 || a.waiting == waitingForTurn {
		return false
	}
	return c.a.isOver(claimed{a.key, a.claim}, Failing{
		Run: a.id(), Job: a.Job, Tick: database.FromMicros(a.Tick), Trigger: a.via, Failures: a.failures, Since: database.FromMicros(a.since),
	}, c.now)
}

// endOverdue ends such a run as failed, with the error of its last attempt.
func (c *claiming) endOverdue(a activeRow) {
	if slices.Contains(c.over, a.key) {
		return // another tick of this fetch has ended it
	}
	why := fmt.Sprintf("%s (attempt %d was the last: the job's next tick came before another one could begin)",
		cmp.Or(a.error, "it had failed, and its next attempt was cut off"), a.attempt)
	e := a.ending(Failed, why)
	e.cause = a.cause
	c.ended = append(c.ended, e)
	c.over = append(c.over, a.key)
}
