// Package tokens reads the token of a job when it is wanted: from a variable, a
// file, or a command that prints it, such as a secret manager's. It keeps none,
// sends none, and never hands a command what other jobs' tokens are in.
package tokens

import (
	"context"

	"speckle-runner/internal/secret"
)

// Read reads a job's token now, so that a rotated one is picked up by the next run.
// An absent one, and what surely is none, is secret.ErrMissing; a command that
// didn't do its work is a *CommandError.
func Read(ctx context.Context, source secret.Source) (secret.Value, error) {
	if source.Command == "" {
		return source.ResolveToken()
	}
	text, err := run(ctx, source)
	if err != nil {
		return secret.Value{}, err
	}
	return source.Printed(text)
}

// Look tells what can be told of a token without running anything: whether it is
// there, and of a command whether there is such a program.
func Look(source secret.Source) error {
	if source.Command == "" {
		_, err := source.ResolveToken()
		return err
	}
	_, err := find(source)
	return err
}
