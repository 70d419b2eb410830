package run

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/version"
)

// reading is one list of a source to read to its end.
type reading struct {
	from      source
	variables map[string]jsontext.Value // what it is asked with
	program   *jq.Program               // nil: records as they come
	ends      *jq.Program               // until; nil: all of it is read
	each      []byte                    // the for_each record, for $each
	item      bool                      // of a for_each, which are read some at a time: somebody else tells how far they are
	memory    *memory.Memory            // nil: nothing in it comes by the mark
	chooses   bool                      // select alone may choose by the mark; else what comes hangs on it
	spool     *output.Spool

	// What the source gives is taken, and told, by these.
	sink     *sink.Sink
	version  *version.Version                  // that it is read of; nil: of none
	columns  []elements.Column                 // of records of elements, when they were read
	until    func(record []byte) (bool, error) // nil: all of it is read
	progress func(speckle.Progress)
}

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
		if r.in.same {
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

// newSink makes what takes the records of a list.
func (r *reader) newSink(ctx context.Context, list *reading, vars jq.Vars) (*sink.Sink, error) {
	options := sink.Options{
		Into: list.spool, Most: r.Job.MaxBytes, Select: list.program, Vars: vars,
		Memory: list.memory, Chooses: list.chooses, LastGood: r.Last.Success,
		NewSpool: func() (*output.Spool, error) { return r.runner.Dir.NewSpool(r.Run + "-page") },
	}
	if list.from == r.source {
		options.Watched = r.watched
	}
	return sink.New(ctx, options)
}

// follow tells how far a list is, and says in the log, once, that records are
// missing and looked for.
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
