package run_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

func dry(r *run.Request) { r.DryRun = true }

// TestADryRunSaysWhatWouldBePublished, and publishes none of it.
func TestADryRunSaysWhatWouldBePublished(t *testing.T) {
	b := newRig(t)
	b.put("one.csv", "yesterday's")
	result := b.attempt(b.job(tower+`    select: '{id, name, words: (.name | length)}'
    outputs:
      - { file: one.csv, columns: [id, {name: long, path: words, type: int}], latest: latest.csv }
      - { file: "{date}/all.ndjson" }
      - { webhook: "http://127.0.0.1:9/secret-path", batch: 100 }
      - { webhook_env: HOOK, send: summary }
      - { webhook: "http://127.0.0.1:9/", only_if_any: true, body: '{count}' }
`), 1, dry)
	want := []run.Planned{
		{Target: "one.csv", Latest: "latest.csv", Records: 140, Columns: []string{"id", "long"}},
		{Target: "2026-03-02/all.ndjson", Records: 140},
		{Target: "http://127.0.0.1:9", Messages: 2, Webhook: true},
		{Target: "HOOK", Messages: 1, Webhook: true},
		{Target: "http://127.0.0.1:9", Messages: 1, Webhook: true, Message: `{"count":140}`},
	}
	got := result.Plan
	for i := range got {
		if want[i].Webhook && want[i].Message == "" {
			if !json.Valid([]byte(got[i].Message)) && !strings.HasSuffix(got[i].Message, "…") {
				t.Errorf("%s is shown %q", got[i].Target, got[i].Message)
			}
			got[i].Message = ""
		}
	}
	if result.State != run.Succeeded || !reflect.DeepEqual(got, want) {
		t.Errorf("%s %s\n%+v\nwant\n%+v", result.State, result.Error, got, want)
	}
	if len(result.Sample) != 5 || !json.Valid([]byte(result.Sample[4])) || len(result.Owed) > 0 || len(result.Files) > 0 ||
		result.Marks != nil {
		t.Errorf("%q %v %v %v", result.Sample, result.Owed, result.Files, result.Marks)
	}
	files, err := os.ReadDir(b.dir)
	if err != nil || b.read("one.csv") != "yesterday's" || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
}

// TestADryRunFailsAsTheRunWould: whatever publishing would trip over.
func TestADryRunFailsAsTheRunWould(t *testing.T) {
	for name, keys := range map[string]string{
		"select":      tower + "    select: '.name | tonumber'\n" + toFile,
		"a column":    tower + "    outputs: [{ file: out.csv, columns: [{name: name, path: name, type: int}] }]\n",
		"a program":   tower + "    outputs: [{ webhook: \"http://127.0.0.1:9/\", body: error }]\n",
		"a small one": tower + "    shrink_limit: 100%\n" + toFile,
		"a bad table": tower + "    outputs: [{ file: out.parquet, columns: [{name: name, path: name, type: timestamp}] }]\n",
	} {
		b := newRig(t)
		many := func(r *run.Request) { r.Last.Records = fake.TowerModels + 1 }
		rehearsed, ran := b.attempt(b.job(keys), 1, many, dry), b.attempt(b.job(keys), 1, many)
		if rehearsed.State != run.Failed || rehearsed.Error != ran.Error || rehearsed.Final != ran.Final || rehearsed.Cause != ran.Cause {
			t.Errorf("%s: %s %q\nand the run %s %q", name, rehearsed.State, rehearsed.Error, ran.State, ran.Error)
		}
	}
}

