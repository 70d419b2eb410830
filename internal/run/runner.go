package run

import (
	"net/http"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/speckle"
)

// Runner holds what all runs of a process share. It is safe for use by several
// goroutines.
type Runner struct {
	Dir       *output.Dir       // where files are published
	Limiters  *speckle.Limiters // one request rate for each server and token
	Transport *http.Transport   // connections to servers
	UserAgent string
	// Observe gives what sees the requests of a job; nil: nothing does.
	Observe func(job string) speckle.Observer
}

// ObserverOf gives what sees a job's requests.
func (r *Runner) ObserverOf(job string) speckle.Observer {
	if r.Observe == nil {
		return speckle.Observer{}
	}
	return r.Observe(job)
}

// Forget removes what a run's attempts have kept for a next one, once there is none.
func (r *Runner) Forget(run string) { r.Dir.DropParts(run) }

// InLedger says that the ledger has the end of an attempt of a run, and its files.
func (r *Runner) InLedger(run string, attempt int) { r.Dir.Told(run, attempt) }

// PlaceOf gives the place of a path or an address: the output directory, or a bucket.
func (r *Runner) PlaceOf(at string) target.Place {
	if address.Is(at) {
		return blob.Storage{}
	}
	return r.Dir
}

// inStorage reports whether a path or an address is in a bucket.
func (r *Runner) inStorage(at string) bool { return r.PlaceOf(at) != target.Place(r.Dir) }
