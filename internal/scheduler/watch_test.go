package scheduler_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
)

// watched is a job file in a folder, with a query file. Its content is its
// hash; "bad" is a file that doesn't load, "odd" one that brings out a fault of the program.
type watched struct {
	dir string

	mu      sync.Mutex
	loads   int
	applied []string
}

func (w *watched) write(t *testing.T, name, content string) {
	t.Helper()
	// As editors do: beside it, then renamed.
	if err := os.WriteFile(filepath.Join(w.dir, name+".tmp"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(w.dir, name+".tmp"), filepath.Join(w.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// disguise writes with a time of its own, as rsync and archives do.
func (w *watched) disguise(t *testing.T, name, content string, at time.Time) {
	t.Helper()
	w.write(t, "disguised", content)
	if err := os.Chtimes(filepath.Join(w.dir, "disguised"), at, at); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(w.dir, "disguised"), filepath.Join(w.dir, name)); err != nil {
		t.Fatal(err)
	}
}

func (w *watched) loaded() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loads
}

func (w *watched) load(*jobs.File) (*jobs.File, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loads++
	var hash string
	for _, name := range []string{"jobs.yaml", "query.graphql"} {
		content, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil {
			return nil, err
		}
		hash += string(content)
	}
	if hash[:3] == "odd" {
		panic(hash)
	}
	if hash[:3] == "bad" {
		return nil, errors.New(hash)
	}
	j := job("job", "@daily")
	j.QueryFile = "query.graphql"
	return &jobs.File{Name: filepath.Join(w.dir, "jobs.yaml"), Dir: w.dir, Hash: hash, Jobs: []*jobs.Job{j}}, nil
}

func (w *watched) apply(f *jobs.File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.applied = append(w.applied, f.Hash)
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{dir: t.TempDir()}
		w.write(t, "jobs.yaml", "one.")
		w.write(t, "query.graphql", "q1")
		first, err := w.load(nil)
		if err != nil {
			t.Fatal(err)
		}
		hup := make(chan struct{})
		log := &bytes.Buffer{}
		watcher := scheduler.NewWatcher(scheduler.Watching{File: first, Load: w.load, Apply: w.apply, Now: hup, Log: zerolog.New(log)})
		w.write(t, "jobs.yaml", "half.") // while a process begins
		go watcher.Run(t.Context())
		steps := []struct {
			what        string
			do          func()
			loads       int // more or equal
			force, fail string
		}{
			{"what came before the first look", func() {}, 1, "half.q1", ""},
			// A File that wasn't loaded by jobs is never known to lie there still.
			{"nothing", func() { sleep(6 * time.Second) }, 1, "half.q1", ""},
			{"still nothing", func() {}, 0, "half.q1", ""},
			{"the job file", func() { w.write(t, "jobs.yaml", "two.") }, 1, "two.q1", ""},
			{"the query file", func() { w.write(t, "query.graphql", "q2") }, 1, "two.q2", ""},
			{"a bad file", func() { w.write(t, "jobs.yaml", "bad.") }, 1, "two.q2", "bad.q2"},
			{"mended", func() { w.write(t, "jobs.yaml", "three.") }, 1, "three.q2", ""},
			{"back to bad", func() { w.write(t, "jobs.yaml", "bad.") }, 1, "three.q2", "bad.q2"},
			{"the file in force again", func() { w.write(t, "jobs.yaml", "three.") }, 1, "three.q2", ""},
			{"a fault of the program", func() { w.write(t, "jobs.yaml", "odd.") }, 1, "three.q2",
				"the job file can't be checked, which is a fault of runner: please report it (panic: odd.q2)"},
			{"that a while longer", func() { sleep(time.Minute) }, 1, "three.q2",
				"the job file can't be checked, which is a fault of runner: please report it (panic: odd.q2)"},
			{"what was before", func() { w.write(t, "jobs.yaml", "three.") }, 1, "three.q2", ""},
			{"asked for, unchanged", func() { hup <- struct{}{} }, 1, "three.q2", ""},
		}
		for _, step := range steps {
			before := w.loaded()
			step.do()
			sleep(6 * time.Second)
			last := watcher.Last()
			if n := w.loaded() - before; n < step.loads || step.loads == 0 && n > 0 {
				t.Errorf("%s: loaded %d times", step.what, n)
			}
			if last.Generation != step.force || last.Error != step.fail || last.FailedAt.IsZero() != (step.fail == "") {
				t.Errorf("%s: %+v, want %s in force and error %q", step.what, last, step.force, step.fail)
			}
		}
		if n := strings.Count(log.String(), "accepted again"); n != 2 {
			t.Errorf("it is said %d times that the file in force is there again: %s", n, log)
		}
		if n := strings.Count(log.String(), "watch.go"); n == 0 || strings.Count(log.String(), `"stack"`) != 1 {
			t.Errorf("where the fault lies is told %d times: %s", n, log)
		}
		w.mu.Lock()
		if want := []string{"half.q1", "two.q1", "two.q2", "three.q2"}; len(w.applied) != len(want) {
			t.Errorf("applied %v, want %v", w.applied, want)
		}
		w.mu.Unlock()
		if err := os.Remove(filepath.Join(w.dir, "query.graphql")); err != nil {
			t.Fatal(err)
		}
		sleep(6 * time.Second)
		if last := watcher.Last(); last.Error == "" || last.FailedAt.IsZero() || last.Generation != "three.q2" {
			t.Errorf("a query file is gone: %+v", last)
		}
	})
}

