package output_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// Ways to end a publication of several files.
const (
	endCommitted = "committed" // nothing goes with it
	endSettled   = "settled"   // something does, and went well
	endUndone    = "undone"    // something does, and failed
	endFailed    = "failed"    // its last file can't be put in place
)

// endedChild publishes over the old set and ends it in a way, dying at a step:
// "way#3" is the fourth one. It prints each, when it has passed.
func endedChild(dir, arg string) {
	way, at, _ := strings.Cut(arg, "#")
	n := 0
	err := endOf(dir, way, func(step string) {
		if at == fmt.Sprint(n) {
			if self, err := os.FindProcess(os.Getpid()); err == nil && self.Kill() == nil {
				select {}
			}
		}
		n++
		fmt.Println(step)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func endOf(dir, way string, step func(string)) error {
	d, err := output.OpenDir(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	d.OnStep(func(s string) {
		if way == endFailed && s == "moved latest.csv" { // a folder appears where the last one goes
			_ = os.Remove(filepath.Join(dir, "z.csv.manifest.json"))
			_ = os.MkdirAll(filepath.Join(dir, "z.csv.manifest.json", "sub"), 0o755)
		}
		step(s)
	})
	p, err := d.Begin(target.Author{Job: "job", Run: "run-2", Tick: day(2), Attempt: 1})
	if err != nil {
		return err
	}
	defer p.Abort()
	if err := stageSet(p); err != nil {
		return err
	}
	if way == endCommitted || way == endFailed {
		_, err := p.Commit(context.Background(), nil)
		if (err != nil) != (way == endFailed) {
			return fmt.Errorf("commit: %w", err)
		}
		return nil
	}
	if err := p.Place(context.Background(), nil); err != nil {
		return err
	}
	step("placed")
	if way == endUndone {
		return p.Undo(context.Background())
	}
	_, err = p.Settle(context.Background())
	return err
}

// stageSet stages every kind of file: over an old one, over none, in a new
// folder, with a latest copy, a manifest, that may not replace, and that grows.
func stageSet(p *output.Publication) error {
	for _, f := range []struct {
		path string
		o    target.CreateOptions
	}{
		{"a.csv", target.CreateOptions{Overwrite: true, Shared: true, Latest: "latest.csv"}},
		{"new/folder/b.csv", target.CreateOptions{Overwrite: true}},
		{"once.csv", target.CreateOptions{}},
		{"z.csv", target.CreateOptions{Overwrite: true, Manifest: &target.Manifest{Job: "job"}}},
	} {
		s, err := p.Create(context.Background(), f.path, f.o)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(s, "new"); err != nil {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	s, err := p.Create(context.Background(), "grown.ndjson", target.CreateOptions{Overwrite: true, Shared: true})
	if err != nil {
		return err
	}
	part := target.Append{Format: format.Format{Name: "ndjson"}, Records: outputtest.NDJSON(`{"n":2}`), Tick: day(2)}
	if _, err := s.Append(context.Background(), part); err != nil {
		return err
	}
	return s.Close()
}

// oldSet puts what is there before.
func oldSet(t *testing.T, dir string) map[string]string {
	t.Helper()
	d := openDir(t, dir)
	defer d.Close()
	publish(t, d, "run-1", map[string]string{"a.csv": "old", "latest.csv": "old", "z.csv": "old", "z.csv.manifest.json": "old"})
	mustGrow(t, d, "grown.ndjson", day(1), `{"n":1}`)
	return outputtest.Tree(t, dir)
}

// TestKilledAnywhereOldOrNew kills a publication at each of its steps, however
// it ends: after the next start the set is wholly old or wholly new, with
// nothing beside it.
func TestKilledAnywhereOldOrNew(t *testing.T) {
	whole := t.TempDir()
	oldSet(t, whole)
	if said, err := child(t, "ended", whole, endCommitted); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	wantNew := outputtest.Tree(t, whole)
	for _, way := range []string{endCommitted, endSettled, endUndone, endFailed} {
		dir := t.TempDir()
		wantOld := oldSet(t, dir)
		if way == endFailed { // the folder that appears takes its place
			delete(wantOld, "z.csv.manifest.json")
		}
		said, err := child(t, "ended", dir, way)
		if err != nil {
			t.Fatalf("%s: %v\n%s", way, err, said)
		}
		want := wantNew
		if way == endUndone || way == endFailed {
			want = wantOld
		}
		outputtest.WantTree(t, dir, want)
		steps := strings.Split(strings.TrimSpace(said), "\n")
		turned := slices.Index(steps, "committed")
		for n, step := range steps {
			t.Run(fmt.Sprintf("%s/%d %s", way, n, strings.ReplaceAll(step, "/", "-")), func(t *testing.T) {
				dir := t.TempDir()
				before := oldSet(t, dir)
				if said, err := child(t, "ended", dir, fmt.Sprintf("%s#%d", way, n)); err == nil {
					t.Fatalf("it wasn't killed\n%s", said)
				}
				if again := slices.Index(steps, "undoing"); way == endFailed && n >= turned && (again < 0 || n < again) {
					return // the failure comes after it: finishing meets the folder, too
				}
				found := recoverDir(t, dir)
				if found.Problems != nil {
					t.Errorf("%+v", found)
				}
				want := before
				switch {
				case way == endFailed && n > slices.Index(steps, "moved latest.csv"):
					want = wantOld
				case way == endCommitted && n >= turned, way == endSettled && slices.Contains(steps[:n+1], "settled"):
					want = wantNew
				}
				outputtest.WantTree(t, dir, want)
				if again := recoverDir(t, dir); again.Completed != nil || again.PutBack != nil || again.Removed != 0 || again.Problems != nil {
					t.Errorf("a second time: %+v", again)
				}
				wantNoFolder(t, dir, ".runner/sessions/*")
			})
		}
	}
}

// TestAKilledRecoveryGoesOn ends a recovery at each of its steps, forward and
// back: the next one does the rest.
func TestAKilledRecoveryGoesOn(t *testing.T) {
	ways := map[string]string{"committed": endCommitted, "placed": endUndone}
	at := map[string]int{}
	for killed, way := range ways {
		dir := t.TempDir()
		oldSet(t, dir)
		said, err := child(t, "ended", dir, way)
		if at[killed] = slices.Index(strings.Split(said, "\n"), killed); err != nil || at[killed] < 0 {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	for _, killed := range []string{"committed", "placed"} {
		for n, more := 0, true; more; n++ {
			dir := t.TempDir()
			before := oldSet(t, dir)
			way := ways[killed]
			if said, err := child(t, "ended", dir, fmt.Sprintf("%s#%d", way, at[killed])); err == nil {
				t.Fatalf("it wasn't killed\n%s", said)
			}
			more = recoverUntil(t, dir, n)
			if found := recoverDir(t, dir); found.Problems != nil {
				t.Errorf("%s %d: %+v", killed, n, found)
			}
			got := outputtest.Tree(t, dir)
			if way == endUndone {
				outputtest.WantTree(t, dir, before)
			} else if got["a.csv"] != "new" || got["latest.csv"] != "new" || got["once.csv"] != "new" || len(got) != 8 {
				t.Errorf("%s %d: %q", killed, n, got)
			}
			if !more && n < 5 {
				t.Errorf("%s: a recovery had %d steps", killed, n)
			}
		}
	}
}

// recoverUntil recovers for so many steps, and reports whether there were more.
func recoverUntil(t *testing.T, dir string, steps int) (more bool) {
	t.Helper()
	d := openDir(t, dir)
	d.OnStep(func(string) {
		if steps--; steps < 0 {
			more = true
			panic("killed")
		}
	})
	defer func() { _ = recover() }()
	if _, err := d.Recover(t.Context()); err != nil {
		t.Error(err)
	}
	return more
}

func beginAs(t testing.TB, d *output.Dir, by target.Author) *output.Publication {
	t.Helper()
	p, err := d.Begin(by)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Abort)
	return p
}

var errTaken = errors.New("the run was taken")

// TestAPausedAttemptReplacesNothing stops an attempt in the middle of its
// renames: when it wakes up its lease has passed, another attempt has published
// everything, and it must leave all of that as it is.
func TestAPausedAttemptReplacesNothing(t *testing.T) {
	synctest.Test(t, aPausedAttemptReplacesNothing)
}

func aPausedAttemptReplacesNothing(t *testing.T) {
	time.Sleep(time.Until(day(3))) // the ticks lie behind
	dir := t.TempDir()
	d := openDir(t, dir)
	names := []string{"0.csv", "1.csv", "2.csv", "3.csv", "4.csv"}
	set := func(text string) map[string]string {
		files := map[string]string{}
		for _, name := range names {
			files[name] = text
		}
		return files
	}
	publish(t, d, "run-0", set("old"))
	p := beginAs(t, d, target.Author{Job: "job", Run: "run-1", Tick: day(1), Attempt: 1})
	for _, name := range names {
		stage(t, p, name, "stale", replace)
	}
	asked := 0
	lease := target.NewLease(func(context.Context) (time.Time, error) {
		if asked++; asked > 1 {
			return time.Time{}, errTaken
		}
		return time.Now().Add(time.Hour), nil
	})
	d.OnStep(func(step string) {
		if step == "moved 1.csv" { // it sleeps, and the world goes on
			publish(t, openDir(t, dir), "run-1", set("newer"))
			time.Sleep(time.Hour)
		}
	})
	_, err := p.Commit(t.Context(), lease)
	if !errors.Is(err, errTaken) || !strings.HasSuffix(err.Error(), "(nothing was published)") {
		t.Errorf("%v", err)
	}
	outputtest.WantTree(t, dir, set("newer"))

	// One that wakes up with nobody there puts back what it had replaced.
	d.OnStep(func(step string) {
		if step == "moved 3.csv" {
			time.Sleep(time.Hour)
		}
	})
	asked = 0
	p = beginAs(t, d, target.Author{Job: "job", Run: "run-2", Tick: day(2), Attempt: 1})
	for _, name := range names {
		stage(t, p, name, "stale", replace)
	}
	if _, err := p.Commit(t.Context(), lease); !errors.Is(err, errTaken) {
		t.Errorf("%v", err)
	}
	outputtest.WantTree(t, dir, set("newer"))
}

// TestAPanicWhilePublishing holds that what had been replaced is there again.
func TestAPanicWhilePublishing(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	publish(t, d, "run-0", map[string]string{"a.csv": "old", "b.csv": "old"})
	p := begin(t, d, "run-1")
	stage(t, p, "a.csv", "new", replace)
	stage(t, p, "b.csv", "new", replace)
	d.OnStep(func(step string) {
		if step == "moved a.csv" {
			panic("broken")
		}
	})
	func() {
		defer p.Abort()
		defer func() { _ = recover() }()
		_, _ = p.Commit(t.Context(), nil)
	}()
	outputtest.WantTree(t, dir, map[string]string{"a.csv": "old", "b.csv": "old"})
}

// TestATargetIsJudgedAgain replaces a target between the decision and its turn:
// the newer tick's file stays, and what goes with it too.
func TestATargetIsJudgedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		by   target.Author
		want string
	}{
		"a later tick":    {target.Author{Job: "job", Run: "run-3", Tick: day(3), Attempt: 1}, "other"},
		"an older tick":   {target.Author{Job: "job", Run: "run-1", Tick: day(1), Attempt: 1}, "mine"},
		"another job":     {target.Author{Job: "another", Run: "run-3", Tick: day(3), Attempt: 1}, "mine"},
		"a foreign clock": {target.Author{Job: "job", Run: "run-9", Tick: time.Now().AddDate(50, 0, 0), Attempt: 1}, "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			shared := target.CreateOptions{Overwrite: true, Shared: true, Latest: "latest.csv", Manifest: &target.Manifest{Job: "job"}}
			other := func() {
				p := beginAs(t, openDir(t, dir), c.by)
				stage(t, p, "a.csv", "other", shared)
				commit(t, p)
			}
			p := beginAs(t, d, target.Author{Job: "job", Run: "run-2", Tick: day(2), Attempt: 1})
			stage(t, p, "a.csv", "mine", shared)
			stage(t, p, "own.csv", "mine", replace)
			d.OnStep(func(step string) {
				if step == "committed" {
					other()
				}
			})
			files := commit(t, p)
			got := outputtest.Tree(t, dir)
			if got["a.csv"] != c.want || got["latest.csv"] != c.want || got["own.csv"] != "mine" || len(got) != 4 {
				t.Errorf("%q", got)
			}
			mine := strings.Contains(got["a.csv.manifest.json"], `"run": "run-2"`)
			left := p.Left()
			if c.want == "mine" && (!mine || len(files) != 2 || left != nil) {
				t.Errorf("%v, %+v, left %+v", mine, files, left)
			}
			if c.want == "other" && (mine || len(files) != 1 || len(left) != 1 || left[0] != target.Left{Path: "a.csv", By: "run-3"}) {
				t.Errorf("%v, %+v, left %+v", mine, files, left)
			}
		})
	}
}

// TestLatestIsOfTheNewestTick publishes ticks out of order.
func TestLatestIsOfTheNewestTick(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	put := func(tick time.Time, attempt int, text string) (*output.Publication, []target.Published) {
		p := beginAs(t, d, target.Author{Job: "job", Run: "job@" + tick.String(), Tick: tick, Attempt: attempt})
		stage(t, p, tick.Format("02")+".csv", text, target.CreateOptions{Overwrite: true, Latest: "latest.csv"})
		return p, commit(t, p)
	}
	put(day(5), 1, "five")
	p, files := put(day(4), 1, "four")
	if left := p.Left(); len(left) != 1 || !left[0].Latest || files[0].Latest != "" {
		t.Errorf("%+v, %+v", left, files)
	}
	outputtest.WantTree(t, dir, map[string]string{"05.csv": "five", "04.csv": "four", "latest.csv": "five"})
	put(day(5), 2, "five again")
	wantFile(t, filepath.Join(dir, "latest.csv"), "five again")
	put(day(6), 1, "six")
	wantFile(t, filepath.Join(dir, "latest.csv"), "six")
	// What somebody put there has no tick.
	if err := os.WriteFile(filepath.Join(dir, "latest.csv"), []byte("by hand"), 0o644); err != nil {
		t.Fatal(err)
	}
	put(day(4), 2, "four again")
	wantFile(t, filepath.Join(dir, "latest.csv"), "four again")
}

// TestResumedOverwritesOnlyItsOwn holds overwrite: false for an attempt that
// comes after one that was cut off.
func TestResumedOverwritesOnlyItsOwn(t *testing.T) {
	once := target.CreateOptions{Resumed: true}
	by := func(attempt int) target.Author {
		return target.Author{Job: "job", Run: "run-1", Tick: day(1), Attempt: attempt}
	}
	first := func(t *testing.T, dir string) {
		d := openDir(t, dir)
		defer d.Close()
		p := beginAs(t, d, by(1))
		stage(t, p, "once.csv", "first", target.CreateOptions{})
		commit(t, p)
	}
	again := func(t *testing.T, dir string, o target.CreateOptions) error {
		p := beginAs(t, openDir(t, dir), by(2))
		s, err := p.Create(t.Context(), "once.csv", o)
		if err == nil {
			_, err = io.WriteString(s, "second")
			err = errors.Join(err, s.Close())
		}
		if err == nil {
			_, err = p.Commit(t.Context(), nil)
		}
		return err
	}
	t.Run("its own", func(t *testing.T) {
		dir := t.TempDir()
		first(t, dir)
		if err := again(t, dir, once); err != nil {
			t.Error(err)
		}
		wantFile(t, filepath.Join(dir, "once.csv"), "second")
		if err := again(t, dir, target.CreateOptions{}); !errors.Is(err, target.ErrExists) {
			t.Errorf("one that wasn't cut off: %v", err)
		}
	})
	t.Run("another's", func(t *testing.T) {
		dir := t.TempDir()
		publish(t, openDir(t, dir), "run-0", map[string]string{"once.csv": "theirs"})
		if err := again(t, dir, once); !errors.Is(err, target.ErrExists) {
			t.Errorf("%v", err)
		}
		wantFile(t, filepath.Join(dir, "once.csv"), "theirs")
	})
	t.Run("changed since", func(t *testing.T) {
		dir := t.TempDir()
		first(t, dir)
		if err := os.WriteFile(filepath.Join(dir, "once.csv"), []byte("tsrif"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := again(t, dir, once); !errors.Is(err, target.ErrExists) {
			t.Errorf("%v", err)
		}
		wantFile(t, filepath.Join(dir, "once.csv"), "tsrif")
	})
}

// TestALaterAttemptsFileStays is for one that wakes up and asks nobody, and for
// a ledger that counts anew.
func TestALaterAttemptsFileStays(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	shared := target.CreateOptions{Overwrite: true, Shared: true}
	put := func(attempt int, text string, lease *target.Lease) error {
		p := beginAs(t, d, target.Author{Job: "job", Run: "run-1", Tick: day(1), Attempt: attempt})
		stage(t, p, "a.csv", text, shared)
		_, err := p.Commit(t.Context(), lease)
		return err
	}
	if err := put(2, "second", nil); err != nil {
		t.Fatal(err)
	}
	const overtaken = "a later attempt of this run has written it (nothing was published)"
	if err := put(1, "first", nil); err == nil || !strings.Contains(err.Error(), overtaken) {
		t.Errorf("%v", err)
	}
	outputtest.WantTree(t, dir, map[string]string{"a.csv": "second"})
	if err := put(1, "anew", target.NewLease(func(context.Context) (time.Time, error) { return time.Now().Add(time.Hour), nil })); err != nil {
		t.Error(err)
	}
	outputtest.WantTree(t, dir, map[string]string{"a.csv": "anew"})
}

// TestManyStampsAreTrimmed holds that what is known of one path is bounded, and
// that the last word is kept.
func TestManyStampsAreTrimmed(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	shared := target.CreateOptions{Overwrite: true, Shared: true}
	for n := range 200 {
		p := beginAs(t, d, target.Author{Job: "job", Run: fmt.Sprint("run-", n), Tick: day(1).Add(time.Duration(n) * time.Minute), Attempt: 1})
		stage(t, p, "a.csv", fmt.Sprint(n), shared)
		commit(t, p)
	}
	p := beginAs(t, d, target.Author{Job: "job", Run: "old", Tick: day(1), Attempt: 1})
	stage(t, p, "a.csv", "old", shared)
	commit(t, p)
	outputtest.WantTree(t, dir, map[string]string{"a.csv": "199"})
	files, err := filepath.Glob(filepath.Join(dir, ".runner", "stamps", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Size() > 17<<10 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestWhatGrowsTakesOlderTicks holds that an older tick's part still goes into
// a file that a newer one wrote last, and that latest stays with the newest.
func TestWhatGrowsTakesOlderTicks(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	grow := func(path string, n int) {
		p := beginAs(t, d, target.Author{Job: "job", Run: fmt.Sprint("run-", n), Tick: day(n), Attempt: 1})
		s, err := p.Create(t.Context(), path, target.CreateOptions{Overwrite: true, Shared: true, Latest: "latest.ndjson"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Append(t.Context(), target.Append{Format: format.Format{Name: "ndjson"},
			Records: outputtest.NDJSON(fmt.Sprintf(`{"n":%d}`, n)), Tick: day(n)})
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		commit(t, p)
	}
	grow("march.ndjson", 5)
	grow("march.ndjson", 6)
	grow("march.ndjson", 4)
	all := "{\"n\":4}\n{\"n\":5}\n{\"n\":6}\n"
	wantFile(t, filepath.Join(dir, "march.ndjson"), all)
	wantFile(t, filepath.Join(dir, "latest.ndjson"), all)
	grow("february.ndjson", 1)
	wantFile(t, filepath.Join(dir, "latest.ndjson"), all)
	if names := slices.Sorted(maps.Keys(outputtest.Tree(t, dir))); len(names) != 5 {
		t.Errorf("%q", names)
	}
}

// TestStampsGoWithTheirFiles: an export of a new name each time, of which some are kept,
// left a stamp for each that ever was.
func TestStampsGoWithTheirFiles(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	for i := range 6 {
		p := beginAs(t, d, target.Author{Job: "job", Run: fmt.Sprint("run-", i), Tick: day(1 + i), Attempt: 1})
		stage(t, p, fmt.Sprintf("day-%d.json", i), "[]", target.CreateOptions{Overwrite: true, Shared: true})
		commit(t, p)
	}
	stamps := func() int {
		files, err := filepath.Glob(filepath.Join(dir, ".runner", "stamps", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	for i := range 4 {
		if err := os.Remove(filepath.Join(dir, fmt.Sprintf("day-%d.json", i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.SweepStamps(time.Now()); n != 0 || stamps() != 6 { // the file of a young one may be on its way
		t.Errorf("%d went, %d are left", n, stamps())
	}
	if n := d.SweepStamps(time.Now().Add(25 * time.Hour)); n != 4 || stamps() != 2 {
		t.Errorf("%d went, %d are left", n, stamps())
	}
}
