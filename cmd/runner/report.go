package main

import (
	"encoding/json"

	"speckle-runner/internal/report"
	"speckle-runner/internal/store"
)

// printRuns says how each run ended, what was written where, and what to do.
func (s *settings) printRuns(ends []report.Finished, asJSON bool) error {
	if asJSON {
		records := make([]store.Run, len(ends))
		for i, f := range ends {
			records[i] = f.Record
		}
		return json.NewEncoder(s.out).Encode(records)
	}
	report.Ends(s.out, ends)
	return nil
}

// printAll says how runs ended, and gives their exit code.
func (s *settings) printAll(ends []report.Finished, asJSON bool) error {
	if err := s.printRuns(ends, asJSON); err != nil {
		return err
	}
	return exitOfRuns(ends)
}

// exitOfRuns gives the exit code of all runs together; nil for 0.
func exitOfRuns(ends []report.Finished) error {
	var codes []int
	for _, f := range ends {
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
