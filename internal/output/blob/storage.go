package blob

import (
	"context"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
)

// Storage is the clouds' storage, as a place: each address says which it is in.
type Storage struct{}

var _ target.Place = Storage{}

// Shown gives an address without its settings.
func (Storage) Shown(at string) string {
	shown, _ := address.Split(at)
	return shown
}

// Where gives the address: it is the same for everybody.
func (Storage) Where(shown string) string { return shown }

// Holds reports whether an address holds what was published, as its object
// says: the runner put it, with that sha256, and it has that size.
func (Storage) Holds(ctx context.Context, written string, p target.Published) (bool, error) {
	a, err := address.Parse(written)
	if err != nil {
		return false, err
	}
	found, err := look(ctx, a)
	return found != nil && isOf(found, p) && found.size == p.Bytes, err
}

// HoldsManifest reports whether the manifest of what was published is beside it;
// the address is the object's.
func (Storage) HoldsManifest(ctx context.Context, written string, p target.Published) (bool, error) {
	a, err := address.Parse(written)
	if err != nil {
		return false, err
	}
	found, err := look(ctx, a.With(target.ManifestPath(a.Key)))
	return found != nil && isOf(found, p), err
}

func look(ctx context.Context, a address.Address) (*object, error) {
	b, err := open(ctx, a)
	if err != nil {
		return nil, err
	}
	defer b.close()
	found, err := b.about(ctx, a.Key)
	return found, failed(ctx, "look at", a, err)
}

// RemoveExport takes an object away, with its manifest, while it is still what
// was published: one that somebody has replaced since stays, and so does one
// that is gone; neither is an error. The address is the object's, with its
// settings; of the published file its sha256 counts.
func (Storage) RemoveExport(ctx context.Context, written string, file target.Published) (gone bool, err error) {
	a, err := address.Parse(written)
	if err != nil {
		return false, err
	}
	b, err := open(ctx, a)
	if err != nil {
		return false, err
	}
	defer b.close()
	found, err := b.about(ctx, a.Key)
	if err != nil {
		return false, failed(ctx, "look at", a, err)
	}
	if found != nil && !isOf(found, file) {
		return true, nil
	}
	// The manifest goes first: one without its object would be a lie.
	manifest := a.With(target.ManifestPath(a.Key))
	if beside, err := b.about(ctx, manifest.Key); err != nil {
		return false, failed(ctx, "look at", manifest, err)
	} else if beside != nil && isOf(beside, file) {
		if err := b.remove(ctx, manifest.Key, condition{looked: true, was: beside}); err != nil {
			return false, failed(ctx, "remove", manifest, err)
		}
	}
	if found == nil {
		return true, nil
	}
	err = failed(ctx, "remove", a, b.remove(ctx, a.Key, condition{looked: true, was: found}))
	return err == nil, err
}

// isOf reports whether an object was put for a file.
func isOf(o *object, file target.Published) bool {
	return o.metadata[metaRun] != "" && o.metadata[metaSHA256] == file.SHA256
}
