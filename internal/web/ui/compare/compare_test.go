package compare_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/web/ui/compare"
	"speckle-runner/internal/web/ui/preview"
)

// file puts a file that is named like one into a folder of the test.
func file(t testing.TB, name, data string) compare.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return compare.File{File: f, Path: name, Size: int64(len(data))}
}

// encoded writes records as a run does, in the format that a name says.
func encoded(t testing.TB, name string, lines ...string) compare.File {
	t.Helper()
	return file(t, name, outputtest.Encode(t, strings.TrimPrefix(name, "a."), outputtest.NDJSON(lines...), format.Options{}))
}

func compared(t testing.TB, then, now compare.File) *compare.Result {
	t.Helper()
	r, err := compare.Files(t.Context(), then, now)
	if err != nil {
		t.Fatalf("%s: %v", now.Path, err)
	}
	return r
}

// told writes a result in one line.
func told(r *compare.Result) string {
	var parts []string
	for _, row := range r.AddedRows.Rows {
		parts = append(parts, fmt.Sprint("+", row))
	}
	for _, row := range r.RemovedRows.Rows {
		parts = append(parts, fmt.Sprint("-", row))
	}
	shown := func(c preview.Cell) string {
		if !c.Has {
			return "∅"
		}
		return c.Text
	}
	for _, c := range r.ChangedRows {
		text := "~" + c.Key + " " + c.Name
		for _, f := range c.Fields {
			text += fmt.Sprintf(" %s: %s → %s", f.Name, shown(f.Was), shown(f.Is))
		}
		parts = append(parts, text)
	}
	return fmt.Sprintf("%d→%d by %q came %v went %v fields %v: %s", r.Then, r.Now, r.By, r.Came, r.Went, r.Fields, strings.Join(parts, "; "))
}

