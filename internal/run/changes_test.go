package run_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/message"
	"speckle-runner/internal/output"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// shelf is a server that gives the models it is told to, page by page.
type shelf struct {
	*httptest.Server
	mu    sync.Mutex
	pages [][]string
	total int
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *shelf) answer(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Variables struct{ Cursor string } }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page := 0
	_, _ = fmt.Sscanf(asked.Variables.Cursor, "after %d", &page) // no cursor: the first
	cursor, items := "null", ""
	if page < len(s.pages) {
		items = strings.Join(s.pages[page], ",")
	}
	if page+1 < len(s.pages) {
		cursor = fmt.Sprintf(`"after %d"`, page+1)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"data":{"project":{"models":{"totalCount":%d,"cursor":%s,"items":[%s]}}}}`, s.total, cursor, items)
}

func (s *shelf) put(pages ...[]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages, s.total = pages, 0
	seen := map[string]bool{}
	for _, page := range pages {
		for _, record := range page {
			if !seen[record] {
				seen[record], s.total = true, s.total+1
			}
		}
	}
}

// bench runs a job again and again, and remembers what a ledger would.
type bench struct {
	runner *run.Runner
	shelf  *shelf
	tick   time.Time
	last   run.Last
	kept   map[string]run.Snapshot
	asked  int // how often the ledger was asked for a snapshot
}

func newBench(t *testing.T) *bench {
	t.Setenv("TOKEN", "0123456789abcdef0123456789abcdef01234567ab")
	dir, err := output.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return &bench{
		runner: &run.Runner{Dir: dir, Limiters: speckle.NewLimiters(), Transport: speckle.NewTransport()},
		shelf:  newShelf(t), tick: time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC), kept: map[string]run.Snapshot{},
		last: run.Last{Marks: map[string]run.Mark{}},
	}
}

const fields = "id name n"

// job makes a job of an output's keys, and of those of the job.
func (b *bench) job(t *testing.T, selection, select_ string, outputs ...string) *jobs.Job {
	t.Helper()
	text := fmt.Sprintf(`server: %s
jobs:
  models:
    schedule: manual
    token_env: TOKEN
    retries: 0
    query: 'query($cursor: String, $search: String) { project(id: "p") { models(limit: 10, cursor: $cursor, filter: { search: $search }) { totalCount cursor items { %s } } } }'
    %s
    outputs: [%s]
