package run

import (
	"context"
	"fmt"

	"speckle-runner/internal/speckle/version"
)

// choose finds the version of a list, and gives it as $version shows it. Where it
// is published already, the run has nothing to read.
func (r *reader) choose(ctx context.Context, from versioned, list *reading) (any, error) {
	v, err := from.choose(ctx, list)
	if err != nil {
		return nil, err
	}
	list.version = v
	if !list.item {
		r.version = v
		r.in.same = !r.DryRun && newPublisher(r.task, &r.in).holds(ctx, v)
	}
	return shown(v), nil
}

// findVersion looks for the version that a run of a query is of: its variables,
// its programs and its paths may name it. That of elements is chosen with them.
func (r *reader) findVersion(ctx context.Context) error {
	if r.Of.Version == "" && r.Job.NeedsVersion() {
		return &unsupportedError{"the job has a run for each new version, and this run is of none: " +
			"runner run " + r.Job.Name + " --version ID makes one of a version by hand"}
	}
	if r.Of.Version == "" || r.Job.Elements != nil {
		return nil
	}
	v, err := version.Named(ctx, r.client, r.Of.Project, r.Of.Version)
	if err != nil {
		words := r.words()
		return fmt.Errorf("version %s of project %s: %w", plainly(askedVersion, r.Of.Version, words), plainly(askedProject, r.Of.Project, words),
			err)
	}
	r.version = &v
	return nil
}
