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
	// Told gives who is told of the requests of a job; nil: nobody.
	Told func(job string) speckle.Told
}

// RequestsOf gives who is told of a job's requests.
func (r *Runner) RequestsOf(job string) speckle.Told {
	if r.Told == nil {
		return speckle.Told{}
	}
	return r.Told(job)
}

// Forget removes what a run's attempts have kept for the next one: there is
// none.
func (r *Runner) Forget(run string) { r.Dir.DropParts(run) }

// Known says that the ledger has how an attempt of a run ended, and its files.
func (r *Runner) Known(run string, attempt int) { r.Dir.Told(run, attempt) }

// PlaceOf gives the place that a path or an address is in.
func (r *Runner) PlaceOf(at string) target.Place {
	if address.Is(at) {
		return blob.Storage{}
	}
	return r.Dir
}

// inStorage says that a path or an address is not in the output directory.
func (r *Runner) inStorage(at string) bool { return r.PlaceOf(at) != target.Place(r.Dir) }
