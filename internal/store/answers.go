package store

import (
	"context"
	"errors"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// answers are what the owner of the job file says of jobs and runs. Nobody is
// asked while a transaction holds its locks: one that lacks an answer is taken
// back, the questions are asked, and it is done again.
type answers struct {
	s *Store
	w *working // nil where no work is done

	policies  map[string]policy // by job
	over      map[claimed]bool
	owed      map[ended][]NewDelivery
	open      []func() // questions
	undecided bool     // what to do with a run is one of them
}

// policy is what a node does with a job's ticks.
type policy struct {
	known   bool
	overlap Overlap
}

// ended names an end that people may be told of.
type ended struct {
	key
	State         State
	trigger       Trigger
	reason, cause string
}

// errUnanswered takes a transaction back whose questions weren't answered yet.
var errUnanswered = errors.New("asked in vain for what becomes of a run")

// maxAsked bounds how often a transaction is done again: each time it knows
// more, and only runs that came meanwhile bring new questions.
const maxAsked = 10

func (s *Store) newAnswers(w *working) *answers {
	return &answers{s: s, w: w, policies: map[string]policy{}, over: map[claimed]bool{}, owed: map[ended][]NewDelivery{}}
}

// write runs a transaction until no question of it is open.
func (a *answers) write(ctx context.Context, do func(ctx context.Context, t database.Tx) error) error {
	for range maxAsked {
		a.open, a.undecided = nil, false
		err := a.s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
			if err := do(ctx, t); err != nil {
				return err
			}
			if len(a.open) > 0 {
				return errUnanswered
			}
			return nil
		})
		if !errors.Is(err, errUnanswered) {
			return err
		}
		for _, ask := range a.open {
			ask()
		}
	}
	return errUnanswered
}

// policy gives what is known of a job, or asks.
func (a *answers) policy(job string) policy {
	p, known := a.policies[job]
	if !known {
		a.undecided = true
		a.open = append(a.open, func() { a.learn(job) })
	}
	return p
}

// learn asks what this node does with jobs. It is called outside of a transaction.
func (a *answers) learn(jobs ...string) {
	for _, job := range jobs {
		p := policy{known: true, overlap: OverlapSkip}
		if a.w.o.Known != nil {
			p.known = a.w.o.Known(job)
		}
		if a.w.o.Overlap != nil {
			p.overlap = a.w.o.Overlap(job)
		}
		a.policies[job] = p
	}
}

// foresee asks about the jobs that a fetch will most likely take.
func (a *answers) foresee(ctx context.Context, f *queue.Fetch, most int) error {
	jobs, err := f.Jobs(ctx, most)
	a.learn(jobs...)
	return err
}

// isOver says whether a run that waits for its next attempt must not begin it
// any more, or asks.
func (a *answers) isOver(run claimed, f Failing, now time.Time) bool {
	if a.w.o.Over == nil {
		return false
	}
	over, known := a.over[run]
	if !known {
		a.undecided = true
		a.open = append(a.open, func() { a.over[run] = a.w.o.Over(f, now) })
	}
	return over
}

// owedFor gives what is owed for a run that the store itself ends, or asks: once
// it is decided which ones end.
func (a *answers) owedFor(e endedRow) []NewDelivery {
	ask := a.s.askEnded()
	if ask == nil {
		return nil
	}
	end := e.end()
	this := ended{e.key, end.State, end.Trigger, end.Reason, end.Cause}
	owed, known := a.owed[this]
	if !known && !a.undecided {
		a.open = append(a.open, func() { a.owed[this] = ask(end) })
	}
	return owed
}
