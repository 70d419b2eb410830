package run

import (
	"context"
	"fmt"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
)

// publication is all files of a run while they are published: those in the output
// directory and those in buckets.
type publication struct {
	runner *Runner
	local  *output.Publication
	cloud  *blob.Publication

	files, objects int // how many are in local and in cloud
}

// begin opens a publication. Nothing is on the disk yet.
func (e *publisher) begin(ctx context.Context) (*publication, error) {
	by := target.Author{Job: e.Job.Name, Run: e.Run, Tick: e.Tick, Attempt: e.Attempt}
	local, err := e.runner.Dir.Begin(by)
	if err != nil {
		return nil, err
	}
	local.Await()
	for _, secret := range blob.Secrets() {
		e.Redactor.Add(secret)
	}
	if slices.ContainsFunc(e.Job.Outputs, func(o jobs.Output) bool { return o.IsFile() && e.runner.inStorage(o.File.Text()) }) {
		e.finishEarlier(ctx)
	}
	return &publication{runner: e.runner, local: local, cloud: blob.Begin(e.runner.Dir, by, local)}, nil
}

// finishEarlier finishes or takes back what an earlier run of the job left half published
// in buckets, before this run replaces it. What can't be done now is tried again later.
func (e *publisher) finishEarlier(ctx context.Context) {
	err := blob.Finish(ctx, e.runner.Dir, e.Job.Name, func(run, what string) { e.Log.Warn().Str("of", run).Msg(what) })
	if err != nil && ctx.Err() == nil {
		e.warn(err.Error())
	}
}

func (p *publication) create(ctx context.Context, path string, o target.CreateOptions) (target.Staged, error) {
	to, count := target.Publication(p.local), &p.files
	if p.runner.inStorage(path) {
		to, count = p.cloud, &p.objects
	}
	*count++
	return to.Create(ctx, path, o)
}

func (p *publication) abort() {
	p.cloud.Abort()
	p.local.Abort()
}

// commit publishes all files and objects, or none. Objects come last: a network fails
// more often than a rename. One object alone needs nothing to go back to.
func (p *publication) commit(ctx context.Context, lease *target.Lease) ([]target.Published, error) {
	switch {
	case p.objects == 0:
		return p.local.Commit(ctx, lease)
	case p.files == 0 && p.cloud.Puts() == 1:
		return p.cloud.Commit(ctx, lease)
	}
	if err := p.local.Place(ctx, lease); err != nil {
		return nil, err
	}
	if err := p.cloud.Place(ctx, lease); err != nil {
		return nil, p.takeBack(ctx, err)
	}
	local, err := p.local.Settle(ctx)
	if err != nil {
		return nil, p.takeBack(ctx, target.TakeBack(ctx, p.cloud, err))
	}
	objects, err := p.cloud.Settle(ctx)
	// The export is in place. Old objects that couldn't be removed are noted for later;
	// where even that fails, the journal has them, for the next start.
	_ = p.local.Conclude(true, p.cloud.Unfinished())
	return append(local, objects...), err
}

// takeBack puts the old files back, after the objects, and joins all errors to one line.
func (p *publication) takeBack(ctx context.Context, why error) error {
	for _, err := range []error{p.local.Undo(ctx), p.local.Conclude(false, p.cloud.Unfinished())} {
		if err != nil {
			why = fmt.Errorf("%w; %w", why, err)
		}
	}
	return why
}

// left gives the paths that were left alone, because a later tick's run wrote them.
func (p *publication) left() []target.Left { return append(p.local.Left(), p.cloud.Left()...) }

// warnings says what was published in a way that couldn't have been taken back.
func (p *publication) warnings() []string { return append(p.local.Warnings(), p.cloud.Warnings()...) }
