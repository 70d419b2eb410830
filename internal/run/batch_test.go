package run_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// together is eachOf as it is where nothing is said of batches.
var together = strings.Replace(eachOf, "      batch: 1\n", "", 1)

// requests counts those of an operation: how many came, and how many entries of
// batches there were.
func (b *rig) requests(operation string) (all, batched int) {
	for _, seen := range b.server.Requests() {
		if seen.Operation == operation {
			if all++; seen.Batch > 0 {
				batched++
			}
		}
	}
	return all, batched
}

func TestItemsAreAskedForInBatches(t *testing.T) {
	for name, c := range map[string]struct {
		keys     string
		requests int
		batched  int
	}{
		"all at once": {keys: together, requests: 2, batched: 8},
		"by three":    {keys: strings.Replace(eachOf, "batch: 1", "batch: 3", 1), requests: 4, batched: 8},
		"some lanes": {keys: strings.NewReplacer("batch: 1", "batch: 2", "concurrency: 1", "concurrency: 3").Replace(eachOf), requests: 5,
			batched: 8},
		"one by one": {keys: eachOf, requests: 9},
		"only one":   {keys: strings.Replace(together, "range(1; 9)", "range(1; 2)", 1), requests: 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			result := b.attempt(b.job(c.keys), 1)
			want := eight
			if name == "only one" {
				want = strings.SplitAfter(eight, "\n")[0]
			}
			if got := b.read("one.ndjson"); result.State != run.Succeeded || got != want {
				t.Fatalf("%s %s: %s", result.State, result.Error, got)
			}
			if _, batched := b.requests("One"); b.server.Count() != c.requests || batched != c.batched {
				t.Errorf("%d requests, %d entries of batches", b.server.Count(), batched)
			}
		})
	}
}

// TestOnlyWhatFailedIsTriedAgain: by the request's own tries, and by the run's
// next attempt. Both ask singly for one.
func TestOnlyWhatFailedIsTriedAgain(t *testing.T) {
	inBubble(t, func(b *rig) {
		b.server.SetFaults(fake.Fault{Kind: fake.InternalError, Operation: "One", After: 4, Times: 2})
		result := b.attempt(b.job(together), 1)
		if all, batched := b.requests("One"); result.State != run.Succeeded || b.read("one.ndjson") != eight || all != 10 || batched != 8 {
			t.Errorf("%s %s: asked %d, %d in batches", result.State, result.Error, all, batched)
		}
	})
	inBubble(t, func(b *rig) {
		b.breaksAt(6)
		first := b.attempt(b.job(together), 1)
		if asked := b.asked("One", "n"); first.State != run.Failed || first.Final || asked != "1 2 3 4 5 6 7 8" {
			t.Fatalf("%s %s, asked %s", first.State, first.Error, asked)
		}
		second := b.attempt(b.job(together), 2)
		if all, batched := b.requests("One"); second.State != run.Succeeded || b.read("one.ndjson") != eight || all != 1 || batched != 0 ||
			b.asked("One", "n") != "6" {
			t.Errorf("%s %s: asked %d, %d in batches: %s", second.State, second.Error, all, batched, b.asked("One", "n"))
		}
	})
}

// TestAFaultOfABatchIsNoFaultOfTheRun: whatever stands in its way, all items come.
func TestAFaultOfABatchIsNoFaultOfTheRun(t *testing.T) {
	for _, kind := range []fake.Kind{
		fake.HTMLStatus, fake.AuthContext, fake.RateLimited, fake.RateLimitedInside, fake.Reset, fake.CutBody, fake.ShortBody, fake.Stall,
		fake.EmptyBody,
		fake.TrailingGarbage, fake.InternalError, fake.HTMLPage,
	} {
		t.Run(string(kind), func(t *testing.T) {
			inBubble(t, func(b *rig) {
				b.server.SetFaults(fake.Fault{Kind: kind, Operation: "One", Times: 8})
				result := b.attempt(b.job(together), 1)
				if result.State != run.Succeeded || b.read("one.ndjson") != eight {
					t.Errorf("%s %s", result.State, result.Error)
				}
			})
		})
	}
}

