package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// Work runs due ticks and deliveries until ctx ends. Then it waits up to Drain for running
// ones, and interrupts the rest, which run again at the next start. It waits for a database
// that is away, or that another process holds for too long. It returns early where it can't
// start, and with ErrDisplaced when the database's file was taken away.
func (s *Store) Work(ctx context.Context, o WorkOptions) error {
	if o.Handler == nil {
		return errors.New("work: no handler")
	}
	if o.Parallel <= 0 {
		o.Parallel = 8
	}
	if o.DeliverParallel <= 0 {
		o.DeliverParallel = 8
	}
	if o.StopGrace <= 0 {
		o.StopGrace = 10 * time.Second
	}
	patient, impatient := context.WithCancel(context.WithoutCancel(ctx))
	defer impatient()
	hard, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	w := &working{s: s, o: o, ctx: patient, hard: hard, lose: lose, goroutines: newGoroutines()}
	if err := s.begin(w); err != nil {
		return err
	}
	defer s.end()
	if err := s.Patiently(ctx, func() error { return w.start(ctx) }); err != nil {
		return unlessEnded(ctx, err)
	}
	s.health.worked()
	<-ctx.Done()
	impatient()
	if err := context.Cause(ctx); errors.Is(err, ErrDisplaced) {
		w.o.Drain = 0
		return errors.Join(err, w.stop(giveUp))
	}
	return w.stop(giveUp)
}

// unlessEnded drops the error of a start that was only cut off by the end of ctx.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return nil
	}
	return err
}

func (s *Store) begin(w *working) error {
	s.mu.Lock()
	busy := s.work != nil
	if !busy {
		s.work = w
	}
	s.mu.Unlock()
	if busy {
		return errors.New("work: this store is working already")
	}
	s.slots.Configure(w.o.Parallel, w.o.PerServer)
	s.queue.Prepare(w.queued())
	return nil
}

func (s *Store) end() {
	s.mu.Lock()
	s.work = nil
	s.mu.Unlock()
	s.queue.Done()
}

// queued makes the queue's own options.
func (w *working) queued() queue.Work {
	work := queue.Work{Node: w.s.node, Poll: w.s.o.times.poll, Claimer: w, Run: w.run, DeliverParallel: w.o.DeliverParallel}
	if w.o.Deliver != nil {
		work.Deliver = w.deliver
	}
	return work
}

// start may be called again after an error.
func (w *working) start(ctx context.Context) error {
	if err := w.s.lease.start(ctx, w.s, true); err != nil {
		return fmt.Errorf("work: %w", err)
	}
	if err := w.s.queue.Start(ctx); err != nil {
		return fmt.Errorf("work: %w", err)
	}
	found, err := w.s.queue.Filled(ctx)
	if err != nil {
		w.s.health.failed(err) // a later beat looks again
	}
	w.s.queue.FetchFrom(found...)
	return nil
}

// stop drains, then interrupts, then gives up.
func (w *working) stop(giveUp context.CancelFunc) error {
	interrupt := time.AfterFunc(w.o.Drain, func() {
		for _, run := range w.s.running.all() {
			if !run.claim.direct {
				run.cancel(ErrShutdown)
			}
		}
	})
	defer interrupt.Stop()
	last := time.AfterFunc(w.o.Drain+w.o.StopGrace, giveUp)
	defer last.Stop()
	if err := w.s.queue.Stop(w.hard); err != nil {
		return &UnstoppedError{w.o.Drain + w.o.StopGrace, err}
	}
	return nil
}

// UnstoppedError says that some runs didn't stop in time. In the ledger they are as they were, and run again.
type UnstoppedError struct {
	After time.Duration
	err   error
}

// Error says it in one line.
func (u *UnstoppedError) Error() string {
	return fmt.Sprintf("some runs did not stop within %s, or their ends could not be written; they will run again", u.After)
}

// Unwrap gives how the wait ended.
func (u *UnstoppedError) Unwrap() error { return u.err }

// run does one attempt of a run that this node has claimed.
func (w *working) run(queueID int64, job string, tick int64) {
	if run := w.s.running.get(key{job, tick}); run != nil && run.claim.queueID == queueID {
		w.attempt(run)
	}
}

// attempt waits for a slot, runs the handler, and writes the end.
func (w *working) attempt(run *activeRun) {
	defer w.s.running.remove(run)
	c := run.claim
	patience, stop := context.WithTimeout(w.ctx, w.s.o.times.giveBack)
	entered := w.s.slots.Enter(c.queue, patience.Done())
	stop()
	if !entered || w.ctx.Err() != nil { // after a stop, too: a run that the stop ended may have freed the slot
		w.s.wakeHungry(w.s.slots.Leave(c.queue, entered))
		w.write(giveBack(c, context.Cause(run.ctx)))
		return
	}
	var outcome Outcome
	var cause error
	w.goroutines.do(func() { outcome, cause = w.handle(run) })
	w.s.wakeHungry(w.s.slots.Leave(c.queue, true))
	w.write(w.settle(c, outcome, cause))
}

// giveBack ends a claim that got no slot in time, so that another node can take the run.
func giveBack(c Claim, cause error) *runEnd {
	if state := stateOf(Scheduled, cause); state == Canceled {
		return newEnd(c, Outcome{Error: cause.Error()}, state, state)
	}
	end := newEnd(c, Outcome{Error: c.error, Cause: c.cause}, Scheduled, Scheduled)
	end.again(c.Due)
	end.Unclaim = 1
	if c.Attempt == 1 { // a run that never began is in no other's way
		end.Active = activeNot
		if c.inTurn {
			end.Active = activeInLine
		}
	}
	return end
}

func (w *working) write(end *runEnd) {
	if err := w.s.finish(w.hard, end); err != nil {
		w.s.log.Warn().Str("run", end.id()).Int("attempt", end.Attempt).Str("error", database.Clean(err.Error())).
			Msg("the end of a run was not written")
		if w.o.Fenced != nil && errors.Is(err, ErrFenced) {
			w.o.Fenced(end.claim, end.outcome)
		}
	}
}

// handle calls the handler. A panic is the run's failure, not the process's.
func (w *working) handle(run *activeRun) (o Outcome, cause error) {
	defer func() {
		if p := recover(); p != nil {
			o = Outcome{State: Failed, Error: fmt.Sprintf("panic: %v", p), Log: string(debug.Stack())}
			if ask := w.s.askEnded(); ask != nil {
				c := run.claim
				o.Failure = ask(End{Job: c.Job, Tick: c.Tick, Trigger: c.Trigger, State: Failed, Reason: o.Error, Version: c.Version})
			}
		}
		cause = context.Cause(run.ctx)
	}()
	return w.o.Handler(run.ctx, run.claim), nil
}

// settle decides what an attempt's outcome means for its run.
func (w *working) settle(c Claim, o Outcome, cause error) *runEnd {
	o.State = stateOf(o.State, cause)
	if o.State != Succeeded && o.Error == "" && cause != nil {
		o.Error = cause.Error()
	}
	end := newEnd(c, o, o.State, o.State)
	switch o.State {
	case Interrupted:
		end.Cause = c.cause // of the attempt that failed before, if any
		if o.Final {        // it can't be done twice
			end = newEnd(c, o, Interrupted, Failed)
			end.Failed = 1
			break
		}
		end.again(time.Now())
	case Failed:
		end.Failed = 1
		if w.o.Retry == nil || o.Final {
			break
		}
		now := time.Now()
		if delay, again := w.o.Retry(c.Failing(o, now), now); again {
			end.again(now.Add(delay))
		}
	}
	return end
}
