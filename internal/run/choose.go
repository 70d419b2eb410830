package run

import (
	"context"
	"fmt"

	"speckle-runner/internal/speckle/version"
)

// choose finds the version that a list is read of, and gives it as $version has it. Where
// all outputs hold that version already, the run reads nothing.
func (r *reader) choose(ctx context.Context, from versioned, list *reading) (any, error) {
	v, err := from.choose(ctx, list)
	if err != nil {
		return nil, err
	}
	list.version = v
	if !list.item {
		r.version = v
		r.in.alreadyPublished = !r.DryRun && newPublisher(r.task, &r.in).hasVersion(ctx, v)
	}
	return versionValue(v), nil
}

// findVersion asks for the version that a run of a query is of: variables, programs and
// paths may name it. The version of elements is chosen when they are read.
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
		return fmt.Errorf("version %s of project %s: %w",
			shownValue(askedVersion, r.Of.Version, words), shownValue(askedProject, r.Of.Project, words), err)
	}
	r.version = &v
	return nil
}
