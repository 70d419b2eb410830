package sink

import (
	"context"
	"fmt"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/speckle"
)

// Caps on what a program may make of one record: one such as range(1e9) would
// fill the disk before anybody looks.
const (
	maxSelected      = 1_000_000
	maxSelectedBytes = 256 << 20
)

// ProgramError says that the job's select, or until, failed on a record. It
// would fail on the same record again.
type ProgramError struct {
	key    string // of the job
	record int64  // from 1, over all pages
	err    error
}

// Error names the program and the record.
func (e *ProgramError) Error() string {
	return fmt.Sprintf("%s, on record %d: %s", e.key, e.record, e.err)
}

// Unwrap gives what the program said.
func (e *ProgramError) Unwrap() error { return e.err }

// selector runs the job's select on records.
type selector struct {
	program *jq.Program
	vars    jq.Vars
	keys    []string // order of a made object's keys, nil: by name
	stood   int64    // records of the pages that stand
	seen    int64    // with those of the page under way
	pages   int64    // that stand
	buf     []byte
	watched Watched
}

func newSelector(program *jq.Program, vars jq.Vars, watched Watched) *selector {
	s := &selector{program: program, vars: vars, watched: watched}
	if keys, plain := program.Keys(); plain {
		s.keys = keys
	}
	return s
}

func (s *selector) stands() { s.stood, s.pages = s.seen, s.pages+1 }
func (s *selector) forget() { s.seen = s.stood }

// page gives the records of a page that has ended, when $data is known.
func (s *selector) page(ctx context.Context, from *kept.Spool, p speckle.Page, take func([]byte) error) error {
	data, err := jq.Decode(p.Data)
	if err != nil {
		return fmt.Errorf("page %d: %w", p.Number, err)
	}
	s.vars.Data = data
	for record, err := range from.Records().Lines(ctx) {
		if err != nil {
			return err
		}
		if err := take(record); err != nil {
			return err
		}
	}
	return nil
}

func (s *selector) record(ctx context.Context, record []byte, into *kept.Spool) error {
	s.seen++
	input, err := jq.Decode(record)
	if err != nil {
		return &ProgramError{"select", s.seen, err}
	}
	s.watched.look(input, s.vars.Data)
	given, size := 0, 0
	for value, err := range s.program.Run(ctx, input, s.vars) {
		if err != nil {
			if ctx.Err() != nil {
				return &WorkError{"select", s.seen, s.pages + 1, context.Cause(ctx)}
			}
			return &ProgramError{"select", s.seen, err}
		}
		s.buf, err = jq.AppendOrdered(s.buf[:0], value, s.keys)
		if err != nil {
			return &ProgramError{"select", s.seen, err}
		}
		given, size = given+1, size+len(s.buf)
		if given > maxSelected || size > maxSelectedBytes {
			return &ProgramError{"select", s.seen, fmt.Errorf("it gives more than %d records or %d MiB for one", maxSelected, maxSelectedBytes>>20)}
		}
		if err := into.Append(s.buf); err != nil {
			return err
		}
	}
	return nil
}
