package output_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// recoverDir opens a directory as the next process does.
func recoverDir(t *testing.T, dir string) output.Recovered {
	t.Helper()
	d, err := output.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	found, err := d.Recover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestKilledAtEveryStep kills a process with kill -9 at each step of a
// publication: afterwards there is the old export or the new one, whole.
func TestKilledAtEveryStep(t *testing.T) {
	const manifest = "a.csv.manifest.json"
	all := []string{"a.csv", manifest, "latest.csv", "new/folder/b.ndjson", "once.json"}
	for _, c := range []struct {
		step      string
		completed []string
		removed   bool
		old       bool
	}{
		{step: "spooled", removed: true, old: true},
		{step: "half written", removed: true, old: true},
		{step: "staged a.csv", removed: true, old: true},
		{step: "staged once.json", removed: true, old: true},
		{step: "committed", completed: all, removed: true},
		{step: "moved once.json", completed: all[:4], removed: true},
		{step: "moved a.csv", completed: all[1:4], removed: true},
		{step: "moved new/folder/b.ndjson", completed: all[1:3], removed: true},
		{step: "moved latest.csv", completed: all[1:2], removed: true},
		{step: "moved " + manifest, removed: true},
		{step: "published", removed: true},
	} {
		t.Run(c.step, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			publish(t, d, "run-1", oldExport)
			d.Close()
			said, err := child(t, "killed", dir, c.step)
			if err == nil || !strings.HasSuffix(said, c.step+"\n") {
				t.Fatalf("the child wasn't killed: %v\n%s", err, said)
			}
			for name, text := range outputtest.Tree(t, dir) { // before anybody repairs it
				whole := text == oldExport[name] || text == newExport[name]
				if hidden := strings.HasPrefix(name, ".runner/") || strings.HasPrefix(filepath.Base(name), "."); !whole && !hidden {
					t.Errorf("%s is half an export: %.60q", name, text)
				}
			}
			found := recoverDir(t, dir)
			var completed []string
			for _, f := range found.Completed {
				if f.Run != "run-2" {
					t.Errorf("%+v", f)
				}
				completed = append(completed, f.Path)
			}
			slices.Sort(completed)
			if !slices.Equal(completed, c.completed) || len(found.Problems) > 0 || found.Removed > 0 != c.removed {
				t.Errorf("%+v, want completed %q", found, c.completed)
			}
			want, untold := newExport, `run-2: {x}.csv a.csv latest.csv, new/folder/b.ndjson, once.json`
			if c.old {
				want, untold = oldExport, ""
			}
			if got := shownUntold(found.Untold); got != untold {
				t.Errorf("what no ledger knows: %q, want %q", got, untold)
			}
			outputtest.WantTree(t, dir, want)
			wantNoFolder(t, dir, ".runner/sessions/*")
			if c.old {
				wantNoFolder(t, dir, "new")
			}
			if again := recoverDir(t, dir); again.Completed != nil || again.Untold != nil || again.Removed != 0 || again.Problems != nil {
				t.Errorf("a second time: %+v", again)
			}
			if c.old { // the run is tried again and gives the same
				if said, err := child(t, "killed", dir, "never"); err != nil {
					t.Errorf("again: %v\n%s", err, said)
				}
				outputtest.WantTree(t, dir, newExport)
			}
		})
	}
}

// shownUntold names the files that are in place of runs that nobody has heard of.
func shownUntold(all []output.Untold) string {
	var said []string
	for _, of := range all {
		var files []string
		for _, f := range of.Files {
			files = append(files, strings.TrimSpace(strings.Join([]string{f.Output, f.Path, f.Latest}, " ")))
		}
		said = append(said, of.By.Run+": "+strings.Join(files, ", "))
	}
	return strings.Join(said, "; ")
}

func wantNoFolder(t *testing.T, dir, pattern string) {
	t.Helper()
	if left, _ := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern))); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestTheLivingAreLeftAlone recovers while another process, as far as locks
