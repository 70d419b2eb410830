package run

import (
	"context"
	"encoding/json"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/speckle/version"
)

// choose finds the version of a list, and gives it as $version shows it. Where it
// is published already, the run has nothing to read.
func (r *reader) choose(ctx context.Context, from versioned, list *reading) (any, error) {
	v, err := from.choose(ctx, list)
	if err != nil {
		return nil, err
	}
	if list.version = v; !list.item {
		r.version = v
		r.in.same = !r.DryRun && newPublisher(r.task, &r.in).holds(ctx, v)
	}
	return shown(v), nil
}

// shown is a version as programs see it, null for none.
func shown(v *version.Version) any {
	text, err := json.Marshal(v)
	if err != nil {
		return nil // texts always encode
	}
	value, err := jq.Decode(text)
	if err != nil {
		return nil // what was encoded is decoded
	}
	return value
}
