package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/record"
)

// tableState is what a Table holds for the run.
type tableState struct {
	// Shape names what decides on the columns. When it changes, their types
	// hold as long as the values fit them.
	Shape   string        `json:"shape"`
	Columns []tableColumn `json:"columns"`

	columns map[string]tableColumn // by name
}

type tableColumn struct {
	Name  string    `json:"name"`
	Path  string    `json:"path"`
	Type  string    `json:"type"`
	Since time.Time `json:"since"` // the tick that brought the type
}

// tables are how the files of a run look: their columns, and the types of those
// that carry any.
type tables struct {
	*task
	in    *intake
	keys  []string                         // what outputs are called from run to run
	last  map[string]Table                 // of the ledger, nil until it was asked
	items map[*jobs.Output][]record.Column // of outputs with a file for each item
}

// maxTable bounds what is known of columns that come and go, as those of free
// JSON with ids for keys do.
const maxTable = 16384

// below gives the known columns whose paths begin so.
func (t *tableState) below(prefix string) []record.Column {
	var columns []record.Column
	for _, c := range t.Columns {
		if strings.HasPrefix(c.Path, prefix) {
			columns = append(columns, record.Column{Name: c.Name, Path: record.SplitPath(c.Path)})
		}
	}
	return columns
}

// tableShape names what decides which columns an output has, and what is in
// them.
func (t *tables) tableShape(out *jobs.Output) string {
	text := []byte(t.in.recordShape(t.Job))
	for _, c := range out.Columns {
		text = fmt.Appendf(text, "\n%q %q", c.Name, c.Path)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// lastOf asks the ledger once for all outputs. What only an earlier run of
// this tick has brought doesn't bind it: nobody went on from that.
func (t *tables) lastOf(ctx context.Context, out *jobs.Output) (*tableState, error) {
	if t.Tables == nil {
		return nil, nil
	}
	if t.last == nil {
		var err error
		if t.last, err = t.Tables(ctx, t.typedOutputs()); err != nil {
			return nil, err
		}
	}
	table, is := t.last[t.keyOf(out)]
	if !is {
		return nil, nil
	}
	state := &tableState{}
	if err := json.Unmarshal(table.State, state); err != nil {
		t.warn(out.File.Text() + ": what the ledger knows of its columns is damaged: their types are found in the data again")
		return nil, nil //nolint:nilerr // told
	}
	if table.Tick.Equal(t.Tick) {
		state.Columns = slices.DeleteFunc(state.Columns, func(c tableColumn) bool { return c.Since.Equal(t.Tick) })
	}
	state.columns = make(map[string]tableColumn, len(state.Columns))
	for _, c := range state.Columns {
		state.columns[c.Name] = c
	}
	return state, nil
}

func (t *tables) typedOutputs() []string {
	var keys []string
	for i := range t.Job.Outputs {
		if out := &t.Job.Outputs[i]; out.IsFile() && out.Format.Typed() {
			keys = append(keys, t.keys[i])
		}
	}
	return keys
}

func (t *tables) keyOf(out *jobs.Output) string {
	for i := range t.Job.Outputs {
		if &t.Job.Outputs[i] == out {
			return t.keys[i]
		}
	}
	return ""
}

// note notes for the next run what a file was written with.
func (t *tables) note(ctx context.Context, out *jobs.Output, columns []record.Column) error {
	key := t.keyOf(out)
	if t.Tables == nil || !out.Format.Typed() || slices.ContainsFunc(t.result.Tables, func(t Table) bool { return t.Output == key }) {
		return nil // of several items, each has the same
	}
	last, err := t.lastOf(ctx, out)
	if err != nil {
		return err
	}
	now := tableState{Shape: t.tableShape(out)}
	if last == nil {
		last = &tableState{}
	}
	here := make(map[string]bool, len(columns))
	for i, name := range record.Headers(columns) {
		c := columns[i]
		here[name] = true
		if c.Type == "" {
			continue // a column without a value decides nothing
		}
		one := tableColumn{Name: name, Path: record.JoinPath(c.Path), Type: c.Type, Since: t.Tick}
		if before := last.columns[name]; before.Type == c.Type {
			one.Since = before.Since
		}
		now.Columns = append(now.Columns, one)
	}
	for _, c := range last.Columns {
		if !here[c.Name] && last.Shape == now.Shape && len(now.Columns) < maxTable {
			now.Columns = append(now.Columns, c) // it may come back
		}
	}
	state, err := json.Marshal(now)
	if err != nil {
		return err
	}
	t.result.Tables = append(t.result.Tables, Table{Output: key, Tick: t.Tick, State: state})
	return nil
}

// untold names the columns of a file that had no value to tell their type.
func untold(columns []record.Column) []string {
	var names []string
	for i, name := range record.Headers(columns) {
		if columns[i].Type == "" {
			names = append(names, name)
		}
	}
	return names
}
