package run

import (
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
)

// incomparable says why records that aren't in the export may be there all the
// same: then nothing is told, and the next whole export is compared with the
// last one.
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

// onlyNew reports whether the job reads less than there is, by a condition or
// by the mark of its last good run.
func (e *publisher) onlyNew() bool {
	programs := []*jq.Program{e.Job.Select}
	variables := [][]jobs.Variable{e.Job.Variables}
	until := e.Job.Until != nil
	if each := e.Job.ForEach; each != nil {
		programs, variables = append(programs, each.Select), append(variables, each.Variables)
		until = until || each.Until != nil
	}
	return until || slices.ContainsFunc(programs, func(p *jq.Program) bool { return p != nil && p.Uses("last_success") }) ||
		slices.ContainsFunc(variables, e.goByTheMark)
}

// goByTheMark reports whether variables hold {last_success}: another mark makes
// others of them.
func (e *publisher) goByTheMark(variables []jobs.Variable) bool {
	values := e.values(nil)
	if len(e.in.items) > 0 {
		values = e.values(e.in.items[0].values)
	}
	at := func(mark int64) map[string]jsontext.Value {
		values.LastSuccess = time.Unix(mark, 0)
		expanded, err := jobs.Expand(variables, values)
		if err != nil {
			return nil // they hold what isn't known here, and were good before
		}
		return expanded
	}
	return !maps.EqualFunc(at(1), at(2), func(a, b jsontext.Value) bool { return string(a) == string(b) })
}
