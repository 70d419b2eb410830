package service

import (
	"fmt"
	"os"
	"path/filepath"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/store"
)

// LogFileApart refuses a log file that is something else already: a log would be written
// into it. The file is nil where the job file can't be read; more are other files of a process.
func LogFileApart(path string, file *jobs.File, database store.Name, outputDir string, more ...disk.Guarded) error {
	all := more
	for _, name := range database.Files() {
		all = append(all, disk.Guarded{Path: name, What: "the ledger's file"})
	}
	if file != nil {
		for _, own := range file.OwnFiles() {
			all = append(all, disk.Guarded{Path: own.Path, What: own.What})
		}
		for _, job := range file.Enabled() {
			for i := range job.Outputs {
				if out := &job.Outputs[i]; out.IsFile() { // one with a placeholder is no file's name
					name := filepath.Join(outputDir, filepath.FromSlash(out.File.Text()))
					all = append(all, disk.Guarded{Path: name, What: "an output of job " + job.Name})
				}
			}
		}
	}
	for _, other := range all {
		if sameFile(path, other.Path) {
			return fmt.Errorf("%s is %s, which a log would spoil: name another file", path, other.What)
		}
	}
	return nil
}

// sameFile goes by names too: a file may be still to come.
func sameFile(a, b string) bool {
	if b == "" {
		return false
	}
	one, oneErr := filepath.Abs(a)
	two, twoErr := filepath.Abs(b)
	if oneErr == nil && twoErr == nil && one == two {
		return true
	}
	first, firstErr := os.Stat(a)
	second, secondErr := os.Stat(b)
	return firstErr == nil && secondErr == nil && os.SameFile(first, second)
}
