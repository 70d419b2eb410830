package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// VersionMark says which versions of its project a job knows.
type VersionMark struct {
	Upto time.Time // all versions that were made before it are known
	IDs  []string  // the versions that are known and were made at Upto or later
	// Looked is when the last look began that succeeded; zero: none has, and the job
	// begins with the versions that come after those which are there.
	Looked time.Time
	// Told is the tick of the run that told people that looks fail; zero: none has.
	Told time.Time
}

// A look that was taken at a time still to come was taken before the clock was set back: it
// doesn't keep others from looking.
const takeLook = `
INSERT INTO version_marks (job, place, upto, ids, taken_at, looked_at, failing_since, told) SELECT $1, $2, 0, '', {now}, 0, 0, 0
WHERE true ON CONFLICT (job) DO UPDATE SET taken_at = excluded.taken_at, place = excluded.place,
  upto = CASE WHEN version_marks.place = excluded.place THEN version_marks.upto ELSE 0 END,
  ids = CASE WHEN version_marks.place = excluded.place THEN version_marks.ids ELSE '' END,
  looked_at = CASE WHEN version_marks.place = excluded.place THEN version_marks.looked_at ELSE 0 END,
  failing_since = CASE WHEN version_marks.place = excluded.place THEN version_marks.failing_since ELSE 0 END,
  told = CASE WHEN version_marks.place = excluded.place THEN version_marks.told ELSE 0 END
WHERE version_marks.place <> excluded.place OR version_marks.taken_at <= excluded.taken_at - $3
  OR version_marks.taken_at > excluded.taken_at
RETURNING upto, ids, looked_at, told`

// TakeLook takes a job's next look at a place, which is a project of a server, for this node.
// taken is false where a node began one less than every ago.
func (s *Store) TakeLook(ctx context.Context, job, place string, every time.Duration) (m VersionMark, taken bool, err error) {
	var found []VersionMark
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) (err error) {
		found, err = database.Collect(ctx, t, scanVersionMark, takeLook, job, place, every.Microseconds())
		return err
	})
	if err != nil {
		return VersionMark{}, false, fmt.Errorf("begin a look for %s: %w", job, err)
	}
	if len(found) == 0 {
		return VersionMark{}, false, nil
	}
	return found[0], true, nil
}

func scanVersionMark(r database.Rows) (m VersionMark, err error) {
	var upto, looked, told int64
	var ids string
	if err := r.Scan(&upto, &ids, &looked, &told); err != nil {
		return m, err
	}
	m.Upto, m.IDs = database.FromMicros(upto), strings.Fields(ids)
	if upto == 0 {
		m.Upto = time.Unix(0, 0).UTC()
	}
	if looked != 0 {
		m.Looked = database.FromMicros(looked)
	}
	if told != 0 {
		m.Told = database.FromMicros(told)
	}
	return m, nil
}

// EndLook writes that a look succeeded, and up to where all versions have their runs. A mark
// never goes back, so a slow node doesn't undo another's. recovery is owed where people were
// told that looks fail, and belongs to the run that told them.
func (s *Store) EndLook(ctx context.Context, job, place string, upto time.Time, ids []string, recovery []NewDelivery) error {
	err := s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		if err := lockJobs(ctx, t, []key{{Job: job}}); err != nil {
			return err
		}
		told, err := database.Collect(ctx, t, database.Int, `SELECT told FROM version_marks WHERE job = $1 AND place = $2 {for update}`, job,
			place)
		if err != nil {
			return err
		}
		if tick := first(told); tick != 0 {
			if err := s.addDeliveries(ctx, t, key{job, tick}, 0, recovery, false); err != nil {
				return err
			}
		}
		_, err = t.Exec(ctx, `UPDATE version_marks SET looked_at = taken_at, failing_since = 0, told = 0 WHERE job = $1 AND place = $2`, job,
			place)
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE version_marks SET upto = $3, ids = $4
			WHERE job = $1 AND place = $2 AND (upto < $3 OR upto = $3 AND length(ids) < length($4))`, job, place, database.Micros(upto),
			strings.Join(ids, " "))
		return err
	})
	if err != nil {
		return fmt.Errorf("end a look for %s: %w", job, err)
	}
	if len(recovery) > 0 {
		s.queue.Wake(queue.Deliveries)
	}
	return nil
}

// FailLook writes that a look failed. since is when the first of several failed looks began,
// if people are to be told now: all have failed for patience, and none was told of.
func (s *Store) FailLook(ctx context.Context, job, place string, patience time.Duration) (since time.Time, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		if _, err := t.Exec(ctx, `UPDATE version_marks SET failing_since = taken_at WHERE job = $1 AND place = $2 AND failing_since = 0`, job,
			place); err != nil {
			return err
		}
		found, err := database.Collect(ctx, t, database.Int, `SELECT failing_since FROM version_marks
			WHERE job = $1 AND place = $2 AND told = 0 AND failing_since <= {now} - $3`, job, place, patience.Microseconds())
		if len(found) > 0 {
			since = database.FromMicros(found[0])
		}
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("end a look for %s: %w", job, err)
	}
	return since, nil
}

// TellLook records a failed run for looks that fail, so that people are told by the messages
// that it owes: once, until a look succeeds again.
func (s *Store) TellLook(ctx context.Context, place string, end End) (told bool, err error) {
	row := runRow{
		key: key{end.Job, database.Micros(database.Canonical(end.Tick))}, State: Failed, Via: end.Trigger, Generation: end.Generation,
		Priority: 1,
		Error:    shown(end.Reason, maxError),
	}
	if err := s.ensureJobs(ctx, []runRow{row}); err != nil {
		return false, fmt.Errorf("tell of looks for %s: %w", end.Job, err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		if err := lockJobs(ctx, t, []key{row.key}); err != nil {
			return err
		}
		n, err := t.Exec(ctx, `UPDATE version_marks SET told = $3 WHERE job = $1 AND place = $2 AND told = 0 AND failing_since > 0`, end.Job,
			place, row.Tick)
		told = n > 0
		if err != nil || !told {
			return err
		}
		now, err := databaseNow(ctx, t)
		if err == nil {
			err = notAhead([]runRow{row}, now)
		}
		if err != nil {
			return err
		}
		row.stamp(now)
		if _, err := database.Collect(ctx, t, scanKey, insertRuns, database.List([]runRow{row})); err != nil {
			return err
		}
		return s.addDeliveries(ctx, t, row.key, 0, end.Deliveries, false)
	})
	if err != nil {
		return false, fmt.Errorf("tell of looks for %s: %w", end.Job, err)
	}
	if told && len(end.Deliveries) > 0 {
		s.queue.Wake(queue.Deliveries)
	}
	return told, nil
}
