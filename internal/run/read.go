package run

import (
	"context"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/speckle/version"
)

// read fetches every record into the spool.
func (r *reader) read(ctx context.Context, spool *kept.Spool) (*intake, error) {
	if err := r.kept.open(); err != nil {
		return nil, err
	}
	r.startMemory()
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.client.Close()
	if r.Job.Elements != nil {
		storage := version.NewStorage()
		defer storage.CloseIdleConnections()
		r.storage = storage
	}
	if err := r.findVersion(ctx); err != nil {
		return nil, err
	}
	r.source = r.jobSource()
	r.watched = sink.Watch(r.Job.Select, r.source.unsure)
	r.in.spool, r.in.origin = spool, r.source
	if from, is := r.source.(*unsentMutation); is {
		r.in.withheld = &from.withheld
	}
	err := r.readAll(ctx)
	if apart := r.clock.Apart(r.Job.Lookback); apart != "" {
		r.warn(apart)
	}
	r.result.Records = spool.Count()
	if err != nil {
		return nil, err
	}
	if r.in.alreadyPublished {
		r.result.Records = r.Last.Records
		return &r.in, nil
	}
	r.conclude(ctx)
	if err := r.summarize(ctx); err != nil {
		return nil, err
	}
	return &r.in, r.checkShrink()
}

func (r *reader) readAll(ctx context.Context) error {
	if r.Job.ForEach != nil {
		return newEachReader(r).readEach(ctx)
	}
	return r.readOnce(ctx)
}

// readOnce reads the one list of a job without for_each.
func (r *reader) readOnce(ctx context.Context) error {
	variables, err := r.source.fill(item{})
	if err != nil {
		return err
	}
	ids := r.memoryOfMain(nil)
	stats, err := r.readList(ctx, &reading{
		from: r.source, program: r.Job.Select, ends: r.Job.Until, variables: variables, spool: r.in.spool,
		memory: ids, chooses: !r.Job.ReadsSince(),
	})
	r.countList(stats, r.source, err, "")
	if err != nil {
		return err
	}
	r.memory.Join(ids)
	return r.checkComplete(stats, "")
}

// conclude notes, and warns of, what can only be known when everything was read.
func (r *reader) conclude(ctx context.Context) {
	r.noteKnown()
	r.warnEmptySelect()
	r.warnSameItems()
	if r.kept.items == 0 && r.in.spool.Count() > 0 { // else an earlier attempt saw some of the records
		r.watched.Tell(r.warn)
	}
	if r.in.serverVersion != "" || !slices.ContainsFunc(r.Job.Outputs, func(o jobs.Output) bool { return o.Manifest }) {
		return
	}
	var err error
	if r.in.serverVersion, err = r.client.ServerVersion(ctx); err != nil {
		r.warn("the manifest lacks the server's version: " + err.Error())
	}
}

// jobSource gives the source of the job's records. A dry run doesn't send a mutation.
func (r *reader) jobSource() source {
	if r.Job.Elements != nil {
		return newElementSource(r)
	}
	from := querySource{Query: r.Job.Query, reader: r, given: r.Job.Variables, each: r.Job.ForEach != nil}
	if r.DryRun && r.mutates() {
		return &unsentMutation{querySource: from}
	}
	return &from
}
