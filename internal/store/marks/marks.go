package marks

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"speckle-runner/internal/store/database"
)

// Mark is what a run left with the receiver of an output, or in its file. The
// ledger keeps it as it was made, and derives from the deliveries whether it
// stands: a message that is given up voids its run's mark and those that go on
// from it, and one that is sent again brings them back.
type Mark struct {
	// Output names the output from run to run. "" is the job itself: what the
	// run read was new since the job's last success.
	Output string
	// Tick is that of the run; where a run leaves the mark, it is its own.
	Tick time.Time
	// Content names the records as a whole; "" where they aren't compared.
	Content string
	// Since is the tick of the mark that this one goes on from: the receiver
	// knows the whole only together with that one. Zero: it stands alone.
	Since time.Time
}

// AnyOutput names all outputs of a run from before there were marks, and the
// output of a message that doesn't say.
const AnyOutput = "*"

// GivenUp is the state of a message that nobody tries to deliver any more.
// The index deliveries_lost has the same words.
const GivenUp = `state IN ('failed', 'forgotten')`

// LostOutput asks of a row of a run whether one of its outputs' messages was
// given up.
func LostOutput(run string) string {
	return fmt.Sprintf(`EXISTS (SELECT 1 FROM deliveries d
      WHERE d.job = %[1]s.job AND d.tick = %[1]s.tick AND d.kind = 'output' AND d.%[2]s)`, run, GivenUp)
}

// LostMark asks of a row of marks whether one of its own messages was given up.
func LostMark(mark string) string {
	return strings.TrimSuffix(LostOutput(mark), ")") + ` AND d.output IN (` + mark + `.output, '*'))`
}

// voidMarks finds what doesn't stand: lost is what was given up itself, void has
// also what goes on from that. Both are as small as what was lost. $2 is the job.
const voidMarks = `WITH RECURSIVE lost(output, tick) AS (
  SELECT DISTINCT output, tick FROM deliveries WHERE job = $2 AND kind = 'output' AND ` + GivenUp + `
), void(output, tick) AS (
  SELECT output, tick FROM lost
  UNION SELECT m.output, m.tick FROM void JOIN marks m
    ON m.job = $2 AND m.base = void.tick AND m.base <> 0 AND void.output IN (m.output, '*')
) `

// VoidSuccesses finds the ticks that {last_success} can't stand at: of a job
// that reads what is new, the rows of a message that was given up are told by
// nobody, nor are they by the runs that went on from it. %[1]d is the job.
const VoidSuccesses = `tick NOT IN (WITH RECURSIVE void(tick) AS (
  SELECT tick FROM deliveries WHERE job = $%[1]d AND kind = 'output' AND ` + GivenUp + `
  UNION SELECT m.tick FROM void JOIN marks m ON m.job = $%[1]d AND m.output = '' AND m.base = void.tick AND m.base <> 0
) SELECT tick FROM void)`

type outputRow struct {
	Output string `json:"output"`
}

func outputRows(outputs []string) []outputRow {
	named := make([]outputRow, len(outputs))
	for i, output := range outputs {
		named[i].Output = database.Clean(output)
	}
	return named
}

// The newest mark of each output that wasn't given up. It says nothing where it
// goes on from a void one: the receiver lacks what lies in between; nor where
// a newer one was given up that arrived in part. A cross join, because SQLite
// takes its left side first: few outputs, not the job's whole past.
const marksSQL = voidMarks + `SELECT v.output, m.output, m.tick, m.content
FROM {list output text} CROSS JOIN marks m
WHERE m.job = $2 AND m.output IN (v.output, '*') AND m.tick =
  (SELECT n.tick FROM marks n WHERE n.job = $2 AND n.output IN (v.output, '*') AND n.tick < $3
    AND NOT EXISTS (SELECT 1 FROM lost WHERE lost.tick = n.tick AND lost.output IN (n.output, '*')) ORDER BY n.tick DESC LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM void WHERE void.tick = m.tick AND void.output IN (m.output, '*'))
  AND NOT EXISTS (SELECT 1 FROM lost JOIN deliveries d
    ON d.job = $2 AND d.tick = lost.tick AND d.output = lost.output AND d.state = 'delivered'
    WHERE lost.tick > m.tick AND lost.tick < $3 AND lost.output IN (v.output, '*'))`

