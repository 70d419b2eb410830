package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/fake"
)

// againQueries read what may have one time in common.
var againQueries = map[string]string{
	"models":                `query Q($limit: Int!, $cursor: String) { project(id: "$BULK") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id at: updatedAt } } } }`,
	"models, fixed limit":   `query Q($cursor: String) { project(id: "$BULK") { models(limit: 40, cursor: $cursor) { totalCount cursor items { id at: updatedAt } } } }`,
	"models, filtered":      `query Q($limit: Int! = 40, $cursor: String, $f: ProjectModelsFilter = {search: "/"}) { project(id: "$BULK") { models(limit: $limit, cursor: $cursor, filter: $f) { totalCount cursor items { id at: updatedAt } } } }`,
	"models, filter inside": `query Q($limit: Int! = 40, $cursor: String) { project(id: "$BULK") { models(filter: {search: "/"}, limit: $limit, cursor: $cursor) { totalCount cursor items { id at: updatedAt } } } }`,
	"models, excluded":      `query Q($limit: Int! = 40, $cursor: String, $not: [String!] = ["nothing"]) { project(id: "$BULK") { models(filter: {search: "/", excludeIds: $not}, limit: $limit, cursor: $cursor) { totalCount cursor items { id at: updatedAt } } } }`,
	"models, in parts":      `query Q($limit: Int!, $cursor: String) { project(id: "$BULK") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } ...p } } fragment p on Project { models(limit: $limit, cursor: $cursor) { items { at: updatedAt } } }`,
	"models, shared limit":  `query Q($limit: Int! = 50, $cursor: String) { project(id: "$BULK") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id at: updatedAt versions(limit: $limit) { totalCount items { id } } } } } }`,
	"models, of Windows": "query Q($limit: Int!, $cursor: String) {\r\n  project(id: \"$BULK\") {\r\n    models(limit: $limit, cursor: $cursor) {\r\n" +
		"      totalCount cursor\r\n      items { id at: updatedAt }\r\n    }\r\n  }\r\n}\r\n",
	"versions":              `query Q($limit: Int!, $cursor: String) { project(id: "$BULK") { model(id: "$YARD") { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { id at: createdAt } } } } }`,
	"versions of all":       `query Q($limit: Int!, $cursor: String) { project(id: "$BULK") { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { id at: createdAt } } } }`,
	"versions without time": `query Q($limit: Int!, $cursor: String) { project(id: "$BULK") { model(id: "$YARD") { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } } } }`,
	"no ids":                `query Q($limit: Int!, $cursor: String) { project(id: "$BULK") { model(id: "$YARD") { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { message } } } } }`,
}

// TestRecordsOfOneTime has the server give many records one timestamp, which its
// pages skip: all come all the same, once each and in the server's order, in
// every output; or the run fails and says what can be done.
func TestRecordsOfOneTime(t *testing.T) {
	token := fake.NewToken("again", fake.AllScopes...)
	t.Setenv("AGAIN_TOKEN", token.Token)
	for name, c := range map[string]struct {
		query    string
		bulk     fake.Bulk
		from     int
		rows     int
		keys     string // of the job; "" none
		want     int
		requests int    // at most
		says     string // of a failed run
	}{
		"some across an edge, of 10,000": {"versions", fake.Bulk{Versions: 10_000}, 97, 100, "", 10_000, 104, ""},
		"in the middle":                  {"versions", fake.Bulk{Versions: 900}, 465, 50, "", 900, 19, ""},
		"through select": {"versions", fake.Bulk{Versions: 900}, 465, 50,
			`select: 'if .id < "7" then empty else ., {id: ("x" + .id), at} end'`, 0, 19, ""},
		"through select of the page": {"versions", fake.Bulk{Versions: 900}, 465, 50,
			`select: '{id, at, of: $data.project.model.versions.totalCount}'`, 900, 19, ""},
		"their time isn't selected":    {"versions without time", fake.Bulk{Versions: 900}, 465, 50, "", 900, 19, ""},
		"700 models":                   {"models", fake.Bulk{Models: 700}, 0, 800, "", 701, 12, ""},
		"700 models between others":    {"models", fake.Bulk{Models: 900}, 100, 700, "", 901, 12, ""},
		"more than a fixed limit":      {"models, fixed limit", fake.Bulk{Models: 300}, 30, 130, "", 301, 40, ""},
		"a filter of the job's":        {"models, filtered", fake.Bulk{Models: 700}, 10, 650, "", 700, 40, ""},
		"a filter in the query":        {"models, filter inside", fake.Bulk{Models: 700}, 10, 650, "", 700, 40, ""},
		"ids that the job excludes":    {"models, excluded", fake.Bulk{Models: 700}, 10, 650, "", 700, 40, ""},
		"a field in parts":             {"models, in parts", fake.Bulk{Models: 700}, 10, 650, "", 701, 12, ""},
		"a file with lines of Windows": {"models, of Windows", fake.Bulk{Models: 700}, 10, 650, "", 701, 12, ""},
		"a limit with another use":     {"models, shared limit", fake.Bulk{Models: 300}, 30, 130, "", 301, 40, ""},
		"150 versions":                 {"versions", fake.Bulk{Versions: 150}, 0, 150, "", 150, 8, ""},
		"150 versions between others":  {"versions", fake.Bulk{Versions: 600}, 210, 150, "", 600, 20, ""},
		"1,500 versions":               {"versions", fake.Bulk{Versions: 2000}, 210, 1500, "", 2000, 50, ""},
		"150 versions, until":          {"versions", fake.Bulk{Versions: 600}, 210, 150, `until: .at < "2000"`, 600, 20, ""},
		"of a list without a filter": {"versions of all", fake.Bulk{Versions: 600}, 210, 150, "", 0, 0,
			"more versions than a page holds have the timestamp"},
		"and what can be done": {"versions of all", fake.Bulk{Versions: 600}, 210, 150, "", 0, 0,
			"read them model by model, whose versions can be told apart: for_each over the models, and model(id: $id) { versions(…) }"},
		"until, and what can be done": {"versions of all", fake.Bulk{Versions: 600}, 210, 150, `until: .at < "2000"`, 0, 0,
			"read them model by model"},
		"without ids": {"no ids", fake.Bulk{Versions: 600}, 210, 150, "", 0, 0,
			"select id inside items: then it is read again and joined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := fake.Start(fake.Options{Tokens: []fake.Token{token}, Bulk: c.bulk,
				Faults: []fake.Fault{{Kind: fake.Ties, From: c.from, Rows: c.rows}}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			dir := t.TempDir()
			query := strings.NewReplacer("$BULK", fake.BulkID, "$YARD", fake.BulkModelID).Replace(againQueries[c.query])
			given := "query: '" + query + "'"
			if strings.Contains(query, "\r\n") { // YAML would make them its own
				write(t, filepath.Join(dir, "one.graphql"), query)
				given = "query_file: one.graphql"
			}
			write(t, filepath.Join(dir, "jobs.yaml"), `
server: `+server.URL+`
jobs:
  one:
    schedule: manual
    token_env: AGAIN_TOKEN
    retries: 0
    `+given+`
    outputs: [{ file: one.ndjson }, { file: one.csv }]
    `+c.keys+"\n")
			var out, errs bytes.Buffer
			code := execute(t.Context(), []string{"run", "one", "-f", filepath.Join(dir, "jobs.yaml"), "--output-dir", dir, "--database",
				"sqlite:" + filepath.Join(dir, "runner.db")},
				streams{out: &out, err: &errs})
			if c.says != "" {
				if code != 1 || !strings.Contains(out.String(), c.says) {
					t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
				}
				return
			}
			if code != 0 {
				t.Fatalf("exit code %d: %s%s", code, out.String(), errs.String())
			}
			if got := server.Count(); got > c.requests {
				t.Errorf("%d requests", got)
			}
			checkOrder(t, dir, c.want)
		})
	}
}

