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
	version *version.Version // its records are of it; nil: of none, or of several
}

// exports gives what an output's files are made of: all records, or those of
// each item.
func (t *task) exports(in *intake, out *jobs.Output) []export {
	if t.Job.ForEach == nil || !t.isPerItem(out.File) {
		return []export{{out: out, records: in.spool.Records(), version: t.version}}
	}
	var all []export
	for _, item := range in.items {
		all = append(all, export{out: out, records: in.spool.Between(item.from, item.to), each: item.values,
			version: cmp.Or(item.version, t.version)})
	}
	return all
}

// isPerItem reports whether each item of a for_each has a path of its own. {version}
// differs by item for elements only: else it is the run's.
func (t *task) isPerItem(path placeholder.Template) bool {
	return path.Uses("each") || t.Job.Elements != nil && (path.Uses("version") || path.Uses("version.model"))
}

// paths gives where an export goes, and its second path, "" for none.
func (t *task) paths(x export) (file, latest string, err error) {
	values := t.valuesOf(x.each, x.version)
	file, err = x.out.File.Expand(values, placeholder.Path)
	if err != nil || x.out.Latest.IsZero() {
		return file, "", err
	}
	latest, err = x.out.Latest.Expand(values, placeholder.Path)
	return file, latest, err
}