// TestADryRunSendsNoMutation: of a for_each the query is sent, and of its
// mutations the first are shown.
func TestADryRunSendsNoMutation(t *testing.T) {
	b, d := newRig(t), &doer{}
	server := httptest.NewServer(d)
	defer server.Close()
	job := func(names int) string {
		return "    server: " + server.URL + fmt.Sprintf(`
    mutation: true
    for_each: { query: "query Items { serverInfo { version } }", select: '{name: "n\(range(%d))"}' }
    query: "mutation One($name: String!) { projectMutations { create(input: {name: $name}) { id } } }"
    shrink_limit: 50%%
    outputs: [{ file: one.ndjson }]
`, names)
	}
	for _, names := range []int{1, 8} {
		result := b.attempt(b.job(job(names)), 1, dry, func(r *run.Request) { r.Last.Records = 100 })
		if result.State != run.Succeeded || result.Mutations != names || len(result.Unsent) != min(names, 5) || len(d.sent) > 0 ||
			len(result.Plan) > 0 {
			t.Fatalf("%s %s: %d unsent, %q, sent %v, plan %v", result.State, result.Error, result.Mutations, result.Unsent, d.sent, result.Plan)
		}
		if !strings.HasPrefix(result.Unsent[0], `mutation One {"name": "n`) || len(result.Warnings) != 1 ||
			result.Warnings[0] != "a dry run sends no mutation: what it would give isn't known" {
			t.Errorf("%q %q", result.Unsent, result.Warnings)
		}
	}
	// Nothing of it is noted: the run sends them all.
	if result := b.attempt(b.job(job(8)), 1); result.State != run.Succeeded || len(d.sent) != 8 {
		t.Errorf("%s %s: sent %v", result.State, result.Error, d.sent)
	}
}

// TestADryRunComparesToo: what a run would leave out isn't in the plan.
func TestADryRunComparesToo(t *testing.T) {
	b := newRig(t)
	job := b.job(tower + "    outputs: [{ file: same.ndjson, only_if_changed: true }, { file: other.ndjson }]\n")
	first := b.attempt(job, 1)
	last := func(r *run.Request) { r.Last.Marks = b.marks(first) }
	result := b.attempt(job, 1, dry, last)
	if result.State != run.Succeeded || len(result.Plan) != 1 || result.Plan[0].Target != "other.ndjson" ||
		fmt.Sprint(result.Unchanged) != "[1]" {
		t.Errorf("%s %s: %+v, unchanged %v", result.State, result.Error, result.Plan, result.Unchanged)
	}
}

// marks gives what a ledger would give the next run of what a run left.
func (b *rig) marks(of *run.Result) map[string]run.Mark {
	b.t.Helper()
	if of.State != run.Succeeded {
		b.t.Fatal(of.State, of.Error)
	}
	marks := map[string]run.Mark{}
	for _, m := range of.Marks {
		m.Tick, m.Run, m.Files = tick, "one@20260302T023000Z", of.Files
		marks[m.Output] = m
	}
	return marks
}

// TestProgressIsTold in the order of what is done, from one goroutine.
func TestProgressIsTold(t *testing.T) {
	for name, c := range map[string]struct{ keys, want string }{
		"pages": {tower + toFile, "reading 50/140, reading 100/140, reading 140/140, writing 140/140"},
		"items": {strings.Replace(eachOf, "range(1; 9)", "(1, 2, 3)", 1),
			"reading 1/-1, reading 1/-1 of item 1/3, reading 2/-1 of item 2/3, reading 3/-1 of item 3/3, writing 3/3"},
	} {
		b := newRig(t)
		var told []string
		result := b.attempt(b.job(c.keys), 1, func(r *run.Request) {
			r.Progress = func(p run.Progress) {
				text := fmt.Sprintf("%s %d/%d", p.Stage, p.Records, p.Total)
				if p.AllItems > 0 {
					text += fmt.Sprintf(" of item %d/%d", p.Items, p.AllItems)
				}
				told = append(told, text)
			}
		})
		if got := strings.Join(told, ", "); result.State != run.Succeeded || got != c.want {
			t.Errorf("%s: %s %s\n%s\nwant\n%s", name, result.State, result.Error, got, c.want)
		}
	}
}

// TestATokenIsInNoTextOfTheRun, also where the server says it back.
func TestATokenIsInNoTextOfTheRun(t *testing.T) {
	var seen string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"errors":[{"message":"you sent %s to me"}],"data":null}`, seen)
	}))
	defer server.Close()
	b := newRig(t)
	result := b.attempt(b.job("    server: "+server.URL+"\n"+tower+toFile), 1, func(r *run.Request) {
		r.Tables = func(context.Context, []string) (map[string]run.Table, error) { return nil, nil }
	})
	if len(seen) != 42 || result.State != run.Failed {
		t.Fatalf("%q %s", seen, result.State)
	}
	for what, text := range map[string]string{"error": result.Error, "cause": result.Cause, "log": b.log.String(),
		"warnings": fmt.Sprint(result.Warnings)} {
		if strings.Contains(text, seen) || strings.Contains(text, seen[10:]) {
			t.Errorf("the %s holds it: %s", what, text)
		}
	}
}
