package run

import (
	"fmt"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/speckle"
)

// nothingSelected warns of a select that dropped every record that was read:
// the export is empty because of the program, and not for want of records. A
// job that reads or chooses by its last good run has nothing new on most days,
// and so has one whose messages are sent for records only.
func (r *reader) nothingSelected() {
	program := r.Job.Select
	switch {
	case program == nil || r.looked == 0 || r.in.spool.Count() > 0:
	case r.told != nil || r.Job.ReadsSince() || program.Uses("last_success") || onlyIfAny(r.Job):
	default:
		r.warn("select gave nothing for " + readOf(r.looked, r.result.Pages) + ": the export is empty")
	}
}

// onlyIfAny reports whether a run without records is nothing special to the
// job: none of its outputs tells of it.
func onlyIfAny(job *jobs.Job) bool {
	for _, out := range job.Outputs {
		if !out.OnlyIfAny {
			return false
		}
	}
	return true
}

// noItems says that the select of for_each dropped every record, "" when it
// didn't.
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
	return "any of " + fmt.Sprintf("%s from %s", webhook.Counted(records, "record"), webhook.Counted(int64(pages), "page"))
}
