package run

import (
	"context"
	"errors"
	"fmt"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
)

// stands reports whether what a mark names is where it was published.
func (e *publisher) stands(ctx context.Context, i int, mark Mark) bool {
	if out := &e.Job.Outputs[i]; out.IsFile() {
		return e.lies(ctx, out, mark)
	}
	return true
}

// lies reports whether every path that this run would write holds what the run
// of the mark wrote there. One that can't be looked at is written again.
func (e *publisher) lies(ctx context.Context, out *jobs.Output, mark Mark) bool {
	for _, x := range e.exports(e.in, out) {
		err := e.liesAt(ctx, x, mark)
		if ctx.Err() != nil {
			return false // publishing tells
		}
		if err != nil {
			e.Log.Info().Str("why", e.words().Text(err.Error())).Msg("the records are unchanged, and published all the same")
			return false
		}
	}
	return true
}

// liesAt says what is missing of one export.
func (e *publisher) liesAt(ctx context.Context, x export, mark Mark) error {
	file, latest, err := e.paths(x)
	if err != nil {
		return err
	}
	place := e.runner.PlaceOf(file)
	wrote, known := mark.file(x.out, place.Shown(file))
	switch {
	case !known:
		return fmt.Errorf("%s isn't what the records were written to", wrote.Path)
	case x.out.Append:
		wrote, err = e.partLies(ctx, file, mark.Run)
	default:
		err = there(file)(place.Holds(ctx, file, wrote))
	}
	if err == nil && latest != "" {
		err = there(latest)(place.Holds(ctx, latest, wrote))
	}
	if err == nil && x.out.Manifest {
		err = there(target.ManifestPath(wrote.Path))(place.HoldsManifest(ctx, file, wrote))
	}
	return err
}

// partLies gives a file that grows as it is now, where the run's part is in it. There
// is none in storage.
func (e *publisher) partLies(ctx context.Context, file, run string) (target.Published, error) {
	is, has, err := e.runner.Dir.HoldsPart(ctx, file, run)
	if err == nil && !has {
		err = notThere(file)
	}
	return is, err
}

// file finds what the mark's run wrote to a path, which is as the ledger has it.
func (m Mark) file(out *jobs.Output, shown string) (target.Published, bool) {
	for _, f := range m.Files {
		if f.Path == shown && f.Output == out.File.Text() {
			return f, true
		}
	}
	return target.Published{Path: shown}, false
}

func there(target string) func(bool, error) error {
	return func(is bool, err error) error {
		if err == nil && !is {
			err = notThere(target)
		}
		return err
	}
}

func notThere(target string) error {
	shown, _ := address.Split(target)
	return errors.New(shown + " isn't there, or isn't what was written")
}
