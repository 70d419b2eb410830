package run

import (
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
)

// PlaceOf gives the place that a path or an address is in.
func (r *Runner) PlaceOf(at string) target.Place {
	if address.Is(at) {
		return blob.Storage{}
	}
	return r.Dir
}

// inStorage says that a path or an address is not in the output directory.
func (r *Runner) inStorage(at string) bool { return r.PlaceOf(at) != target.Place(r.Dir) }
