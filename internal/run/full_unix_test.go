//go:build unix

package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// TestMain lets the test binary be a process of its own, too: one that may write no
// file past a limit can't go on with other tests.
func TestMain(m *testing.M) {
	if dir := os.Getenv("RUN_TEST_FULL_DISK"); dir != "" {
		if err := onAFullDisk(dir, os.Getenv("RUN_TEST_JOBS")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// onAFullDisk executes an attempt that may write no file past a limit, as on a full
// disk; every system call and every error is the real one.
func onAFullDisk(dir, text string) error {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 96 << 10, Max: 96 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	file, problems := jobs.Load("jobs.yaml", []byte(text), os.ReadFile)
	if file == nil {
		return errors.New(problems[0].Message)
	}
	out, err := output.OpenDir(dir)
	if err != nil {
		return err
	}
	defer out.Close()
	runner := &run.Runner{Dir: out, Limiters: speckle.NewLimiters(), Transport: speckle.NewTransport()}
	result := runner.Execute(context.Background(), run.Request{
		Job: file.Job("one"), Run: "one@20260302T023000Z", Tick: tick, Attempt: 1, Log: zerolog.Nop(), Redactor: &secret.Redactor{},
	})
	return json.NewEncoder(os.Stdout).Encode([]any{result.State, result.Final, len(result.Files), result.Reason, result.Cause, result.Error})
}

// TestAFullDisk changes no file, wherever it is met, and another attempt may find room.
// Its cause is what ledgers have held for it: a notice's cooldown is of that.
func TestAFullDisk(t *testing.T) {
	full := syscall.EFBIG.Error() + " (nothing was published)"
	const large, twice = "    select: '{id, more: (\"x\" * 600)}'\n", "columns: [more, {name: again, path: more}]"
	for name, c := range map[string]struct{ keys, says, cause string }{
		"in the spool": {"    select: '{id, more: (\"x\" * 4000)}'\n" + set, "write spool in ", "write spool in "},
		"in the first file": {large + "    outputs: [{ file: b.csv, " + twice + " }, { file: c.json }]\n",
			"write b.csv: ", "output write b.csv: "},
		"in the second file": {large + "    outputs: [{ file: c.json }, { file: deep/a.csv, " + twice + " }]\n",
			"write deep/a.csv: ", "output write "},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			for file, text := range yesterday {
				b.put(file, text)
			}
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), "RUN_TEST_FULL_DISK="+b.dir, "RUN_TEST_JOBS="+b.text("    schedule: manual\n"+tower+c.keys))
			child.Stderr = os.Stderr
			said, err := child.Output()
			if err != nil || !strings.HasPrefix(string(said), `["failed",false,0,"files","`+c.cause+full) || !strings.Contains(string(said), c.says) ||
				!strings.Contains(string(said), full) {
				t.Errorf("%v: %s", err, said)
			}
			b.holds(yesterday)
		})
	}
}
