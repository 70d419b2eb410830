package sink

import (
	"context"
	"time"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output/kept"
)

// chooser finds out what a select that names last_success does with a record, in a job where
// nothing else does: it may choose records by it, or only write it into them. A record that
// it gives whatever last_success is has to be given by every run.
type chooser struct {
	selector *selector
	exact    jq.Vars // the mark is the last good run itself
	never    jq.Vars // a mark that everything is older than
}

// end is later than any time that a record has.
var end = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

func newChooser(s *selector, exact time.Time) *chooser {
	c := &chooser{selector: s, exact: s.vars, never: s.vars}
	c.exact.LastSuccess, c.never.LastSuccess = exact, end
	return c
}

// hanging says how it depends on last_success whether a record is given.
type hanging int

const (
	outOfSight hanging = iota // it isn't given: it is older than last_success
	byMark                    // it is given because it is newer
	always                    // it is given whatever last_success is
)

// look decides that, without giving the record: it runs the program with a last_success far
// in the future. Where that fails, with the real one.
func (c *chooser) look(ctx context.Context, record []byte) hanging {
	if gives, err := c.gives(ctx, record, c.never); gives && err == nil {
		return always
	}
	if gives, err := c.gives(ctx, record, c.selector.vars); gives || err != nil {
		return byMark // the error comes again, and is given, when the record is taken
	}
	c.selector.seen++
	return outOfSight
}

// gives reports whether the program gives anything.
func (c *chooser) gives(ctx context.Context, record []byte, vars jq.Vars) (bool, error) {
	input, err := jq.Decode(record)
	if err != nil {
		return false, err
	}
	vars.Data = c.selector.vars.Data
	for _, err := range c.selector.program.Run(ctx, input, vars) {
		return err == nil, err
	}
	return false, nil
}

// tell runs the program with the last good run itself as last_success.
func (c *chooser) tell(ctx context.Context, record []byte, into *kept.Spool) error {
	back := c.selector.vars.LastSuccess
	c.selector.vars.LastSuccess = c.exact.LastSuccess
	defer func() { c.selector.vars.LastSuccess = back }()
	return c.selector.record(ctx, record, into)
}
