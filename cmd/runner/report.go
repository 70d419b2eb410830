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

// printAll says how runs ended, and gives their exit code.
func (s *settings) printAll(all []finished, asJSON bool) error {
	if err := s.printRuns(all, asJSON); err != nil {
		return err
	}
	return ended(all)
}

// ended gives the exit code of all runs together.
func ended(all []finished) error {
	var codes []int
	for _, f := range all {
		code := codeOf(f.Result)
		if code == exitOK && f.Delivered.Left > 0 {
			code = exitDelivery
		}
		codes = append(codes, code)
	}
	if code := worst(codes); code != exitOK {
		return codeError(code)
	}
	return nil
}
