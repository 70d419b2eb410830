//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/store"
)

// check compares what is left after a storm with what is promised. Nothing may
// run any more.
func (s *storm) check(t *testing.T, jobs map[string]string) {
	t.Helper()
	arrived := s.arrived(t)
	for job := range jobs {
		runs := s.runs(t, store.Filter{Job: job})
		slices.Reverse(runs)
		if len(runs) < 2 {
			t.Errorf("%s has only %d runs: nothing is shown", job, len(runs))
		}
		s.checkTicks(t, runs)
		states := map[store.State]int{}
		for _, run := range runs {
			states[run.State]++
			s.checkRun(t, run, arrived)
		}
		t.Log(job, states)
		if states[store.Succeeded] == 0 {
			t.Errorf("no run of %s has succeeded", job)
		}
	}
	s.checkFolder(t)
	s.noSecrets(t)
}

// checkTicks wants every second from the first tick to the last, once.
func (s *storm) checkTicks(t *testing.T, runs []store.Run) {
	t.Helper()
	for i, run := range runs {
		if i > 0 {
			if gap := run.Tick.Sub(runs[i-1].Tick); gap != time.Second {
				t.Errorf("%s comes %s after %s: ticks are lost or doubled", run.Run, gap, runs[i-1].Run)
			}
		}
	}
}

func (s *storm) checkRun(t *testing.T, run store.Run, arrived map[string]int) {
	t.Helper()
	_, attempts := s.run(t, run.Run)
	good := 0
	for _, a := range attempts {
		if a.State == store.Succeeded {
			good++
		}
	}
	switch run.State {
	case store.Succeeded:
		if good != 1 {
			t.Errorf("%s succeeded %d times: %+v", run.Run, good, attempts)
		}
		if run.Records != fake.TowerModels || len(run.Files) == 0 {
			t.Errorf("%s has %d records, %d files", run.Run, run.Records, len(run.Files))
		}
		for _, file := range run.Files {
			s.checkFile(t, file.Path)
		}
		if len(run.Deliveries) == 0 {
			t.Errorf("%s owes no message", run.Run)
		}
		for _, d := range run.Deliveries {
			if arrived[d.ID] == 0 {
				t.Errorf("%s never arrived", d.ID)
			}
		}
	case store.Failed: // lost with its process too often
		if !strings.Contains(run.Error, "its process was lost") {
			t.Errorf("%s failed: %s", run.Run, run.Error)
		}
		fallthrough
	default:
		if !run.State.Ended() || good > 0 {
			t.Errorf("%s is %s, and succeeded in %d attempts", run.Run, run.State, good)
		}
	}
}

// arrived gives how often each message came. One that comes again is the same.
func (s *storm) arrived(t *testing.T) map[string]int {
	t.Helper()
	times, bodies, ids := map[string]int{}, map[string]string{}, map[string]string{}
	for _, m := range s.messages() {
		if before, known := bodies[m.id]; known && before != m.body {
			t.Errorf("%s came with two bodies", m.id)
		}
		var head struct {
			Run   string
			Batch int
		}
		if err := json.Unmarshal([]byte(m.body), &head); err != nil || head.Run == "" {
			t.Errorf("%s: %v: %.80s", m.id, err, m.body)
		}
		part := fmt.Sprint(head.Run, " batch ", head.Batch)
		if before, known := ids[part]; known && before != m.id {
			t.Errorf("%s came as %s and as %s", part, before, m.id)
		}
		times[m.id]++
		bodies[m.id], ids[part] = m.body, m.id
	}
	return times
}

// checkFile wants an export with every model in it.
func (s *storm) checkFile(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, "out", filepath.FromSlash(path)))
	if err != nil {
		t.Error(err)
		return
	}
	records := 0
	if strings.HasSuffix(path, ".csv") {
		rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		records = len(rows) - 1
	} else {
		for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); records++ {
			if !json.Valid(lines.Bytes()) {
				t.Errorf("%s, record %d is cut: %.80s", path, records+1, lines.Text())
			}
		}
	}
	if records != fake.TowerModels || !bytes.HasSuffix(content, []byte("\n")) {
		t.Errorf("%s holds %d records, want %d", path, records, fake.TowerModels)
	}
}

// checkFolder wants whole exports in the output folder, and nothing else:
// no staged file, no session of a dead process.
func (s *storm) checkFolder(t *testing.T) {
	t.Helper()
	out := filepath.Join(s.dir, "out")
	err := filepath.WalkDir(out, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(out, path)
		switch {
		case err != nil:
			return err
		case name == filepath.Join(".runner", "sessions"), name == ".", name == ".runner":
		case strings.HasPrefix(name, filepath.Join(".runner", "parts")):
			// kept for another attempt, a day at most: a killed run that the ledger then gave up has none
		case name == filepath.Join(".runner", "stamps"), filepath.Dir(name) == filepath.Join(".runner", "stamps"):
			// who wrote what lies there
		case strings.HasPrefix(name, ".") || strings.HasPrefix(entry.Name(), "."):
			t.Errorf("%s is left over", name)
		case !entry.IsDir():
			s.checkFile(t, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
