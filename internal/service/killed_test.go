package service_test

import (
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
	"speckle-runner/internal/store"
)

// TestFilesOfAKilledRunAreKnown: a run is killed after its files are in place and before
// its end is in the ledger. The next start writes down which they are, and keep counts them.
func TestFilesOfAKilledRunAreKnown(t *testing.T) {
	const keys = "    query: \"{ serverInfo { version } }\"\n    outputs: [{ file: \"h/{tick}.json\", keep: 2 }]\n"
	o := options(t, keys)
	ledger, dir := o.Ledger, o.OutputDir
	tick := time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)
	killed, _, err := ledger.Begin(t.Context(), store.Begin{Job: "one", Tick: tick, Trigger: store.Manual})
	if err != nil {
		t.Fatal(err)
	}
	const path = "h/20260302T023000Z.json"
	die(t, dir, killed, path)
	again, err := service.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := ledger.Run(t.Context(), killed.Run); err != nil || len(seen.Files) != 1 || seen.Files[0].Path != path ||
		seen.Files[0].Output != "h/{tick}.json" || seen.Files[0].Records != 7 {
		t.Errorf("%+v, %v", seen, err)
	}
	for range 2 { // the ledger takes the killed one for running until its lease is over
		end := again.RunNow(t.Context(), service.Order{Job: o.File.Job("one"), Trigger: store.Manual, Force: true})
		if end.Record.State != store.Succeeded {
			t.Fatal(end.Record.Error)
		}
	}
	again.Close()
	left, _ := filepath.Glob(filepath.Join(dir, "h", "*.json"))
	if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(path))); err == nil || len(left) != 2 {
		t.Errorf("keep: 2 left %q", left)
	}
	if rooms, _ := filepath.Glob(filepath.Join(dir, ".runner", "sessions", "*")); len(rooms) > 0 {
		t.Errorf("ended runs leave %q", rooms)
	}
}

// TestFilesOfALostRunAreKnown: a process sleeps after a run's files are in place, and
// wakes when the run is somebody else's. The ledger is told of them at once, and nothing
// of it is left to another start.
func TestFilesOfALostRunAreKnown(t *testing.T) {
	o := options(t, "    query: \"{ serverInfo { version } }\"\n    outputs: [{ file: one.json }]\n")
	database := filepath.Join(t.TempDir(), "ledger.db")
	ledger, err := store.Open(t.Context(), "sqlite:"+database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	o.Ledger = ledger
	o.Logs.Logger = func(*secret.Redactor, io.Writer) zerolog.Logger {
		return zerolog.New(io.Discard).Hook(zerolog.HookFunc(func(_ *zerolog.Event, _ zerolog.Level, text string) {
			if strings.HasPrefix(text, "run succeeded") { // logged before the ledger has it
				take(t, database)
			}
		}))
	}
	x, err := service.New(o)
	if err != nil {
		t.Fatal(err)
	}
	end := x.RunNow(t.Context(), service.Order{Job: o.File.Job("one"), Trigger: store.Manual})
	if !errors.Is(end.Result.Err, store.ErrFenced) {
		t.Fatalf("%+v", end)
	}
	if rooms, _ := filepath.Glob(filepath.Join(o.OutputDir, ".runner", "sessions", "*", "*.journal")); len(rooms) != 1 {
		t.Errorf("journals of a living process: %q", rooms)
	}
	x.Close()
	if rooms, _ := filepath.Glob(filepath.Join(o.OutputDir, ".runner", "sessions", "*")); len(rooms) > 0 {
		t.Errorf("a lost run leaves %q", rooms)
	}
	page, err := ledger.Runs(t.Context(), store.Filter{})
	if err != nil || len(page) != 1 || len(page[0].Files) != 1 || page[0].Files[0].Path != "one.json" {
		t.Errorf("%+v, %v", page, err)
	}
}

// take gives a database's runs to another attempt.
func take(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(60000)")
	if err != nil {
		t.Error(err)
		return
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE runs SET claim = claim + 1, attempt = attempt + 1"); err != nil {
		t.Error(err)
	}
}

// die publishes a run's file and leaves its process's room as a kill would: the
// journal as it is now, and nobody who holds it.
func die(t *testing.T, dir string, claim store.Claim, path string) {
	t.Helper()
	d, err := output.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Begin(target.Author{Job: claim.Job, Run: claim.Run, Tick: claim.Tick, Attempt: claim.Attempt})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Abort()
	p.Await()
	s, err := p.Create(t.Context(), path, target.CreateOptions{Overwrite: true, Output: "h/{tick}.json"})
	if err != nil {
		t.Fatal(err)
	}
	s.SetRecords(7)
	if _, err := s.Write([]byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Commit(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	journals, err := filepath.Glob(filepath.Join(dir, ".runner", "sessions", "*", "*.journal"))
	if err != nil || len(journals) != 1 {
		t.Fatal(journals, err)
	}
	text, err := os.ReadFile(journals[0])
	if err != nil {
		t.Fatal(err)
	}
	d.Told(claim.Run, claim.Attempt)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	room := filepath.Join(dir, ".runner", "sessions", "dead")
	if err := os.Mkdir(room, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(room, filepath.Base(journals[0])), text, 0o600); err != nil {
		t.Fatal(err)
	}
}
