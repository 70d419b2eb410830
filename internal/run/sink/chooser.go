package sink

import (
	"context"
	"time"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output/kept"
)

// chooser finds out what a select that names the mark does with a record, where
// nothing else goes by the mark: it may choose by it, or only write it down. A
// record that it gives whatever the mark is has to come every time.
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

// hanging says how a record's being told hangs on the mark.
type hanging int

const (
	outOfSight hanging = iota // it is older than the mark
	byMark                    // it is newer
	always                    // it is told whatever the mark is
)

// look decides it without telling the record. A program that fails at the far
// end of time is asked at the mark.
func (c *chooser) look(ctx context.Context, record []byte) hanging {
	if gives, err := c.gives(ctx, record, c.never); gives && err == nil {
		return always
	}
	if gives, err := c.gives(ctx, record, c.selector.vars); gives || err != nil {
		return byMark // an error is met, and told, where the record is
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

// tell runs the program with the last good run itself as the mark.
func (c *chooser) tell(ctx context.Context, record []byte, into *kept.Spool) error {
	back := c.selector.vars.LastSuccess
	c.selector.vars.LastSuccess = c.exact.LastSuccess
	defer func() { c.selector.vars.LastSuccess = back }()
	return c.selector.record(ctx, record, into)
}
