package version

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"

	"github.com/rs/zerolog"

	"speckle-runner/internal/elements/graph"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// Options of Fetch.
type Options struct {
	Client   *speckle.Client
	Storage  http.RoundTripper // connections to where files lie; nil: NewStorage's
	Dir      string            // an empty folder, for the data
	Budget   *speckle.Budget   // of bytes, shared with other reads; nil: none
	Redactor *secret.Redactor  // learns the addresses of files while they are fetched; may be nil
	Log      zerolog.Logger
	Progress func(Progress) // may be nil
}

// Progress is where a Fetch is.
type Progress struct {
	Bytes   int64 // that lie on this machine
	Files   int   // of a bundle, whole
	Objects int64 // of a graph
}

// Data is a version's data on this machine.
type Data struct {
	Kind  Kind
	Files map[string]string // a bundle's: paths by suffix, such as ".eav.objects.parquet"
	Graph graph.Files
}

// Stats say how a Fetch went, also a failed one.
type Stats struct {
	Requests int   // with tries, those to a storage too
	Bytes    int64 // of answers
	Clock    speckle.Clock
}

// fetcher is one Fetch under way.
type fetcher struct {
	Options

	version  Version
	redactor *secret.Redactor
	words    said.Words
	stats    Stats
	progress Progress
	relisted bool // a storage has refused an address, and others were asked for
}

func (f *fetcher) place(name string) string { return filepath.Join(f.Dir, name) }

func (f *fetcher) report() {
	if f.Progress != nil {
		f.Progress(f.progress)
	}
}

// plain asks the version's own server.
func (f *fetcher) plain(ctx context.Context, p speckle.Plain) error {
	p.Budget = cmp.Or(p.Budget, f.Budget)
	stats, err := f.Client.AskPlain(ctx, p)
	f.stats.Requests += stats.Requests
	f.stats.Bytes += stats.Bytes
	f.stats.Clock.Join(stats.Clock)
	if _, is := errors.AsType[*fs.PathError](err); is { // of Take
		return fmt.Errorf("write %s: %w", p.What, err)
	}
	return err
}

// maxName is how many characters of a file's name are shown.
const maxName = 120

// wrong is an error about the version.
func (f *fetcher) wrong(kind speckle.Kind, what, hint string) *speckle.Error {
	return &speckle.Error{Kind: kind, Message: "version " + f.version.ID + ": " + what, Hint: hint}
}
