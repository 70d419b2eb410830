package run

import (
	"cmp"
	"context"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
)

// shape decides what a file looks like, as docs/job-file.md says under columns and .json.
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

// typedColumns gives the columns of a file that has their types in it. A type that neither
// job nor schema gives is that of the last export. Files of one output that hold an item
// each have the same types, so the records of all items decide.
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
	soft := last.Shape != t.tableShape(x.out) // then the last types hold only as long as the values fit
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

// keptColumns fills in columns of the last export that this data doesn't show: those of
// an object that is empty everywhere, or all of them where there is no record.
func (t *tables) keptColumns(x export, last *tableState, columns []record.Column) []record.Column {
	if len(x.out.Columns) > 0 {
		return columns
	}
	if _, plain := t.recordColumns(); !plain && x.records.Count == 0 && len(last.Columns) > 0 {
		return last.below("")
	}
	var kept []record.Column
	above := map[string]bool{} // what stands for all columns below it
	for _, c := range columns {
		var before []record.Column
		if c.Empty {
			path := record.JoinPath(c.Path[:cmp.Or(c.Above, len(c.Path))])
			if above[path] {
				continue
			}
			before = append(last.at(path), last.below(path+".")...)
			above[path] = len(before) > 0
		}
		if len(before) == 0 {
			before = []record.Column{c}
		}
		kept = append(kept, before...)
	}
	return kept
}
