package jobs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
)

func good(t *testing.T, path string) *jobs.File {
	t.Helper()
	file, problems := load(t, path)
	if file == nil || len(problems) > 0 {
		t.Fatalf("%s:\n%s", path, problems.Error())
	}
	return file
}

func TestGoodFilesHaveNoProblems(t *testing.T) {
	for _, path := range files(t, "testdata/good/*.yaml") {
		good(t, path)
	}
}

func TestExampleLoadsWithoutWarnings(t *testing.T) {
	file, problems := jobs.LoadFile(filepath.Join("..", "..", "jobs.example.yaml"))
	if file == nil || len(problems) > 0 {
		t.Fatal(problems.Error())
	}
	if len(file.Jobs) != 10 || file.Job("stale-models") == nil || file.Job("absent") != nil {
		t.Errorf("jobs: %d", len(file.Jobs))
	}
}

// equal compares what two values print as, which tells durations and zones
// better than a struct does.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%v", got), fmt.Sprintf("%v", want); g != w {
		t.Errorf("%s: %s, want %s", what, g, w)
	}
}

// said puts spaces between values, whatever they are.
func said(values ...any) string { return strings.TrimSuffix(fmt.Sprintln(values...), "\n") }

func TestEveryKeyArrives(t *testing.T) {
	file := good(t, "testdata/good/full.yaml")
	equal(t, "name", file.Name, "jobs.yaml")
	j := file.Job("nightly-models")
	equal(t, "line", j.Line, 21)
	equal(t, "description", j.Description, "Every model of the tower")
	equal(t, "server", j.Server.Endpoint(), "http://test.speckle.systems:3000/api/graphql")
	equal(t, "zone", j.Zone, "America/New_York")
	equal(t, "schedules", j.Schedules, []string{"30 2 * * *", "0 14 * * 1-5"})
	equal(t, "next", j.Schedule.Next(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)), "2026-03-02 19:00:00 +0000 UTC")
	equal(t, "token", j.Token, "file /run/secrets/speckle")
	equal(t, "token's folder", j.Token.Dir, ".")
	equal(t, "scopes", j.Scopes, []string{"streams:read", "users:read"})
	equal(t, "paging", j.Query.Paging.Field, "Project.models")
	equal(t, "mutation", j.Mutation, false)
	equal(t, "select", j.Select.Text(), "{id, name, author}")
	equal(t, "timeout", j.Timeout, 45*time.Minute)
	equal(t, "retries", j.Retries, 5)
	equal(t, "retry_for", said(j.RetryFor, j.RetriesGiven, j.RetryForGiven), "1h30m0s true true")
	equal(t, "overlap", j.Overlap, "queue")
	equal(t, "missed", j.Missed, "all")
	equal(t, "missed_window", j.MissedWindow, 48*time.Hour)
	equal(t, "spread", j.Spread, 10*time.Minute)
	equal(t, "on_partial", j.OnPartial, "keep")
	equal(t, "complete", j.Complete, "warn")
	equal(t, "shrink_limit", j.ShrinkLimit, 0.625)
	equal(t, "disabled", j.Disabled, true)

	equal(t, "outputs", len(j.Outputs), 6)
	f := j.Outputs[0]
	equal(t, "line of an output", f.Line, 49)
	equal(t, "file", f.File.Text(), "exports/{job}/{date}.data")
	equal(t, "is a file", f.IsFile(), true)
	equal(t, "format", f.Format, "csv.gz")
	equal(t, "columns", f.Columns, []jobs.Column{
		{Name: "id", Path: "id"}, {Name: "name", Path: "name", Type: "string"}, {Name: "by", Path: "author.name"},
		{Name: "who", Path: "author.id", Type: "string"},
	})
	equal(t, "csv", said(f.FormulaGuard, f.BOM, f.Separator), "true true ;")
	equal(t, "latest", f.Latest.Text(), "exports/{job}/latest.csv.gz")
	equal(t, "keep, overwrite, manifest", said(f.Keep, f.Overwrite, f.Manifest), "30 false true")
	equal(t, "changes", said(f.OnlyIfChanged, f.Ignore), "true [author.name]")
	w := j.Outputs[1]
	equal(t, "is a file", w.IsFile(), false)
	equal(t, "webhook", w.Hook.Address.Text(), "https://hooks.example.com/speckle/{job}?tick={tick}")
	equal(t, "secret", said(w.Hook.SecretEnv, w.Hook.Signature), "HOOK_SECRET speckle")
	equal(t, "headers", said(w.Hook.Headers, w.Hook.HeadersEnv), "map[X-Source:runner] map[Authorization:HOOK_AUTH]")
	equal(t, "batches", said(w.Send, w.Batch, w.OnlyIfAny), "records 100 true")
	s := j.Outputs[2]
	equal(t, "preset", said(s.Hook.AddressEnv, s.Hook.Preset, s.Hook.Signature, "/", s.Send, s.Batch), "SLACK_URL slack standard /  0")
	equal(t, "body", j.Outputs[3].Hook.Body.Text(), "{text: .job}")
	equal(t, "storage", said(j.Outputs[4].File.Text(), j.Outputs[4].Format, j.Outputs[4].Overwrite),
		"s3://bucket/exports/{tick}.ndjson ndjson true")

	equal(t, "append", said(j.Outputs[5].Append, j.Outputs[4].Append), "true false")

	equal(t, "notify", len(j.Notify), 1)
	n := j.Notify[0]
	equal(t, "notification", said(n.Hook.Address.Text(), n.On, n.Cooldown, n.Hook.Headers, n.Hook.HeadersEnv, n.Hook.SecretEnv,
		n.Hook.Body.Text()),
		"https://hooks.example.com/ops [success] 1h0m0s map[X-Ops:1] map[X-Key:OPS_KEY] OPS_SECRET {text: .job}")
}

