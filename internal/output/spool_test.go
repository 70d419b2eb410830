package output_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

func newSpool(t testing.TB, d *output.Dir) *kept.Spool {
	t.Helper()
	s, err := d.NewSpool("run-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func fill(t testing.TB, s *kept.Spool, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := s.Append([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
}

func readAll(t testing.TB, open func() (io.ReadCloser, error)) string {
	t.Helper()
	in, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSpoolGoesBack truncates to marks in memory, on disk, and between.
func TestSpoolGoesBack(t *testing.T) {
	page := strings.Repeat("x", record.ReadSize/4)
	for name, pages := range map[string]int{"in memory": 1, "at the edge": 4, "on disk": 20} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newSpool(t, openDir(t, dir))
			want := ""
			for range pages {
				fill(t, s, `"good"`, `"`+page+`"`)
				want += "\"good\"\n\"" + page + "\"\n"
				mark := s.Mark()
				fill(t, s, `"bad"`, `"`+page+page+`"`)
				if err := s.Truncate(mark); err != nil {
					t.Fatal(err)
				}
				if s.Mark() != mark {
					t.Fatal("the mark moved")
				}
			}
			if s.Count() != int64(2*pages) || s.Bytes() != int64(len(want)) {
				t.Errorf("count %d, bytes %d of %d", s.Count(), s.Bytes(), len(want))
			}
			for range 2 {
				if got := readAll(t, s.Open); got != want {
					t.Errorf("%d bytes came back of %d", len(got), len(want))
				}
			}
			if r := s.Records(); r.Count != int64(2*pages) || readAll(t, r.Open) != want {
				t.Error("Records are other ones")
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			outputtest.WantTree(t, dir, map[string]string{})
		})
	}
}

// TestSpoolReadersKeepWhatTheySaw appends and flushes under an open reader.
func TestSpoolReadersKeepWhatTheySaw(t *testing.T) {
	s := newSpool(t, openDir(t, t.TempDir()))
	fill(t, s, `"first"`)
	in, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	mark := s.Mark()
	fill(t, s, `"second"`)
	if err := s.Truncate(mark); err != nil {
		t.Fatal(err)
	}
	fill(t, s, `"`+strings.Repeat("x", 2*record.ReadSize)+`"`, `"third"`)
	if got, _ := io.ReadAll(in); string(got) != "\"first\"\n" {
		t.Errorf("the reader sees %.40q", got)
	}
}

