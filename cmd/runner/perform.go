package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// performance runs jobs by hand, shown to whoever watches.
type performance struct {
	flags    runFlags
	file     *jobs.File
	tick     time.Time // zero: the moment each run starts
	trigger  store.Trigger
	label    string // of the run on the screen; "" is the job's name
	executor *executor
	stage    *stage
	closed   sync.Once
}

// done is one job's end.
type done struct {
	record    store.Run
	result    *run.Result
	delivered deliveries
	label     string // "" is the job's name
	rehearsed bool   // a dry run

	began    time.Time // the first of the attempts
	attempts int       // in this command
}

func (s *settings) newPerformance(ctx context.Context, file *jobs.File, flags runFlags) (*performance, error) {
	if err := checkProxies(); err != nil {
		return nil, err
	}
	stage, err := s.newStage(flags)
	if err != nil {
		return nil, err
	}
	var ledger *store.Store
	// A dry run leaves no trace: it makes no ledger where there is none.
	if !flags.dryRun || s.mustExist() == nil {
		if ledger, err = s.openLedger(ctx, store.Options{Log: stage.log}); err != nil {
			return nil, err
		}
	}
	x, err := s.newExecutor(stage.logs, ledger)
	if err == nil && !flags.dryRun {
		if err = x.recover(); err != nil {
			x.close()
		}
	}
	if err != nil {
		if ledger != nil {
			ledger.Close()
		}
		return nil, err
	}
	x.failures, x.job = zerolog.InfoLevel, file.Job
	x.guard(file)
	if ledger != nil {
		ledger.Ended(x.teller().Ended)
	}
	return &performance{flags: flags, file: file, executor: x, stage: stage}, nil
}

// close ends what moves on the screen, and lets everything go.
func (p *performance) close() {
	p.closed.Do(func() {
		p.stage.close()
		p.executor.close()
		if p.executor.ledger != nil {
			p.executor.ledger.Close()
		}
	})
}

// performAll runs jobs side by side and gives their ends in the same order.
func (p *performance) performAll(ctx context.Context, chosen []*jobs.Job) []done {
	all := make([]done, len(chosen))
	free := make(chan struct{}, p.flags.parallel)
	var wait sync.WaitGroup
	for i, job := range chosen {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			all[i] = done{record: store.Run{Job: job.Name}}.broken(fmt.Errorf("not begun: %w", context.Canceled))
			continue
		}
		wait.Go(func() {
			defer func() { <-free }()
			all[i] = p.perform(ctx, job)
		})
	}
	wait.Wait()
	return all
}

// perform runs one job, with its retries, and delivers what it owes.
func (p *performance) perform(ctx context.Context, job *jobs.Job) done {
	act := p.stage.act(cmp.Or(p.label, job.Name))
	defer act.end()
	if p.flags.dryRun {
		return p.dryRun(ctx, job, act)
	}
	d := p.attempts(ctx, job, act)
	if d.record.Run == "" {
		return d
	}
	// The ledger is asked for what it has, also after an interrupt.
	last := context.WithoutCancel(ctx)
	d.deliver(ctx, p, act)
	record, err := p.executor.ledger.Run(last, d.record.Run)
	if err != nil {
		return d.broken(err)
	}
	d.record = record
	return d
}

// attempts runs a job until it succeeds or its retries are used up.
func (p *performance) attempts(ctx context.Context, job *jobs.Job, act *act) done {
	tick, began, how := p.tick, time.Time{}, how{progress: act.progress, byHand: true, acceptShrink: p.flags.acceptShrink}
	for attempt := 1; ; attempt++ {
		claim, runCtx, err := p.executor.ledger.Begin(ctx, store.Begin{
			Job: job.Name, Tick: tick, Trigger: p.trigger, Force: p.flags.force, Server: job.Server.Origin(),
			Generation: p.file.Hash, QueryHash: job.Query.Hash(),
		})
		if err != nil {
			if errors.Is(err, store.ErrRunning) && p.trigger != store.Backfill {
				err = fmt.Errorf("%w (--force runs it all the same)", err)
			}
			return done{record: store.Run{Job: job.Name, Tick: tick}}.broken(err)
		}
		tick = claim.Tick
		result, outcome, again := p.attempt(ctx, runCtx, job, claim, how)
		more := !again.IsZero()
		if more {
			outcome.Failure = nil // told when the last attempt has failed
		}
		if attempt == 1 {
			began, how.since = result.StartedAt, claim.Began
		}
		d := done{record: store.Run{Run: claim.Run, Job: job.Name}, result: result, began: began, attempts: attempt}
		if err := p.executor.ledger.Finish(context.WithoutCancel(ctx), claim, outcome); err != nil {
			return d.broken(err)
		}
		if result.State == run.Succeeded {
			p.executor.keeper.ask(job, claim.Run, p.executor.tidy)
		}
		if !more {
			return d
		}
		failed := fmt.Sprintf("attempt %d of %d failed", attempt, job.Retries+1)
		if job.RetryForGiven && !job.RetriesGiven && result.Passing {
			failed = fmt.Sprintf("attempt %d failed", attempt)
		}
		pause := time.Until(again)
		act.waiting(failed, result.Error, pause)
		if !wait(ctx, pause) {
			return p.interrupted(ctx, d, tick)
		}
		how.failed++
	}
}

