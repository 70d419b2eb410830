package output_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

func TestPublish(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when missing")
	d := openDir(t, dir)
	p := begin(t, d, "run-1")
	stage(t, p, "exports/a/x.csv", "one", target.CreateOptions{Overwrite: true, Latest: "exports/latest.csv"}).SetRecords(7)
	stage(t, p, "y.json", "", target.CreateOptions{})
	for name, text := range outputtest.Tree(t, dir) {
		if base := filepath.Base(name); !strings.HasPrefix(base, ".") && !strings.HasPrefix(name, ".runner/") {
			t.Errorf("%s (%q) is seen before Commit", name, text)
		}
	}
	got := commit(t, p)
	want := []target.Published{
		{Path: "exports/a/x.csv", Records: 7, Bytes: 3, SHA256: outputtest.Sum("one"), Latest: "exports/latest.csv"},
		{Path: "y.json", SHA256: outputtest.Sum("")},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("published %+v, want %+v", got, want)
	}
	p.Abort() // does nothing now
	files := map[string]string{"exports/a/x.csv": "one", "exports/latest.csv": "one", "y.json": ""}
	outputtest.WantTree(t, dir, files)

	// The same paths again, as another attempt of the tick writes them.
	p = begin(t, d, "run-1")
	stage(t, p, "exports/a/x.csv", "two", target.CreateOptions{Overwrite: true, Latest: "exports/latest.csv"})
	commit(t, p)
	files["exports/a/x.csv"], files["exports/latest.csv"] = "two", "two"
	outputtest.WantTree(t, dir, files)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".runner", "sessions", "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestNothingIsPublishedOnFailure(t *testing.T) {
	errRun := errors.New("the run failed")
	for name, fail := range map[string]func(t *testing.T, p *output.Publication) error{
		"aborted": func(_ *testing.T, p *output.Publication) error {
			p.Abort()
			p.Abort()
			return errRun
		},
		"a file still open": func(t *testing.T, p *output.Publication) error {
			if _, err := p.Create(t.Context(), "open.csv", replace); err != nil {
				t.Fatal(err)
			}
			_, err := p.Commit(t.Context(), nil)
			return err
		},
		"canceled": func(t *testing.T, p *output.Publication) error {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(errRun)
			_, err := p.Commit(ctx, nil)
			if !errors.Is(err, errRun) {
				t.Errorf("the cause is lost: %v", err)
			}
			return err
		},
		"a target appeared": func(t *testing.T, p *output.Publication) error {
			stage(t, p, "new/once.csv", "new", target.CreateOptions{})
			other := openDir(t, dirOf(t, p))
			publish(t, other, "other", map[string]string{"new/once.csv": "theirs"})
			_, err := p.Commit(t.Context(), nil)
			if !errors.Is(err, target.ErrExists) || !strings.Contains(err.Error(), "new/once.csv") {
				t.Errorf("%v", err)
			}
			if err := os.RemoveAll(filepath.Join(dirOf(t, p), "new")); err != nil {
				t.Fatal(err)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			dirs[t.Name()] = dir
			good := map[string]string{"a/x.csv": "good", "latest.csv": "good"}
			publish(t, d, "run-0", good)
			p := begin(t, d, "run-1")
			stage(t, p, "a/x.csv", "bad", target.CreateOptions{Overwrite: true, Latest: "latest.csv"})
			stage(t, p, "deep/er/y.csv", "bad", replace)
			if err := fail(t, p); err == nil {
				t.Error("no error")
			}
			outputtest.WantTree(t, dir, good)
			if _, err := os.Stat(filepath.Join(dir, "deep")); err == nil {
				t.Error("a folder was left behind")
			}
			if _, err := p.Create(t.Context(), "z.csv", replace); err == nil {
				t.Error("an ended publication takes files")
			}
			if _, err := p.Commit(t.Context(), nil); err == nil {
				t.Error("an ended publication commits")
			}
		})
	}
}

// dirs remembers each test's directory for the functions of its table.
var dirs = map[string]string{}

func dirOf(t *testing.T, _ *output.Publication) string { return dirs[t.Name()] }

func TestOverwriteFalse(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	publish(t, d, "run-0", map[string]string{"a.csv": "old"})
	p := begin(t, d, "run-1")
	if _, err := p.Create(t.Context(), "a.csv", target.CreateOptions{}); !errors.Is(err, target.ErrExists) ||
		err.Error() != "publish a.csv: "+target.ErrExists.Error() {
		t.Errorf("%v", err)
	}
	stage(t, p, "b.csv", "new", target.CreateOptions{})
	stage(t, p, "c.csv", "new", target.CreateOptions{})
	commit(t, p)
	outputtest.WantTree(t, dir, map[string]string{"a.csv": "old", "b.csv": "new", "c.csv": "new"})
}

