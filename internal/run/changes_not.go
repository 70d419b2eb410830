package run

import (
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
)

// incomparable says why the export may lack records that exist; "": it is whole. Else
// no changes are told, and the next whole export is compared with the last whole one.
func (e *publisher) incomparable() string {
	switch {
	case e.in.holes:
		return "the export has holes, as the other warnings say"
	case e.onlyNew():
		return "the job reads only what is new"
	default:
		return ""
	}
}

// onlyNew reports whether the job reads only a part of what there is: up to until, or
// since its last good run.
func (e *publisher) onlyNew() bool {
	programs := []*jq.Program{e.Job.Select}
	variables := [][]jobs.Variable{e.Job.Variables}
	until := e.Job.Until != nil
	if each := e.Job.ForEach; each != nil {
		programs, variables = append(programs, each.Select), append(variables, each.Variables)
		until = until || each.Until != nil
	}
	return until || slices.ContainsFunc(programs, func(p *jq.Program) bool { return p != nil && p.Uses("last_success") }) ||
		slices.ContainsFunc(variables, e.useLastSuccess)
}

// useLastSuccess reports whether variables hold {last_success}: they differ then for
// two different times.
func (e *publisher) useLastSuccess(variables []jobs.Variable) bool {
	values := e.values(nil)
	if len(e.in.items) > 0 {
		values = e.values(e.in.items[0].values)
	}
	at := func(mark int64) map[string]jsontext.Value {
		values.LastSuccess = time.Unix(mark, 0)
		expanded, err := jobs.Expand(variables, values)
		if err != nil {
			return nil // they need what isn't known here; filling them for the query has worked
		}
		return expanded
	}
	return !maps.EqualFunc(at(1), at(2), func(a, b jsontext.Value) bool { return string(a) == string(b) })
}
