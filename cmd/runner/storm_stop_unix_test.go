//go:build unix

package main

import (
	"bytes"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"speckle-runner/internal/store"
)

// TestStormStop stops serve with a run in flight: the run ends, or it is
// interrupted and done by the next serve.
func TestStormStop(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "")
	jobs := map[string]string{"held": stormJobs["queues"]}
	s.write(t, "@every 1s", jobs)
	n := s.serve(t)
	s.hold(time.Second)
	drained := s.awaitRunning(t, "held")
	n.stop(t)
	run, _ := s.run(t, drained.Run)
	if run.State != store.Succeeded || run.Attempt != 1 {
		t.Errorf("%s is %s (attempt %d) after a stop: %s", run.Run, run.State, run.Attempt, run.Error)
	}
	for _, file := range run.Files {
		s.checkFile(t, file.Path)
	}

	s.hold(time.Hour)
	n = s.serve(t, "--drain", "1s")
	cut := s.awaitRunning(t, "held")
	n.stop(t)
	run, attempts := s.run(t, cut.Run)
	if run.State != store.Scheduled || len(attempts) != 1 || attempts[0].State != store.Interrupted {
		t.Errorf("%s is %s after a stop that cut it: %+v", run.Run, run.State, attempts)
	}
	s.hold(0)
	s.drain(t, jobs)
	run, attempts = s.run(t, cut.Run)
	if run.State != store.Succeeded || run.Attempt != 2 || len(attempts) != 2 {
		t.Errorf("%s is %s after the next start: %+v", run.Run, run.State, attempts)
	}
	s.check(t, jobs)
}

// fullVariable gives a process that plays runner a disk with so much room for
// each file. Every system call and every error is the real one.
const fullVariable = "RUNNER_TEST_FILE_SIZE"

func init() {
	size, err := strconv.ParseUint(os.Getenv(fullVariable), 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: size, Max: size}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
}

// TestStormFullDisk fills the disk under `runner run`, in the spool and in the
// file: it says what is full, and the export of yesterday stays.
func TestStormFullDisk(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "")
	s.slow(0)
	// The quotes of an empty text are two bytes in the spool, and four in CSV.
	const list = `select: '{list: [range(%d) | ""]}'
    outputs: [{ file: "good.csv", latest: latest.csv }]`
	for what, size := range map[string]string{"good.csv": "3500", "spool": "8000"} {
		s.write(t, "manual", map[string]string{"full": strings.ReplaceAll(list, "%d", "3")})
		if out, err := s.command("run", "full").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		good := s.exports(t)
		s.write(t, "manual", map[string]string{"full": strings.ReplaceAll(list, "%d", size)})
		cmd := s.command("run", "full")
		cmd.Env = append(cmd.Env, fullVariable+"=2097152")
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitFailed || !bytes.Contains(out, []byte("write "+what)) ||
			!bytes.Contains(out, []byte(syscall.EFBIG.Error())) || !bytes.Contains(out, []byte("nothing was published")) {
			t.Errorf("%s: %v: %s", what, err, out)
		}
		if now := s.exports(t); now != good {
			t.Errorf("%s: the good export is gone: %d bytes, were %d", what, len(now), len(good))
		}
		runs := s.runs(t, store.Filter{})
		if runs[0].State != store.Failed || !strings.Contains(runs[0].Error, what) {
			t.Errorf("%s: the ledger says %s: %s", what, runs[0].State, runs[0].Error)
		}
	}
	left, err := filepath.Glob(filepath.Join(s.dir, "out", ".*", "sessions", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
}

// exports is the content of the output folder's two files, and its names.
func (s *storm) exports(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(s.dir, "out", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(entry.Name() + "\n" + string(content))
	}
	return all.String()
}
