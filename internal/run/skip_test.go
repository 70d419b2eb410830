package run_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// items is a job over some items, each of which has a file of its own, too.
func (b *rig) items(selected string, more ...string) string {
	return `    for_each:
      query: "query Items { activeUser { id } }"
      select: '` + selected + `'
      concurrency: 2
      on_error: skip
    query: "query One($id: String!, $n: Int!) { project(id: $id) { id models(limit: $n) { totalCount } } }"
    select: "{n: $each.n, id: .project.id}"
    outputs: [{ file: all.ndjson }, { file: "one/{each.n}.json" }]
` + strings.Join(more, "")
}

func TestSkippedItemsAreNamed(t *testing.T) {
	b := newRig(t)
	if err := os.MkdirAll(filepath.Join(b.dir, "one"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "one", "2.json"), []byte("yesterday's"), 0o600); err != nil {
		t.Fatal(err)
	}
	result := b.attempt(b.job(b.items(`{id: "$TOWER", n: 1}, {id: "$HIDDEN", n: 2, name: "Annex"}, {id: "$TOWER", n: 3}, {n: 4}`)), 1)
	want := []string{
		"skipped 2 of 4 items",
		`skipped item 2 {"id":"` + fake.HiddenID + `","n":2,"name":"Annex"}: project: You do not have access to the project`,
		`skipped item 4 {"n":4}: the query needs $id, which neither variables nor the item has`,
	}
	for i, text := range want {
		if len(result.Warnings) != len(want) || !strings.HasPrefix(result.Warnings[i], text) {
			t.Fatalf("%s %q\n%s", result.State, result.Warnings, result.Error)
		}
	}
	all := fmt.Sprintf("{\"n\":1,\"id\":%q}\n{\"n\":3,\"id\":%q}\n", fake.TowerID, fake.TowerID)
	if got := b.read("all.ndjson"); result.State != run.Succeeded || result.Records != 2 || got != all {
		t.Errorf("%s: %s", result.State, got)
	}
	if b.read("one/2.json") != "yesterday's" || !strings.Contains(b.read("one/3.json"), fake.TowerID) {
		t.Error("the skipped item's file isn't as it was")
	}
	if _, err := os.Stat(filepath.Join(b.dir, "one", "4.json")); err == nil {
		t.Error("an item without records has a file")
	}
	if log := b.log.String(); !strings.Contains(log, "skipped 2 of 4 items") || strings.Count(log, "skipped item") != 2 || len(b.kept()) != 0 {
		t.Error(log, b.kept())
	}
}

// TestSameItemsAreTold: an item that asks for what one before it did doubles its
// records; one that gives none does no harm.
func TestSameItemsAreTold(t *testing.T) {
	b := newRig(t)
	job := strings.Replace(b.items(`({id: "$TOWER", n: 1}, {n: 1, id: "$TOWER"}), {id: "$TOWER", n: (2, 1, 0, 0)}`), "select: \"{n",
		"select: \"select($each.n > 0) | {n", 1)
	job = strings.Replace(job, `, { file: "one/{each.n}.json" }`, "", 1)
	result := b.attempt(b.job(job), 1)
	want := []string{"for_each: of 6 items, 2 are the same as one before them: their records are there again"}
	if result.State != run.Succeeded || result.Records != 4 || !slices.Equal(result.Warnings, want) {
		t.Errorf("%s %s: %d records, %q", result.State, result.Error, result.Records, result.Warnings)
	}
}

func TestManySkippedItemsAreCounted(t *testing.T) {
	b := newRig(t)
	result := b.attempt(b.job(b.items(`{id: "$TOWER", n: 1}, (range(2; 32) | {id: "$HIDDEN", n: .})`)), 1)
	if w := result.Warnings; result.State != run.Succeeded || len(w) != 22 || w[0] != "skipped 30 of 31 items" ||
		w[21] != "and skipped 10 more items: the run's log names them" {
		t.Errorf("%s %s %q", result.State, result.Error, w)
	}
	if got := strings.Count(b.log.String(), "skipped item"); got != 30 {
		t.Errorf("the log names %d", got)
	}
}

