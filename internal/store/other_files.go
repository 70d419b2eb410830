package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
)

// otherFileFor is how long two nodes may have different job files: they look at theirs every
// few seconds, and a volume may bring a new one to one machine a minute later than to another.
const otherFileFor = 2 * time.Minute

// OtherFiles gives the living nodes whose job file says something else than this node's, and
// has done so for two minutes. Which node a run comes to is chance: then so is what it does.
func (s *Store) OtherFiles(ctx context.Context) ([]string, error) {
	if s.db.File() {
		return nil, nil // one process serves it
	}
	nodes, err := database.Collect(ctx, s.db.Read(), database.String, `SELECT o.node FROM node_lease m CROSS JOIN node_lease o
		WHERE m.node = $1 AND o.node <> $1 AND o.serve = 1 AND o.expires_at >= {now} AND m.job_file <> '' AND o.job_file <> ''
		  AND o.job_file <> m.job_file AND m.job_file_at < {now} - $2 AND o.job_file_at < {now} - $2 ORDER BY o.node`,
		s.node, otherFileFor.Microseconds())
	return nodes, s.db.Explain(err)
}

// jobFile names what this node's job file says; "": nobody works here, or it isn't known.
func (s *Store) jobFile() string {
	if w := s.working(); w != nil && w.o.JobFile != nil {
		return w.o.JobFile()
	}
	return ""
}