// Marks gives what outputs of a job hold, or what their receivers have, as a run
// at a tick sees it: a tick that is run again isn't compared with itself. One
// that isn't in the answer has nothing, or nobody knows what.
func (r Kept) Marks(ctx context.Context, job string, outputs []string, before time.Time) (map[string]Mark, error) {
	marks := map[string]Mark{}
	_, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (struct{}, error) {
		var asked, output string
		var tick int64
		var one Mark
		if err := row.Scan(&asked, &output, &tick, &one.Content); err != nil {
			return struct{}{}, err
		}
		one.Output, one.Tick = asked, database.FromMicros(tick)
		if output == AnyOutput {
			one.Content = oneOf(one.Content, asked)
		}
		if one.Content != "" {
			marks[asked] = one
		}
		return struct{}{}, nil
	}, marksSQL, database.List(outputRows(outputs)), job, database.Micros(database.Canonical(before)))
	if err != nil {
		return nil, fmt.Errorf("what the outputs of %s hold: %w", job, r.db.Explain(err))
	}
	return marks, nil
}

// oneOf takes one output's content from those of a whole run.
func oneOf(contents, output string) string {
	byOutput := map[string]string{}
	_ = json.Unmarshal([]byte(contents), &byOutput) // damaged: nothing is known, and the output is written again
	return byOutput[output]
}

// Keep writes what a good run left where, in the transaction that ends it.
func Keep(ctx context.Context, t database.Tx, e Ended, left []Mark) error {
	chained := false
	for _, m := range left {
		base := int64(0)
		if !m.Since.IsZero() {
			base, chained = database.Micros(database.Canonical(m.Since)), true
		}
		if _, err := t.Exec(ctx, `INSERT INTO marks (job, tick, output, base, content) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (job, tick, output) DO UPDATE SET base = excluded.base, content = excluded.content`,
			e.Job, e.Tick, database.Clean(m.Output), base, database.Clean(m.Content)); err != nil {
			return err
		}
	}
	if !chained {
		return nil
	}
	return settleMarks(ctx, t, e.Job)
}

// Renew changes what earlier runs' marks say, which stay theirs: what was found
// to be there all the same.
func Renew(ctx context.Context, t database.Tx, e Ended, renewed []Mark) error {
	for _, m := range renewed {
		if _, err := t.Exec(ctx, `UPDATE marks SET content = $4 WHERE job = $1 AND tick = $2 AND output = $3 AND content <> ''`,
			e.Job, database.Micros(database.Canonical(m.Tick)), database.Clean(m.Output), database.Clean(m.Content)); err != nil {
			return err
		}
	}
	return nil
}

// settleMarks lets marks stand alone whose base, and all that it goes on from,
// has arrived for good. So chains are as long as what is on its way, and old
// runs can be forgotten.
func settleMarks(ctx context.Context, t database.Tx, job string) error {
	if _, err := t.Exec(ctx, `WITH RECURSIVE hanging(output, tick) AS (
		  SELECT m.output, m.tick FROM marks m WHERE m.job = $1 AND m.base <> 0
		    AND EXISTS (SELECT 1 FROM deliveries d WHERE d.job = m.job AND d.tick = m.base AND d.kind = 'output' AND d.state <> 'delivered'
		      AND (m.output = '' OR d.output IN (m.output, '*')))
		  UNION SELECT m.output, m.tick FROM hanging JOIN marks m
		    ON m.job = $1 AND m.output = hanging.output AND m.base = hanging.tick AND m.base <> 0
		) UPDATE marks SET base = 0 WHERE job = $1 AND base <> 0
		  AND NOT EXISTS (SELECT 1 FROM hanging WHERE hanging.output = marks.output AND hanging.tick = marks.tick)`, job); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `DELETE FROM marks WHERE job = $1 AND output = '' AND base = 0`, job)
	return err
}

// TakeBack removes the marks of a run's messages that were taken back before
// they arrived.
func TakeBack(ctx context.Context, t database.Tx, e Ended, outputs []string) error {
	if len(outputs) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `DELETE FROM marks WHERE job = $2 AND tick = $3 AND output IN (SELECT v.output FROM {list output text})`,
		database.List(outputRows(outputs)), e.Job, e.Tick)
	return err
}
