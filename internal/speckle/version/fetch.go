package version

import (
	"context"
	"net/http"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// NewStorage makes connections to storages. A file's bytes come as they are.
func NewStorage() *http.Transport {
	t := speckle.NewTransport()
	t.DisableCompression = true
	return t
}

// Fetch brings a version's data, whole, below the folder. With an error there
// may be a part.
func Fetch(ctx context.Context, v Version, o Options) (Data, Stats, error) {
	redactor, forget := lend(o.Redactor)
	defer forget()
	f := &fetcher{Options: o, version: v, redactor: redactor, words: said.With(redactor)}
	if f.Storage == nil {
		own := NewStorage()
		defer own.CloseIdleConnections()
		f.Storage = own
	}
	f.Storage = speckle.Watched(f.Storage)
	var data Data
	var err error
	if v.Kind() == Bundle {
		data, err = f.bundle(ctx)
	} else {
		data, err = f.graph(ctx)
	}
	return data, f.stats, err
}

// lend gives a redactor that forgets what it learns here.
func lend(r *secret.Redactor) (*secret.Redactor, func()) {
	if r == nil {
		r = &secret.Redactor{}
	}
	return r.Lend()
}
