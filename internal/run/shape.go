package run

import (
	"context"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
)

// shape decides how a file looks: docs/job-file.md, "columns" and ".json".
func (t *tables) shape(ctx context.Context, x export) (format.Options, error) {
	options := format.Options{
		Single:       t.in.origin.single() && t.Job.Summarize == nil && t.Job.ForEach == nil && x.records.Count == 1,
		FormulaGuard: x.out.FormulaGuard,
		BOM:          x.out.BOM,
		Separator:    x.out.Separator,
		Report:       &format.Report{},
	}
	if !x.out.Format.Table() {
		return options, nil
	}
	var err error
	if x.out.Format.Typed() {
		options.Columns, err = t.typedColumns(ctx, x)
	} else {
		options.Columns, err = t.columns(ctx, x)
	}
	return options, err
}

// typedColumns gives the columns of a file that carries their types: those that
// nobody says are what they were in the last export. Files of one output that
// hold an item each are alike, so what decides is all items.
func (t *tables) typedColumns(ctx context.Context, x export) ([]record.Column, error) {
	if x.each == nil {
		return t.knownColumns(ctx, x)
	}
	if columns, is := t.items[x.out]; is {
		return columns, nil
	}
	all := export{out: x.out, records: t.in.spool.Records()}
	columns, err := t.knownColumns(ctx, all)
	if err == nil {
		columns, err = record.InferTypes(ctx, all.records, columns)
	}
	if err != nil {
		return nil, err
	}
	if t.items == nil {
		t.items = map[*jobs.Output][]record.Column{}
	}
	t.items[x.out] = columns
	return columns, nil
}

// knownColumns gives the columns with what is known of their types.
func (t *tables) knownColumns(ctx context.Context, x export) ([]record.Column, error) {
	columns, err := t.columns(ctx, x)
	if err != nil {
		return nil, err
	}
	last, err := t.lastOf(ctx, x.out)
	if err != nil || last == nil {
		return columns, err
	}
	soft := last.Shape != t.tableShape(x.out)
	if !soft {
		columns = t.keptColumns(x, last, columns)
	}
	for i, name := range record.Headers(columns) {
		if known, is := last.columns[name]; is && columns[i].Type == "" {
			columns[i].Type, columns[i].Soft = known.Type, soft
			columns[i].Why = "so it is since the export of " + rfc3339(known.Since)
		}
	}
	return columns, nil
}

// keptColumns puts the columns that an object had before where the data has none
// of it, and all where there is no data to find columns in.
func (t *tables) keptColumns(x export, last *tableState, columns []record.Column) []record.Column {
	if len(x.out.Columns) > 0 {
		return columns
	}
	if _, plain := t.recordColumns(); !plain && x.records.Count == 0 && len(last.Columns) > 0 {
		return last.below("")
	}
	var kept []record.Column
	for _, c := range columns {
		var before []record.Column
		if c.Empty {
			before = last.below(record.JoinPath(c.Path) + ".")
		}
		if len(before) == 0 {
			before = []record.Column{c}
		}
		kept = append(kept, before...)
	}
	return kept
}
