package main

import (
	"fmt"
	"strings"

	"speckle-runner/internal/speckle/fake"
)

// kind is a sort of job. A new one is an entry of [kinds] and no more.
type kind struct {
	name string
	keys string // of the job file, behind schedule and token
}

// models reads a project's models, page after page.
const models = `query: "query($projectId: String!, $limit: Int!, $cursor: String) { project(id: $projectId) {
      models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name updatedAt } } } }"
    variables: { projectId: %s }
    `

const version = `query: "{ serverInfo { version } }"
    `

// kinds come one after the other, over and over: one that stands here twice is twice as
// frequent. Some write files of new names, of which a few are kept, some always the same.
var kinds = []kind{
	{"dated", version + `outputs: [{ file: "{job}/{tick}.ndjson", latest: "{job}/latest.ndjson", keep: 3, manifest: true }]`},
	{"same", version + `outputs: [{ file: "{job}.ndjson" }]`},
	{"table", of(fake.SchoolID) + `outputs: [{ file: "{job}/{tick}.csv", keep: 2 }]`},
	{"same", version + `outputs: [{ file: "{job}.json" }]`},
	{"changed", of(fake.SchoolID) + `outputs: [{ file: "{job}.csv", only_if_changed: true }]`},
	{"told", of(fake.LibraryID) + `outputs: [{ webhook: "$HOOK/{job}", secret_env: SOAK_SECRET, body: '{job, run, changes}' }]`},
	{"same", version + `outputs: [{ file: "{job}.csv.gz" }]`},
	{"dated", version + `outputs: [{ file: "{job}/{date}-{time}.parquet", keep: 3 }]`},
	{"hook", version + `outputs: [{ webhook: "$HOOK/{job}", secret_env: SOAK_SECRET }, { file: "{job}.ndjson" }]`},
	{"wrong", fmt.Sprintf(models, "nosuchthing") + `retries: 0
    retry_for: 0s
    notify: [{ webhook: "$HOOK/{job}", on: [failure, recovery], cooldown: 1m }]
    outputs: [{ file: "{job}.ndjson" }]`},
	{"sheet", of(fake.SchoolID) + `outputs: [{ file: "{job}.xlsx" }]`},
	{"each", `for_each:
      ` + strings.ReplaceAll(of(fake.LibraryID), "\n", "\n  ") + `select: '{id, project: "` + fake.LibraryID + `"}'
    query: "query($project: String!, $id: String!) { project(id: $project) { model(id: $id) { id name } } }"
    outputs: [{ file: "{job}.ndjson" }]`},
}

func of(project string) string { return fmt.Sprintf(models, project) }

// job is one of a kind.
type job struct {
	kind

	name  string
	token fake.Token
}

func (j job) variable() string {
	return "SOAK_" + strings.ToUpper(strings.ReplaceAll(j.name, "-", "_"))
}

func jobsOf(count int) (all []job) {
	for i := range count {
		name := fmt.Sprintf("%s-%d", kinds[i%len(kinds)].name, i+1)
		all = append(all, job{kinds[i%len(kinds)], name, fake.NewToken("soak "+name, "streams:read", "users:read")})
	}
	return all
}

// jobFile is the file in its nth state: jobs say something else of themselves each time,
// and one comes and goes.
func jobFile(all []job, server, hook, every string, state int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "server: %s\ndefaults: { timeout: 1m, missed_window: 1m }\njobs:\n", server)
	for i, j := range all {
		if i == 0 && len(all) > 1 && state%2 == 1 {
			continue
		}
		said := ""
		if i%10 == state%10 {
			said = fmt.Sprintf("    description: state %d\n", state)
		}
		fmt.Fprintf(&text, "  %s:\n    schedule: \"@every %s\"\n%s    token_env: %s\n    %s\n", j.name, every, said, j.variable(),
			strings.ReplaceAll(j.keys, "$HOOK", hook))
	}
	return text.String()
}
