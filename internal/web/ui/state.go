package ui

import "speckle-runner/internal/store"

// stateWord names a state on a page. The names of marks in parts.html are the
// states' own.
func stateWord(state store.State) string {
	switch state {
	case store.Succeeded:
		return "Succeeded"
	case store.Failed:
		return "Failed"
	case store.Running:
		return "Running"
	case store.Scheduled:
		return "Waiting"
	case store.Canceled:
		return "Canceled"
	case store.Interrupted:
		return "Interrupted"
	case store.Skipped:
		return "Skipped"
	case store.Missed:
		return "Missed"
	}
	return "No run yet"
}

// bad says whether somebody should look at a run that ended like that.
func bad(state store.State) bool {
	return state == store.Failed || state == store.Missed || state == store.Interrupted
}
