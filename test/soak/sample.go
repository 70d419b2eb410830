package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// sample is what was seen at one moment.
type sample struct {
	Runs        float64 // that have ended, well or not
	Resident    float64 // MB of 10⁶ bytes, as all sizes
	Heap        float64
	Goroutines  float64
	Descriptors float64
	Ledger      float64 // with SQLite's log
	Files       float64 // exports, and what is kept beside them
}

// String is a line for who waits.
func (s sample) String() string {
	return fmt.Sprintf("%8.0f runs  %6.1f MB resident  %5.1f MB heap  %4.0f goroutines  %4.0f descriptors  %6.1f MB ledger  %5.0f files",
		s.Runs, s.Resident, s.Heap, s.Goroutines, s.Descriptors, s.Ledger, s.Files)
}

func (s *service) sample(ctx context.Context) (now sample, err error) {
	text, err := s.get(ctx, "/metrics")
	if err != nil {
		return now, err
	}
	now = ofMetrics(string(text))
	proc := fmt.Sprintf("/proc/%d/", s.Command.Process.Pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return now, err
	}
	if now.Resident, err = residentOf(string(status)); err != nil {
		return now, err
	}
	open, err := os.ReadDir(proc + "fd")
	if err != nil {
		return now, err
	}
	now.Descriptors = float64(len(open))
	for _, name := range []string{"runner.db", "runner.db-wal"} {
		if info, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
			now.Ledger += float64(info.Size()) / 1e6
		}
	}
	for _, name := range []string{"out", "tmp"} {
		n, err := filesBelow(filepath.Join(s.dir, name))
		if err != nil {
			return now, err
		}
		now.Files += n
	}
	return now, nil
}

// ofMetrics reads what the process says of itself.
func ofMetrics(text string) (s sample) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue // a comment
		}
		switch {
		case name == "go_goroutines":
			s.Goroutines = n
		case name == "go_memstats_heap_inuse_bytes":
			s.Heap = n / 1e6
		case strings.HasPrefix(name, "runner_runs_total{") &&
			(strings.Contains(name, `state="succeeded"`) || strings.Contains(name, `state="failed"`)):
			s.Runs += n
		}
	}
	return s
}

func residentOf(status string) (float64, error) {
	for line := range strings.Lines(status) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kib), "kB")), 64)
			return n * 1024 / 1e6, err
		}
	}
	return 0, errors.New("/proc tells no resident memory")
}

// stamps say which run wrote a file, and outlive it for a day: in a soak that presses
// months into minutes none is a day old, so they aren't counted.
const stamps = "stamps"

// filesBelow counts files but stamps. What goes while it counts isn't there.
func filesBelow(dir string) (count float64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		switch {
		case err == nil && entry.IsDir() && entry.Name() == stamps:
			return filepath.SkipDir
		case err == nil && !entry.IsDir():
			count++
		}
		return err
	})
	return count, err
}
