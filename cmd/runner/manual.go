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
	ledger  *store.Store // nil: a dry run without a ledger
	service *service.Service
	display *display.Display
	traces  *tracing.Traces // nil: nothing is traced
	closed  sync.Once
}

func (s *settings) openManual(ctx context.Context, file *jobs.File, flags runFlags) (*manual, error) {
	if err := checkProxies(); err != nil {
		return nil, err
	}
	shown, logs, err := s.newDisplay(flags.logLevel, flags.still)
	if err != nil {
		return nil, err
	}
	m := &manual{flags: flags, file: file, display: shown}
	// A dry run writes nothing, so it doesn't create a ledger.
	if !flags.dryRun || s.mustExist() == nil {
		if m.ledger, err = s.openLedger(ctx, store.Options{Log: logs.Logger(logs.Redactor, nil)}); err != nil {
			return nil, err
		}
	}
	if m.ledger != nil && !flags.dryRun {
		m.traces = service.OpenTraces(ctx, logs, thisBuild().Version, m.ledger.Node())
	}
	m.service, err = service.New(service.Options{
		File: file, OutputDir: s.outputDir, Ledger: m.ledger, Database: s.ledgerName(), Version: thisBuild().Version,
		Logs: logs, Observer: shown, DryRun: flags.dryRun, Traces: m.traces,
	})
	if err != nil {
		m.traces.Close()
		m.closeLedger()
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

// close ends the display, and closes service, traces and ledger.
func (m *manual) close() {
	m.closed.Do(func() {
		m.display.Close()
		m.service.Close()
		m.traces.Close()
		m.closeLedger()
	})
}

func (m *manual) closeLedger() {
	if m.ledger != nil {
		m.ledger.Close()
	}
}
