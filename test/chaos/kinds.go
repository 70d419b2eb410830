package main

import (
	"fmt"
	"strings"
	"time"

	"speckle-runner/internal/speckle/fake"
)

// kind is a sort of job. A new one is an entry of [kinds] and no more, as long as its
// records have an id: files below a folder named after the job are found, and messages to
// $HOOK/JOB.
type kind struct {
	name    string
	project string
	series  bool          // its file holds the records of many ticks
	hook    bool          // it owes messages
	told    bool          // its messages tell what came
	objects bool          // it writes to a bucket
	every   time.Duration // between two ticks
	spare   time.Duration // likewise, for when the job file is changed
	keys    string        // of the job file, behind schedule, token and query
	query   string        // else [models]
	source  string        // instead of a query
}

// models reads the models of a project, page after page.
const models = `query %s($projectId: String!, $limit: Int!, $cursor: String) {
        project(id: $projectId) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name updatedAt } } }
      }`

const withTick = `select: '{id, name, tick: $tick}'`

var kinds = []kind{
	{name: "lines", project: fake.TowerID, every: 5 * time.Second, keys: `variables: { projectId: $PROJECT, limit: 40 }
    ` + withTick + `
    missed: all
    overlap: queue
    outputs: [{ file: "{job}/{tick}.ndjson", latest: "{job}/latest.ndjson", keep: 4 }]`},
	{name: "table", project: fake.SchoolID, every: 3 * time.Second, keys: `variables: { projectId: $PROJECT, limit: 10 }
    ` + withTick + `
    outputs: [{ file: "{job}/{tick}.csv", latest: "{job}/latest.csv", keep: 4, manifest: true }]`},
	{name: "both", project: fake.LibraryID, every: 4 * time.Second, keys: `variables: { projectId: $PROJECT }
    ` + withTick + `
    missed: skip
    overlap: replace
    outputs: [{ file: "{job}/now.json" }, { file: "{job}/now.csv.gz" }, { file: "{job}/now.ndjson.gz" }]`},
	{name: "each", project: fake.LibraryID, every: 10 * time.Second, query: `query %s($project: String!, $id: String!) {
        project(id: $project) { model(id: $id) { id name } }
      }`, keys: `for_each:
      query: "query Items($projectId: String!, $cursor: String) {
        project(id: $projectId) { models(cursor: $cursor) { totalCount cursor items { id } } } }"
      variables: { projectId: $PROJECT }
      select: '{id, project: "$PROJECT"}'
    select: '{id: .project.model.id, name: .project.model.name, tick: $tick}'
    outputs: [{ file: "{job}/each.ndjson" }]`},
	{name: "append", project: fake.SchoolID, every: 10 * time.Second, series: true, keys: `variables: { projectId: $PROJECT, limit: 25 }
    ` + withTick + `
    missed: all
    overlap: queue
    outputs: [{ file: "{job}/all.csv", append: true }, { file: "{job}/all.ndjson", append: true }]`},
	{name: "changed", project: fake.SchoolID, every: 2 * time.Second, keys: `variables: { projectId: $PROJECT }
    select: '{id, name}'
    outputs: [{ file: "{job}/changed.csv", only_if_changed: true }]`},
	{name: "hook", project: fake.TowerID, every: 6 * time.Second, hook: true, keys: `variables: { projectId: $PROJECT, limit: 70 }
    ` + withTick + `
    outputs: [{ webhook_env: CHAOS_$JOB, secret_env: CHAOS_SECRET, batch: 10000 }, { file: "{job}/now.ndjson" }]`},
	{name: "told", project: fake.LibraryID, every: 5 * time.Second, hook: true, told: true, keys: `variables: { projectId: $PROJECT }
    select: '{id, name}'
    outputs:
      - { webhook: "$HOOK/{job}", secret_env: CHAOS_SECRET, body: '{job, run, first: (.changes == null), told: [(.changes.added // [])[].id]}' }`},
	{name: "book", project: fake.SchoolID, every: 6 * time.Second, keys: `variables: { projectId: $PROJECT, limit: 30 }
    ` + withTick + `
    outputs: [{ file: "{job}/now.xlsx" }, { file: "{job}/now.parquet" }]`},
	{name: "mail", project: fake.SchoolID, every: 10 * time.Second, hook: true, keys: `variables: { projectId: $PROJECT }
    ` + withTick + `
    outputs: [{ file: "{job}/mail.csv" }, { email: [anna@chaos.example, ben@chaos.example] }]`},
	{name: "object", project: fake.SchoolID, objects: true, every: 4 * time.Second, keys: `variables: { projectId: $PROJECT, limit: 20 }
    ` + withTick + `
    outputs:
      - { file: "$BUCKET/{job}/{tick}.ndjson$SETTINGS", latest: "$BUCKET/{job}/latest.ndjson$SETTINGS", keep: 4, manifest: true }
      - { file: "$BUCKET/{job}/now.csv.gz$SETTINGS" }
      - { file: "{job}/beside.csv" }`},
	{name: "house", project: buildingElements, every: 5 * time.Second, source: "elements: { project: $HOUSE, model: $BUILDING }", keys: `select: '{id, tick: $tick}'
    outputs: [{ file: "{job}/{tick}.csv", latest: "{job}/latest.csv", keep: 3 }, { file: "{job}/now.parquet" }]`},
}

