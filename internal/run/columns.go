package run

import (
	"context"

	"speckle-runner/internal/output"
	"speckle-runner/internal/speckle"
)

// shape decides how a file looks: DESIGN §2, "columns" and ".json".
func (e *attempt) shape(ctx context.Context, x export) (output.EncodeOptions, error) {
	options := output.EncodeOptions{
		Single:       e.Job.Query.Paging == nil && e.Job.ForEach == nil && x.records.Count == 1,
		FormulaGuard: x.out.FormulaGuard,
		BOM:          x.out.BOM,
		Separator:    x.out.Separator,
		Report:       &output.Report{},
	}
	if !x.out.Format.Table() {
		return options, nil
	}
	var err error
	options.Columns, err = e.columns(ctx, x)
	return options, err
}

// columns follows the job's list; else the query's selection, or the keys of
// the object that select makes; else the data.
func (e *attempt) columns(ctx context.Context, x export) ([]output.Column, error) {
	known := e.queryColumns()
	if len(x.out.Columns) > 0 {
		return givenColumns(x.out.Columns, known), nil
	}
	if e.Job.Select == nil {
		return output.ExpandColumns(ctx, x.records, known)
	}
	keys, plain := e.Job.Select.Keys()
	if !plain {
		return e.foundColumns(ctx, x)
	}
	columns := make([]output.Column, len(keys))
	for i, key := range keys {
		columns[i] = output.Column{Path: []string{key}, Free: true}
	}
	return output.ExpandColumns(ctx, x.records, columns)
}

// foundColumns follows the data. Without any the header is that of the query:
// a select that only filters gives its records.
func (e *attempt) foundColumns(ctx context.Context, x export) ([]output.Column, error) {
	if x.records.Count > 0 {
		return output.FindColumns(ctx, x.records)
	}
	return leaves(e.Job.Query), nil
}

// queryColumns gives the leaves of the query's record; none behind a select,
// because what comes out of jq has no schema.
func (e *attempt) queryColumns() []output.Column {
	if e.Job.Select != nil {
		return nil
	}
	return leaves(e.Job.Query)
}

func leaves(q *speckle.Query) []output.Column {
	var columns []output.Column
	for _, c := range q.Columns() {
		columns = append(columns, output.Column{Path: c.Path, List: c.List, Free: c.Free, Type: c.Type})
	}
	return columns
}

func givenColumns(names []string, known []output.Column) []output.Column {
	columns := make([]output.Column, len(names))
	for i, name := range names {
		columns[i] = output.Column{Name: name, Path: output.SplitPath(name)}
		for _, k := range known {
			if output.JoinPath(k.Path) == name {
				columns[i].List, columns[i].Type = k.List, k.Type
			}
		}
	}
	return columns
}