// TestWhatIsNeverSkipped holds failures that aren't an item's own.
func TestWhatIsNeverSkipped(t *testing.T) {
	const some = `{id: "$TOWER", n: 1}, {id: "$HIDDEN", n: 2}, {id: "$TOWER", n: 3}`
	for name, c := range map[string]struct {
		selected string
		more     string
		fault    fake.Fault
		before   func(b *rig)
		final    bool
		says     string
	}{
		"all": {selected: `{id: "$HIDDEN", n: 1}, {id: "$HIDDEN", n: 2}`, final: true,
			says: `for_each: all 2 items failed, the first: item 1 {"id":"` + fake.HiddenID + `","n":1}: project: You do not have access`},
		"the only one": {selected: `{id: "$HIDDEN", n: 1}`, final: true, says: "for_each, item 1 {"},
		"token refused": {selected: some, fault: fake.Fault{Kind: fake.TokenRefused, Operation: "One", After: 1}, final: true,
			says: "the server refuses the token"},
		"a scope is missing": {selected: some, fault: fake.Fault{Kind: fake.Text, Operation: "One", After: 1,
			To: `{"data":null,"errors":[{"message":"no","path":["project"],"extensions":{"code":"FORBIDDEN","scope":"users:email"}}]}`}, final: true,
			says: "the token lacks the scope users:email, which project needs"},
		"redirected": {selected: some, fault: fake.Fault{Kind: fake.Redirect, Operation: "One", To: "https://elsewhere.example.com/graphql"},
			final: true, says: "the server redirects"},
		"no time": {selected: some, more: "    timeout: 1s\n", fault: fake.Fault{Kind: fake.Hang, Operation: "One"},
			says: "the job's timeout of 1s is over"},
		"too few": {selected: some, more: "    shrink_limit: 50%\n", final: true, says: "2 records, but the last good run had 10"},
		"no place": {selected: some, before: func(b *rig) {
			if err := os.MkdirAll(filepath.Join(b.dir, "all.ndjson"), 0o750); err != nil {
				b.t.Fatal(err)
			}
		}, says: "all.ndjson"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			if c.before != nil {
				c.before(b)
			}
			if c.fault.Kind != "" {
				b.server.SetFaults(c.fault)
			}
			result := b.attempt(b.job(b.items(c.selected, c.more)), 1, func(r *run.Request) { r.Last.Records = 10 })
			if result.State != run.Failed || result.Final != c.final || !strings.Contains(result.Error, c.says) || len(result.Files) > 0 {
				t.Errorf("%s, final %t: %s", result.State, result.Final, result.Error)
			}
		})
	}
}

// TestAShortItemIsSkipped: an item that came back short is one that failed,
// and what is wrong with another is told with its number.
func TestAShortItemIsSkipped(t *testing.T) {
	b := newRig(t)
	b.server.SetFaults(fake.Fault{Kind: fake.WrongTotal, Rows: 200, Operation: "One", After: 1, Times: 100})
	result := b.attempt(b.job(`    for_each: { query: "query Items { activeUser { id } }", select: '{id: "$TOWER", n: (1, 2)}', concurrency: 1, on_error: skip }
    query: "query One($id: String!, $limit: Int!, $cursor: String) { project(id: $id) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } } }"
    outputs: [{ file: all.ndjson }]
`), 1)
	if w := result.Warnings; result.State != run.Succeeded || result.Records != 140 || len(w) != 2 ||
		!strings.Contains(w[1], "collected 140 of 200 models") {
		t.Errorf("%s %s %d %q", result.State, result.Error, result.Records, result.Warnings)
	}
}