func TestOnePathIsWrittenOnce(t *testing.T) {
	d := openDir(t, t.TempDir())
	p := begin(t, d, "run-1")
	stage(t, p, "a/x.csv", "1", target.CreateOptions{Overwrite: true, Latest: "latest.csv"})
	for _, o := range []struct{ path, latest string }{{"a/x.csv", ""}, {"a/../a/x.csv", ""}, {"latest.csv", ""}, {"b.csv", "latest.csv"},
		{"c.csv", "c.csv"}} {
		if _, err := p.Create(t.Context(), o.path, target.CreateOptions{Overwrite: true, Latest: o.latest}); err == nil ||
			!strings.Contains(err.Error(), "two outputs of the run write this path") {
			t.Errorf("%v: %v", o, err)
		}
	}
}

func TestPathsStayInside(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	d := openDir(t, dir)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	bad := []string{"", ".", "/", "a/", "..", "../x", "a/../../x", "/etc/x", "a\x00b", ".runner/x.csv", "./.runner/sessions/x", ".runner",
		"folder"}
	if runtime.GOOS != "windows" {
		if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		bad = append(bad, "link/x.csv", "link/deep/x.csv")
	}
	p := begin(t, d, "run-1")
	for _, path := range bad {
		if s, err := p.Create(t.Context(), path, replace); err == nil {
			t.Errorf("%q is taken: %v", path, s.Path())
		}
		if _, err := p.Create(t.Context(), "good.csv", target.CreateOptions{Overwrite: true, Latest: path}); path != "" && err == nil &&
			filepath.Base(path) != "x.csv" {
			t.Errorf("latest %q is taken", path)
		}
		p.Abort()
		p = begin(t, d, "run-1")
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Lstat(filepath.Join(dir, "link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link of somebody else is gone: %v", err)
		}
	}
	if left := outputtest.Tree(t, outside); len(left) > 0 {
		t.Errorf("written outside: %q", left)
	}
}

// TestAnAbortLeavesWhatItDidNotMake holds for everything that stood in the way.
func TestAnAbortLeavesWhatItDidNotMake(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	if err := os.MkdirAll(filepath.Join(dir, "empty", "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p := begin(t, d, "run-1")
	stage(t, p, "empty/folder/x.csv", "x", replace)
	for _, path := range []string{"file/x.csv", "file/deep/x.csv"} {
		if _, err := p.Create(t.Context(), path, replace); err == nil || !strings.Contains(err.Error(), "publish "+path) {
			t.Errorf("below a file: %v", err)
		}
	}
	p.Abort()
	outputtest.WantTree(t, dir, map[string]string{"file": ""})
	if _, err := os.Stat(filepath.Join(dir, "empty", "folder")); err != nil {
		t.Error(err)
	}
}

func TestLongAndForeignNames(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	files := map[string]string{
		strings.Repeat("n", 251) + ".csv":        "long",
		strings.Repeat("ü", 120) + ".csv":        "long and wide",
		"Geschäft/Πύργος (Ost)/{x} & 'y' 🏗.csv":  "foreign",
		strings.Repeat("deep/", 20) + "x.ndjson": "deep",
	}
	publish(t, d, "run/1: "+strings.Repeat("ü", 100), files)
	outputtest.WantTree(t, dir, files)
}

// TestFileModes holds that others can read an export, as far as the umask
// lets them, and nothing of the runner's own folder.
func TestFileModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // no modes there
	}
	dir := t.TempDir()
	d := openDir(t, dir)
	s := newSpool(t, d)
	fill(t, s, outputtest.Many(3000)...)
	p := begin(t, d, "run-1")
	staged, err := p.Create(t.Context(), "spooled.ndjson", target.CreateOptions{Overwrite: true, Latest: "latest.ndjson"})
	if err != nil {
		t.Fatal(err)
	}
	if err := format.Encode(t.Context(), staged, format.Format{Name: "ndjson"}, s.Records(), format.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := staged.Close(); err != nil {
		t.Fatal(err)
	}
	stage(t, p, "written.csv", "x", replace)
	commit(t, p)
	reference := filepath.Join(dir, "reference")
	if err := os.WriteFile(reference, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	want := mode(t, reference)
	for _, name := range []string{"spooled.ndjson", "latest.ndjson", "written.csv"} {
		if got := mode(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s has mode %v, want %v", name, got, want)
		}
	}
	if got := mode(t, filepath.Join(dir, ".runner")); got.Perm() != 0o700 {
		t.Errorf(".runner has mode %v", got)
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestStagedFileEnds(t *testing.T) {
	d := openDir(t, t.TempDir())
	p := begin(t, d, "run-1")
	s := stage(t, p, "a.csv", "x", replace)
	if err := s.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	if _, err := io.WriteString(s, "y"); err == nil {
		t.Error("a closed file takes bytes")
	}
	if _, err := d.Begin(target.Author{}); err == nil {
		t.Error("a run without an id publishes")
	}
	empty := begin(t, d, "run-2")
	if files := commit(t, empty); len(files) != 0 {
		t.Errorf("%v", files)
	}
}

// TestAFolderInTheWay finds it before the first rename, or fails the second of
// two: what was replaced is there again, and nothing is left beside it.
func TestAFolderInTheWay(t *testing.T) {
	for _, at := range []string{"staged b.csv", "committed", "moved a.csv"} {
		t.Run(at, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			publish(t, d, "run-0", map[string]string{"a.csv": "old"})
			d.OnStep(func(step string) {
				if step == at {
					if err := os.MkdirAll(filepath.Join(dir, "b.csv", "sub"), 0o755); err != nil {
						t.Error(err)
					}
				}
			})
			p := begin(t, d, "run-1")
			stage(t, p, "a.csv", "new", replace)
			stage(t, p, "b.csv", "new", replace)
			_, err := p.Commit(t.Context(), nil)
			if err == nil || err.Error() != "publish b.csv: a folder has that name (nothing was published)" {
				t.Errorf("%v", err)
			}
			outputtest.WantTree(t, dir, map[string]string{"a.csv": "old"})
		})
	}
}

// TestNewFilesAreTakenBack fails behind files that replaced nothing.
func TestNewFilesAreTakenBack(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	p := begin(t, d, "run-1")
	stage(t, p, "a.csv", "new", target.CreateOptions{})
	stage(t, p, "b.csv", "new", target.CreateOptions{})
	d.OnStep(func(step string) {
		if step == "committed" {
			if err := os.WriteFile(filepath.Join(dir, "b.csv"), []byte("theirs"), 0o644); err != nil {
				t.Error(err)
			}
		}
	})
	_, err := p.Commit(t.Context(), nil)
	if !errors.Is(err, target.ErrExists) || !strings.HasSuffix(err.Error(), "(nothing was published)") {
		t.Errorf("%v", err)
	}
	outputtest.WantTree(t, dir, map[string]string{"b.csv": "theirs"})
}

func TestOpenDirRefusesAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "below")} {
		if d, err := output.OpenDir(path); err == nil || !strings.Contains(err.Error(), "output directory "+path) {
			t.Errorf("%s: %v, %v", path, d, err)
		}
	}
}

