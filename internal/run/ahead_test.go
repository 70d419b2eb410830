package run_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// eachModel asks for each of two hundred models, whose list has four full pages and an
// empty one.
const eachModel = `    for_each:
      query: 'query List($limit: Int!, $cursor: String) { project(id: "$YARD") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } } }'
      variables: { limit: 50 }
      select: "{modelId: .id}"
      concurrency: 4
      batch: 20
    query: 'query One($modelId: String!) { project(id: "$YARD") { model(id: $modelId) { id } } }'
    select: .project.model
    outputs:
      - { file: one.ndjson }
`

// road takes a second for each request, and counts those that are on it at once.
type road struct {
	mu          sync.Mutex
	under, most int

	mutations doer
	met       func(body string) // at its end; nil: nobody looks
}

func (r *road) before(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		r.pass(1)
		time.Sleep(time.Second)
		r.pass(-1)
		body, _ := io.ReadAll(asked.Body)
		asked.Body = io.NopCloser(bytes.NewReader(body))
		if met := r.looks(); met != nil {
			met(string(body))
		}
		if bytes.Contains(body, []byte("mutation One")) {
			r.mutations.ServeHTTP(w, asked)
			return
		}
		server.ServeHTTP(w, asked)
	})
}

func (r *road) pass(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.under += n
	r.most = max(r.most, r.under)
}

// look has somebody look at the requests that come to its end, nil: nobody. One that nobody
// waits for may be on the road yet.
func (r *road) look(met func(body string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.met = met
}

func (r *road) looks() func(body string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.met
}

// atOnce is how many were on it at once, at the most.
func (r *road) atOnce() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most
}

// onRoad gives a rig with two hundred models behind a road.
func onRoad(t *testing.T, do func(b *rig, r *road)) {
	t.Helper()
	inBubbleWith(t, fake.Bulk{Models: 199}, func(b *rig) {
		r := &road{}
		b.over = r.before
		defer time.Sleep(2 * time.Second) // until requests that nobody waited for have come to its end
		do(b, r)
	})
}

// ahead is how many items the server was asked for before the list's last page.
func (b *rig) ahead() (items int) {
	before := 0
	for _, seen := range b.server.Requests() {
		switch seen.Operation {
		case "One":
			items++
		case "List":
			before = items
		}
	}
	return before
}

// TestItemsAreAskedForWhileTheListGoesOn: those of its first pages, in full batches, and
// never with more requests at once than the job allows; what comes of it is the same.
func TestItemsAreAskedForWhileTheListGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		was, is  string // of the job
		ahead    int    // at least so many; 0: none
		most     int    // requests at once
		requests int
		records  int
	}{
		"some at once":  {ahead: 140, most: 4, requests: 5 + 10, records: 200},
		"two at once":   {was: "concurrency: 4", is: "concurrency: 2", ahead: 60, most: 2, requests: 5 + 10, records: 200},
		"one at a time": {was: "concurrency: 4", is: "concurrency: 1", most: 1, requests: 5 + 10, records: 200},
		"by themselves": {was: "batch: 20", is: "batch: 1", ahead: 9, most: 4, requests: 5 + 200, records: 200},
		"large pages":   {was: "limit: 50", is: "limit: 100", ahead: 60, most: 4, requests: 3 + 10, records: 200},
		"one page":      {was: "limit: 50", is: "limit: 500", most: 4, requests: 1 + 10, records: 200},
		"few of a page": {was: "{modelId: .id}", is: `select(.id | endswith(\"0\")) | {modelId: .id}`, most: 1, requests: 5 + 1},
	} {
		t.Run(name, func(t *testing.T) {
			onRoad(t, func(b *rig, r *road) {
				var wrong []string
				items := 0
				result := b.attempt(b.job(yards(strings.Replace(eachModel, c.was, c.is, 1))), 1, func(q *run.Request) {
					q.Progress = func(p run.Progress) {
						if p.Items > 0 || p.AllItems > 0 {
							if items++; p.Items != items || c.records > 0 && p.AllItems != c.records {
								wrong = append(wrong, fmt.Sprintf("%d of %d", p.Items, p.AllItems))
							}
						}
					}
				})
				if result.State != run.Succeeded || c.records > 0 && !slices.Equal(b.ids("one.ndjson"), b.server.Models(fake.BulkID)) {
					t.Fatalf("%s %s: %d records, or in another order", result.State, result.Error, result.Records)
				}
				ahead, requests, most := b.ahead(), b.server.Count(), r.atOnce()
				if ahead < c.ahead || ahead > 160 || c.ahead == 0 && ahead > 0 || most != c.most || requests != c.requests {
					t.Errorf("%d items before the last page, %d requests at once, %d in all", ahead, most, requests)
				}
				if len(wrong) > 0 || int64(items) != result.Records {
					t.Errorf("progress: %d items, wrong: %v", items, wrong)
				}
			})
		})
	}
}

