package run

import (
	"cmp"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/speckle/version"
)

// export is what goes into one file.
type export struct {
	out     *jobs.Output
	records record.Records
	each    map[string]any   // the item it is for, nil: all
	version *version.Version // that the records are of; nil: of none, or of several
}

// exports gives what an output's files are made of: all records, or those of
// each item.
func (t *task) exports(in *intake, out *jobs.Output) []export {
	if t.Job.ForEach == nil || !t.ofItem(out.File) {
		return []export{{out: out, records: in.spool.Records(), version: t.version}}
	}
	var all []export
	for _, item := range in.items {
		all = append(all, export{out: out, records: in.spool.Between(item.from, item.to), each: item.values,
			version: cmp.Or(item.version, t.version)})
	}
	return all
}

// ofItem reports whether a path is of one item of a for_each: elements of each
// item have a version of their own, and else it is the run's.
func (t *task) ofItem(path placeholder.Template) bool {
	return path.Uses("each") || t.Job.Elements != nil && (path.Uses("version") || path.Uses("version.model"))
}

// paths gives where an export goes, and its second path, "" for none.
func (t *task) paths(x export) (file, latest string, err error) {
	if file, err = x.out.File.Expand(t.valuesOf(x.each, x.version), placeholder.Path); err != nil || x.out.Latest.IsZero() {
		return file, "", err
	}
	latest, err = x.out.Latest.Expand(t.valuesOf(x.each, x.version), placeholder.Path)
	return file, latest, err
}