func TestDefaultsAndForEachArrive(t *testing.T) {
	file := good(t, "testdata/good/full.yaml")
	j := file.Job("per-project")
	equal(t, "manual", said(j.Manual, j.Schedules, len(j.Schedule.Specs())), "true [manual] 0")
	equal(t, "token of defaults", j.Token, "variable SPECKLE_TOKEN_DEFAULT")
	equal(t, "timeout and window of defaults", said(j.Timeout, j.MissedWindow), "10m0s 12h0m0s")
	equal(t, "top level", said(j.Server, j.Zone), "https://app.speckle.systems/graphql Europe/London")
	equal(t, "built in", said(j.Retries, j.RetriesGiven, j.RetryFor, j.RetryForGiven, j.Overlap, j.Missed, j.Spread, j.OnPartial, j.Complete,
		j.ShrinkLimit, j.Disabled), "2 false 1h0m0s false skip last 0s fail fail 0 false")
	equal(t, "query file", said(j.QueryFile, j.Query.Name), "queries/team.graphql Team")
	equal(t, "for_each", said(j.ForEach.QueryFile, j.ForEach.Concurrency, j.ForEach.Batch, j.ForEach.Select.Text(), j.ForEach.Query.Kind),
		"queries/projects.graphql 8 12 {projectId: .id, name} query")
	equal(t, "on_error", said(j.ForEach.OnError, file.Job("rename").ForEach.OnError), "skip fail")
	equal(t, "until", said(file.Job("news").Until.Text(), j.Until == nil, j.ForEach.Until == nil), ".createdAt < $last_success true true")
	equal(t, "notify of the top level", said(len(j.Notify), j.Notify[0].Hook.AddressEnv, j.Notify[0].On, j.Notify[0].Cooldown,
		j.Notify[1].HeartbeatEnv), "2 OPS_URL [failure missed undelivered] 30m0s PING_URL")
	equal(t, "overwrite", j.Outputs[0].Overwrite, true)

	r := file.Job("rename")
	equal(t, "mutation", said(r.Mutation, r.Query.Kind), "true mutation")
	equal(t, "no notify", len(r.Notify), 0)
	equal(t, "concurrency", said(r.ForEach.Concurrency, r.ForEach.Batch), "4 20")

	small := good(t, "testdata/good/small.yaml").Jobs[0]
	equal(t, "zone", small.Zone, "UTC")
	equal(t, "timeout", small.Timeout, 30*time.Minute)
	equal(t, "scopes", small.Scopes == nil, true)
}

func TestMergesGiveJobsOfTheirOwn(t *testing.T) {
	file := good(t, "testdata/good/merges.yaml")
	var all []string
	for _, j := range file.Jobs {
		all = append(all, said(j.Name, j.Schedules, j.Token.Env, j.Outputs[0].File.Text()))
	}
	equal(t, "jobs", strings.Join(all, "\n"),
		"one [@hourly] TOKEN_ONE exports/{job}/{tick}.json\ntwo [@daily] TOKEN_TWO exports/{job}/{tick}.json\n"+
			"three [@weekly] TOKEN_THREE exports/{job}/{tick}.json")
	if file.Jobs[0].Query != file.Jobs[2].Query {
		t.Error("one text is parsed twice")
	}
}

func TestVariablesAreSentAsWritten(t *testing.T) {
	file := good(t, "testdata/good/full.yaml")
	values := placeholder.Values{Job: "nightly-models", Tick: time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC), Zone: time.UTC,
		Each: map[string]any{"id": "a\"b"}}
	got, err := jobs.Expand(file.Job("nightly-models").Variables, values)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"projectId": `"236d44f972"`, "limit": `200`, "since": `"2026-03-02"`, "big": `9007199254740993`, "version": `1.10`,
		"flags":  `[true,false]`,
		"filter": `{"search":"nightly-models-+0000","ids":[],"note":null,"braces":"{x}"}`,
	} {
		equal(t, name, string(got[name]), want)
	}
	equal(t, "variables", len(got), 7)
	each, err := jobs.Expand(file.Job("rename").Variables, values)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "each", string(each["name"]), `"a\"b 2026-03-02"`)
	values.Each = map[string]any{}
	if _, err := jobs.Expand(file.Job("rename").Variables, values); err == nil || !strings.Contains(err.Error(), "variable name: ") {
		t.Errorf("a record without the field: %v", err)
	}
}

// Every query that people were found to want loads as a job.
func TestEveryKnownQueryLoads(t *testing.T) {
	for _, path := range files(t, "../speckle/query/testdata/queries/*.graphql") {
		query, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		variables, err := os.ReadFile(strings.TrimSuffix(path, ".graphql") + ".variables.json")
		if err != nil {
			t.Fatal(err)
		}
		text := "server: https://app.speckle.systems\njobs:\n  a:\n    schedule: manual\n    token_env: T\n    query_file: q.graphql\n" +
			"    variables: " +
			strings.TrimSpace(string(variables)) + "\n    outputs: [{ file: a.json }]\n"
		file, problems := jobs.Load("jobs.yaml", []byte(text), func(string) ([]byte, error) { return query, nil })
		if file == nil || len(problems.Errors()) > 0 {
			t.Errorf("%s:\n%s", path, problems.Error())
			continue
		}
		sent, err := jobs.Expand(file.Jobs[0].Variables, placeholder.Values{})
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(variables, &want); err != nil {
			t.Fatal(err)
		}
		equal(t, path, len(sent), len(want))
	}
}
