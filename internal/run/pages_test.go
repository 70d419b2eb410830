package run_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// long is a list of many pages.
const long = `    query: |
      query Long($limit: Int!, $cursor: String) {
        project(id: "$YARD") { name models(limit: $limit, cursor: $cursor) { totalCount cursor items { id description updatedAt } } }
      }
    variables: { limit: 10 }
    outputs: [{ file: long.ndjson }]
`

// yard is a rig whose server has two hundred models in one project.
func yard(t *testing.T) *rig {
	t.Helper()
	return newRigWith(t, fake.Bulk{Models: 199, Versions: 300, Objects: 300})
}

func yards(keys string) string { return strings.ReplaceAll(keys, "$YARD", fake.BulkID) }

// dies lets the server answer so many requests, and break down.
func (b *rig) dies(after int) {
	b.server.SetFaults(fake.Fault{Kind: fake.DataNull, Operation: "Long", After: after, Times: 1})
}

// ids gives those of an export, in its order.
func (b *rig) ids(name string) []string {
	b.t.Helper()
	var ids []string
	for line := range strings.Lines(b.read(name)) {
		var record struct{ ID string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			b.t.Fatal(err)
		}
		ids = append(ids, record.ID)
	}
	return ids
}

// TestALongReadGoesOn breaks a list of twenty pages off at the nineteenth. Where
// it stood still, the next attempt asks for its front and for what is missing; the
// export is the same, byte for byte. Where it moved, it is what the server has.
func TestALongReadGoesOn(t *testing.T) {
	const resumed = 4 // the front, two pages, and the end
	at := func(b *rig, place int) string { return b.server.Models(fake.BulkID)[place] }
	for name, c := range map[string]struct {
		between func(b *rig)
		keys    func(string) string
		change  func(*run.Request)
		asked   int // of the second attempt; 0: not known
	}{
		"the list stood still": {asked: resumed},
		"another process":      {between: (*rig).reopen, asked: resumed},
		"after a clean start":  {between: (*rig).recover, asked: resumed},
		"by select": {keys: func(k string) string {
			return k + "    select: '{id, on: $data.project.name, n: .updatedAt[:10]}'\n"
		}, asked: resumed},
		"one was added":      {between: func(b *rig) { b.server.AddModel(fake.BulkID, "New") }, asked: resumed},
		"a page was added":   {between: func(b *rig) { times(12, func(int) { b.server.AddModel(fake.BulkID, "New") }) }, asked: resumed + 1},
		"one of a page read": {between: func(b *rig) { b.server.TouchModel(fake.BulkID, at(b, 57)) }, asked: resumed},
		"the newest again":   {between: func(b *rig) { b.server.TouchModel(fake.BulkID, at(b, 0)) }, asked: resumed},
		"fifteen of pages read": {between: func(b *rig) { times(15, func(int) { b.server.TouchModel(fake.BulkID, at(b, 57)) }) },
			asked: resumed + 1},
		"one not read yet":       {between: func(b *rig) { b.server.TouchModel(fake.BulkID, at(b, 188)) }, asked: 21},
		"one read was removed":   {between: func(b *rig) { b.server.RemoveModel(fake.BulkID, at(b, 57)) }, asked: 20},
		"the newest was removed": {between: func(b *rig) { b.server.RemoveModel(fake.BulkID, at(b, 0)) }, asked: 20},
		"one not read is gone":   {between: func(b *rig) { b.server.RemoveModel(fake.BulkID, at(b, 195)) }, asked: 20},
		"one came, another went": {between: func(b *rig) { b.server.RemoveModel(fake.BulkID, at(b, 57)); b.server.AddModel(fake.BulkID, "New") },
			asked: 21},
		"all but a few were gone": {between: func(b *rig) { times(195, func(int) { b.server.RemoveModel(fake.BulkID, at(b, 2)) }) }, asked: 1},
		"all of it moved": {between: func(b *rig) {
			for _, id := range b.server.Models(fake.BulkID) {
				b.server.TouchModel(fake.BulkID, id)
			}
		}, asked: 21},
		"another run":          {change: func(r *run.Request) { r.Run = "one@20260303T023000Z" }, asked: 21},
		"the job has changed":  {keys: func(k string) string { return k + "    shrink_limit: 1%\n" }},
		"the mark has changed": {change: func(r *run.Request) { r.Last.Success = tick.AddDate(0, 0, -1) }, asked: 21},
		"damage in the first": {between: func(b *rig) {
			b.spoil(func(text []byte) []byte { return bytes.Replace(text, []byte(`"id"`), []byte(`"ib"`), 1) })
		}, asked: 21},
		"damage in the fifteenth": {between: func(b *rig) { b.spoil(spoilPage(15)) }, asked: resumed + 4},
		"a torn end": {between: func(b *rig) { b.spoil(func(text []byte) []byte { return text[:len(text)-10] }) },
			asked: resumed + 1},
		"nonsense":       {between: func(b *rig) { b.spoil(func([]byte) []byte { return []byte("{}\n\n\x00") }) }, asked: 21},
		"nothing at all": {between: func(b *rig) { b.spoil(func([]byte) []byte { return nil }) }, asked: 21},
	} {
		t.Run(name, func(t *testing.T) {
			b := yard(t)
			first, keys := yards(long), yards(long)
			switch {
			case name == "the job has changed":
				keys = c.keys(keys)
			case c.keys != nil:
				keys = c.keys(keys)
				first = keys
			}
			b.dies(18)
			if failed := b.attempt(b.job(first), 1); failed.State != run.Failed || failed.Final || len(b.kept()) != 1 {
				t.Fatalf("%s %s, kept %v", failed.State, failed.Error, b.kept())
			}
			if c.between != nil {
				c.between(b)
			}
			resumedAt := 0
			second := b.attempt(b.job(keys), 2, func(r *run.Request) {
				if c.change != nil {
					c.change(r)
				}
				r.Progress = func(p run.Progress) { resumedAt = max(resumedAt, p.Resumed) }
			})
			asked := b.server.Count()
			if second.State != run.Succeeded || len(second.Warnings) > 0 {
				t.Fatalf("%s %s %v", second.State, second.Error, second.Warnings)
			}
			if c.asked > 0 && asked != c.asked {
				t.Errorf("asked %d times, want %d", asked, c.asked)
			}
			if got := b.ids("long.ndjson"); !slices.Equal(got, b.server.Models(fake.BulkID)) {
				t.Errorf("not what the server has, in its order: %v", got)
			}
			if (resumedAt > 0) != (asked < 10 && asked > 1) || (resumedAt > 0) != strings.Contains(b.log.String(),
				fmt.Sprintf("resumed at page %d", resumedAt)) {
				t.Errorf("resumed at %d: %s", resumedAt, b.log.String())
			}
			if kept := b.kept(); len(kept) > 0 && name != "another run" {
				t.Errorf("left lying about: %v", kept)
			}
			b.sameAsAtOnce(keys, second, c.between == nil)
		})
	}
}

