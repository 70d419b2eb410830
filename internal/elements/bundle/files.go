package bundle

import (
	"context"
	"slices"

	"speckle-runner/internal/elements/bundle/columns"
)

// The suffixes of the files that are read; the part before them says nothing.
const (
	objectsFile    = ".eav.objects.parquet"
	pathsFile      = ".eav.paths.parquet"
	cellsFile      = ".eav.eav.parquet"
	typesFile      = ".eav.types.parquet"
	typeCellsFile  = ".eav.type_eav.parquet"
	objectTypeFile = ".eav.object_type.parquet"
	nodesFile      = ".envelope.nodes.parquet"
	relationsFile  = ".envelope.relations.parquet"
	relTypesFile   = ".envelope.rel_types.parquet"
)

// Required are the files that every bundle has, by their suffixes, and Wanted all that are read.
// Geometry is most of a bundle, and no business of ours.
var (
	Required = []string{objectsFile, pathsFile, cellsFile, nodesFile, relationsFile}
	Wanted   = slices.Concat(Required, []string{typesFile, typeCellsFile, objectTypeFile, relTypesFile})
)

// file is a file of the bundle that is open.
type file struct {
	*columns.File
	suffix string
}

// open opens a file that has these columns, and some of the others.
func open(path, suffix string, needs []string, others ...string) (*file, error) {
	f, err := columns.Open(path, slices.Concat(needs, others)...)
	if err != nil {
		return nil, &Error{File: suffix, Err: err}
	}
	for _, name := range needs {
		if !f.Has(name) {
			_ = f.Close() // it was only read
			return nil, broken(suffix, "it has no column %s", name)
		}
	}
	return &file{File: f, suffix: suffix}, nil
}

// wrong names the file in what a reader of it said.
func (f *file) wrong(err error) error {
	if err == nil {
		return nil
	}
	return &Error{File: f.suffix, Err: err}
}

// ended is what a scan of the file stopped with.
func (f *file) ended(ctx context.Context, s *columns.Scan) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return f.wrong(s.Err())
}

// filled gives a column of numbers that every row has to have.
func filled(f *file, c *columns.Column[int32], name string) ([]int32, error) {
	values, present, err := c.Get()
	if err != nil {
		return nil, f.wrong(err)
	}
	if slices.Contains(present, false) {
		return nil, broken(f.suffix, "a row has no %s", name)
	}
	return values, nil
}
