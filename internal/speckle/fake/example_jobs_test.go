package fake_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
	"gopkg.in/yaml.v3"

	"speckle-runner/internal/speckle/fake"
)

type exampleJob struct {
	Description string
	Schedule    any
	TokenEnv    string `yaml:"token_env"`
	Scopes      []string
	Query       string
	Variables   map[string]any
	Elements    *struct{ Project, Model string }
	Select      string
	Outputs     []map[string]any
}

func examples(t *testing.T) (string, map[string]exampleJob) {
	t.Helper()
	raw, err := os.ReadFile("../../../jobs.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Server string
		Jobs   map[string]exampleJob
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if file.Server != "https://app.speckle.systems" || len(file.Jobs) < 5 || len(file.Jobs) > 10 {
		t.Errorf("server %s, %d jobs", file.Server, len(file.Jobs))
	}
	return string(raw), file.Jobs
}

// TestExampleJobsRun reads every job of the gallery to its end, as written,
// with exactly the scopes it names, and fails with any one of them missing.
func TestExampleJobsRun(t *testing.T) {
	s := start(t, fake.Options{})
	// How many records come, and how many select makes of them.
	want := map[string][2]int{
		"models-with-latest-version": {fake.TowerModels, fake.TowerModels},
		"federated-history":          {fake.FederatedVersions, fake.FederatedVersions},
		"level-03-elements":          {fake.Elements, fake.Elements},
		"door-schedule":              {1, 1},
		"quantities-by-level":        {1, 1},
		"project-team":               {1, 8},
		"stale-models":               {fake.TowerModels, -1},
		"my-projects":                {4, 4},
		"open-comments":              {10, 10},
		"project-counts":             {1, 1},
	}
	_, jobs := examples(t)
	if len(jobs) != len(want) {
		t.Errorf("%d jobs, %d are known here", len(jobs), len(want))
	}
	for name, job := range jobs {
		t.Run(name, func(t *testing.T) {
			token := fake.NewToken(name, job.Scopes...)
			s.AddTokens(token)
			if job.Elements != nil {
				job = newestOf(job)
			}
			records := readExample(t, s, token.Token, job)
			made := selectAll(t, job.Select, records)
			if len(records) != want[name][0] || len(made) != want[name][1] && want[name][1] >= 0 || len(made) == 0 || len(made) > len(records)*8 {
				t.Errorf("%d records, %d selected; want %v", len(records), len(made), want[name])
			}
			for _, scope := range job.Scopes {
				rest := slices.DeleteFunc(slices.Clone(job.Scopes), func(s string) bool { return s == scope })
				less := fake.NewToken(name+" without "+scope, rest...)
				s.AddTokens(less)
				if _, missing := ask(t, s, less.Token, job.Query, exampleVariables(job, nil)).failure(t); missing != scope {
					t.Errorf("without %s: %q is missing", scope, missing)
				}
			}
		})
	}
}

// newestOf stands for a job with elements: it asks for the version whose files
// the job reads, and fails where there is none. The demo reads them.
func newestOf(job exampleJob) exampleJob {
	job.Query = `query Newest($project: String!, $model: String!) {
  project(id: $project) { model(id: $model) { versions(limit: 1) { items { referencedObject } } } }
}`
	job.Variables = map[string]any{"project": job.Elements.Project, "model": job.Elements.Model}
	job.Select = `.project.model.versions.items[].referencedObject | select(startswith("bundle."))`
	return job
}

// TestExampleJobsAreReadable: a reader learns the format from them.
func TestExampleJobsAreReadable(t *testing.T) {
	text, jobs := examples(t)
	if !strings.HasPrefix(text, "# yaml-language-server: $schema=./jobs.schema.json\n") {
		t.Error("editors find no schema")
	}
	seen := map[string]string{}
	for name, job := range jobs {
		if other := seen[job.TokenEnv]; other != "" || job.TokenEnv == "" {
			t.Errorf("%s has its token from the same place as %s: %s", name, other, job.TokenEnv)
		}
		seen[job.TokenEnv] = name
		before, _, _ := strings.Cut(text, "\n  "+name+":")
		lines := strings.Split(before, "\n")
		if !strings.HasPrefix(lines[len(lines)-1], "  # For ") || job.Description == "" || len(job.Scopes) == 0 || len(job.Outputs) == 0 ||
			job.Schedule == nil {
			t.Errorf("%s doesn't say what it is for, when, with which scopes, or where to", name)
		}
		if strings.Contains(job.Query, "$cursor") && (!strings.Contains(job.Query, "totalCount") || !strings.Contains(job.Query, "cursor\n")) {
			t.Errorf("%s can't be checked for completeness", name)
		}
	}
}

func exampleVariables(job exampleJob, cursor any) vars {
	out := vars{}
	if strings.Contains(job.Query, "$cursor") {
		out["cursor"] = cursor
	}
	if strings.Contains(job.Query, "$limit: Int!,") {
		out["limit"] = 100 // what the runner sets where a job doesn't
	}
	maps.Copy(out, job.Variables)
	return out
}

// readExample gives the records of a job: the items of its first list that
// has a cursor, page by page, or all of its data.
func readExample(t *testing.T, s *fake.Server, token string, job exampleJob) []any {
	t.Helper()
	var records []any
	var cursor any
	for range 100 {
		g := ask(t, s, token, job.Query, exampleVariables(job, cursor))
		if g.json(t)["errors"] != nil || g.status != 200 {
			t.Fatalf("%d %.400s", g.status, g.body)
		}
		data := g.json(t)["data"]
		if !strings.Contains(job.Query, "$cursor") {
			return []any{data}
		}
		list := collectionIn(data)
		items, _ := list["items"].([]any)
		if list["objects"] != nil {
			items, _ = list["objects"].([]any)
		}
		if len(items) == 0 {
			return records
		}
		records, cursor = append(records, items...), list["cursor"]
	}
	t.Fatal("the list never ends")
	return nil
}

func collectionIn(v any) map[string]any {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	if _, ok := object["cursor"]; ok {
		return object
	}
	for _, inner := range object {
		if found := collectionIn(inner); found != nil {
			return found
		}
	}
	return nil
}

func selectAll(t *testing.T, program string, records []any) []any {
	t.Helper()
	if program == "" {
		return records
	}
	query, err := gojq.Parse(program)
	if err != nil {
		t.Fatal(err)
	}
	code, err := gojq.Compile(query, gojq.WithVariables([]string{"$tick"}))
	if err != nil {
		t.Fatal(err)
	}
	var out []any
	for _, r := range records {
		iter := code.Run(r, noon.Format("2006-01-02T15:04:05Z"))
		for v, ok := iter.Next(); ok; v, ok = iter.Next() {
			if err, failed := v.(error); failed {
				raw, _ := json.Marshal(r)
				t.Fatalf("%v on %s", err, raw)
			}
			out = append(out, v)
		}
	}
	return out
}
