package run

import (
	"context"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/summary"
)

// columns gives a table's columns: by the job's list; else by the query's selection, or
// the keys of the object that select makes; else as the data has them.
func (t *tables) columns(ctx context.Context, x export) ([]record.Column, error) {
	known, plain := t.recordColumns()
	switch {
	case len(x.out.Columns) > 0:
		return t.typed(givenColumns(x.out.Columns, known)), nil
	case plain:
		columns, err := record.ExpandColumns(ctx, x.records, known)
		return t.typed(columns), err
	default:
		return t.foundColumns(ctx, x)
	}
}

// typed adds the types that the source knows, for records that select leaves as they are.
func (t *tables) typed(columns []record.Column) []record.Column {
	if t.Job.Summarize != nil || t.Job.Select != nil && !t.Job.Select.Passes() {
		return columns
	}
	for i, c := range columns {
		if known := t.in.origin.typeOf(c.Path); known != "" && c.Type == "" {
			columns[i].Type, columns[i].Why = known, t.in.origin.typesFrom()
		}
	}
	return columns
}

// foundColumns finds the columns in the data; without any record, in the query.
func (t *tables) foundColumns(ctx context.Context, x export) ([]record.Column, error) {
	if x.records.Count > 0 {
		return record.FindColumns(ctx, x.records)
	}
	return t.schemaColumns(nil, t.in.origin.columns()), nil
}

// recordColumns gives the columns that records have by the query and by select, with
// the types of their fields. plain is false where select doesn't show them.
func (t *tables) recordColumns() (columns []record.Column, plain bool) {
	if t.Job.Summarize != nil {
		return summaryColumns(t.Job.Summarize), true
	}
	if t.Job.Select == nil || t.Job.Select.Passes() {
		return t.schemaColumns(nil, t.in.origin.columns()), true
	}
	keys, plain := t.Job.Select.Keys()
	sources := t.Job.Select.Sources()
	for _, key := range keys {
		from, at := sources[key], []string{key}
		var below []query.Column
		if from.Field {
			below = t.in.origin.columnsAt(from.Path)
		}
		switch {
		case from.Type != "":
			columns = append(columns, record.Column{Path: at, Type: from.Type, Why: "as select makes it"})
		case len(below) > 0:
			columns = append(columns, t.schemaColumns(at, below)...)
		default: // jq may make anything of it
			columns = append(columns, record.Column{Path: at, Free: true})
		}
	}
	return columns, plain
}

// schemaColumns makes columns of leaves of the query's selection, below a key.
func (t *tables) schemaColumns(key []string, leaves []query.Column) []record.Column {
	var columns []record.Column
	for _, c := range leaves {
		one := record.Column{Path: append(slices.Clip(key), c.Path...), List: c.List, Free: c.Free}
		for _, doubt := range c.Doubts {
			one.Doubts = append(one.Doubts, len(key)+doubt)
		}
		if one.List {
			one.Type = "string" // JSON text
		} else if !c.Free {
			one.Type = record.TypeOf(c.Type)
		}
		if one.Type != "" {
			one.Why = t.in.origin.typesFrom()
		}
		columns = append(columns, one)
	}
	return columns
}

// givenColumns makes the columns of the job's list, each with the type that is given
// there, or that its field has.
func givenColumns(given []jobs.Column, known []record.Column) []record.Column {
	columns := make([]record.Column, len(given))
	for i, c := range given {
		one := record.Column{Name: c.Name, Path: record.SplitPath(c.Path)}
		for _, k := range known {
			if !k.Free && slices.Equal(k.Path, one.Path) {
				one.List, one.Type, one.Why = k.List, k.Type, k.Why
			}
		}
		if c.Type != "" {
			one.Type, one.Why, one.Said, one.Checked = c.Type, "as columns says", true, true
		}
		columns[i] = one
	}
	return columns
}

// summaryColumns makes the columns of groups: figures have types of their own.
func summaryColumns(spec *summary.Spec) []record.Column {
	var columns []record.Column
	for _, by := range spec.By {
		columns = append(columns, record.Column{Path: []string{by.Name}, Free: true})
	}
	for _, f := range spec.Figures {
		one := record.Column{Path: []string{f.Name}, Type: "double", Why: "as summarize makes it"}
		if f.Kind == summary.Count {
			one.Type = "int"
		}
		columns = append(columns, one)
		if unit := spec.UnitOf(f); unit != "" {
			columns = append(columns, record.Column{Path: []string{unit}, Type: "string", Why: "as summarize makes it"})
		}
	}
	return columns
}