// can tell, is in the middle of a publication.
func TestTheLivingAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	living := openDir(t, dir)
	spool := newSpool(t, living)
	fill(t, spool, bigRecords()...)
	p := begin(t, living, "run-1")
	stage(t, p, "a.csv", "new", target.CreateOptions{Overwrite: true, Latest: "latest.csv"})
	living.OnStep(func(string) {
		if found := recoverDir(t, dir); found.Completed != nil || found.Removed != 0 || found.Problems != nil {
			t.Errorf("%+v", found)
		}
	})
	stage(t, p, "b.csv", "new", replace)
	commit(t, p)
	want := strings.Join(bigRecords(), "\n") + "\n"
	if got := readAll(t, spool.Open); got != want {
		t.Error("the spool is gone")
	}
	spool.Close()
	outputtest.WantTree(t, dir, map[string]string{"a.csv": "new", "latest.csv": "new", "b.csv": "new"})
}

// TestANewerExportWins recovers after another process published the same
// paths again: the dead one's files are older and are left out.
func TestANewerExportWins(t *testing.T) {
	dir := t.TempDir()
	if said, err := child(t, "killed", dir, "committed"); err == nil {
		t.Fatal(said)
	}
	d := openDir(t, dir)
	publish(t, d, "run-3", map[string]string{"a.csv": "newer", "once.json": "newer"})
	later := time.Now().Add(time.Minute) // two writes may share a tick of the file system's clock
	for _, name := range []string{"a.csv", "once.json"} {
		if err := os.Chtimes(filepath.Join(dir, name), later, later); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	found := recoverDir(t, dir)
	if len(found.Problems) != 2 || len(found.Completed) != 2 {
		t.Errorf("%+v", found)
	}
	for _, p := range found.Problems {
		if !strings.Contains(p, "run run-2: its ") || !strings.Contains(p, "a newer file is there") {
			t.Error(p)
		}
	}
	outputtest.WantTree(t, dir, map[string]string{
		"a.csv": "newer", "once.json": "newer", "latest.csv": "new", "new/folder/b.ndjson": newExport["new/folder/b.ndjson"],
	})
}

// TestJournalsMayBeBroken recovers from files that no process of ours wrote
// whole.
func TestJournalsMayBeBroken(t *testing.T) {
	for name, c := range map[string]struct {
		journal string
		problem string
		staged  bool // is still there
	}{
		"cut in the last line": {`{"op":"begin","run":"r"}` + "\n" + `{"op":"stage","staged":".s.tmp","target":"t.csv"}` + "\n" +
			`{"op":"com`, "", false},
		"not JSON":                 {"\x00\x00\x00\n", "read journal", true},
		"leaves the directory":     {`{"op":"stage","staged":".s.tmp","target":"../t.csv"}` + "\n" + `{"op":"commit"}` + "\n", "../t.csv", true},
		"empty":                    {"", "", true},
		"names a folder to remove": {`{"op":"folder","target":"keep.csv"}` + "\n", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			session := filepath.Join(dir, ".runner", "sessions", "dead")
			if err := os.MkdirAll(session, 0o700); err != nil {
				t.Fatal(err)
			}
			for file, text := range map[string]string{
				filepath.Join(session, "r.journal"): c.journal, filepath.Join(dir, ".s.tmp"): "staged", filepath.Join(dir, "keep.csv"): "kept",
			} {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			found := recoverDir(t, dir)
			if c.problem == "" && found.Problems != nil || c.problem != "" &&
				(len(found.Problems) != 1 || !strings.Contains(found.Problems[0], c.problem)) {
				t.Errorf("%+v", found)
			}
			_, err := os.Stat(filepath.Join(dir, ".s.tmp"))
			if there := err == nil; there != c.staged {
				t.Errorf("staged file there: %v", there)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "keep.csv")); err != nil || string(text) != "kept" {
				t.Errorf("keep.csv: %q, %v", text, err)
			}
		})
	}
}

// TestRecoverAtOnce runs several recoveries of the same mess.
func TestRecoverAtOnce(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []string{"committed", "half written", "spooled"} {
		if said, err := child(t, "killed", dir, step); err == nil {
			t.Fatal(said)
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			d, err := output.OpenDir(dir)
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close() // removes its session: the tree is looked at after all have
			found, err := d.Recover(t.Context())
			if err != nil || found.Problems != nil {
				t.Errorf("%q, %v", found.Problems, err)
			}
		})
	}
	all.Wait()
	outputtest.WantTree(t, dir, newExport)
}
