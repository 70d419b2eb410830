package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/output"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// Runner holds what all runs of a process share. It is safe for use by several
// goroutines.
type Runner struct {
	Dir       *output.Dir       // where files are published
	Limiters  *speckle.Limiters // one request rate for each server and token
	Transport *http.Transport   // connections to servers
	UserAgent string
}

// Request is one attempt to execute.
type Request struct {
	Job     *jobs.Job
	Run     string    // id of the run
	Tick    time.Time // due time, UTC
	Attempt int       // from 1
	Last    Last
	// Resumed says that an earlier attempt was cut off after it may have
	// published: what it wrote may be overwritten, and nothing else.
	Resumed bool
	LastTry bool // no other attempt follows when this one fails
	DryRun  bool // fetch and check, publish nothing
	// AcceptShrink publishes records that have become fewer than shrink_limit
	// allows, with a warning that says so.
	AcceptShrink bool
	Progress     func(Progress) // may be nil; called from one goroutine
	Log          zerolog.Logger
	// Hold is asked right before files are published, and again when its
	// answer is about to pass: until when is the run surely this attempt's? An
	// error means that it isn't any more. Nil asks nobody.
	Hold func(context.Context) (until time.Time, err error)
	// Snapshots gives for outputs what their receivers were told last before the
	// run's tick, of the snapshots that leave the named fields out; one that has
	// none isn't in it. Nil: nothing is compared.
	Snapshots func(ctx context.Context, ignoring string, outputs []string) (map[string]Snapshot, error)
	// TokenEnds gives when a token of the job's server ends, by its public id; zero
	// when nobody knows. Nil: nobody is asked.
	TokenEnds func(id string) time.Time
	// Tables gives what the ledger keeps of outputs whose files carry types; one
	// that has nothing isn't in it. Nil: nothing is known, and nothing is noted.
	Tables func(ctx context.Context, outputs []string) (map[string]Table, error)
	// Redactor learns every secret that the run resolves; Log must write
	// through it.
	Redactor *secret.Redactor
}

// Last is what the ledger knows of the job's last good run. The zero value
// means that there was none.
type Last struct {
	// Success is the tick of {last_success}: of the newest good run whose
	// messages have arrived, or are on their way, where the job goes by that.
	Success time.Time
	Records int64 // of the newest good run
	// Marks is what outputs with only_if_changed hold, or their receivers have,
	// by output.
	Marks map[string]Mark
	// Known names the records that the run of Success told, as its Result did;
	// nil: that isn't known.
	Known []byte
}

// Progress is where a run is, for people who watch.
type Progress struct {
	Stage   Stage
	Pages   int
	Records int64
	Total   int64 // -1: unknown
	Bytes   int64
	Resumed int // the page at which this attempt went on where an earlier one ended; 0: it began anew

	Items, AllItems int // of a for_each; 0, 0 without
}

// Stage is what a run is doing.
type Stage string

// The stages of a run, in their order.
const (
	Reading      Stage = "reading"
	ReadingAgain Stage = "reading again" // records were missing at the end, and are looked for
	Writing      Stage = "writing"
)

// State is how an attempt ended.
type State string

// The ends of an attempt. The ledger knows more states of a run.
const (
	Succeeded   State = "succeeded"
	Failed      State = "failed"
	Interrupted State = "interrupted" // its context was canceled
)

// Result is how an attempt ended. What a failed one wrote is removed, and what
// it had replaced is put back.
type Result struct {
	State      State
	StartedAt  time.Time
	FinishedAt time.Time
	Pages      int
	Records    int64 // in the export
	Bytes      int64 // of the published files
	Files      []output.Published
	Owed       []Owed // messages to deliver, in order
	Warnings   []string
	Error      string // Err as it may be shown, "" when it succeeded
	Err        error  // for errors.As
	Cause      string // why it failed, the same words each time
	Final      bool   // another attempt would end the same way
	// Passing: what it failed of may pass by itself. After: the server wants to be
	// left alone for so long.
	Passing bool
	After   time.Duration

	Sample    []string   // of a dry run: the first records
	Plan      []Planned  // of a dry run: what would be published
	Unsent    []string   // of a dry run: the first of the mutations, which it doesn't send
	Mutations int        // of a dry run: how many there are
	Marks     []Mark     // for the next run's Last; of a good run only
	Known     []byte     // likewise
	Snapshots []Snapshot // for the next run's Snapshots, likewise
	Tables    []Table    // for the next run's Tables, likewise
	Unchanged []int      // outputs, from 1, that held the same as last time: not published
}

// Execute runs one attempt. It gives a result for every outcome, also for a
// panic.
func (r *Runner) Execute(ctx context.Context, req Request) *Result {
	ctx, cancel := context.WithTimeoutCause(ctx, req.Job.Timeout, &timeoutError{req.Job.Timeout})
	defer cancel()
	e := &attempt{Request: req, runner: r, result: &Result{StartedAt: time.Now().UTC()}}
	err := e.guarded(ctx)
	e.finish(ctx, err)
	e.closeParts()
	return e.result
}

