package run

import (
	"context"
	"fmt"
	"io"
	"strings"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/blob"
)

// publication is all of a run's files on their way: those in the output
// directory and those in a cloud's storage.
type publication struct {
	local *output.Publication
	cloud *blob.Publication
}

// target is one file on its way, to either.
type target interface {
	io.Writer
	Path() string // as the ledger has it
	SetRecords(n int64)
	Bytes() int64
	Close() error
}

// begin opens a publication. It takes nothing on disk yet.
func (e *attempt) begin() (*publication, error) {
	local, err := e.runner.Dir.Begin(e.Run)
	if err != nil {
		return nil, err
	}
	for _, secret := range blob.Secrets() {
		e.Redactor.Add(secret)
	}
	return &publication{local: local, cloud: blob.Begin(e.runner.Dir, e.Run)}, nil
}

func (p *publication) create(ctx context.Context, path string, o blob.Options) (target, error) {
	if address.Is(path) {
		return p.cloud.Create(ctx, path, o)
	}
	return p.local.Create(path, o.CreateOptions)
}

func (p *publication) abort() {
	p.cloud.Abort()
	p.local.Abort()
}

// commit publishes all of them. Objects go first: a network fails more often
// than a rename, and then the local files are still the old ones.
func (p *publication) commit(ctx context.Context) ([]output.Published, error) {
	objects, err := p.cloud.Commit(ctx)
	if err != nil {
		return nil, err
	}
	local, err := p.local.Commit(ctx)
	if err != nil && len(objects) > 0 {
		names := make([]string, len(objects))
		for i, o := range objects {
			names[i] = o.Path
		}
		err = fmt.Errorf("%w; in storage there is already %s", err, strings.Join(names, ", "))
	}
	return append(local, objects...), err
}