// other gives each job another schedule, some of whose ticks aren't among the first one's.
var other = map[time.Duration]time.Duration{
	2 * time.Second: 3 * time.Second, 3 * time.Second: 4 * time.Second, 4 * time.Second: 5 * time.Second, 5 * time.Second: 6 * time.Second,
	6 * time.Second: 8 * time.Second, 10 * time.Second: 12 * time.Second,
}

// job is one of a kind.
type job struct {
	kind

	name      string
	number    int    // among those of its kind
	operation string // of its query, which tells its requests
	secret    string // where its token comes from, as a key of the job file
	variable  string // that holds the token
}

// together says that a run puts several files or objects: where not all can be put, as on a
// full disk, those that were go back to what they were.
func (k *kind) together() bool {
	return k.objects || strings.Count(k.keys, "file:")+strings.Count(k.keys, "latest:") > 1
}

// tokenKeys are where tokens come from; each kind has jobs of all.
var tokenKeys = []string{"token_env", "token_file", "token_command"}

// tokenDir is where the tokens are that are read from files; the search for secrets leaves it out.
const tokenDir = "tokens"

// jobsOf gives so many jobs, of all kinds alike. Where there are more of them, each is
// due less often: it is not for how much a machine can do.
func jobsOf(list []kind, count int) (all []job) {
	slower := 1
	for slower < 8 && count > 60*slower {
		slower *= 2 // with which schedules still divide a day
	}
	for n := range max(count, len(list)) {
		k, i := list[n%len(list)], n/len(list)
		k.every, k.spare = k.every*time.Duration(slower), other[k.every]*time.Duration(slower)
		name := fmt.Sprintf("%s-%d", k.name, i+1)
		all = append(all, job{kind: k, name: name, number: i, operation: strings.ToUpper(k.name[:1]) + k.name[1:] + fmt.Sprint(i+1),
			secret: tokenKeys[i%len(tokenKeys)], variable: "CHAOS_TOKEN_" + variable(name)})
	}
	return all
}

// token is the line of the job file that says where a job's token comes from.
func (j job) token() string {
	switch j.secret {
	case "token_file":
		return "token_file: " + tokenDir + "/" + j.name
	case "token_command":
		return "token_command: [cat, " + tokenDir + "/" + j.name + "]"
	}
	return "token_env: " + j.variable
}

func variable(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }

// places are whom jobs talk to.
type places struct {
	server, hook string
	smtp         int
	clouds       []shelf
}

// shelf is where objects go: what their addresses begin with, and what stands behind them.
type shelf struct{ prefix, settings string }

// jobFile is the file of all jobs: at their own schedules, or by hand where one has none.
func jobFile(all []job, to places) string {
	var text strings.Builder
	fmt.Fprintf(&text, "server: %s\nsmtp: { host: 127.0.0.1, port: %d, tls: none, from: runner@chaos.example }\n", to.server, to.smtp)
	fmt.Fprintf(&text, "defaults: { timeout: 1m }\njobs:\n")
	for _, j := range all {
		cloud := to.clouds[j.number%len(to.clouds)]
		schedule := "@every " + j.every.String()
		if j.every == 0 {
			schedule = "manual"
		}
		fmt.Fprintf(&text, "  %s:\n    schedule: %q\n    %s\n    %s\n    %s\n", j.name, schedule, j.token(), j.reads(),
			strings.NewReplacer("$PROJECT", j.project, "$HOOK", to.hook, "$JOB", variable(j.name), "$BUCKET", cloud.prefix,
				"$SETTINGS", cloud.settings).Replace(j.keys))
	}
	return text.String()
}

// reads are the keys that say what a job reads.
func (j job) reads() string {
	if j.source != "" {
		return strings.NewReplacer("$HOUSE", fake.HouseID, "$BUILDING", fake.SmallBundleID).Replace(j.source)
	}
	query := j.query
	if query == "" {
		query = models
	}
	return "query: |\n      " + fmt.Sprintf(query, j.operation)
}
