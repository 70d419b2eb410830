package target

import "context"

// Place is where what was published lies: the output directory, or a cloud's storage.
// A path or address is given as the output writes it, an address with its settings.
type Place interface {
	// Shown gives a path or an address as the ledger and messages have it.
	Shown(at string) string
	// Where says where that is to somebody who looks for it.
	Where(shown string) string
	// Holds reports whether what lies there is what was published.
	Holds(ctx context.Context, at string, p Published) (bool, error)
	// HoldsManifest reports whether the manifest of what was published lies beside it.
	HoldsManifest(ctx context.Context, at string, p Published) (bool, error)
	// RemoveExport takes away what was published, and its manifest, unless somebody
	// has changed it since. What is gone already is no error. gone says that it is nowhere:
	// of a file that isn't there, not even that, as it may lie on another node's disk.
	RemoveExport(ctx context.Context, at string, p Published) (gone bool, err error)
}
