package main

import (
	"context"
	"sync"
	"time"

	"speckle-runner/internal/display"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/report"
	"speckle-runner/internal/service"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// manual holds what runs by hand need: a ledger, the service that makes them, and a display.
type manual struct {
	flags   runFlags
	file    *jobs.File
	logs    service.Logs
	opening *store.Opening // of the ledger
	ledger  *store.Store   // nil: a dry run without a ledger
	service *service.Service
	display *display.Display
	traces  *tracing.Traces // nil: nothing is traced
	closed  sync.Once
}

// beginManual makes the display, and begins to open a ledger that is there: a small run
// takes as long for it as for its job file, which can be read meanwhile.
func (s *settings) beginManual(ctx context.Context, flags runFlags) (*manual, error) {
	shown, logs, err := s.newDisplay(flags.logLevel, flags.still)
	if err != nil {
		return nil, err
	}
	m := &manual{flags: flags, logs: logs, display: shown}
	if !s.ledgerName().Missing() {
		m.opening = s.beginLedger(ctx, m.ledgerOptions())
	}
	return m, nil
}

func (m *manual) ledgerOptions() store.Options {
	return store.Options{Log: m.logs.Logger(m.logs.Redactor, nil)}
}

// open opens the rest, for the jobs of a file.
func (s *settings) open(ctx context.Context, m *manual, file *jobs.File) (err error) {
	if err := checkProxies(); err != nil {
		return err
	}
	m.file = file
	// A dry run writes nothing, so it doesn't create a ledger.
	if m.opening == nil && !m.flags.dryRun {
		m.opening = s.beginLedger(ctx, m.ledgerOptions())
	}
	if m.ledger, err = m.opening.Wait(); err != nil {
		return err
	}
	if m.ledger != nil && !m.flags.dryRun {
		m.traces = service.OpenTraces(ctx, m.logs, thisBuild().Version, m.ledger.Node())
	}
	m.service, err = service.New(service.Options{
		File: file, OutputDir: s.outputDir, Ledger: m.ledger, Database: s.ledgerName(), Version: thisBuild().Version,
		Logs: m.logs, Observer: m.display, DryRun: m.flags.dryRun, Traces: m.traces,
	})
	return err
}

func (s *settings) openManual(ctx context.Context, file *jobs.File, flags runFlags) (*manual, error) {
	m, err := s.beginManual(ctx, flags)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, m, file); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// order makes the order for a run of a job from the flags.
func (m *manual) order(job *jobs.Job) service.Order {
	return service.Order{Job: job, Force: m.flags.force, AcceptShrink: m.flags.acceptShrink, DeliverFor: m.flags.deliverFor,
		Version: m.flags.version}
}

// run runs a job, and waits for the end.
func (m *manual) run(ctx context.Context, o service.Order) report.Finished {
	return report.Finished{Ended: m.service.RunNow(ctx, o)}
}

// runAll runs jobs side by side, all for one tick; zero: the moment each starts.
func (m *manual) runAll(ctx context.Context, chosen []*jobs.Job, tick time.Time) []report.Finished {
	orders := make([]service.Order, len(chosen))
	for i, job := range chosen {
		orders[i] = m.order(job)
		orders[i].Tick = tick
	}
	ends := make([]report.Finished, len(chosen))
	for i, ended := range m.service.RunAll(ctx, orders, m.flags.parallel) {
		ends[i].Ended = ended
	}
	return ends
}

// prune removes old runs from a ledger that may have no serve.
func (m *manual) prune(ctx context.Context, k *keepFlags) {
	if ctx.Err() == nil {
		m.service.Prune(ctx, k.given(), store.Keep{Age: keepRunsFor, Count: keepRuns})
	}
}

// close ends the display, and closes service, traces and ledger, as far as they are there.
func (m *manual) close() {
	m.closed.Do(func() {
		m.display.Close()
		if m.service != nil {
			m.service.Close()
		}
		m.traces.Close()
		m.opening.Close()
	})
}
