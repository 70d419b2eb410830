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

// tableState is what the State of a Table holds.
type tableState struct {
	// Shape is a hash of what decides on the columns. When it changes, the types here
	// hold only as long as the values fit them.
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

// tables decides what the files of a run look like: their columns, and the types of
// those in formats that have types.
type tables struct {
	*task
	in    *intake
	keys  []string                         // names of outputs in the ledger
	last  map[string]Table                 // from the ledger; nil until it was asked
	items map[*jobs.Output][]record.Column // of outputs with a file for each item
}

// maxTable bounds the columns of a table that are noted, columns of earlier exports
// among them: free JSON may have new keys each time.
const maxTable = 16384

// below gives the noted columns whose paths begin with a prefix.
func (t *tableState) below(prefix string) []record.Column {
	var columns []record.Column
	for _, c := range t.Columns {
		if strings.HasPrefix(c.Path, prefix) {
			columns = append(columns, record.Column{Name: c.Name, Path: record.SplitPath(c.Path)})
		}
	}
	return columns
}

// at gives the noted column of a path.
func (t *tableState) at(path string) []record.Column {
	for _, c := range t.Columns {
		if c.Path == path {
			return []record.Column{{Name: c.Name, Path: record.SplitPath(c.Path)}}
		}
	}
	return nil
}

// tableShape is a hash of what decides which columns an output has, and what is in them.
func (t *tables) tableShape(out *jobs.Output) string {
	text := []byte(t.in.recordShape(t.Job))
	for _, c := range out.Columns {
		text = fmt.Appendf(text, "\n%q %q", c.Name, c.Path)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// lastOf gives what the ledger has of an output's table; nil: nothing. It asks once for
// all outputs. Types that came with an earlier run of this same tick are left out: this
// run replaces its files.
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
		return nil, nil //nolint:nilerr // it was warned of
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

// note notes, for the next run, the columns and types that an output was written with.
func (t *tables) note(ctx context.Context, out *jobs.Output, columns []record.Column) error {
	key := t.keyOf(out)
	if t.Tables == nil || !out.Format.Typed() || slices.ContainsFunc(t.result.Tables, func(t Table) bool { return t.Output == key }) {
		return nil // or noted already: the files of all items have the same columns
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
			continue // no value has decided on a type yet
		}
		one := tableColumn{Name: name, Path: record.JoinPath(c.Path), Type: c.Type, Since: t.Tick}
		if before := last.columns[name]; before.Type == c.Type {
			one.Since = before.Since
		}
		now.Columns = append(now.Columns, one)
	}
	for _, c := range last.Columns {
		if !here[c.Name] && last.Shape == now.Shape && len(now.Columns) < maxTable {
			now.Columns = append(now.Columns, c) // the column may come back
		}
	}
	state, err := json.Marshal(now)
	if err != nil {
		return err
	}
	t.result.Tables = append(t.result.Tables, Table{Output: key, Tick: t.Tick, State: state})
	return nil
}

// untyped names the columns of a file that have no type, because they had no value.
func untyped(columns []record.Column) []string {
	var names []string
	for i, name := range record.Headers(columns) {
		if columns[i].Type == "" {
			names = append(names, name)
		}
	}
	return names
}
