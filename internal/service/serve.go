package service

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/patience"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tokens"
	"speckle-runner/internal/web"
)

// Run runs every job when it is due until ctx ends, and lets runs finish then.
func (x *Service) Run(ctx context.Context, o Serving) error {
	surviveBrokenLog()
	v := &serving{Service: x, options: o, metrics: web.NewMetrics(x.version), ends: newEnds(), ctx: ctx}
	defer v.trying.Wait()
	v.metrics.Slots(o.Parallel)
	x.runner.Observe = v.metrics.Requests
	x.failures = zerolog.ErrorLevel
	if o.Preflight {
		x.tokens = newPreflights(x.runner, x.logs.Redactor, x.log, x.noteTokenEnds)
	}
	v.scheduler = scheduler.New(scheduler.Options{Ledger: v.counting(scheduler.LedgerOf(x.ledger)), Log: x.log, Missed: v.missed,
		NotBefore: o.NotBefore})
	x.job = v.scheduler.Job
	v.scheduler.Apply(x.file)
	v.arrivals = v.newArrivals()
	v.arrivals.Apply(x.file)
	v.warnUnset(x.file)
	debug.FreeOSMemory()
	v.tokens.ask(x.file)
	v.watcher = scheduler.NewWatcher(scheduler.Watching{File: x.file, Load: v.load, Apply: v.apply, Now: o.Reload, Log: x.log})
	site, err := v.openSite(ctx)
	if err != nil {
		return err
	}
	return v.serve(ctx, site)
}

// openSite opens the web side's address before any run begins, so that a port that is
// taken ends serve at once. It gives nil where no address is wanted.
func (v *serving) openSite(ctx context.Context) (*web.Listening, error) {
	if v.options.Listen == "" {
		return nil, nil
	}
	site, err := web.Listen(ctx, v.options.Listen, web.Options{
		Scheduler: v.scheduler, Store: v.ledger, Reload: v.watcher.Last, OtherFiles: v.ledger.OtherFiles,
		Preflight: v.tokens.ofJob, Metrics: v.metrics, Log: v.log,
		Token: v.options.WebToken, Certificate: v.options.Certificate, Version: v.version,
		Try: v.try, Progress: v.underway.progress, OutputDir: v.runner.Dir.Path(), Unwritable: v.unwritable,
		BasePath: v.options.BasePath, ReadOnly: v.options.ReadOnly,
	})
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", v.options.Listen, err)
	}
	return site, nil
}

// load reads the job file anew. Reading takes several times the memory of what is kept:
// a service that runs for months gives the rest back to the system.
func (v *serving) load(inForce *jobs.File) (*jobs.File, error) {
	defer debug.FreeOSMemory()
	return v.options.Load(inForce)
}

// apply puts a file in force in place of the one before.
func (v *serving) apply(file *jobs.File) {
	v.guard(file)
	changes := v.scheduler.Apply(file)
	v.arrivals.Apply(file)
	defer debug.FreeOSMemory()
	v.log.Info().Strs("added", changes.Added).Strs("changed", changes.Changed).Strs("removed", changes.Removed).Msg("job file in force")
	v.warnUnset(file)
	v.tokens.ask(file)
}

// warnUnset logs which jobs have no token here: when they are due, nobody may look.
func (v *serving) warnUnset(file *jobs.File) {
	for _, job := range file.Enabled() {
		if err := tokens.Look(job.Token); err != nil {
			v.log.Warn().Str("job", job.Name).Str("error", err.Error()).Msg("this job has no token here: its runs will fail")
		}
	}
}

// serve runs all parts until ctx ends, and the ledger's work until it is
// drained.
func (v *serving) serve(ctx context.Context, site *web.Listening) error {
	var parts sync.WaitGroup
	defer parts.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	parts.Go(func() { v.scheduler.Run(ctx) })
	parts.Go(func() { v.arrivals.Run(ctx) })
	parts.Go(func() { v.watcher.Run(ctx) })
	parts.Go(func() { v.ends.hourly(ctx, v.forget) })
	parts.Go(func() { v.hourly(ctx, v.warnUnwritable) })
	parts.Go(func() { v.hourly(ctx, v.finishStorage) })
	parts.Go(func() { v.hourly(ctx, func(context.Context) { v.runner.Dir.SweepStamps(time.Now()) }) })
	parts.Go(func() { warnOfOtherFiles(ctx, v.log, v.ledger.OtherFiles) })
	parts.Go(func() { v.watchFolder(ctx, stop) })
	parts.Go(func() { v.tokens.run(ctx) })
	// The web side answers while runs drain, or a probe would have the process killed.
	webCtx, closeWeb := context.WithCancel(context.WithoutCancel(ctx))
	defer closeWeb()
	address := ""
	if site != nil {
		address = site.URL()
		parts.Go(func() {
			if err := site.Serve(webCtx); err != nil {
				stop(&partError{err})
			}
		})
	}
	if v.options.Up != nil && site != nil {
		v.options.Up(address)
	}
	v.log.Info().Int("jobs", len(v.scheduler.File().Jobs)).Str("node", v.ledger.Node()).Str("listen", address).Msg("serving")
	told := make(chan struct{})
	untold := context.AfterFunc(ctx, func() {
		defer close(told)
		v.log.Info().Dur("drain_ms", v.options.Drain).Msg("stopping: no new runs")
	})

	work := store.WorkOptions{
		Handler: v.handle, Parallel: v.options.Parallel, PerServer: v.options.PerServer, Drain: v.options.Drain,
		Deliver: v.deliver, Ended: v.teller().Ended, Observe: v.observe, Fenced: v.noteFenced,
	}
	v.scheduler.Fill(&work)
	err := v.ledger.Work(ctx, work)
	if !untold() {
		<-told // else "stopped" may stand before it
	}
	closeWeb()
	broken, isBroken := errors.AsType[*partError](context.Cause(ctx))
	if err == nil && isBroken {
		return broken
	}
	v.log.Info().Msg("stopped")
	return err
}

// hourly calls do at the start and once an hour.
func (v *serving) hourly(ctx context.Context, do func(context.Context)) {
	for {
		do(ctx)
		if patience.Wait(ctx, time.Hour) != nil {
			return
		}
	}
}

// partError ends serve, because a part broke that it can't do without: the output
// folder, or the web side, whose probes would have the process restarted anyway.
type partError struct{ error }

// Unwrap gives the cause.
func (e *partError) Unwrap() error { return e.error }

// folderPause is the time between two looks at the output folder.
const folderPause = time.Second

// watchFolder stops the service when its output folder is taken away. Runs under way
// can't publish then, and fail with that error.
func (v *serving) watchFolder(ctx context.Context, stop context.CancelCauseFunc) {
	for patience.Wait(ctx, folderPause) == nil {
		if err := v.runner.Dir.InPlace(); errors.Is(err, disk.ErrDisplaced) {
			v.log.Error().Str("error", err.Error()).Msg("serve ends")
			stop(&partError{err})
			return
		}
	}
}