`, b.shelf.URL, selection, select_, strings.Join(outputs, ", "))
	file, problems := jobs.Load("jobs.yaml", []byte(text), os.ReadFile)
	if file == nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	return file.Jobs[0]
}

// run is one run of a job, and the body of its only message.
func (b *bench) run(t *testing.T, job *jobs.Job) (*run.Result, string) {
	t.Helper()
	b.tick = b.tick.Add(24 * time.Hour)
	return b.again(t, job)
}

func (b *bench) again(t *testing.T, job *jobs.Job) (*run.Result, string) {
	t.Helper()
	result := b.runner.Execute(t.Context(), run.Request{
		Job: job, Run: "run", Tick: b.tick, Attempt: 1, Last: b.last, Log: zerolog.Nop(), Redactor: &secret.Redactor{},
		Snapshots: func(_ context.Context, ignoring string, outputs []string) (map[string]run.Snapshot, error) {
			b.asked++
			known := map[string]run.Snapshot{}
			if kept, is := b.kept[ignoring]; is {
				for _, output := range outputs {
					known[output] = kept
				}
			}
			return known, nil
		},
	})
	if result.State != run.Succeeded {
		t.Fatalf("%s: %s", result.State, result.Error)
	}
	for _, m := range result.Marks {
		m.Tick, m.Run, m.Files = b.tick, "run", result.Files
		b.last.Marks[m.Output] = m
	}
	for _, s := range result.Snapshots {
		b.kept[s.Ignoring] = s
	}
	body := ""
	if len(result.Owed) > 0 {
		body = message.Shown(result.Owed[len(result.Owed)-1])
	}
	return result, body
}

func model(id string, n int) string {
	return fmt.Sprintf(`{"id":%q,"name":"Model %s","n":%d}`, id, id, n)
}

const tellAll = `{ webhook: "http://127.0.0.1:9/", body: ".changes" }`

func TestABodyIsGivenChanges(t *testing.T) {
	b := newBench(t)
	job := b.job(t, fields, "", tellAll)
	b.shelf.put([]string{model("a", 1), model("b", 1)}, []string{model("c", 1)})
	if _, body := b.run(t, job); body != "null" {
		t.Errorf("the first run tells %s", body)
	}
	b.shelf.put([]string{model("d", 1), model("c", 2)}, []string{model("a", 1)})
	want := `{"added":[{"id":"d","name":"Model d"}],"changed":[{"fields":["n"],"id":"c","name":"Model c"}],"not_compared":[],` +
		`"removed":[{"id":"b","name":"Model b"}],"since":"2026-03-03T02:30:00Z"}`
	if _, body := b.run(t, job); body != want {
		t.Errorf("%s, want %s", body, want)
	}
	want = `{"added":[],"changed":[],"not_compared":[],"removed":[],"since":"2026-03-04T02:30:00Z"}`
	if _, body := b.run(t, job); body != want {
		t.Errorf("%s, want %s", body, want)
	}
	// Another query tells what it can, and what it can't.
	wider := b.job(t, "id name n author { name }", "", tellAll)
	b.shelf.put([]string{`{"id":"d","name":"Model d","n":7,"author":{"name":"Ada"}}`, `{"id":"c","name":"Model c","n":2,"author":null}`,
		`{"id":"a","name":"Model a","n":1,"author":null}`})
	result, body := b.run(t, wider)
	want = `{"added":[],"changed":[{"fields":["n"],"id":"d","name":"Model d"}],"not_compared":["author"],"removed":[],"since":"2026-03-05T02:30:00Z"}`
	if body != want || len(result.Warnings) != 1 ||
		result.Warnings[0] != "output 1: the job asks for other fields than at 2026-03-05T02:30:00Z: what changed is told without author" {
		t.Errorf("%s, want %s\n%q", body, want, result.Warnings)
	}
}

// TestChangesThatCannotBeTold: the run is as good as without, and a program
// that asked is told why it gets null.
func TestChangesThatCannotBeTold(t *testing.T) {
	b := newBench(t)
	asks, preset := b.job(t, fields, `select: '{name}'`, tellAll),
		b.job(t, fields, `select: '{name}'`, `{ webhook: "http://127.0.0.1:9/", preset: slack }`)
	b.shelf.put([]string{model("a", 1)})
	result, body := b.run(t, asks)
	if want := []string{"output 1: what changed can't be told: record 1 has no id"}; body != "null" || !slices.Equal(result.Warnings, want) {
		t.Errorf("%s, %q", body, result.Warnings)
	}
	if result, _ := b.run(t, preset); len(result.Warnings) != 0 || len(result.Snapshots) != 0 {
		t.Errorf("a preset for records without ids warns: %q", result.Warnings)
	}
	// What comes back from a database may be anything. The next run is whole.
	job := b.job(t, fields, "", tellAll)
	b.kept[""] = run.Snapshot{State: []byte("not what was kept"), Tick: b.tick}
	result, body = b.run(t, job)
	if body != "null" || len(result.Warnings) != 1 || !strings.HasPrefix(result.Warnings[0],
		"output 1: what changed can't be told: what the ledger kept is damaged: ") {
		t.Errorf("%s, %q", body, result.Warnings)
	}
	if result, body = b.run(t, job); body == "null" || len(result.Warnings) != 0 {
		t.Errorf("the run after: %s, %q", body, result.Warnings)
	}
}

// TestExportsThatAreNotWhole: what isn't in them may be there all the same, so
// nothing is told, and the next whole export is compared with the last one.
func TestExportsThatAreNotWhole(t *testing.T) {
	for name, c := range map[string]struct {
		keys, why string
		missing   int
	}{
		"until":                    {keys: "until: .n < 0", why: "the job reads only what is new"},
		"the mark in variables":    {keys: `variables: { search: "{last_success:2020-01-01T00:00:00Z}" }`, why: "the job reads only what is new"},
		"the mark in select":       {keys: `select: select(.at >= $last_success)`, why: "the job reads only what is new"},
		"a short one that is kept": {keys: "complete: warn", missing: 1, why: "the export has holes, as the other warnings say"},
		"a whole one":              {keys: "complete: warn"},
		"variables":                {keys: `variables: { search: "{date}" }`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.last.Success = b.tick
			job := b.job(t, fields, c.keys, tellAll, `{ webhook: "http://127.0.0.1:9/", preset: slack }`)
			b.shelf.put([]string{model("a", 1)})
			b.shelf.total += c.missing
			result, _ := b.run(t, job)
			told := len(result.Snapshots) == 1 && !slices.ContainsFunc(result.Warnings,
				func(w string) bool { return strings.Contains(w, "changed") })
			if told != (c.why == "") || c.why != "" && !slices.Contains(result.Warnings, "output 1: what changed can't be told: "+c.why) {
				t.Errorf("%d snapshots, %q", len(result.Snapshots), result.Warnings)
			}
		})
	}
}

// TestWhoAsksForChanges: nothing is compared or kept for outputs that don't
// tell, nor where nothing is sent.
func TestWhoAsksForChanges(t *testing.T) {
	b := newBench(t)
	hook := func(keys string) string { return `{ webhook: "http://127.0.0.1:9/", ` + keys + " }" }
	b.shelf.put([]string{model("a", 1)})
	for name, c := range map[string]struct {
		output string
		kept   int
	}{
		"file": {"{ file: a.json, only_if_changed: true }", 0}, "records": {hook("batch: 5"), 0}, "summary": {hook("send: summary"), 0},
		"a body without": {hook(`body: "{count}"`), 0}, "exchanges": {hook(`body: ".exchanges"`), 0},
		"a body": {hook(`body: "{changes}"`), 1}, "a preset": {hook("preset: teams"), 1},
		"a summary of changes": {hook("send: summary, only_if_changed: true"), 1},
	} {
		b.kept = map[string]run.Snapshot{}
		job := b.job(t, fields, "", c.output)
		if result, _ := b.run(t, job); len(result.Snapshots) != c.kept {
			t.Errorf("%s keeps %d snapshots, want %d", name, len(result.Snapshots), c.kept)
		}
	}
	// Two outputs that ignore different things, one of which has nothing to say.
	b.kept = map[string]run.Snapshot{}
	job := b.job(t, fields, "", hook("preset: slack"), hook(`send: summary, only_if_changed: true, ignore: [n]`))
	if result, body := b.run(t, job); len(result.Snapshots) != 2 || !strings.HasSuffix(body, `"changes":null}`) {
		t.Errorf("%d snapshots, %s", len(result.Snapshots), body)
	}
	b.shelf.put([]string{model("a", 2)})
	if result, body := b.run(t, job); len(result.Snapshots) != 1 || len(result.Owed) != 1 ||
		!strings.Contains(body, "1 model changed since 2026-03-1") || !strings.Contains(body, "changed: Model a (n)") {
		t.Errorf("%d snapshots, %s", len(result.Snapshots), body)
	}
	b.shelf.put([]string{model("a", 2), model("b", 1)})
	if _, body := b.run(t, job); !strings.HasSuffix(body, `"changes":{"since":"`+b.tick.Add(-48*time.Hour).Format(time.RFC3339)+
		`","added":1,"removed":0,"changed":0}}`) {
		t.Errorf("since it was sent last: %s", body)
	}
}

