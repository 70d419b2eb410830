//go:build unix

package scheduler_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
)

// A job file that came through a pipe (serve -f <(…)) isn't looked at any more, which would
// wait for ever; who asks for a reload is told.
func TestWatchAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "jobs.yaml")
		if err := os.WriteFile(name, []byte("server: https://app.speckle.systems\njobs: { a: "+
			"{ schedule: manual, token_env: T, query: '{ serverInfo { name } }', outputs: [{ file: '{job}.json' }] } }\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		file, problems := jobs.LoadFile(name)
		if file == nil {
			t.Fatal(problems)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
		now, log := make(chan struct{}), &bytes.Buffer{}
		watcher := scheduler.NewWatcher(scheduler.Watching{File: file, Now: now, Log: zerolog.New(log),
			Apply: func(*jobs.File) { t.Error("applied") },
			Load:  func(*jobs.File) (*jobs.File, error) { t.Error("loaded"); return file, nil }})
		go watcher.Run(t.Context())
		sleep(3 * time.Minute)
		if log.Len() > 0 || watcher.Last().Error != "" {
			t.Errorf("%s %+v", log, watcher.Last())
		}
		now <- struct{}{}
		sleep(time.Minute)
		if !strings.Contains(log.String(), "it came through a pipe, which can be read once") || watcher.Last().Error != "" {
			t.Errorf("%s %+v", log, watcher.Last())
		}
	})
}

// A pipe in the place of a file that was read is refused, like any file that can't be read, and
// what comes after it is seen.
func TestWatchAPipeInAFilesPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{dir: t.TempDir()}
		text := "server: https://app.speckle.systems\njobs: { a: " +
			"{ schedule: manual, token_env: T, query: '{ serverInfo { name } }', outputs: [{ file: '{job}.json' }] } }\n"
		w.write(t, "jobs.yaml", text)
		name := filepath.Join(w.dir, "jobs.yaml")
		load := func(inForce *jobs.File) (*jobs.File, error) {
			file, problems := jobs.LoadAll([]string{name}, inForce)
			if file == nil {
				return nil, problems
			}
			return file, nil
		}
		file, err := load(nil)
		if err != nil {
			t.Fatal(err)
		}
		watcher := scheduler.NewWatcher(scheduler.Watching{File: file, Load: load, Apply: func(*jobs.File) {}, Log: zerolog.Nop()})
		go watcher.Run(t.Context())
		sleep(6 * time.Second)
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
		sleep(6 * time.Second)
		if last := watcher.Last(); !strings.Contains(last.Error, "it isn't a regular file") || last.Generation != file.Hash {
			t.Errorf("%+v", last)
		}
		w.write(t, "jobs.yaml", text+"# once more\n")
		sleep(6 * time.Second)
		if last := watcher.Last(); last.Error != "" || last.Generation == file.Hash {
			t.Errorf("%+v", last)
		}
	})
}