// attempt is one attempt under way.
type attempt struct {
	Request
	runner *Runner
	result *Result
	token  secret.Value
	spool  *output.Spool
	items  []span // of a for_each, in order
	bytes  int64  // of the server's answers
	budget *speckle.Budget
	looked int64 // records that the job's select has seen

	watched watched // keys that select may make of nothing
	done    bool    // a mutation may have been carried out, and no note says which

	known known   // what the run at the mark has told; nil: last_success is that run itself
	told  *memory // what this one tells; nil: nothing is read by the mark
	clock speckle.Clock
	at    Progress // the last that was told

	parts      *output.Parts // of a for_each: what attempts keep of items for each other
	keepFailed sync.Once
	resumed    int       // items of earlier attempts
	resumedAt  int       // page, likewise
	oldest     time.Time // when the first of those was read

	skipped      int // items that were left out
	skippedNames []string
	firstSkipped *itemError

	holes     bool              // records are known to be missing from what was read, or may be
	unchanged map[int]bool      // outputs that are left out, from 0
	keys      []string          // what outputs are called from run to run
	contents  map[int]string    // of outputs with only_if_changed
	since     map[int]time.Time // outputs that a snapshot was taken for: what it is told since

	lastTables  map[string]Table // of the ledger, nil until it was asked
	itemColumns map[*jobs.Output][]record.Column

	unsent unsent // of a dry run

	serverVersion string // for manifests, "" unless one is written
}

// guarded makes an error of a panic: one job's bad luck must not end the
// process that others depend on.
func (e *attempt) guarded(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			e.Log.Error().Str("stack", string(debug.Stack())).Msgf("panic: %v", p)
			err = fmt.Errorf("the program broke: %v (please report this, with the log)", p)
		}
	}()
	return e.run(ctx)
}

func (e *attempt) run(ctx context.Context) error {
	if err := Supported(e.Job); err != nil {
		return err
	}
	spool, err := e.runner.Dir.NewSpool(e.Run)
	if err != nil {
		return err
	}
	defer spool.Close()
	e.spool = spool
	e.budget = speckle.NewBudget(e.Job.MaxBytes)
	if err := e.read(ctx); err != nil {
		return err
	}
	if e.DryRun {
		return e.rehearse(ctx)
	}
	return e.publish(ctx)
}

func (e *attempt) finish(ctx context.Context, err error) {
	r := e.result
	r.FinishedAt = time.Now().UTC()
	if err == nil {
		r.State = Succeeded
		return
	}
	cause := context.Cause(ctx)
	r.State = Failed
	switch {
	case cause != nil && errors.Is(ctx.Err(), context.Canceled):
		r.State, err = Interrupted, cause // what it was doing then is no fault
	case as[*timeoutError](cause):
		late, _ := errors.AsType[*timeoutError](cause)
		err = e.outOfTime(late, err)
	case cause != nil && !errors.Is(err, cause):
		// A cut network and a passed deadline both end a read: the cause is
		// what a person can act on.
		err = fmt.Errorf("%w (it was at: %w)", cause, err)
	}
	err = e.advised(err)
	r.Owed, r.Marks, r.Snapshots, r.Tables, r.Known = nil, nil, nil, nil, nil
	r.Err, r.Error = err, e.words().Text(err.Error())
	r.Cause = causeOf(err, r.Error)
	r.Final = e.done || r.State == Failed && final(err)
	if r.State == Failed && !r.Final {
		r.Passing, r.After = passing(err)
	}
}

// maxWarnings bounds what a ledger's row holds: a for_each over many items
// could warn of each.
const maxWarnings = 100

func (e *attempt) warn(text string) {
	text = e.words().Text(text)
	switch {
	case slices.Contains(e.result.Warnings, text) || len(e.result.Warnings) > maxWarnings:
		return
	case len(e.result.Warnings) == maxWarnings:
		text = "there were more warnings: the run's log has them"
	}
	e.result.Warnings = append(e.result.Warnings, text)
	e.Log.Warn().Msg(text)
}

// words shows what servers and receivers said.
func (e *attempt) words() said.Words { return said.With(e.Redactor) }

func (e *attempt) report(p Progress) {
	e.at = p
	if e.Progress != nil {
		e.Progress(p)
	}
}

// values are what placeholders stand for; each is the for_each record, nil
// outside of one.
func (e *attempt) values(each map[string]any) placeholder.Values {
	return placeholder.Values{Job: e.Job.Name, Run: e.Run, Tick: e.Tick, Zone: e.Job.Zone, LastSuccess: e.lastSuccess(), Each: each}
}
