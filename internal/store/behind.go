package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
)

// Where more runs are due than can be done, ticks of a job may come due while an earlier tick of it still
// waits to begin. The job's overlap rule is for these, too: else each would run later and later, and the
// queue would grow without bound. When the earlier tick begins, the rule is applied to all that wait
// behind it, as if they had been taken from the queue at once. See decision 27.

// prompt is how soon after its due time a run begins on a node that isn't busy. Nothing can wait behind such
// a run, so nothing is looked for.
const prompt = time.Second

// selectBehind finds due ticks after those that begin, which no node has taken yet.
var selectBehind = `
SELECT ` + activeColumns + `
FROM {list job text, tick bigint} JOIN runs r ON r.job = v.job AND r.tick > v.tick
WHERE r.state = 'scheduled' AND r.active = 0 AND r.via = 'schedule' AND r.due_at <= {now}
ORDER BY r.job, r.tick LIMIT $2`

// passOver ends ticks that wait behind runs that begin late, as their jobs' overlap says. active are the
// jobs' other runs. Rows of the queue stay: the node that fetches one finds that its run has ended.
func (c *claiming) passOver(ctx context.Context, judged map[key]bool, active map[string][]activeRow) error {
	var late []key
	first := map[string]string{} // by job
	for _, begun := range c.started {
		if !begun.Trigger.WaitsInLine() && c.now.Sub(begun.Due) >= prompt {
			late, first[begun.Job] = append(late, begun.key()), begun.Run
		}
	}
	if len(late) == 0 {
		return nil
	}
	found, err := database.Collect(ctx, c.t, scanActive, selectBehind, database.List(late), chunk)
	if err != nil {
		return err
	}
	behind := map[string][]activeRow{}
	for _, r := range found {
		if !judged[r.key] {
			judged[r.key] = true
			behind[r.Job] = append(behind[r.Job], r)
		}
	}
	for _, begun := range late {
		if rows := behind[begun.Job]; len(rows) > 0 {
			c.ended = append(c.ended, passedOver(c.a.policy(begun.Job).overlap, first[begun.Job], active[begun.Job], rows)...)
			delete(behind, begun.Job)
		}
	}
	return nil
}

// passedOver says which of the ticks end that wait behind a run that begins: with skip all of them, with
// queue all but one, which waits, with replace all but the newest.
func passedOver(policy Overlap, first string, active, behind []activeRow) (ended []endedRow) {
	state, reason := Skipped, runningReason(first)
	switch policy {
	case OverlapQueue:
		waits := waitsAlready(active)
		if waits == "" {
			waits, behind = behind[0].id(), behind[1:]
		}
		reason = waitingReason(waits)
	case OverlapReplace:
		last := len(behind) - 1
		state, reason = Canceled, "replaced by run "+behind[last].id()+" before it could run"
		behind = behind[:last]
	}
	for _, r := range behind {
		ended = append(ended, r.ending(state, reason))
	}
	return ended
}