func times(n int, do func(int)) {
	for i := range n {
		do(i)
	}
}

// spoilPage damages a record of a page.
func spoilPage(number int) func([]byte) []byte {
	return func(text []byte) []byte {
		pages := bytes.SplitAfter(text, []byte("\n#"))
		number := number
		if len(pages) == 1 { // the records alone, ten a page
			pages, number = bytes.SplitAfter(text, []byte("\n")), 10*(number-1)+1
		}
		pages[number-1] = bytes.Replace(pages[number-1], []byte(`"id"`), []byte(`"ib"`), 1)
		return bytes.Join(pages, nil)
	}
}

// sameAsAtOnce holds what a run made against one that nothing interrupts. Where the
// list has moved, its pages have other edges.
func (b *rig) sameAsAtOnce(keys string, result *run.Result, still bool) {
	b.t.Helper()
	sum := sha256.Sum256([]byte(b.read("long.ndjson")))
	whole := b.attempt(b.job(keys), 1, func(r *run.Request) { r.Run = "one@20260304T023000Z" })
	if sha256.Sum256([]byte(b.read("long.ndjson"))) != sum || still && whole.Pages != result.Pages || whole.Records != result.Records {
		b.t.Errorf("%d pages, %d records; at once it is %d and %d, or other bytes", result.Pages, result.Records, whole.Pages, whole.Records)
	}
}