// TestAMutationWaitsForItsList, and is never sent when that isn't whole.
func TestAMutationWaitsForItsList(t *testing.T) {
	keys := yards(strings.NewReplacer("{modelId: .id}", "{name: .id}", "batch: 20", "batch: 1", ".project.model", ".projectMutations.create",
		`query One($modelId: String!) { project(id: "$YARD") { model(id: $modelId) { id } } }`,
		"mutation One($name: String!) { projectMutations { create(input: {name: $name}) { id } } }").Replace(eachModel) + "    mutation: true\n")
	for name, c := range map[string]struct {
		fault  fake.Fault
		dry    bool
		state  run.State
		sent   int
		unsent int
	}{
		"of a whole list":  {state: run.Succeeded, sent: 200},
		"of one that ends": {fault: fake.Fault{Kind: fake.DataNull, Operation: "List", Page: 5}, state: run.Failed},
		"of a short one":   {fault: fake.Fault{Kind: fake.WrongTotal, Rows: 300, Operation: "List"}, state: run.Failed},
		"of a dry run":     {dry: true, state: run.Succeeded, unsent: 200},
	} {
		t.Run(name, func(t *testing.T) {
			onRoad(t, func(b *rig, r *road) {
				if c.fault.Kind != "" {
					b.server.SetFaults(c.fault)
				}
				r.look(func(body string) {
					r.mutations.mu.Lock()
					defer r.mutations.mu.Unlock()
					if sent := len(r.mutations.sent); strings.Contains(body, "query List") && sent > 0 {
						t.Errorf("%d were sent before the list had ended", sent)
					}
				})
				result := b.attempt(b.job(keys), 1, func(q *run.Request) { q.DryRun = c.dry })
				if result.State != c.state || len(r.mutations.sent) != c.sent || result.Mutations != c.unsent {
					t.Errorf("%s %s: sent %d, not sent %d", result.State, result.Error, len(r.mutations.sent), result.Mutations)
				}
			})
		})
	}
}

// TestAListThatFailsIsWhatTheRunFailsOf, whatever came of its items; these are kept.
func TestAListThatFailsIsWhatTheRunFailsOf(t *testing.T) {
	for name, c := range map[string]struct {
		fault fake.Fault
		was   string // of the job
		is    string
		says  string
		final bool // nothing is kept for another attempt
	}{
		"refused": {fault: fake.Fault{Kind: fake.DataNull, Operation: "List", Page: 4}, says: "for_each: "},
		"repeated cursor": {fault: fake.Fault{Kind: fake.RepeatCursor, Operation: "List", Page: 4},
			says: "for_each: project.models: the server gives the cursor"},
		"short": {fault: fake.Fault{Kind: fake.WrongTotal, Rows: 300, Operation: "List"}, says: "for_each: project.models: collected 200 of 300 models"},
		"until": {was: "      select:", is: "      until: 'if .id == \"$LATE\" then error(\"no\") else false end'\n      select:",
			says: "for_each: until, on record 200", final: true},
		"no object": {was: "{modelId: .id}", is: `if .id == \"$LATE\" then 7 else {modelId: .id} end`, says: "for_each, item 200 7: it has to be an object"},
	} {
		t.Run(name, func(t *testing.T) {
			onRoad(t, func(b *rig, _ *road) {
				models := b.server.Models(fake.BulkID)
				keys := yards(strings.ReplaceAll(strings.Replace(eachModel, c.was, c.is, 1), "$LATE", models[199]))
				if c.fault.Kind != "" {
					b.server.SetFaults(c.fault)
				}
				first := b.attempt(b.job(keys), 1)
				if first.State != run.Failed || !strings.HasPrefix(first.Error, c.says) || len(first.Files)+len(first.Warnings) > 0 {
					t.Fatalf("%s %s %v %q", first.State, first.Error, first.Files, first.Warnings)
				}
				asked := strings.Fields(b.asked("One", "modelId"))
				if len(asked) == 0 || len(asked) > 160 || len(b.underWay()) > 0 || (len(b.kept()) == 0) != c.final {
					t.Fatalf("%d items were asked for; left: %v, kept: %v", len(asked), b.underWay(), b.kept())
				}
				if c.fault.Kind == "" {
					return // it would be the same again
				}
				b.server.SetFaults()
				second := b.attempt(b.job(keys), 2)
				again := strings.Fields(b.asked("One", "modelId"))
				if second.State != run.Succeeded || !slices.Equal(b.ids("one.ndjson"), models) || len(again) >= 200 {
					t.Errorf("%s %s: %d records, asked for %d and %d items", second.State, second.Error, second.Records, len(asked), len(again))
				}
			})
		})
	}
}