func TestEachFormatTellsTheSame(t *testing.T) {
	t.Parallel()
	const want = `3→3 by "id" came [] went [] fields [{area 1}]: +[d new 4.5]; -[c gone 3.5]; ~b two area: 2.5 → 2.75`
	for _, name := range []string{"a.csv", "a.ndjson", "a.json", "a.parquet", "a.xlsx", "a.csv.gz", "a.ndjson.zst", "a.json.gz"} {
		then := encoded(t, name, `{"id":"a","name":"one","area":1.5}`, `{"id":"b","name":"two","area":2.5}`, `{"id":"c","name":"gone","area":3.5}`)
		now := encoded(t, name, `{"id":"d","name":"new","area":4.5}`, `{"id":"b","name":"two","area":2.75}`, `{"id":"a","name":"one","area":1.5}`)
		if got := told(compared(t, then, now)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
		if r := compared(t, now, now); !r.Same() {
			t.Errorf("%s: a file differs from itself: %s", name, told(r))
		}
	}
}

func TestNullIsNoEmptyText(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.csv", "a.ndjson", "a.json", "a.parquet", "a.xlsx"} {
		then := encoded(t, name, `{"id":"a","x":null}`, `{"id":"b","x":""}`, `{"id":"c","x":"1"}`)
		now := encoded(t, name, `{"id":"a","x":""}`, `{"id":"b","x":null}`, `{"id":"c","x":"1"}`)
		const want = `3→3 by "id" came [] went [] fields [{x 2}]: ~a  x: ∅ → ; ~b  x:  → ∅`
		if got := told(compared(t, then, now)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// A number and a text that looks like it are two values, where the file tells them apart.
func TestANumberIsNoText(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.csv":    `2→2 by "id" came [] went [] fields []: `,
		"a.ndjson": `2→2 by "id" came [] went [] fields [{x 2}]: ~1  x: 1 → "1"; ~b  x: "true" → true`,
		"a.json":   `2→2 by "id" came [] went [] fields [{x 2}]: ~1  x: 1 → "1"; ~b  x: "true" → true`,
		"a.xlsx":   `2→2 by "id" came [] went [] fields [{x 2}]: ~1  x: 1 → "1"; ~b  x: "true" → true`,
	} {
		then := encoded(t, name, `{"id":"1","x":1}`, `{"id":"b","x":"true"}`)
		now := encoded(t, name, `{"id":"1","x":"1"}`, `{"id":"b","x":true}`)
		if got := told(compared(t, then, now)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	then, now := file(t, "a.json", `[{"x":1}]`), file(t, "a.json", `[{"x":"1"}]`)
	const want = `1→1 by "" came [] went [] fields []: +["1"]; -[1]`
	if got := told(compared(t, then, now)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestLinesThatEndOtherwise(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.csv", "a.ndjson", "a.json", "a.parquet", "a.xlsx"} {
		then, now := encoded(t, name, `{"id":"a","x":"1\r\n2"}`), encoded(t, name, `{"id":"a","x":"1\n2"}`)
		const want = `1→1 by "id" came [] went [] fields [{x 1}]: ~a  x: 1␍` + "\n2 → 1\n2"
		if got := told(compared(t, then, now)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestWhatCanDiffer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 500)
	for title, c := range map[string]struct{ name, then, now, want string }{
		"no id": {"a.csv", "x,y\n1,1\n1,1\n2,2\n", "x,y\n2,2\n1,1\n3,3\n",
			`3→3 by "" came [] went [] fields []: +[3 3]; -[1 1]`},
		"an id twice": {"a.ndjson", `{"id":1,"x":1}{"id":1,"x":2}`, `{"id":1,"x":1}{"id":2,"x":2}`,
			`2→2 by "" came [] went [] fields []: +[2 2]; -[1 2]`},
		"an empty id": {"a.csv", "id,x\n,1\n", "id,x\n,2\n", `1→1 by "" came [] went [] fields []: +[ 2]; -[ 1]`},
		"fields": {"a.csv", "id,x,z\n1,1,5\n2,2,5\n", "id,y,x\n2,7,2\n1,7,3\n",
			`2→2 by "id" came [y] went [z] fields [{x 1}]: ~1  x: 1 → 3`},
		"a field that comes late": {"a.ndjson", `{"id":1}{"id":2,"x":1}`, `{"x":null,"id":1}{"id":2}`,
			`2→2 by "id" came [] went [] fields [{x 1}]: ~2  x: 1 → ∅`},
		"an id that comes late": {"a.ndjson", `{"x":1}{"x":2,"id":2}`, `{"x":1}{"x":3,"id":2}`,
			`2→2 by "" came [] went [] fields []: +[3 2]; -[2 2]`},
		"lists": {"a.ndjson", `{"id":1,"l":[1, 2]}`, `{"l":[1,2],"id":1}`, `1→1 by "id" came [] went [] fields []: `},
		"one record": {"a.json", `{"name":"A","n":1}`, `{"name":"B","n":1}`,
			`2→2 by "key" came [] went [] fields [{value 1}]: ~name  value: A → B`},
		"from nothing": {"a.json", `[]`, `[{"id":1}]`, `0→1 by "" came [] went [] fields []: +[1]`},
		"to nothing":   {"a.csv", "id,x\n1,2\n", "", `1→0 by "" came [] went [] fields []: -[1 2]`},
		"both nothing": {"a.ndjson", "", "", `0→0 by "" came [] went [] fields []: `},
		"one name twice": {"a.csv", "id,x,x\n1,1,1\n", "id,x,x\n1,2,1\n",
			`1→1 by "id" came [] went [] fields [{x 1}]: ~1  x: 1 → 2`},
		"ragged": {"a.csv", "ID;x\n1;1;9\n2\n", "ID;x\n1;1\n2;5\n",
			`2→2 by "ID" came [] went [] fields [{x 1}]: ~2  x: ∅ → 5`},
		"deep in a long text": {"a.csv", "id,x\n1," + long + "a\n", "id,x\n1," + long + "b\n",
			`1→1 by "id" came [] went [] fields [{x 1}]: ~1  x: …` + long[:60] + `a → …` + long[:60] + "b"},
	} {
		if got := told(compared(t, file(t, c.name, c.then), file(t, c.name, c.now))); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", title, got, c.want)
		}
	}
}

func TestMuchIsCountedAndFewAreShown(t *testing.T) {
	t.Parallel()
	var then, now strings.Builder
	then.WriteString("id,a,b,c,d,e,f,g,h,i,j,k,l,m,n\n")
	now.WriteString("id,a,b,c,d,e,f,g,h,i,j,k,l,m,n\n")
	for i := range 300 {
		fmt.Fprintf(&then, "o%d\nc%d%s\n", i, i, strings.Repeat(",1", 14))
		fmt.Fprintf(&now, "n%d\nc%d%s\n", i, i, strings.Repeat(",2", 14))
	}
	r := compared(t, file(t, "a.csv", then.String()), file(t, "a.csv", now.String()))
	if r.Added != 300 || r.Removed != 300 || r.Changed != 300 || len(r.Fields) != 14 || r.Fields[0].Records != 300 {
		t.Errorf("%d added, %d removed, %d changed in %v", r.Added, r.Removed, r.Changed, r.Fields)
	}
	if len(r.AddedRows.Rows) != 50 || !r.AddedRows.More || len(r.RemovedRows.Rows) != 50 || len(r.ChangedRows) != 50 {
		t.Errorf("%d, %d, %d are shown", len(r.AddedRows.Rows), len(r.RemovedRows.Rows), len(r.ChangedRows))
	}
	if c := r.ChangedRows[49]; c.Key != "c49" || len(c.Fields) != 12 || c.More != 2 {
		t.Errorf("%+v", c)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	small := file(t, "a.csv", "id\n1\n")
	for name, f := range map[string]compare.File{
		"records": file(t, "a.csv", "id\n"+strings.Repeat("1\n", compare.MaxRecords+1)),
		"bytes": encoded(t, "a.ndjson.zst", `{"id":1,"x":"`+strings.Repeat("x", compare.MaxBytes/2)+`"}`,
			`{"id":2,"x":"`+strings.Repeat("x", compare.MaxBytes/2)+`"}`),
		"values": file(t, "a.csv", strings.Repeat("x,", 399)+"x\n"+strings.Repeat(strings.Repeat(",", 399)+"\n", 20_000)),
	} {
		if _, err := compare.Files(t.Context(), small, f); !errors.Is(err, compare.ErrLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wide := file(t, "a.csv", strings.Repeat("x,", 600)+"x\n1\n")
	if r := compared(t, wide, wide); !r.Wide || !r.Same() {
		t.Errorf("%+v", r)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("nobody waits")
	cancel(cause)
	if _, err := compare.Files(ctx, file(t, "a.csv", "id\n"+strings.Repeat("1\n", 5000)), small); !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
	for _, broken := range []compare.File{file(t, "a.json", `[{"id":1},{"id"`), file(t, "a.parquet", "PAR1"), file(t, "a.ndjson", `{"id":1`)} {
		if r, err := compare.Files(t.Context(), small, broken); err == nil {
			t.Errorf("%s: %s", broken.Path, told(r))
		}
	}
}

// FuzzFiles compares anything with anything: what is told adds up, and a file is
// never other than itself.
func FuzzFiles(f *testing.F) {
	for _, name := range []string{"a.csv", "a.ndjson", "a.json", "a.parquet", "a.xlsx", "a.csv.gz"} {
		f.Add(name, []byte("id,x\n1,2\n"), []byte("id,x\n1,3\n"))
		f.Add(name, []byte(`{"id":1,"x":"é"}`), []byte(`[{"id":1},{"y":[1]}]`))
	}
	f.Fuzz(func(t *testing.T, name string, then, now []byte) {
		was, is := file(t, name, string(then)), file(t, name, string(now))
		r, err := compare.Files(t.Context(), was, is)
		if err != nil {
			return
		}
		if r.Now-r.Added != r.Then-r.Removed || r.Now-r.Added < r.Changed {
			t.Errorf("%s", told(r))
		}
		if same, err := compare.Files(t.Context(), was, was); err != nil || !same.Same() {
			t.Errorf("other than itself: %v, %v", same, err)
		}
	})
}