// TestWhatAListLacksDecides: without the time in a record, a list that orders by
// it goes on only where its front is the same; without an id or a totalCount, and
// where the list is ordered otherwise, it begins anew.
func TestWhatAListLacksDecides(t *testing.T) {
	for name, c := range map[string]struct {
		was, is string
		between func(b *rig)
		asked   int
	}{
		"no time":            {"id description updatedAt", "id", nil, 4},
		"no time, and moved": {"id description updatedAt", "id", func(b *rig) { b.server.AddModel(fake.BulkID, "New") }, 21},
		"no time, and touched": {"id description updatedAt", "id",
			func(b *rig) { b.server.TouchModel(fake.BulkID, b.server.Models(fake.BulkID)[57]) }, 9},
		"no id":                     {"id description", "description", nil, 21},
		"no totalCount":             {"totalCount cursor", "cursor", nil, 0}, // how often it is asked is another matter
		"named otherwise":           {"items { id description", "items { name: id id: description", nil, 4},
		"versions, without a time":  {"models(limit", "versions(limit", nil, 0},
		"the number of its columns": {"id description", "id description createdAt", nil, 4},
	} {
		t.Run(name, func(t *testing.T) {
			b := yard(t)
			keys := strings.Replace(yards(long), c.was, c.is, 1)
			if strings.HasPrefix(name, "versions") {
				keys = strings.Replace(keys, "id description updatedAt", "id message", 1)
			}
			b.dies(18)
			b.attempt(b.job(keys), 1)
			if c.between != nil {
				c.between(b)
			}
			second := b.attempt(b.job(keys), 2)
			if asked := b.server.Count(); second.State != run.Succeeded || c.asked > 0 && asked != c.asked {
				t.Errorf("%s %s, asked %d times", second.State, second.Error, asked)
			}
			if name == "no totalCount" && strings.Contains(b.log.String(), "resumed at page") {
				t.Errorf("nothing can be counted, and it went on: %s", b.log.String())
			}
			b.sameAsAtOnce(keys, second, c.between == nil)
		})
	}
}

// TestOtherListsGoOn reads versions, whose times never change, up to a mark, and the
// parts of an object, which don't change at all and have no totalCount to speak of.
func TestOtherListsGoOn(t *testing.T) {
	for name, c := range map[string]struct {
		query, keys string
	}{
		"versions": {`model(id: "$MODEL") { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } }`, ""},
		"up to a mark": {`model(id: "$MODEL") { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { id createdAt } } }`,
			"    until: '.createdAt < \"2026-03-01T22:00\"'\n"},
		"an object's own":  {`object(id: "$ROOT") { children(limit: $limit, cursor: $cursor) { cursor objects { id data } } }`, ""},
		"in another order": {`object(id: "$ROOT") { children(limit: $limit, cursor: $cursor, orderBy: {field: "id"}) { totalCount cursor objects { id } } }`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := yard(t)
			query := strings.NewReplacer("$MODEL", fake.BulkModelID, "$ROOT", fake.BulkRootID).Replace(c.query)
			keys := yards("    query: 'query Long($limit: Int!, $cursor: String) { project(id: \"$YARD\") { "+query+" } }'\n") +
				c.keys + "    variables: { limit: 10 }\n    outputs: [{ file: long.ndjson }]\n"
			whole := b.attempt(b.job(keys), 1, func(r *run.Request) { r.Run = "one@20260304T023000Z" })
			requests := b.server.Count()
			if whole.State != run.Succeeded || requests < 20 {
				t.Fatalf("%s %s, asked %d times", whole.State, whole.Error, requests)
			}
			b.dies(requests - 3)
			b.attempt(b.job(keys), 1)
			second := b.attempt(b.job(keys), 2)
			want := 4
			if name == "in another order" {
				want = requests
			}
			if asked := b.server.Count(); second.State != run.Succeeded || asked != want {
				t.Errorf("%s %s, asked %d times, %d at once", second.State, second.Error, asked, requests)
			}
			b.sameAsAtOnce(keys, second, true)
		})
	}
}

// TestThirdAttemptGoesOnToo has each attempt get some pages farther.
func TestThirdAttemptGoesOnToo(t *testing.T) {
	b := yard(t)
	job := b.job(yards(long))
	asked := []int{}
	for attempt, after := range []int{6, 0, 5, 9, 100} {
		b.dies(after)
		result := b.attempt(job, attempt+1)
		if (result.State == run.Succeeded) != (after == 100) {
			t.Fatalf("attempt %d: %s %s", attempt+1, result.State, result.Error)
		}
		if kept := b.kept(); len(kept) > 1 {
			t.Errorf("attempt %d leaves %v", attempt+1, kept)
		}
		asked = append(asked, b.server.Count())
	}
	if !slices.Equal(asked, []int{7, 1, 6, 10, 4}) {
		t.Errorf("asked %v", asked)
	}
	if got := b.ids("long.ndjson"); !slices.Equal(got, b.server.Models(fake.BulkID)) {
		t.Errorf("%v", got)
	}
}

