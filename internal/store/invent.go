package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
)

// Invented is a run that never was, for a ledger that is only to be looked at.
type Invented struct {
	Run // without the ids of the run and its deliveries

	Tries []Attempt // its attempts: those before the last, and the last with its log
	Marks []Mark
	Known []byte // hashes of its records
}

// errNotEmpty says that a ledger has runs of its own.
var errNotEmpty = errors.New("the ledger has runs already: only an empty one takes made-up ones")

// Invent fills an empty ledger with made-up runs of some jobs that have ended. It
// is for the demo: nothing else may write what didn't happen.
func (s *Store) Invent(ctx context.Context, jobs []string, runs iter.Seq[Invented]) error {
	rows := make([]runRow, len(jobs))
	for i, job := range jobs {
		rows[i] = runRow{key: key{Job: job}}
	}
	if err := s.ensureJobs(ctx, rows); err != nil {
		return fmt.Errorf("invent runs: %w", err)
	}
	has, err := database.Collect(ctx, s.db.Read(), database.Int, `SELECT 1 FROM runs LIMIT 1`)
	if len(has) > 0 {
		err = errNotEmpty
	}
	var batch []Invented
	write := func() {
		if err == nil && len(batch) > 0 {
			err = s.inventAll(ctx, batch)
		}
		batch = batch[:0]
	}
	for run := range runs {
		batch = append(batch, run)
		if len(batch) == inventBatch {
			write()
		}
	}
	write()
	if err != nil {
		return fmt.Errorf("invent runs: %w", s.db.Explain(err))
	}
	return nil
}

// inventBatch is how many runs one transaction writes: few enough that a slow machine
// does it within a transaction's time limit.
const inventBatch = 100

func (s *Store) inventAll(ctx context.Context, runs []Invented) error {
	return s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		for _, run := range runs {
			if err := invent(ctx, t, run); err != nil {
				return err
			}
		}
		return nil
	})
}

func invent(ctx context.Context, t database.Tx, run Invented) error {
	files, _ := json.Marshal(run.Files) // texts and numbers
	warnings, _ := json.Marshal(run.Warnings)
	tick := database.Micros(database.Canonical(run.Tick))
	if _, err := t.Exec(ctx, `INSERT INTO runs (job, tick, state, attempt, via, node, server, created_at, due_at, started_at, finished_at, pages, records, bytes, files, warnings, error)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $2, $2, $8, $9, $10, $11, $12, $13, $14, $15)`,
		run.Job, tick, string(run.State), run.Attempt, string(run.Trigger), run.Node, run.Server, microsOr0(run.StartedAt),
		microsOr0(run.FinishedAt),
		run.Pages, run.Records, run.Bytes, string(files), string(warnings), shown(run.Error, maxError)); err != nil {
		return err
	}
	for _, a := range run.Tries {
		if _, err := t.Exec(ctx,
			`INSERT INTO attempts (job, tick, attempt, state, node, started_at, finished_at, error, log) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			run.Job, tick, a.Attempt, string(a.State), a.Node, microsOr0(a.StartedAt), microsOr0(a.FinishedAt), shown(a.Error, maxError),
			shown(a.Log, maxLog)); err != nil {
			return err
		}
	}
	for i, d := range run.Deliveries {
		if err := inventDelivery(ctx, t, run, i+1, d); err != nil {
			return err
		}
	}
	left := marks.Ended{Job: run.Job, Tick: tick}
	if err := marks.Keep(ctx, t, left, run.Marks); err != nil {
		return err
	}
	return marks.KeepKnown(ctx, t, left, run.Known)
}

func inventDelivery(ctx context.Context, t database.Tx, run Invented, seq int, d RunDelivery) error {
	tick := database.Micros(database.Canonical(run.Tick))
	var last Try
	if n := len(d.Tries); n > 0 {
		last = d.Tries[n-1]
	}
	if _, err := t.Exec(ctx, `INSERT INTO deliveries (id, job, tick, seq, kind, target, body, state, attempts, created_at, give_up_at, next_at, ended_at, error, output, tried_at, took)
		VALUES ($1, $2, $3, $4, 'output', $5, $6, $7, $8, $9, $9, $9, $9, $10, '*', $11, $12)`,
		d.ID, run.Job, tick, seq, d.Target, []byte("{}"), string(d.State), d.Attempts, microsOr0(run.FinishedAt), d.Error,
		microsOr0(last.StartedAt), tookOf(last)); err != nil {
		return err
	}
	if d.Attempts == 1 && d.State == DeliveryDelivered {
		return nil // a message that arrived at once has no tries of its own
	}
	for _, one := range d.Tries {
		if _, err := t.Exec(ctx, `INSERT INTO tries (job, tick, delivery, claim, attempt, outcome, started_at, took, said, next_at, asked_at)
			VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10)`, run.Job, tick, d.ID, int64(one.Try), string(one.Outcome),
			microsOr0(one.StartedAt), tookOf(one), one.Error, microsOr0(one.NextTry), microsOr0(one.AskedAgainAt)); err != nil {
			return err
		}
	}
	return nil
}

// tookOf is how long a made-up try took, as the ledger has it.
func tookOf(t Try) int64 {
	if t.StartedAt == nil || t.FinishedAt == nil {
		return 0
	}
	return t.FinishedAt.Sub(*t.StartedAt).Microseconds()
}

func microsOr0(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return database.Micros(database.Canonical(*t))
}
