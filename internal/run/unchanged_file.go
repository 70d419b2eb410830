package run

import (
	"context"
	"errors"
	"fmt"
	"path"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
)

// lies reports whether every path that this run would write holds what the run
// of the mark wrote there. One that can't be looked at is written again.
func (e *publisher) lies(ctx context.Context, out *jobs.Output, mark Mark) bool {
	for _, x := range e.exports(out) {
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
	wrote, known := mark.file(x.out, file)
	switch {
	case !known:
		return fmt.Errorf("%s isn't what the records were written to", wrote.Path)
	case address.Is(file):
		return e.objectLies(ctx, x.out, file, latest, wrote)
	case x.out.Append:
		var has bool
		if wrote, has, err = e.runner.Dir.HoldsPart(ctx, file, mark.Run); err == nil && !has {
			err = notThere(file)
		}
	default:
		err = there(file)(e.runner.Dir.Holds(ctx, file, wrote))
	}
	if err == nil && latest != "" {
		err = there(latest)(e.runner.Dir.Holds(ctx, latest, wrote))
	}
	if err == nil && x.out.Manifest {
		err = there(target.ManifestPath(wrote.Path))(e.runner.Dir.HoldsManifest(wrote))
	}
	return err
}

// objectLies asks the storage: objects say themselves what they are.
func (e *publisher) objectLies(ctx context.Context, out *jobs.Output, file, latest string, wrote target.Published) error {
	err := there(wrote.Path)(blob.Holds(ctx, file, wrote))
	if err == nil && latest != "" {
		shown, _ := address.Split(latest)
		err = there(shown)(blob.Holds(ctx, latest, wrote))
	}
	if err == nil && out.Manifest {
		err = there(target.ManifestPath(wrote.Path))(blob.HoldsManifest(ctx, file, wrote))
	}
	return err
}

// file finds what the mark's run wrote to a path.
func (m Mark) file(out *jobs.Output, written string) (target.Published, bool) {
	shown, _ := address.Split(written)
	if !address.Is(written) {
		shown = path.Clean(written)
	}
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
	return errors.New(target + " isn't there, or isn't what was written")
}
