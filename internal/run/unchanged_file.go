package run

import (
	"context"
	"errors"
	"fmt"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
)

// inPlace reports whether what a mark names is where it was published.
func (e *publisher) inPlace(ctx context.Context, i int, mark Mark) bool {
	if out := &e.Job.Outputs[i]; out.IsFile() {
		return e.filesInPlace(ctx, out, mark)
	}
	return true
}

// filesInPlace reports whether every path that this run would write holds what the run
// of the mark wrote there. False also where a path can't be looked at: it is written again.
func (e *publisher) filesInPlace(ctx context.Context, out *jobs.Output, mark Mark) bool {
	for _, x := range e.exports(e.in, out) {
		err := e.missingOf(ctx, x, mark)
		if ctx.Err() != nil {
			return false // publishing gives the error
		}
		if err != nil {
			e.Log.Info().Str("why", e.words().Text(err.Error())).Msg("the records are unchanged, and published all the same")
			return false
		}
	}
	return true
}

// missingOf says what of one export isn't where the mark's run wrote it; nil: nothing.
func (e *publisher) missingOf(ctx context.Context, x export, mark Mark) error {
	file, latest, err := e.paths(x)
	if err != nil {
		return err
	}
	place := e.runner.PlaceOf(file)
	var holds bool
	wrote, known := mark.file(x.out, place.Shown(file))
	switch {
	case !known:
		return fmt.Errorf("%s isn't what the records were written to", wrote.Path)
	case x.out.Append:
		wrote, err = e.partInPlace(ctx, file, mark.Run)
	default:
		holds, err = place.Holds(ctx, file, wrote)
		err = missing(file, holds, err)
	}
	if err == nil && latest != "" {
		holds, err = place.Holds(ctx, latest, wrote)
		err = missing(latest, holds, err)
	}
	if err == nil && x.out.Manifest {
		holds, err = place.HoldsManifest(ctx, file, wrote)
		err = missing(target.ManifestPath(wrote.Path), holds, err)
	}
	return err
}

// partInPlace gives a file that grows as it is now; an error where the part of a run isn't
// in it. No such file lies in a bucket.
func (e *publisher) partInPlace(ctx context.Context, file, run string) (target.Published, error) {
	now, has, err := e.runner.Dir.HoldsPart(ctx, file, run)
	return now, missing(file, has, err)
}

// file finds what the mark's run wrote to a path, given as the ledger shows it.
func (m Mark) file(out *jobs.Output, shown string) (target.Published, bool) {
	for _, f := range m.Files {
		if f.Path == shown && f.Output == out.File.Text() {
			return f, true
		}
	}
	return target.Published{Path: shown}, false
}

// missing makes an error of what a look at a path found.
func missing(path string, holds bool, err error) error {
	if err != nil || holds {
		return err
	}
	shown, _ := address.Split(path)
	return errors.New(shown + " isn't there, or isn't what was written")
}
