package building

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle"
	"speckle-runner/internal/elements/graph"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/version"
)

// Options of Open.
type Options struct {
	Client   *speckle.Client   // of the version's server
	Storage  http.RoundTripper // connections to where a bundle's files lie; nil: its own
	Scratch  string            // a folder that is there, for the data while it is read
	Most     int64             // bytes of scratch files beside the data; 0: package bundle's own bound
	Budget   *speckle.Budget   // of bytes, shared with other reads; nil: none
	Redactor *secret.Redactor  // may be nil
	Log      zerolog.Logger
	Progress func(version.Progress) // while the data comes; may be nil
}

// Building is a version's elements, on this machine. Close it after use.
type Building struct {
	elements.Source

	Version  version.Version
	Warnings []string // of what is odd in it, and harms nothing

	folder  string
	source  io.Closer
	objects int64 // of a graph, below its root
}

// Open brings a version here, whole, and opens it. With an error nothing is left
// of it; the stats say what it took all the same.
func Open(ctx context.Context, v version.Version, o Options) (*Building, version.Stats, error) {
	b := &Building{Version: v}
	var err error
	if b.folder, err = os.MkdirTemp(o.Scratch, "version-*"); err != nil {
		return nil, version.Stats{}, fmt.Errorf("make room for version %s: %w", v.ID, err)
	}
	stats, err := b.fetch(ctx, o)
	if err != nil {
		return nil, stats, errors.Join(err, os.RemoveAll(b.folder))
	}
	return b, stats, nil
}

// fetch brings the data and opens it.
func (b *Building) fetch(ctx context.Context, o Options) (version.Stats, error) {
	data, scratch := filepath.Join(b.folder, "data"), filepath.Join(b.folder, "scratch")
	for _, dir := range []string{data, scratch} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return version.Stats{}, fmt.Errorf("make room for version %s: %w", b.Version.ID, err)
		}
	}
	got, stats, err := version.Fetch(ctx, b.Version, version.Options{
		Client: o.Client, Storage: o.Storage, Dir: data, Budget: o.Budget, Redactor: o.Redactor, Log: o.Log, Progress: o.Progress,
	})
	if err == nil {
		err = b.open(ctx, got, scratch, o.Most)
	}
	return stats, err
}

func (b *Building) open(ctx context.Context, data version.Data, scratch string, most int64) error {
	if data.Kind == version.Graph {
		g, err := graph.Open(ctx, data.Graph, graph.Options{Warn: b.warn})
		if err != nil {
			return fmt.Errorf("version %s: %w", b.Version.ID, err)
		}
		b.Source, b.source, b.objects = g, g, g.Objects()-1 // but the root
		if told := b.reported(); told > b.objects {
			b.warn(fmt.Sprintf("it has %d objects below its root, and whoever published it reported %d", b.objects, told))
		}
		return nil
	}
	opened, err := bundle.Open(ctx, data.Files, bundle.Options{Scratch: scratch, MaxScratch: most, Warn: b.warn})
	if err != nil {
		return fmt.Errorf("version %s: %w", b.Version.ID, err)
	}
	b.Source, b.source = opened, opened
	if told := b.reported(); told > 0 && told != opened.Count() {
		b.warn(fmt.Sprintf("it has %d elements, and whoever published it reported %d", opened.Count(), told))
	}
	return nil
}

// reported is how many objects the producer reported, 0 from those that report none.
func (b *Building) reported() int64 {
	if b.Version.TotalCount == nil {
		return 0
	}
	return *b.Version.TotalCount
}

// Counted says what is known of a version in which no element was found.
func (b *Building) Counted() string {
	var known []string
	if b.objects > 0 {
		known = append(known, fmt.Sprintf("none of its %s is one", said.Count(b.objects, "object")))
	}
	if told := b.reported(); told > 0 {
		known = append(known, fmt.Sprintf("and whoever published it reported %d", told))
	}
	return strings.Join(known, ", ")
}

func (b *Building) warn(text string) {
	b.Warnings = append(b.Warnings, "version "+b.Version.ID+": "+text)
}

// Names are the paths that at least one element has, for which a bundle's values
// needn't be looked at.
func (b *Building) Names(ctx context.Context) ([]string, error) {
	return elements.Names(ctx, b.Source)
}

// Close removes what lies on the disk.
func (b *Building) Close() error {
	err := b.source.Close()
	return errors.Join(err, os.RemoveAll(b.folder))
}
