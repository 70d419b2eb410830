package run

import (
	"fmt"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/speckle"
)

// warnEmptySelect warns of a select that dropped every record: the export is empty because
// of the program. It doesn't warn where that is usual: in a job that looks for what is new
// since its last good run, or sends nothing where there is no record.
func (r *reader) warnEmptySelect() {
	program := r.Job.Select
	switch {
	case program == nil || r.seen == 0 || r.in.spool.Count() > 0:
	case r.memory != nil || r.Job.ReadsSince() || program.Uses("last_success") || onlyIfAny(r.Job):
	default:
		r.warn("select gave nothing for " + readOf(r.seen, r.result.Pages) + ": the export is empty")
	}
}

// onlyIfAny reports whether all outputs have only_if_any: without records, nothing is sent.
func onlyIfAny(job *jobs.Job) bool {
	for _, out := range job.Outputs {
		if !out.OnlyIfAny {
			return false
		}
	}
	return true
}

// noItems warns that the select of for_each dropped every record; "": it didn't, or that
// is usual.
func noItems(each *jobs.ForEach, stats speckle.Stats, items int64) string {
	if each.Select == nil || stats.Records == 0 || items > 0 || each.ReadsSince() || each.Select.Uses("last_success") {
		return ""
	}
	return "for_each: select gave nothing for " + readOf(stats.Records, stats.Pages) + ": there is nothing to run the query for"
}

func readOf(records int64, pages int) string {
	if records == 1 {
		return "the one record that was read"
	}
	return "any of " + fmt.Sprintf("%s from %s", figures.Count(records, "record"), figures.Count(int64(pages), "page"))
}