// interrupted ends a run that was waiting for its next attempt: in the ledger
// it had failed, and somebody stopped it from going on.
func (p *performance) interrupted(ctx context.Context, d done, tick time.Time) done {
	d.result.State = run.Interrupted
	last := context.WithoutCancel(ctx)
	claim, _, err := p.executor.ledger.Begin(last, store.Begin{Job: d.record.Job, Tick: tick})
	if err == nil {
		err = p.executor.ledger.Finish(last, claim, store.Outcome{State: store.Interrupted, Error: "interrupted before its next attempt, after: " + d.result.Error})
	}
	if err != nil {
		return d.broken(err)
	}
	return d
}

// attempt ends with the process's context or with the ledger's, whichever
// comes first.
func (p *performance) attempt(ctx, runCtx context.Context, job *jobs.Job, claim store.Claim, how how) (*run.Result, store.Outcome, time.Time) {
	runCtx, cancel := context.WithCancelCause(runCtx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
	return p.executor.attempt(runCtx, job, claim, how)
}

// dryRun fetches and checks, and leaves no trace: not in the ledger either.
func (p *performance) dryRun(ctx context.Context, job *jobs.Job, act *act) done {
	tick := p.tick
	if tick.IsZero() {
		tick = time.Now().UTC().Truncate(time.Microsecond)
	}
	last, err := p.executor.last(ctx, job, tick)
	if err != nil {
		return done{record: store.Run{Job: job.Name, Tick: tick}}.broken(err)
	}
	redactor, forget := p.executor.logs.redactor.Lend()
	defer forget()
	id := store.RunID(job.Name, tick)
	result := p.executor.runner.Execute(ctx, run.Request{
		Job: job, Run: id, Tick: tick, Attempt: 1, Last: last, DryRun: true, AcceptShrink: p.flags.acceptShrink, Progress: act.progress, Snapshots: p.executor.snapshots(job, tick),
		Tables: p.executor.tables(job), TokenEnds: p.executor.tokenEnds(ctx, job),
		Log: p.executor.logs.logger(redactor, nil).With().Str("job", job.Name).Logger(), Redactor: redactor,
	})
	started, finished := result.StartedAt, result.FinishedAt
	return done{result: result, rehearsed: result.State == run.Succeeded, record: store.Run{
		Run: id, Job: job.Name, Tick: tick, State: store.State(result.State), Attempt: 1, Trigger: store.Manual,
		StartedAt: &started, FinishedAt: &finished, Pages: int64(result.Pages), Records: result.Records,
		Files: []store.File{}, Deliveries: []store.RunDelivery{}, Error: result.Error, Warnings: append([]string{}, result.Warnings...),
	}}
}

// deliver sends what the run owes. What is left stays in the ledger, for
// `runner serve` or `runner redeliver`.
func (d *done) deliver(ctx context.Context, p *performance, act *act) {
	if ctx.Err() != nil {
		return // an interrupt leaves them to others
	}
	x := p.executor
	var err error
	s := sender{x.runner.UserAgent, x.logs.redactor, x.teller()}
	d.delivered, err = s.deliver(ctx, d.record.Run, delivering{x.ledger, p.flags.deliverFor, act.say})
	if err != nil {
		*d = d.broken(err)
	}
	if len(d.delivered.Stopped) > 0 {
		x.log.Warn().Str("run", d.record.Run).Strs("receivers", d.delivered.Stopped).Dur("deliver_for_ms", p.flags.deliverFor).
			Msg("stopped delivering: nothing was taken for so long; runner serve goes on with what is left")
	}
}

// broken makes the end of a run one that the ledger didn't take.
func (d done) broken(err error) done {
	now := time.Now().UTC()
	text := secret.Mask(err.Error())
	d.result = &run.Result{State: run.Failed, StartedAt: now, FinishedAt: now, Err: err, Error: text, Final: true}
	d.record = store.Run{
		Run: d.record.Run, Job: d.record.Job, Tick: cmp.Or(d.record.Tick, now), State: store.Failed, Trigger: store.Manual, StartedAt: &now, FinishedAt: &now,
		Files: []store.File{}, Deliveries: []store.RunDelivery{}, Error: text, Warnings: []string{},
	}
	return d
}