// TestManyRunsAtOnce publishes from several goroutines, some into folders that
// others make and remove.
func TestManyRunsAtOnce(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	want := map[string]string{}
	results := make(chan error)
	const runs = 40
	for i := range runs {
		path := fmt.Sprintf("shared/%d/x.csv", i%4)
		if i%4 != 0 {
			path = fmt.Sprintf("shared/%d/%d.csv", i%4, i)
			want[path] = "x"
		}
		publish := func() error {
			p, err := d.Begin(target.Author{Run: fmt.Sprint("run-", i)})
			if err != nil {
				return err
			}
			defer p.Abort()
			s, err := p.Create(t.Context(), path, replace)
			if err == nil {
				_, err = io.WriteString(s, "x")
				err = errors.Join(err, s.Close())
			}
			if err == nil && i%4 != 0 {
				_, err = p.Commit(context.Background(), nil)
			}
			return err
		}
		go func() { results <- publish() }()
	}
	for range runs {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	outputtest.WantTree(t, dir, want)
}

// FuzzPathsStayInside writes any path and looks whether anything appeared
// beside the directory.
func FuzzPathsStayInside(f *testing.F) {
	for _, seed := range []string{"a.csv", "../a", "/a", "a/../../b", `..\a`, "C:/a", "a\x00", ".runner/x", "a//b", "./a",
		strings.Repeat("a", 300), "no/such/" + strings.Repeat("a", 300), strings.Repeat("a", 300) + "/b", "\xff/ü", "NUL"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		parent := t.TempDir()
		d := openDir(t, filepath.Join(parent, "in"))
		p := begin(t, d, "run-1")
		s, err := p.Create(t.Context(), path, replace)
		if err != nil {
			p.Abort()
			outputtest.WantTree(t, parent, map[string]string{})
			return
		}
		if _, err := io.WriteString(s, "x"); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Commit(t.Context(), nil); err != nil {
			t.Fatalf("%q was taken and can't be published: %v", path, err)
		}
		outputtest.WantTree(t, parent, map[string]string{"in/" + s.Path(): "x"})
	})
}

// TestAFolderLiesThere is found before anything is written.
func TestAFolderLiesThere(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := openDir(t, root)
	if err := os.MkdirAll(filepath.Join(root, "x.csv", "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	run := begin(t, dir, "run-1")
	defer run.Abort()
	_, err := run.Create(t.Context(), "x.csv", replace)
	const want = "publish x.csv: a folder has that name: move it away, or give the output another path"
	if err == nil || err.Error() != want {
		t.Errorf("publish: %v", err)
	}
}