// TestSkippedItemsAreAskedAgain: what failed isn't kept for a later attempt.
func TestSkippedItemsAreAskedAgain(t *testing.T) {
	b := newRig(t)
	if err := os.MkdirAll(filepath.Join(b.dir, "all.ndjson"), 0o750); err != nil {
		t.Fatal(err)
	}
	job := b.job(b.items(`{id: "$TOWER", n: 1}, {id: "$HIDDEN", n: 2}, {id: "$TOWER", n: 3}`))
	if result := b.attempt(job, 1); result.State != run.Failed || result.Final {
		t.Fatal(result.State, result.Error)
	}
	if err := os.Remove(filepath.Join(b.dir, "all.ndjson")); err != nil {
		t.Fatal(err)
	}
	result := b.attempt(job, 2)
	if asked := b.asked("One", "n"); result.State != run.Succeeded || asked != "2" ||
		!slices.Contains(result.Warnings, "skipped 1 of 3 items") {
		t.Errorf("%s %s, asked %s, %q", result.State, result.Error, asked, result.Warnings)
	}
}

// TestItemsWarnTogether: items that warn of the same are one warning, and many different ones
// leave room for the run's own.
func TestItemsWarnTogether(t *testing.T) {
	b := newRig(t)
	warns := func(n string) string {
		keys := strings.Replace(b.items(`range(30) | {id: "$TOWER", n: `+n+`}`), "{ totalCount }", "{ items { id } }", 1)
		keys = strings.Replace(keys, `, { file: "one/{each.n}.json" }`, "", 1)
		result := b.attempt(b.job(keys), 1)
		if result.State != run.Succeeded {
			t.Fatal(result.Error)
		}
		return strings.Join(result.Warnings, "\n") + "\n"
	}
	const same = ": project.models: exactly 2 came, as many as its limit asks for"
	for n, want := range map[string]string{
		"2": "items 1 to 30" + same, "(if . == 4 then 2 else 200 end)": "item 5" + same,
		"(if . % 5 == 4 then 200 else 2 end)": "items 1 to 4, 6 to 9, 11 to 14, 16 to 19, 21 to 24 and 26 to 29" + same,
		"(if . % 2 == 0 then 200 else 2 end)": "items 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and 5 more" + same,
	} {
		if got := warns(n); !strings.HasPrefix(got, want) || strings.Count(got, same) != 1 {
			t.Errorf("%s: it warns of\n%swant %s", n, got, want)
		}
	}
	got := warns("(. + 2)")
	if strings.Count(got, "as many as its limit") != 20 || !strings.Contains(got, "\nitems have 10 more warnings: the run's log has them\n") {
		t.Errorf("it warns of\n%s", got)
	}
	if log := b.log.String(); !strings.Contains(log, "item 30: project.models: exactly 31 came") {
		t.Errorf("the log lacks item 30:\n%s", log)
	}
}

// TestFilesWarnTogether: files of items that warn of the same are one warning. The manifest of
// each says what it warns of itself.
func TestFilesWarnTogether(t *testing.T) {
	b := newRig(t)
	keys := strings.Replace(b.items(`range(6) | {id: "$TOWER", n: .}`), `{ file: "one/{each.n}.json" }`,
		`{ file: "one/{each.n}.csv", columns: [id, area], manifest: true }, { file: "two/{each.n}.csv", columns: [n, area] }`, 1)
	newer := func(r *run.Request) { r.Tick, r.Run = r.Tick.AddDate(0, 0, 1), "newer" }
	if result := b.attempt(b.job(keys), 1, newer); result.State != run.Succeeded {
		t.Fatal(result.Error)
	}
	if manifest := b.read("one/4.csv.manifest.json"); !strings.Contains(manifest, "one/4.csv: no record has the column area") ||
		strings.Contains(manifest, "one/3.csv") {
		t.Error(manifest)
	}
	b.warned(b.attempt(b.job(keys), 1),
		"one/0.csv, one/1.csv, one/2.csv and 3 more files: no record has the column area",
		"two/0.csv, two/1.csv, two/2.csv and 3 more files: no record has the column area",
		"all.ndjson, one/0.csv, one/1.csv and 10 more files are left as they are: run newer, of a later tick, wrote them")
}
