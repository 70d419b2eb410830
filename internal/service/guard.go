package service

import (
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/disk"
)

// guard keeps outputs from taking the place of the runner's own files: the
// ledger's, the job file, and those that it names.
func (x *Service) guard(file *jobs.File) {
	var own []disk.Guarded
	for _, path := range x.ledgerFiles {
		own = append(own, disk.Guarded{Path: path, What: "the ledger's file"})
	}
	for _, f := range file.OwnFiles() {
		own = append(own, disk.Guarded{Path: f.Path, What: f.What})
	}
	x.runner.Dir.Guard(own)
}
