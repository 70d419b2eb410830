package scheduler

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"speckle-runner/internal/jobs"
)

// readEvery is how often files are read that look untouched: not every file
// system tells of each change.
const readEvery = time.Minute

// settledAfter is how long after a change a file is read nevertheless: the next
// change may get the same time, on a disk that counts in whole seconds.
const settledAfter = 5 * time.Second

// sources are the files that a job file was read from, as they were last seen.
type sources struct {
	names   []string
	stamp   string // their sizes and times
	sure    bool   // another content has another stamp, once that has settled
	content string // a hash of what is in them
	newest  time.Time
	readAt  time.Time
}

func sourcesOf(file *jobs.File) *sources {
	s := &sources{names: []string{file.Name}}
	known := map[string]bool{"": true, file.Name: true}
	add := func(name string) {
		if name = inDir(file, name); !known[name] {
			known[name] = true
			s.names = append(s.names, name)
		}
	}
	for _, job := range file.Jobs {
		add(job.QueryFile)
		if job.ForEach != nil {
			add(job.ForEach.QueryFile)
		}
	}
	s.changed()
	return s
}

// changed looks at the files, and reports whether there is another content in
// them than the last time.
func (s *sources) changed() bool {
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

// read gives a hash of all. A file that can't be read has one too: it changes
// when it can be again.
func (s *sources) read() string {
	var all strings.Builder
	for _, name := range s.names {
		content, err := os.ReadFile(name)
		if err != nil {
			content = []byte(err.Error())
		}
		sum := sha256.Sum256(content)
		all.Write(sum[:])
	}
	return all.String()
}

func inDir(file *jobs.File, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(file.Dir, name)
}
