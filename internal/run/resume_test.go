package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// eachOf asks the server once for each of some numbers.
const eachOf = `    for_each:
      query: "query Items { activeUser { id } }"
      select: 'range(1; 9) | {id: "$TOWER", n: .}'
      concurrency: 1
      batch: 1
    query: "query One($id: String!, $n: Int!) { project(id: $id) { id models(limit: $n) { items { id } } } }"
    select: "{n: $each.n, models: (.project.models.items | length)}"
    outputs: [{ file: one.ndjson }]
`

// eight is what eachOf exports.
const eight = `{"n":1,"models":1}
{"n":2,"models":2}
{"n":3,"models":3}
{"n":4,"models":4}
{"n":5,"models":5}
{"n":6,"models":6}
{"n":7,"models":7}
{"n":8,"models":8}
`

// breaksAt lets an item fail, of those that are asked for.
func (b *rig) breaksAt(number int) {
	b.server.SetFaults(fake.Fault{Kind: fake.DataNull, Operation: "One", After: number - 1, Times: 1})
}

func TestNextAttemptGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		between func(b *rig) // the attempts
		keys    string       // of the second; "": the same
		change  func(*run.Request)
		asked   string
	}{
		"the same":            {asked: "6 7 8"},
		"another process":     {between: (*rig).reopen, asked: "6 7 8"},
		"after a clean start": {between: (*rig).recover, asked: "6 7 8"},
		"the job has changed": {keys: strings.Replace(eachOf, "{n: $each.n,", "{n: ($each.n),", 1), asked: "1 2 3 4 5 6 7 8"},
		"the mark has changed": {change: func(r *run.Request) { r.Last.Success = tick.Add(-time.Hour) },
			asked: "1 2 3 4 5 6 7 8"},
		"another run": {change: func(r *run.Request) { r.Run = "one@20260303T023000Z" }, asked: "1 2 3 4 5 6 7 8"},
		"other items": {keys: strings.Replace(eachOf, "range(1; 9)", "(8, 7, 6, 5, 4, 3, 2, 1)", 1), asked: "1 2 3 4 5 6 7 8"},
		"half a frame at the end": {between: func(b *rig) { b.spoil(func(text []byte) []byte { return text[:len(text)-10] }) },
			asked: "5 6 7 8"},
		"damage in the middle": {between: func(b *rig) {
			b.spoil(func(text []byte) []byte { return bytes.Replace(text, []byte(`"n":3`), []byte(`"n":4`), 1) })
		},
			asked: "3 4 5 6 7 8"},
		"nonsense": {between: func(b *rig) { b.spoil(func([]byte) []byte { return []byte("{}\n\n\x00") }) }, asked: "1 2 3 4 5 6 7 8"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			b.breaksAt(6)
			first := b.attempt(b.job(eachOf), 1)
			if asked := b.asked("One", "n"); first.State != run.Failed || first.Final || asked != "1 2 3 4 5 6" || len(b.kept()) != 1 {
				t.Fatalf("%+v, asked %s, kept %v", first, asked, b.kept())
			}
			if c.between != nil {
				c.between(b)
			}
			keys := eachOf
			if c.keys != "" {
				keys = c.keys
			}
			var items []string
			second := b.attempt(b.job(keys), 2, func(r *run.Request) {
				if c.change != nil {
					c.change(r)
				}
				r.Progress = func(p run.Progress) {
					if p.Stage == run.Reading && p.AllItems > 0 {
						items = append(items, fmt.Sprintf("%d/%d", p.Items, p.AllItems))
					}
				}
			})
			if asked := b.asked("One", "n"); second.State != run.Succeeded || asked != c.asked {
				t.Fatalf("%s %s, asked %s", second.State, second.Error, asked)
			}
			if got := b.read("one.ndjson"); name != "other items" && got != eight || second.Records != 8 {
				t.Errorf("%s", got)
			}
			if told := strings.Join(items, " "); told != "1/8 2/8 3/8 4/8 5/8 6/8 7/8 8/8" {
				t.Errorf("progress: %s", told)
			}
			if kept := b.kept(); len(kept) > 0 && name != "another run" {
				t.Errorf("left lying about: %v", kept)
			}
		})
	}
}

