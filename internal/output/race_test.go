package output_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// TestTwoRunsOfOnePath publishes the same path from several processes' worth
// of directories at once: whoever is last, the file is one of theirs, whole.
func TestTwoRunsOfOnePath(t *testing.T) {
	path := t.TempDir()
	const runs = 12
	texts := map[string]bool{}
	var all sync.WaitGroup // an abort, too, has ended before the tree is looked at
	for i := range runs {
		text := strings.Repeat(string(rune('a'+i)), 100_000+i)
		texts[text] = true
		d := openDir(t, path)
		all.Go(func() {
			p, err := d.Begin(target.Author{Run: "run"})
			if err != nil {
				t.Error(err)
				return
			}
			defer p.Abort()
			s, err := p.Create(t.Context(), "deep/x.csv", target.CreateOptions{Overwrite: true, Latest: "latest.csv"})
			if err == nil {
				_, err = io.WriteString(s, text)
				err = errors.Join(err, s.Close())
			}
			if err == nil {
				_, err = p.Commit(t.Context(), nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	files := outputtest.Tree(t, path)
	if len(files) != 2 || !texts[files["deep/x.csv"]] || !texts[files["latest.csv"]] {
		t.Errorf("%q", outputtest.Short(files))
	}
}

// TestOneOfManyWins holds overwrite: false among runs that all saw no file.
func TestOneOfManyWins(t *testing.T) {
	path := t.TempDir()
	const runs = 8
	results := make(chan error)
	var staged []*output.Publication
	for range runs {
		p := begin(t, openDir(t, path), "run")
		stage(t, p, "once.csv", "x", target.CreateOptions{})
		staged = append(staged, p)
	}
	for _, p := range staged {
		go func() {
			_, err := p.Commit(t.Context(), nil)
			results <- err
		}()
	}
	won := 0
	for range runs {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, target.ErrExists):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d runs published a file that may not be replaced", won)
	}
	outputtest.WantTree(t, path, map[string]string{"once.csv": "x"})
}

// TestCaseFolds holds that two names of one file are found on such a disk.
func TestCaseFolds(t *testing.T) {
	d := openDir(t, t.TempDir())
	d.FoldCase()
	p := begin(t, d, "run-1")
	stage(t, p, "exports/A.csv", "x", replace)
	if _, err := p.Create(t.Context(), "Exports/a.CSV", replace); err == nil ||
		!strings.Contains(err.Error(), "two outputs of the run write this path") {
		t.Errorf("%v", err)
	}
	for _, path := range []string{".Runner/x.csv", ".RUNNER/sessions/x"} {
		if _, err := p.Create(t.Context(), path, replace); err == nil {
			t.Errorf("%s is taken", path)
		}
	}
	// Whether case matters is found out, not guessed.
	found := openDir(t, t.TempDir())
	p = begin(t, found, "run-1")
	stage(t, p, "A.csv", "upper", replace)
	_, err := p.Create(t.Context(), "a.csv", replace)
	if upper, statErr := os.Stat(filepath.Join(found.Path(), ".RUNNER")); (statErr == nil && upper.IsDir()) != (err != nil) {
		t.Errorf("%v, %v", err, statErr)
	}
}

// TestLinksInTheWay holds that a link is replaced and never written through,
// and that one to a folder inside may be used.
func TestLinksInTheWay(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links need a privilege there
	}
	outside := filepath.Join(t.TempDir(), "outside.csv")
	if err := os.WriteFile(outside, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	path := t.TempDir()
	d := openDir(t, path)
	publish(t, d, "run-0", map[string]string{"real/inside.csv": "old"})
	for link, to := range map[string]string{
		"out.csv": outside, "in.csv": "real/inside.csv", "nowhere.csv": "missing", "folder": "real",
	} {
		if err := os.Symlink(to, filepath.Join(path, link)); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, d, "run-1", map[string]string{"out.csv": "new", "in.csv": "new", "nowhere.csv": "new", "folder/x.csv": "new"})
	wantFile(t, outside, "theirs")
	wantFile(t, filepath.Join(path, "real", "inside.csv"), "old")
	wantFile(t, filepath.Join(path, "real", "x.csv"), "new")
	for _, name := range []string{"out.csv", "in.csv", "nowhere.csv"} {
		wantFile(t, filepath.Join(path, name), "new")
		if info, err := os.Lstat(filepath.Join(path, name)); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s is still a link: %v", name, err)
		}
	}
	if err := d.Remove("folder/x.csv"); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(path, "folder")); err != nil {
		t.Errorf("the link of somebody else is gone: %v", err)
	}
	// A folder that leads out is no folder of ours.
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(path, "escape")); err != nil {
		t.Fatal(err)
	}
	if err := d.Remove("escape/outside.csv"); err == nil {
		t.Error("removed through a link that leads out")
	}
	wantFile(t, outside, "theirs")
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	if text, err := os.ReadFile(path); err != nil || string(text) != want {
		t.Errorf("%s holds %q, %v, want %q", path, text, err, want)
	}
}