// TestWhatIsFoundAgainIsInOrder has rows missing for other reasons than their
// time.
func TestWhatIsFoundAgainIsInOrder(t *testing.T) {
	token := fake.NewToken("again", fake.AllScopes...)
	t.Setenv("AGAIN_TOKEN", token.Token)
	for name, fault := range map[string]fake.Fault{
		"the list ended early":       {Kind: fake.EarlyEnd, Page: 2, Times: 1},
		"a page was empty":           {Kind: fake.EmptyPage, Page: 2, Times: 1},
		"a row moved to the front":   {Kind: fake.Shift, Times: 1},
		"rows move before each page": {Kind: fake.Shift},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := fake.Start(fake.Options{Tokens: []fake.Token{token}, Faults: []fake.Fault{fault}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			dir := t.TempDir()
			write(t, filepath.Join(dir, "jobs.yaml"), `
server: `+server.URL+`
jobs:
  one:
    schedule: manual
    token_env: AGAIN_TOKEN
    retries: 0
    query: |
      query Q($limit: Int! = 50, $cursor: String) {
        project(id: "`+fake.TowerID+`") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id at: updatedAt } } }
      }
    outputs: [{ file: one.ndjson }, { file: one.csv }]
`)
			var out, errs bytes.Buffer
			code := execute(t.Context(), []string{"run", "one", "-f", filepath.Join(dir, "jobs.yaml"), "--output-dir", dir, "--database",
				"sqlite:" + filepath.Join(dir, "runner.db")},
				streams{out: &out, err: &errs})
			if code != 0 || !strings.Contains(errs.String(), "records are missing: reading again") {
				t.Fatalf("exit code %d: %s%s", code, out.String(), errs.String())
			}
			checkOrder(t, dir, fake.TowerModels)
		})
	}
}

// checkOrder wants each record once, the newest first, and all outputs alike.
func checkOrder(t *testing.T, dir string, want int) {
	t.Helper()
	var ids []string
	last := ""
	for line := range strings.Lines(read(t, filepath.Join(dir, "one.ndjson"))) {
		var row struct{ ID, At string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if last != "" && row.At > last {
			t.Fatalf("record %d of %s is behind one of %s", len(ids)+1, row.At, last)
		}
		ids, last = append(ids, row.ID), row.At
	}
	rows, err := csv.NewReader(strings.NewReader(read(t, filepath.Join(dir, "one.csv")))).ReadAll()
	if err != nil || len(rows) != len(ids)+1 {
		t.Fatalf("%d records in the table, %d lines, %v", len(rows)-1, len(ids), err)
	}
	for i, id := range ids {
		if rows[i+1][slices.Index(rows[0], "id")] != id {
			t.Fatalf("record %d of the table is %v, and %s elsewhere", i+1, rows[i+1], id)
		}
	}
	slices.Sort(ids)
	if distinct := len(slices.Compact(slices.Clone(ids))); distinct != len(ids) || want > 0 && len(ids) != want {
		t.Errorf("%d records, %d of them distinct, want %d", len(ids), distinct, want)
	}
}