func TestSpoolRefuses(t *testing.T) {
	s := newSpool(t, openDir(t, t.TempDir()))
	for _, bad := range []string{"", "1\n", "1\n2"} {
		if err := s.Append([]byte(bad)); err == nil {
			t.Errorf("takes %q", bad)
		}
	}
	fill(t, s, "1", "2")
	later := s.Mark()
	other := newSpool(t, openDir(t, t.TempDir()))
	if err := other.Truncate(later); err == nil || !strings.Contains(err.Error(), "behind its end") {
		t.Errorf("a mark of another spool: %v", err)
	}
	s.Close()
	_, openErr := s.Open()
	for what, err := range map[string]error{"Append": s.Append([]byte("1")), "Truncate": s.Truncate(kept.Mark{}), "Open": openErr} {
		if err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
}

// TestNDJSONTakesTheSpoolOver holds that the file is the spool's own blocks,
// once, and that nothing can change it afterwards.
func TestNDJSONTakesTheSpoolOver(t *testing.T) {
	for name, filled := range map[string]func(*kept.Spool){
		"read once more": func(s *kept.Spool) { fill(t, s, outputtest.Many(3000)...) },
		"summed up as it is written": func(s *kept.Spool) {
			s.MayBeExport()
			fill(t, s, outputtest.Many(3000)...)
		},
		"summed up in vain": func(s *kept.Spool) {
			s.MayBeExport()
			fill(t, s, outputtest.Many(2000)...)
			if err := s.Truncate(kept.Mark{}); err != nil {
				t.Fatal(err)
			}
			fill(t, s, outputtest.Many(3000)...)
		},
	} {
		t.Run(name, func(t *testing.T) { takeOver(t, filled) })
	}
}

func takeOver(t *testing.T, filled func(*kept.Spool)) {
	dir := t.TempDir()
	d := openDir(t, dir)
	s := newSpool(t, d)
	filled(s)
	want := readAll(t, s.Open)
	p := begin(t, d, "run-1")
	for _, name := range []string{"a.ndjson", "b.ndjson"} {
		staged, err := p.Create(t.Context(), name, target.CreateOptions{Overwrite: true, Latest: "latest-" + name})
		if err != nil {
			t.Fatal(err)
		}
		if err := format.Encode(t.Context(), staged, format.Format{Name: "ndjson"}, s.Records(), format.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := staged.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Append([]byte("1")); err == nil {
		t.Error("a published spool grows")
	}
	if err := s.Truncate(kept.Mark{}); err == nil {
		t.Error("a published spool shrinks")
	}
	files := commit(t, p)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	outputtest.WantTree(t, dir, map[string]string{"a.ndjson": want, "b.ndjson": want, "latest-a.ndjson": want, "latest-b.ndjson": want})
	for _, f := range files {
		if f.Bytes != int64(len(want)) || f.SHA256 != outputtest.Sum(want) {
			t.Errorf("%+v", f)
		}
	}
	// No two exports share their bytes: editing one leaves the others.
	if err := appendTo(filepath.Join(dir, "a.ndjson"), "edited"); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"b.ndjson", "latest-a.ndjson", "latest-b.ndjson"} {
		if text, err := os.ReadFile(filepath.Join(dir, other)); err != nil || !bytes.Equal(text, []byte(want)) {
			t.Errorf("%s changed with a.ndjson: %v", other, err)
		}
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return err
}

// TestSpoolIsArranged puts the end of a spool between the rest, in memory and
// in a file, and goes on with it.
func TestSpoolIsArranged(t *testing.T) {
	for name, size := range map[string]int{"small": 3, "a file": 70_000} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			s := newSpool(t, d)
			record := func(of string) string { return `"` + of + strings.Repeat("x", size) + `"` }
			fill(t, s, record("0"))
			start := s.Mark()
			fill(t, s, record("a"), record("b"), record("d"))
			late := s.Mark()
			fill(t, s, record("c"))
			second, err := s.Skip(start, 2)
			if err != nil {
				t.Fatal(err)
			}
			if second.Since(start) != 2 {
				t.Errorf("%d records skipped", second.Since(start))
			}
			if err := s.Arrange([]kept.Range{{From: start, To: second}, {From: late, To: s.Mark()}, {From: second, To: late}}); err != nil {
				t.Fatal(err)
			}
			fill(t, s, record("e"))
			want := ""
			for _, of := range []string{"0", "a", "b", "c", "d", "e"} {
				want += record(of) + "\n"
			}
			if got := readAll(t, s.Open); got != want || s.Count() != 6 {
				t.Errorf("%d records, %.30q", s.Count(), got)
			}
			if err := s.Arrange([]kept.Range{{From: start, To: second}}); err == nil || !strings.Contains(err.Error(), "6 records are 3") {
				t.Errorf("ranges that aren't all: %v", err)
			}
			if got := readAll(t, s.Open); got != want {
				t.Errorf("an arrangement that is refused changes it: %.30q", got)
			}
			if _, err := s.Skip(start, 9); err == nil {
				t.Error("skips more than there are")
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			outputtest.WantTree(t, dir, map[string]string{})
		})
	}
}

// The parts of a for_each wait for each other, each in a spool of its own: a large one waits
// on the disk, and not in memory as well.
func TestASpoolHoldsNoLargeRecord(t *testing.T) {
	d := openDir(t, t.TempDir())
	large := strings.Repeat(" ", 4<<20) + "{}"
	before := live()
	spools := make([]*kept.Spool, 20)
	for i := range spools {
		spools[i] = newSpool(t, d)
		fill(t, spools[i], large)
	}
	if grown := live() - before; grown > 20<<20 {
		t.Errorf("%d spools of 4 MiB hold %d bytes", len(spools), grown)
	}
	runtime.KeepAlive(spools)
}

// live is how many bytes the program holds.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
