package marks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/store/database"
)

// Snapshot is what an export was, for a later run of its job to compare with.
// What is in it the ledger doesn't know.
type Snapshot struct {
	// Ignoring names the fields that were left out, as the run does; "" is none.
	Ignoring string
	Tick     time.Time // of the run; where a run leaves it, its own
	State    []byte
}

// keptSnapshots is how many ticks' snapshots a job keeps for marks that may be put
// back, beside the newest of each output that has arrived for good. One that
// is gone makes its mark none: an older one is compared with, and more is told.
const keptSnapshots = 8

const snapshotTicks = voidMarks + `SELECT v.output, (SELECT m.tick FROM marks m
  JOIN snapshots s ON s.job = m.job AND s.tick = m.tick AND s.ignoring = $3
  WHERE m.job = $2 AND m.output IN (v.output, '*') AND m.tick < $4
    AND NOT EXISTS (SELECT 1 FROM void WHERE void.tick = m.tick AND void.output IN (m.output, '*'))
  ORDER BY m.tick DESC LIMIT 1) FROM {list output text}`

// Snapshots gives for outputs of a job the snapshot of the mark that a run at
// a tick goes on from: a tick that is run again isn't compared with itself. An
// output that has none isn't in the answer.
func (r Kept) Snapshots(ctx context.Context, job, ignoring string, outputs []string, before time.Time) (map[string]Snapshot, error) {
	ticks := map[string]int64{}
	var wanted []tickRow
	_, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (struct{}, error) {
		var output string
		var tick *int64
		if err := row.Scan(&output, &tick); err != nil || tick == nil {
			return struct{}{}, err
		}
		ticks[output], wanted = *tick, append(wanted, tickRow{job, *tick})
		return struct{}{}, nil
	}, snapshotTicks, database.List(outputRows(outputs)), job, ignoring, database.Micros(database.Canonical(before)))
	if err == nil && len(wanted) > 0 {
		var states map[int64][]byte
		states, err = r.snapshotStates(ctx, job, ignoring, wanted)
		if err == nil {
			return snapshotsAt(ticks, ignoring, states), nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("what %s published last: %w", job, r.db.Explain(err))
	}
	return map[string]Snapshot{}, nil
}

// snapshotStates reads each state once, however many outputs it is for.
func (r Kept) snapshotStates(ctx context.Context, job, ignoring string, wanted []tickRow) (map[int64][]byte, error) {
	states := map[int64][]byte{}
	_, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (struct{}, error) {
		var tick int64
		var state []byte
		err := row.Scan(&tick, &state)
		states[tick] = state
		return struct{}{}, err
	}, `SELECT tick, state FROM snapshots WHERE job = $2 AND ignoring = $3 AND tick IN (SELECT v.tick FROM {list job text, tick bigint})`,
		database.List(wanted), job, ignoring)
	return states, err
}

func snapshotsAt(ticks map[string]int64, ignoring string, states map[int64][]byte) map[string]Snapshot {
	found := map[string]Snapshot{}
	for output, tick := range ticks {
		if state, is := states[tick]; is { // else a run of another node has just forgotten it
			found[output] = Snapshot{Ignoring: ignoring, Tick: database.FromMicros(tick), State: state}
		}
	}
	return found
}

// KeepSnapshots writes what a good run published, in the transaction that ends
// the run, and forgets what no mark will be put back to. A backfill's stays until the
// job's next run: the tick after it is compared with it. left are the run's marks.
func KeepSnapshots(ctx context.Context, t database.Tx, e Ended, published []Snapshot, left []Mark) error {
	if len(published) == 0 {
		return nil
	}
	for _, one := range published {
		if _, err := t.Exec(ctx, `INSERT INTO snapshots (job, tick, ignoring, state) VALUES ($1, $2, $3, $4)
			ON CONFLICT (job, ignoring, tick) DO UPDATE SET state = excluded.state`, e.Job, e.Tick, one.Ignoring, one.State); err != nil {
			return err
		}
	}
	ticks, err := database.Collect(ctx, t, database.Int, `SELECT DISTINCT tick FROM snapshots WHERE job = $1 ORDER BY tick DESC`, e.Job)
	if err != nil || len(ticks) <= 2 {
		return err
	}
	arrived, err := arrivedSnapshots(ctx, t, e, left)
	if err != nil {
		return err
	}
	var old []tickRow
	for i, tick := range ticks {
		if !keepsSnapshot(i, tick, arrived) && tick != e.Tick {
			old = append(old, tickRow{e.Job, tick})
		}
	}
	if len(old) == 0 {
		return nil
	}
	_, err = t.Exec(ctx, `DELETE FROM snapshots
		WHERE job = $2 AND tick IN (SELECT v.tick FROM {list job text, tick bigint})`, database.List(old), e.Job)
	return err
}

// keepsSnapshot decides about one tick, the i-th from the newest: the two newest
// are always kept (the newest one, when it is run again, is compared with the
// one before), and some that came after an output's receiver last got all.
func keepsSnapshot(i int, tick int64, arrived []int64) bool {
	return i < 2 || slices.Contains(arrived, tick) || i < keptSnapshots && slices.ContainsFunc(arrived, func(a int64) bool { return a < tick })
}

// arrivedSnapshots gives for each output that a run has marked the tick of the
// newest snapshot that has arrived for good, 0 for none.
func arrivedSnapshots(ctx context.Context, t database.Tx, e Ended, left []Mark) ([]int64, error) {
	outputs := make([]string, len(left))
	for i, m := range left {
		outputs[i] = m.Output
	}
	return database.Collect(ctx, t, database.Int, `SELECT coalesce((SELECT m.tick FROM marks m
		  WHERE m.job = $2 AND m.output IN (v.output, '*') AND m.base = 0
		    AND EXISTS (SELECT 1 FROM snapshots s WHERE s.job = m.job AND s.tick = m.tick)
		    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.job = m.job AND d.tick = m.tick AND d.kind = 'output'
		      AND d.state <> 'delivered' AND d.output IN (m.output, '*'))
		  ORDER BY m.tick DESC LIMIT 1), 0) FROM {list output text} WHERE v.output <> ''`, database.List(outputRows(outputs)), e.Job)
}

// DropSnapshots forgets the snapshots of jobs that have no schedule any more
// (they were taken out of the file, or are run by hand) and have had no run
// since an instant; 0 drops none.
func DropSnapshots(ctx context.Context, t database.Tx, unused int64) error {
	if unused == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `DELETE FROM snapshots WHERE tick < $1
		AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.job = snapshots.job AND j.schedule <> '')
		AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = snapshots.job AND r.tick >= $1)`, unused)
	return err
}
