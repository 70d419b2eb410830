package output_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

func day(n int) time.Time { return time.Date(2026, 3, n, 2, 30, 0, 0, time.UTC) }

// grow adds a run's records to a file, and gives what the run was warned of.
func grow(t testing.TB, d *output.Dir, path string, tick time.Time, r record.Records, shape format.Options) (string, error) {
	t.Helper()
	p := begin(t, d, "job-"+tick.Format("20060102T150405Z"))
	defer p.Abort()
	s, err := p.Create(t.Context(), path, replace)
	if err != nil {
		t.Fatal(err)
	}
	f, err := format.Of(path)
	if err != nil {
		t.Fatal(err)
	}
	warning, err := s.Append(t.Context(), target.Append{Format: f, Records: r, Tick: tick, Shape: shape})
	if err != nil {
		return warning, err
	}
	s.SetRecords(r.Count)
	if err := s.Close(); err != nil {
		return warning, err
	}
	files, err := p.Commit(t.Context(), nil)
	if err == nil {
		text := read(t, d, path)
		if len(files) != 1 || files[0].Bytes != int64(len(text)) || files[0].SHA256 != outputtest.Sum(text) || files[0].Records != r.Count {
			t.Errorf("published %+v", files)
		}
	}
	return warning, err
}

func mustGrow(t testing.TB, d *output.Dir, path string, tick time.Time, lines ...string) {
	t.Helper()
	if warning, err := grow(t, d, path, tick, outputtest.NDJSON(lines...), format.Options{}); err != nil || warning != "" {
		t.Fatalf("%s %s: %q, %v", path, tick, warning, err)
	}
}

