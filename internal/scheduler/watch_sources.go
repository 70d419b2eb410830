package scheduler

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"time"

	"speckle-runner/internal/jobs"
)

// readEvery is how often files that look unchanged are read all the same: not every file
// system shows each change in a file's times.
const readEvery = time.Minute

// settledAfter is for how long after a change a file is read at each look: on a disk with
// times in whole seconds, the next change may leave the same time.
const settledAfter = 5 * time.Second

// sources are the files that a job file was read from, as they were last seen.
type sources struct {
	names   []string
	loaded  *jobs.File // nil once they were looked at
	stamp   string     // their sizes and times
	sure    bool       // each change shows in the stamp, once settledAfter is over
	content string     // a hash of what is in them
	newest  time.Time
	readAt  time.Time
}

// unseen gives the sources of a file that was loaded some time ago. The first look compares
// them with what was loaded, since they may have changed in between.
func unseen(file *jobs.File) *sources { return &sources{names: file.Sources(), loaded: file} }

// changed looks at the files, and reports whether their content differs from the last time.
func (s *sources) changed() bool {
	if loaded := s.loaded; loaded != nil {
		s.loaded = nil
		s.changed() // notes their state before the comparison, so that the next look finds any later change
		return !loaded.StillThere()
	}
	now := time.Now()
	stamp := s.stat()
	settled := s.readAt.Sub(s.newest) > settledAfter
	if stamp == s.stamp && s.sure && settled && now.Sub(s.readAt) < readEvery {
		return false
	}
	before := s.content
	s.stamp, s.content, s.readAt = stamp, s.read(), now
	return s.content != before
}

func (s *sources) stat() string {
	var stamp strings.Builder
	s.newest, s.sure = time.Time{}, true
	for _, name := range s.names {
		if info, err := os.Stat(name); err == nil {
			version, sure := stampOf(info)
			s.sure = s.sure && sure
			fmt.Fprintln(&stamp, info.Size(), info.ModTime().UnixNano(), version)
			if info.ModTime().After(s.newest) {
				s.newest = info.ModTime()
			}
		} else {
			fmt.Fprintln(&stamp, err)
		}
	}
	return stamp.String()
}

// read gives a hash of all files. For one that can't be read, it is a hash of the error.
func (s *sources) read() string {
	var sums strings.Builder
	for _, name := range s.names {
		content, err := readSource(name)
		if err != nil {
			content = []byte(err.Error())
		}
		sum := sha256.Sum256(content)
		sums.Write(sum[:])
	}
	return sums.String()
}

// readSource gives what is in a file, or the names of what is in a folder.
func readSource(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return jobs.ReadRegular(name)
	}
	entries, err := os.ReadDir(name)
	var names bytes.Buffer
	for _, entry := range entries {
		fmt.Fprintf(&names, "%q\n", entry.Name())
	}
	return names.Bytes(), err
}
