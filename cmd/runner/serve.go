package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/notify"
	"speckle-runner/internal/output"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// serveFlags are the flags of `runner serve`.
type serveFlags struct {
	listen    string
	parallel  int
	perServer int
	drain     time.Duration
	keep      keepFlags
	preflight bool
}

// webTokenVariable holds the token that the web side asks for.
const webTokenVariable = "RUNNER_WEB_TOKEN"

func serveCommand(s *settings) *cobra.Command {
	var flags serveFlags
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run every job when it is due, until it is stopped",
		Long: `Run every job when it is due, and answer health checks and the API on --listen.

The job file is read again when it changes, and on SIGHUP: all of it or nothing.
SIGTERM and SIGINT stop the timers, let runs finish for --drain, and interrupt
the rest, which run again at the next start. A second signal ends at once.

A run that fails of what may pass is tried again for its job's retry_for (1h),
up to the job's next tick; the log says when. Its last failure is told.

One serve owns its SQLite file. For several nodes, give all of them the same
--database postgres://… and the same job file: each due time runs once.`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if flags.parallel < 1 {
				return usagef("--parallel %d: want 1 or more", flags.parallel)
			}
			return s.serve(command.Context(), flags)
		},
	}
	command.Flags().StringVar(&flags.listen, "listen", defaultListen, "address of health checks and API; \"\" for none")
	command.Flags().IntVar(&flags.parallel, "parallel", 8, "how many runs go on at the same time")
	command.Flags().IntVar(&flags.perServer, "parallel-per-server", 0, "how many of them may ask the same server (0: no limit of its own)")
	command.Flags().DurationVar(&flags.drain, "drain", 30*time.Second, "how long runs may go on after a stop")
	flags.keep.add(command)
	command.Flags().BoolVar(&flags.preflight, "preflight", true, "ask servers in the background whether the jobs' tokens are good, and until when")
	return command
}

// defaultListen is in docs/design.md, HTTP.
const defaultListen = "127.0.0.1:8080"

// service is one `runner serve` with its parts.
type service struct {
	*executor

	flags     serveFlags
	scheduler *scheduler.Scheduler
	watcher   *scheduler.Watcher
	metrics   *web.Metrics
}

func (s *settings) serve(ctx context.Context, flags serveFlags) error {
	logs, err := s.newLogging(s.err, onTerminal(s.err), zerolog.InfoLevel)
	if err != nil {
		return err
	}
	file, err := s.load()
	if err != nil {
		return err
	}
	if err := checkProxies(); err != nil {
		return err
	}
	log := logs.logger(logs.redactor, nil)
	ledger, err := s.openLedger(ctx, store.Options{Log: log, Lock: true})
	if err != nil {
		return err
	}
	defer ledger.Close()
	x, err := s.newExecutor(logs, ledger)
	if err != nil {
		return err
	}
	defer x.close()
	if err := x.recover(); err != nil {
		return err
	}
	v := &service{executor: x, flags: flags, metrics: web.NewMetrics(thisBuild().Version)}
	if flags.preflight {
		x.tokens = newPreflights(x)
	}
	v.scheduler = scheduler.New(scheduler.Options{Ledger: v.counted(scheduler.LedgerOf(ledger)), Log: log, Missed: v.missed, NotBefore: made()})
	x.guard(file)
	x.job = v.scheduler.Job
	v.scheduler.Apply(file)
	v.warnUnset(file)
	debug.FreeOSMemory()
	v.tokens.ask(file)
	if text := s.disksApart(file); text != "" {
		log.Warn().Msg(text)
	}
	if text := unreadProxy(); text != "" {
		log.Warn().Msg(text)
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	v.watcher = scheduler.NewWatcher(scheduler.Watching{
		File: file, Load: s.reload, Apply: v.apply, Now: asked(ctx, hangup), Log: log,
	})
	site, err := v.openSite(ctx)
	if err != nil {
		return err
	}
	return v.serve(ctx, site)
}

// openSite opens the web side's address before any run begins: a taken port
// is told at once. It gives nil where none is wanted.
func (v *service) openSite(ctx context.Context) (*web.Listening, error) {
	if v.flags.listen == "" {
		return nil, nil
	}
	site, err := web.Listen(ctx, v.flags.listen, web.Options{
		Scheduler: v.scheduler, Store: v.ledger, Reload: v.watcher.Last, Preflight: v.tokens.of, Metrics: v.metrics, Log: v.log, Token: secret.New(os.Getenv(webTokenVariable)),
	})
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", v.flags.listen, err)
	}
	return site, nil
}

