package run

import (
	"context"
	"fmt"
	"io"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/blob"
)

// publication is all of a run's files on their way: those in the output
// directory and those in a cloud's storage.
type publication struct {
	local   *output.Publication
	cloud   *blob.Publication
	objects bool // there are some for the cloud
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
	local, err := e.runner.Dir.Begin(output.Author{Job: e.Job.Name, Run: e.Run, Tick: e.Tick, Attempt: e.Attempt})
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
		p.objects = true
		o.Overwrite = o.Overwrite || o.Resumed
		return p.cloud.Create(ctx, path, o)
	}
	return p.local.Create(path, o.CreateOptions)
}

func (p *publication) abort() {
	p.cloud.Abort()
	p.local.Abort()
}

// commit publishes all of them. Objects come last: local files can be put back
// when a bucket refuses one, and a network fails more often than a rename.
func (p *publication) commit(ctx context.Context, lease *output.Lease) ([]output.Published, error) {
	if !p.objects {
		return p.local.Commit(ctx, lease)
	}
	if err := p.local.Place(ctx, lease); err != nil {
		return nil, err
	}
	objects, err := p.cloud.Commit(ctx)
	if err != nil {
		if undone := p.local.Undo(); undone != nil {
			err = fmt.Errorf("%w; %w", err, undone)
		}
		return nil, err
	}
	local, err := p.local.Settle()
	return append(local, objects...), err
}
