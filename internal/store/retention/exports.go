package retention

import (
	"context"
	"fmt"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
)

// all says that an output has no more exports than stay: it is before any run.
const all = 1

// keepExports notes of jobs from which tick on their runs with files stay.
func (o Old) keepExports(ctx context.Context, jobs []reach, keep Keep, b bounds) error {
	known := make(map[string]bool, len(keep.Jobs))
	for _, job := range keep.Jobs {
		known[job] = true
	}
	named := make(map[string]*reach, len(jobs))
	for i := range jobs {
		job := &jobs[i]
		named[job.Job] = job
		if keep.Jobs != nil && !known[job.Job] && job.newest >= b.old {
			job.Kept = all
		}
	}
	for _, e := range keep.Exports {
		job := named[e.Job]
		if job == nil {
			continue
		}
		oldest, err := database.Collect(ctx, o.db.Read(), database.Int, `SELECT r.tick FROM runs r
			WHERE r.job = $1 AND r.files LIKE $2 ESCAPE '!' ORDER BY r.tick DESC LIMIT 1 OFFSET $3`, e.Job, marks.FilesOf(e.Output), e.Count-1)
		if err != nil {
			return fmt.Errorf("exports of %s: %w", e.Job, err)
		}
		tick := int64(all)
		if len(oldest) > 0 {
			tick = oldest[0]
		}
		if job.Kept == 0 || tick < job.Kept {
			job.Kept = tick
		}
	}
	return nil
}