// recover does what a process does at its start.
func (b *rig) recover() {
	b.t.Helper()
	b.reopen()
	found, err := b.out.Recover(context.Background())
	if err != nil || len(found.Problems) > 0 {
		b.t.Fatal(found, err)
	}
}

// spoil changes what an attempt has kept.
func (b *rig) spoil(change func([]byte) []byte) {
	b.t.Helper()
	for _, name := range b.keptFiles() {
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(name, change(text), 0o600)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// TestThirdAttemptHasBoth joins what two attempts have left, some at a time.
func TestThirdAttemptHasBoth(t *testing.T) {
	b := newRig(t)
	job := b.job(strings.Replace(eachOf, "concurrency: 1", "concurrency: 3", 1))
	asked := []string{}
	// All items after the second of an attempt fail: a late request of the one
	// before may take the place of one, and doesn't change how it ends.
	for attempt, at := range []int{3, 3, 0} {
		if b.server.SetFaults(); at > 0 {
			b.server.SetFaults(fake.Fault{Kind: fake.DataNull, Operation: "One", After: at - 1})
		}
		result := b.attempt(job, attempt+1)
		if (result.State == run.Succeeded) != (at == 0) {
			t.Fatalf("attempt %d: %s %s", attempt+1, result.State, result.Error)
		}
		asked = append(asked, strings.Fields(b.asked("One", "n"))...)
	}
	// At most the items in flight are asked again, after each failure.
	if got := b.read("one.ndjson"); got != eight || len(asked) > 8+2*3 {
		t.Errorf("asked %v\n%s", asked, got)
	}
}

func TestNothingIsKeptOfARunThatIsOver(t *testing.T) {
	for name, c := range map[string]struct {
		keys   string
		change func(*run.Request)
		state  run.State
		kept   int
	}{
		"the last try":    {eachOf, func(r *run.Request) { r.LastTry = true }, run.Failed, 0},
		"a final failure": {strings.Replace(eachOf, `"query One(`, `"query One($gone: String, `, 1), nil, run.Failed, 0},
		"a dry run":       {eachOf, func(r *run.Request) { r.DryRun = true }, run.Failed, 0},
		"to go on":        {eachOf, nil, run.Failed, 1},
	} {
		b := newRig(t)
		b.breaksAt(3)
		keys := c.keys
		if name == "a final failure" {
			b.server.SetFaults(fake.Fault{Kind: fake.ErrorCode, Code: "STREAM_NOT_FOUND", Status: 404, Operation: "One", After: 2})
			keys = eachOf
		}
		change := func(*run.Request) {}
		if c.change != nil {
			change = c.change
		}
		if result := b.attempt(b.job(keys), 1, change); result.State != c.state || len(b.kept()) != c.kept {
			t.Errorf("%s: %s %s, kept %v", name, result.State, result.Error, b.kept())
		}
	}
}

// doer is a server on which mutations are counted.
type doer struct {
	mu    sync.Mutex
	sent  []string
	fails map[string]string // name → "502", or an error's code
}

func (d *doer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Query     string
		Variables map[string]string
	}
	_ = json.NewDecoder(r.Body).Decode(&asked)
	w.Header().Set("Content-Type", "application/json")
	if !strings.HasPrefix(asked.Query, "mutation") {
		fmt.Fprint(w, `{"data":{"serverInfo":{"version":"2"}}}`)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	name := asked.Variables["name"]
	d.sent = append(d.sent, name)
	switch fault := d.fails[name]; fault {
	case "":
		fmt.Fprintf(w, `{"data":{"projectMutations":{"create":{"id":%q}}}}`, name)
	case "502":
		w.WriteHeader(http.StatusBadGateway)
	default:
		fmt.Fprintf(w, `{"errors":[{"message":"no","path":["projectMutations"],"extensions":{"code":%q,"statusCode":403}}],"data":null}`, fault)
	}
}

// TestAMutationIsNotDoneTwice: whatever becomes of an attempt, the next one
// leaves the items alone that were done, and those of which nobody knows.
func TestAMutationIsNotDoneTwice(t *testing.T) {
	for name, c := range map[string]struct {
		fails   map[string]string
		between func(b *rig, d *doer)
		first   string // sent
		second  string
		says    string // of the second attempt, "": it succeeds
	}{
		"turned away": {fails: map[string]string{"b": "FORBIDDEN"}, first: "a b", second: "b c"},
		"not known": {fails: map[string]string{"b": "502"}, first: "a b",
			says: `item 2 {"name":"b"}: an earlier attempt sent this and doesn't know whether it was carried out`},
		"on other disk": {fails: map[string]string{"b": "FORBIDDEN"}, between: func(b *rig, _ *doer) { b.dir = b.t.TempDir(); b.reopen() },
			first: "a b", says: "isn't known on this machine"},
		"all was done": {first: "a b c", second: ""},
		"another process": {fails: map[string]string{"c": "FORBIDDEN"}, between: func(b *rig, _ *doer) { b.recover() },
			first: "a b c", second: "c"},
	} {
		t.Run(name, func(t *testing.T) {
			b, d := newRig(t), &doer{fails: c.fails}
			server := httptest.NewServer(d)
			defer server.Close()
			job := b.job("    server: " + server.URL + `
    mutation: true
    for_each: { query: "query Items { serverInfo { version } }", select: '{name: ("a", "b", "c")}', concurrency: 1 }
    query: "mutation One($name: String!) { projectMutations { create(input: {name: $name}) { id } } }"
    select: .projectMutations.create
    outputs: [{ file: one.ndjson }]
`)
			b.attempt(job, 1)
			if sent := strings.Join(d.sent, " "); sent != c.first {
				t.Fatalf("sent %s", sent)
			}
			d.sent, d.fails = nil, nil
			if c.between != nil {
				c.between(b, d)
			}
			result := b.attempt(job, 2)
			if sent := strings.Join(d.sent, " "); sent != c.second {
				t.Errorf("sent %s, want %s", sent, c.second)
			}
			if c.says != "" {
				if result.State != run.Failed || !result.Final || !strings.Contains(result.Error, c.says) {
					t.Errorf("%s %t %s", result.State, result.Final, result.Error)
				}
				return
			}
			if got := b.read("one.ndjson"); result.State != run.Succeeded || got != "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n" {
				t.Errorf("%s %s: %s", result.State, result.Error, got)
			}
		})
	}
}

// TestShortItemsAreAskedAgain: an item whose list is short, which the job allows, isn't kept: the
// next attempt may get all of it, and would else not know that records are missing.
func TestShortItemsAreAskedAgain(t *testing.T) {
	for _, complete := range []string{"warn", "off"} {
		t.Run(complete, func(t *testing.T) {
			b := newRig(t)
			if err := os.Mkdir(filepath.Join(b.dir, "all.ndjson"), 0o750); err != nil {
				t.Fatal(err)
			}
			b.server.SetFaults(fake.Fault{Kind: fake.WrongTotal, Rows: 200, Operation: "One", Times: 1000})
			job := b.job("    complete: " + complete + `
    for_each: { query: "query Items { activeUser { id } }", select: '{id: "$TOWER", n: (1, 2)}', concurrency: 1 }
    query: "query One($id: String!, $n: Int!, $limit: Int!, $cursor: String) { project(id: $id) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } ...p } } fragment p on Project { some: models(limit: $n) { totalCount } }"
    outputs: [{ file: all.ndjson }]
`)
			if first := b.attempt(job, 1); first.State != run.Failed || first.Final {
				t.Fatalf("%s %s", first.State, first.Error)
			}
			if err := os.Remove(filepath.Join(b.dir, "all.ndjson")); err != nil {
				t.Fatal(err)
			}
			b.server.SetFaults()
			second := b.attempt(job, 2)
			if asked := b.asked("One", "n"); second.State != run.Succeeded || second.Records != 280 || asked != "1 2" || second.Warnings != nil {
				t.Errorf("%s %s %d, asked %s, %q", second.State, second.Error, second.Records, asked, second.Warnings)
			}
		})
	}
}
