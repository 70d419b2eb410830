package web_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// wrote puts a good run into the ledger, and its files into a folder.
func (s *site) wrote(dir string, at time.Time, files ...store.File) string {
	s.t.Helper()
	o := store.Outcome{State: store.Succeeded}
	for _, f := range files {
		text := f.SHA256 // what it holds
		sum := sha256.Sum256([]byte(text))
		f.Bytes, f.SHA256 = int64(len(text)), hex.EncodeToString(sum[:])
		o.Files = append(o.Files, f)
		o.Records += f.Records
		o.Bytes += f.Bytes
		if strings.Contains(f.Path, "://") {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, f.Path), []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	return s.ran("nightly", at, o)
}

// holding is a file of an output, and what it holds.
func holding(path, output, text string) store.File {
	return store.File{Path: path, Output: output, Records: 1, SHA256: text}
}

func TestWhatChangedSinceTheGoodRunBefore(t *testing.T) {
	const output = "{date}.csv"
	dir := t.TempDir()
	s := serve(t, func(o *web.Options) { o.OutputDir = dir })
	first := s.wrote(dir, tick, holding("1.csv", output, "id,name,area,old\n1,Door,5,x\n2,<b>gone,7,x\n3,Wall,"+pasted+",x\n"))
	s.ran("nightly", tick.Add(time.Hour), store.Outcome{State: store.Failed, Error: "x"})
	second := s.wrote(dir, tick.Add(2*time.Hour), holding("2.csv", output,
		"id,name,area,new\n1,Door,<script>alert(1)</script>,y\n3,Wall,6,y\n4,<i>come,8,y\n"))

	text := page(t, s.ask("GET", "/runs/"+second, browser), http.StatusOK)
	has(t, text, `hx-get="/runs/`+second+`/changes"`, "Since the good run before")
	text = page(t, s.ask("GET", "/runs/"+second+"/changes", browser), http.StatusOK)
	has(t, text, `<a href="/runs/`+second+`/files/1">2.csv</a>`, `<a href="/runs/`+first+`/files/1">1.csv</a>`, `href="/runs/`+first+`"`,
		"<dt>Records</dt><dd>3 → 3</dd>", "<dt>Added</dt><dd>1</dd>", "<dt>Removed</dt><dd>1</dd>", "<dt>Changed</dt><dd>2</dd>",
		"<dt>area</dt><dd>2 records</dd>", "New fields</h3><p>new<", "Fields that are gone</h3><p>old<",
		`<td class="was">5</td><td class="is">&lt;script&gt;alert(1)&lt;/script&gt;</td>`, "&lt;i&gt;come", "&lt;b&gt;gone")
	if strings.Contains(text, pasted) {
		t.Error("a token is shown")
	}

	has(t, page(t, s.ask("GET", "/runs/"+first+"/changes", browser), http.StatusOK), "nothing to compare with yet")
	if text := page(t, s.ask("GET", "/runs/"+first, browser), http.StatusOK); strings.Contains(text, "/changes") {
		t.Error("the first run leads to a comparison")
	}
	page(t, s.ask("GET", "/runs/"+first+"x/changes", browser), http.StatusNotFound)
	has(t, page(t, s.ask("GET", "/runs/"+second+"/files/1", browser), http.StatusOK), `href="/runs/`+second+`/changes?file=1"`)
}

// A run whose outputs held the same as the last time says which.
func TestUnchangedOutputsAreSaid(t *testing.T) {
	s := serve(t)
	run := s.ran("nightly", tick, store.Outcome{State: store.Succeeded, Unchanged: []int{1, 3}})
	has(t, page(t, s.ask("GET", "/runs/"+run, browser), http.StatusOK),
		"<dt>Unchanged</dt><dd>output 1, output 3: as the last time, not published again</dd>")
	has(t, page(t, s.ask("GET", "/runs/"+run+"/changes", browser), http.StatusOK), "wrote no file: the records are the same as before.")
}

// Whoever opens the comparison while the run goes on is told so, and the page looks again by itself.
func TestChangesOfARunThatGoesOn(t *testing.T) {
	s, running, good := busy(t)
	has(t, page(t, s.ask("GET", "/runs/"+running+"/changes", browser), http.StatusOK),
		"This run has not ended yet", `data-live="on" hx-get="/runs/`+running+`/changes"`)
	has(t, page(t, s.ask("GET", "/runs/"+good+"/changes", browser), http.StatusOK), `data-live="off"`)
}

func TestWhyNothingIsCompared(t *testing.T) {
	large := "id\n" + strings.Repeat("1\n", 200_001)
	for title, c := range map[string]struct {
		then, now store.File
		after     func(dir string) error // what becomes of the files
		want      []string
	}{
		"the same": {then: holding("1.csv", "{date}.csv", "a\n1\n"), now: holding("2.csv", "{date}.csv", "a\n1\n"),
			want: []string{"Nothing: its records are the same."}},
		"another order": {then: holding("1.csv", "{date}.csv", "id\n1\n2\n"), now: holding("2.csv", "{date}.csv", "id\n2\n1\n"),
			want: []string{"No record has another value. The files differ in what isn't compared here"}},
		"null and an empty text": {then: holding("1.csv", "{date}.csv", "id,x\n1,\n2,\"\"\n"),
			now:  holding("2.csv", "{date}.csv", "id,x\n1,\"\"\n2,\n"),
			want: []string{`<td class="was"><i class="soft">null</i></td><td class="is"><i class="soft">empty</i></td>`, "<dt>Changed</dt><dd>2</dd>"}},
		"without an id, null and an empty text": {then: holding("1.csv", "{date}.csv", "x,y\n1,\n"),
			now:  holding("2.csv", "{date}.csv", "x,y\n1,\"\"\n"),
			want: []string{`<td>1</td><td><i class="soft">empty</i></td>`, `<td>1</td><td></td>`}},
		"ends of lines": {then: holding("1.csv", "{date}.csv", "id,x\n1,\"a\r\nb\"\n"), now: holding("2.csv", "{date}.csv", "id,x\n1,\"a\nb\"\n"),
			want: []string{"<td class=\"was\">a␍\nb</td><td class=\"is\">a\nb</td>"}},
		"written over": {then: holding("a.csv", "a.csv", "a\n1\n"), now: holding("a.csv", "a.csv", "a\n2\n"),
			want: []string{"wrote over the file of the run before", "put {tick} into the file&#39;s name, or {date}"}},
		"written since": {then: holding("1.csv", "{date}.csv", "a\n1\n"), now: holding("2.csv", "{date}.csv", "a\n2\n"),
			after: func(dir string) error { return os.WriteFile(filepath.Join(dir, "1.csv"), []byte("a\n3\n"), 0o600) },
			want:  []string{"1.csv isn&#39;t what the run wrote"}},
		"gone": {then: holding("1.csv", "{date}.csv", "a\n1\n"), now: holding("2.csv", "{date}.csv", "a\n2\n"),
			after: func(dir string) error { return os.Remove(filepath.Join(dir, "1.csv")) },
			want:  []string{"1.csv isn&#39;t there any more", "keep: of its output"}},
		"in storage": {then: holding("s3://b/1.csv", "s3://b/{date}.csv", "a\n1\n"), now: holding("s3://b/2.csv", "s3://b/{date}.csv", "a\n2\n"),
			want: []string{"The files lie in storage"}},
		"a kind without": {then: holding("1.txt", "{date}.txt", "a\n1\n"), now: holding("2.txt", "{date}.txt", "a\n2\n"),
			want: []string{"Files of this kind aren&#39;t compared"}},
		"large": {then: holding("1.csv", "{date}.csv", large), now: holding("2.csv", "{date}.csv", "a\n2\n"),
			want: []string{"too large to be compared here: up to 200,000 records", "Download both"}},
		"broken": {then: holding("1.json", "{date}.json", "[{"), now: holding("2.json", "{date}.json", "[]"),
			want: []string{"can&#39;t be compared"}},
		"a new output": {then: holding("1.csv", "{date}.csv", "a\n1\n"), now: holding("2.json", "{date}.json", "[]"),
			want: []string{"nothing to compare with yet"}},
	} {
		t.Run(title, func(t *testing.T) {
			dir := t.TempDir()
			s := serve(t, func(o *web.Options) { o.OutputDir = dir })
			s.wrote(dir, tick, c.then)
			run := s.wrote(dir, tick.Add(time.Hour), c.now)
			if c.after != nil {
				if err := c.after(dir); err != nil {
					t.Fatal(err)
				}
			}
			has(t, page(t, s.ask("GET", "/runs/"+run+"/changes", browser), http.StatusOK), c.want...)
		})
	}
}

// Files of items are put beside each other by what names the item.
func TestFilesOfItemsAreComparedWithTheirOwn(t *testing.T) {
	const output = "{date}/{each.project.name} {{x}}.csv"
	dir := t.TempDir()
	for _, day := range []string{"1", "2", "3"} {
		if err := os.Mkdir(filepath.Join(dir, day), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, func(o *web.Options) { o.OutputDir = dir })
	s.wrote(dir, tick, holding("1/tower {x}.csv", output, "id\n1\n"), holding("1/mall {x}.csv", output, "id\n2\n"))
	run := s.wrote(dir, tick.Add(time.Hour), holding("2/mall {x}.csv", output, "id\n2\n3\n"),
		holding("2/tower {x}.csv", output, "id\n1\n4\n5\n"), holding("2/new {x}.csv", output, "id\n9\n"))
	s.ran("nightly", tick.Add(2*time.Hour), store.Outcome{State: store.Succeeded}) // unchanged: it wrote nothing
	later := s.wrote(dir, tick.Add(3*time.Hour), holding("3/mall {x}.csv", output, "id\n2\n"))

	text := page(t, s.ask("GET", "/runs/"+run+"/changes", browser), http.StatusOK)
	has(t, text, "1/mall {x}.csv", "<dt>Added</dt><dd>1</dd>", "Other files of this run:", `changes?file=2">2/tower {x}.csv`)
	text = page(t, s.ask("GET", "/runs/"+run+"/changes?file=2", browser), http.StatusOK)
	has(t, text, "1/tower {x}.csv", "<dt>Added</dt><dd>2</dd>", `changes?file=1">2/mall {x}.csv`)
	has(t, page(t, s.ask("GET", "/runs/"+run+"/changes?file=3", browser), http.StatusOK), "all that it holds is new")
	has(t, page(t, s.ask("GET", "/runs/"+run+"/changes?file=x", browser), http.StatusOK), "1/mall {x}.csv")
	has(t, page(t, s.ask("GET", "/runs/"+later+"/changes", browser), http.StatusOK), `href="/runs/`+run+`"`, "<dt>Removed</dt><dd>1</dd>")
}

// Where a file's name doesn't say its format, the job does.
func TestFormatOfTheJob(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, func(o *web.Options) { o.OutputDir = dir })
	file, problems := jobs.Load("jobs.yaml", []byte(`
server: https://app.speckle.systems
jobs:
  nightly:
    schedule: "@daily"
    token_env: SPECKLE_TOKEN
    query: "query V { serverInfo { version } }"
    outputs:
      - { file: "e/{date}.csv" }
      - { file: "{tick}.txt", format: csv }
      - { file: "{tick}.gz", format: ndjson.gz }
`), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s.sched.Apply(file)
	s.wrote(dir, tick, holding("1.txt", "{tick}.txt", "id,x\n1,2\n"), holding("1.gz", "{tick}.gz", packed(t, `{"id":1,"y":4}`)))
	run := s.wrote(dir, tick.Add(time.Hour), holding("2.txt", "{tick}.txt", "id,x\n1,3\n"), holding("2.gz", "{tick}.gz", packed(t, `{"id":1,"y":5}`)))
	has(t, page(t, s.ask("GET", "/runs/"+run+"/files/1", browser), http.StatusOK), `<th scope="col">x</th>`, "<td>3</td>")
	has(t, page(t, s.ask("GET", "/runs/"+run+"/files/2", browser), http.StatusOK), `<th scope="col">y</th>`, "<td>5</td>")
	has(t, page(t, s.ask("GET", "/runs/"+run+"/changes?file=1", browser), http.StatusOK), `<td class="was">2</td><td class="is">3</td>`)
	has(t, page(t, s.ask("GET", "/runs/"+run+"/changes?file=2", browser), http.StatusOK), `<td class="was">4</td><td class="is">5</td>`)
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var data bytes.Buffer
	z := gzip.NewWriter(&data)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return data.String()
}
