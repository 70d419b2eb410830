package main

import (
	"encoding/json"

	"speckle-runner/internal/report"
	"speckle-runner/internal/store"
)

// printRuns says how each run ended, what was written where, and what to do.
func (s *settings) printRuns(all []finished, asJSON bool) error {
	if asJSON {
		records := make([]store.Run, len(all))
		for i, f := range all {
			records[i] = f.Record
		}
		return json.NewEncoder(s.out).Encode(records)
	}
	for _, f := range all {
		report.Ended(s.out, f.label, f.server, &f.Ended)
	}
	return nil
}
