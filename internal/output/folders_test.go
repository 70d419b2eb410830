package output_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// TestAFolderIsReplacedMeanwhile takes a folder away between staging and publishing,
// while another run works in it, too. Nothing may go to where its path leads no more:
// neither of this run nor of one that begins then.
func TestAFolderIsReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, anew := range map[string]bool{"removed": false, "replaced": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDir(t, t.TempDir())
			publish(t, d, "run-1", map[string]string{"out/a.csv": "old"})
			other := begin(t, d, "run-2")
			stage(t, other, "out/b.csv", "b", replace)
			p := begin(t, d, "run-3")
			stage(t, p, "out/a.csv", "new", replace)

			away(t, d.Path(), anew)
			if files, err := p.Commit(t.Context(), nil); err == nil {
				t.Errorf("it was published: %v", files)
			}
			publish(t, d, "run-4", map[string]string{"out/c.csv": "c"})
			if files, err := other.Commit(t.Context(), nil); err == nil {
				t.Errorf("the other one was published: %v", files)
			}
			outputtest.WantTree(t, filepath.Join(d.Path(), "out"), map[string]string{"c.csv": "c"})
			kept, err := os.ReadFile(filepath.Join(d.Path(), "away", "a.csv"))
			if string(kept) != "old" {
				t.Errorf("what was moved away was written to: %q, %v", kept, err)
			}
		})
	}
}

// away moves a folder out of the way, where the system lets it go.
func away(t *testing.T, dir string, anew bool) {
	t.Helper()
	err := os.Rename(filepath.Join(dir, "out"), filepath.Join(dir, "away"))
	if err == nil && anew {
		err = os.Mkdir(filepath.Join(dir, "out"), 0o755)
	}
	if err != nil && runtime.GOOS == "windows" {
		t.Skipf("a folder with an open file stays where it is: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestStampsGoMeanwhile removes the folder of the stamps while it is in use: what is
// published afterwards has one again.
func TestStampsGoMeanwhile(t *testing.T) {
	t.Parallel()
	d := openDir(t, t.TempDir())
	shared := target.CreateOptions{Overwrite: true, Shared: true}
	put := func(run string) {
		t.Helper()
		p := begin(t, d, run)
		stage(t, p, "a.csv", run, shared)
		commit(t, p)
	}
	put("run-0")
	put("run-1") // keeps it open
	folder := filepath.Join(d.Path(), ".runner", "stamps")
	if err := os.RemoveAll(folder); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	put("run-2")
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d stamps, %v", len(files), err)
	}
	text, err := os.ReadFile(filepath.Join(folder, files[0].Name()))
	if err != nil || !strings.Contains(string(text), `"run":"run-2"`) {
		t.Errorf("%q, %v", text, err)
	}
}

// TestManyFoldersAreNotKeptOpen holds that a run with a folder for each item needs no
// open one for each, and that none is open behind it.
func TestManyFoldersAreNotKeptOpen(t *testing.T) {
	const descriptors = "/proc/self/fd"
	if runtime.GOOS != "linux" {
		t.Skip("it counts descriptors as Linux shows them")
	}
	dir := t.TempDir()
	d := openDir(t, dir)
	open := func() (n int) {
		t.Helper()
		all, err := os.ReadDir(descriptors)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if to, err := os.Readlink(filepath.Join(descriptors, f.Name())); err == nil && strings.HasPrefix(to, filepath.Join(dir, "out")) {
				n++
			}
		}
		return n
	}
	p := begin(t, d, "run-1")
	for i := range 40 {
		stage(t, p, fmt.Sprintf("out/%d/a.csv", i), "x", replace)
	}
	if n := open(); n > 14 {
		t.Errorf("%d files and folders are open", n)
	}
	commit(t, p)
	if n := open(); n != 0 {
		t.Errorf("%d files and folders are open behind it", n)
	}
}