func read(t testing.TB, d *output.Dir, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.Path(), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unpacked reads a file as any program would: its compressed parts are members
// of one stream.
func unpacked(t testing.TB, name, text string) string {
	t.Helper()
	var in io.Reader = strings.NewReader(text)
	var err error
	switch filepath.Ext(name) {
	case ".gz":
		in, err = gzip.NewReader(in)
	case ".zst":
		in, err = zstd.NewReader(in)
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// TestAppend lets a file grow by runs that come once, again, late and empty.
func TestAppend(t *testing.T) {
	for _, path := range []string{"sub/a.ndjson", "a.ndjson.gz", "a.ndjson.zst", "a.csv", "a.csv.gz", "sub/a.csv.zst"} {
		t.Run(path, func(t *testing.T) {
			d := openDir(t, t.TempDir())
			table := strings.Contains(path, ".csv")
			want := func(what string, ids ...string) {
				t.Helper()
				expected := ""
				if table {
					expected = "id\n" + strings.Join(ids, "\n")
				} else {
					for _, id := range ids {
						expected += fmt.Sprintf("{\"id\":%q}\n", id)
					}
				}
				if got := unpacked(t, path, read(t, d, path)); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(expected, "\n") {
					t.Errorf("%s: %q, want %q", what, got, expected)
				}
			}
			mustGrow(t, d, path, day(2), `{"id":"2a"}`, `{"id":"2b"}`)
			want("the first run", "2a", "2b")
			mustGrow(t, d, path, day(3), `{"id":"3a"}`)
			want("the next", "2a", "2b", "3a")
			mustGrow(t, d, path, day(4))
			want("one without records", "2a", "2b", "3a")
			mustGrow(t, d, path, day(2), `{"id":"2c"}`)
			want("the first again", "2c", "3a")
			mustGrow(t, d, path, day(2))
			want("the first, with nothing", "3a")
			mustGrow(t, d, path, day(1), `{"id":"1a"}`)
			want("an older tick", "1a", "3a")
			mustGrow(t, d, path, day(2), `{"id":"2d"}`)
			mustGrow(t, d, path, day(5), `{"id":"5a"}`)
			want("all", "1a", "2d", "3a", "5a")
		})
	}
}

// TestAppendInAnyOrder shows that the file depends on what the runs wrote last,
// not on the order in which they ran.
func TestAppendInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		d := openDir(t, t.TempDir())
		newest := map[int][]string{}
		for range 12 {
			n := 1 + random.IntN(5)
			lines := make([]string, random.IntN(3))
			for i := range lines {
				lines[i] = fmt.Sprintf(`{"day":%d,"n":%d}`, n, random.IntN(1000))
			}
			newest[n] = lines
			mustGrow(t, d, "a.ndjson", day(n), lines...)
		}
		var want strings.Builder
		for n := range 6 {
			for _, line := range newest[n] {
				want.WriteString(line + "\n")
			}
		}
		if got := read(t, d, "a.ndjson"); got != want.String() {
			t.Fatalf("%q, want %q", got, want.String())
		}
	}
}

// TestAppendColumns keeps a table's columns in the order of its first header.
func TestAppendColumns(t *testing.T) {
	d := openDir(t, t.TempDir())
	mustGrow(t, d, "a.csv", day(1))
	mustGrow(t, d, "a.csv", day(2), `{"id":1,"name":"x"}`) // none had rows yet: the columns may change
	mustGrow(t, d, "a.csv", day(3), `{"name":"y","id":2}`)
	mustGrow(t, d, "a.csv", day(4), `{"name":"z"}`)
	want := "id,name\n1,x\n2,y\n,z\n"
	if got := read(t, d, "a.csv"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	_, err := grow(t, d, "a.csv", day(5), outputtest.NDJSON(`{"id":3,"owner":"o"}`), format.Options{})
	if !errors.Is(err, output.ErrColumns) || !strings.Contains(err.Error(),
		"append to a.csv: its columns have changed: the file has no column owner") {
		t.Errorf("%v", err)
	}
	if got := read(t, d, "a.csv"); got != want {
		t.Errorf("after the refusal: %q", got)
	}
}

// TestAppendToAnothersFile continues what the runner didn't write, or didn't
// write alone.
func TestAppendToAnothersFile(t *testing.T) {
	d := openDir(t, t.TempDir())
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(d.Path(), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("old.csv", "\xef\xbb\xbfid;name\n0;old") // no line end
	semicolon := format.Options{Separator: ";", BOM: true}
	for n, told := range []string{1: "old.csv was there already, and .old.csv.parts.json beside it is missing", 2: ""} {
		if n == 0 {
			continue
		}
		warning, err := grow(t, d, "old.csv", day(n), outputtest.NDJSON(fmt.Sprintf(`{"name":"new","id":%d}`, n)), semicolon)
		if err != nil || !strings.HasPrefix(warning, told) || (warning == "") != (told == "") {
			t.Fatal(warning, err)
		}
	}
	if got, want := read(t, d, "old.csv"), "\xef\xbb\xbfid;name\n0;old\n1;new\n2;new\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	put("old.csv", "\xef\xbb\xbfid;name\n0;old\n1;mended\n2;new\n")
	warning, err := grow(t, d, "old.csv", day(3), outputtest.NDJSON(`{"name":"new","id":3}`), semicolon)
	if err != nil || !strings.Contains(warning, "old.csv was changed by somebody else") {
		t.Errorf("%q, %v", warning, err)
	}
	if got, want := read(t, d, "old.csv"), "\xef\xbb\xbfid;name\n0;old\n1;mended\n2;new\n3;new\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}

	// A file that was removed is begun anew, and so is an empty one.
	mustGrow(t, d, "a.ndjson", day(1), `1`)
	if err := os.Remove(filepath.Join(d.Path(), "a.ndjson")); err != nil {
		t.Fatal(err)
	}
	mustGrow(t, d, "a.ndjson", day(2), `2`)
	put("empty.csv", "")
	mustGrow(t, d, "empty.csv", day(2), `{"id":2}`)
	if a, b := read(t, d, "a.ndjson"), read(t, d, "empty.csv"); a != "2\n" || b != "id\n2\n" {
		t.Errorf("%q, %q", a, b)
	}
}

// TestAppendToAFormOfAnother refuses what no reader could read as one file, whoever
// made the file: with an index, with one that says nothing of its form, and without.
func TestAppendToAFormOfAnother(t *testing.T) {
	const record = `{"id":2,"name":"b,c;d"}`
	is := func(name string) format.Format {
		f, err := format.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, c := range []struct {
		has, wants, separated, separator, says string
	}{
		{"csv", "csv", "", ";", `the file's cells are separated by ",", and the output's by ";"`},
		{"csv", "csv", "\t", "", `the file's cells are separated by "\t", and the output's by ","`},
		{"csv", "csv.gz", "", "", "the file is csv, and the output writes csv.gz"},
		{"csv.gz", "csv", "", "", "the file is csv.gz, and the output writes csv"},
		{"ndjson.gz", "ndjson.zst", "", "", "the file is ndjson.gz, and the output writes ndjson.zst"},
		{"ndjson", "csv", "", "", "the file is ndjson, and the output writes csv"},
		{"csv", "ndjson", "", "", "the file is csv, and the output writes ndjson|the file is no ndjson, and the output writes ndjson"},
	} {
		t.Run(c.has+" then "+c.wants+c.separated+c.separator, func(t *testing.T) {
			for _, known := range []string{"by its index", "by an older version's", "by itself"} {
				d := openDir(t, t.TempDir())
				for n := range 2 {
					if _, err := growAs(t, d, "a.txt", is(c.has), day(n+1), record, format.Options{Separator: c.separated}); err != nil {
						t.Fatal(err)
					}
				}
				before := read(t, d, "a.txt")
				forgetForm(t, d, known)
				_, err := growAs(t, d, "a.txt", is(c.wants), day(3), record, format.Options{Separator: c.separator})
				said := slices.ContainsFunc(strings.Split(c.says, "|"), func(says string) bool {
					return err != nil && err.Error() == "append to a.txt: its form has changed: "+says+
						": set it back, or put {month} or another name into its path to begin a new one (nothing was published)"
				})
				if !errors.Is(err, output.ErrForm) || !said {
					t.Errorf("known %s: %v", known, err)
				}
				if got := read(t, d, "a.txt"); got != before {
					t.Errorf("known %s: %q", known, got)
				}
				if _, err := growAs(t, d, "a.txt", is(c.has), day(4), record, format.Options{Separator: c.separated}); err != nil {
					t.Errorf("known %s, in its own form: %v", known, err)
				}
			}
		})
	}
}

// forgetForm leaves an index as an older version wrote it, or none.
func forgetForm(t *testing.T, d *output.Dir, known string) {
	t.Helper()
	index := filepath.Join(d.Path(), ".a.txt.parts.json")
	switch known {
	case "by itself":
		if err := os.Remove(index); err != nil {
			t.Fatal(err)
		}
	case "by an older version's":
		text := read(t, d, filepath.Base(index))
		older := regexp.MustCompile(`"form":\{[^}]*\},`).ReplaceAllString(text, "")
		if older == text {
			t.Fatalf("no form in %s", text)
		}
		if err := os.WriteFile(index, []byte(older), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// growAs adds one record to a file whose name says nothing of its format.
func growAs(t *testing.T, d *output.Dir, path string, f format.Format, tick time.Time, line string, shape format.Options) (string, error) {
	t.Helper()
	p := begin(t, d, "job-"+tick.Format("20060102T150405Z"))
	defer p.Abort()
	s, err := p.Create(t.Context(), path, replace)
	if err != nil {
		t.Fatal(err)
	}
	warning, err := s.Append(t.Context(), target.Append{Format: f, Records: outputtest.NDJSON(line), Tick: tick, Shape: shape})
	if err != nil {
		return warning, err
	}
	s.SetRecords(1)
	if err := s.Close(); err != nil {
		return warning, err
	}
	_, err = p.Commit(t.Context(), nil)
	return warning, err
}

// TestAppendToACompressedFileOfAnother ends its last line with a member of its own, and
// refuses one that isn't whole: what comes behind couldn't be read.
func TestAppendToACompressedFileOfAnother(t *testing.T) {
	d := openDir(t, t.TempDir())
	var packed bytes.Buffer
	out := gzip.NewWriter(&packed)
	if _, err := out.Write([]byte(`{"id":1}`)); err != nil || out.Close() != nil {
		t.Fatal(err)
	}
	name := filepath.Join(d.Path(), "a.ndjson.gz")
	if err := os.WriteFile(name, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for n := 2; n <= 3; n++ {
		if _, err := grow(t, d, "a.ndjson.gz", day(n), outputtest.NDJSON(fmt.Sprintf(`{"id":%d}`, n)), format.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := unpacked(t, name, read(t, d, "a.ndjson.gz")); got != "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n" {
		t.Errorf("%q", got)
	}
	if err := os.WriteFile(name, packed.Bytes()[:packed.Len()-5], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := grow(t, d, "a.ndjson.gz", day(4), outputtest.NDJSON(`{"id":4}`), format.Options{})
	if err == nil || !strings.Contains(err.Error(), "append to a.ndjson.gz: read what is there: unexpected EOF (nothing was published)") {
		t.Errorf("a cut one: %v", err)
	}
}

// TestAppendKeepsItsNoteApart refuses an output that would take its place, whichever
// comes first.
func TestAppendKeepsItsNoteApart(t *testing.T) {
	const note = ".a.ndjson.parts.json"
	for _, paths := range [][]string{{"a.ndjson", note}, {note, "a.ndjson"}} {
		d := openDir(t, t.TempDir())
		p := begin(t, d, "run-1")
		defer p.Abort()
		var refused error
		for _, path := range paths {
			s, err := p.Create(t.Context(), path, replace)
			if err == nil && path != note {
				_, err = s.Append(t.Context(), target.Append{Format: format.Format{Name: "ndjson"}, Records: outputtest.NDJSON(`1`), Tick: day(1)})
			}
			refused = errors.Join(refused, err)
		}
		if refused == nil || refused.Error() != "publish "+note+": two outputs of the run write this path" {
			t.Errorf("%q: %v", paths, refused)
		}
	}
}

// TestAppendToALink says so: rows are added by putting a longer file in the place of one.
func TestAppendToALink(t *testing.T) {
	d := openDir(t, t.TempDir())
	mustGrow(t, d, "real.ndjson", day(1), `1`)
	if err := os.Symlink("real.ndjson", filepath.Join(d.Path(), "a.ndjson")); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip(err) // which gives links to few
		}
		t.Fatal(err)
	}
	_, err := grow(t, d, "a.ndjson", day(2), outputtest.NDJSON(`2`), format.Options{})
	const what = "give the output the path that it leads to"
	if _, refused := errors.AsType[*disk.RefusedError](err); !refused || !strings.Contains(err.Error(), what) {
		t.Errorf("%v", err)
	}
}

// TestAppendAtOnce lets one of two runs that continue the same file win, and
// tells the other, which may come again.
func TestAppendAtOnce(t *testing.T) {
	d := openDir(t, t.TempDir())
	mustGrow(t, d, "a.ndjson", day(1), `1`)
	var all []*output.Publication
	for n := 2; n <= 3; n++ {
		p := begin(t, d, fmt.Sprint("run-", n))
		s, err := p.Create(t.Context(), "a.ndjson", replace)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Append(t.Context(), target.Append{Format: format.Format{Name: "ndjson"}, Records: outputtest.NDJSON(fmt.Sprint(n)),
			Tick: day(n)}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	commit(t, all[1])
	if _, err := all[0].Commit(t.Context(), nil); err == nil ||
		!strings.Contains(err.Error(), "another run appended to it meanwhile (nothing was published)") {
		t.Errorf("%v", err)
	}
	mustGrow(t, d, "a.ndjson", day(2), `2`)
	if got := read(t, d, "a.ndjson"); got != "1\n2\n3\n" {
		t.Errorf("%q", got)
	}
}

// FuzzAppendIndex gives the index any content: the file keeps what it had, and
// gets what is added once.
func FuzzAppendIndex(f *testing.F) {
	d := openDir(f, f.TempDir())
	mustGrow(f, d, "a.ndjson", day(1), `"kept"`)
	good, err := os.ReadFile(filepath.Join(d.Path(), ".a.ndjson.parts.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(bytes.Replace(good, []byte(`"base":0`), []byte(`"base":-5`), 1))
	f.Add(bytes.Replace(good, []byte(`"bytes":7`), []byte(`"bytes":9223372036854775807`), 1))
	f.Add([]byte(`{}`))
	f.Add(bytes.Replace(good, []byte(`"format":`), []byte(`"formae":`), 1))
	f.Add(bytes.Replace(good, []byte(`"ndjson"`), []byte(`"ndjsoN"`), 1))
	f.Add(bytes.Replace(good, []byte(`"ndjson"`), []byte(`"ndjson","separator":"x"`), 1))
	f.Add(bytes.Replace(good, []byte(`"ndjson"`), []byte(`"csv","separator":","`), 1))
	f.Fuzz(func(t *testing.T, index []byte) {
		d := openDir(t, t.TempDir())
		mustGrow(t, d, "a.ndjson", day(1), `"kept"`)
		if err := os.WriteFile(filepath.Join(d.Path(), ".a.ndjson.parts.json"), index, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := grow(t, d, "a.ndjson", day(2), outputtest.NDJSON(`"new"`), format.Options{})
		otherForm := func(name string) bool {
			return name != "ndjson" && strings.Contains(err.Error(), "the file is "+name+",")
		}
		if errors.Is(err, output.ErrForm) && read(t, d, "a.ndjson") == "\"kept\"\n" && slices.ContainsFunc(format.Names(), otherForm) {
			return // one that a file may have
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(read(t, d, "a.ndjson")), "\n")
		slices.Sort(lines)
		// An index that says so may have called the first part the second run's.
		if !slices.Contains(lines, `"new"`) || !slices.Contains(lines, `"kept"`) && !bytes.Contains(index, []byte("job-20260302T023000Z")) {
			t.Errorf("%q", lines)
		}
	})
}