// asked turns signals into a request to reload.
func asked(ctx context.Context, hangup <-chan os.Signal) <-chan struct{} {
	now := make(chan struct{})
	go func() {
		for {
			select {
			case <-hangup:
			case <-ctx.Done():
				return
			}
			select {
			case now <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return now
}

// reload reads the job file anew. Its problems go into one error: nobody
// reads the terminal of a service.
func (s *settings) reload() (*jobs.File, error) {
	file, problems := jobs.LoadFile(s.file)
	if bad := problems.Errors(); len(bad) > 0 {
		return nil, bad
	}
	return file, nil
}

// apply puts a file in force. Reading a large one took several times what is
// kept of it: a service that runs for months gives that back.
func (v *service) apply(file *jobs.File) {
	v.guard(file)
	changes := v.scheduler.Apply(file)
	defer debug.FreeOSMemory()
	v.log.Info().Strs("added", changes.Added).Strs("changed", changes.Changed).Strs("removed", changes.Removed).Msg("job file in force")
	v.warnUnset(file)
	v.tokens.ask(file)
}

// warnUnset says at the start which jobs can't work: at night nobody looks.
func (v *service) warnUnset(file *jobs.File) {
	for _, job := range file.Enabled() {
		if _, err := job.Token.ResolveToken(); err != nil {
			v.log.Warn().Str("job", job.Name).Str("error", err.Error()).Msg("this job has no token here: its runs will fail")
		}
	}
}

// serve runs all parts until ctx ends, and the ledger's work until it is
// drained.
func (v *service) serve(ctx context.Context, site *web.Listening) error {
	var parts sync.WaitGroup
	defer parts.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	parts.Go(func() { v.scheduler.Run(ctx) })
	parts.Go(func() { v.watcher.Run(ctx) })
	parts.Go(func() { v.forget(ctx) })
	parts.Go(func() {
		for v.finishStorage(ctx); wait(ctx, time.Hour); v.finishStorage(ctx) {
		}
	})
	parts.Go(func() { v.standOn(ctx, stop) })
	parts.Go(func() { v.tokens.run(ctx) })
	// The web side answers while runs drain: a probe would kill us otherwise.
	webCtx, closeWeb := context.WithCancel(context.WithoutCancel(ctx))
	defer closeWeb()
	address := ""
	if site != nil {
		address = "http://" + site.Addr().String()
		parts.Go(func() {
			if err := site.Serve(webCtx); err != nil {
				stop(&partError{err})
			}
		})
	}
	v.log.Info().Int("jobs", len(v.scheduler.File().Jobs)).Str("node", v.ledger.Node()).Str("listen", address).Msg("serving")
	defer context.AfterFunc(ctx, func() { v.log.Info().Dur("drain", v.flags.drain).Msg("stopping: no new runs") })()

	work := store.WorkOptions{
		Handler: v.handle, Parallel: v.flags.parallel, PerServer: v.flags.perServer, Drain: v.flags.drain,
		Deliver: v.deliver, Ended: v.teller().Ended, Observe: v.observe,
	}
	v.scheduler.Fill(&work)
	work.Timeout = nil // the run has it, and says so
	err := v.ledger.Work(ctx, work)
	closeWeb()
	if broken := (*partError)(nil); err == nil && errors.As(context.Cause(ctx), &broken) {
		return broken
	}
	v.log.Info().Msg("stopped")
	return err
}

// partError says that a part broke that serve can't do without: the web side,
// because a service that no probe can see is stopped and started again, or the
// output folder.
type partError struct{ error }

// Unwrap gives the cause.
func (e *partError) Unwrap() error { return e.error }

// lookAtFolder is how often it is seen whether the output folder is in place.
const lookAtFolder = time.Second

// standOn stops the service when its output folder is taken away. Runs under
// way can't publish then, and say so.
func (v *service) standOn(ctx context.Context, stop context.CancelCauseFunc) {
	for wait(ctx, lookAtFolder) {
		if err := v.runner.Dir.InPlace(); errors.Is(err, output.ErrDisplaced) {
			v.log.Error().Str("error", err.Error()).Msg("serve ends")
			stop(&partError{err})
			return
		}
	}
}

// handle does one attempt that the queue has given out.
func (v *service) handle(ctx context.Context, c store.Claim) store.Outcome {
	job := v.scheduler.Job(c.Job)
	if job == nil {
		return store.Outcome{State: store.Canceled, Error: "the job was taken out of the job file before the run began"}
	}
	// Attempts count those that were cut off, failures don't.
	cutOff := c.Attempt > c.Failures+1
	switch {
	case job.Disabled && (c.Trigger == store.Schedule || c.Trigger == store.CatchUp):
		return store.Outcome{State: store.Canceled, Error: "the job was disabled before the run began"}
	case job.Mutation && cutOff:
		why := "an earlier attempt was cut off, and its mutation may have been carried out: it isn't done again"
		return store.Outcome{State: store.Failed, Final: true, Error: why, Failure: v.teller().Failed(ctx, notify.Occasion{
			Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Error: why, Cause: "cut off",
		})}
	}
	began := time.Now()
	v.metrics.Begun(lateness(job, c, began))
	_, outcome, _ := v.attempt(ctx, job, c, how{resumed: cutOff})
	v.metrics.Done(job.Name, time.Since(began), outcome)
	return outcome
}

// observe is told of every end after the ledger has it.
func (v *service) observe(e store.Event) {
	if e.Final {
		v.metrics.Ended(e.Job, e.State, 1)
	}
	job := v.scheduler.Job(e.Job)
	if job == nil {
		return
	}
	if e.Final && !job.Mutation { // what a killed attempt has kept is for nobody now
		v.runner.Forget(e.Run)
	}
	if e.State == store.Succeeded {
		v.keeper.ask(job, e.Run, v.tidy)
	}
}

func (v *service) deliver(ctx context.Context, d store.Delivery) store.DeliveryResult {
	sent, why := sender{v.runner.UserAgent, v.logs.redactor, v.teller()}.send(ctx, d)
	v.metrics.Delivered(why == "")
	if note := sent.Note(); note != "" {
		v.log.Warn().Str("job", d.Job).Str("run", d.Run).Str("delivery", d.ID).Str("answer", note).
			Msg("delivered to " + d.Target + ", but look at its answer")
	}
	if why != "" {
		v.log.Warn().Str("job", d.Job).Str("run", d.Run).Str("delivery", d.ID).Int("try", d.Attempt).Str("error", why).Msg("delivery to " + d.Target)
	}
	return sent
}

// missed tells of ticks that passed while nothing ran.
func (v *service) missed(job *jobs.Job, newest time.Time, count int) []store.NewDelivery {
	t := v.teller()
	return t.Deliveries(job, t.Tell(context.Background(), notify.Occasion{
		Job: job, Run: store.RunID(job.Name, newest), Tick: newest, Missed: count,
	}, notify.EventMissed))
}

// forget removes old runs from the ledger, once an hour.
func (v *service) forget(ctx context.Context) {
	for {
		gone, err := v.ledger.Retention(ctx, v.flags.keep.keep(v.scheduler.File()))
		switch {
		case err != nil && ctx.Err() == nil:
			v.log.Warn().Str("error", err.Error()).Msg("forget old runs")
		case gone > 0:
			v.log.Info().Int("runs", gone).Msg("old runs left the ledger")
		}
		if !wait(ctx, time.Hour) {
			return
		}
	}
}
