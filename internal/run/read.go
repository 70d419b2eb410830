package run

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/speckle"
)

// read fetches every record into the spool and decides whether that was all.
func (e *attempt) read(ctx context.Context) error {
	if err := e.openParts(); err != nil {
		return err
	}
	e.recall()
	e.watched = sink.Watch(e.Job.Select, func(from jq.Origin) bool {
		reach := e.Job.Query.Reach(from.Data, from.Path)
		return reach.Missing || reach.Free
	})
	token, err := e.Job.Token.ResolveToken()
	if err != nil {
		return &TokenError{err}
	}
	e.Redactor.Add(token)
	e.token = token
	if exposed := e.Job.Token.Exposed(); exposed != "" {
		e.warn("token: " + exposed)
	}
	client := speckle.NewClient(speckle.Options{
		Server: e.Job.Server, Token: token, UserAgent: e.runner.UserAgent,
		Limiters: e.runner.Limiters, Base: e.runner.Transport, Log: e.Log, Redactor: e.Redactor,
	})
	defer client.Close()
	if e.Job.ForEach != nil {
		err = e.readEach(ctx, client)
	} else {
		err = e.readOnce(ctx, client)
	}
	if apart := e.clock.Apart(e.Job.Lookback); apart != "" {
		e.warn(apart)
	}
	if e.result.Records = e.spool.Count(); err != nil {
		return err
	}
	e.concludeKnown()
	e.nothingSelected()
	if e.resumed == 0 && e.spool.Count() > 0 { // else not all records were seen here
		e.watched.Tell(e.warn)
	}
	if e.serverVersion == "" && e.wantsManifest() {
		if e.serverVersion, err = client.ServerVersion(ctx); err != nil {
			e.warn("the manifest lacks the server's version: " + err.Error())
		}
	}
	return e.shrunk()
}

// shrunk holds the run against the last good one.
func (e *attempt) shrunk() error {
	if e.Job.ShrinkLimit <= 0 || e.unsent.count > 0 || float64(e.spool.Count()) >= e.Job.ShrinkLimit*float64(e.Last.Records) {
		return nil
	}
	if e.AcceptShrink {
		e.warn(fmt.Sprintf("accepted by hand: %d records, although the last good run had %d", e.spool.Count(), e.Last.Records))
		return nil
	}
	return &ShrinkError{Job: e.Job.Name, Got: e.spool.Count(), Last: e.Last.Records, Limit: e.Job.ShrinkLimit}
}

// readOnce runs the job's query, which has no for_each.
func (e *attempt) readOnce(ctx context.Context, client *speckle.Client) error {
	variables, err := jobs.Expand(e.Job.Variables, e.values(nil))
	if err != nil {
		return err
	}
	memory := e.rememberOf(nil)
	stats, err := e.readInto(ctx, client, reading{
		query: e.Job.Query, program: e.Job.Select, until: e.Job.Until, variables: variables, spool: e.spool,
		memory: memory, since: e.Job.ReadsSince(),
	})
	e.count(stats, e.Job.Query, err)
	if err != nil {
		return err
	}
	e.told.Join(memory)
	return e.whole(stats, "")
}

// reading is one query to read to its end.
type reading struct {
	query     *speckle.Query
	program   *jq.Program // nil: records as they come
	variables map[string]jsontext.Value
	spool     *output.Spool
	until     *jq.Program    // nil: all pages are read
	each      []byte         // the for_each record, for $each
	quiet     bool           // progress is told by somebody else
	memory    *memory.Memory // nil: nothing in it comes by the mark
	since     bool           // the mark decides which records come, not select alone
}

func (e *attempt) readInto(ctx context.Context, client *speckle.Client, r reading) (speckle.Stats, error) {
	if e.DryRun && r.query.Kind == "mutation" {
		e.unsent.add(e.words(), r)
		return speckle.Stats{Total: -1}, nil
	}
	vars, err := e.varsOf(r)
	if err != nil {
		return speckle.Stats{}, err
	}
	into, err := e.newSink(ctx, r, vars)
	if err != nil {
		return speckle.Stats{}, err
	}
	defer into.Close()
	request := speckle.Request{
		Query: r.query, Variables: r.variables,
		KeepPartial: e.Job.OnPartial == "keep",
		Complete:    e.Job.Complete != "off",
		Until:       sink.Until(ctx, r.until, vars),
		Budget:      e.budget,
	}
	if !r.quiet {
		request.Progress = func(p speckle.Progress) {
			e.report(Progress{Stage: stageOf(p), Pages: p.Pages, Records: p.Records, Total: p.Total, Bytes: p.Bytes, Resumed: e.resumedAt})
		}
	}
	request.Progress = e.tellAgain(request.Progress)
	pages := e.openPages(r)
	pages.into(&request)
	stats, err := client.Read(ctx, request, into)
	pages.close(stats, err)
	if err != nil {
		return stats, askedFor(err, r, e.words())
	}
	if stats.Recovered > 0 {
		e.Log.Info().Int64("records", stats.Recovered).Msg("reading again has found records")
	}
	return stats, into.Arrange()
}

