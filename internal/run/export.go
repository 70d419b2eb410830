package run

import (
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/output/record"
)

// export is what goes into one file.
type export struct {
	out     *jobs.Output
	records record.Records
	each    map[string]any // the item it is for, nil: all
}

// exports gives what an output's files are made of: all records, or those of
// each item.
func (e *publisher) exports(out *jobs.Output) []export {
	if e.Job.ForEach == nil || !out.File.Uses("each") {
		return []export{{out: out, records: e.in.spool.Records()}}
	}
	var all []export
	for _, item := range e.in.items {
		all = append(all, export{out: out, records: e.in.spool.Between(item.from, item.to), each: item.values})
	}
	return all
}

// paths gives where an export goes, and its second path, "" for none.
func (e *publisher) paths(x export) (file, latest string, err error) {
	if file, err = x.out.File.Expand(e.values(x.each), placeholder.Path); err != nil || x.out.Latest.IsZero() {
		return file, "", err
	}
	latest, err = x.out.Latest.Expand(e.values(x.each), placeholder.Path)
	return file, latest, err
}