func TestAServerWithoutBatchesIsAskedOneByOne(t *testing.T) {
	inBubble(t, func(b *rig) {
		b.server.TakeBatches(false)
		result := b.attempt(b.job(strings.Replace(eachOf, "batch: 1", "batch: 4", 1)), 1)
		if result.State != run.Succeeded || b.read("one.ndjson") != eight || b.server.Count() != 1+1+8 {
			t.Errorf("%s %s, %d requests", result.State, result.Error, b.server.Count())
		}
		if n := strings.Count(b.log.String(), "the server takes no batches"); n != 1 {
			t.Errorf("the log says so %d times", n)
		}
	})
}

// miscounts is a server that drops an entry of each batch, or has one twice.
type miscounts struct {
	twice bool

	mu    sync.Mutex
	asked int
}

func (m *miscounts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	w.Header().Set("Content-Type", "application/json")
	text, _ := io.ReadAll(r.Body)
	type operation struct{ Variables map[string]any }
	var all []operation
	if json.Unmarshal(text, &all) != nil {
		var one operation
		_ = json.Unmarshal(text, &one)
		fmt.Fprint(w, m.told(one.Variables["n"]))
		return
	}
	var told []string
	for i, one := range all {
		switch {
		case i == 1 && m.twice:
			told = append(told, m.told(one.Variables["n"]), m.told(one.Variables["n"]))
		case i != 1:
			told = append(told, m.told(one.Variables["n"]))
		}
	}
	fmt.Fprintf(w, "[%s]", strings.Join(told, ","))
}

func (*miscounts) told(n any) string { return fmt.Sprintf(`{"data":{"project":{"id":"%v"}}}`, n) }

// TestAnAnswerOfAnotherLengthIsNobodys: it doesn't say which entry is whose, so
// every item is asked for by itself.
func TestAnAnswerOfAnotherLengthIsNobodys(t *testing.T) {
	for _, twice := range []bool{false, true} {
		b, m := newRig(t), &miscounts{twice: twice}
		server := httptest.NewServer(m)
		defer server.Close()
		result := b.attempt(b.job(`    server: `+server.URL+`
    for_each: { query: "query Items { project(id: \"x\") { id } }", select: 'range(1; 7) | {n: .}' }
    query: "query One($n: ID!) { project(id: $n) { id } }"
    select: '{n: $each.n, id: .project.id}'
    outputs: [{ file: one.ndjson }]
`), 1)
		want := ""
		for n := range 6 {
			want += fmt.Sprintf("{\"n\":%d,\"id\":\"%d\"}\n", n+1, n+1)
		}
		if result.State != run.Succeeded || result.Records != 6 || b.read("one.ndjson") != want {
			t.Errorf("twice %t: %s %s: %s", twice, result.State, result.Error, b.read("one.ndjson"))
		}
	}
}

// TestMutationsAreNeverBatched, whatever they are called and the job says.
func TestMutationsAreNeverBatched(t *testing.T) {
	b, d := newRig(t), &doer{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if text[0] == '[' {
			t.Errorf("a batch was sent: %s", text)
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		d.ServeHTTP(w, r)
	}))
	defer server.Close()
	result := b.attempt(b.job("    server: "+server.URL+`
    mutation: true
    for_each: { query: "query Items { serverInfo { version } }", select: '{name: ("a", "b", "c")}', concurrency: 1, batch: 20 }
    query: "mutation query($name: String!) { projectMutations { create(input: {name: $name}) { id } } }"
    select: .projectMutations.create
    outputs: [{ file: one.ndjson }]
`), 1)
	if sent := strings.Join(d.sent, " "); result.State != run.Succeeded || sent != "a b c" {
		t.Errorf("%s %s, sent %s", result.State, result.Error, sent)
	}
}