// TestAnItemThatFailsEndsTheList, and is what the run fails of; one that is left out doesn't.
func TestAnItemThatFailsEndsTheList(t *testing.T) {
	for name, c := range map[string]struct {
		more  string
		fault fake.Fault // of the list
		state run.State
		says  string
	}{
		"fails": {state: run.Failed, says: "for_each, item 8 "},
		"fails before the list does": {fault: fake.Fault{Kind: fake.DataNull, Operation: "List", Page: 9}, state: run.Failed,
			says: "for_each, item 8 "},
		"is left out": {more: "      on_error: skip\n", state: run.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			onRoad(t, func(b *rig, _ *road) {
				b.server.SetFaults(c.fault, fake.Fault{Kind: fake.ErrorCode, Code: "FORBIDDEN", Status: 403, Operation: "One", After: 7, Times: 1})
				result := b.attempt(b.job(yards(strings.NewReplacer("limit: 50", "limit: 10", "batch: 20", "batch: 10", "concurrency: 4",
					"concurrency: 2", "    query: 'query One", c.more+"    query: 'query One").Replace(eachModel))), 1)
				pages := len(strings.Fields(b.asked("List", "limit")))
				if result.State != c.state || !strings.HasPrefix(result.Error, c.says) || (pages < 9) != (c.state == run.Failed) {
					t.Errorf("%s %s, %d pages of the list", result.State, result.Error, pages)
				}
			})
		})
	}
}

// TestAnAttemptThatIsCutOffInItsList leaves its items to the next one.
func TestAnAttemptThatIsCutOffInItsList(t *testing.T) {
	onRoad(t, func(b *rig, r *road) {
		ctx, cancel := context.WithCancelCause(b.t.Context())
		b.ctx = ctx
		pages, cutOff := 0, errors.New("cut off")
		r.look(func(body string) {
			if strings.Contains(body, "query List") {
				if pages++; pages == 4 {
					cancel(cutOff)
				}
			}
		})
		first := b.attempt(b.job(yards(eachModel)), 1)
		if asked := b.ahead(); first.State != run.Interrupted || first.Error != "cut off" || asked == 0 || len(b.underWay()) > 0 {
			t.Fatalf("%s %s: %d items", first.State, first.Error, asked)
		}
		time.Sleep(2 * time.Second)
		r.look(nil)
		b.ctx = nil
		b.reopen()
		second := b.attempt(b.job(yards(eachModel)), 2)
		if again := strings.Fields(b.asked("One", "modelId")); second.State != run.Succeeded || len(again) > 200-100 ||
			!slices.Equal(b.ids("one.ndjson"), b.server.Models(fake.BulkID)) {
			t.Errorf("%s %s: asked for %d", second.State, second.Error, len(again))
		}
	})
}

// TestItemsThatTheListFoundLater: rows that equal times had lost stand where the list has
// them, with the right number, and what came behind them once more.
func TestItemsThatTheListFoundLater(t *testing.T) {
	onRoad(t, func(b *rig, _ *road) {
		b.server.SetFaults(fake.Fault{Kind: fake.Ties, From: 48, Rows: 5, Operation: "List"})
		models := b.server.Models(fake.BulkID)
		const out = 60 // of the items
		keys := strings.NewReplacer("select: .project", `select: 'if $each.modelId == "`+models[out]+`" then error("no") else . end | .project`, "model\n    outputs",
			"model'\n    outputs", "batch: 20", "batch: 20\n      on_error: skip").Replace(eachModel)
		result := b.attempt(b.job(yards(keys+"      - { file: \"by/{each.modelId}.ndjson\" }\n")), 1)
		if w := result.Warnings; len(w) != 2 || !strings.HasPrefix(w[1], fmt.Sprintf("skipped item %d {%q:%q}", out+1, "modelId", models[out])) {
			t.Errorf("%q", w)
		}
		models = slices.Delete(models, out, out+1)
		if result.State != run.Succeeded || !slices.Equal(b.ids("one.ndjson"), models) {
			t.Fatalf("%s %s: %d records, or in another order", result.State, result.Error, result.Records)
		}
		for _, id := range models {
			if got := b.ids("by/" + id + ".ndjson"); !slices.Equal(got, []string{id}) {
				t.Errorf("the file of %s has %v", id, got)
			}
		}
		if asked := len(strings.Fields(b.asked("One", "modelId"))); asked <= 200 || b.ahead() == 0 {
			t.Errorf("asked for %d items: were any begun before?", asked)
		}
	})
}