// TestOutputsOfOneAddressHaveMarksOfTheirOwn: what one of them was sent says
// nothing of the other.
func TestOutputsOfOneAddressHaveMarksOfTheirOwn(t *testing.T) {
	b := newBench(t)
	job := b.job(t, fields, "", `{ webhook: "http://127.0.0.1:9/", only_if_changed: true }`,
		`{ webhook: "http://127.0.0.1:9/", only_if_changed: true, ignore: [n] }`)
	b.shelf.put([]string{model("a", 1)})
	result, _ := b.run(t, job)
	if len(result.Marks) != 2 || len(result.Owed) != 2 || result.Owed[0].Output != result.Marks[0].Output ||
		result.Owed[1].Output != result.Marks[1].Output {
		t.Errorf("%+v of %+v", result.Marks, result.Owed)
	}
	if result, _ := b.run(t, job); !slices.Equal(result.Unchanged, []int{1, 2}) || len(result.Marks) != 0 {
		t.Errorf("the same: unchanged %v, %+v", result.Unchanged, result.Marks)
	}
	b.shelf.put([]string{model("a", 2)})
	if result, _ := b.run(t, job); !slices.Equal(result.Unchanged, []int{2}) || len(result.Marks) != 1 {
		t.Errorf("another number: unchanged %v, %+v", result.Unchanged, result.Marks)
	}
}

// TestPagesInAnyOrder: the same records in other pages, in another order and
// with some of them twice have the same content, and the same changes.
func TestPagesInAnyOrder(t *testing.T) {
	b := newBench(t)
	random := rand.New(rand.NewPCG(3, 4))
	job := b.job(t, fields, "", `{ file: out.json, only_if_changed: true, ignore: [n] }`,
		`{ webhook: "http://127.0.0.1:9/", body: ".changes | if . then del(.since) | map_values(sort_by(tojson)) else . end" }`)
	pages := func(records []string) (pages [][]string) {
		records = slices.Clone(records)
		random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		for rest := records; len(rest) > 0; {
			n := 1 + random.IntN(len(rest))
			page := slices.Clone(rest[:n])
			if before := len(records) - len(rest); before > 0 && random.IntN(2) == 0 {
				page = append(page, records[random.IntN(before)]) // as when a list shifts
			}
			pages, rest = append(pages, page), rest[n:]
		}
		return pages
	}
	var old []string
	for range 40 {
		var now []string
		for i := range 12 {
			if random.IntN(4) > 0 {
				now = append(now, model(fmt.Sprint(i), random.IntN(3)))
			}
		}
		b.kept = map[string]run.Snapshot{}
		b.shelf.put(pages(old)...)
		b.run(t, job)
		first := maps.Clone(b.kept)
		b.shelf.put(pages(now)...)
		one, told := b.run(t, job)
		b.kept = first
		b.shelf.put(pages(now)...)
		two, again := b.again(t, job)
		if told != again {
			t.Fatalf("from %v to %v tells\n%s\nand in another order\n%s", old, now, told, again)
		}
		if len(two.Unchanged) != 1 {
			t.Fatalf("the content is of %v, and in another order of %v", one.Marks, two.Marks)
		}
		old = now
	}
}
