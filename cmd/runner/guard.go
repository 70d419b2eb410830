package main

import (
	"slices"
	"strings"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
)

// ledgerFiles gives the files of an SQLite ledger.
func (s *settings) ledgerFiles() []output.Guarded {
	file, sqlite := strings.CutPrefix(s.database, "sqlite:")
	if !sqlite {
		return nil
	}
	var own []output.Guarded
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		own = append(own, output.Guarded{Path: strings.TrimPrefix(file, "//") + end, What: "the ledger's file"})
	}
	return own
}

// guard keeps outputs from taking the place of the runner's own files: the
// ledger's, the job file, and those that it names.
func (x *executor) guard(file *jobs.File) {
	own := slices.Clip(x.own)
	for _, f := range file.OwnFiles() {
		own = append(own, output.Guarded{Path: f.Path, What: f.What})
	}
	x.runner.Dir.Guard(own)
}
