package store

import (
	"context"
	"errors"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// answers holds what WorkOptions' functions say of jobs and runs. None is called while a
// transaction holds its locks: a transaction that lacks an answer is rolled back, the
// functions are called, and it is done again.
type answers struct {
	s *Store
	w *working // nil where no work is done

	policies  map[string]policy // by job
	over      map[claimed]bool
	owed      map[ended][]NewDelivery
	questions []func() // each gets the answer that was missing
	undecided bool     // one of them decides what becomes of a run
}

// policy is what this node's job file says of a job.
type policy struct {
	known   bool
	overlap Overlap
}

// ended names an end that messages may be owed for.
type ended struct {
	key
	State         State
	trigger       Trigger
	reason, cause string
}

// errUnanswered rolls a transaction back that lacks an answer.
var errUnanswered = errors.New("asked in vain for what becomes of a run")

// maxAsked bounds how often a transaction is done again. Each time it has more answers;
// only runs that came meanwhile bring new questions.
const maxAsked = 10

func (s *Store) newAnswers(w *working) *answers {
	return &answers{s: s, w: w, policies: map[string]policy{}, over: map[claimed]bool{}, owed: map[ended][]NewDelivery{}}
}

// write runs a transaction until it lacks no answer.
func (a *answers) write(ctx context.Context, do func(ctx context.Context, t database.Tx) error) error {
	for range maxAsked {
		a.questions, a.undecided = nil, false
		err := a.s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
			if err := do(ctx, t); err != nil {
				return err
			}
			if len(a.questions) > 0 {
				return errUnanswered
			}
			return nil
		})
		if !errors.Is(err, errUnanswered) {
			return err
		}
		for _, ask := range a.questions {
			ask()
		}
	}
	return errUnanswered
}

// policy gives what is known of a job; else it notes the question.
func (a *answers) policy(job string) policy {
	p, known := a.policies[job]
	if !known {
		a.undecided = true
		a.questions = append(a.questions, func() { a.askPolicies(job) })
	}
	return p
}

// askPolicies asks for the policies of jobs. It is called outside of a transaction.
func (a *answers) askPolicies(jobs ...string) {
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

// askAhead asks for the policies of the jobs that a fetch will most likely take.
func (a *answers) askAhead(ctx context.Context, f *queue.Fetch, most int) error {
	jobs, err := f.Jobs(ctx, most)
	a.askPolicies(jobs...)
	return err
}

// isOver says whether a run that waits for its next attempt must not begin it any more;
// where that isn't known it notes the question.
func (a *answers) isOver(run claimed, f Failing, now time.Time) bool {
	if a.w.o.Over == nil {
		return false
	}
	over, known := a.over[run]
	if !known {
		a.undecided = true
		a.questions = append(a.questions, func() { a.over[run] = a.w.o.Over(f, now) })
	}
	return over
}

// owedFor gives what is owed for a run that the store itself ends. Where that isn't known
// it notes the question, but only once it is decided which runs end.
func (a *answers) owedFor(e endedRow) []NewDelivery {
	ask := a.s.askEnded()
	if ask == nil {
		return nil
	}
	end := e.end()
	this := ended{e.key, end.State, end.Trigger, end.Reason, end.Cause}
	owed, known := a.owed[this]
	if !known && !a.undecided {
		a.questions = append(a.questions, func() { a.owed[this] = ask(end) })
	}
	return owed
}
