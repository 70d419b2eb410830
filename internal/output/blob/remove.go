package blob

import (
	"context"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
)

// RemoveExport takes an object away, with its manifest, while it is still what
// was published: one that somebody has replaced since stays, and so does one
// that is gone; neither is an error. The address is the object's, with its
// settings; of the published file its sha256 counts.
func (Storage) RemoveExport(ctx context.Context, written string, file target.Published) error {
	a, err := address.Parse(written)
	if err != nil {
		return err
	}
	b, err := open(ctx, a)
	if err != nil {
		return err
	}
	defer b.close()
	found, err := b.about(ctx, a.Key)
	if err != nil {
		return failed(ctx, "look at", a, err)
	}
	if found != nil && !isOf(found, file) {
		return nil
	}
	// The manifest goes first: one without its object would be a lie.
	manifest := a.With(target.ManifestPath(a.Key))
	if beside, err := b.about(ctx, manifest.Key); err != nil {
		return failed(ctx, "look at", manifest, err)
	} else if beside != nil && isOf(beside, file) {
		if err := b.remove(ctx, manifest.Key, condition{looked: true, was: beside}); err != nil {
			return failed(ctx, "remove", manifest, err)
		}
	}
	if found == nil {
		return nil
	}
	return failed(ctx, "remove", a, b.remove(ctx, a.Key, condition{looked: true, was: found}))
}

// isOf reports whether an object was put for a file.
func isOf(o *object, file target.Published) bool {
	return o.metadata[metaRun] != "" && o.metadata[metaSHA256] == file.SHA256
}
