package run

import (
	"context"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/speckle"
)

// readList reads a list into its spool.
func (r *reader) readList(ctx context.Context, list *reading) (speckle.Stats, error) {
	vars := r.vars()
	if list.each != nil {
		var err error
		if vars.Each, err = jq.Decode(list.each); err != nil {
			return speckle.Stats{}, err
		}
	}
	var err error
	if from, is := list.from.(versioned); is {
		if vars.Version, err = r.choose(ctx, from, list); err != nil {
			return speckle.Stats{}, err
		}
		if r.in.alreadyPublished {
			return speckle.Stats{Total: -1, Requests: 1}, nil
		}
	}
	if list.sink, err = r.newSink(ctx, list, vars); err != nil {
		return speckle.Stats{}, err
	}
	defer list.sink.Close()
	list.until, list.progress = sink.Until(ctx, list.ends, vars), r.follow(list)
	stats, err := list.from.read(ctx, list)
	if err != nil {
		return stats, err
	}
	if stats.Recovered > 0 {
		r.Log.Info().Int64("records", stats.Recovered).Msg("reading again has found records")
	}
	return stats, list.sink.Arrange()
}

// newSink makes the sink that takes the records of a list.
func (r *reader) newSink(ctx context.Context, list *reading, vars jq.Vars) (*sink.Sink, error) {
	options := sink.Options{
		Into: list.spool, Most: r.Job.MaxBytes, Select: list.program, Vars: vars,
		Memory: list.memory, Chooses: list.chooses, LastGood: r.Last.Success,
		NewSpool: func() (*kept.Spool, error) { return r.runner.Dir.NewSpool(r.Run + "-page") },
	}
	if list.from == r.source {
		options.Watched = r.watched
	}
	return sink.New(ctx, options)
}

// follow reports how far a list is, and logs, once, that records are missing and are
// read again.
func (r *reader) follow(list *reading) func(speckle.Progress) {
	again := false
	return func(p speckle.Progress) {
		if p.Again && !again {
			again = true
			r.Log.Info().Int64("records", p.Records).Int64("total", p.Total).Msg("records are missing: reading again")
		}
		if !list.item {
			r.report(Progress{Stage: stageOf(p), Pages: p.Pages, Records: p.Records, Total: p.Total, Bytes: p.Bytes, Resumed: r.resumedAt})
		}
	}
}

// stageOf says what a reading is doing.
func stageOf(p speckle.Progress) Stage {
	if p.Again {
		return ReadingAgain
	}
	return Reading
}