// Another content of the same size and time is seen as soon as any other.
func TestWatchIsNotFooledBySizeAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{dir: t.TempDir()}
		old := time.Date(1999, 3, 1, 0, 0, 0, 0, time.UTC)
		w.disguise(t, "jobs.yaml", "one.", old)
		w.disguise(t, "query.graphql", "q1", old)
		first, err := w.load(nil)
		if err != nil {
			t.Fatal(err)
		}
		watcher := scheduler.NewWatcher(scheduler.Watching{File: first, Load: w.load, Apply: w.apply, Log: zerolog.Nop()})
		go watcher.Run(t.Context())
		sleep(6 * time.Second)
		looked := w.loaded()
		sleep(12 * time.Second)
		if n := w.loaded() - looked; n != 0 {
			t.Errorf("loaded %d times for nothing", n)
		}
		for _, name := range []string{"two.", "six."} {
			w.disguise(t, "jobs.yaml", name, old)
			sleep(6 * time.Second)
			if last := watcher.Last(); last.Generation != name+"q1" {
				t.Errorf("%q is in force, want %s", last.Generation, name)
			}
		}
	})
}

// TestWatchAFolder: what is added to a folder, and removed from it, is seen; what is
// refused is told, while the others are in force.
func TestWatchAFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{dir: t.TempDir()}
		one := func(name string) string {
			return "server: https://app.speckle.systems\njobs: { " + name +
				": { schedule: manual, token_env: T, query: '{ serverInfo { name } }', outputs: [{ file: '{job}.json' }] } }\n"
		}
		w.write(t, "a.yaml", one("first"))
		w.write(t, "b.yaml", "broken")
		load := func(inForce *jobs.File) (*jobs.File, error) {
			file, problems := jobs.LoadAll([]string{w.dir}, inForce)
			if file == nil {
				return nil, problems
			}
			return file, nil
		}
		file, err := load(nil)
		if err != nil {
			t.Fatal(err)
		}
		var applied atomic.Pointer[jobs.File]
		applied.Store(file)
		watcher := scheduler.NewWatcher(scheduler.Watching{File: file, Load: load, Apply: applied.Store, Log: zerolog.Nop()})
		go watcher.Run(t.Context())
		for _, step := range []struct {
			what    string
			do      func()
			jobs    int
			refused string
		}{
			{"at the start", func() {}, 1, "b.yaml"},
			{"mended", func() { w.write(t, "b.yaml", one("second")) }, 2, ""},
			{"added", func() { w.write(t, "c.yaml", one("third")) }, 3, ""},
			{"added, and broken", func() { w.write(t, "d.yaml", "broken") }, 3, "d.yaml"},
			{"others go on being read", func() { w.write(t, "c.yaml", one("other")) }, 3, "d.yaml"},
			{"removed", func() { os.Remove(filepath.Join(w.dir, "d.yaml")); os.Remove(filepath.Join(w.dir, "c.yaml")) }, 2, ""},
		} {
			step.do()
			sleep(6 * time.Second)
			last, file := watcher.Last(), applied.Load()
			refused := ""
			for _, r := range last.Refused {
				refused += filepath.Base(r.File)
			}
			if len(file.Jobs) != step.jobs || refused != step.refused || (last.Error != "") != (refused != "") || last.Generation != file.Hash {
				t.Errorf("%s: %d jobs, refused %q, %+v", step.what, len(file.Jobs), refused, last)
			}
		}
	})
}

// TestWatchLoadsNothingThatIsInForce: reading 10,000 jobs once more takes twice their memory.
func TestWatchLoadsNothingThatIsInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{dir: t.TempDir()}
		text := "server: https://app.speckle.systems\njobs: { a: " +
			"{ schedule: manual, token_env: T, query_file: query.graphql, outputs: [{ file: '{job}.json' }] } }\n"
		w.write(t, "jobs.yaml", text)
		w.write(t, "query.graphql", "{ serverInfo { name } }")
		var loads atomic.Int32
		load := func(*jobs.File) (*jobs.File, error) {
			loads.Add(1)
			file, problems := jobs.LoadFile(filepath.Join(w.dir, "jobs.yaml"))
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
		for _, step := range []struct {
			what, name, text string
			loads            int32
		}{
			{"nothing", "", "", 0},
			{"the same once more", "jobs.yaml", text, 0},
			{"another query", "query.graphql", "{ serverInfo { version } }", 1},
			{"nothing since", "", "", 0},
			{"another text", "jobs.yaml", text + "\n", 1},
			{"nothing since that", "", "", 0},
		} {
			before := loads.Load()
			if step.name != "" {
				w.write(t, step.name, step.text)
			}
			sleep(3 * time.Minute)
			if n := loads.Load() - before; n != step.loads {
				t.Errorf("%s: loaded %d times, want %d", step.what, n, step.loads)
			}
		}
	})
}