// newSink makes what takes the records of a reading.
func (e *attempt) newSink(ctx context.Context, r reading, vars jq.Vars) (*sink.Sink, error) {
	options := sink.Options{
		Into: r.spool, Most: e.Job.MaxBytes, Select: r.program, Vars: vars, Memory: r.memory, Chooses: !r.since, LastGood: e.Last.Success,
		NewSpool: func() (*output.Spool, error) { return e.runner.Dir.NewSpool(e.Run + "-page") },
	}
	if r.query == e.Job.Query {
		options.Watched = e.watched
	}
	return sink.New(ctx, options)
}

// vars are what programs see beside a record.
func (e *attempt) vars() jq.Vars {
	return jq.Vars{Job: e.Job.Name, Tick: e.Tick, LastSuccess: e.lastSuccess(), Zone: e.Job.Zone}
}

// varsOf are those of a reading.
func (e *attempt) varsOf(r reading) (vars jq.Vars, err error) {
	if vars = e.vars(); r.each != nil {
		vars.Each, err = jq.Decode(r.each)
	}
	return vars, err
}

// stageOf says what a reading is doing.
func stageOf(p speckle.Progress) Stage {
	if p.Again {
		return ReadingAgain
	}
	return Reading
}

// tellAgain says in the log, once, that records are missing and looked for.
func (e *attempt) tellAgain(progress func(speckle.Progress)) func(speckle.Progress) {
	told := false
	return func(p speckle.Progress) {
		if p.Again && !told {
			told = true
			e.Log.Info().Int64("records", p.Records).Int64("total", p.Total).Msg("records are missing: reading again")
		}
		if progress != nil {
			progress(p)
		}
	}
}

// count adds what one reading did to the result, also one that failed.
func (e *attempt) count(stats speckle.Stats, q *speckle.Query, err error) {
	e.result.Pages += stats.Pages
	e.bytes += stats.Bytes
	if q == e.Job.Query {
		e.looked += stats.Records
	}
	e.clock.Join(stats.Clock)
	if e.serverVersion == "" {
		e.serverVersion = stats.ServerVersion
	}
	if q.Kind == "mutation" && stats.Requests > 0 && (err == nil || mayBeDone(err)) {
		e.done = true
	}
	e.holes = e.holes || stats.Short != nil || e.Job.OnPartial == "keep" && len(stats.Warnings) > 0
	for _, w := range stats.Warnings {
		e.warn(w)
	}
}

func (e *attempt) wantsManifest() bool {
	return slices.ContainsFunc(e.Job.Outputs, func(o jobs.Output) bool { return o.Manifest })
}

// whole holds an answer against its own totalCount; of begins a warning.
func (e *attempt) whole(stats speckle.Stats, of string) error {
	warning, err := e.judged(stats)
	if warning != "" {
		e.warn(of + warning)
	}
	return err
}

// judged says what becomes of an answer that is short.
func (e *attempt) judged(stats speckle.Stats) (warning string, err error) {
	switch short := stats.Short; {
	case short == nil || e.Job.Complete == "off":
		return "", nil
	case e.Job.Complete == "warn":
		return short.Error(), nil
	default:
		return "", short
	}
}

// mayBeDone tells a mutation that the server may have carried out from one
// that it turned away or never saw.
func mayBeDone(err error) bool {
	failed, typed := errors.AsType[*speckle.Error](err)
	if !typed {
		return true
	}
	switch failed.Kind {
	case speckle.TokenRefused, speckle.ScopeMissing, speckle.NoAccess, speckle.NotFound, speckle.RateLimited, speckle.Redirected, speckle.NotSpeckle,
		speckle.Untrusted, speckle.WrongProtocol, speckle.ProxyRefused:
		return false
	}
	return true
}