// TestItemsGoOnInTheirPages: an item of a for_each with many pages is gone on
// with where it broke off, too.
func TestItemsGoOnInTheirPages(t *testing.T) {
	b := yard(t)
	job := b.job(yards(`    for_each: { query: "{ activeUser { id } }", select: '{n: (1, 2, 3)}', concurrency: 1, batch: 1 }
` + strings.NewReplacer("$limit: Int!", "$n: Int!, $limit: Int!", "name models",
		"name versions(limit: $n) { items { id } } models").Replace(long) + "    select: '{id, n: $each.n}'\n"))
	b.dies(21 + 18)
	if first := b.attempt(job, 1); first.State != run.Failed || len(b.kept()) != 2 {
		t.Fatalf("%s %s, kept %v", first.State, first.Error, b.kept())
	}
	second := b.attempt(job, 2)
	if asked := len(strings.Fields(b.asked("Long", "limit"))); second.State != run.Succeeded || second.Records != 600 || asked != 4+21 {
		t.Errorf("%s %s, %d records, asked %d times", second.State, second.Error, second.Records, asked)
	}
	if kept := b.kept(); len(kept) > 0 {
		t.Errorf("left lying about: %v", kept)
	}
}

// TestNoPageIsKeptInVain: nothing of a short list, of a run that is over, or where
// the answers are in doubt.
func TestNoPageIsKeptInVain(t *testing.T) {
	for name, c := range map[string]struct {
		fault  fake.Fault
		change func(*run.Request)
		kept   int
	}{
		"one page":          {fake.Fault{Kind: fake.DataNull, Operation: "Long", After: 1}, nil, 0},
		"to go on":          {fake.Fault{Kind: fake.DataNull, Operation: "Long", After: 2}, nil, 1},
		"the last try":      {fake.Fault{Kind: fake.DataNull, Operation: "Long", After: 5}, func(r *run.Request) { r.LastTry = true }, 0},
		"a final failure":   {fake.Fault{Kind: fake.ErrorCode, Code: "STREAM_NOT_FOUND", Status: 404, After: 5}, nil, 0},
		"a dry run":         {fake.Fault{Kind: fake.DataNull, Operation: "Long", After: 5}, func(r *run.Request) { r.DryRun = true }, 0},
		"pages in a circle": {fake.Fault{Kind: fake.RepeatCursor, After: 5}, nil, 0},
		"a short list":      {fake.Fault{Kind: fake.WrongTotal, Rows: 201}, nil, 0},
		"it shrank":         {fake.Fault{Kind: fake.Slow}, func(r *run.Request) { r.Last.Records = 1000 }, 0},
	} {
		b := yard(t)
		keys := yards(long)
		if name == "it shrank" {
			keys += "    shrink_limit: 50%\n"
		}
		b.server.SetFaults(c.fault)
		change := func(*run.Request) {}
		if c.change != nil {
			change = c.change
		}
		if result := b.attempt(b.job(keys), 1, change); result.State != run.Failed || len(b.kept()) != c.kept {
			t.Errorf("%s: %s %s, kept %v", name, result.State, result.Error, b.kept())
		}
	}
}

// TestPagesThatCantBeKept: the run goes on without.
func TestPagesThatCantBeKept(t *testing.T) {
	b := yard(t)
	if err := os.MkdirAll(filepath.Join(b.dir, ".runner"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, ".runner", "parts"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	result := b.attempt(b.job(yards(long)), 1)
	if result.State != run.Succeeded || result.Records != 200 ||
		!strings.Contains(b.log.String(), "another attempt would have to begin at the beginning") {
		t.Errorf("%s %s: %s", result.State, result.Error, b.log.String())
	}
}

// TestAnotherToken sees other things, perhaps: what the first one saw isn't taken.
func TestAnotherToken(t *testing.T) {
	b := yard(t)
	b.dies(18)
	b.attempt(b.job(yards(long)), 1)
	other := fake.NewToken("another", fake.AllScopes...)
	b.server.AddTokens(other)
	t.Setenv("BENCH_TOKEN", other.Token)
	if second := b.attempt(b.job(yards(long)), 2); second.State != run.Succeeded || b.server.Count() != 21 {
		t.Errorf("%s %s, asked %d times", second.State, second.Error, b.server.Count())
	}
}
