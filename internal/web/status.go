package web

import (
	"net/http"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
)

// nodeStatus is what /api/v1/status answers: this process, and whether the
// newest job file is the one that it works with.
type nodeStatus struct {
	Node           string     `json:"node"`
	Generation     string     `json:"generation"` // sha256 of the job file in force, in hex
	InForceSince   *time.Time `json:"in_force_since"`
	ReloadError    string     `json:"reload_error"` // "" when the newest file is in force
	ReloadFailedAt *time.Time `json:"reload_failed_at"`
	// RefusedFiles are those of several job files that reload_error is about.
	RefusedFiles []refusedFile `json:"refused_files,omitempty"`
	Jobs         int           `json:"jobs"` // of the file in force, disabled ones too
	Loop         loopHealth    `json:"loop"`
	// Scheduled and Running count runs of all nodes; null while the database
	// doesn't answer.
	Scheduled *int64     `json:"scheduled"`
	Running   *int64     `json:"running"`
	DownSince *time.Time `json:"database_down_since"`
}

// refusedFile is a job file whose newest text isn't in force.
type refusedFile struct {
	File    string   `json:"file"`
	Error   string   `json:"error"`
	Jobs    []string `json:"jobs"`     // as far as they can be read
	InForce bool     `json:"in_force"` // as they were before; else they don't run
}

func refusedFiles(all []jobs.Refused) []refusedFile {
	var files []refusedFile
	for _, r := range all {
		files = append(files, refusedFile{secret.MaskAll(r.File), secret.Mask(r.Problems.Error()), append([]string{}, r.Jobs...), r.Kept})
	}
	return files
}

// status answers also while the database doesn't: that is when it is asked.
func (s *Server) status(r *http.Request) (reply[nodeStatus], error) {
	reload := s.o.Reload()
	status := nodeStatus{
		Node: s.o.Store.Node(), Generation: reload.Generation, InForceSince: whenSet(reload.At),
		ReloadError: secret.Mask(reload.Error), ReloadFailedAt: whenSet(reload.FailedAt),
		Jobs: len(s.o.Scheduler.File().Jobs), Loop: s.loop(), RefusedFiles: refusedFiles(reload.Refused),
	}
	if since, down := s.o.Store.Down(); down {
		status.DownSince = whenSet(since)
		return ok(status)
	}
	scheduled, running, err := s.o.Store.Counts(r.Context())
	if err != nil {
		status.DownSince = whenSet(s.o.Now())
		return ok(status)
	}
	status.Scheduled, status.Running = &scheduled, &running
	return ok(status)
}

// whenSet gives an instant in UTC, nil for none.
func whenSet(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Round(0))
}
